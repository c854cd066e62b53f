package spec

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// TestUnknownDifferential compares requests of which some context values are not
// known. What the specification finds to vary must be Unknown, and what it finds to
// be the same must not be answered otherwise; that the engine says Unknown where no
// value was found to matter is counted and bounded.
func TestUnknownDifferential(t *testing.T) {
	n := cases(t, 200_000) / 40
	var total, varies, cautious, shown atomic.Int64
	parallel(n, func(seed uint64) bool {
		g := newGenerator(seed + 1<<32)
		w := g.world()
		for range perWorld {
			req, l := g.request(w)
			if !g.forget(req, l) {
				continue
			}
			total.Add(1)
			got, want := authz.Decide(req, l), Decide(req, l)
			switch {
			case want.Outcome == authz.Unknown:
				varies.Add(1)
			case got.Outcome == authz.Unknown:
				cautious.Add(1)
				continue
			}
			// Explicitly denied for all values tried may be no more than denied.
			same := got.Outcome == want.Outcome || got.Outcome == authz.ImplicitDeny && want.Outcome == authz.ExplicitDeny
			if (!same || got.Outcome == authz.Unknown && len(got.Open) == 0) && shown.Add(1) < 4 {
				t.Errorf("world %d: engine %s, specification %s\n%s", seed, got.Outcome, want.Outcome, show(req, l))
			}
		}
		return shown.Load() < 4
	})
	t.Logf("%d cases, %d vary; Unknown where no value was found to matter: %d", total.Load(), varies.Load(), cautious.Load())
	if varies.Load() < total.Load()/50 {
		t.Errorf("only %d of %d cases vary", varies.Load(), total.Load())
	}
	if cautious.Load() > varies.Load()/10 {
		t.Errorf("the engine says Unknown %d times where no value was found to matter, against %d where one does", cautious.Load(), varies.Load())
	}
}

// forget makes a context value that some condition reads unknown.
func (g *generator) forget(req *authz.Request, l *authz.Layers) bool {
	var names []string
	eachCondition(l, func(c policy.Condition) { names = append(names, strings.ToLower(c.Key)) })
	if len(names) == 0 {
		return false
	}
	req.Context[pick(g, names...)] = authz.Value{Unknown: true}
	if g.chance(20) {
		req.Context[pick(g, names...)] = authz.Value{Unknown: true}
	}
	return true
}
