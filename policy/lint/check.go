package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// Check returns what is wrong with a document, in the order of the text. The
// document is not changed.
func Check(doc *policy.Document, o Options) []Finding {
	c := &checker{doc: doc, kind: o.Kind, options: o, table: embedded(), said: map[string]bool{}, faults: map[int][]string{}}
	if c.kind < Identity || c.kind > Endpoint {
		c.kind = KindOf(doc)
	}
	c.problems()
	c.document()
	for i := range doc.Statements {
		c.s = &doc.Statements[i]
		if !blank(c.s) {
			c.statement()
		}
	}
	c.s = nil
	c.prove()
	slices.SortStableFunc(c.out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.At.Offset, b.At.Offset), cmp.Compare(a.Statement, b.Statement))
	})
	return c.out
}

// checker collects findings.
type checker struct {
	doc     *policy.Document
	kind    Kind
	options Options
	table   *services
	s       *policy.Statement // the statement at hand, nil: the document
	out     []Finding
	said    map[string]bool // services of which it was said that they are not judged
	// suggested counts the searches for near names.
	suggested int
	// faults are what reading found to have the wrong form, by statement.
	faults map[int][]string
}

// statement judges the statement at hand.
func (c *checker) statement() {
	c.elements()
	c.lists()
	c.principals()
	c.actions()
	c.resources()
	c.variables()
	c.conditions()
}

// add notes a finding about the statement at hand.
func (c *checker) add(code string, at policy.Place, hint, format string, args ...any) {
	r := ruleOf[code]
	f := Finding{Code: code, Severity: r.Severity, Text: fmt.Sprintf(format, args...), Hint: hint, Statement: -1, At: at, Source: r.Source}
	if c.s != nil {
		f.Statement, f.Sid = c.s.Index, c.s.Sid
	}
	c.out = append(c.out, f)
}

// start is where the document begins.
func (c *checker) start() policy.Place {
	if c.doc.Text() == "" {
		return policy.Place{}
	}
	return policy.Place{Line: 1, Column: 1}
}

// is reports whether the document is of one of the kinds.
func (c *checker) is(kinds ...Kind) bool { return slices.Contains(kinds, c.kind) }

// ofIAM reports whether IAM itself stores and parses documents of the kind.
func (c *checker) ofIAM() bool { return c.is(Identity, Boundary, Session, Trust) }

// namesNobody reports whether documents of the kind have no principals.
func (c *checker) namesNobody() bool { return c.is(Identity, Boundary, Session, SCP) }

// open reports whether the element of the statement at hand is not known.
func (c *checker) open(elements ...string) bool {
	return slices.ContainsFunc(c.s.Undetermined, func(u policy.Undetermined) bool {
		return u.Element == "Statement" || slices.Contains(elements, u.Element)
	})
}

// blank reports whether nothing of a statement could be read, which is a problem or
// a token.
func blank(s *policy.Statement) bool {
	return s.Effect == 0 && s.Principals == nil && s.NotPrincipals == nil && s.Actions == nil && s.NotActions == nil &&
		s.Resources == nil && s.NotResources == nil && len(s.Conditions) == 0
}

// KindOf returns what a document looks like. With principals it is a trust policy
// when all its actions are of STS, a key policy when all are of KMS, else a policy of
// some resource; without it is an identity-based policy.
func KindOf(doc *policy.Document) Kind {
	names, prefixes := false, map[string]bool{}
	for i := range doc.Statements {
		s := &doc.Statements[i]
		names = names || s.Principals != nil || s.NotPrincipals != nil
		for _, entry := range slices.Concat(s.Actions, s.NotActions) {
			if prefix, _, _ := strings.Cut(strings.ToLower(entry), ":"); !token(entry) {
				prefixes[prefix] = true
			}
		}
	}
	switch {
	case !names:
		return Identity
	case len(prefixes) == 1 && prefixes["kms"]:
		return Key
	case len(prefixes) == 1 && prefixes["sts"]:
		return Trust
	}
	return Resource
}

// token reports whether a text has a part that the source does not know.
func token(s string) bool { return strings.Contains(s, "${bedlock:") }
