package audit

import (
	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// CustomRules are rules that the user brought; package custom reads them. This
// package does not know the language they are written in, so that it does not
// carry its interpreter.
type CustomRules struct {
	// Rules describe them, sorted by id, each marked Custom.
	Rules []bedlock.Rule
	// Judge applies the rules of the subject's scope to it. It is called from
	// several goroutines at once.
	Judge func(CustomSubject) []CustomVerdict
}

// Scope says what a custom rule is about. The zero value is invalid.
type Scope string

// The scopes.
const (
	ScopeSlot     Scope = "slot"
	ScopeKey      Scope = "key"
	ScopeResource Scope = "resource"
)

// CustomSubject is what a custom rule is asked about.
type CustomSubject struct {
	Scope Scope
	// Resource is set for slots and resources, Slot for slots, Key for keys and
	// for slots whose key is in the inventory.
	Resource *inventory.Resource
	Slot     *bedlock.Slot
	Key      *inventory.Key
}

// CustomVerdict is a rule that is broken, or one that could not be decided.
type CustomVerdict struct {
	// Rule is an index into [CustomRules.Rules].
	Rule    int
	Message string
	// Undecided is the reason why the rule could not be decided; empty: it is broken.
	Undecided string
}

// custom adds the verdicts of custom rules on one subject.
func (r *run) custom(found []pending, subject CustomSubject, s bedlock.Subject, id identity, unique bool) []pending {
	for _, v := range r.opts.Custom.Judge(subject) {
		rule := &r.opts.Custom.Rules[v.Rule]
		name := firstText(s.Name, s.ID)
		if v.Undecided != "" {
			// Collected into one finding of each rule, under its id.
			found = append(found, pending{undecided: rule.ID, finding: &bedlock.Finding{Subject: s, Message: name + ": " + v.Undecided}})
			continue
		}
		f := &bedlock.Finding{
			Rule: rule.ID, Severity: rule.Severity, Status: bedlock.FindingOpen, Subject: s, Message: name + ": " + v.Message,
			Evidence: []bedlock.Evidence{evidence(s.At, v.Message)}, Remediation: rule.Remediation,
			Fingerprint: id.fingerprint(rule.ID, s.Slot, unique),
		}
		if subject.Slot != nil {
			f.Rung = subject.Slot.Rung
		}
		found = append(found, pending{finding: f, unique: unique})
	}
	return found
}
