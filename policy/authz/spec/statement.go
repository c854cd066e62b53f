package spec

import (
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// applies tells whether a statement matches the request, and how its Principal
// element, if it has one, matched. Statements of resources' policies are for the
// principals they name.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
func (e *evaluation) applies(s *policy.Statement, layer authz.Layer) (authz.Match, bool) {
	how := authz.NoPrincipal
	if layer == authz.LayerResource || layer == authz.LayerEndpoint || layer == authz.LayerRCP {
		switch {
		case s.Principals != nil:
			how = e.match(s.Principals, s.Effect)
		case s.NotPrincipals != nil && !e.spared(s.NotPrincipals, s.Effect):
			how = authz.Direct
		}
		if how == authz.NoPrincipal {
			return how, false
		}
	}
	return how, e.coversAction(s) && e.coversResource(s, layer) && e.conditions(s.Conditions)
}

// coversAction: names are compared without case; the service is written out.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
func (e *evaluation) coversAction(s *policy.Statement) bool {
	listed := false
	for _, pattern := range append(append([]string(nil), s.Actions...), s.NotActions...) {
		service, name, _ := strings.Cut(pattern, ":")
		if e.rules.actionCase {
			listed = listed || pattern == "*" || service == e.service && glob(wildcards(name), e.operation)
			continue
		}
		listed = listed || pattern == "*" ||
			strings.EqualFold(service, e.service) && glob(wildcards(strings.ToLower(name)), strings.ToLower(e.operation))
	}
	switch {
	case s.Actions != nil:
		return listed
	case s.NotActions != nil:
		return !listed
	}
	return false // without the element, a statement has no effect
}

// coversResource: a statement of a key policy without Resource has no effect; a
// role's trust policy has no such element. Sources:
// https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func (e *evaluation) coversResource(s *policy.Statement, layer authz.Layer) bool {
	listed := false
	for _, pattern := range append(append([]string(nil), s.Resources...), s.NotResources...) {
		listed = listed || e.matchesResource(pattern)
	}
	switch {
	case s.Resources != nil:
		return listed
	case s.NotResources != nil:
		return !listed
	}
	return layer == authz.LayerResource && e.isTrustPolicy() || e.rules.missingResourceMatches
}

// matchesResource compares part by part; an ARN with fewer parts is completed by
// wildcards. A variable without value matches no resource. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (e *evaluation) matchesResource(pattern string) bool {
	if pattern == "*" {
		return true
	}
	if e.req.Resource == "*" {
		return false // an action without resources needs the star itself
	}
	wants, haves := e.parts(pattern), strings.SplitN(e.req.Resource, ":", 6)
	for len(wants) < 6 {
		wants = append(wants, "*")
	}
	if len(haves) != 6 {
		return false
	}
	for i := range wants {
		p, ok := wildcards(wants[i]), true
		if i == 5 { // variables stand in the last part only
			p, ok = e.pattern(wants[i])
		}
		if !ok || !glob(p, haves[i]) {
			return false
		}
	}
	return true
}
