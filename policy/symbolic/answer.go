package symbolic

import "github.com/bedlock/bedlock/policy/authz"

// Verdict answers "is there such a request?". The zero value is invalid.
type Verdict uint8

const (
	// Never: proved, there is none.
	Never Verdict = iota + 1
	// Exists: here is one, and [authz.Decide] confirms it.
	Exists
	// Unknown: neither could be shown.
	Unknown
)

var verdictNames = [...]string{Never: "never", Exists: "exists", Unknown: "unknown"}

// String returns the verdict in one word, or "invalid".
func (v Verdict) String() string {
	if v < Never || int(v) >= len(verdictNames) {
		return "invalid"
	}
	return verdictNames[v]
}

// Witness is a request that shows something, with the decision on it.
type Witness struct {
	Request authz.Request
	Layers  authz.Layers
	// Decision is what [authz.Decide] answers.
	Decision authz.Decision
}

// Answer is a verdict with its ground: a witness for Exists, a reason for Unknown.
type Answer struct {
	Verdict Verdict
	Witness *Witness
	// Reason says why the verdict is Unknown.
	Reason string
}
