package authz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// absent lists the context keys whose absence alone kept Allow statements and
// grants from matching.
func (e *eval) absent(d *Decision) {
	if _, never := e.forbidden(); never == yes {
		return
	}
	e.eachStatement(policy.Allow, func(r Reason, s *statement, t tri) {
		if t == no {
			d.Absent = e.appendAbsent(d.Absent, r.Layer.side(), s)
		}
	})
	if !e.identityOnly {
		for i := range e.layers.Grants {
			d.Absent = e.appendGrantAbsent(d.Absent, &e.layers.Grants[i])
		}
	}
	slices.Sort(d.Absent)
	d.Absent = slices.Compact(d.Absent)
}

// appendAbsent appends the keys that a statement lacks, when it lacks nothing
// else.
func (e *eval) appendAbsent(keys []string, on side, s *statement) []string {
	if s.coversAction(e) == no {
		return keys
	}
	if on == resourceSide {
		if who := s.who(e, policy.Allow); who.any() == no {
			return keys
		}
	}
	start := len(keys)
	if s.coversResource(e, on) == no {
		for i := range s.resources {
			keys = e.appendVariables(keys, &s.resources[i].text, keyAbsent)
		}
		if len(keys) == start {
			return keys
		}
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		if c.holds(e) != no {
			continue
		}
		before := len(keys)
		if _, state := e.values(&c.key); state == keyAbsent {
			keys = append(keys, c.key.name)
		} else {
			keys = e.appendConditionVariables(keys, c, keyAbsent)
		}
		if len(keys) == before {
			return keys[:start]
		}
	}
	return keys
}

func (e *eval) appendConditionVariables(keys []string, c *condition, want keyState) []string {
	for i := range c.texts {
		keys = e.appendVariables(keys, &c.texts[i], want)
	}
	for i := range c.arns {
		keys = e.appendVariables(keys, &c.arns[i].text, want)
	}
	return keys
}

// appendVariables appends the names of a text's variables that are in a state.
func (e *eval) appendVariables(keys []string, t *text, want keyState) []string {
	for i := range t.segments {
		g := &t.segments[i]
		if g.kind != segmentVariable || want == keyAbsent && g.hasDefault {
			continue
		}
		if _, state := e.one(&g.key); state == want {
			keys = append(keys, g.key.name)
		}
	}
	return keys
}

func (e *eval) appendGrantAbsent(keys []string, g *Grant) []string {
	if e.kms < 0 || !slices.Contains(g.Operations, kmsActions[e.kms].name) {
		return keys
	}
	if who := e.grantee(g.Grantee); who.any() == no {
		return keys
	}
	start := len(keys)
	for _, pairs := range [...]map[string]string{g.ContextEquals, g.ContextSubset} {
		for key, want := range pairs {
			switch v, ok := e.contextValue(key); {
			case e.kms == describeKey || e.kms == retireGrant:
			case !ok:
				keys = append(keys, contextPrefix+lowerASCII(key))
			case !v.Unknown && (len(v.Values) != 1 || sameText(want, v.Values[0]) == no):
				return keys[:start]
			}
		}
	}
	return keys
}

// open lists what could change the answer.
func (e *eval) open(d *Decision, denied, permitted tri) {
	if denied == maybe {
		e.eachStatement(policy.Deny, func(r Reason, s *statement, t tri) {
			if t == maybe {
				d.Open = e.appendOpen(d.Open, r, s)
			}
		})
	}
	if permitted == maybe {
		e.eachStatement(policy.Allow, func(r Reason, s *statement, t tri) {
			if t == maybe && (r.Layer == LayerResource || e.allows(r.Layer) == maybe) {
				d.Open = e.appendOpen(d.Open, r, s)
			}
		})
		for i := range e.layers.Grants {
			if c := e.grantClasses(&e.layers.Grants[i]); !e.identityOnly && c.any() == maybe {
				d.Open = e.appendOpenGrant(d.Open, &e.layers.Grants[i])
			}
		}
		if e.same == maybe {
			d.Open = append(d.Open, "aws:resourceaccount")
		}
	}
	slices.Sort(d.Open)
	d.Open = slices.Compact(d.Open)
}

// appendOpen appends what of a statement is not known: context keys by name, else
// the statement itself.
func (e *eval) appendOpen(open []string, r Reason, s *statement) []string {
	start := len(open)
	itself := s.bound == maybe || s.effect == 0 || s.open != 0 || s.coversAction(e) == maybe
	if r.Layer.side() == resourceSide {
		who := s.who(e, r.Effect)
		itself = itself || who.any() == maybe
	}
	if s.coversResource(e, r.Layer.side()) == maybe {
		before := len(open)
		for i := range s.resources {
			open = e.appendVariables(open, &s.resources[i].text, keyUnknown)
		}
		itself = itself || len(open) == before
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		if c.holds(e) != maybe {
			continue
		}
		before := len(open)
		if _, state := e.values(&c.key); state == keyUnknown && !c.invalid {
			open = append(open, c.key.name)
		}
		open = e.appendConditionVariables(open, c, keyUnknown)
		itself = itself || len(open) == before
	}
	if itself || len(open) == start {
		open = append(open, fmt.Sprintf("statement %s[%d]", r.Policy, r.Statement))
	}
	return open
}

// appendOpenGrant appends what keeps a grant open: the context keys that its
// constraints read, else the grant itself.
func (e *eval) appendOpenGrant(open []string, g *Grant) []string {
	start := len(open)
	add := func(name string) {
		if v, ok := e.req.Context[name]; v.Unknown || !ok && e.req.Open {
			open = append(open, name)
		}
	}
	for _, pairs := range [...]map[string]string{g.ContextEquals, g.ContextSubset} {
		for key := range pairs {
			add(contextPrefix + lowerASCII(key))
		}
	}
	if g.ContextEquals != nil {
		if e.req.Open {
			open = append(open, "kms:encryptioncontextkeys")
		}
		for name, v := range e.req.Context { // pairs that the grant does not have
			if v.Unknown && strings.HasPrefix(name, contextPrefix) {
				open = append(open, name)
			}
		}
	}
	if g.SourceARN != "" && e.req.Principal.Kind == Service {
		add(sourceARNKey.name)
	}
	if e.kms == createGrant {
		add(grantOperationsKey.name)
		add(grantConstraintKey.name)
	}
	if len(open) == start {
		open = append(open, "grant "+g.ID)
	}
	return open
}
