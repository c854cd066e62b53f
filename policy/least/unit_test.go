package least

import (
	"fmt"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// TestApart tries all short texts over two letters: patterns that are apart match
// none of them both.
func TestApart(t *testing.T) {
	words := func(alphabet string, n int) []string {
		out, last := []string{""}, []string{""}
		for range n {
			var next []string
			for _, w := range last {
				for _, c := range alphabet {
					next = append(next, w+string(c))
				}
			}
			out, last = append(out, next...), next
		}
		return out
	}
	texts, patterns := words("ab", 6), words("ab*?", 3)
	told, missed := 0, 0
	for _, p := range patterns {
		for _, q := range patterns {
			common := p == "" || q == ""
			for _, s := range texts {
				common = common || policy.Match(p, s) && policy.Match(q, s)
			}
			got := apart(p, q)
			if got && common || got != apart(q, p) {
				t.Fatalf("%q and %q: apart %v, %v; common text %v", p, q, got, apart(q, p), common)
			}
			if got {
				told++
			} else if !common {
				missed++
			}
		}
	}
	if told < 3*missed {
		t.Errorf("%d pairs are told apart, %d missed", told, missed)
	}
}

// TestOutcome: every ground counts by itself.
func TestOutcome(t *testing.T) {
	answer := func(v symbolic.Verdict) symbolic.Answer { return symbolic.Answer{Verdict: v} }
	good := Proof{Met: []symbolic.Answer{answer(symbolic.Never)}, Governable: answer(symbolic.Exists), Alone: true,
		Own: map[string]symbolic.Answer{alice: answer(symbolic.Never)}, Parts: []Part{{Answer: answer(symbolic.Exists)}}}
	for _, c := range []struct {
		name           string
		change         func(*Proof)
		outcome, least Outcome
	}{
		{"as it is", func(*Proof) {}, Proved, Proved},
		{"a need is not met", func(p *Proof) { p.Met = append(p.Met, answer(symbolic.Exists)) }, Refuted, Proved},
		{"a need may not be met", func(p *Proof) { p.Met = append(p.Met, answer(symbolic.Unknown)) }, Unknown, Proved},
		{"something beyond", func(p *Proof) {
			p.Beyond = []symbolic.Exposure{{Actions: []symbolic.Exposed{{Answer: answer(symbolic.Exists)}}}}
		}, Refuted, Proved},
		{"perhaps something beyond", func(p *Proof) {
			p.Beyond = []symbolic.Exposure{{Actions: []symbolic.Exposed{{Answer: answer(symbolic.Unknown)}}}}
		}, Unknown, Proved},
		{"an identity-based policy exceeds", func(p *Proof) { p.Own = map[string]symbolic.Answer{alice: answer(symbolic.Exists)} }, Refuted, Proved},
		{"an identity-based policy may exceed", func(p *Proof) { p.Own = map[string]symbolic.Answer{alice: answer(symbolic.Unknown)} }, Unknown, Proved},
		{"locked out", func(p *Proof) { p.Governable = answer(symbolic.Never) }, Refuted, Proved},
		{"perhaps locked out", func(p *Proof) { p.Governable = answer(symbolic.Unknown) }, Unknown, Proved},
		{"a sample is refused", func(p *Proof) { p.Refused = []symbolic.Witness{{}} }, Refuted, Proved},
		{"unknown and refuted", func(p *Proof) {
			p.Governable, p.Met = answer(symbolic.Unknown), []symbolic.Answer{answer(symbolic.Exists)}
		}, Refuted, Proved},
		{"not alone", func(p *Proof) { p.Alone, p.Parts = false, nil }, Proved, Unknown},
		{"a part too many", func(p *Proof) { p.Parts = append(p.Parts, Part{Answer: answer(symbolic.Never)}) }, Proved, Refuted},
		{"perhaps a part too many", func(p *Proof) { p.Parts = append(p.Parts, Part{Answer: answer(symbolic.Unknown)}) }, Proved, Unknown},
	} {
		p := good
		c.change(&p)
		if p.Outcome() != c.outcome || p.Least() != c.least {
			t.Errorf("%s: %v, least %v", c.name, p.Outcome(), p.Least())
		}
	}
}

// TestSamples: what is made up from a need belongs to it, and could be sent.
func TestSamples(t *testing.T) {
	for _, s := range shapes() {
		r := made(t, s)
		for i := range r.Needs {
			n := &r.Needs[i]
			actions := map[string]bool{}
			for _, req := range Samples(n, theKey) {
				if !n.Has(&req) {
					t.Errorf("%s: need %d does not have %s", s.name, i, showWitness(&symbolic.Witness{Request: req}))
				}
				if q := &req.Principal; q.ARN == "" || q.Kind == authz.Session && q.Role == "" || q.Kind == 0 {
					t.Errorf("%s: need %d is asked by %+v", s.name, i, q)
				}
				actions[req.Action] = true
			}
			for _, a := range authz.KMSActions() {
				if a.OnKey && n.Covers(a.Name) != actions[a.Name] {
					t.Errorf("%s: need %d: %s has a sample: %v", s.name, i, a.Name, actions[a.Name])
				}
			}
		}
	}
}

// TestUnknown: what cannot be decided is not proved.
func TestUnknown(t *testing.T) {
	n := ofRole(caller, "kms:Decrypt")
	n.Context = map[string]string{"team": "bl\u00e5"}
	r := made(t, shape{"", []symbolic.Need{n}, Options{}})
	if p := prove(t, r); p.Outcome() != Unknown || p.Least() != Unknown || p.Met[0].Verdict != symbolic.Unknown || p.Met[0].Reason == "" {
		t.Errorf("outside ASCII: %v, least %v, %+v", p.Outcome(), p.Least(), p.Met[0])
	}
	r = made(t, shape{"", knowledgeBaseNeeds(), Options{}})
	p, err := Prove(&symbolic.Universe{Work: 20}, r, nil)
	if err != nil || p.Outcome() != Unknown || p.Least() != Unknown {
		t.Errorf("small budget: %v, least %v (%v)", p.Outcome(), p.Least(), err)
	}
}

// BenchmarkProveMany proves a policy for many resources: as many values as fit.
func BenchmarkProveMany(b *testing.B) {
	var needs []symbolic.Need
	for i := range 200 {
		n := ofRole(caller, "kms:Decrypt", "kms:GenerateDataKey")
		n.Via, n.Context = bedrock, map[string]string{"aws:bedrock:arn": fmt.Sprintf("arn:aws:bedrock:us-east-1:111122223333:agent/A%03d", i)}
		needs = append(needs, n)
	}
	r := made(b, shape{"", needs, Options{}})
	for b.Loop() {
		if p := prove(b, r); p.Outcome() != Proved || p.Least() != Proved {
			b.Fatal(explain(p))
		}
	}
}
