package spec

import (
	"slices"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// TestReasonsSuffice: with nothing but the statements and grants that the engine
// names, an allowed request is still allowed.
func TestReasonsSuffice(t *testing.T) {
	tried := 0
	for seed := uint64(0); tried < 10_000; seed++ {
		g := newGenerator(seed)
		w := g.world()
		for range perWorld {
			req, l := g.request(w)
			d := authz.Decide(req, l)
			if d.Outcome != authz.Allow || req.Action == "sts:GetCallerIdentity" {
				continue
			}
			tried++
			if less := only(l, d.Reasons); Decide(req, less).Outcome != authz.Allow {
				t.Fatalf("world %d: the reasons %+v are not enough\n%s", seed, refs(d.Reasons), show(req, l))
			}
		}
	}
}

// TestMissingLayersSuffice: when the layers that the engine says are missing allow
// everything, a denied request is allowed.
func TestMissingLayersSuffice(t *testing.T) {
	tried := 0
	for seed := uint64(0); tried < 50_000; seed++ {
		g := newGenerator(seed)
		w := g.world()
		for range perWorld {
			req, l := g.request(w)
			d := authz.Decide(req, l)
			if d.Outcome != authz.ImplicitDeny || req.Action == "sts:GetCallerIdentity" || never(req) {
				continue
			}
			tried++
			filled := *l
			for _, layer := range d.Missing {
				fill(&filled, layer, req)
			}
			if got := Decide(req, &filled).Outcome; got != authz.Allow {
				t.Fatalf("world %d: %s with %v allowing everything\n%s", seed, got, d.Missing, show(req, l))
			}
		}
	}
}

// never reports whether no policy can allow a request.
func never(req *authz.Request) bool {
	e := newEvaluation(req, &authz.Layers{}, rules{})
	return e.neverAllowed() || req.Principal.Account == "" && e.identityOnly()
}

var everything = compile("everything", map[string]any{"Statement": map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"}})

// fill makes a layer allow everything.
func fill(l *authz.Layers, layer authz.Layer, req *authz.Request) {
	switch layer {
	case authz.LayerIdentity:
		l.Identity = []*authz.Policy{everything}
	case authz.LayerBoundary:
		l.Boundary = everything
	case authz.LayerSession:
		l.Session = []*authz.Policy{everything}
	case authz.LayerSCP:
		l.SCPs = nil
	case authz.LayerRCP:
		l.RCPs = nil
	case authz.LayerEndpoint:
		l.Endpoint = nil
	case authz.LayerGrant:
		l.Grants = append(slices.Clone(l.Grants), authz.Grant{Grantee: req.Principal.ARN, Operations: []string{"RetireGrant"}})
	case authz.LayerResource:
		l.Resource = compile("everyone", map[string]any{"Statement": map[string]any{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}})
	}
}

// only keeps what the reasons name.
func only(l *authz.Layers, reasons []authz.Reason) *authz.Layers {
	out := *l
	keep := func(layer authz.Layer, level int, p *authz.Policy) *authz.Policy {
		if p == nil {
			return nil
		}
		doc := *p.Document()
		doc.Statements = nil
		for _, r := range reasons {
			if r.Layer == layer && r.Level == level && r.Policy == p.Name() {
				doc.Statements = append(doc.Statements, p.Document().Statements[r.Statement])
			}
		}
		return authz.Compile(p.Name(), &doc)
	}
	each := func(layer authz.Layer, level int, list []*authz.Policy) (kept []*authz.Policy) {
		if list != nil {
			kept = []*authz.Policy{}
		}
		for _, p := range list {
			kept = append(kept, keep(layer, level, p))
		}
		return kept
	}
	levels := func(layer authz.Layer, all [][]*authz.Policy) (kept [][]*authz.Policy) {
		for level, list := range all {
			kept = append(kept, each(layer, level, list))
		}
		return kept
	}
	out.Identity, out.Session = each(authz.LayerIdentity, 0, l.Identity), each(authz.LayerSession, 0, l.Session)
	out.Boundary, out.Endpoint = keep(authz.LayerBoundary, 0, l.Boundary), keep(authz.LayerEndpoint, 0, l.Endpoint)
	out.Resource = keep(authz.LayerResource, 0, l.Resource)
	out.SCPs, out.RCPs = levels(authz.LayerSCP, l.SCPs), levels(authz.LayerRCP, l.RCPs)
	out.Grants = nil
	for _, g := range l.Grants {
		for _, r := range reasons {
			if r.Layer == authz.LayerGrant && r.Grant == g.ID {
				out.Grants = append(out.Grants, g)
			}
		}
	}
	return &out
}
