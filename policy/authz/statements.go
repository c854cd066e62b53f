package authz

import "github.com/bedlock/bedlock/policy"

// element is a set of the elements of a statement.
type element uint8

const (
	elementPrincipal element = 1 << iota
	elementAction
	elementResource
	elementCondition
)

var elementNames = map[string]element{
	"Principal": elementPrincipal, "NotPrincipal": elementPrincipal, "Action": elementAction, "NotAction": elementAction,
	"Resource": elementResource, "NotResource": elementResource, "Condition": elementCondition,
}

// statement is a compiled statement.
type statement struct {
	source *policy.Statement
	// effect is 0 when it is not known: the statement may allow or deny.
	effect policy.Effect
	// open are the elements that are not known.
	open element
	// bound is maybe when IAM would refuse the statement, so that what it does
	// cannot be told.
	bound        tri
	principals   *principals // nil without the element
	actions      actionSet
	resources    []arnPattern
	notResource  bool
	hasActions   bool
	hasResources bool
	conditions   []condition
}

func newStatement(s *policy.Statement, vars variables) statement {
	out := statement{source: s, effect: s.Effect, bound: yes}
	for _, u := range s.Undetermined {
		if u.Element == "Statement" {
			out.open, out.effect = elementPrincipal|elementAction|elementResource|elementCondition, 0
		}
		out.open |= elementNames[u.Element]
	}
	switch {
	case s.Principals != nil:
		out.principals = newPrincipals(s.Principals, false)
	case s.NotPrincipals != nil:
		out.principals = newPrincipals(s.NotPrincipals, true)
	}
	switch {
	case s.Actions != nil:
		out.actions, out.hasActions = newActionSet(s.Actions, false), true
	case s.NotActions != nil:
		out.actions, out.hasActions = newActionSet(s.NotActions, true), true
	}
	entries := s.Resources
	out.hasResources = entries != nil
	if entries == nil && s.NotResources != nil {
		entries, out.hasResources, out.notResource = s.NotResources, true, true
	}
	for _, entry := range entries {
		out.resources = append(out.resources, resourceARN(entry, vars))
	}
	for i := range s.Conditions {
		out.conditions = append(out.conditions, newCondition(&s.Conditions[i], vars))
	}
	if s.Principals != nil && s.NotPrincipals != nil || s.Actions != nil && s.NotActions != nil || s.Resources != nil && s.NotResources != nil {
		out.bound = maybe
	}
	return out
}

// may reports whether the statement can have an effect at all.
func (s *statement) may(effect policy.Effect) bool { return s.effect == effect || s.effect == 0 }

// side says whether a policy belongs to principals or to resources.
type side uint8

const (
	identitySide side = iota + 1
	resourceSide
)

// covers evaluates action and resource.
func (s *statement) covers(e *eval, on side) tri {
	result := s.bound
	if s.effect == 0 {
		result = maybe
	}
	if result = min(result, s.coversAction(e)); result == no {
		return no
	}
	return min(result, s.coversResource(e, on))
}

func (s *statement) conditionsHold(e *eval) tri {
	result := yes
	if s.open&elementCondition != 0 {
		result = maybe
	}
	for i := range s.conditions {
		if result = min(result, s.conditions[i].holds(e)); result == no {
			break
		}
	}
	return result
}

func (s *statement) coversAction(e *eval) tri {
	switch {
	case s.open&elementAction != 0:
		return maybe
	case !s.hasActions:
		return no
	}
	return s.actions.covers(e)
}

// coversResource: a statement of a key policy without Resource has no effect
// (https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html); a
// trust policy has no such element.
func (s *statement) coversResource(e *eval, on side) tri {
	switch {
	case s.open&elementResource != 0:
		return maybe
	case !s.hasResources:
		return truth(on == resourceSide && e.trust)
	}
	result := no
	for i := range s.resources {
		if result = max(result, e.matchARN(&s.resources[i], &e.resource)); result == yes {
			break
		}
	}
	if s.notResource {
		return result.not()
	}
	return result
}

// who evaluates the principal for an effect. Without the element, a statement of
// a resource's policy is nobody's.
func (s *statement) who(e *eval, effect policy.Effect) classes {
	switch {
	case s.open&elementPrincipal != 0:
		return classes{Direct: maybe}
	case s.principals == nil:
		return classes{}
	}
	return s.principals.classes(e, effect)
}

// applies evaluates the whole statement on the identity side, where IAM refuses
// statements with a principal.
func (s *statement) applies(e *eval) tri {
	result := s.covers(e, identitySide)
	if result == no {
		return no
	}
	if s.principals != nil || s.open&elementPrincipal != 0 && s.effect != 0 {
		result = maybe
	}
	return min(result, s.conditionsHold(e))
}

// appliesTo evaluates the whole statement on the resource side for an effect; the
// classes are limited by the rest. What is cheap and tells most comes first.
func (s *statement) appliesTo(e *eval, effect policy.Effect) (classes, tri) {
	rest := s.covers(e, resourceSide)
	if rest == no {
		return classes{}, no
	}
	who := s.who(e, effect)
	if who.any() == no {
		return classes{}, no
	}
	if rest = min(rest, s.conditionsHold(e)); rest != yes {
		who = who.limited(rest)
	}
	return who, who.any()
}
