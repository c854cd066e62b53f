package symbolic

import (
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// guesses tries requests for one action in whose contexts the conditions of some
// statements hold. A guess that comes true shows as much as a search; one that does
// not shows nothing. They are not safe for concurrent use.
type guesses struct {
	action string
	// hints of the policies met so far.
	hints map[*authz.Policy][]hint
	// context is that of the guess at hand.
	context authz.Context
	own     []keyValue
	// wanted is what the statements and grants of the target at hand want.
	wanted [][]keyValue
}

func newGuesses(action string) guesses {
	return guesses{action: action, hints: map[*authz.Policy][]hint{}, context: authz.Context{}}
}

// hint is a statement with conditions, and values for which they hold as far as
// that is plain to see.
type hint struct {
	of             *policy.Statement
	allows, denies bool // the action, perhaps
	pairs          []keyValue
}

type keyValue struct{ key, value string }

// maxGuesses bounds the guesses at an allowed request, and those at a denied one.
const maxGuesses = 8

// guess looks for a request of a class that is allowed and for one that is denied.
func (w *guesses) guess(c *class, r *authz.Request, l *authz.Layers, g *group) (allowed, denied bool) {
	try := func(lists ...[]keyValue) {
		r.Context = w.fill(c, g, lists)
		switch authz.OutcomeOf(r, l) {
		case authz.Allow:
			allowed = true
		case authz.ExplicitDeny, authz.ImplicitDeny:
			denied = true
		}
	}
	try()
	if !allowed {
		own := w.ownWants(r.Resource, l)
		for i := 0; !allowed && i < min(len(w.wanted), maxGuesses); i++ {
			try(w.wanted[i], own)
		}
		if !allowed {
			try(own)
		}
	}
	if !denied {
		denies := w.denies(l)
		for i := 0; !denied && i < min(len(denies), maxGuesses); i++ {
			try(denies[i])
		}
	}
	return allowed, denied
}

// fill makes a context of the plain one and of the pairs that fit, earlier lists
// first.
func (w *guesses) fill(c *class, g *group, lists [][]keyValue) authz.Context {
	clear(w.context)
	maps.Copy(w.context, g.plain)
	for _, list := range lists {
		for _, p := range list {
			said, have := g.open[p.key]
			_, usual := g.plain[p.key]
			_, given := w.context[p.key]
			switch {
			case have && !said.Unknown, given && !usual, !satisfies(p.value, g.limits[p.key]), p.key == userIDKey && !c.takesID(p.value):
			default:
				w.context[p.key] = authz.Value{Values: []string{p.value}}
			}
		}
	}
	if _, given := w.context[userIDKey]; !given {
		if id := c.likelyID(); id != "" {
			w.context[userIDKey] = authz.Value{Values: []string{id}}
		}
	}
	dropStrayPaths(w.context)
	return w.context
}

// plain is the context of a request that has what every request has: what is fixed,
// and the keys that are always there.
func plain(open authz.Context) authz.Context {
	out := authz.Context{}
	for key, v := range open {
		if len(v.Values) > 0 {
			out[key] = v
		}
	}
	for key, k := range contextKeys {
		if _, fixed := open[key]; fixed || !k.always || implied[key] || key == "aws:userid" {
			continue
		}
		v := &variable{name: key}
		describe(v)
		out[key] = authz.Value{Values: append(v.finite, v.hints...)[:1]}
	}
	return out
}

// ownWants is what the conditions of the statements by which the principal's own
// policies may allow the action on a key want, together.
func (w *guesses) ownWants(key string, l *authz.Layers) []keyValue {
	w.own = w.own[:0]
	add := func(p *authz.Policy) {
		for _, h := range w.of(p) {
			if h.allows && mayCover(h.of, key) {
				w.own = append(w.own, h.pairs...)
			}
		}
	}
	for _, list := range [...][]*authz.Policy{l.Identity, l.Session, {l.Boundary}} {
		for _, p := range list {
			add(p)
		}
	}
	for _, level := range l.SCPs {
		for _, p := range level {
			add(p)
		}
	}
	return w.own
}

// target notes what each statement by which the policies of a target may allow the
// action wants, and each grant.
func (w *guesses) target(t *Target) {
	w.wanted = w.wanted[:0]
	own := t.layers(authz.Layers{})
	eachPolicy(&own, func(p *authz.Policy) {
		for _, h := range w.of(p) {
			if h.allows {
				w.wanted = append(w.wanted, h.pairs)
			}
		}
	})
	for i := range t.Grants {
		w.wanted = append(w.wanted, w.ofGrant(&t.Grants[i]))
	}
}

// denies returns what each statement that denies the action wants.
func (w *guesses) denies(l *authz.Layers) (out [][]keyValue) {
	eachPolicy(l, func(p *authz.Policy) {
		for _, h := range w.of(p) {
			if h.denies {
				out = append(out, h.pairs)
			}
		}
	})
	return out
}

func mayCover(s *policy.Statement, resource string) bool {
	entries, any := resourcesOf(s)
	return any || slices.ContainsFunc(entries, func(entry string) bool {
		loose, _ := loosened(entry)
		return policy.Match(loose, resource)
	})
}

// of returns the statements of a policy that have conditions and may bear on the
// action.
func (w *guesses) of(p *authz.Policy) []hint {
	out, ok := w.hints[p]
	if ok || p == nil {
		return out
	}
	d := p.Document()
	for i := range d.Statements {
		s := &d.Statements[i]
		h := hint{of: s, allows: mayAllow(s, w.action), denies: s.Effect == policy.Deny && s.Covers(w.action)}
		if len(s.Conditions) == 0 || !h.allows && !h.denies {
			continue
		}
		for j := range s.Conditions {
			if pair, ok := satisfying(&s.Conditions[j]); ok {
				h.pairs = w.keep(h.pairs, pair)
			}
		}
		out = append(out, h)
	}
	w.hints[p] = out
	return out
}

// keep appends a pair that requests for the action may have.
func (w *guesses) keep(list []keyValue, p keyValue) []keyValue {
	if implied[p.key] || !authz.HasKey(w.action, p.key) {
		return list
	}
	return append(list, p)
}

// ofGrant returns what the constraints of a grant want.
func (w *guesses) ofGrant(g *authz.Grant) (out []keyValue) {
	for _, pairs := range []map[string]string{g.ContextEquals, g.ContextSubset} {
		for _, k := range sortedKeys(pairs) {
			out = w.keep(out, keyValue{contextPrefix + strings.ToLower(k), pairs[k]})
		}
	}
	if g.SourceARN != "" {
		out = w.keep(out, keyValue{"aws:sourcearn", g.SourceARN})
	}
	if len(g.Operations) > 0 {
		out = w.keep(out, keyValue{"kms:grantoperations", g.Operations[0]})
	}
	return out
}

// satisfying finds a value of its key for which a condition holds. It finds none
// for conditions that hold of a key that is absent.
func satisfying(c *policy.Condition) (keyValue, bool) {
	v := &variable{name: strings.ToLower(c.Key)}
	describe(v)
	absent := c.Operator.Negated() || c.Operator.IfExists || strings.EqualFold(c.Operator.Set, "ForAllValues")
	if absent && v.shape.absent || !c.Operator.Valid() {
		return keyValue{}, false
	}
	var candidate []string
	t, ok := testOf(c.Operator)
	switch {
	case strings.EqualFold(c.Operator.Base, "Null"):
		candidate = append(v.finite, v.hints...)
	case !ok || t.negated:
	default:
		for _, raw := range c.Values {
			candidate = append(candidate, t.examples(raw)...)
		}
	}
	for _, text := range candidate {
		switch {
		case text == "", v.finite != nil && !slices.Contains(v.finite, text), !v.reads(text):
		case v.name == contextKeysName:
			return keyValue{contextPrefix + strings.ToLower(text), "other"}, true
		default:
			return keyValue{v.name, text}, true
		}
	}
	return keyValue{}, false
}

// examples returns values that an operator without Not takes for the given one.
func (t test) examples(raw string) (out []string) {
	if strings.Contains(raw, "${") {
		return nil
	}
	if t.family == text {
		if t.bool {
			return []string{strings.ToLower(raw)}
		}
		if t.how == wildcards || t.how == asARN {
			raw = strings.NewReplacer("*", "x", "?", "x").Replace(raw)
		}
		return []string{raw}
	}
	if p, ok := t.predicate(raw); ok {
		for _, text := range candidates(t.family, []*predicate{p}) {
			if p.holds(text) {
				out = append(out, text)
			}
		}
	}
	return out
}
