package symbolic

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

func compiled(t testing.TB, name, statements string) *authz.Policy {
	t.Helper()
	return authz.Compile(name, doc(t, key(statements)))
}

const delegation = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`

// summary writes accesses on one line each, without those that are proved not to
// be.
func summary(list []Access) []string {
	var out []string
	for _, a := range list {
		if a.Verdict == Never {
			continue
		}
		line := a.Who + ": " + a.Verdict.String()
		for _, way := range a.Conditions {
			line += " [" + strings.Join(way, " & ") + "]"
		}
		out = append(out, line)
	}
	return out
}

func TestWhoCan(t *testing.T) {
	everything := compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	user := authz.Principal{Kind: authz.User, ARN: userA, Account: home}
	role := sessionOf(roleR)
	closed := []Account{{ID: home, Inside: true, Closed: true}}
	cases := []struct {
		name   string
		u      Universe
		target Target
		want   []string
	}{
		{"default key policy", Universe{Accounts: closed}, Target{Policy: compiled(t, "key", delegation)}, []string{"root user of account 111122223333: exists []"}},
		{"a party with and one without", Universe{Accounts: closed, Parties: []Party{
			{user, authz.Layers{Identity: []*authz.Policy{compiled(t, "id", `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"`+theKey+`","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)}}},
			{role, authz.Layers{Identity: []*authz.Policy{compiled(t, "id", `{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}`)}}},
		}}, Target{Policy: compiled(t, "key", delegation)},
			[]string{userA + ": exists [aws:securetransport is true]", "root user of account 111122223333: exists []"}},
		{"boundary does not limit what names the user", Universe{Accounts: closed, Parties: []Party{
			{user, authz.Layers{Boundary: compiled(t, "b", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)}},
			{role, authz.Layers{Boundary: compiled(t, "b", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)}},
		}}, Target{Policy: compiled(t, "key", `{"Effect":"Allow","Principal":{"AWS":["`+userA+`","`+roleR+`"]},"Action":"kms:Decrypt","Resource":"*"}`)},
			[]string{userA + ": exists []"}},
		{"grant with encryption context", Universe{Accounts: closed}, Target{Policy: compiled(t, "key", deny("")[:0]+`{"Effect":"Allow","Principal":{"AWS":"`+userA+`"},"Action":"kms:PutKeyPolicy","Resource":"*"}`),
			Grants: []authz.Grant{{ID: "g", Grantee: strayR, Operations: []string{"Decrypt"}, ContextSubset: map[string]string{"Table": "t"}}}},
			[]string{strayR + ": exists [kms:encryptioncontext:table is t]"}},
		{"service control policy", Universe{Organization: "o-1", Accounts: []Account{{ID: home, Inside: true, Closed: true, SCPs: [][]*authz.Policy{{everything}, {compiled(t, "scp", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}`)}}}}},
			Target{Policy: compiled(t, "key", delegation)}, nil},
		{"resource control policy: only the organization", Universe{Organization: "o-1", Accounts: []Account{{ID: home, Inside: true, Closed: true}}},
			Target{Policy: compiled(t, "key", allow("")), RCPs: [][]*authz.Policy{{compiled(t, "rcp", `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
				{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`)}}},
			[]string{"root user of account 111122223333: exists []", "any service-linked role of any other account outside the organization: exists []",
				"any user of any other account of the organization: exists []", "any role of any other account of the organization: exists []",
				"any federated user of any other account of the organization: exists []", "any root user of any other account of the organization: exists []",
				"any service-linked role of any other account of the organization: exists []"}},
		{"only service-linked roles, without control policies", Universe{Accounts: []Account{{ID: home}}},
			Target{Policy: compiled(t, "key", `{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/aws-service-role/*"}}}`)},
			[]string{"any other role of account 111122223333: exists [aws:principalarn ArnLike arn:aws:iam::*:role/aws-service-role/*]",
				"any role of any other account: exists [aws:principalarn ArnLike arn:aws:iam::*:role/aws-service-role/*]"}},
		{"resource control policy does not limit service-linked roles", Universe{Accounts: []Account{{ID: home}}},
			Target{Policy: compiled(t, "key", delegation), RCPs: [][]*authz.Policy{{compiled(t, "rcp", `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}`)}}},
			[]string{"any service-linked role of account 111122223333: exists []"}},
		{"service control policies do not limit the management account", Universe{Organization: "o-1", Accounts: []Account{{ID: home, Inside: true, Management: true, SCPs: [][]*authz.Policy{{}}}}},
			Target{Policy: compiled(t, "key", delegation), RCPs: [][]*authz.Policy{{}}},
			[]string{"root user of account 111122223333: exists []", "any other user of account 111122223333: exists []", "any other role of account 111122223333: exists []",
				"any other federated user of account 111122223333: exists []", "any service-linked role of account 111122223333: exists []"}},
		{"the own name, of some", Universe{Accounts: []Account{{ID: home}}}, Target{Policy: compiled(t, "key", allowTo(`"*"`, `{"StringEquals":{"kms:EncryptionContext:who":"${aws:PrincipalArn}","aws:PrincipalAccount":"111122223333"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x*"}}`))},
			[]string{"any other role of account 111122223333: exists [kms:encryptioncontext:who StringLike * & kms:encryptioncontext:who StringEquals ${aws:principalarn} & aws:principalarn ArnLike arn:aws:iam::*:role/x*]"}},
		{"two ways", Universe{Accounts: closed}, Target{Policy: compiled(t, "key", `{"Effect":"Allow","Principal":{"Service":"logs.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}},
			{"Effect":"Allow","Principal":{"Service":"logs.amazonaws.com"},"Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:logs:*:111122223333:*"}}}`)},
			[]string{"logs.amazonaws.com: exists [aws:sourceaccount StringEquals 111122223333] [aws:sourcearn ArnLike arn:aws:logs:*:111122223333:*]"}},
	}
	for _, c := range cases {
		c.target.Key = theKey
		got, err := c.u.WhoCan("kms:Decrypt", &c.target)
		if err != nil {
			t.Fatal(err)
		}
		if s := summary(got); !slices.Equal(s, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, s, c.want)
		}
	}
	if _, err := (&Universe{}).WhoCan("kms:Decrypt", &Target{Key: "alias/x"}); err == nil || err.Error() != `key "alias/x": not the ARN of a KMS key` {
		t.Errorf("error %v", err)
	}
	if _, err := (&Universe{}).WhoCan("kms:ListKeys", &Target{Key: theKey}); err == nil || err.Error() != `action "kms:ListKeys": not an action of KMS on a key` {
		t.Errorf("error %v", err)
	}
}

func TestExternal(t *testing.T) {
	target := &Target{Key: theKey, Policy: compiled(t, "key", delegation+`,
		{"Effect":"Allow","Principal":{"AWS":"`+strayR+`"},"Action":["kms:Decrypt","kms:PutKeyPolicy"],"Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":"logs.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}},
		{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}`)}
	describe := func(list []Exposure) (out []string) {
		for _, x := range list {
			for _, a := range x.Actions {
				out = append(out, fmt.Sprintf("%s %v %s %v", x.Who, x.Public, a.Action, a.Verdict))
			}
		}
		return out
	}
	for _, c := range []struct {
		zone Zone
		want []string
	}{
		{Zone{}, []string{strayR + " false kms:Decrypt exists", "sns.amazonaws.com true kms:Decrypt exists"}},
		{Zone{Accounts: []string{stray}}, []string{"sns.amazonaws.com true kms:Decrypt exists"}},
	} {
		got, err := (&Universe{}).External(&c.zone, target)
		if err != nil {
			t.Fatal(err)
		}
		if s := describe(got); !slices.Equal(s, c.want) {
			t.Errorf("%v:\n got %q\nwant %q", c.zone, s, c.want)
		}
	}
}

func TestLocksOut(t *testing.T) {
	for _, c := range []struct {
		name, statements string
		want             Verdict
	}{
		{"default", delegation, Exists},
		{"only another account", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"}`, Never},
		{"a user of the account", `{"Effect":"Allow","Principal":{"AWS":"` + userA + `"},"Action":"kms:PutKeyPolicy","Resource":"*"}`, Exists},
		{"only use", `{"Effect":"Allow","Principal":{"AWS":"` + userA + `"},"Action":["kms:Decrypt","kms:CreateGrant"],"Resource":"*"}`, Never},
		{"denied to all", delegation + `,{"Effect":"Deny","Principal":"*","Action":"kms:Put*","Resource":"*"}`, Never},
		{"denied to all but a role", delegation + `,{"Effect":"Deny","Principal":"*","Action":"kms:Put*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/admin-?"}}}`, Exists},
		{"denied to all but a role of another account", delegation + `,{"Effect":"Deny","Principal":"*","Action":"kms:Put*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/admin-?"}}}`, Never},
		{"in the past only", `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"},"DateGreaterThan":{"aws:CurrentTime":"2021-01-01T00:00:00Z"}}}`, Never},
		{"no Action", `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":[],"Resource":"*"}`, Never},
	} {
		got, err := (&Universe{}).LocksOut(&Target{Key: theKey, Policy: compiled(t, "key", c.statements)})
		if err != nil || got.Verdict != c.want {
			t.Errorf("%s: %v %s, want %v (%v)", c.name, got.Verdict, why(got), c.want, err)
		}
	}
}

// names are principals that classes of many may have.
var names = []string{
	"arn:aws:iam::111122223333:user/bob", "arn:aws:iam::111122223333:role/other", "arn:aws:sts::111122223333:federated-user/alice",
	"arn:aws:iam::999999999999:user/alice", "arn:aws:iam::999999999999:role/app", "arn:aws:iam::999999999999:root",
	"arn:aws:sts::999999999999:federated-user/x", "arn:aws:iam::444455556666:user/bob", "arn:aws:iam::444455556666:role/path/x",
	"arn:aws:sts::444455556666:federated-user/x", "arn:aws:iam::111122223333:role/path/app", "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
}

// world makes a random universe and target with every layer.
func (g *generator) world(t testing.TB) (*Universe, *Target) {
	all := authz.Compile("all", doc(t, key(`{"Effect":"Allow","Action":"*","Resource":"*"}`)))
	allNamed := authz.Compile("all", doc(t, key(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)))
	some := func(principals bool) *authz.Policy { return authz.Compile("p", g.document(t, principals, 3)) }
	u := &Universe{Accounts: []Account{{ID: home}}}
	if g.IntN(3) == 0 {
		u.Accounts[0].SCPs = [][]*authz.Policy{{all}, {all, some(false)}}
	}
	for _, p := range []authz.Principal{{Kind: authz.User, ARN: userA, Account: home, ID: "AIDA1"}, sessionOf(roleR)} {
		l := authz.Layers{Identity: []*authz.Policy{some(false), some(false)}, SCPs: u.Accounts[0].SCPs}
		if g.IntN(3) == 0 {
			l.Boundary = some(false)
		}
		if p.Kind == authz.Session && g.IntN(3) == 0 {
			l.Session = []*authz.Policy{some(false)}
		}
		u.Parties = append(u.Parties, Party{p, l})
	}
	target := &Target{Key: theKey, Policy: some(true)}
	if g.IntN(3) == 0 {
		target.RCPs = [][]*authz.Policy{{allNamed}, {allNamed, some(true)}}
	}
	if g.IntN(4) == 0 {
		target.Endpoint = some(true)
	}
	for g.IntN(2) == 0 {
		grant := authz.Grant{ID: "g", Token: "token", Grantee: pick(g, userA, roleR, strayR, "logs.amazonaws.com", "arn:aws:iam::444455556666:root", session),
			Operations: g.some("Decrypt", "Encrypt", "DescribeKey", "CreateGrant"), Pending: g.IntN(3) == 0}
		switch g.IntN(4) {
		case 0:
			grant.ContextEquals = map[string]string{pick(g, "a", "A"): pick(g, "1", "2")}
		case 1:
			grant.ContextSubset = map[string]string{"a": "1", "b": "1"}
		case 2:
			grant.SourceARN = "arn:aws:s3:::bucket"
		}
		target.Grants = append(target.Grants, grant)
	}
	return u, target
}

// principalOfClass returns some principal of a class, if names has one.
func (g *generator) principalOfClass(c *class) (authz.Principal, bool) {
	name := ""
	if c.names != nil {
		var fit []string
		for _, n := range names {
			if satisfies(n, c.names()) {
				fit = append(fit, n)
			}
		}
		if len(fit) == 0 {
			return c.who, false
		}
		name = pick(g, fit...)
	}
	var id []string
	if text := "AROA1:" + pick(g, "session", "s1", "alice"); c.who.Kind == authz.Session && c.takesID(text) {
		id = []string{text}
	}
	p := c.principal(name, id)
	if p.ID == "" {
		p.ID = "AROA1"
	}
	return p, true
}

// refute looks for a request that refutes a proof.
func (g *generator) refute(q *question, action string, c *class, tries int) *authz.Request {
	for range tries {
		p, ok := g.principalOfClass(c)
		if !ok {
			return nil
		}
		r := g.request(p)
		r.Action = action
		r.GrantTokens = []string{"token"}
		r.Context["aws:requestedregion"] = authz.Value{Values: []string{"us-east-1"}}
		if q.check(r) != nil {
			return r
		}
	}
	return nil
}

func TestWhoCanAgainstRequests(t *testing.T) {
	worlds, verdicts, without := 300, map[Verdict]int{}, 0
	if testing.Short() {
		worlds = 50
	}
	g := newGenerator(3)
	for n := range worlds {
		g.variables = n%2 == 0
		u, target := g.world(t)
		classes, err := u.classesFor(target)
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range theActions {
			applies := applicability(action)
			for i := range classes {
				c := &classes[i]
				q := u.onKey(action, target, c, applies, u.budget())
				a := q.ask()
				verdicts[a.Verdict]++
				if a.Witness != nil {
					consistent(t, c, &a.Witness.Request)
				}
				if a.Verdict == Unknown && !g.variables {
					t.Errorf("world %d: %s %s: unknown: %s", n, c.what, action, a.Reason)
				}
				if a.Verdict != Never || a.f == noFormula && n%10 != 0 {
					continue
				}
				if without++; a.Verdict == Never {
					if r := g.refute(q, action, c, 60); r != nil {
						t.Fatalf("world %d: proved that %s never can, but %s", n, c.what, show(r))
					}
				}
			}
		}
	}
	t.Logf("%d worlds: %v; %d proofs attacked", worlds, verdicts, without)
}

// TestWays checks each way of a who-can answer by requests that satisfy it.
func TestWays(t *testing.T) {
	g := newGenerator(5)
	checked := 0
	for range 150 {
		u, target := g.world(t)
		classes, err := u.classesFor(target)
		if err != nil {
			t.Fatal(err)
		}
		for i := range classes {
			c := &classes[i]
			q := u.onKey("kms:Decrypt", target, c, applicability("kms:Decrypt"), u.budget())
			a := q.ask()
			if a.Verdict != Exists {
				continue
			}
			rest := and(a.f, a.legal)
			for range maxWays {
				if sat, _ := a.s.satisfiable(rest, func() bool { return true }); !sat {
					break
				}
				_, block := a.minimal()
				// What is left of the assignment must be enough: the request of it, in which
				// nothing else is settled, is allowed.
				r, ok := a.e.request(a.s, c)
				if !ok {
					t.Fatalf("no request for a way of %s", c.what)
				}
				legal, ok := a.s.satisfiable(and(not(block), a.legal), func() bool { r, ok = a.e.request(a.s, c); return true })
				if !legal || !ok {
					t.Fatalf("no request for a way of %s", c.what)
				}
				if q.check(r) == nil {
					t.Fatalf("%s: a way that is none: %s", c.what, show(r))
				}
				checked++
				rest = and(rest, block)
			}
		}
	}
	if checked < 300 {
		t.Errorf("only %d ways", checked)
	}
}
