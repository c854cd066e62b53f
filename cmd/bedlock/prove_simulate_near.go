package main

import (
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/simulate"
)

// near is a statement or grant that would match if the request had some context
// keys.
type near struct {
	ground
	Absent []string `json:"absent"`
}

// maxNear bounds the statements that are looked at for what the request lacks.
const maxNear = 1000

// nearMisses finds which statements and grants lack the context keys that the
// decision names. Each is decided alone, so that the engine says what it lacks.
func (s *origins) nearMisses(c *simulate.Case, absent []string) (all []near) {
	if len(absent) == 0 {
		return nil
	}
	left := maxNear
	eachPolicy(&c.Layers, func(layer authz.Layer, level int, p *authz.Policy) {
		for i := range p.Document().Statements {
			if left--; left < 0 || p.Document().Statements[i].Effect != policy.Allow {
				continue
			}
			statement := p.Document().Statements[i]
			doc := policy.Document{Version: p.Document().Version, Statements: []policy.Statement{statement}}
			d := authz.Decide(&c.Request, alone(layer, authz.Compile(p.Name(), &doc)))
			if len(d.Absent) == 0 {
				continue
			}
			g := s.ground(&c.Layers, authz.Reason{
				Layer: layer, Level: level, Policy: p.Name(), Statement: i, Effect: policy.Allow, At: statement.At,
			})
			all = append(all, near{ground: g, Absent: spelled(d.Absent, &statement)})
		}
	})
	for i := range c.Layers.Grants {
		g := c.Layers.Grants[i]
		if d := authz.Decide(&c.Request, &authz.Layers{Grants: []authz.Grant{g}}); len(d.Absent) > 0 {
			all = append(all, near{ground: s.ground(&c.Layers, authz.Reason{Layer: authz.LayerGrant, Effect: policy.Allow, Grant: g.ID}), Absent: d.Absent})
		}
	}
	return all
}

// alone are layers with one policy.
func alone(layer authz.Layer, p *authz.Policy) *authz.Layers {
	list := []*authz.Policy{p}
	switch layer {
	case authz.LayerIdentity:
		return &authz.Layers{Identity: list}
	case authz.LayerBoundary:
		return &authz.Layers{Boundary: p}
	case authz.LayerSession:
		return &authz.Layers{Session: list}
	case authz.LayerSCP:
		return &authz.Layers{SCPs: [][]*authz.Policy{list}}
	case authz.LayerRCP:
		return &authz.Layers{RCPs: [][]*authz.Policy{list}}
	case authz.LayerEndpoint:
		return &authz.Layers{Endpoint: p}
	}
	return &authz.Layers{Resource: p}
}

// spelled writes context keys as a statement does.
func spelled(keys []string, s *policy.Statement) []string {
	out := append([]string(nil), keys...)
	for i := range out {
		for _, c := range s.Conditions {
			if strings.EqualFold(c.Key, out[i]) {
				out[i] = c.Key
			}
		}
	}
	return out
}
