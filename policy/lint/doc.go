// Package lint says what is wrong with a policy document: what AWS refuses, what
// has no effect, what does other than it seems. Every finding has a stable code, a
// place in the text and the page that justifies it.
//
// It judges by tables and by proof. The tables are the actions and condition keys
// of the services that it knows; a service outside of them is never judged, and
// said once. That a statement can never match, that an Allow is made void by a
// Deny, that a statement adds nothing: these are said only when package symbolic
// proves it. Which keys of a request go together is not always documented; where
// symbolic assumes something of them, the proof does without. A proof that takes too
// long says nothing, and nothing is asked about statements of which AWS does not say
// what they do.
//
// Statements with tokens for what is not known are judged by the rest. The package
// does not know which principals, keys or accounts exist, and it does not decide
// requests. A policy that is silent here may still be refused: AWS has checks of
// its own (https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html).
package lint

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// Kind says what a document is attached to. The zero value is invalid.
type Kind uint8

// The kinds of documents.
const (
	Identity Kind = iota + 1 // an identity-based policy
	Boundary                 // a permissions boundary
	Session                  // a session policy
	Key                      // a KMS key policy
	Resource                 // a policy of a resource other than a key or role
	Trust                    // a role's trust policy
	SCP                      // a service control policy
	RCP                      // a resource control policy
	Endpoint                 // a VPC endpoint policy
)

var kindNames = [...]string{
	Identity: "identity", Boundary: "boundary", Session: "session", Key: "key", Resource: "resource", Trust: "trust",
	SCP: "scp", RCP: "rcp", Endpoint: "endpoint",
}

// ParseKind reads the name of a kind as [Kind.String] prints it, in any case.
func ParseKind(s string) (Kind, error) {
	for k := Identity; int(k) < len(kindNames); k++ {
		if strings.EqualFold(s, kindNames[k]) {
			return k, nil
		}
	}
	return 0, fmt.Errorf("policy kind %q: there are %s", s, strings.Join(kindNames[Identity:], ", "))
}

// String returns the kind's name, or "invalid".
func (k Kind) String() string {
	if k < Identity || int(k) >= len(kindNames) {
		return "invalid"
	}
	return kindNames[k]
}

// Severity says how bad a finding is. The zero value is invalid.
type Severity uint8

// The severities.
const (
	// Error: AWS refuses the document, or a statement has no effect as written.
	Error Severity = iota + 1
	// Warning: it does other than it seems.
	Warning
	// Note: worth knowing.
	Note
)

var severityNames = [...]string{Error: "error", Warning: "warning", Note: "note"}

// String returns the severity in one word, or "invalid".
func (s Severity) String() string {
	if s < Error || int(s) >= len(severityNames) {
		return "invalid"
	}
	return severityNames[s]
}

// Finding is one thing that is wrong with a document.
type Finding struct {
	// Code names the rule, in kebab case; see [Codes].
	Code     string
	Severity Severity
	// Text says what is wrong, Hint what to do about it; Hint may be empty.
	Text, Hint string
	// Statement is the index of the statement, -1 for the document; Sid its Sid,
	// which may be empty.
	Statement int
	Sid       string
	// At is the entry, element or statement at fault. It is the zero value in
	// documents that were not parsed from a text.
	At policy.Place
	// Source is the URL of the page that says so.
	Source string
}

// Options say how a document is to be judged.
type Options struct {
	// Kind is what the document is attached to; 0: what it looks like ([KindOf]).
	Kind Kind
	// Key is the ARN of the key of a key policy; empty: not known.
	Key string
	// Work bounds the proofs of one document, in the unit of
	// [symbolic.Universe.Work]; 0: [DefaultWork], negative: no proofs.
	Work int
}

// DefaultWork bounds the proofs of one document. That is seconds at worst; documents
// that people write take milliseconds.
const DefaultWork = 40_000_000

// Rule is what a code means.
type Rule struct {
	Code  string
	Title string
	// Severity is that of all findings of the code.
	Severity Severity
	// Text explains the rule in a few sentences.
	Text string
	// Source is the page that justifies the rule.
	Source string
	// Unconfirmed: the page does not say it in so many words.
	Unconfirmed bool
}
