package lint

import (
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// variables judges policy variables wherever they stand.
func (c *checker) variables() {
	s := c.s
	said := false
	read := func(text string, at policy.Place) {
		if !hasVariable(text) {
			return
		}
		if c.doc.Version == "" || c.doc.Version == "2008-10-17" {
			if !said {
				c.add("variable-version", at, `add "Version": "2012-10-17"`, "%q is plain text here: the document is of Version 2008-10-17", text)
			}
			said = true
			return
		}
		c.variable(text, at)
	}
	for _, l := range [...]list{{"Resource", s.Resources}, {"NotResource", s.NotResources}} {
		for i, entry := range l.entries {
			read(entry, s.Place(l.element, i))
		}
	}
	for i := range s.Conditions {
		for j, v := range s.Conditions[i].Values {
			read(v, s.Place("Condition", i, j))
			if family := familyOf(s.Conditions[i].Operator); hasVariable(v) && !family.reads() {
				c.add("variable-operator", s.Place("Condition", i, j), "", "%s reads no variables, so %q is plain text", s.Conditions[i].Operator, v)
			}
		}
	}
	for _, l := range [...]list{{"Action", s.Actions}, {"NotAction", s.NotActions}} {
		c.noVariables(l)
	}
	for _, p := range []*policy.Principals{s.Principals, s.NotPrincipals} {
		if p != nil {
			c.noVariables(list{"AWS", p.AWS})
			c.noVariables(list{"Service", p.Service})
		}
	}
}

func (c *checker) noVariables(l list) {
	for i, entry := range l.entries {
		if hasVariable(entry) {
			c.add("variable-element", c.s.Place(l.element, i), "", "%q: no variables are read in %s", entry, l.element)
		}
	}
}

// hasVariable reports whether a text has a variable that is no token.
func hasVariable(s string) bool {
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			return false
		}
		if s = s[i:]; !strings.HasPrefix(s, "${bedlock:") {
			return true
		}
		s = s[2:]
	}
}

// variable judges the variables of a text, up to the first that is misspelt.
func (c *checker) variable(text string, at policy.Place) {
	for rest := text; ; {
		start := strings.Index(rest, "${")
		if start < 0 {
			return
		}
		rest = rest[start+2:]
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			c.add("variable-form", at, "close it by }", "a variable in %q has no end", text)
			return
		}
		name := rest[:end]
		rest = rest[end+1:]
		if strings.HasPrefix(name, "bedlock:") || name == "*" || name == "?" || name == "$" {
			continue
		}
		key, fallback, hasDefault := strings.Cut(name, ",")
		switch def := strings.TrimPrefix(fallback, " "); {
		case strings.TrimSpace(key) == "":
			c.add("variable-form", at, "", "a variable in %q is empty", text)
			return
		case strings.ContainsAny(key, " \t"):
			c.add("variable-form", at, "", "the variable ${%s} has a space in its key", name)
			return
		case hasDefault && (len(def) < 2 || def[0] != '\'' || def[len(def)-1] != '\''):
			c.add("variable-form", at, "write ${"+key+", 'DEFAULT'}", "the default of ${%s} is not in single quotes", name)
			return
		}
		if !c.exists(key) {
			c.add("unknown-condition-key", at, c.nearKey(key), "there is no condition key %q for the variable", key)
		}
	}
}
