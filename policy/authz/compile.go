package authz

import "github.com/bedlock/bedlock/policy"

// Policy is a compiled policy document; immutable and safe for concurrent use.
type Policy struct {
	name string
	doc  *policy.Document
	// statements in the order of the document; denies and allows are the indexes of
	// those that may have the effect.
	statements     []statement
	denies, allows []int
}

// Compile prepares a document for deciding. name is what reasons call it: an ARN,
// a file, "inline/NAME". The document must not change afterwards.
//
// Statements that IAM would refuse for their form are kept, as statements that may
// or may not apply: a document with them cannot be in force as it stands.
func Compile(name string, doc *policy.Document) *Policy {
	p := &Policy{name: name, doc: doc, statements: make([]statement, len(doc.Statements))}
	vars := versionVariables(doc.Version)
	for i := range doc.Statements {
		p.statements[i] = newStatement(&doc.Statements[i], vars)
	}
	for _, problem := range doc.Problems {
		if i := problem.Statement; i >= 0 && i < len(p.statements) && refused(problem.Kind) {
			p.statements[i].bound = maybe
		}
	}
	for i := range p.statements {
		if p.statements[i].may(policy.Deny) {
			p.denies = append(p.denies, i)
		}
		if p.statements[i].may(policy.Allow) {
			p.allows = append(p.allows, i)
		}
	}
	return p
}

// refused reports whether a fault of the kind leaves the meaning of a statement
// open. The other kinds show in the statement itself.
func refused(k policy.ProblemKind) bool {
	switch k {
	case policy.BadForm, policy.BadElement, policy.Duplicate, policy.Conflict:
		return true
	}
	return false
}

func versionVariables(version string) variables {
	switch version {
	case "2012-10-17":
		return varsExpand
	case "", "2008-10-17":
		return varsLiteral
	}
	return varsUnknown
}

// Name returns the name given to Compile.
func (p *Policy) Name() string { return p.name }

// Named returns the policy under another name, without compiling it again.
func (p *Policy) Named(name string) *Policy {
	named := *p
	named.name = name
	return &named
}

// Document returns the document.
func (p *Policy) Document() *policy.Document { return p.doc }
