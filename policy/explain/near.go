package explain

import (
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Miss is a statement or grant that would match if the request had some context keys.
type Miss struct {
	// Reason is what it would be in a decision, but for Match.
	Reason authz.Reason
	// Absent are the context keys, as the statement writes them.
	Absent []string
}

// maxNear bounds the statements that are looked at for what the request lacks.
const maxNear = 1000

// Near finds which statements and grants lack the context keys that the decision on req
// names as absent. Each is decided alone, so that the engine says what it lacks.
func Near(req *authz.Request, layers *authz.Layers, absent []string) (all []Miss) {
	if len(absent) == 0 {
		return nil
	}
	left := maxNear
	EachPolicy(layers, func(layer authz.Layer, level int, p *authz.Policy) {
		for i := range p.Document().Statements {
			if left--; left < 0 || p.Document().Statements[i].Effect != policy.Allow {
				continue
			}
			statement := p.Document().Statements[i]
			doc := policy.Document{Version: p.Document().Version, Statements: []policy.Statement{statement}}
			d := authz.Decide(req, alone(layer, authz.Compile(p.Name(), &doc)))
			if len(d.Absent) == 0 {
				continue
			}
			r := authz.Reason{Layer: layer, Level: level, Policy: p.Name(), Statement: i, Effect: policy.Allow, At: statement.At}
			all = append(all, Miss{r, spelled(d.Absent, &statement)})
		}
	})
	for i := range layers.Grants {
		g := layers.Grants[i]
		if d := authz.Decide(req, &authz.Layers{Grants: []authz.Grant{g}}); len(d.Absent) > 0 {
			all = append(all, Miss{authz.Reason{Layer: authz.LayerGrant, Effect: policy.Allow, Grant: g.ID}, d.Absent})
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
