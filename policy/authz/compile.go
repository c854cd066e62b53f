package authz

import "github.com/bedlock/bedlock/policy"

// Policy is a compiled policy document; immutable and safe for concurrent use.
type Policy struct {
	name string
	doc  *policy.Document
}

// Compile prepares a document for deciding. name is what reasons call it: an ARN,
// a file, "inline/NAME". The document must not change afterwards.
func Compile(name string, doc *policy.Document) *Policy { return &Policy{name: name, doc: doc} }

// Name returns the name given to Compile.
func (p *Policy) Name() string { return p.name }

// Document returns the document.
func (p *Policy) Document() *policy.Document { return p.doc }
