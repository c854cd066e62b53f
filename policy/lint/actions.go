package lint

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// actions judges the entries of Action and NotAction.
func (c *checker) actions() {
	for _, l := range [...]list{{"Action", c.s.Actions}, {"NotAction", c.s.NotActions}} {
		for i, entry := range l.entries {
			if entry == "*" || token(entry) {
				continue
			}
			at := c.s.Place(l.element, i)
			prefix, name, ok := strings.Cut(entry, ":")
			switch prefix = strings.ToLower(prefix); {
			case strings.Contains(entry, "${"): // variables have a rule of their own
			case !ok || name == "" || !hostName(prefix) || strings.Contains(prefix, "."):
				c.add("action-form", at, "write SERVICE:NAME", "%q is not an action", entry)
			case c.kind == Key && prefix != "kms":
				c.add("foreign-action", at, "", "%s has no effect in a key policy", entry)
			default:
				c.action(prefix, name, at)
			}
		}
	}
	if c.kind == Key || c.kind == RCP {
		c.keyActions()
	}
}

// action judges one action, of which the service is in lower case.
func (c *checker) action(prefix, name string, at policy.Place) {
	s := c.table.of[prefix]
	switch {
	case !c.table.known[prefix]:
		c.add("unknown-service", at, c.suggest(prefix, c.table.prefixes), "there is no service %q in the list of AWS", prefix)
	case s == nil:
		c.notJudged(prefix, at)
	case len(s.matching(name)) == 0 && !(prefix == "kms" && newKMS(name)) && !legacyActions[prefix+":"+strings.ToLower(name)]:
		hint := ""
		if !strings.ContainsAny(name, "*?") {
			hint = c.suggest(name, s.names)
		}
		what := "%s has no action %s"
		if strings.ContainsAny(name, "*?") {
			what = "%s has no action that matches %s"
		}
		c.add("unknown-action", at, hint, what, prefix, name)
	}
}

// legacyActions are not in AWS's list of actions, and in policies that AWS makes:
// SNS gives topics one with sns:Receive.
var legacyActions = map[string]bool{"sns:receive": true}

// notJudged says once of a service that it is not in the table.
func (c *checker) notJudged(prefix string, at policy.Place) {
	if !c.said[prefix] {
		c.said[prefix] = true
		c.add("service-not-judged", at, "", "actions and condition keys of %s are not judged", prefix)
	}
}

// matching returns the actions that a name with wildcards covers.
func (s *service) matching(name string) (out []int) {
	name = strings.ToLower(name)
	if !strings.ContainsAny(name, "*?") {
		if i, ok := s.index[name]; ok {
			out = append(out, i)
		}
		return out
	}
	for strings.Contains(name, "**") {
		name = strings.ReplaceAll(name, "**", "*")
	}
	if len(name) > 2*maxName {
		return nil // more than the longest name has
	}
	for i := range s.actions {
		if policy.Match(name, s.actions[i].lower) {
			out = append(out, i)
		}
	}
	return out
}

// maxName is longer than any name of an action; a test holds it to the table.
const maxName = 80

// newKMS reports whether a name covers an action of KMS that the engine knows; it
// is ahead of the table.
func newKMS(name string) bool {
	if len(name) > 2*maxName {
		return false
	}
	name = strings.ToLower(name)
	return slices.ContainsFunc(kmsNames, func(known string) bool { return policy.Match(name, known) })
}

func (s *service) names() []string {
	out := make([]string, len(s.actions))
	for i := range s.actions {
		out[i] = s.actions[i].name
	}
	return out
}

func (t *services) prefixes() []string {
	out := make([]string, 0, len(t.known))
	for name := range t.known {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// maxSuggestions bounds the search for near names in one document.
const maxSuggestions = 200

func (c *checker) suggest(name string, from func() []string) string {
	if c.suggested++; c.suggested > maxSuggestions {
		return ""
	}
	return suggest(name, from())
}

// suggest names the nearest of some names, empty when none is near. Names that
// begin with the text come before those that differ in two letters.
func suggest(name string, from []string) string {
	lower := strings.ToLower(name)
	if len(lower) < 3 || len(lower) > maxName {
		return ""
	}
	var near []string
	best := 3
	for _, f := range from {
		d := 3
		if l := strings.ToLower(f); strings.HasPrefix(l, lower) {
			d = 0
		} else if n := len(l) - len(lower); n > -3 && n < 3 {
			d = distance(lower, l)
		}
		switch {
		case d < best:
			best, near = d, []string{f}
		case d == best && d < 3 && len(near) < 3:
			near = append(near, f)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return "perhaps " + strings.Join(near, " or ")
}

// distance counts the letters to insert, remove or replace between two texts, up
// to 3.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			d := before
			if a[i] != b[j] {
				d = min(before, row[j], row[j+1]) + 1
			}
			before, row[j+1] = row[j+1], d
			least = min(least, d)
		}
		if least >= 3 {
			return 3
		}
	}
	return min(row[len(b)], 3)
}

// keyActions judges the actions of key policies, and of resource control policies
// about keys, that are named one by one.
func (c *checker) keyActions() {
	others := c.kind == Key && c.strangers()
	for i, entry := range c.s.Actions {
		j := slices.IndexFunc(kmsActions, func(a authz.KMSAction) bool { return strings.EqualFold(a.Name, entry) })
		if j < 0 {
			continue
		}
		switch a, at := kmsActions[j], c.s.Place("Action", i); {
		case a.Name == "kms:RetireGrant":
			c.add("retire-grant", at, "remove it", "%s has no effect here: the grant says who may retire it", entry)
		case c.kind == Key && !a.OnKey:
			c.add("keyless-action", at, "allow it by an identity-based policy", "%s is not done on a key, so a key policy does not allow it", entry)
		case others && !a.AcrossAccounts && c.s.Effect == policy.Allow:
			c.add("owner-only-action", at, "", "%s works on keys of one's own account only, and all principals are of others", entry)
		}
	}
}

var kmsActions = authz.KMSActions()

// kmsNames are their names in lower case, without the service.
var kmsNames = func() (out []string) {
	for _, a := range kmsActions {
		out = append(out, strings.ToLower(strings.TrimPrefix(a.Name, "kms:")))
	}
	return out
}()

// strangers reports whether all principals of the statement are of other accounts
// than the key's, as far as that is known.
func (c *checker) strangers() bool {
	home := accountIn(c.options.Key)
	p := c.s.Principals
	if home == "" || p == nil || p.Any || len(p.AWS) == 0 || len(p.Service)+len(p.Federated)+len(p.CanonicalUser)+len(p.Bare) > 0 {
		return false
	}
	return !slices.ContainsFunc(p.AWS, func(entry string) bool {
		a := entry
		if !account(a) {
			a = accountIn(entry)
		}
		return !account(a) || a == home
	})
}
