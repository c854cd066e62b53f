package spec

import (
	"maps"
	"slices"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// shrink takes away from a case whatever is not needed for the two to differ.
func shrink(req *authz.Request, l *authz.Layers, decide engine) (*authz.Request, *authz.Layers) {
	differs := func(req *authz.Request, l *authz.Layers) bool {
		return difference(req, decide(req, l), Decide(req, l)) != ""
	}
	for changed := true; changed; {
		changed = false
		for _, smaller := range smallerLayers(l) {
			if differs(req, smaller) {
				l, changed = smaller, true
				break
			}
		}
		for name := range req.Context {
			smaller := *req
			smaller.Context = maps.Clone(req.Context)
			delete(smaller.Context, name)
			if differs(&smaller, l) {
				req, changed = &smaller, true
				break
			}
		}
	}
	return req, l
}

func smallerLayers(l *authz.Layers) (out []*authz.Layers) {
	add := func(change func(*authz.Layers)) {
		c := *l
		c.Identity, c.Session, c.SCPs, c.RCPs = slices.Clone(l.Identity), slices.Clone(l.Session), slices.Clone(l.SCPs), slices.Clone(l.RCPs)
		change(&c)
		out = append(out, &c)
	}
	one := func(get func(*authz.Layers) **authz.Policy) {
		p := *get(l)
		if p == nil {
			return
		}
		add(func(c *authz.Layers) { *get(c) = nil })
		for _, smaller := range smallerPolicies(p) {
			add(func(c *authz.Layers) { *get(c) = smaller })
		}
	}
	list := func(get func(*authz.Layers) *[]*authz.Policy) {
		for i := range *get(l) {
			add(func(c *authz.Layers) { *get(c) = slices.Delete(slices.Clone(*get(c)), i, i+1) })
			for _, smaller := range smallerPolicies((*get(l))[i]) {
				add(func(c *authz.Layers) { *get(c) = slices.Clone(*get(c)); (*get(c))[i] = smaller })
			}
		}
	}
	one(func(l *authz.Layers) **authz.Policy { return &l.Boundary })
	one(func(l *authz.Layers) **authz.Policy { return &l.Endpoint })
	one(func(l *authz.Layers) **authz.Policy { return &l.Resource })
	list(func(l *authz.Layers) *[]*authz.Policy { return &l.Identity })
	if l.Session != nil {
		add(func(c *authz.Layers) { c.Session = nil })
	}
	list(func(l *authz.Layers) *[]*authz.Policy { return &l.Session })
	for _, levels := range []func(*authz.Layers) *[][]*authz.Policy{
		func(l *authz.Layers) *[][]*authz.Policy { return &l.SCPs }, func(l *authz.Layers) *[][]*authz.Policy { return &l.RCPs }} {
		if *levels(l) != nil {
			add(func(c *authz.Layers) { *levels(c) = nil })
		}
		for i := range *levels(l) {
			list(func(l *authz.Layers) *[]*authz.Policy { return &(*levels(l))[i] })
		}
	}
	for i := range l.Grants {
		add(func(c *authz.Layers) { c.Grants = slices.Delete(slices.Clone(c.Grants), i, i+1) })
	}
	return out
}

func smallerPolicies(p *authz.Policy) (out []*authz.Policy) {
	doc := p.Document()
	add := func(change func(*policy.Document)) {
		c := *doc
		c.Statements, c.Problems = slices.Clone(doc.Statements), nil
		change(&c)
		out = append(out, authz.Compile(p.Name(), &c))
	}
	for i, s := range doc.Statements {
		add(func(c *policy.Document) { c.Statements = slices.Delete(c.Statements, i, i+1) })
		for j, condition := range s.Conditions {
			add(func(c *policy.Document) {
				c.Statements[i].Conditions = slices.Delete(slices.Clone(s.Conditions), j, j+1)
			})
			for k := range condition.Values {
				if len(condition.Values) > 1 {
					add(func(c *policy.Document) {
						c.Statements[i].Conditions = slices.Clone(s.Conditions)
						c.Statements[i].Conditions[j].Values = slices.Delete(slices.Clone(condition.Values), k, k+1)
					})
				}
			}
		}
		if len(s.Actions) > 1 {
			add(func(c *policy.Document) { c.Statements[i].Actions = s.Actions[:1] })
			add(func(c *policy.Document) { c.Statements[i].Actions = s.Actions[1:] })
		}
		if len(s.Resources) > 1 {
			add(func(c *policy.Document) { c.Statements[i].Resources = s.Resources[:1] })
			add(func(c *policy.Document) { c.Statements[i].Resources = s.Resources[1:] })
		}
		for _, who := range []func(*policy.Statement) **policy.Principals{
			func(s *policy.Statement) **policy.Principals { return &s.Principals },
			func(s *policy.Statement) **policy.Principals { return &s.NotPrincipals }} {
			if list := *who(&s); list != nil && len(list.AWS) > 1 {
				for k := range list.AWS {
					add(func(c *policy.Document) {
						fewer := *list
						fewer.AWS = slices.Delete(slices.Clone(list.AWS), k, k+1)
						*who(&c.Statements[i]) = &fewer
					})
				}
			}
		}
	}
	return out
}
