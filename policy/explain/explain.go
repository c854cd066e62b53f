// Package explain says more of a decision of package authz than the decision does: which
// statement decided, which would have with the context keys that the request lacks, and
// what it would take to allow it.
package explain

import (
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// EachPolicy visits the policies by layer; levels of SCPs and RCPs count from 0.
func EachPolicy(l *authz.Layers, visit func(l authz.Layer, level int, p *authz.Policy)) {
	list := func(layer authz.Layer, level int, all ...*authz.Policy) {
		for _, p := range all {
			if p != nil {
				visit(layer, level, p)
			}
		}
	}
	list(authz.LayerIdentity, 0, l.Identity...)
	list(authz.LayerBoundary, 0, l.Boundary)
	list(authz.LayerSession, 0, l.Session...)
	for i, level := range l.SCPs {
		list(authz.LayerSCP, i, level...)
	}
	for i, level := range l.RCPs {
		list(authz.LayerRCP, i, level...)
	}
	list(authz.LayerEndpoint, 0, l.Endpoint)
	list(authz.LayerResource, 0, l.Resource)
}

// Statement returns the statement of a reason, and its policy; nil for grants.
func Statement(l *authz.Layers, r *authz.Reason) (*authz.Policy, *policy.Statement) {
	if r.Layer == authz.LayerGrant {
		return nil, nil
	}
	var from *authz.Policy
	var found *policy.Statement
	EachPolicy(l, func(layer authz.Layer, level int, p *authz.Policy) {
		if found != nil || layer != r.Layer || level != r.Level || p.Name() != r.Policy {
			return
		}
		if all := p.Document().Statements; r.Statement < len(all) && all[r.Statement].At == r.At {
			from, found = p, &all[r.Statement]
		}
	})
	return from, found
}
