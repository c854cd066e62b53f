package symbolic

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// town makes a small universe of three accounts, of which one is outside the
// organization, with parties of every kind, and keys in two of them.
func (g *generator) town(t testing.TB) (*Universe, []*Target) {
	const abroad = "777788889999"
	all := compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)
	named := compiled(t, "named", `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)
	keys := []string{theKey, "arn:aws:kms:us-east-1:111122223333:key/2345abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"}
	some := func(principals bool) *authz.Policy { return authz.Compile("p", g.localized(t, keys, principals)) }
	u := &Universe{Organization: "o-one", Accounts: []Account{{ID: home, Inside: true}, {ID: stray, Inside: true}, {ID: abroad}}}
	if g.IntN(3) == 0 {
		u.Accounts[0].SCPs = [][]*authz.Policy{{all}, {all, some(false)}}
	}
	shared := []*authz.Policy{some(false), some(false), all}
	principals := []authz.Principal{
		{Kind: authz.User, ARN: userA, Account: home, ID: "AIDA1"}, {Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/bob", Account: home},
		sessionOf(roleR), {Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/app/s1", Account: home, ID: "AROA1:s1"},
		sessionOf("arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
		sessionOf(strayR), sessionOf("arn:aws:iam::777788889999:role/app"), {Kind: authz.Root, ARN: "arn:aws:iam::444455556666:root", Account: stray},
		{Kind: authz.Federated, ARN: "arn:aws:sts::111122223333:federated-user/alice", Account: home, Parent: userA}, {Kind: authz.Service, ARN: "logs.amazonaws.com"},
	}
	for i, p := range principals {
		l := authz.Layers{Identity: []*authz.Policy{pick(g, shared...), some(false)}}
		if g.IntN(3) == 0 {
			l.Identity = nil
		}
		if p.Account == home {
			l.SCPs = u.Accounts[0].SCPs
		}
		if g.IntN(5) == 0 {
			l.Boundary = some(false)
		}
		if p.Kind == authz.Federated || p.Kind == authz.Session && g.IntN(4) == 0 {
			l.Session = []*authz.Policy{all}
		}
		if g.IntN(4) != 0 || i == 0 {
			u.Parties = append(u.Parties, Party{p, l})
		}
	}
	var targets []*Target
	for _, key := range keys {
		target := &Target{Key: key, Policy: some(true)}
		if g.IntN(4) == 0 {
			target.RCPs = [][]*authz.Policy{{named}, {named, some(true)}}
		}
		if g.IntN(6) == 0 {
			target.Endpoint = some(true)
		}
		for g.IntN(2) == 0 {
			target.Grants = append(target.Grants, g.grant())
		}
		targets = append(targets, target)
	}
	return u, targets
}

func (g *generator) grant() authz.Grant {
	grant := authz.Grant{ID: "g", Token: "token", Pending: g.IntN(4) == 0,
		Grantee:    pick(g, userA, roleR, strayR, "logs.amazonaws.com", "arn:aws:iam::444455556666:root", home, session, "AROA1", "arn:aws:iam::777788889999:role/app", "${bedlock:ref:a#arn}"),
		Operations: g.some("Decrypt", "Encrypt", "DescribeKey", "CreateGrant", "RetireGrant")}
	switch g.IntN(4) {
	case 0:
		grant.ContextEquals = map[string]string{pick(g, "a", "A"): pick(g, "1", "2")}
	case 1:
		grant.ContextSubset = map[string]string{"a": "1", "b": "1"}
	case 2:
		grant.SourceARN = "arn:aws:s3:::bucket"
	}
	if g.IntN(3) == 0 {
		grant.Retiring = pick(g, userA, strayR, stray)
	}
	return grant
}

// localized makes a document that speaks of single keys and of some principals.
func (g *generator) localized(t testing.TB, keys []string, principals bool) *policy.Document {
	d := g.document(t, principals, 3)
	for i := range d.Statements {
		s := &d.Statements[i]
		if !principals && g.IntN(2) == 0 {
			s.Resources = g.some(append(keys, "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:*:key/1*", "arn:aws:kms", "arn:aws:s3:::b/*", "arn:aws:kms:*:*:key/${aws:PrincipalTag/team}")...)
			if g.IntN(6) == 0 {
				s.Resources, s.NotResources = nil, s.Resources
			}
		}
		if p := s.Principals; p != nil && len(p.AWS) > 0 && g.IntN(3) == 0 {
			p.AWS = append(p.AWS, pick(g, "AROA1", "AIDA1", "arn:aws:iam::777788889999:root", "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
				"arn:aws:sts::111122223333:federated-user/alice", "${bedlock:unknown:who}", stray, "arn:aws:sts::111122223333:assumed-role/app/s2", "arn:aws:sts::444455556666:assumed-role/app/session"))
		}
		if len(s.Conditions) > 0 && g.IntN(2) == 0 {
			s.Conditions = nil
		}
		if s.Actions != nil && g.IntN(8) == 0 {
			s.Actions = []string{"kms:${bedlock:unknown:x}"}
		}
	}
	return d
}

// TestReachIsWhoCan compares with the answers for one key at a time.
func TestReachIsWhoCan(t *testing.T) {
	towns := 250
	if testing.Short() {
		towns = 30
	}
	actions := []string{"kms:Decrypt", "kms:Encrypt", "kms:PutKeyPolicy", "kms:DescribeKey", "kms:CreateGrant", "kms:RetireGrant", "kms:NotYet"}
	g := newGenerator(77)
	verdicts, always, better, pairs, split := map[Verdict]int{}, 0, 0, 0, 0
	for n := range towns {
		g.variables = n%2 == 0
		u, targets := g.town(t)
		action := actions[n%len(actions)]
		got, err := u.Reach(action, targets)
		if err != nil {
			t.Fatal(err)
		}
		holdsAlways(t, u, action, targets, got)
		for i, target := range targets {
			want, err := u.WhoCan(action, target)
			if err != nil {
				t.Fatal(err)
			}
			classes, _ := u.classesFor(target)
			for p := range u.Parties {
				pairs++
				have := Reached{int32(p), Never, false}
				if at := slices.IndexFunc(got[i], func(r Reached) bool { return r.Party == int32(p) }); at >= 0 {
					have = got[i][at]
				}
				verdicts[have.Verdict]++
				expected, refused := Never, Never
				for _, k := range partsOf(u, classes, p) {
					expected = stronger(expected, want[k].Verdict)
					refused = stronger(refused, u.refused(action, target, &classes[k], applicability(action), u.budget()).ask().Verdict)
					if k != p {
						split++
					}
				}
				switch {
				case have.Verdict == Exists && expected == Unknown:
					better++
				case have.Verdict != expected:
					t.Fatalf("town %d, %s on key %d: %s: %v, who-can says %v %s", n, action, i, want[p].Who, have.Verdict, expected, want[p].Reason)
				}
				if have.Always && (refused == Exists || have.Verdict != Exists) || !have.Always && have.Verdict == Exists && refused == Never {
					t.Fatalf("town %d, %s on key %d: %s: always %v, refused %v", n, action, i, want[p].Who, have.Always, refused)
				}
				if have.Always {
					always++
				}
			}
			if !slices.IsSortedFunc(got[i], func(a, b Reached) int { return int(a.Party - b.Party) }) {
				t.Errorf("town %d: not in order: %v", n, got[i])
			}
		}
	}
	t.Logf("%d pairs: %v, %d always; %d that who-can leaves open; %d sessions of parties", pairs, verdicts, always, better, split)
	if split < pairs/100 || verdicts[Exists] < pairs/20 || verdicts[Unknown] == 0 || always < pairs/50 || better > verdicts[Unknown]/10 {
		t.Errorf("the towns show too little: %v, %d always", verdicts, always)
	}
}

// partsOf are the classes of a party: its own, and for all sessions of a role those of
// the sessions that are no parties.
func partsOf(u *Universe, classes []class, p int) []int {
	out := []int{p}
	q := &classes[p].who
	for i := len(u.Parties); i < len(classes); i++ {
		if c := &classes[i]; q.Kind == authz.Session && q.ARN == "" && !c.others && c.who.Kind == authz.Session && c.who.ARN != "" && roleKey(&c.who) == roleKey(q) {
			out = append(out, i)
		}
	}
	return out
}

// stronger is what two answers about parts say of the whole.
func stronger(a, b Verdict) Verdict {
	if a == Exists || b == Exists {
		return Exists
	}
	return max(a, b)
}

func TestReachErrors(t *testing.T) {
	for want, ask := range map[string]func() ([][]Reached, error){
		`key "alias/x": not the ARN of a KMS key`: func() ([][]Reached, error) {
			return (&Universe{}).Reach("kms:Decrypt", []*Target{{Key: theKey}, {Key: "alias/x"}})
		},
		`action "kms:ListKeys": not an action of KMS on a key`: func() ([][]Reached, error) { return (&Universe{}).Reach("kms:ListKeys", nil) },
	} {
		if got, err := ask(); err == nil || err.Error() != want {
			t.Errorf("%v, error %v, want %s", got, err, want)
		}
	}
	if got, err := (&Universe{}).Reach("kms:Decrypt", nil); err != nil || len(got) != 0 {
		t.Errorf("no targets: %v %v", got, err)
	}
}

// TestReachInAnEstate asks about some keys of an estate both ways, in one goroutine
// and in several.
func TestReachInAnEstate(t *testing.T) {
	u, targets := newEstate(t, 4, 400, 40)
	got, err := u.Reach("kms:Decrypt", targets)
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if alone, err := u.Reach("kms:Decrypt", targets); err != nil || fmt.Sprint(alone) != fmt.Sprint(got) {
		t.Errorf("one goroutine gives something else (%v)", err)
	}
	reached := 0
	for i := 0; i < len(targets); i += 5 {
		want, err := u.WhoCan("kms:Decrypt", targets[i])
		if err != nil {
			t.Fatal(err)
		}
		var parties, expected []int32
		for _, r := range got[i] {
			parties = append(parties, r.Party)
		}
		for p := range u.Parties {
			if want[p].Verdict != Never {
				expected = append(expected, int32(p))
			}
		}
		if reached += len(parties); !slices.Equal(parties, expected) {
			t.Errorf("%s: %v, who-can finds %v", targets[i].Key, parties, expected)
		}
	}
	if reached < 20 {
		t.Errorf("%d are reached only", reached)
	}
}

// TestNamesNotKnown: what depends on the names of a principal or a key of which
// parts are not known is not proved.
func TestNamesNotKnown(t *testing.T) {
	const token = "${bedlock:unknown:x}"
	all := []*authz.Policy{compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	user := authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/" + token, Account: home}
	for _, c := range []struct {
		name, key string
		who       authz.Principal
		identity  []*authz.Policy
		statement string
		want      Verdict
	}{
		{"the name in a policy", theKey, user, all, allowTo(`{"AWS":"` + userA + `"}`), Unknown},
		{"the name does not matter", theKey, user, all, allowTo(`{"AWS":"111122223333"}`), Exists},
		{"the name does not help", theKey, user, all, allowTo(`{"AWS":"444455556666"}`), Never},
		{"the name in a condition", theKey, user, all, allowTo(`"*"`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/a*"}}`), Unknown},
		{"the name in a condition on something else", theKey, user, all, allowTo(`"*"`, `{"StringEquals":{"kms:EncryptionContext:user":"${aws:username}"}}`), Unknown},
		{"the account", theKey, authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::" + token + ":user/a", Account: token}, all, allowTo(`{"AWS":"111122223333"}`), Unknown},
		{"the key", "arn:aws:kms:us-east-1:111122223333:key/" + token, authz.Principal{Kind: authz.User, ARN: userA, Account: home},
			[]*authz.Policy{compiled(t, "own", `{"Effect":"Allow","Action":"kms:*","Resource":"`+theKey+`"}`)}, allowTo(`{"AWS":"111122223333"}`), Unknown},
		{"the account of the key", "arn:aws:kms:us-east-1:" + token + ":key/1234abcd-12ab-34cd-56ef-1234567890ab", authz.Principal{Kind: authz.User, ARN: userA, Account: home}, nil, allowTo(`{"AWS":"` + userA + `"}`), Unknown},
		{"the account of the key, allowed either way", "arn:aws:kms:us-east-1:" + token + ":key/1234abcd-12ab-34cd-56ef-1234567890ab", authz.Principal{Kind: authz.User, ARN: userA, Account: home}, all, allowTo(`{"AWS":"111122223333"}`), Exists},
	} {
		u := &Universe{Accounts: []Account{{ID: home, Closed: true}}, Parties: []Party{{c.who, authz.Layers{Identity: c.identity}}}}
		target := &Target{Key: c.key, Policy: compiled(t, "key", c.statement)}
		access, err := u.WhoCan("kms:Decrypt", target)
		if err != nil {
			t.Fatal(err)
		}
		reached, err := u.Reach("kms:Decrypt", []*Target{target})
		if err != nil {
			t.Fatal(err)
		}
		by := Never
		if len(reached[0]) > 0 {
			by = reached[0][0].Verdict
		}
		if access[0].Verdict != c.want || by != c.want {
			t.Errorf("%s: who-can %v, reach %v, want %v", c.name, access[0].Verdict, by, c.want)
		}
	}
}

// TestLockOutNotKnown: that a key of an account which is not known locks it out is
// not proved by statements about accounts that are.
func TestLockOutNotKnown(t *testing.T) {
	key := "arn:aws:kms:us-east-1:${bedlock:account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	for principal, want := range map[string]Verdict{"111122223333": Unknown, "arn:aws:iam::${bedlock:account}:root": Exists} {
		p := compiled(t, "key", `{"Effect":"Allow","Principal":{"AWS":"`+principal+`"},"Action":"kms:*","Resource":"*"}`)
		if got, err := (&Universe{}).LocksOut(&Target{Key: key, Policy: p}); err != nil || got.Verdict != want {
			t.Errorf("%s: %v %s, want %v (%v)", principal, got.Verdict, why(got), want, err)
		}
	}
}

func allowTo(principal string, condition ...string) string {
	s := `{"Effect":"Allow","Principal":` + principal + `,"Action":"kms:Decrypt","Resource":"*"`
	for _, c := range condition {
		s += cond(c)
	}
	return s + "}"
}

// TestReach lists who can decrypt by one statement of a key policy: the number of
// the party, "!" when it always can, "?" when that is not known.
func TestReach(t *testing.T) {
	all := []*authz.Policy{compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	party := func(p authz.Principal, id string, l authz.Layers) Party {
		p.ID = id
		return Party{p, l}
	}
	u := &Universe{Organization: "o-one", Accounts: []Account{{ID: home, Inside: true}, {ID: stray}}, Parties: []Party{
		0: party(authz.Principal{Kind: authz.User, ARN: userA, Account: home}, "AIDA0", authz.Layers{Identity: all}),
		1: party(sessionOf(roleR), "AROA1:s1", authz.Layers{}),
		2: party(sessionOf(strayR), "AROA2", authz.Layers{Identity: all}),
		3: party(authz.Principal{Kind: authz.Federated, ARN: "arn:aws:sts::111122223333:federated-user/f", Parent: userA, Account: home}, "", authz.Layers{Session: all}),
		4: party(authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::111122223333:root", Account: home}, "", authz.Layers{}),
		5: party(authz.Principal{Kind: authz.Service, ARN: "logs.amazonaws.com"}, "", authz.Layers{}),
		6: party(authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/${bedlock:unknown:name}", Account: home}, "", authz.Layers{}),
		7: party(sessionOf("arn:aws:iam::111122223333:role/b"), "AROA7", authz.Layers{Identity: []*authz.Policy{compiled(t, "own", `{"Effect":"Allow","Action":"kms:*","Resource":"`+theKey+`"}`)}}),
	}}
	statement := func(rest string) string {
		return `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*",` + rest + `}`
	}
	const contradiction = `{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"},"DateGreaterThan":{"aws:CurrentTime":"2021-01-01T00:00:00Z"}}`
	everyone := func(condition string) string { return statement(`"Principal":"*","Condition":` + condition) }
	for _, c := range []struct{ name, statement, want string }{
		{"everyone", statement(`"Principal":"*"`), "0! 1! 2! 3! 4! 5! 6! 7!"},
		{"all of AWS", statement(`"Principal":{"AWS":"*"}`), "0! 1! 2! 3! 4! 6! 7!"},
		{"the account", statement(`"Principal":{"AWS":"111122223333"}`), "0! 4! 7!"},
		{"another account", statement(`"Principal":{"AWS":"arn:aws:iam::444455556666:root"}`), "2!"},
		{"a user", statement(`"Principal":{"AWS":"` + userA + `"}`), "0! 3! 6?"},
		{"a user by id", statement(`"Principal":{"AWS":"AIDA0"}`), "0!"},
		{"a role", statement(`"Principal":{"AWS":"` + roleR + `"}`), "1!"},
		{"a role by id", statement(`"Principal":{"AWS":"AROA1"}`), "1!"},
		{"a role of another account", statement(`"Principal":{"AWS":"` + strayR + `"}`), "2!"},
		{"a session", statement(`"Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/app/session"}`), "1"},
		{"a service", statement(`"Principal":{"Service":"logs.amazonaws.com"}`), "5!"},
		{"all but a role", statement(`"NotPrincipal":{"AWS":"` + roleR + `"}`), "0! 2! 3! 4! 5! 6! 7!"},
		{"not known", statement(`"Principal":{"AWS":"${bedlock:unknown:who}"}`), "0? 1? 2? 3? 4? 6? 7?"},
		{"another key", `{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/other"}`, ""},
		{"another action", `{"Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*"}`, ""},
		{"by an id of their own", everyone(`{"StringEquals":{"aws:userid":["AIDA0","AROA7:session"]}}`), "0! 6 7"},
		{"a condition", everyone(`{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`), "0 1 2 3 4 6 7"},
		{"a condition that holds without the key", everyone(`{"StringNotEquals":{"kms:ViaService":"a"}}`), "0 1 2 3 4 5! 6 7"},
		{"the organization", everyone(`{"StringEquals":{"aws:PrincipalOrgID":"o-one"}}`), "0! 1! 3! 4! 6! 7!"},
		{"no truth value", everyone(`{"StringEquals":{"aws:SecureTransport":"maybe"}}`), ""},
		{"no address", everyone(`{"StringEquals":{"aws:SourceIp":"here"}}`), ""},
		{"a key of another action", everyone(`{"StringEquals":{"kms:RotationPeriodInDays":"90"}}`), ""},
		{"a set", everyone(`{"ForAnyValue:StringLike":{"kms:EncryptionContextKeys":"te*"}}`), "0 1 2 3 4 5 6 7"},
		{"a date", everyone(`{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`), "0 1 2 3 4 5 6 7"},
		{"contradiction", everyone(contradiction), ""},
		{"contradiction, or what only services have", everyone(contradiction) + "," + everyone(`{"StringEquals":{"aws:SourceArn":"arn:aws:s3:::b"}}`), "5"},
		{"contradiction, or another's name", everyone(contradiction) + "," + everyone(`{"StringEquals":{"aws:username":"zed"}}`), "6?"},
		{"some transport or other", everyone(`{"Bool":{"aws:SecureTransport":["true","false"]}}`), "0! 1! 2! 3! 4! 5! 6! 7!"},
	} {
		target := &Target{Key: theKey, Policy: compiled(t, "key", c.statement)}
		got, err := u.Reach("kms:Decrypt", []*Target{target})
		if err != nil {
			t.Fatal(err)
		}
		holdsAlways(t, u, "kms:Decrypt", []*Target{target}, got)
		var list []string
		for _, r := range got[0] {
			list = append(list, fmt.Sprint(r.Party)+map[bool]string{true: "!"}[r.Always]+map[Verdict]string{Unknown: "?"}[r.Verdict])
		}
		if s := strings.Join(list, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
		access, err := u.WhoCan("kms:Decrypt", target)
		if err != nil {
			t.Fatal(err)
		}
		classes, _ := u.classesFor(target)
		for p := range u.Parties {
			want := Never
			for _, k := range partsOf(u, classes, p) {
				want = stronger(want, access[k].Verdict)
			}
			reached := slices.ContainsFunc(got[0], func(r Reached) bool { return r.Party == int32(p) && r.Verdict == want })
			if reached != (want != Never) {
				t.Errorf("%s: who-can says of %d: %v %s", c.name, p, access[p].Verdict, access[p].Reason)
			}
		}
	}
}

// TestReachSessions: a party for all sessions of a role is reached by what lets in one of
// them that the target names, wherever it does.
func TestReachSessions(t *testing.T) {
	all := []*authz.Policy{compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	u := &Universe{Parties: []Party{{sessionOf(roleR), authz.Layers{Identity: all}}, {authz.Principal{Kind: authz.Session, ARN: session, Role: roleR, Account: home}, authz.Layers{Identity: all}}}}
	const s2 = "arn:aws:sts::111122223333:assumed-role/app/s2"
	denied := func(element, principal string) string {
		return `,{"Effect":"Deny","` + element + `":{"AWS":` + principal + `},"Action":"kms:Decrypt","Resource":"*"}`
	}
	nothing := `{"Effect":"Allow","Principal":{"AWS":"` + userA + `"},"Action":"kms:Encrypt","Resource":"*"}`
	for _, c := range []struct {
		name, statements string
		grants           []authz.Grant
		want             []Reached
	}{
		{"the role", allowTo(namesRole), nil, []Reached{{0, Exists, true}, {1, Exists, true}}},
		{"one that is a party", allowTo(`{"AWS":"` + session + `"}`), nil, []Reached{{1, Exists, true}}},
		{"one that is none", allowTo(`{"AWS":"` + s2 + `"}`), nil, []Reached{{0, Exists, false}}},
		{"all but one that is none", allowTo(namesRole) + denied("Principal", `"`+s2+`"`), nil, []Reached{{0, Exists, false}, {1, Exists, true}}},
		{"only one that is none, by a denial", allowTo(namesRole) + denied("NotPrincipal", `["`+s2+`","`+roleR+`","111122223333"]`), nil, []Reached{{0, Exists, false}}},
		{"all but one that is a party", allowTo(namesRole) + denied("Principal", `"`+session+`"`), nil, []Reached{{0, Exists, true}}},
		{"a grant", nothing, []authz.Grant{{ID: "g", Grantee: s2, Operations: []string{"Decrypt"}}}, []Reached{{0, Exists, false}}},
		{"a session of another role", allowTo(`{"AWS":"arn:aws:sts::111122223333:assumed-role/other/s2"}`), nil, nil},
		{"unknown for one of them", allowTo(`{"AWS":"`+s2+`"}`, `{"StringEquals":{"kms:ViaService":"${bedlock:unknown:x}"}}`), nil, []Reached{{0, Unknown, false}}},
	} {
		got, err := u.Reach("kms:Decrypt", []*Target{{Key: theKey, Policy: compiled(t, "key", c.statements), Grants: c.grants}})
		if err != nil || !slices.Equal(got[0], c.want) {
			t.Errorf("%s: %v, want %v (%v)", c.name, got[0], c.want, err)
		}
	}
	retiring := &Target{Key: theKey, Policy: compiled(t, "key", nothing), Grants: []authz.Grant{{ID: "g", Grantee: userA, Retiring: s2, Operations: []string{"Decrypt"}}}}
	u.Parties[0].Layers.Identity, u.Parties[1].Layers.Identity = nil, nil
	if got, err := u.Reach("kms:RetireGrant", []*Target{retiring}); err != nil || !slices.Equal(got[0], []Reached{{0, Exists, false}}) {
		t.Errorf("retiring: %v (%v)", got[0], err)
	}
}

// holdsAlways: what Always says without a search, Reach says too.
func holdsAlways(t *testing.T, u *Universe, action string, targets []*Target, reached [][]Reached) {
	t.Helper()
	always, err := u.Always(action, targets)
	if err != nil {
		t.Fatal(err)
	}
	for i, parties := range always {
		for _, p := range parties {
			if !slices.Contains(reached[i], Reached{Party: p, Verdict: Exists, Always: true}) {
				t.Errorf("target %d: party %d always can, and is not reached so", i, p)
			}
		}
	}
}
