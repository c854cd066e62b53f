package least

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// generator makes needs and requests of a small vocabulary, so that they meet.
type generator struct{ *rand.Rand }

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

func (g *generator) some(list ...string) []string {
	out := []string{pick(g, list...)}
	for g.IntN(2) == 0 {
		out = append(out, pick(g, list...))
	}
	return out
}

const nightly = "arn:aws:sts::111122223333:assumed-role/guardrail-caller/nightly"

// vocabulary of principals; those that needs name come first.
var vocabulary = []authz.Principal{
	{Kind: authz.Session, Role: caller}, {Kind: authz.Session, Role: kbRole}, {Kind: authz.Session, ARN: nightly, Role: caller},
	{Kind: authz.User, ARN: alice}, {Kind: authz.Session, Role: strayR}, {Kind: authz.User, ARN: "arn:aws:iam::444455556666:user/bob"},
	{Kind: authz.Service, ARN: "bedrock.amazonaws.com"}, {Kind: authz.Service, ARN: "cloudtrail.amazonaws.com"},
	{Kind: authz.Root, Account: home}, {Kind: authz.Root, Account: stray}, {Account: home}, {Account: stray},
	{Kind: authz.Federated, ARN: "arn:aws:sts::111122223333:federated-user/carol", Account: home},
}

var (
	contexts   = []string{"1", "2", "12", "1*", "?"}
	services   = []string{bedrock, "s3.us-east-1.amazonaws.com", "s3.*.amazonaws.com", "bedrock.??-east-1.amazonaws.com"}
	sources    = []string{trail, "arn:aws:bedrock:us-east-1:111122223333:*", "arn:aws:bedrock:*:111122223333:agent/*", "arn:aws:cloudtrail:*:*:trail/*"}
	operations = []string{"Decrypt", "Encrypt", "DescribeKey"}
)

func (g *generator) need() symbolic.Need {
	n := symbolic.Need{Principal: pick(g, vocabulary...)}
	n.Actions = g.some("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncrypt*", "kms:GenerateDataKey*")
	if n.Principal.Account == home && g.IntN(4) == 0 {
		n.Actions = append(n.Actions, "kms:RetireGrant")
	}
	if g.IntN(2) == 0 {
		n.Context = map[string]string{pick(g, "a", "A", "b"): pick(g, contexts...)}
	}
	if n.Principal.Kind == authz.Service {
		if g.IntN(3) > 0 {
			n.SourceARN = pick(g, sources...)
		}
		if g.IntN(2) == 0 {
			n.SourceAccount = pick(g, home, stray)
		}
	} else if g.IntN(2) == 0 {
		if n.Direct = g.IntN(3) == 0; !n.Direct {
			n.Via = pick(g, services...)
		}
	}
	if n.Covers("kms:CreateGrant") {
		n.GrantForAWSResource = g.IntN(2) == 0
		if g.IntN(2) == 0 {
			n.GrantOperations = g.some(operations...)
		}
	}
	return n
}

func (g *generator) shape() shape {
	s := shape{options: Options{Delegated: g.IntN(2) == 0, AdministratorsGrant: g.IntN(4) == 0}}
	switch g.IntN(3) {
	case 0:
		s.options.Administrators = []string{keyAdmin}
	case 1:
		s.options.Administrators = []string{theRoot, caller}
	}
	for range 1 + g.IntN(5) {
		n := g.need()
		s.needs = append(s.needs, n)
		if g.IntN(2) == 0 { // one that differs little
			n.Context = map[string]string{"a": pick(g, contexts...)}
			n.Actions = append(slices.Clone(n.Actions), pick(g, "kms:Encrypt", "kms:Decrypt"))
			s.needs = append(s.needs, n)
		}
	}
	return s
}

// askers are principals that may send requests; strangers to the needs among them.
func (g *generator) asker() authz.Principal {
	switch p := pick(g, vocabulary...); {
	case g.IntN(4) == 0:
		return pick(g, principalNamed("arn:aws:iam::111122223333:role/other"), principalNamed("arn:aws:iam::111122223333:user/bob"),
			principalNamed("arn:aws:iam::999999999999:role/app"), authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::999999999999:root", Account: "999999999999"},
			authz.Principal{Kind: authz.Service, ARN: "sns.amazonaws.com"}, principalNamed(keyAdmin))
	case p.Kind == 0 || p.Kind == authz.Root:
		return authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::" + p.Account + ":root", Account: p.Account}
	case p.Kind == authz.Session && p.ARN == "":
		return principalNamed(p.Role)
	default:
		return completed([]symbolic.Need{{Principal: p}})[0].Principal
	}
}

// request is of the vocabulary: texts that needs have, with their wildcards filled.
func (g *generator) request() *authz.Request {
	r := &authz.Request{Principal: g.asker(), Resource: theKey, Context: authz.Context{}}
	var actions []string
	for _, a := range authz.KMSActions() {
		if a.OnKey {
			actions = append(actions, a.Name)
		}
	}
	r.Action = pick(g, pick(g, actions...), "kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:ReEncryptFrom")
	set := func(key string, from ...string) {
		if g.IntN(3) > 0 {
			r.Context[key] = authz.Value{Values: []string{strings.NewReplacer("*", pick(g, "", "x", "y/z"), "?", "q").Replace(pick(g, from...))}}
		}
	}
	set("kms:encryptioncontext:a", contexts...)
	set("kms:encryptioncontext:b", contexts...)
	if r.Principal.Kind == authz.Service {
		set("aws:sourcearn", append(sources, "arn:aws:bedrock:us-east-1:444455556666:agent/x")...)
		set("aws:sourceaccount", home, stray)
	} else {
		set("kms:viaservice", services...)
	}
	set("kms:grantisforawsresource", "true", "false")
	if r.Action == "kms:CreateGrant" {
		r.Context["kms:grantoperations"] = authz.Value{Values: g.some(operations...)}
	}
	return r
}

// world decides requests against a result's documents, without symbolic: generous
// gives everybody all that their accounts can give.
type world struct {
	r    *Result
	key  *authz.Policy
	own  map[string]*authz.Policy
	all  *authz.Policy
	seen map[bool]int
}

func worldOf(r *Result) *world {
	w := &world{r: r, key: authz.Compile("key", r.Key), own: map[string]*authz.Policy{}, seen: map[bool]int{}}
	for name, d := range r.Identity {
		w.own[name] = authz.Compile(name, d)
	}
	w.all = authz.Compile("all", &policy.Document{Version: version, Statements: []policy.Statement{{
		Effect: policy.Allow, Actions: []string{"*"}, Resources: []string{"*"}}}})
	return w
}

func (w *world) outcome(r *authz.Request, generous bool) authz.Outcome {
	l := authz.Layers{Resource: w.key}
	if p := &r.Principal; p.Kind == authz.User || p.Kind == authz.Session {
		if own := w.own[entityOf(p)]; own != nil {
			l.Identity = []*authz.Policy{own}
		}
	}
	if generous {
		l.Identity = []*authz.Policy{w.all}
		if r.Principal.Kind == authz.Federated {
			l.Session = l.Identity
		}
	}
	return authz.OutcomeOf(r, &l)
}

// contradicts says how a request shows that the documents are not the least ones;
// empty when it does not.
func (w *world) contradicts(r *authz.Request) string {
	direct, any := false, false
	for i := range w.r.Needs {
		n := &w.r.Needs[i]
		has := n.Has(r)
		any = any || has
		direct = direct || has && n.Principal.Kind != 0
		// A need of the account is met when the key leaves it to the account.
		if has && n.Principal.Kind == 0 && w.outcome(r, true) != authz.Allow {
			return "the account cannot give what it needs"
		}
	}
	w.seen[any]++
	if direct && w.outcome(r, false) != authz.Allow {
		return "needed and denied"
	}
	// Nor does it give more than the account's own policies do.
	own := any && r.Principal.Kind == authz.Root
	retires := strings.EqualFold(r.Action, retireGrant) && r.Principal.Account == home
	if !any && !retires && w.outcome(r, true) == authz.Allow {
		return "allowed and not needed"
	}
	if !direct && !own && !retires && w.outcome(r, false) == authz.Allow {
		return "allowed whatever the account says, and not needed"
	}
	return ""
}

// rounds is the number of random results to try, or BEDLOCK_LEAST_ROUNDS.
func rounds(standard int) int {
	if n, err := strconv.Atoi(os.Getenv("BEDLOCK_LEAST_ROUNDS")); err == nil {
		return n
	}
	return standard
}

// TestRandomNeeds makes policies for random needs, proves them, and attacks the
// proofs by requests that are decided without symbolic.
func TestRandomNeeds(t *testing.T) {
	rounds, requests := rounds(30), 1500
	g := &generator{rand.New(rand.NewPCG(7, 11))}
	made, impossible, inside, parts := 0, 0, 0, 0
	var slowest time.Duration
	for n := range rounds {
		s := g.shape()
		r, err := For(theKey, s.needs, s.options)
		if err != nil {
			if !strings.Contains(err.Error(), "another account") && !strings.Contains(err.Error(), "is up to the session") {
				t.Fatalf("round %d: %v", n, err)
			}
			impossible++
			continue
		}
		made++
		start := time.Now()
		p := prove(t, r)
		slowest = max(slowest, time.Since(start))
		if p.Outcome() != Proved || p.Least() != Proved {
			t.Fatalf("round %d: %v, least %v\n%s\n%s\n%s", n, p.Outcome(), p.Least(), explain(p), showNeeds(r), r.print(t))
		}
		parts += len(p.Parts)
		w := worldOf(r)
		for range requests {
			q := g.request()
			if why := w.contradicts(q); why != "" {
				t.Fatalf("round %d: %s: %s\n%s\n%s", n, why, showWitness(&symbolic.Witness{Request: *q}), showNeeds(r), r.print(t))
			}
		}
		inside += w.seen[true]
	}
	t.Logf("%d results, %d impossible, %d requests that are needed, %d parts, slowest proof %v", made, impossible, inside, parts, slowest)
	if made < rounds*3/4 || inside < made*20 {
		t.Error("too few of a kind: the test shows little")
	}
}

// TestRandomFaults spoils results at random: whenever a request shows it, the proof
// must fail too.
func TestRandomFaults(t *testing.T) {
	rounds := rounds(60)
	g := &generator{rand.New(rand.NewPCG(3, 5))}
	caught, harmless, unseen := 0, 0, 0
	for range rounds {
		s := g.shape()
		r, err := For(theKey, s.needs, s.options)
		if err != nil {
			continue
		}
		spoilt := edited(r, g.IntN(len(r.Key.Statements)), pick(g, faults...).change)
		if spoilt == nil {
			continue
		}
		w := worldOf(spoilt)
		var shown *authz.Request
		for range 4000 {
			if q := g.request(); w.contradicts(q) != "" {
				shown = q
				break
			}
		}
		switch p := prove(t, spoilt); {
		case shown != nil && p.Outcome() != Refuted:
			t.Fatalf("proved in spite of %s\n%s\n%s", showWitness(&symbolic.Witness{Request: *shown}), showNeeds(spoilt), spoilt.print(t))
		case shown != nil:
			caught++
		case p.Outcome() == Refuted:
			unseen++
		default:
			harmless++
		}
	}
	t.Logf("%d caught, %d that no request showed, %d harmless", caught, unseen, harmless)
	if caught < rounds/3 {
		t.Error("too few: the test shows little")
	}
}

func showNeeds(r *Result) string {
	var b strings.Builder
	for i := range r.Needs {
		fmt.Fprintf(&b, "%d: %+v\n", i, r.Needs[i])
	}
	return b.String()
}

func BenchmarkFor(b *testing.B) {
	for b.Loop() {
		if _, err := For(theKey, guardrailNeeds(), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProve(b *testing.B) {
	r := made(b, shape{"", guardrailNeeds(), Options{Delegated: true}})
	for b.Loop() {
		if p := prove(b, r); p.Outcome() != Proved || p.Least() != Proved {
			b.Fatal(explain(p))
		}
	}
}
