package authz

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/bedlock/bedlock/policy"
)

const rounds = 10000

// eachRandom runs a check on random requests and layers, made from fixed seeds.
func eachRandom(t *testing.T, check func(r random, req *Request, layers *Layers)) {
	t.Helper()
	n := rounds
	if testing.Short() {
		n /= 20
	}
	for seed := range uint64(n) {
		r := random{rand.New(rand.NewPCG(seed, 3)), t}
		check(r, r.request(), r.layers())
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func denied(o Outcome) bool { return o == ExplicitDeny || o == ImplicitDeny }

// Decide, DecideInto and OutcomeOf agree, every outcome occurs, and each has its
// grounds.
func TestDecisionsAgree(t *testing.T) {
	seen := map[Outcome]int{}
	var reused Decision
	eachRandom(t, func(_ random, req *Request, layers *Layers) {
		d := Decide(req, layers)
		seen[d.Outcome]++
		if o := OutcomeOf(req, layers); o != d.Outcome {
			t.Errorf("OutcomeOf %v, Decide %v", o, d.Outcome)
		}
		if DecideInto(&reused, req, layers); show(reused) != show(d) {
			t.Errorf("DecideInto %s, Decide %s", show(reused), show(d))
		}
		switch d.Outcome {
		case Allow:
			if len(d.Reasons) == 0 && req.Principal.Kind != Root {
				t.Error("allowed by nothing")
			}
		case ExplicitDeny:
			if len(d.Reasons) == 0 {
				t.Error("denied explicitly by nothing")
			}
		case ImplicitDeny:
			if len(d.Missing) == 0 {
				t.Error("denied, and nothing is missing")
			}
		case Unknown:
			if len(d.Open) == 0 {
				t.Error("not known, and nothing is open")
			}
		}
	})
	for o := Allow; o <= Unknown; o++ {
		if seen[o] < rounds/100 && !testing.Short() {
			t.Errorf("%v came up %d times only: the vocabulary is too narrow", o, seen[o])
		}
	}
	t.Log(seen)
}

func withStatement(r random, p *Policy, on side, effect policy.Effect) *Policy {
	doc := *p.doc
	doc.Statements = slices.Clone(doc.Statements)
	for {
		extra := r.document(on)
		if len(extra.Statements) == 0 {
			continue
		}
		s := extra.Statements[0]
		s.Effect, s.Index = effect, len(doc.Statements)
		doc.Statements = append(doc.Statements, s)
		return Compile(p.name, &doc)
	}
}

func onSide(l *Layers, p **Policy) side {
	if p == &l.Endpoint || p == &l.Resource {
		return resourceSide
	}
	for _, level := range l.RCPs {
		for i := range level {
			if p == &level[i] {
				return resourceSide
			}
		}
	}
	return identitySide
}

// A statement with Deny, anywhere, never opens anything; one with Allow, in a
// policy that is there, never closes anything.
func TestStatementsAreMonotone(t *testing.T) {
	eachRandom(t, func(r random, req *Request, layers *Layers) {
		all := policiesOf(layers)
		if len(all) == 0 {
			return
		}
		before := OutcomeOf(req, layers)
		p := pick(r, all...)
		kept, on := *p, onSide(layers, p)
		*p = withStatement(r, kept, on, policy.Deny)
		if after := OutcomeOf(req, layers); denied(before) && !denied(after) || before == Unknown && after == Allow {
			t.Errorf("with one more Deny %v became %v", before, after)
		}
		*p = withStatement(r, kept, on, policy.Allow)
		if after := OutcomeOf(req, layers); before == Allow && after != Allow || before == ExplicitDeny && after != ExplicitDeny || before == Unknown && after == ImplicitDeny {
			t.Errorf("with one more Allow %v became %v", before, after)
		}
	})
}

// A layer that limits never opens anything.
func TestLimitsAreMonotone(t *testing.T) {
	eachRandom(t, func(r random, req *Request, layers *Layers) {
		before := OutcomeOf(req, layers)
		limited := *layers
		switch {
		case layers.Boundary == nil:
			limited.Boundary = r.policy(identitySide)
		case layers.Endpoint == nil:
			limited.Endpoint = r.policy(resourceSide)
		case layers.Session == nil && req.Principal.Kind != Federated:
			limited.Session = r.policies(identitySide, 1)
		default:
			limited.SCPs = append(slices.Clone(layers.SCPs), r.policies(identitySide, 1))
		}
		if after := OutcomeOf(req, &limited); denied(before) && !denied(after) || before == Unknown && after == Allow {
			t.Errorf("with one more layer %v became %v", before, after)
		}
	})
}

// The order of statements does not matter.
func TestOrderIsIrrelevant(t *testing.T) {
	eachRandom(t, func(r random, req *Request, layers *Layers) {
		before := Decide(req, layers)
		for _, p := range policiesOf(layers) {
			doc := *(*p).doc
			doc.Statements = slices.Clone(doc.Statements)
			r.Shuffle(len(doc.Statements), func(i, j int) { doc.Statements[i], doc.Statements[j] = doc.Statements[j], doc.Statements[i] })
			*p = Compile((*p).name, &doc)
		}
		after := Decide(req, layers)
		if before.Outcome != after.Outcome || len(before.Reasons) != len(after.Reasons) || !slices.Equal(before.Missing, after.Missing) || !slices.Equal(before.Absent, after.Absent) {
			t.Errorf("%s became %s", show(before), show(after))
		}
	})
}

// What is decided although a key is not known stays so with every value of it,
// and with none.
func TestUnknownRefines(t *testing.T) {
	decided := 0
	eachRandom(t, func(r random, req *Request, layers *Layers) {
		name := pick(r, contextNames...)
		req.Context[name] = Value{Unknown: true}
		d := Decide(req, layers)
		if d.Outcome != Unknown {
			decided++
		}
		for i := range len(contextValues) + 1 {
			concrete := *req
			concrete.Context = maps.Clone(req.Context)
			if i == len(contextValues) {
				delete(concrete.Context, name)
			} else {
				concrete.Context[name] = contextValues[i]
			}
			o := OutcomeOf(&concrete, layers)
			switch {
			case d.Outcome == ImplicitDeny && !denied(o), d.Outcome != Unknown && d.Outcome != ImplicitDeny && o != d.Outcome:
				t.Errorf("%s is not known: %v; with %v: %v", name, d.Outcome, concrete.Context[name], o)
			}
		}
	})
	if decided < rounds/4 && !testing.Short() {
		t.Errorf("only %d of %d were decided", decided, rounds)
	}
}

// What keeps an answer open names the key: without it among the open ones, every
// value gives an answer that is open too.
func TestOpenNamesTheKey(t *testing.T) {
	eachRandom(t, func(r random, req *Request, layers *Layers) {
		name := pick(r, contextNames...)
		req.Context[name] = Value{Unknown: true}
		d := Decide(req, layers)
		if d.Outcome != Unknown || slices.Contains(d.Open, name) || slices.Contains(d.Open, "kms:encryptioncontextkeys") {
			return
		}
		for _, v := range contextValues {
			concrete := *req
			concrete.Context = maps.Clone(req.Context)
			concrete.Context[name] = v
			if o := OutcomeOf(&concrete, layers); o != Unknown {
				t.Errorf("%s is not among %v, but with %v the answer is %v", name, d.Open, v, o)
			}
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	r := random{rand.New(rand.NewPCG(1, 2)), t}
	type pair struct {
		req    *Request
		layers *Layers
		want   Decision
	}
	pairs := make([]pair, 200)
	for i := range pairs {
		p := pair{req: r.request(), layers: r.layers()}
		p.want = Decide(p.req, p.layers)
		pairs[i] = p
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, p := range pairs {
				if got := Decide(p.req, p.layers); !reflect.DeepEqual(got, p.want) {
					t.Errorf("%s became %s", show(p.want), show(got))
				}
			}
		})
	}
	wg.Wait()
}
