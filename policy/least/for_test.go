package least

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

func TestForErrors(t *testing.T) {
	federated := authz.Principal{Kind: authz.Federated, ARN: "arn:aws:sts::111122223333:federated-user/carol"}
	strayFederated := authz.Principal{Kind: authz.Federated, ARN: "arn:aws:sts::444455556666:federated-user/carol"}
	one := func(n symbolic.Need) []symbolic.Need { return []symbolic.Need{ofRole(caller, "kms:Decrypt"), n} }
	var wide []symbolic.Need
	for i := range 480 {
		n := ofService("bedrock.amazonaws.com", "kms:Decrypt")
		n.SourceARN, n.SourceAccount = fmt.Sprintf("arn:aws:bedrock:us-east-1:%012d:agent/%d", i, i), fmt.Sprintf("%012d", i)
		wide = append(wide, n)
	}
	for _, c := range []struct {
		name, key string
		needs     []symbolic.Need
		options   Options
		want      string
	}{
		{"alias", "alias/x", nil, Options{}, `key "alias/x": not the ARN of a KMS key`},
		{"pattern of keys", "arn:aws:kms:us-east-1:111122223333:key/*", nil, Options{}, `key "arn:aws:kms:us-east-1:111122223333:key/*": not the ARN of a KMS key`},
		{"no need", theKey, one(ofRole(caller)), Options{}, "need 1: actions: there are none"},
		{"another partition", theKey, one(ofRole("arn:aws-cn:iam::111122223333:role/x", "kms:Decrypt")), Options{}, `need 1: principal "arn:aws-cn:iam::111122223333:role/x": not of the key's partition aws`},
		{"service that retires", theKey, one(ofService("bedrock.amazonaws.com", "kms:Re*Grant")), Options{}, "need 1: action kms:RetireGrant: a service can retire a grant only by the grant itself"},
		{"stranger that retires", theKey, one(ofRole(strayR, "kms:RetireGrant")), Options{}, "need 1: action kms:RetireGrant: another account can retire a grant only by the grant itself"},
		{"stranger that governs", theKey, one(ofRole(strayR, "kms:PutKeyPolicy")), Options{}, "need 1: action kms:PutKeyPolicy: not usable on keys of another account"},
		{"federated stranger", theKey, one(symbolic.Need{Principal: strayFederated, Actions: []string{"kms:Decrypt"}}), Options{},
			`need 1: principal "arn:aws:sts::444455556666:federated-user/carol": what a federated session may do by its own policies is up to the session; state the user's need`},
		{"federated session that retires", theKey, one(symbolic.Need{Principal: federated, Actions: []string{"kms:RetireGrant"}}), Options{},
			`need 1: principal "arn:aws:sts::111122223333:federated-user/carol": what a federated session may do by its own policies is up to the session; state the user's need`},
		{"administrator of another account", theKey, nil, Options{Administrators: []string{strayR}}, `administrator "` + strayR + `": a key is administered from its own account 111122223333 only`},
		{"administrator that is no principal", theKey, nil, Options{Administrators: []string{"admin"}}, `administrator "admin": not the ARN of a user, a role or the account's root`},
		{"administrators that are a group", theKey, nil, Options{Administrators: []string{"arn:aws:iam::111122223333:group/admins"}}, `administrator "arn:aws:iam::111122223333:group/admins": not the ARN of a user, a role or the account's root`},
		{"administrators by wildcard", theKey, nil, Options{Administrators: []string{"arn:aws:iam::111122223333:role/*"}}, "need 0: principal: wildcards name no principal"},
		{"too many needs", theKey, make([]symbolic.Need, MaxNeeds+1), Options{}, "needs: 501 are more than 500"},
		{"too long", theKey, wide, Options{}, "key policy: 209682 bytes are more than the 32768 that KMS stores"},
	} {
		_, err := For(c.key, c.needs, c.options)
		if got := fmt.Sprint(err); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestAdministratorActions(t *testing.T) {
	got := AdministratorActions()
	for _, a := range []string{"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DescribeKey", "kms:RevokeGrant", "kms:CreateAlias", "kms:RotateKeyOnDemand"} {
		if !slices.Contains(got, a) {
			t.Errorf("%s is missing", a)
		}
	}
	for _, a := range got {
		for _, s := range []string{"crypt", "GenerateData", "CreateGrant", "Sign", "Mac", "DeriveShared", "CreateKey", "ListKeys", "CustomKeyStore", "RetireGrant"} {
			if strings.Contains(a, s) {
				t.Errorf("%s is for no administrator", a)
			}
		}
	}
	if len(got) != 27 {
		t.Errorf("%d actions: %q", len(got), got)
	}
}

// statements writes the statements of a document on one line each.
func statements(d *policy.Document) []string {
	var out []string
	for i := range d.Statements {
		s := &d.Statements[i]
		line := strings.Join(s.Actions, " ")
		if s.Principals != nil {
			line = strings.Join(append(s.Principals.AWS, s.Principals.Service...), " ") + ": " + line
		}
		for _, c := range s.Conditions {
			line += " & " + c.Key + " " + c.Operator.String() + " " + strings.Join(c.Values, "|")
		}
		out = append(out, line)
	}
	return out
}

// TestJoining: what differs in one part only is one statement, what others have is
// none.
func TestJoining(t *testing.T) {
	in := func(role, action, context string) symbolic.Need {
		n := ofRole(role, action)
		if context != "" {
			n.Context = map[string]string{"a": context}
		}
		return n
	}
	grant := func(operations ...string) symbolic.Need {
		n := ofRole(caller, "kms:CreateGrant")
		n.GrantOperations = operations
		return n
	}
	admin := Options{Administrators: []string{keyAdmin}}
	for _, c := range []struct {
		name  string
		needs []symbolic.Need
		want  []string
	}{
		{"actions", []symbolic.Need{in(caller, "kms:Encrypt", ""), in(caller, "kms:decrypt", "")}, []string{caller + ": kms:Decrypt kms:Encrypt"}},
		{"principals", []symbolic.Need{in(kbRole, "kms:Decrypt", "1"), in(caller, "kms:Decrypt", "1")}, []string{kbRole + " " + caller + ": kms:Decrypt & kms:EncryptionContext:a StringEquals 1"}},
		{"values", []symbolic.Need{in(caller, "kms:Decrypt", "2"), in(caller, "kms:Decrypt", "1")}, []string{caller + ": kms:Decrypt & kms:EncryptionContext:a StringEquals 1|2"}},
		{"values with a wildcard", []symbolic.Need{in(caller, "kms:Decrypt", "2"), in(caller, "kms:Decrypt", "1*")}, []string{caller + ": kms:Decrypt & kms:EncryptionContext:a StringLike 1*|2"}},
		{"all of it", []symbolic.Need{in(caller, "kms:Decrypt", "1"), in(caller, "kms:Encrypt", "1"), in(caller, "kms:Decrypt", "2"), in(caller, "kms:Encrypt", "2"),
			in(kbRole, "kms:Decrypt", "1"), in(kbRole, "kms:Encrypt", "2"), in(kbRole, "kms:Decrypt", "2"), in(kbRole, "kms:Encrypt", "1")},
			[]string{kbRole + " " + caller + ": kms:Decrypt kms:Encrypt & kms:EncryptionContext:a StringEquals 1|2"}},
		{"not what only looks alike", []symbolic.Need{in(caller, "kms:Decrypt", "1"), in(caller, "kms:Encrypt", "2")},
			[]string{caller + ": kms:Decrypt & kms:EncryptionContext:a StringEquals 1", caller + ": kms:Encrypt & kms:EncryptionContext:a StringEquals 2"}},
		{"narrower", []symbolic.Need{in(caller, "kms:Decrypt", "1"), in(caller, "kms:Decrypt", "?"), in(caller, "kms:Decrypt", "1*")}, []string{caller + ": kms:Decrypt & kms:EncryptionContext:a StringLike 1*|?"}},
		{"had by two together", []symbolic.Need{in(caller, "kms:Decrypt", "1*"), in(caller, "kms:Decrypt", "1"), in(caller, "kms:Decrypt", "1?*")}, []string{caller + ": kms:Decrypt & kms:EncryptionContext:a StringLike 1|1?*"}},
		{"sets of operations are not joined", []symbolic.Need{grant("Decrypt"), grant("Encrypt")},
			[]string{caller + ": kms:CreateGrant & kms:GrantOperations ForAllValues:StringEquals Decrypt", caller + ": kms:CreateGrant & kms:GrantOperations ForAllValues:StringEquals Encrypt"}},
		{"a smaller set of operations", []symbolic.Need{grant("Decrypt"), grant("Encrypt", "Decrypt", "Decrypt")}, []string{caller + ": kms:CreateGrant & kms:GrantOperations ForAllValues:StringEquals Decrypt|Encrypt"}},
		{"an administrator's own", []symbolic.Need{in(keyAdmin, "kms:DescribeKey", ""), in(keyAdmin, "kms:Decrypt", "")}, []string{keyAdmin + ": kms:Decrypt"}},
		{"a session and its role", []symbolic.Need{{Principal: authz.Principal{Kind: authz.Session, ARN: nightly}, Actions: []string{"kms:Decrypt"}}, in(caller, "kms:Decrypt", "")}, []string{caller + ": kms:Decrypt"}},
		{"the root user and the account", []symbolic.Need{{Principal: authz.Principal{Kind: authz.Root, Account: stray}, Actions: []string{"kms:Decrypt"}}, {Principal: authz.Principal{Account: stray}, Actions: []string{"kms:Decrypt"}}},
			[]string{"arn:aws:iam::444455556666:root: kms:Decrypt"}},
		{"a stranger and its account", []symbolic.Need{in(strayR, "kms:Decrypt", "1"), {Principal: authz.Principal{Account: stray}, Actions: []string{"kms:Decrypt"}}},
			[]string{"arn:aws:iam::444455556666:root: kms:Decrypt"}},
		{"a role and its account", []symbolic.Need{in(caller, "kms:Decrypt", "1"), {Principal: authz.Principal{Account: home}, Actions: []string{"kms:Decrypt"}}},
			[]string{caller + ": kms:Decrypt & kms:EncryptionContext:a StringEquals 1", "arn:aws:iam::111122223333:root: kms:Decrypt"}},
	} {
		r, err := For(theKey, c.needs, admin)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got := statements(r.Key)[1:]
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
		if p := prove(t, r); p.Outcome() != Proved || p.Least() != Proved {
			t.Errorf("%s: %v, least %v\n%s", c.name, p.Outcome(), p.Least(), explain(p))
		}
	}
}

// TestSids: Sids are unique and of the characters that IAM takes.
func TestSids(t *testing.T) {
	var needs []symbolic.Need
	for _, role := range []string{"arn:aws:iam::111122223333:role/a-b", "arn:aws:iam::111122223333:role/a.b", "arn:aws:iam::111122223333:role/a_b"} {
		n := ofRole(role, "kms:Decrypt", "kms:DescribeKey")
		n.Context = map[string]string{"a": role[len(role)-2:]}
		needs = append(needs, n)
	}
	for _, delegated := range []bool{false, true} {
		r, err := For(theKey, needs, Options{Delegated: delegated})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range append(documents(r), r.Key) {
			seen := map[string]bool{}
			for _, s := range d.Statements {
				if seen[s.Sid] || s.Sid == "" || strings.Trim(strings.ToLower(s.Sid), "abcdefghijklmnopqrstuvwxyz0123456789 ") != "" || d != r.Key && strings.Contains(s.Sid, " ") {
					t.Errorf("Sid %q", s.Sid)
				}
				seen[s.Sid] = true
			}
		}
	}
}

// TestStable: the order of needs does not matter to the documents.
func TestStable(t *testing.T) {
	for _, s := range shapes() {
		first := made(t, s)
		slices.Reverse(s.needs)
		second := made(t, s)
		if first.Key.Print() != second.Key.Print() || !slices.Equal(first.owners(), second.owners()) {
			t.Errorf("%s: %s\n%s", s.name, first.Key.Print(), second.Key.Print())
		}
	}
}

func TestOpen(t *testing.T) {
	n := ofService("bedrock.amazonaws.com", "kms:CreateGrant")
	n.Unconfirmed = []string{"source ARN of a session"}
	r := made(t, shape{"", []symbolic.Need{n, ofRole(caller, "kms:DescribeKey")}, Options{}})
	want := []Open{{0, "encryption context", false}, {0, "source ARN", false}, {0, "source account", false}, {0, "grant operations", false},
		{0, "grants for AWS resources", false}, {0, "source ARN of a session", true}, {1, "calling service", false}}
	if !slices.Equal(r.Open, want) {
		t.Errorf("got %v", r.Open)
	}
}

// FuzzFor: no need makes For panic, and what it makes is proved.
func FuzzFor(f *testing.F) {
	f.Add(uint8(2), "", caller, "kms:Decrypt", "aws:bedrock:arn", "arn:aws:bedrock:*", bedrock, "", "", "Decrypt", false)
	f.Add(uint8(5), "cloudtrail.amazonaws.com", "", "kms:GenerateDataKey*", "", "", "", trail, home, "", false)
	f.Add(uint8(1), alice, "", "kms:CreateGrant", "A", "?", "s3.*.amazonaws.com", "", "", "Encrypt", true)
	f.Add(uint8(0), "", "", "kms:*", "", "", "", "", "", "", false)
	f.Fuzz(func(t *testing.T, kind uint8, name, role, action, pair, value, via, source, account, operation string, delegated bool) {
		n := symbolic.Need{Principal: authz.Principal{Kind: authz.Kind(kind), ARN: name, Role: role, Account: home}, Actions: []string{action}, Via: via, SourceARN: source, SourceAccount: account}
		if pair != "" {
			n.Context = map[string]string{pair: value}
		}
		if operation != "" {
			n.GrantOperations = []string{operation}
		}
		r, err := For(theKey, []symbolic.Need{n, ofRole(kbRole, "kms:Decrypt")}, Options{Delegated: delegated, Work: 100_000})
		if err != nil {
			return
		}
		for _, d := range append(documents(r), r.Key) {
			if again, err := policy.Parse(d.Print()); err != nil || len(again.Problems) > 0 {
				t.Fatalf("%v %v: %s", err, again, d.Print())
			}
		}
		p, err := Prove(&symbolic.Universe{Work: 100_000}, r, nil)
		if err != nil || p.Outcome() == Refuted {
			t.Fatalf("%v\n%s\n%s", err, explain(p), r.Key.Print())
		}
	})
}
