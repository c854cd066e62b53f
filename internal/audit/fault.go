package audit

import (
	"github.com/bedlock/bedlock"
)

// fault is one rule broken by one subject.
type fault struct {
	rule     string
	message  string // without the subject's name in front
	evidence []bedlock.Evidence
	fix      string // what to do about this very subject; empty: the rule's remediation
}

// gap is a fact that is not known and that a verdict would need.
type gap struct {
	rung   bedlock.Rung // Unread or Unresolved
	reason string
	lift   string
	at     bedlock.Position
	when   string // the condition under which it matters; empty: always
}

func evidence(at bedlock.Position, text string) bedlock.Evidence {
	return bedlock.Evidence{Text: text, At: at}
}

// faults collects faults, one per rule: what breaks a rule in several places is
// one finding with several pieces of evidence, so that its fingerprint does not
// depend on how many there are.
type faults []fault

func (f *faults) add(rule, message string, at bedlock.Position) {
	e := evidence(at, message)
	for i := range *f {
		if have := &(*f)[i]; have.rule == rule {
			have.evidence = append(have.evidence, e)
			return
		}
	}
	*f = append(*f, fault{rule: rule, message: message, evidence: []bedlock.Evidence{e}})
}
