package symbolic

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

const (
	identitySide = iota + 1
	resourceSide
)

// statement encodes everything of a statement but its principal.
func (e *encoder) statement(p *authz.Policy, s *policy.Statement, effect policy.Effect) *formula {
	e.work += 1 + len(s.Actions) + len(s.NotActions) + len(s.Resources) + len(s.NotResources)
	doubt := e.doubt(p, s, effect)
	vars := p.Document().Version == "2012-10-17"
	parts := []*formula{doubt, e.covers(s), e.resources(s, vars)}
	for i := range s.Conditions {
		if f := and(parts...); f == noFormula {
			return f
		}
		parts = append(parts, e.condition(&s.Conditions[i], vars))
	}
	return and(parts...)
}

// doubt is true for statements in force as written, and free for those with parts
// that are not known or that IAM would refuse.
func (e *encoder) doubt(p *authz.Policy, s *policy.Statement, effect policy.Effect) *formula {
	doubtful := s.Effect == 0 || len(s.Undetermined) > 0 ||
		s.Principals != nil && s.NotPrincipals != nil || s.Actions != nil && s.NotActions != nil || s.Resources != nil && s.NotResources != nil
	for _, problem := range p.Document().Problems {
		if problem.Statement == s.Index || problem.Statement < 0 && problem.Kind == policy.BadValue {
			doubtful = true
		}
	}
	if !doubtful {
		return yesFormula
	}
	return e.applies(p, s.Index, effect)
}

// applies is free: whether the statement has its effect is not known. Policies may
// have equal names, so the atom is the policy's own.
func (e *encoder) applies(p *authz.Policy, i int, effect policy.Effect) *formula {
	return e.m.freeAs(fmt.Sprintf("%p", p), "statement "+p.Name()+"["+strconv.Itoa(i)+"] applies as "+effect.String())
}

func undetermined(s *policy.Statement, elements ...string) bool {
	for _, u := range s.Undetermined {
		for _, element := range append(elements, "Statement") {
			if u.Element == element {
				return true
			}
		}
	}
	return false
}

// covers encodes Action and NotAction.
func (e *encoder) covers(s *policy.Statement) *formula {
	entries, negated := s.Actions, false
	if entries == nil && s.NotActions != nil {
		entries, negated = s.NotActions, true
	}
	switch {
	case undetermined(s, "Action", "NotAction"):
		return yesFormula
	case entries == nil:
		return noFormula
	}
	var out []*formula
	for _, entry := range entries {
		out = append(out, e.coversAction(entry))
	}
	if negated {
		return not(or(out...))
	}
	return or(out...)
}

func (e *encoder) coversAction(entry string) *formula {
	if entry == "*" {
		return yesFormula
	}
	if strings.Contains(entry, unknownPart) {
		return e.m.free("action " + entry + " covers")
	}
	service, _, ok := strings.Cut(entry, ":")
	if !ok || strings.ContainsAny(service, "*?") {
		return noFormula
	}
	if e.actionVar == nil {
		return constant(policy.MatchAction(entry, e.action))
	}
	var l letters
	for _, c := range []byte(strings.ToLower(entry)) {
		l = append(l, letter{c, c == '*' || c == '?'})
	}
	return e.m.holds(e.actionVar, textPredicate(l.fold()), "is "+entry)
}

// resources encodes Resource and NotResource. Without either, a statement has no
// effect.
func (e *encoder) resources(s *policy.Statement, vars bool) *formula {
	entries, negated := s.Resources, false
	if entries == nil && s.NotResources != nil {
		entries, negated = s.NotResources, true
	}
	switch {
	case undetermined(s, "Resource", "NotResource"):
		return yesFormula
	case entries == nil:
		return noFormula
	}
	var out []*formula
	for _, entry := range entries {
		out = append(out, e.coversResource(entry, vars))
	}
	if negated {
		return not(or(out...))
	}
	return or(out...)
}

func (e *encoder) coversResource(entry string, vars bool) *formula {
	if entry == "*" {
		return yesFormula
	}
	o := e.operand(entry, true, vars)
	hasVariables := vars && strings.Contains(strings.NewReplacer("${*}", "", "${?}", "", "${$}", "").Replace(entry), "${")
	if hasVariables && !o.unknown {
		// Variables count in the last part only.
		parts := strings.SplitN(entry, ":", 6)
		if len(parts) < 6 || strings.Contains(strings.Join(parts[:5], ":"), "${") {
			return noFormula
		}
	}
	switch {
	case o.never:
		return noFormula
	case len(o.optional) > 0:
		return e.withDefault(o.optional[0], func() *formula { return e.coversResource(entry, vars) })
	case o.open != "":
		loose := yesFormula
		if e.resourceV != nil && len(strings.SplitN(entry, ":", 6)) == 6 {
			loose = e.m.holds(e.resourceV, textPredicate(o.letters.like()), "StringLike "+o.letters.String())
		}
		return and(e.guard(o), loose, e.m.free("resource is "+o.open))
	}
	p := o.letters.arn(true)
	if p == nil {
		return noFormula
	}
	if arn.IsToken(e.resource) {
		return e.m.free("resource is " + entry)
	}
	if e.resourceV == nil {
		return constant(p.finish().matches(e.resource))
	}
	return e.m.holds(e.resourceV, textPredicate(p), "is "+entry)
}

// identity encodes that some statement with the effect applies, on the side of
// principals.
func (e *encoder) identity(policies []*authz.Policy, effect policy.Effect) *formula {
	var out []*formula
	for _, p := range policies {
		if p == nil {
			continue
		}
		d := p.Document()
		for i := range d.Statements {
			s := &d.Statements[i]
			if s.Effect != effect && s.Effect != 0 {
				continue
			}
			f := e.statement(p, s, effect)
			if s.Principals != nil || s.NotPrincipals != nil { // IAM refuses it
				f = and(f, e.applies(p, i, effect))
			}
			out = append(out, f)
		}
	}
	return or(out...)
}

// reach are formulas by the way in which a principal matches.
type reach [authz.ByAccount + 1]*formula

func noReach() (r reach) {
	for i := range r {
		r[i] = noFormula
	}
	return r
}

func (r *reach) any() *formula {
	return or(r[authz.Direct], r[authz.ByParent], r[authz.ByRole], r[authz.ByAccount])
}

// resourceSide encodes the statements with the effect of policies that name
// principals.
func (e *encoder) resourceSide(p *authz.Policy, c *class, effect policy.Effect) reach {
	if p == nil {
		return noReach()
	}
	d, r := p.Document(), e.digests.of(p).named()
	var by [len(reach{})][]*formula
	for _, at := range r.places(c) {
		s := &d.Statements[at.statement]
		if s.Effect != effect && s.Effect != 0 {
			continue
		}
		w, sure := r.who(&at, c, effect)
		if w.strongest() == authz.NoPrincipal && sure {
			continue
		}
		f := e.statement(p, s, effect)
		if !sure {
			// It may match in any way; the strongest implies the most.
			w[authz.Direct] = true
			f = and(f, e.m.freeAs(fmt.Sprintf("%p", p), "principals of statement "+p.Name()+"["+strconv.Itoa(at.statement)+"]"))
		}
		for m := authz.Direct; m <= authz.ByAccount; m++ {
			if w[m] {
				by[m] = append(by[m], f)
			}
		}
	}
	out := noReach()
	for m := range by {
		out[m] = or(by[m]...)
	}
	return out
}
