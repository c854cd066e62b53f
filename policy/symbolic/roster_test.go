package symbolic

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// TestPrincipalElements asks who is matched by elements of every form, in statements
// with a condition, so that the engine's open decision does not answer.
func TestPrincipalElements(t *testing.T) {
	const (
		via   = `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`
		fed   = "arn:aws:sts::111122223333:federated-user/f"
		root  = "root user of account 111122223333"
		other = "any other user of account 111122223333"
		logs  = "logs.amazonaws.com"
		vague = "arn:aws:iam::111122223333:user/${bedlock:unknown:name}"
	)
	all := []*authz.Policy{compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	u := &Universe{Parties: []Party{
		{authz.Principal{Kind: authz.User, ARN: userA, Account: home, ID: "AIDA1"}, authz.Layers{Identity: all}},
		{authz.Principal{Kind: authz.Session, Role: roleR, Account: home, ID: "AROA1"}, authz.Layers{Identity: all}},
		{authz.Principal{Kind: authz.Federated, ARN: fed, Parent: userA, Account: home}, authz.Layers{Identity: all, Session: []*authz.Policy{}}},
		{authz.Principal{Kind: authz.User, ARN: vague, Account: home}, authz.Layers{}},
		{authz.Principal{Kind: authz.Service, ARN: logs}, authz.Layers{}},
	}}
	names := map[string]string{userA: "user", roleR: "role", fed: "federated", root: "root", other: "others", logs: "service", vague: "vague"}
	statement := func(effect, element, principal string) string {
		return `{"Effect":"` + effect + `","` + element + `":` + principal + `,"Action":"kms:Decrypt","Resource":"*","Condition":` + via + `}`
	}
	open := statement("Allow", "Principal", `"*"`)
	for _, c := range []struct{ statements, want string }{
		{open, "user role federated vague service root others"},
		{statement("Allow", "Principal", `{"AWS":"*"}`), "user role federated vague root others"},
		{statement("Allow", "Principal", `{"AWS":"111122223333"}`), "user role root others"},
		{statement("Allow", "Principal", `{"AWS":"`+userA+`"}`), "user vague?"}, // federated has no session policy that allows
		{statement("Allow", "Principal", `{"AWS":"AIDA1"}`), "user"},
		{statement("Allow", "Principal", `{"AWS":["AROA1","444455556666"]}`), "role"},
		{statement("Allow", "Principal", `{"Service":"logs.amazonaws.com"}`), "service"},
		{statement("Allow", "Principal", `{"Service":"s3.amazonaws.com"}`), ""},
		{statement("Allow", "Principal", `{"Service":"${bedlock:unknown:x}"}`), "service?"},
		{statement("Allow", "Principal", `{"AWS":"${bedlock:unknown:x}"}`), "user? role? federated? vague? root? others?"},
		{statement("Allow", "NotPrincipal", `{"AWS":"*"}`), ""},
		{statement("Allow", "NotPrincipal", `{"AWS":"`+userA+`"}`), "role vague? service root others"},
		{statement("Allow", "NotPrincipal", `{"AWS":"111122223333"}`), "service"},
		{open + "," + statement("Deny", "Principal", `{"AWS":"*"}`), ""},
		{open + "," + statement("Deny", "Principal", `{"Service":"logs.amazonaws.com"}`), "user role federated vague root others"},
		{open + "," + statement("Deny", "NotPrincipal", `{"AWS":"*"}`), "user role federated vague root others"},
		{open + "," + statement("Deny", "NotPrincipal", `"*"`), "user role federated vague service root others"},
		{open + "," + statement("Deny", "NotPrincipal", `{"AWS":["111122223333","`+userA+`"]}`), "user vague? root"},
		{open + "," + statement("Deny", "NotPrincipal", `{"AWS":"`+userA+`"}`), "vague?"},
		{open + "," + statement("Deny", "NotPrincipal", `{"Service":"logs.amazonaws.com"}`), "service"},
	} {
		d, err := policy.Parse(key(c.statements))
		if err != nil {
			t.Fatal(err)
		}
		d.Problems = nil // Allow with NotPrincipal is none of KMS's
		if got := matched(t, u, &Target{Policy: authz.Compile("key", d)}, names); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.statements, got, c.want)
		}
	}
	// An element that is not known, and one of a form that IAM refuses.
	for name, change := range map[string]func(*policy.Statement){
		"undetermined": func(s *policy.Statement) {
			s.Principals, s.Undetermined = nil, []policy.Undetermined{{Element: "Principal", Text: "${bedlock:unknown:x}"}}
		},
		"bare": func(s *policy.Statement) { s.Principals = &policy.Principals{Bare: []string{userA}} },
	} {
		d := doc(t, key(open))
		change(&d.Statements[0])
		want := "user? role? federated? vague? service? root? others?"
		if name == "bare" { // for whom the engine alone decides that it is not meant
			want = "user? vague?"
		}
		if got := matched(t, u, &Target{Policy: authz.Compile("key", d)}, names); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	// Grants.
	for grantee, want := range map[string]string{
		userA: "user vague?", roleR: "role", "arn:aws:iam::111122223333:root": "user role root others", "111122223333": "user role root others",
		logs: "service", "AIDA1": "user", "${bedlock:unknown:x}": "user? role? federated? vague? service? root? others?", strayR: "", "arn:aws:iam::444455556666:root": "",
	} {
		target := &Target{Policy: compiled(t, "key", `{"Effect":"Allow","Principal":{"AWS":"`+userA+`"},"Action":"kms:Encrypt","Resource":"*"}`),
			Grants: []authz.Grant{{ID: "g", Grantee: grantee, Operations: []string{"Decrypt"}, ContextSubset: map[string]string{"a": "1"}}}}
		if got := matched(t, u, target, names); got != want {
			t.Errorf("grant to %s: %q, want %q", grantee, got, want)
		}
	}
}

// matched lists who can, by the names given, with a question mark where that is not
// known.
func matched(t *testing.T, u *Universe, target *Target, names map[string]string) string {
	t.Helper()
	target.Key = theKey
	access, err := u.WhoCan("kms:Decrypt", target)
	if err != nil {
		t.Fatal(err)
	}
	classes, _ := u.classesFor(target)
	var out []string
	for i, a := range access {
		search := u.onKey("kms:Decrypt", target, &classes[i], applicability("kms:Decrypt"), u.budget()).ask()
		if search.failed || search.Verdict != a.Verdict && search.Verdict != Unknown {
			t.Errorf("%s: %v, a search alone says %v %s", a.Who, a.Verdict, search.Verdict, why(search.Answer))
		}
		if name := names[a.Who]; name != "" && a.Verdict != Never {
			out = append(out, name+map[Verdict]string{Unknown: "?"}[a.Verdict])
		}
	}
	return strings.Join(out, " ")
}

// TestPlaces: only the statements that may be about a class are looked at, each once
// and in their order.
func TestPlaces(t *testing.T) {
	d := doc(t, key(strings.Join([]string{allowTo(`{"AWS":"444455556666"}`), allowTo(`{"AWS":["` + userA + `","111122223333"]}`), allowTo(`{"Service":"logs.amazonaws.com"}`), allowTo(`"*"`), allowTo(`{"AWS":"111122223333"}`)}, ",")))
	r := (&digests{}).of(authz.Compile("key", d)).named()
	c := &class{who: authz.Principal{Kind: authz.User, ARN: userA, Account: home}, account: home}
	var got []int
	for _, p := range r.places(c) {
		got = append(got, p.statement)
	}
	if want := []int{1, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if p := r.places(c)[0]; !p.listed[authz.Direct] || !p.listed[authz.ByAccount] || p.listed[authz.ByRole] {
		t.Errorf("listed %v", p.listed)
	}
}
