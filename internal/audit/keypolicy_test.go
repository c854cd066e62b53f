package audit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
)

const (
	root  = `{"AWS":"arn:aws:iam::111122223333:root"}`
	admin = `{"AWS":"arn:aws:iam::111122223333:role/Admin"}`
)

func condition(s string) string { return `,"Condition":{` + s + `}` }

// TestPolicyText judges one statement each; the key is in account 111122223333.
func TestPolicyText(t *testing.T) {
	const s = `statement "S" of the policy of key Key `
	doc := func(statements string) string { return `{"Version":"2012-10-17","Statement":[` + statements + `]}` }
	for name, c := range map[string]struct {
		text string
		rung bedlock.Rung
		// findings are "RULE message" of each broken rule.
		findings []string
	}{
		"default policy":     {allow(root, `"kms:*"`, ""), bedlock.Sound, nil},
		"default, id":        {allow(`{"AWS":"111122223333"}`, `"kms:*"`, ""), bedlock.Sound, nil},
		"default, tokens":    {allow(`{"AWS":"arn:${bedlock:partition}:iam::${bedlock:account}:root"}`, `"kms:*"`, ""), bedlock.Sound, nil},
		"own role":           {allow(admin, `["kms:Decrypt","kms:DescribeKey"]`, ""), bedlock.Sound, nil},
		"role of the inputs": {allow(`{"AWS":"${bedlock:ref:t.yaml#Role#Arn}"}`, `"kms:Decrypt"`, ""), bedlock.Sound, nil},

		"everyone":                {allow(`"*"`, `"kms:Decrypt"`, ""), bedlock.Exposed, []string{"BDL302 " + s + "allows everyone to use the key, without a condition"}},
		"everyone of AWS":         {allow(`{"AWS":"*"}`, `"kms:*"`, ""), bedlock.Exposed, []string{"BDL302 " + s + "allows everyone to use the key, without a condition"}},
		"everyone in a list":      {allow(`{"AWS":["111122223333","*"]}`, `"*"`, ""), bedlock.Exposed, []string{"BDL302 " + s + "allows everyone to use the key, without a condition"}},
		"any service":             {allow(`{"Service":"*"}`, `"kms:Decrypt"`, ""), bedlock.Exposed, []string{"BDL302 " + s + "allows everyone to use the key, without a condition"}},
		"everyone, NotAction":     {doc(`{"Sid":"S","Effect":"Allow","Principal":"*","NotAction":"s3:*","Resource":"*"}`), bedlock.Exposed, []string{"BDL302 " + s + "allows everyone to use the key, without a condition"}},
		"everyone, other service": {allow(`"*"`, `"s3:GetObject"`, ""), bedlock.Sound, nil},
		"deny for everyone":       {doc(`{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}`), bedlock.Sound, nil},
		"bare list": {allow(`["*"]`, `"kms:Decrypt"`, ""), bedlock.Exposed, []string{
			"BDL302 " + s + "allows everyone to use the key, without a condition",
			"BDL304 " + strings.TrimSpace(s) + `: Principal is a list; it must be "*" or an object such as {"AWS": …}`}},
		"two statements, one finding": {doc(`{"Sid":"S","Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*"}`),
			bedlock.Exposed, []string{"BDL302 " + s + "allows everyone to use the key, without a condition"}},
		"everyone, with a deny for an organization that cannot be": {doc(`{"Sid":"S","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Sid":"D","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}`),
			bedlock.Exposed, []string{"BDL302 " + s + `allows everyone to use the key, without a condition`}},
		"everyone, closed by a deny for others than the organization": {doc(`{"Sid":"S","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Sid":"D","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-abcdef1234"}}}`),
			bedlock.Sound, nil},
		"lower case action": {allow(`"*"`, `"KMS:decrypt"`, ""), bedlock.Exposed, []string{"BDL302 " + s + "allows everyone to use the key, without a condition"}},

		"via service only": {allow(`"*"`, `"kms:*"`, condition(`"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}`)), bedlock.Exposed,
			[]string{"BDL303 " + s + "allows everyone to use the key under conditions that do not say who: kms:ViaService"}},
		"negated": {allow(`"*"`, `"kms:*"`, condition(`"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}`)), bedlock.Exposed,
			[]string{"BDL303 " + s + "allows everyone to use the key under conditions that do not say who: aws:PrincipalOrgID"}},
		"if exists": {allow(`"*"`, `"kms:*"`, condition(`"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}`)), bedlock.Exposed,
			[]string{"BDL303 " + s + "allows everyone to use the key under conditions that do not say who: aws:PrincipalOrgID"}},
		"for all values": {allow(`"*"`, `"kms:*"`, condition(`"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-1/r/"}`)), bedlock.Exposed,
			[]string{"BDL303 " + s + "allows everyone to use the key under conditions that do not say who: aws:PrincipalOrgPaths"}},
		"any account": {allow(`"*"`, `"kms:*"`, condition(`"StringLike":{"kms:CallerAccount":["111122223333","*"]}`)), bedlock.Exposed,
			[]string{"BDL303 " + s + "allows everyone to use the key under conditions that do not say who: kms:CallerAccount"}},
		"role name in any account": {allow(`"*"`, `"kms:*"`, condition(`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/App"}`)), bedlock.Exposed,
			[]string{"BDL303 " + s + "allows everyone to use the key under conditions that do not say who: aws:PrincipalArn"}},
		"compared with itself": {allow(`"*"`, `"kms:*"`, condition(`"StringEquals":{"kms:CallerAccount":"${aws:PrincipalAccount}"}`)), bedlock.Exposed,
			[]string{"BDL303 " + s + "allows everyone to use the key under conditions that do not say who: kms:CallerAccount"}},
		"null": {allow(`"*"`, `"kms:*"`, condition(`"Null":{"kms:CallerAccount":"false"},"Bool":{"aws:SecureTransport":"true"}`)), bedlock.Exposed,
			[]string{"BDL303 " + s + "allows everyone to use the key under conditions that do not say who: kms:CallerAccount and aws:SecureTransport"}},

		"caller account":           {allow(`"*"`, `"kms:*"`, condition(`"StringEquals":{"kms:CallerAccount":"111122223333","kms:ViaService":"s3.eu-west-1.amazonaws.com"}`)), bedlock.Sound, nil},
		"caller account, token":    {allow(`{"AWS":"*"}`, `"kms:*"`, condition(`"StringEquals":{"KMS:calleraccount":"${bedlock:account}"}`)), bedlock.Sound, nil},
		"caller account if exists": {allow(`"*"`, `"kms:*"`, condition(`"StringEqualsIfExists":{"kms:CallerAccount":"111122223333"}`)), bedlock.Sound, nil},
		"organization":             {allow(`"*"`, `"kms:*"`, condition(`"StringEquals":{"aws:PrincipalOrgID":"o-abcdef1234"}`)), bedlock.Sound, nil},
		"organization unit":        {allow(`"*"`, `"kms:*"`, condition(`"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abcdef1234/r-1/*"}`)), bedlock.Sound, nil},
		"any organization": {allow(`"*"`, `"kms:*"`, condition(`"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"*/r-1/*"}`)), bedlock.Exposed,
			[]string{"BDL303 " + s + "allows everyone to use the key under conditions that do not say who: aws:PrincipalOrgPaths"}},
		"principal ARN": {allow(`"*"`, `"kms:*"`, condition(`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}`)), bedlock.Sound, nil},
		"caller account, another": {allow(`"*"`, `"kms:*"`, condition(`"StringEquals":{"kms:CallerAccount":["111122223333","444455556666"]}`)), bedlock.Exposed,
			[]string{"BDL306 " + s + "allows account 444455556666; the key is in account 111122223333"}},
		"condition unknown":  {allow(`"*"`, `"kms:*"`, condition(`"StringLike":{"aws:PrincipalOrgID":"${bedlock:unknown:parameter Org has no default}"}`)), bedlock.Unresolved, nil},
		"conditions unknown": {allow(`"*"`, `"kms:*"`, `,"Condition":"${bedlock:unknown:x}"`), bedlock.Unresolved, nil},

		"service without source": {allow(`{"Service":"bedrock.amazonaws.com"}`, `"kms:Decrypt"`, ""), bedlock.Exposed,
			[]string{"BDL305 " + s + "allows bedrock.amazonaws.com without saying for whose resources"}},
		"service, any source": {allow(`{"Service":"bedrock.amazonaws.com"}`, `"kms:Decrypt"`, condition(`"ArnLike":{"aws:SourceArn":"arn:aws:bedrock:*:*:agent/*"}`)), bedlock.Exposed,
			[]string{"BDL305 " + s + "allows bedrock.amazonaws.com without saying for whose resources"}},
		"service, source account": {allow(`{"Service":["bedrock.amazonaws.com","s3.amazonaws.com"]}`, `"kms:Decrypt"`, condition(`"StringEquals":{"aws:SourceAccount":"111122223333"}`)), bedlock.Sound, nil},
		"service, source ARN":     {allow(`{"Service":"bedrock.amazonaws.com"}`, `"kms:Decrypt"`, condition(`"ArnLike":{"aws:SourceArn":"arn:aws:bedrock:eu-west-1:${bedlock:account}:*"}`)), bedlock.Sound, nil},
		"service, source bucket":  {allow(`{"Service":"sns.amazonaws.com"}`, `"kms:Decrypt"`, condition(`"ArnLike":{"aws:SourceArn":"arn:aws:s3:::docs*"}`)), bedlock.Sound, nil},
		"service, organization":   {allow(`{"Service":"bedrock.amazonaws.com"}`, `"kms:Decrypt"`, condition(`"StringEquals":{"aws:SourceOrgID":"o-1"}`)), bedlock.Sound, nil},
		"service, via another":    {allow(`{"Service":"bedrock.amazonaws.com"}`, `"kms:Decrypt"`, condition(`"StringLike":{"kms:ViaService":"bedrock.*.amazonaws.com"}`)), bedlock.Sound, nil},
		"logs": {allow(`{"Service":"logs.eu-west-1.amazonaws.com"}`, `["kms:Encrypt*","kms:Decrypt*","kms:Describe*"]`,
			condition(`"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:111122223333:*"}`)), bedlock.Sound, nil},
		"logs of any account": {allow(`{"Service":"logs.eu-west-1.amazonaws.com"}`, `"kms:Encrypt*"`, condition(`"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:*:*:*"}`)), bedlock.Exposed,
			[]string{"BDL305 " + s + "allows logs.eu-west-1.amazonaws.com without saying for whose resources"}},
		"service describes only": {allow(`{"Service":"bedrock.amazonaws.com"}`, `"kms:DescribeKey"`, ""), bedlock.Sound, nil},
		"datasets":               {allow(`{"Service":"bedrock-agentcore.amazonaws.com"}`, `["kms:Decrypt","kms:DescribeKey"]`, ""), bedlock.Sound, nil},
		"datasets, too much": {allow(`{"Service":"bedrock-agentcore.amazonaws.com"}`, `["kms:Decrypt","kms:GenerateDataKey"]`, ""), bedlock.Exposed,
			[]string{"BDL305 " + s + "allows bedrock-agentcore.amazonaws.com without saying for whose resources"}},
		"service, source unknown":                 {allow(`{"Service":"bedrock.amazonaws.com"}`, `"kms:Decrypt"`, condition(`"ArnLike":{"aws:SourceArn":"${bedlock:unknown:x}"}`)), bedlock.Unresolved, nil},
		"service, part of the source ARN unknown": {allow(`{"Service":"logs.amazonaws.com"}`, `"kms:Decrypt"`, condition(`"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:${bedlock:account}:log-group:/x/${bedlock:unknown:y}"}`)), bedlock.Sound, nil},
		"service, account of the source unknown":  {allow(`{"Service":"logs.amazonaws.com"}`, `"kms:Decrypt"`, condition(`"ArnLike":{"aws:SourceArn":"arn:aws:logs:eu-west-1:${bedlock:unknown:a}:*"}`)), bedlock.Unresolved, nil},
		"services, one message": {allow(`{"Service":["sns.amazonaws.com","logs.${bedlock:region}.amazonaws.com"]}`, `"kms:Decrypt"`, ""), bedlock.Exposed,
			[]string{"BDL305 " + s + "allows sns.amazonaws.com and logs.<region>.amazonaws.com without saying for whose resources"}},
		"service unknown": {allow(`{"Service":"${bedlock:unknown:x}"}`, `"kms:Decrypt"`, ""), bedlock.Unresolved, []string{"BDL311 " + s + "allows a principal that is not known: x"}},

		"another account":        {allow(`{"AWS":"444455556666"}`, `"kms:Decrypt"`, ""), bedlock.Exposed, []string{"BDL306 " + s + "allows account 444455556666; the key is in account 111122223333"}},
		"another account, ARN":   {allow(`{"AWS":"arn:aws:iam::444455556666:role/R"}`, `"kms:Decrypt"`, ""), bedlock.Exposed, []string{"BDL306 " + s + "allows account 444455556666; the key is in account 111122223333"}},
		"broad":                  {allow(admin, `"kms:*"`, ""), bedlock.Exposed, []string{"BDL307 " + s + "gives arn:aws:iam::111122223333:role/Admin every action on the key"}},
		"broad, of the inputs":   {allow(`{"AWS":["${bedlock:ref:t.yaml#Role#Arn}","111122223333"]}`, `["kms:*"]`, ""), bedlock.Exposed, []string{"BDL307 " + s + "gives Role every action on the key"}},
		"broad under conditions": {allow(admin, `"kms:*"`, condition(`"StringEquals":{"kms:ViaService":"x"}`)), bedlock.Sound, nil},
		"not principal": {doc(`{"Sid":"S","Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}`), bedlock.Exposed,
			[]string{"BDL308 " + s + "allows everyone except the principals it lists"}},
		"not principal, deny": {doc(`{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}`), bedlock.Sound, nil},
		"alias as resource": {doc(`{"Sid":"S","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"arn:aws:kms:eu-west-1:111122223333:alias/app"}`), bedlock.Sound,
			[]string{"BDL309 " + s + "names the alias arn:aws:kms:eu-west-1:111122223333:alias/app as resource, which covers no key"}},
		"no resource":         {doc(`{"Sid":"S","Effect":"Allow","Principal":"*","Action":"kms:*"}`), bedlock.Sound, []string{"BDL312 " + s + "has no Resource"}},
		"no action":           {doc(`{"Sid":"S","Effect":"Allow","Principal":"*","Resource":"*"}`), bedlock.Sound, []string{"BDL312 " + s + "has no Action"}},
		"bad operator":        {allow(root, `"kms:*"`, condition(`"StringEqual":{"a":"b"}`)), bedlock.Sound, []string{"BDL313 " + strings.TrimSpace(s) + `: there is no condition operator "StringEqual"`}},
		"deleted":             {allow(`{"AWS":"AROAEXAMPLE1234567890"}`, `"kms:Decrypt"`, ""), bedlock.Sound, []string{"BDL314 " + s + "names AROAEXAMPLE1234567890, which is what is left of a deleted user or role"}},
		"wildcard in an ARN":  {allow(`{"AWS":"arn:aws:iam::*:root"}`, `"kms:Decrypt"`, ""), bedlock.Sound, []string{"BDL304 " + s + "names arn:aws:iam::*:root, which is no principal"}},
		"no principal at all": {allow(`{"AWS":"admin"}`, `"kms:Decrypt"`, ""), bedlock.Sound, []string{"BDL304 " + s + "names admin, which is no principal"}},
		"federated":           {allow(`{"Federated":"accounts.google.com"}`, `"kms:Decrypt"`, ""), bedlock.Sound, []string{"BDL304 " + s + "names accounts.google.com, a kind of principal that key policies do not have"}},
		"principal unknown": {allow(`{"AWS":"${bedlock:unknown:parameter Admin has no default}"}`, `"kms:Decrypt"`, ""), bedlock.Unresolved,
			[]string{"BDL311 " + s + "allows a principal that is not known: parameter Admin has no default"}},
		"principal's account unknown": {allow(`{"AWS":"arn:aws:iam::${bedlock:unknown:parameter Org has no default}:root"}`, `"kms:Decrypt"`, ""), bedlock.Unresolved,
			[]string{"BDL311 " + s + "allows a principal that is not known: parameter Org has no default"}},
		"principals unknown": {allow(`"${bedlock:unknown:p}"`, `"kms:Decrypt"`, ""), bedlock.Unresolved, []string{"BDL311 " + s + "allows a principal that is not known: p"}},
		"action unknown":     {allow(`"*"`, `"${bedlock:unknown:a}"`, ""), bedlock.Unresolved, nil},
		"statement unknown":  {doc(`"${bedlock:unknown:s}"`), bedlock.Unresolved, nil},
		"not JSON":           {"Version: 2012-10-17", bedlock.Unread, []string{"BDL301 the policy of key Key is no policy document: 'V' where a value is expected"}},
		"too long": {allow(root, `"kms:*"`, `,"Resource":"`+strings.Repeat("x", policy.MaxKeyPolicySize)+`"`), bedlock.Sound, []string{
			"BDL310 the policy of key Key has 32934 bytes; KMS accepts 32768", "BDL313 " + strings.TrimSpace(s) + ": Resource is there twice; the last one is read"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := keyed(t, withPolicy(c.text), func(k *inventory.Key) { k.Account = known(account) })
			out.rules()
			var got []string
			for _, f := range out.findings {
				// These have a test of their own below.
				if f.Subject.ID == "t.yaml#Key" && f.Rule != rulePolicyLint && f.Rule != ruleLocksOut {
					got = append(got, f.Rule+" "+f.Message)
				}
			}
			if diff := cmp.Diff(c.findings, got); diff != "" {
				t.Errorf("findings (-want +got)\n%s", diff)
			}
			if s := out.slots[0]; s.Rung != c.rung {
				t.Errorf("rung %s (%q), want %s", s.Rung, texts(s.Evidence), c.rung)
			}
		})
	}
}

// TestPolicyEvidence: one finding for a rule that two statements break, with the
// places and conditions of both.
func TestPolicyEvidence(t *testing.T) {
	text := `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"},{"Sid":"Two","Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*"}]}`
	out := keyed(t, withPolicy(text, "", "Open is true"))
	want := []bedlock.Evidence{
		{Text: "statement 1 of the policy of key Key allows everyone to use the key, without a condition", At: at(21)},
		{Text: `statement "Two" of the policy of key Key (when Open is true) allows everyone to use the key, without a condition`, At: at(22)},
	}
	f := out.findings[0]
	if f.Rule != ruleWildcard || f.Subject.ID != "t.yaml#Key" || f.Subject.At != at(5) || f.Severity != bedlock.Critical {
		t.Errorf("finding is %+v", f)
	}
	if diff := cmp.Diff(want, f.Evidence); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := out.slots[0].Evidence[:2]; cmp.Diff(want, got) != "" {
		t.Errorf("the slot's evidence is %+v", got)
	}
}

// TestForeignAccountNotKnown: without the key's account, the one that governs the
// key is its own and the others are foreign; when none or several do, that is told
// and left open.
func TestForeignAccountNotKnown(t *testing.T) {
	const praise, link = "key Key is customer-managed, can serve here and is rotated", "names key Key (by reference)"
	note := func(id string) string {
		return `statement "S" of the policy of key Key allows account ` + id + "; whether that is the key's own account is not known"
	}
	both := func(more string) string {
		return strings.TrimSuffix(allow(root, `"kms:*"`, ""), "]}") + "," + more + "]}"
	}
	for name, c := range map[string]struct {
		policy string
		rung   bedlock.Rung
		want   []string
		open   []string
	}{
		"two":            {allow(`{"AWS":["111122223333","444455556666"]}`, `"kms:*"`, ""), bedlock.Sound, []string{praise, note(account), note(other), link}, []string{"needs", "other accounts"}},
		"one, to use":    {allow(`{"AWS":"111122223333"}`, `"kms:Decrypt"`, ""), bedlock.Sound, []string{praise, note(account), link}, []string{"needs", "other accounts"}},
		"one, to govern": {allow(root, `"kms:*"`, ""), bedlock.Sound, []string{praise, link}, []string{"needs"}},
		"one beside the account of the deployment": {allow(`{"AWS":["arn:aws:iam::${bedlock:account}:root","111122223333"]}`, `"kms:*"`, ""), bedlock.Sound,
			[]string{praise, note(account), link}, []string{"needs", "other accounts"}},
		"one governs, another uses": {both(`{"Sid":"U","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"*"}`), bedlock.Exposed,
			[]string{`statement "U" of the policy of key Key allows account 444455556666; account 111122223333 alone governs the key`, link}, []string{"needs"}},
		"everyone governs": {both(`{"Sid":"S","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}`), bedlock.Exposed,
			[]string{"statement 3 of the policy of key Key allows everyone to use the key, without a condition", note(account), note(other), link}, []string{"needs", "other accounts"}},
		"a role of the inputs governs": {both(`{"Sid":"S","Effect":"Allow","Principal":{"AWS":"${bedlock:ref:t.yaml#Role#Arn}"},"Action":"kms:Put*","Resource":"*"}`), bedlock.Sound,
			[]string{praise, note(account), link}, []string{"needs", "other accounts"}},
		"both govern": {both(`{"Sid":"S","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Put*","Resource":"*"}`), bedlock.Sound,
			[]string{praise, note(account), note(other), link}, []string{"needs", "other accounts"}},
		"governs in a later statement": {allow(`{"AWS":"111122223333"}`, `"kms:Decrypt"`, "")[:len(allow(`{"AWS":"111122223333"}`, `"kms:Decrypt"`, ""))-2] +
			`,{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}`, bedlock.Sound, []string{praise, link}, []string{"needs"}},
	} {
		s := keyed(t, withPolicy(c.policy)).slots[0]
		if diff := cmp.Diff(c.want, texts(s.Evidence)); diff != "" || s.Rung != c.rung {
			t.Errorf("%s: rung %s (-want +got)\n%s", name, s.Rung, diff)
		}
		if diff := cmp.Diff(c.open, s.Unjudged); diff != "" {
			t.Errorf("%s: unjudged (-want +got)\n%s", name, diff)
		}
	}
}

// TestPolicyLint: what a key policy says and cannot mean.
func TestPolicyLint(t *testing.T) {
	root := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	for text, want := range map[string][]string{
		root: nil,
		root + `,{"Sid":"S","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:Decript","Resource":"*"}`: {
			`BDL317 statement "S" of the policy of key Key: kms has no action Decript (unknown-action)`},
		root + `,{"Sid":"S","Effect":"Deny","Principal":"*","Action":"kms:DescribeKey","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:a":"b"}}}`: {
			`BDL317 statement "S" of the policy of key Key: no request can match this statement (never-matches)`},
		root + `,{"Sid":"S","Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"},"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}}`: {
			`BDL317 statement "S" of the policy of key Key: no request can match this statement (never-matches)`},
		strings.Replace(root, "kms:*", "kms:Decrypt", 1):                                                 {"BDL318 nobody of the account of key Key can change its policy: proved for every request"},
		strings.Replace(root, "111122223333", "${bedlock:account}", 1):                                   nil,
		strings.Replace(root, `"arn:aws:iam::111122223333:root"`, `"${bedlock:unknown:a parameter}"`, 1): nil,
	} {
		out := keyed(t, withPolicy(`{"Version":"2012-10-17","Statement":[`+text+`]}`))
		out.rules()
		var got []string
		for _, f := range out.findings {
			if f.Rule == rulePolicyLint || f.Rule == ruleLocksOut {
				got = append(got, f.Rule+" "+f.Message)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
}
