package lint

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// elements judges which elements the statement has.
func (c *checker) elements() {
	s := c.s
	named := s.Principals != nil || s.NotPrincipals != nil
	switch {
	case c.namesNobody():
		c.noPrincipal("Principal", s.Principals)
		c.noPrincipal("NotPrincipal", s.NotPrincipals)
	case !named:
		c.add("principal-missing", s.At, "", "the statement does not say whom it is about")
	case s.NotPrincipals != nil && c.is(Trust, RCP):
		c.add("not-principal-refused", s.Place("NotPrincipal"), "name the principals, or exclude some by conditions", "a policy of kind %s has no NotPrincipal", c.kind)
	case s.NotPrincipals != nil && s.Effect == policy.Allow:
		c.add("not-principal-allow", s.Place("NotPrincipal"), "use Principal", "it allows everyone who is not listed")
	}
	c.resourceElements()
	if s.Effect == policy.Allow && s.NotActions != nil && c.kind != SCP {
		c.add("allow-not-action", s.Place("NotAction"), "use Action, or Deny with NotAction", "it allows every action that is not listed, in all services")
	}
	switch c.kind {
	case RCP:
		c.resourceControl()
	case Trust:
		c.trust()
	}
}

func (c *checker) noPrincipal(element string, l *policy.Principals) {
	if l != nil {
		c.add("principal-not-allowed", c.s.Place(element), "remove it; conditions on aws:PrincipalArn say who is meant",
			"a policy of kind %s has no %s", c.kind, element)
	}
}

func (c *checker) resourceElements() {
	s := c.s
	if c.kind == Trust {
		for _, element := range []string{"Resource", "NotResource"} {
			if s.Resources != nil && element == "Resource" || s.NotResources != nil && element == "NotResource" {
				c.add("resource-in-trust", s.Place(element), "remove it", "a trust policy has no %s", element)
			}
		}
		return
	}
	switch {
	case s.Resources == nil && s.NotResources == nil && c.kind == Key:
		c.add("resource-missing", s.At, `add "Resource": "*"`, "KMS takes the statement, and without Resource it has no effect")
	case s.Resources == nil && s.NotResources == nil && !c.ofRepository():
		c.add("resource-missing", s.At, "", "there is no Resource")
	case s.NotResources != nil && s.Effect == policy.Allow && !c.is(SCP, Endpoint):
		c.add("allow-not-resource", s.Place("NotResource"), "use Resource, or Deny with NotResource", "it allows the actions on everything that is not listed")
	}
}

// ofRepository reports whether the statement is of a policy of ECR, which has no
// Resource. Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
func (c *checker) ofRepository() bool {
	return c.kind == Resource && !slices.ContainsFunc(c.s.Actions, func(a string) bool { return len(a) < 4 || !strings.EqualFold(a[:4], "ecr:") })
}

// resourceControl judges what resource control policies may not have.
func (c *checker) resourceControl() {
	s := c.s
	if s.Effect == policy.Allow {
		c.add("rcp-effect", s.Place("Effect"), "", "a resource control policy denies; it does not allow")
	}
	if s.Principals != nil && !s.Principals.Any && !c.open("Principal") {
		c.add("rcp-principal", s.Place("Principal"), `use "Principal": "*" and conditions`, `the Principal is not "*"`)
	}
	if s.NotActions != nil {
		c.add("rcp-not-action", s.Place("NotAction"), "use Action", "a resource control policy has no NotAction")
	}
	for i, entry := range s.Actions {
		prefix, _, ok := strings.Cut(strings.ToLower(entry), ":")
		switch {
		case entry == "*":
			c.add("rcp-any-action", s.Place("Action", i), "name the service, such as kms:*", `Action is "*"`)
		case ok && c.table.known[prefix] && !c.table.rcp[prefix]:
			c.add("rcp-service", s.Place("Action", i), "", "resource control policies do not work for %s", prefix)
		}
	}
	c.sparesServices()
}

// sparesServices looks for a Deny by a negated operator on who asks, without a word
// about services, which have none of these keys.
func (c *checker) sparesServices() {
	at := -1
	for i := range c.s.Conditions {
		cond := &c.s.Conditions[i]
		switch key := strings.ToLower(cond.Key); {
		case key == "aws:principalisawsservice", strings.HasPrefix(key, "aws:principalservicename"), key == "aws:principaltype", key == "aws:principalarn" && !cond.Operator.Negated(),
			strings.EqualFold(cond.Operator.Base, "Null") && strings.HasPrefix(key, "aws:principal"),
			strings.HasPrefix(key, "aws:source") && key != "aws:sourceip": // present when a service asks
			return
		case cond.Operator.Negated() && at < 0 && (key == "aws:principalorgid" || key == "aws:principalaccount" || key == "aws:principalorgpaths" || key == "aws:principalarn"):
			at = i
		}
	}
	if at >= 0 && c.s.Effect == policy.Deny {
		c.add("rcp-hits-services", c.s.Place("Condition", at), `add "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}`,
			"AWS services have no %s, so the statement denies them too", c.s.Conditions[at].Key)
	}
}

func (c *checker) trust() {
	s := c.s
	if s.Principals != nil && s.Principals.Any {
		c.add("trust-any-principal", s.Place("Principal"), "name who may assume the role", `the Principal is "*"`)
	}
	federated := s.Principals == nil || s.Principals.Any || len(s.Principals.Federated) > 0 || c.open("Principal")
	for i, entry := range s.Actions {
		lower := strings.ToLower(entry)
		switch {
		case token(entry) || entry == "*":
		case !strings.HasPrefix(lower, "sts:"):
			c.add("trust-action", s.Place("Action", i), "permissions belong to the role's own policies", "%s is not an action of STS", entry)
		case (lower == "sts:assumerolewithsaml" || lower == "sts:assumerolewithwebidentity") && !federated:
			c.add("trust-federation", s.Place("Action", i), "", "%s is for principals of the kind Federated, and the statement has none", entry)
		}
	}
}

// list is an element with its entries.
type list struct {
	element string
	entries []string
}

// lists looks for elements without entries.
func (c *checker) lists() {
	s := c.s
	for _, l := range [...]list{{"Action", s.Actions}, {"NotAction", s.NotActions}, {"Resource", s.Resources}, {"NotResource", s.NotResources}} {
		if l.entries != nil && len(l.entries) == 0 && !c.faulty(l.element) {
			c.add("empty-list", s.Place(l.element), "", "%s is empty", l.element)
		}
	}
	for _, p := range []*policy.Principals{s.Principals, s.NotPrincipals} {
		if p == nil {
			continue
		}
		for _, l := range [...]list{{"AWS", p.AWS}, {"Service", p.Service}, {"Federated", p.Federated}, {"CanonicalUser", p.CanonicalUser}} {
			if l.entries != nil && len(l.entries) == 0 && !c.faulty(l.element) {
				c.add("empty-list", s.Place(l.element), "", "%s is empty", l.element)
			}
		}
	}
	for i := range s.Conditions {
		if cond := &s.Conditions[i]; len(cond.Values) == 0 && !c.faulty("condition key "+cond.Key) {
			c.add("empty-list", cond.At, "", "%s has no values", cond.Key)
		}
	}
}

// faulty reports whether reading found the element of the statement at hand to have
// the wrong form, which leaves its list empty.
func (c *checker) faulty(element string) bool {
	return slices.ContainsFunc(c.faults[c.s.Index], func(p string) bool {
		return strings.HasPrefix(p, element+" is ") || strings.HasPrefix(p, "an entry of "+element+" ")
	})
}
