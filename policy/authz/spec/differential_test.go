package spec

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

func sortStrings(s []string) { slices.Sort(s) }

type engine func(*authz.Request, *authz.Layers) authz.Decision

// perWorld is how many requests are tried on a set of policies.
const perWorld = 40

// openEvery is how often a request is open, once in so many.
const openEvery = 40

// difference says how a decision differs from the specification; "" when it does
// not.
func difference(req *authz.Request, d authz.Decision, want Answer) string {
	if req.Open || unknown(req) {
		return differenceOpen(d, want)
	}
	if d.Outcome != want.Outcome {
		return fmt.Sprintf("engine %s, specification %s", d.Outcome, want.Outcome)
	}
	switch d.Outcome {
	case authz.ExplicitDeny:
		if got := refs(d.Reasons); !sameRefs(got, want.Denies) {
			return fmt.Sprintf("engine denies by %v, specification by %v", got, want.Denies)
		}
	case authz.Allow:
		for _, r := range refs(d.Reasons) {
			if !slices.Contains(want.Allows, r) {
				return fmt.Sprintf("engine allows by %v, which does not match; what does: %v", r, want.Allows)
			}
		}
	case authz.ImplicitDeny:
		if len(d.Missing) == 0 && req.Action != "sts:GetCallerIdentity" { // which no layer could allow
			return "engine denies and names no layer that is missing"
		}
	}
	return ""
}

func unknown(req *authz.Request) bool {
	for _, v := range req.Context {
		if v.Unknown {
			return true
		}
	}
	return false
}

// differenceOpen is difference where not everything is known. The specification
// may not find the values that matter, so that the engine may be the more careful;
// and explicitly denied for all values tried may be no more than denied.
func differenceOpen(d authz.Decision, want Answer) string {
	switch {
	case d.Outcome == authz.Unknown && len(d.Open) == 0:
		return "engine does not say what is open"
	case d.Outcome == want.Outcome, d.Outcome == authz.Unknown, d.Outcome == authz.ImplicitDeny && want.Outcome == authz.ExplicitDeny:
		return ""
	}
	return fmt.Sprintf("engine %s, specification %s", d.Outcome, want.Outcome)
}

func refs(list []authz.Reason) (out []Ref) {
	for _, r := range list {
		out = append(out, Ref{r.Layer, r.Policy, r.Level, r.Statement, r.Grant, r.Match})
	}
	return out
}

func sameRefs(a, b []Ref) bool {
	if len(a) != len(b) {
		return false
	}
	for _, r := range a {
		if !slices.Contains(b, r) {
			return false
		}
	}
	return true
}

// cases is the number of cases to try.
func cases(t *testing.T, usual int) int {
	t.Helper()
	s := os.Getenv("BEDLOCK_DIFF_CASES")
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
	if err != nil {
		t.Fatalf("BEDLOCK_DIFF_CASES=%s: %v", s, err)
	}
	return n
}

// TestDifferential compares the compiled engine with the specification on random
// policies and requests. BEDLOCK_DIFF_CASES=10000000 makes the long run.
func TestDifferential(t *testing.T) {
	n, began := cases(t, 200_000), time.Now()
	var tally [5]atomic.Int64
	var found atomic.Int64
	var mu sync.Mutex
	limit := int64(5)
	parallel(n, func(seed uint64) bool {
		differ(seed, authz.Decide, func(o authz.Outcome) { tally[o].Add(1) }, func(req *authz.Request, l *authz.Layers, how string) {
			if found.Add(1) > limit {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			req, l = shrink(req, l, authz.Decide)
			t.Errorf("world %d: %s\n%s", seed, how, show(req, l))
		})
		return found.Load() <= limit
	})
	total := int64(0)
	for o := authz.Allow; o <= authz.Unknown; o++ {
		total += tally[o].Load()
	}
	t.Logf("%d cases in %s: %d Allow, %d ExplicitDeny, %d ImplicitDeny; %d differ", total, time.Since(began).Round(time.Millisecond),
		tally[authz.Allow].Load(), tally[authz.ExplicitDeny].Load(), tally[authz.ImplicitDeny].Load(), found.Load())
	if found.Load() == 0 && total < int64(n) {
		t.Errorf("%d cases were tried, not %d", total, n)
	}
	for _, o := range []authz.Outcome{authz.Allow, authz.ExplicitDeny, authz.ImplicitDeny} {
		if tally[o].Load() < total/10 {
			t.Errorf("%s came out %d times in %d: the cases are lopsided", o, tally[o].Load(), total)
		}
	}
}

// parallel visits the worlds of n cases until a visit returns false.
func parallel(n int, visit func(seed uint64) bool) {
	var next atomic.Uint64
	var wg sync.WaitGroup
	worlds := uint64((n + perWorld - 1) / perWorld)
	for range 4 {
		wg.Go(func() {
			for {
				seed := next.Add(1) - 1
				if seed >= worlds || !visit(seed) {
					return
				}
			}
		})
	}
	wg.Wait()
}

// differ tries the requests of one world.
func differ(seed uint64, decide engine, count func(authz.Outcome), report func(*authz.Request, *authz.Layers, string)) {
	g := newGenerator(seed)
	w := g.world()
	for range perWorld {
		req, l := g.request(w)
		req.Open = g.chance(openEvery)
		want := Decide(req, l)
		count(want.Outcome)
		if how := difference(req, decide(req, l), want); how != "" {
			report(req, l, how)
			return
		}
	}
}

// show writes a case so that it can be made a test.
func show(req *authz.Request, l *authz.Layers) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %+v\n", *req)
	list := func(name string, all []*authz.Policy) {
		for i, p := range all {
			if p != nil {
				fmt.Fprintf(&b, "  %s %d: %s\n", name, i, text(p.Document()))
			}
		}
	}
	list("identity", l.Identity)
	list("boundary", []*authz.Policy{l.Boundary})
	if l.Session != nil {
		fmt.Fprintf(&b, "  session: %d\n", len(l.Session))
	}
	list("session", l.Session)
	for i := range l.SCPs {
		list(fmt.Sprint("scp ", i), l.SCPs[i])
	}
	for i := range l.RCPs {
		list(fmt.Sprint("rcp ", i), l.RCPs[i])
	}
	list("endpoint", []*authz.Policy{l.Endpoint})
	list("resource", []*authz.Policy{l.Resource})
	for _, g := range l.Grants {
		fmt.Fprintf(&b, "  grant: %+v\n", g)
	}
	d, want := authz.Decide(req, l), Decide(req, l)
	fmt.Fprintf(&b, "  engine: %+v\n  specification: %+v\n", d, want)
	return b.String()
}

// text prints a document as JSON.
func text(doc *policy.Document) string {
	var list []any
	for i := range doc.Statements {
		s := &doc.Statements[i]
		m := map[string]any{"Effect": s.Effect.String()}
		put := func(name string, v []string) {
			if v != nil {
				m[name] = v
			}
		}
		put("Action", s.Actions)
		put("NotAction", s.NotActions)
		put("Resource", s.Resources)
		put("NotResource", s.NotResources)
		for name, p := range map[string]*policy.Principals{"Principal": s.Principals, "NotPrincipal": s.NotPrincipals} {
			switch {
			case p == nil:
			case p.Any:
				m[name] = "*"
			default:
				kinds := map[string]any{}
				if p.AWS != nil {
					kinds["AWS"] = p.AWS
				}
				if p.Service != nil {
					kinds["Service"] = p.Service
				}
				m[name] = kinds
			}
		}
		block := map[string]map[string]any{}
		for _, c := range s.Conditions {
			if block[c.Operator.String()] == nil {
				block[c.Operator.String()] = map[string]any{}
			}
			block[c.Operator.String()][c.Key] = c.Values
		}
		if len(block) > 0 {
			m["Condition"] = block
		}
		list = append(list, m)
	}
	b, err := json.Marshal(map[string]any{"Version": doc.Version, "Statement": list})
	if err != nil {
		panic(err)
	}
	return string(b)
}
