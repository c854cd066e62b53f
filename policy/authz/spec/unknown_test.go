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
	unknownDifferential(t, cases(t, 200_000)/40, 10, (*generator).forget)
}

// TestOpenDifferential is TestUnknownDifferential for requests that are open: not
// all combinations of values are tried there, and more of them are not found.
func TestOpenDifferential(t *testing.T) {
	unknownDifferential(t, cases(t, 200_000)/80, 5, func(_ *generator, req *authz.Request, _ *authz.Layers) bool {
		req.Open = true
		return true
	})
}

func unknownDifferential(t *testing.T, n int, bound int64, change func(*generator, *authz.Request, *authz.Layers) bool) {
	var total, varies, cautious, shown atomic.Int64
	parallel(n, func(seed uint64) bool {
		g := newGenerator(seed + 1<<32)
		w := g.world()
		for range perWorld {
			req, l := g.request(w)
			if !change(g, req, l) {
				continue
			}
			total.Add(1)
			got, want := authz.Decide(req, l), Decide(req, l)
			switch {
			case want.Outcome == authz.Unknown:
				varies.Add(1)
			case got.Outcome == authz.Unknown:
				cautious.Add(1)
			}
			if how := difference(req, got, want); how != "" && shown.Add(1) < 4 {
				t.Errorf("world %d: %s\n%s", seed, how, show(req, l))
			}
		}
		return shown.Load() < 4
	})
	t.Logf("%d cases, %d vary; Unknown where no value was found to matter: %d", total.Load(), varies.Load(), cautious.Load())
	if varies.Load() < total.Load()/100 {
		t.Errorf("only %d of %d cases vary", varies.Load(), total.Load())
	}
	if cautious.Load() > varies.Load()/bound {
		t.Errorf("the engine says Unknown %d times where no value was found to matter, against %d where one does", cautious.Load(), varies.Load())
	}
}

// forget makes a context value that some condition reads unknown.
func (g *generator) forget(req *authz.Request, l *authz.Layers) bool {
	var names []string
	eachStatement(l, func(s policy.Statement) {
		for _, c := range s.Conditions {
			names = append(names, strings.ToLower(c.Key))
		}
	})
	if len(names) == 0 {
		return false
	}
	req.Context[pick(g, names...)] = authz.Value{Unknown: true}
	if g.chance(20) {
		req.Context[pick(g, names...)] = authz.Value{Unknown: true}
	}
	return true
}
