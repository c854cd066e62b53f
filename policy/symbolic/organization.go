package symbolic

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

// members are those of whose organization requests speak.
var members = [...]string{"principal", "resource", "source"}

// member ties the id and the paths of the organization of one of the
// members to that of the universe. Each path begins with
// the id. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
func (e *encoder) member(whose string, inside int, organization string) {
	id, paths := "aws:"+whose+"orgid", "aws:"+whose+"orgpaths"
	delete(e.fixed, id)
	switch {
	case inside == 0 || organization == "":
		return
	case inside > 0:
		e.has(id, organization)
	default:
		e.limits[id] = func() []clause { return []clause{{{pred: textPredicate(exact(organization)), not: true}}} }
	}
	e.limits[paths] = func() []clause { return []clause{{{pred: pathsOf(organization), not: inside < 0}}} }
}

// pathsOf is true of the paths of an organization.
func pathsOf(organization string) *predicate {
	return textPredicate((&pattern{}).lit(organization + "/").run(anyChar))
}

// organizations: the paths of an organization are there with its id only, and with none
// of another, as far as conditions name ids.
func (e *encoder) organizations() *formula {
	out := yesFormula
	for _, whose := range members {
		id, paths := e.m.vars["aws:"+whose+"orgid"], e.m.vars["aws:"+whose+"orgpaths"]
		if id == nil || paths == nil {
			continue
		}
		for _, name := range e.m.organizations(id, paths) {
			words, its := "is of organization "+name, pathsOf(name)
			is := e.m.holds(id, textPredicate(exact(name)), "StringEquals "+name)
			in := []clause{{{pred: its}}}
			stray := []clause{{{pred: its, not: true}}}
			out = and(out, or(is, not(e.m.some(paths, in, stray, words))), or(not(is), not(e.m.some(paths, stray, in, "not "+words))))
		}
	}
	return out
}

// organizations are the ids that the conditions on two variables name.
func (m *model) organizations(id, paths *variable) (out []string) {
	note := func(text string) {
		if text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	for _, i := range id.atoms {
		if p := m.atoms[i].pred; p != nil && p.family == text {
			note(p.pattern.text)
		}
	}
	for _, i := range paths.atoms {
		for _, c := range m.atoms[i].element {
			for _, d := range c {
				if d.pred.family != text {
					continue
				}
				if name, _, ok := strings.Cut(d.pred.pattern.start(), "/"); ok {
					note(name)
				}
			}
		}
	}
	return out
}

// dropStrayPaths takes the paths out of a context that are not of the organization whose
// id it has.
func dropStrayPaths(c authz.Context) {
	for _, whose := range members {
		id, paths := c["aws:"+whose+"orgid"].Values, "aws:"+whose+"orgpaths"
		if slices.ContainsFunc(c[paths].Values, func(s string) bool { return len(id) != 1 || !strings.HasPrefix(s, id[0]+"/") }) {
			delete(c, paths)
		}
	}
}
