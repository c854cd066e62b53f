package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Decide decides a request. Context values that are not known are replaced, one
// after the other and in all combinations, by every value that the policies and the
// request speak of, by a fresh one, and by none; the outcome is Unknown when that
// changes whether the request is allowed. A difference that only a value between
// those would make is not found: Unknown is certain here, the others are not.
func Decide(req *authz.Request, layers *authz.Layers) Answer { return decide(req, layers, rules{}) }

func decide(req *authz.Request, layers *authz.Layers, r rules) Answer {
	var open []string
	for name, v := range req.Context {
		if v.Unknown {
			open = append(open, name)
		}
	}
	if len(open) == 0 {
		e := newEvaluation(req, layers, r)
		e.answer.Outcome = e.decide()
		return e.answer
	}
	slices.Sort(open)
	name := open[0]
	seen := map[authz.Outcome]bool{}
	for _, candidate := range candidates(name, req, layers) {
		tried := *req
		tried.Context = maps.Clone(req.Context)
		tried.Context[name] = candidate
		seen[decide(&tried, layers, r).Outcome] = true
	}
	return Answer{Outcome: merged(seen)}
}

// merged puts outcomes for different values together. A request that is denied
// either way is denied; it is so explicitly only when it always is.
func merged(seen map[authz.Outcome]bool) authz.Outcome {
	switch {
	case seen[authz.Unknown], seen[authz.Allow] && len(seen) > 1:
		return authz.Unknown
	case seen[authz.Allow]:
		return authz.Allow
	case seen[authz.ImplicitDeny]:
		return authz.ImplicitDeny
	}
	return authz.ExplicitDeny
}

// candidates are the values to try for a key.
func candidates(name string, req *authz.Request, layers *authz.Layers) []authz.Value {
	out := []authz.Value{{Values: []string{}}, {Values: []string{""}}, {Values: []string{"fresh"}}, {Values: []string{"true"}}, {Values: []string{"false"}},
		{Values: []string{"0"}}, {Values: []string{"203.0.113.250"}}, {Values: []string{"arn:aws:fresh::000000000000:fresh"}}}
	var literals []string
	eachCondition(layers, func(c policy.Condition) {
		if strings.EqualFold(c.Key, name) {
			for _, v := range c.Values {
				literals = append(literals, v, strings.NewReplacer("*", "x", "?", "y").Replace(v), strings.TrimRight(v, "*"))
			}
		}
	})
	// A variable is compared with parts of the resource, and with other keys.
	literals = append(literals, strings.FieldsFunc(req.Resource, func(r rune) bool { return r == ':' || r == '/' })...)
	for _, v := range req.Context {
		literals = append(literals, v.Values...)
	}
	slices.Sort(literals)
	for _, v := range slices.Compact(literals) {
		out = append(out, authz.Value{Values: []string{v}})
		if manyValued(name) {
			out = append(out, authz.Value{Values: []string{v, "fresh"}})
		}
	}
	return out
}

func eachCondition(l *authz.Layers, visit func(policy.Condition)) {
	lists := append([][]*authz.Policy{l.Identity, l.Session, {l.Boundary, l.Endpoint, l.Resource}}, l.SCPs...)
	for _, list := range append(lists, l.RCPs...) {
		for _, p := range list {
			if p == nil {
				continue
			}
			for _, s := range p.Document().Statements {
				for _, c := range s.Conditions {
					visit(c)
				}
			}
		}
	}
}
