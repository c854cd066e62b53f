package bedlock

import (
	"encoding"
	"fmt"
)

// Rung is where a slot stands on the ladder. The zero value is invalid.
// A larger Rung is a better place to stand, except that [Unread] and
// [Unresolved] are no verdict at all: they are never counted as passed or failed.
type Rung uint8

// The rungs, lowest first.
const (
	// Unread: the resource, its key or a policy that matters could not be read.
	Unread Rung = iota + 1
	// Unresolved: in infrastructure code only; the value is known only after
	// apply or comes from a parameter without a value.
	Unresolved
	// Unkeyed: no key is named. The service's AWS-owned default applies, or
	// nothing is encrypted at all.
	Unkeyed
	// AWSManaged: a key of alias/aws/… that the customer cannot govern.
	AWSManaged
	// Broken: a customer-managed key that cannot serve: missing, disabled,
	// pending deletion or import, in the wrong Region, of the wrong spec or usage.
	Broken
	// Unusable: a healthy key that a principal with a need cannot use.
	Unusable
	// Exposed: usable, but not only by those with a need, or not guarded as its
	// spec and origin demand.
	Exposed
	// Sound: usable by exactly those with a need; rotation and deletion
	// protection are right.
	Sound
	// Proved: sound, and CloudTrail or GetKeyLastUsage shows the key in use for
	// this very resource.
	Proved
)

var rungNames = [...]string{
	Unread: "unread", Unresolved: "unresolved", Unkeyed: "unkeyed", AWSManaged: "aws-managed",
	Broken: "broken", Unusable: "unusable", Exposed: "exposed", Sound: "sound", Proved: "proved",
}

// Rungs returns every rung, lowest first.
func Rungs() []Rung {
	return []Rung{Unread, Unresolved, Unkeyed, AWSManaged, Broken, Unusable, Exposed, Sound, Proved}
}

// String returns the rung's name as written in reports and flags, or "invalid".
func (r Rung) String() string {
	if r < Unread || int(r) >= len(rungNames) {
		return "invalid"
	}
	return rungNames[r]
}

// Judged reports whether the rung is a verdict: false for [Unread] and
// [Unresolved].
func (r Rung) Judged() bool { return r > Unresolved && r <= Proved }

// ParseRung is the inverse of [Rung.String].
func ParseRung(s string) (Rung, error) {
	for _, r := range Rungs() {
		if rungNames[r] == s {
			return r, nil
		}
	}
	return 0, fmt.Errorf("parse rung %q: unknown rung", s)
}

// MarshalText writes the rung's name; an invalid rung is an error.
func (r Rung) MarshalText() ([]byte, error) { return marshalName(r.String()) }

// UnmarshalText reads the rung's name.
func (r *Rung) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRung(string(b))
	return err
}

// Severity says how much a finding matters. The zero value is invalid.
type Severity uint8

// The severities, lowest first.
const (
	// Info is worth knowing and needs no action.
	Info Severity = iota + 1
	// Low is a deviation from good practice without a direct consequence.
	Low
	// Medium weakens the protection or the evidence an auditor asks for.
	Medium
	// High leaves data outside the customer's control or a key open to others.
	High
	// Critical is open to everyone, or loses data or an outage is at hand.
	Critical
)

var severityNames = [...]string{Info: "info", Low: "low", Medium: "medium", High: "high", Critical: "critical"}

// Severities returns every severity, lowest first.
func Severities() []Severity { return []Severity{Info, Low, Medium, High, Critical} }

// String returns the severity's name, or "invalid".
func (s Severity) String() string {
	if s < Info || int(s) >= len(severityNames) {
		return "invalid"
	}
	return severityNames[s]
}

// ParseSeverity is the inverse of [Severity.String].
func ParseSeverity(s string) (Severity, error) {
	for _, v := range Severities() {
		if severityNames[v] == s {
			return v, nil
		}
	}
	return 0, fmt.Errorf("parse severity %q: unknown severity", s)
}

// MarshalText writes the severity's name; an invalid severity is an error.
func (s Severity) MarshalText() ([]byte, error) { return marshalName(s.String()) }

// UnmarshalText reads the severity's name.
func (s *Severity) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSeverity(string(b))
	return err
}

func marshalName(name string) ([]byte, error) {
	if name == "invalid" {
		return nil, fmt.Errorf("marshal: zero value is invalid")
	}
	return []byte(name), nil
}

var (
	_ encoding.TextMarshaler   = Rung(0)
	_ encoding.TextUnmarshaler = (*Rung)(nil)
	_ encoding.TextMarshaler   = Severity(0)
	_ encoding.TextUnmarshaler = (*Severity)(nil)
)

var rungMeanings = [...]string{
	Unread:     "the resource, its key or a policy that matters could not be read; no verdict",
	Unresolved: "known only after deployment, or a parameter without a value; no verdict",
	Unkeyed:    "no key is named: the service's own key protects the data, or nothing does",
	AWSManaged: "a key of alias/aws/…: its policy, rotation and deletion are not yours to govern",
	Broken:     "a customer-managed key that cannot serve: disabled, of another Region or spec, written in a form that the service refuses …",
	Unusable:   "a healthy customer-managed key that a principal with a need cannot use",
	Exposed:    "usable by more than those with a need, shared across isolation groups, or not rotated or guarded as its kind demands",
	Sound:      "usable by exactly those with a need; rotation and deletion protection are right",
	Proved:     "sound, and seen in use for this very resource",
}

// Meaning says in one sentence what standing on the rung means.
func (r Rung) Meaning() string {
	if r < Unread || int(r) >= len(rungMeanings) {
		return "invalid"
	}
	return rungMeanings[r]
}
