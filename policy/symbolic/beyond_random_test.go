package symbolic

import (
	"encoding/json"
	"slices"
	"strings"
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

// smallWorld is a key policy and needs of so few texts that all requests that
// differ for them can be tried: each text, one that is none of them, and none.
func (g *generator) smallWorld(t *testing.T) (*Target, []Need) {
	conditions := func() string {
		out := ""
		for _, c := range [][3]string{{"kms:ViaService", "v1", "v2"}, {"kms:EncryptionContext:a", "1", "2"}, {"aws:SourceAccount", home, stray}} {
			if g.IntN(3) == 0 {
				op := pick(g, "StringEquals", "StringEquals", "StringNotEquals", "StringEqualsIfExists")
				out += `,"` + op + c[0] + `":{"` + c[0] + `":"` + pick(g, c[1], c[2]) + `"}`
			}
		}
		if out == "" {
			return ""
		}
		for _, op := range []string{"StringEqualsIfExists", "StringNotEquals", "StringEquals"} { // one block each
			var same []string
			for _, part := range strings.Split(out[1:], `,"`) {
				part = strings.TrimPrefix(part, `"`)
				if rest, ok := strings.CutPrefix(part, op); ok && !strings.HasPrefix(rest, "IfExists") {
					_, body, _ := strings.Cut(rest, `":{`)
					same = append(same, strings.TrimSuffix(body, "}"))
				}
			}
			if len(same) > 0 {
				return cond(`{"` + op + `":{` + strings.Join(same, ",") + `}}`)
			}
		}
		return ""
	}
	var statements []string
	for range 1 + g.IntN(3) {
		who := pick(g, namesRole, namesAccount, `{"AWS":"`+userA+`"}`, `{"Service":"logs.amazonaws.com"}`, `"*"`)
		s := statementFor(who, pick(g, `"kms:Decrypt"`, `["kms:Decrypt","kms:Encrypt"]`, `"kms:*"`), conditions())
		if g.IntN(4) == 0 {
			s = strings.Replace(s, "Allow", "Deny", 1)
		}
		statements = append(statements, s)
	}
	var needs []Need
	for range 1 + g.IntN(3) {
		n := Need{Actions: g.some("kms:Decrypt", "kms:Encrypt", "kms:DescribeKey"), Principal: pick(g,
			authz.Principal{Kind: authz.Session, Role: roleR}, authz.Principal{Kind: authz.User, ARN: userA},
			authz.Principal{Kind: authz.Service, ARN: "logs.amazonaws.com"}, authz.Principal{Account: home}, authz.Principal{Kind: authz.Root, Account: home})}
		if g.IntN(2) == 0 {
			n.Context = map[string]string{"a": pick(g, "1", "2")}
		}
		switch service := n.Principal.Kind == authz.Service; {
		case service && g.IntN(2) == 0:
			n.SourceAccount = pick(g, home, stray)
		case !service && g.IntN(2) == 0:
			n.Via = pick(g, "v1", "v2")
		case !service && g.IntN(3) == 0:
			n.Direct = true
		}
		needs = append(needs, n)
	}
	return &Target{Key: theKey, Policy: compiled(t, "key", strings.Join(statements, ","))}, needs
}

// everyRequest calls do with the requests of a class for an action that a small
// world can tell apart, until do returns false.
func (g *generator) everyRequest(c *class, action string, do func(*authz.Request) bool) {
	p, ok := g.principalOfClass(c)
	if !ok {
		p = c.principal(c.hints[0], nil)
	}
	none := []string{""}
	via, context, source := append(none, "v1", "v2", "v3"), none, none
	if hasContext(action) {
		context = append(none, "1", "2", "3")
	}
	if p.Kind == authz.Service {
		via, source = none, append(none, home, stray, "999999999999")
	}
	for _, v := range via {
		for _, a := range context {
			for _, s := range source {
				r := &authz.Request{Principal: p, Action: action, Resource: theKey, Context: authz.Context{}}
				for key, text := range map[string]string{"kms:viaservice": v, "kms:encryptioncontext:a": a, "aws:sourceaccount": s} {
					if text != "" {
						r.Context[key] = authz.Value{Values: []string{text}}
					}
				}
				if !do(r) {
					return
				}
			}
		}
	}
}

// TestSmallWorlds holds Beyond and Denied against all requests: they must agree
// both ways.
func TestSmallWorlds(t *testing.T) {
	worlds := 800
	if testing.Short() {
		worlds = 100
	}
	g := newGenerator(71)
	beyond, denied := map[Verdict]int{}, map[Verdict]int{}
	actions := []string{"kms:Decrypt", "kms:Encrypt", "kms:DescribeKey"}
	u := &Universe{}
	for n := range worlds {
		target, needs := g.smallWorld(t)
		x, err := u.excess(needs, target)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.classes {
			c := &x.classes[i]
			for _, action := range actions {
				q := x.question(c, action)
				want := Never
				g.everyRequest(c, action, func(r *authz.Request) bool {
					if q.check(r) != nil {
						want = Exists
					}
					return want == Never
				})
				if got := q.ask(); got.Verdict != want {
					t.Fatalf("world %d: %s %s beyond %+v: %v, all requests say %v; %s", n, c.what, action, needs, got.Verdict, want, source(target.Policy.Document()))
				}
				beyond[want]++
			}
		}
		want := Never
		y, _ := u.excess(needs[:1], target)
		for i := range y.classes {
			c := &y.classes[i]
			if !needs[0].names(c) {
				continue
			}
			y.leastFavourable(c)
			for _, action := range actions {
				g.everyRequest(c, action, func(r *authz.Request) bool {
					if needs[0].Has(r) && authz.OutcomeOf(r, &c.layers) != authz.Allow {
						want = Exists
					}
					return want == Never
				})
			}
		}
		if got, err := u.Denied(&needs[0], target); err != nil || got.Verdict != want {
			t.Fatalf("world %d: denied %+v: %v, all requests say %v; %s (%v)", n, needs[0], got.Verdict, want, source(target.Policy.Document()), err)
		}
		denied[want]++
	}
	t.Logf("%d worlds: beyond %v, denied %v", worlds, beyond, denied)
	if min(beyond[Never], beyond[Exists]) < worlds || min(denied[Never], denied[Exists]) < worlds/10 {
		t.Error("too few of a kind: the test shows little")
	}
}
