package explain

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Remedy returns the fewest statements that, added to layers that had to allow a
// request and did not, would allow it: nothing when no statement would. Each
// answer is decided by the engine before it is given.
func Remedy(req *authz.Request, layers *authz.Layers, missing []authz.Layer) (out []string) {
	full := *layers
	for _, l := range missing {
		permit(&full, l, req)
	}
	best := 0
	for set := 1; set < 1<<len(missing); set++ {
		if best != 0 && bits.OnesCount(uint(set)) >= bits.OnesCount(uint(best)) {
			continue
		}
		more := *layers
		for i, l := range missing {
			if set>>i&1 != 0 {
				exchangeLayer(&more, l, &full)
			}
		}
		if authz.OutcomeOf(req, &more) == authz.Allow {
			best = set
		}
	}
	for i, l := range missing {
		if best>>i&1 != 0 {
			out = append(out, remedyText(l, req))
		}
	}
	return out
}

// exchangeLayer puts a layer of others in the place of that of layers.
func exchangeLayer(layers *authz.Layers, l authz.Layer, others *authz.Layers) {
	switch l {
	case authz.LayerIdentity:
		layers.Identity = others.Identity
	case authz.LayerBoundary:
		layers.Boundary = others.Boundary
	case authz.LayerSession:
		layers.Session = others.Session
	case authz.LayerSCP:
		layers.SCPs = others.SCPs
	case authz.LayerRCP:
		layers.RCPs = others.RCPs
	case authz.LayerEndpoint:
		layers.Endpoint = others.Endpoint
	case authz.LayerResource:
		layers.Resource = others.Resource
	}
}

// permit adds to a layer the statement that allows the request. The policies that
// are there stay as they are.
func permit(l *authz.Layers, layer authz.Layer, r *authz.Request) {
	s := policy.Statement{Effect: policy.Allow, Actions: []string{r.Action}, Resources: []string{r.Resource}}
	levels := func(all [][]*authz.Policy) (out [][]*authz.Policy) {
		for _, level := range all {
			out = append(out, append(slices.Clip(level), withStatement(nil, s)))
		}
		return out
	}
	switch layer {
	case authz.LayerIdentity:
		l.Identity = append(slices.Clip(l.Identity), withStatement(nil, s))
	case authz.LayerBoundary:
		l.Boundary = withStatement(l.Boundary, s)
	case authz.LayerSession:
		l.Session = append(slices.Clip(l.Session), withStatement(nil, s))
	case authz.LayerSCP:
		l.SCPs = levels(l.SCPs)
	case authz.LayerRCP:
		s.Principals = &policy.Principals{Any: true}
		l.RCPs = levels(l.RCPs)
	case authz.LayerEndpoint:
		s.Principals = &policy.Principals{Any: true}
		l.Endpoint = withStatement(l.Endpoint, s)
	case authz.LayerResource:
		s.Principals = &policy.Principals{AWS: []string{grantee(&r.Principal)}}
		switch r.Principal.Kind {
		case authz.Service:
			s.Principals = &policy.Principals{Service: []string{r.Principal.ARN}}
		case authz.Anonymous:
			s.Principals = &policy.Principals{Any: true}
		}
		l.Resource = withStatement(l.Resource, s)
	}
}

func withStatement(p *authz.Policy, s policy.Statement) *authz.Policy {
	doc := policy.Document{Version: "2012-10-17"}
	if p != nil {
		doc = *p.Document()
	}
	doc.Statements = append(slices.Clip(doc.Statements), s)
	return authz.Compile("remedy", &doc)
}

// grantee is the principal that a policy of a resource names for who asks.
func grantee(p *authz.Principal) string {
	switch {
	case p.Kind == authz.Session && p.Role != "":
		return p.Role
	case p.Kind == authz.Anonymous:
		return "*"
	}
	return p.ARN
}

func remedyText(l authz.Layer, r *authz.Request) string {
	allow := ": Allow " + r.Action
	switch l {
	case authz.LayerResource:
		where := "the resource's policy"
		if service, _, _ := strings.Cut(r.Action, ":"); strings.EqualFold(service, "kms") {
			where = "the key policy"
		}
		return "a statement in " + where + allow + " to " + grantee(&r.Principal)
	case authz.LayerIdentity:
		return "a statement in an identity-based policy" + allow + " on " + r.Resource
	case authz.LayerSCP, authz.LayerRCP:
		return "a statement in a " + l.String() + " of every level without one" + allow + " on " + r.Resource
	}
	return "a statement in the " + l.String() + allow + " on " + r.Resource
}
