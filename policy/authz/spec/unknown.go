package spec

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Decide decides a request. Context values that are not known are replaced, one
// after the other and in all combinations, by every value that the policies and the
// request speak of, by a fresh one, and by none; the outcome is Unknown when that
// changes whether the request is allowed. Where that would be more than a few
// hundred combinations, as for requests that are open, some of them are tried. A
// difference that only others would make is not found: Unknown is certain here, the
// others are not.
func Decide(req *authz.Request, layers *authz.Layers) Answer { return decide(req, layers, rules{}) }

// combinations bounds how many combinations of values are tried.
const combinations = 150

func decide(req *authz.Request, layers *authz.Layers, r rules) Answer {
	closed := *req
	closed.Open = false
	answer := func() Answer {
		e := newEvaluation(&closed, layers, r)
		e.answer.Outcome = e.decide()
		return e.answer
	}
	names := openKeys(req, layers, r)
	if len(names) == 0 {
		return answer()
	}
	closed.Context = maps.Clone(req.Context)
	if closed.Context == nil {
		closed.Context = authz.Context{}
	}
	choices, total := make([][]authz.Value, len(names)), 1
	for i, name := range names {
		choices[i] = candidates(name, req, layers)
		total = min(total*len(choices[i]), combinations+1)
	}
	seen, dice := map[authz.Outcome]bool{}, rand.New(rand.NewPCG(1, 2))
	for n := 0; n < min(total, combinations) && merged(seen) != authz.Unknown; n++ {
		rest := n // counts the combinations, if all are tried
		for i, name := range names {
			pick := rest % len(choices[i])
			rest /= len(choices[i])
			if total > combinations {
				pick = max(0, dice.IntN(len(choices[i])*3/2)-len(choices[i])/2) // the first, none, is likelier
			}
			closed.Context[name] = choices[i][pick]
		}
		seen[answer().Outcome] = true
	}
	return Answer{Outcome: merged(seen)}
}

// openKeys are the keys of which the values are not known: those that the request
// says so of and, when it is open, those that policies and grants speak of and the
// request does not, unless they follow from the rest of it.
func openKeys(req *authz.Request, layers *authz.Layers, r rules) []string {
	open := map[string]bool{}
	for name, v := range req.Context {
		if v.Unknown {
			open[name] = true
		}
	}
	if req.Open {
		e := newEvaluation(req, layers, r)
		for name := range mentioned(layers) {
			if _, said := req.Context[name]; !said && !e.follows(name) && e.offered(name) {
				open[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(open))
}

// mentioned are the keys that policies and grants speak of, and one more pair of an
// encryption context.
func mentioned(layers *authz.Layers) map[string]bool {
	out := map[string]bool{pairPrefix + "fresh": true, "aws:sourcearn": true, "kms:grantoperations": true, "kms:grantconstrainttype": true}
	variables := func(texts []string) {
		for _, s := range texts {
			for _, w := range (&evaluation{version: "2012-10-17"}).words(s) {
				if w.key != "" {
					out[strings.ToLower(w.key)] = true
				}
			}
		}
	}
	eachStatement(layers, func(s policy.Statement) {
		variables(s.Resources)
		variables(s.NotResources)
		for _, c := range s.Conditions {
			out[strings.ToLower(c.Key)] = true
			variables(c.Values)
			if strings.EqualFold(c.Key, "kms:EncryptionContextKeys") {
				for _, v := range c.Values {
					out[pairPrefix+strings.ToLower(v)] = true
				}
			}
		}
	})
	for _, g := range layers.Grants {
		for _, pairs := range []map[string]string{g.ContextEquals, g.ContextSubset} {
			for key := range pairs {
				out[pairPrefix+strings.ToLower(key)] = true
			}
		}
	}
	return out
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

// candidates are the values to try for a key: none first, then those that policies,
// grants and the request speak of.
func candidates(name string, req *authz.Request, layers *authz.Layers) []authz.Value {
	var literals []string
	eachStatement(layers, func(s policy.Statement) {
		for _, c := range s.Conditions {
			if strings.EqualFold(c.Key, name) {
				for _, v := range c.Values {
					literals = append(literals, v, strings.NewReplacer("*", "x", "?", "y").Replace(v), strings.TrimRight(v, "*"))
				}
			}
		}
	})
	for _, g := range layers.Grants {
		for _, pairs := range []map[string]string{g.ContextEquals, g.ContextSubset} {
			for key, v := range pairs {
				if name == pairPrefix+strings.ToLower(key) {
					literals = append(literals, v)
				}
			}
		}
		switch name {
		case "aws:sourcearn":
			literals = append(literals, g.SourceARN)
		case "kms:grantoperations":
			literals = append(literals, g.Operations...)
		case "kms:grantconstrainttype":
			literals = append(literals, "EncryptionContextEquals")
		}
	}
	// A variable is compared with parts of the resource, and with other keys.
	literals = append(literals, strings.FieldsFunc(req.Resource, func(r rune) bool { return r == ':' || r == '/' })...)
	for _, v := range req.Context {
		literals = append(literals, v.Values...)
	}
	literals = append(literals, "", "fresh", "true", "false", "0", "203.0.113.250", "arn:aws:fresh::000000000000:fresh")
	slices.Sort(literals)
	out := []authz.Value{{}}
	for _, v := range slices.Compact(literals) {
		out = append(out, authz.Value{Values: []string{v}})
		if manyValued(name) {
			out = append(out, authz.Value{Values: []string{v, "fresh"}})
		}
	}
	return out
}

func eachStatement(l *authz.Layers, visit func(policy.Statement)) {
	lists := append([][]*authz.Policy{l.Identity, l.Session, {l.Boundary, l.Endpoint, l.Resource}}, l.SCPs...)
	for _, list := range append(lists, l.RCPs...) {
		for _, p := range list {
			if p == nil {
				continue
			}
			for _, s := range p.Document().Statements {
				visit(s)
			}
		}
	}
}
