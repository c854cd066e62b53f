package symbolic

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// need makes a random need of the vocabulary of documents and requests.
func (g *generator) need() Need {
	n := Need{Actions: g.some("kms:Decrypt", "kms:Encrypt", "kms:CreateGrant", "kms:*Key*", "kms:DescribeKey", "kms:*")}
	n.Principal = pick(g,
		authz.Principal{Kind: authz.Session, Role: roleR}, authz.Principal{Kind: authz.Session, Role: strayR},
		authz.Principal{Kind: authz.User, ARN: userA}, authz.Principal{Kind: authz.Session, ARN: session},
		authz.Principal{Kind: authz.Service, ARN: "logs.amazonaws.com"}, authz.Principal{Kind: authz.Root, Account: home},
		authz.Principal{Account: home}, authz.Principal{Account: stray}, authz.Principal{Kind: authz.Federated, ARN: "arn:aws:sts::111122223333:federated-user/alice"})
	if g.IntN(3) == 0 {
		n.Context = map[string]string{pick(g, "a", "A"): pick(g, "1", "2", "1*", "?")}
		if g.IntN(3) == 0 {
			n.Context["b"] = "1"
		}
	}
	if g.IntN(3) == 0 {
		if n.Principal.Kind == authz.Service {
			n.SourceARN = pick(g, "arn:aws:s3:::bucket", "arn:aws:*:*:*:*", "arn:aws:sns:*:111122223333:?")
		} else if n.Direct = g.IntN(3) == 0; !n.Direct {
			n.Via = pick(g, "s3.us-east-1.amazonaws.com", "s3.*.amazonaws.com", "*.us-east-1.amazonaws.com")
		}
	}
	if n.Covers("kms:CreateGrant") && g.IntN(2) == 0 {
		n.GrantForAWSResource = g.IntN(2) == 0
		if g.IntN(2) == 0 {
			n.GrantOperations = g.some("Decrypt", "Encrypt")
		}
	}
	return n
}

func (g *generator) needs() (out []Need) {
	out = append(out, g.need())
	for g.IntN(3) != 0 {
		out = append(out, g.need())
	}
	return out
}

// generous makes a key policy that allows much and denies something at random.
func (g *generator) generous(t testing.TB) *authz.Policy {
	rest := ""
	if g.IntN(2) == 0 {
		s := g.statement(true)
		s["Effect"] = "Deny"
		delete(s, "NotPrincipal")
		s["Principal"] = "*"
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		rest = "," + string(b)
	}
	return compiled(t, "generous", statementFor(`{"AWS":["`+roleR+`","`+userA+`","`+strayR+`","`+home+`","`+session+`"],"Service":"logs.amazonaws.com"}`, `"kms:*"`, "")+rest)
}

// requestOn is a request for an action, with the operations of a grant.
func (g *generator) requestOn(p authz.Principal, action string) *authz.Request {
	r := g.request(p)
	r.Action, r.GrantTokens = action, []string{"token"}
	r.Context["aws:requestedregion"] = authz.Value{Values: []string{"us-east-1"}}
	if p.Kind == authz.Service && g.IntN(2) == 0 {
		r.Context["aws:sourcearn"] = authz.Value{Values: []string{pick(g, pools["aws:SourceArn"]...)}}
	}
	if g.IntN(2) == 0 {
		r.Context["kms:grantoperations"] = authz.Value{Values: g.some("Decrypt", "Encrypt", "Sign")}
	}
	return r
}

// TestNeedsAgainstRequests asks whether random policies allow something beyond
// random needs, and deny something of them, and attacks every proof by requests.
func TestNeedsAgainstRequests(t *testing.T) {
	worlds := 1500
	if testing.Short() {
		worlds = 150
	}
	g := newGenerator(61)
	verdicts, denials, attacked := map[Verdict]int{}, map[Verdict]int{}, 0
	for n := range worlds {
		g.variables = n%4 == 0
		u, target := g.world(t)
		needs := g.needs()
		if n%2 == 0 { // most random policies meet no need
			target.Policy = g.generous(t)
			target.RCPs, target.Endpoint, u.Accounts, u.Parties = nil, nil, nil, nil
		}
		x, err := u.excess(needs, target)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.classes {
			c := &x.classes[i]
			for _, action := range theActions {
				q := x.question(c, action)
				a := q.ask()
				verdicts[a.Verdict]++
				if a.Verdict == Unknown && !g.variables {
					t.Errorf("world %d: %s %s: unknown: %s", n, c.what, action, a.Reason)
				}
				if a.Verdict != Never || a.f == noFormula {
					continue
				}
				for range 25 {
					p, ok := g.principalOfClass(c)
					if !ok {
						break
					}
					attacked++
					if r := g.requestOn(p, action); q.check(r) != nil {
						t.Fatalf("world %d: proved that %s has nothing beyond %v, but %s", n, c.what, needs, show(r))
					}
				}
			}
		}
		got, err := u.Denied(&needs[0], target)
		if err != nil {
			t.Fatal(err)
		}
		if denials[got.Verdict]++; got.Verdict == Never {
			g.refuteMet(t, u, &needs[0], target)
		}
	}
	t.Logf("%d worlds: beyond %v, denied %v; %d attacks", worlds, verdicts, denials, attacked)
	if denials[Never] < worlds/20 || verdicts[Exists] < worlds || attacked < worlds*4 {
		t.Error("too few of a kind: the test shows little")
	}
}

// refuteMet looks for a request of a need that was proved to be met and that is
// denied.
func (g *generator) refuteMet(t *testing.T, u *Universe, need *Need, target *Target) {
	x, err := u.excess([]Need{*need}, target)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.classes {
		c := &x.classes[i]
		if !need.names(c) {
			continue
		}
		x.leastFavourable(c)
		for range 200 {
			p, ok := g.principalOfClass(c)
			if !ok {
				break
			}
			r := g.requestOn(p, pick(g, keyActions...).name)
			if d := authz.Decide(r, &c.layers); need.Has(r) && d.Outcome != authz.Allow {
				t.Fatalf("proved that %v is met, but %s: %v", *need, show(r), d.Outcome)
			}
		}
	}
}

// TestNeedFormulas holds the formula of a need against Has, request by request.
func TestNeedFormulas(t *testing.T) {
	g := newGenerator(67)
	inside, outside := 0, 0
	for range 3000 {
		n := g.need()
		p := pick(g, testPrincipals()...)
		r := g.requestOn(p, pick(g, keyActions...).name)
		c := class{who: p, account: p.Account}
		e := newEncoder()
		formula := noFormula
		if n.names(&c) && n.Covers(r.Action) {
			formula = n.formula(e, r.Action)
		}
		work := 0
		got := formula.eval(func(i int) truth {
			a := &e.m.atoms[i]
			v, here := r.Context[a.v.name]
			s := search{m: e.m, assigned: []truth{}}
			s.assigned = append(s.assigned, make([]truth, len(e.m.atoms))...)
			s.assigned[i] = truly
			return truthOf(s.agrees(&value{absent: !here, values: v.Values}, i))
		}, &work)
		if want := n.Has(r); got != truthOf(want) {
			t.Fatalf("%v has %s: %v, its formula %v", n, show(r), want, got)
		} else if want {
			inside++
		} else {
			outside++
		}
	}
	if inside < 50 || outside < 1000 {
		t.Errorf("%d inside, %d outside", inside, outside)
	}
}

// TestNeedContext: the actions on which a Context counts are those of the engine.
func TestNeedContext(t *testing.T) {
	var with []string
	for _, a := range keyActions {
		if hasContext(a.name) {
			with = append(with, a.name)
		}
	}
	slices.Sort(with)
	want := []string{"kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext",
		"kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:RetireGrant"}
	if !slices.Equal(with, want) {
		t.Errorf("got %q", with)
	}
}
