package bedlock

import "time"

// Protocol is the version of the message stream. A reader refuses a stream whose
// first message names another one.
const Protocol = "bedlock/v1"

// Message is one line of the stream; exactly one field is set. The first message
// is always a Config and the last one a Summary. A stream stays valid when its
// Progress messages are removed. Every report format is a rendering of this
// stream, so whatever a format shows can also be read from the JSON.
type Message struct {
	Config    *Config    `json:"config,omitempty"`
	Progress  *Progress  `json:"progress,omitempty"`
	Input     *Input     `json:"input,omitempty"`
	Slot      *Slot      `json:"slot,omitempty"`
	Finding   *Finding   `json:"finding,omitempty"`
	Plan      *Plan      `json:"plan,omitempty"`
	Rehearsal *Rehearsal `json:"rehearsal,omitempty"`
	Step      *Step      `json:"step,omitempty"`
	Check     *Check     `json:"check,omitempty"`
	DryRun    *DryRun    `json:"dryRun,omitempty"`
	Summary   *Summary   `json:"summary,omitempty"`
}

// Config says what produced the stream.
type Config struct {
	Protocol string `json:"protocol"` // always [Protocol]
	Tool     string `json:"tool"`     // "bedlock"
	Version  string `json:"version"`  // of the tool
	Command  string `json:"command"`  // "audit", "apply" or "undo"
	// Started is when the run began, in UTC.
	Started time.Time `json:"started"`
	// Sources are what the user named, in order.
	Sources []string `json:"sources"`
	// Rules describes every rule that was evaluated, so that a reader needs
	// nothing else to explain a finding.
	Rules []Rule `json:"rules"`
	// FailOn is the threshold of the exit code, a rung or severity name.
	FailOn string `json:"failOn,omitempty"`
	// Notes are facts about the whole run that a reader must know, such as what
	// this version does not judge.
	Notes []string `json:"notes,omitempty"`
}

// Progress is for people who wait. It carries no result.
type Progress struct {
	Text string `json:"text"`
}

// InputStatus says what became of one input. The zero value is invalid.
type InputStatus string

// What becomes of an input.
const (
	// InputAudited: read; its resources are in the inventory.
	InputAudited InputStatus = "audited"
	// InputSkipped: not an input; Reason says why.
	InputSkipped InputStatus = "skipped"
	// InputFailed: it looked like an input but could not be read; Reason and At say where.
	InputFailed InputStatus = "failed"
)

// Input is one file (or live account and Region) and what became of it. Every
// file below a source has exactly one.
type Input struct {
	Path   string      `json:"path"`
	Kind   string      `json:"kind,omitempty"` // e.g. "cloudformation", "terraform-plan"
	Status InputStatus `json:"status"`
	Reason string      `json:"reason,omitempty"`
	Hint   string      `json:"hint,omitempty"`
	At     Position    `json:"at,omitzero"`
	// Resources and Slots count what was found in it.
	Resources int `json:"resources,omitempty"`
	Slots     int `json:"slots,omitempty"`
	// Notes name what was met but not resolved (macros, invented types …).
	Notes []Note `json:"notes,omitempty"`
}

// Note is one thing about an input that was not resolved.
type Note struct {
	Text string   `json:"text"`
	At   Position `json:"at,omitzero"`
}

// Subject is what a slot report or finding is about.
type Subject struct {
	// ID is unique in the run: the ARN when known, else file#address.
	ID string `json:"id"`
	// Type is the CloudFormation type name, whatever the source.
	Type string `json:"type"`
	// Name is what a person calls it: the physical name, or the logical id.
	Name string `json:"name,omitempty"`
	// Slot is the slot's name when the subject is one slot of a resource.
	Slot    string   `json:"slot,omitempty"`
	Account string   `json:"account,omitempty"`
	Region  string   `json:"region,omitempty"`
	At      Position `json:"at,omitzero"`
}

// Slot says where one slot stands.
type Slot struct {
	Subject Subject `json:"subject"`
	Rung    Rung    `json:"rung"`
	// Key is the key the slot names, as resolved: an inventory key id, an ARN or
	// alias; empty when none.
	Key string `json:"key,omitempty"`
	// Evidence are the facts that decide the rung, most important first.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Lift says what would lift the slot to the next rung; empty at the top.
	Lift string `json:"lift,omitempty"`
	// Unjudged names the questions that this rung leaves open, such as
	// "authorization": a sound slot with an entry here is sound as far as it was
	// judged, and no further.
	Unjudged []string `json:"unjudged,omitempty"`
	// Service is the catalogue's service, for grouping.
	Service string `json:"service,omitempty"`
	// Change says whether the key can be changed in place ("in-place",
	// "recreate", "new-version", "never").
	Change string `json:"change,omitempty"`
}

// Evidence is one fact and where it stands.
type Evidence struct {
	Text string   `json:"text"`
	At   Position `json:"at,omitzero"`
}

// FindingStatus says what became of a finding. The zero value is invalid.
type FindingStatus string

// What becomes of a finding.
const (
	// FindingOpen counts against --fail-on.
	FindingOpen FindingStatus = "open"
	// FindingExcepted is covered by a valid exception.
	FindingExcepted FindingStatus = "excepted"
	// FindingBaseline was already in the baseline.
	FindingBaseline FindingStatus = "baseline"
)

// Finding is one rule's verdict on one subject.
type Finding struct {
	Rule     string        `json:"rule"` // [Rule.ID]
	Severity Severity      `json:"severity"`
	Status   FindingStatus `json:"status"`
	Subject  Subject       `json:"subject"`
	// Rung is the subject slot's rung; zero when the subject is not a slot.
	Rung Rung `json:"rung,omitzero"`
	// Message is one sentence about this very subject.
	Message  string     `json:"message"`
	Evidence []Evidence `json:"evidence,omitempty"`
	// Remediation is what to do about this very subject.
	Remediation string `json:"remediation"`
	// Fingerprint is stable between runs and between sources of the same
	// resource: 16 hexadecimal digits.
	Fingerprint string `json:"fingerprint"`
	// Exception says which exception covers it, and until when.
	Exception string `json:"exception,omitempty"`
}

// Control maps a rule to one control of a framework.
type Control struct {
	Framework string `json:"framework" yaml:"framework"` // e.g. "NIST 800-53 r5"
	ID        string `json:"id" yaml:"id"`               // e.g. "SC-28(1)"
	// Derived marks a mapping that is ours and not taken from a published one.
	Derived bool `json:"derived,omitempty" yaml:"derived,omitempty"`
}

// Rule describes one check.
type Rule struct {
	ID          string    `json:"id"` // stable, e.g. "BDL1001"
	Name        string    `json:"name"`
	Title       string    `json:"title"`
	Severity    Severity  `json:"severity"`
	Rationale   string    `json:"rationale"`
	Remediation string    `json:"remediation"`
	References  []string  `json:"references,omitempty"`
	Controls    []Control `json:"controls,omitempty"`
	// Custom marks a rule that the user brought.
	Custom bool `json:"custom,omitempty"`
}

// Summary counts the whole run.
type Summary struct {
	Inputs    InputCount       `json:"inputs"`
	Resources int              `json:"resources"`
	Keys      int              `json:"keys"`
	Slots     int              `json:"slots"`
	Rungs     map[Rung]int     `json:"rungs"`
	Types     []TypeCount      `json:"types,omitempty"`
	Findings  map[Severity]int `json:"findings"` // open ones
	Excepted  int              `json:"excepted,omitempty"`
	Baseline  int              `json:"baseline,omitempty"`
	// ExitCode is what the command exits with, and ExitReason why.
	ExitCode   int    `json:"exitCode"`
	ExitReason string `json:"exitReason"`
	// Run is how a run of a plan ended; nil of an audit, whose counts are zero of a run.
	Run *Run `json:"run,omitempty"`
}

// InputCount counts inputs by status.
type InputCount struct {
	Audited int `json:"audited"`
	Skipped int `json:"skipped"`
	Failed  int `json:"failed"`
}

// TypeCount counts the slots of one resource type by rung.
type TypeCount struct {
	Type  string       `json:"type"`
	Slots int          `json:"slots"`
	Rungs map[Rung]int `json:"rungs"`
}
