package kms

import (
	"strings"
	"testing"
)

// T75: the policy of a key created without one, to the letter.
func TestDefaultPolicy(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, nil).KeyId
	want := "{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ {\n    \"Sid\" : \"Enable IAM User Permissions\",\n" +
		"    \"Effect\" : \"Allow\",\n    \"Principal\" : {\n      \"AWS\" : \"arn:aws:iam::111122223333:root\"\n    },\n    \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  } ]\n}"
	for _, name := range []string{"", "default"} {
		got := ok[*GetKeyPolicyOutput](t)(w.GetKeyPolicy(t.Context(), user("admin"), &GetKeyPolicyInput{id, name}))
		if got.Policy != want || got.PolicyName != "default" {
			t.Errorf("got %s %s", got.PolicyName, got.Policy)
		}
	}
	china := user("admin").in("cn-north-1")
	m := ok[*CreateKeyOutput](t)(w.CreateKey(t.Context(), china, &CreateKeyInput{})).KeyMetadata
	if !strings.HasPrefix(m.Arn, "arn:aws-cn:kms:cn-north-1:") {
		t.Errorf("ARN %s", m.Arn)
	}
	got := ok[*GetKeyPolicyOutput](t)(w.GetKeyPolicy(t.Context(), china, &GetKeyPolicyInput{KeyId: m.KeyId}))
	if got.Policy != strings.ReplaceAll(want, "arn:aws:", "arn:aws-cn:") {
		t.Errorf("got %s", got.Policy)
	}
	list := ok[*ListKeyPoliciesOutput](t)(w.ListKeyPolicies(t.Context(), user("admin"), &ListKeyPoliciesInput{KeyId: id}))
	if got := inJSON(t, list); got != `{"PolicyNames":["default"],"Truncated":false}` {
		t.Errorf("got %s", got)
	}
	_, err := w.GetKeyPolicy(t.Context(), user("admin"), &GetKeyPolicyInput{id, "other"})
	wantError(t, err, NotFound, "No such policy exists")
	err = w.PutKeyPolicy(t.Context(), user("admin"), &PutKeyPolicyInput{KeyId: id, PolicyName: "other", Policy: want})
	wantError(t, err, NotFound, "No such policy exists")
}

const (
	lockout    = "The new key policy will not allow you to update the key policy in the future."
	strangers  = "Policy contains a statement with one or more invalid principals."
	rootAllows = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
)

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// TestPutKeyPolicy: T77, T78, T79 and the rest of what a policy is checked for.
func TestPutKeyPolicy(t *testing.T) {
	const nobody = "arn:aws:iam::111122223333:role/nobody"
	statement := func(principal, action string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Resource":"*"}`
	}
	aws := func(name string) string { return `{"AWS":"` + name + `"}` }
	for name, c := range map[string]struct {
		policy  string
		code    Code // empty: accepted
		message string
	}{
		"the account":         {document(rootAllows), "", ""},
		"account by number":   {document(statement(aws("111122223333"), "kms:*")), "", ""},
		"the caller":          {document(statement(aws("arn:aws:iam::111122223333:user/admin"), "kms:PutKeyPolicy")), "", ""},
		"everyone":            {document(statement(`"*"`, "kms:*")), "", ""},
		"also a service":      {document(rootAllows, statement(`{"Service":"logs.us-east-1.amazonaws.com"}`, "kms:Encrypt*")), "", ""},
		"also an identity":    {document(rootAllows, statement(aws("AROAEXAMPLEEXAMPLE12"), "kms:Encrypt")), "", ""},
		"also a session":      {document(rootAllows, statement(aws("arn:aws:sts::111122223333:assumed-role/r/s"), "kms:Encrypt")), "", ""},
		"T79 no Action":       {document(rootAllows, `{"Effect":"Allow","Principal":"*","Resource":"*"}`), "", ""},
		"T79 no Resource":     {document(rootAllows, `{"Effect":"Allow","Principal":"*","Action":"kms:*"}`), "", ""},
		"a Sid with spaces":   {document(strings.Replace(rootAllows, "{", `{"Sid":"with spaces",`, 1)), "", ""},
		"T77 not the action":  {document(statement(aws("arn:aws:iam::111122223333:root"), "kms:Encrypt")), MalformedPolicyDocument, lockout},
		"T77 another user":    {document(statement(aws("arn:aws:iam::111122223333:user/other"), "kms:*")), MalformedPolicyDocument, lockout},
		"T77 another account": {document(statement(aws("444455556666"), "kms:*")), MalformedPolicyDocument, lockout},
		"T77 denied":          {document(rootAllows, `{"Effect":"Deny","Principal":"*","Action":"kms:Put*","Resource":"*"}`), MalformedPolicyDocument, lockout},
		"T77 under a condition": {document(strings.Replace(rootAllows, "{", `{"Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}},`, 1)),
			MalformedPolicyDocument, lockout},
		"a condition that holds": {document(strings.Replace(rootAllows, "{", `{"Condition":{"StringEquals":{"kms:CallerAccount":"111122223333","kms:KeySpec":"SYMMETRIC_DEFAULT","aws:ResourceTag/team":"x"}},`, 1)),
			"", ""},
		"T77 no Resource":          {document(`{"Effect":"Allow","Principal":"*","Action":"kms:*"}`), MalformedPolicyDocument, lockout},
		"T78 missing":              {document(rootAllows, statement(aws(nobody), "kms:Encrypt")), MalformedPolicyDocument, strangers},
		"T78 missing in Deny":      {document(rootAllows, `{"Effect":"Deny","NotPrincipal":{"AWS":"`+nobody+`"},"Action":"kms:Encrypt","Resource":"*"}`), MalformedPolicyDocument, strangers},
		"T78 wildcard":             {document(rootAllows, statement(aws("arn:aws:iam::111122223333:role/*"), "kms:Encrypt")), MalformedPolicyDocument, strangers},
		"T78 group":                {document(rootAllows, statement(aws("arn:aws:iam::111122223333:group/g"), "kms:Encrypt")), MalformedPolicyDocument, strangers},
		"T78 no principal":         {document(rootAllows, `{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}`), MalformedPolicyDocument, strangers},
		"T78 empty":                {document(rootAllows, statement(`{"AWS":[]}`, "kms:Encrypt")), MalformedPolicyDocument, strangers},
		"T78 bare":                 {document(rootAllows, statement(`["111122223333"]`, "kms:Encrypt")), MalformedPolicyDocument, strangers},
		"T78 no service":           {document(rootAllows, statement(`{"Service":"logs"}`, "kms:Encrypt")), MalformedPolicyDocument, strangers},
		"T78 canonical user":       {document(rootAllows, statement(`{"CanonicalUser":"79a5"}`, "kms:Encrypt")), MalformedPolicyDocument, strangers},
		"T78 a canonical user too": {document(rootAllows, `{"Effect":"Allow","Principal":{"AWS":"111122223333","CanonicalUser":"79a5"},"Action":"kms:Encrypt","Resource":"*"}`), MalformedPolicyDocument, strangers},
		"all but some":             {document(rootAllows, `{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"kms:Encrypt","Resource":"*"}`), "", ""},
		"not JSON":                 {`{`, MalformedPolicyDocument, ""},
		"no statement":             {`{"Version":"2012-10-17"}`, MalformedPolicyDocument, "The policy has no statement."},
		"no Effect":                {document(rootAllows, `{"Principal":"*","Action":"kms:*","Resource":"*"}`), MalformedPolicyDocument, "A statement of the policy has no Effect."},
		"another version":          {`{"Version":"2012-10-18","Statement":[` + rootAllows + `]}`, MalformedPolicyDocument, `Line 1, column 12: Version is "2012-10-18"; there are 2012-10-17 and 2008-10-17.`},
		"32 KiB":                   {document(rootAllows) + strings.Repeat(" ", 32<<10-len(document(rootAllows))), "", ""},
		"one byte more":            {document(rootAllows) + strings.Repeat(" ", 32<<10-len(document(rootAllows))+1), LimitExceeded, ""},
		"first locked then who":    {document(statement(aws(nobody), "kms:*")), MalformedPolicyDocument, strangers},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.auth.missing = []string{nobody}
			m := w.create(t, &CreateKeyInput{Tags: []Tag{{"team", "x"}}})
			before := ok[*GetKeyPolicyOutput](t)(w.GetKeyPolicy(t.Context(), user("admin"), &GetKeyPolicyInput{KeyId: m.KeyId})).Policy
			err := w.PutKeyPolicy(t.Context(), user("admin"), &PutKeyPolicyInput{KeyId: m.KeyId, Policy: c.policy})
			_, created := w.CreateKey(t.Context(), user("admin"), &CreateKeyInput{Policy: c.policy, Tags: []Tag{{"team", "x"}}})
			want := c.policy
			if c.code != "" {
				want = before
				wantError(t, err, c.code, c.message)
				wantError(t, created, c.code, c.message)
			} else if err != nil || created != nil {
				t.Fatal(err, created)
			}
			if got := ok[*GetKeyPolicyOutput](t)(w.GetKeyPolicy(t.Context(), user("admin"), &GetKeyPolicyInput{KeyId: m.KeyId})); got.Policy != want {
				t.Errorf("policy is %s", got.Policy)
			}
		})
	}
}

// TestBypassLockout: the check can be left out, that of the principals cannot.
func TestBypassLockout(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, nil).KeyId
	yes, no := true, false
	locked := document(`{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"}`)
	c := user("admin")
	if err := w.PutKeyPolicy(t.Context(), c, &PutKeyPolicyInput{KeyId: id, Policy: locked, BypassPolicyLockoutSafetyCheck: &yes}); err != nil {
		t.Fatal(err)
	}
	ok[*CreateKeyOutput](t)(w.CreateKey(t.Context(), c, &CreateKeyInput{Policy: locked, BypassPolicyLockoutSafetyCheck: &yes}))
	wantError(t, w.PutKeyPolicy(t.Context(), c, &PutKeyPolicyInput{KeyId: id, Policy: locked, BypassPolicyLockoutSafetyCheck: &no}), MalformedPolicyDocument, lockout)
	w.auth.missing = []string{"444455556666"}
	wantError(t, w.PutKeyPolicy(t.Context(), c, &PutKeyPolicyInput{KeyId: id, Policy: locked, BypassPolicyLockoutSafetyCheck: &yes}), MalformedPolicyDocument, strangers)
}

// T80: without a statement for the account, IAM allows nothing; F1 and F2 to the letter.
func TestKeyPolicyDecides(t *testing.T) {
	w := newWorld(t)
	admin, other := user("admin"), user("other")
	id := w.create(t, nil).KeyId
	w.auth.all = false
	_, err := w.DescribeKey(t.Context(), other, &DescribeKeyInput{KeyId: id})
	wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/other is not authorized to perform: kms:DescribeKey on resource: "+arnOf(id)+
		" because no identity-based policy allows the kms:DescribeKey action")
	w.auth.allow(t, other, "["+allowAll+"]")
	ok[*DescribeKeyOutput](t)(w.DescribeKey(t.Context(), other, &DescribeKeyInput{KeyId: id}))
	w.auth.allow(t, admin, "["+allowAll+"]")
	only := document(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"}`)
	if err := w.PutKeyPolicy(t.Context(), admin, &PutKeyPolicyInput{KeyId: id, Policy: only}); err != nil {
		t.Fatal(err)
	}
	_, err = w.DescribeKey(t.Context(), other, &DescribeKeyInput{KeyId: id})
	wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/other is not authorized to perform: kms:DescribeKey on resource: "+arnOf(id)+
		" because no resource-based policy allows the kms:DescribeKey action")
	w.open(t)
	_, err = w.DescribeKey(t.Context(), other, &DescribeKeyInput{KeyId: id})
	wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/other is not authorized to perform: kms:DescribeKey on resource: "+arnOf(id)+
		" because no resource-based policy allows the kms:DescribeKey action")
}

// TestNoAuthorizer: a service without one refuses everything.
func TestNoAuthorizer(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, &CreateKeyInput{}).KeyId
	w.Service.auth = nil
	c := user("admin")
	_, create := w.CreateKey(t.Context(), c, &CreateKeyInput{})
	_, describe := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: id})
	_, list := w.ListKeys(t.Context(), c, &ListKeysInput{})
	for action, err := range map[string]error{
		"kms:CreateKey": create, "kms:DescribeKey": describe, "kms:ListKeys": list,
		"kms:CreateAlias": w.CreateAlias(t.Context(), c, &CreateAliasInput{"alias/a", id}),
	} {
		wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: "+action+
			" on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access")
	}
}
