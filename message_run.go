package bedlock

import "time"

// Plan says which plan a run of apply or undo is about. It follows the Config.
type Plan struct {
	ID string `json:"id"`
	// Digest is the SHA-256 of the plan's file, in hexadecimal.
	Digest string `json:"digest"`
	// Made is when, and Source from what it was made.
	Made   time.Time `json:"made"`
	Source string    `json:"source,omitempty"`
	// Steps and Slots count its steps, and the slots that they change.
	Steps int `json:"steps"`
	Slots int `json:"slots"`
	// Places are where it changes something, in the order of its steps.
	Places []Place `json:"places,omitempty"`
}

// Place is an account and a Region.
type Place struct {
	Account string `json:"account"`
	Region  string `json:"region"`
}

// RehearsalResult is what came out of the rehearsal before a run. The zero value is invalid.
type RehearsalResult string

// The results of rehearsals.
const (
	RehearsalInOrder    RehearsalResult = "in-order"
	RehearsalUnexpected RehearsalResult = "unexpected" // something would happen that is not meant to
	RehearsalPartial    RehearsalResult = "partial"    // the twin could not hold everything
	RehearsalSkipped    RehearsalResult = "skipped"    // Reason says why
)

// Rehearsal is the rehearsal before a run.
type Rehearsal struct {
	Result RehearsalResult `json:"result"`
	Reason string          `json:"reason,omitempty"`
	// Steps, Uses and Principals count what was tried and compared.
	Steps      int `json:"steps"`
	Uses       int `json:"uses"`
	Principals int `json:"principals"`
	// Unexpected is what is not meant to happen, Left what the twin could not hold, Assumed what it
	// takes for granted.
	Unexpected []string `json:"unexpected,omitempty"`
	Left       []string `json:"left,omitempty"`
	Assumed    []string `json:"assumed,omitempty"`
}

// StepEvent is what happens to a step. The zero value is invalid.
type StepEvent string

// What happens to steps.
const (
	StepBegun   StepEvent = "begun"
	StepCall    StepEvent = "call"    // Operation is about to be made
	StepWaiting StepEvent = "waiting" // Text is for what
	StepDone    StepEvent = "done"    // made, and verified
	StepAdopted StepEvent = "adopted" // it was there already
	StepFailed  StepEvent = "failed"  // Code and Text say why
	StepUndone  StepEvent = "undone"  // taken back, and verified
)

// Step is something that happens to a step of a plan.
type Step struct {
	ID     string `json:"id"`
	Number int    `json:"number"` // from 1
	Title  string `json:"title"`
	Kind   string `json:"kind"`
	Place
	Event StepEvent `json:"event"`
	// Undo: it happens on the way back.
	Undo bool `json:"undo,omitempty"`
	// Operation is one of the service's API: UpdateGuardrail.
	Operation string `json:"operation,omitempty"`
	Text      string `json:"text,omitempty"`
	// Code is the error code of the service; empty: the failure is not that of a service.
	Code string `json:"code,omitempty"`
	// Conflict: somebody else has changed what the step is about, and nothing was written over it.
	Conflict bool `json:"conflict,omitempty"`
}

// CheckVerdict is what the policy engine decides of a slot that is about to go under its key. The
// zero value is invalid.
type CheckVerdict string

// The verdicts.
const (
	CheckReady    CheckVerdict = "ready"
	CheckBelow    CheckVerdict = "below"    // it would stand lower than planned
	CheckUnjudged CheckVerdict = "unjudged" // something could not be read
)

// Check is the functional check of one slot: on what is live, before the slot is changed.
type Check struct {
	Subject Subject      `json:"subject"`
	Verdict CheckVerdict `json:"verdict"`
	// Rung is where it would stand now, Planned where it is to.
	Rung     Rung       `json:"rung"`
	Planned  Rung       `json:"planned"`
	Evidence []Evidence `json:"evidence,omitempty"`
}

// DryRun is a call that somebody needs to make, and what KMS says of it.
type DryRun struct {
	Key string `json:"key"`
	// Who is the ARN of a user or role, or the principal of a service.
	Who     string   `json:"who"`
	Actions []string `json:"actions"`
	// Needs are what the call is for.
	Needs []Need `json:"needs,omitempty"`
	// Outcome is "proved", "not possible" (Reason says why) or "refused".
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
	// Engine is what the policy engine says of the call, AWS the error that KMS has answered with.
	Engine string `json:"engine,omitempty"`
	AWS    string `json:"aws,omitempty"`
}

// Need is a use of a slot's key that somebody has to be able to make.
type Need struct {
	Resource string `json:"resource"`
	Slot     string `json:"slot"`
	For      string `json:"for"` // the purpose in the catalogue
}

// RunResult is how a run ended. The zero value is invalid.
type RunResult string

// How runs end.
const (
	RunApplied     RunResult = "applied"
	RunUnchanged   RunResult = "unchanged"   // nothing was changed
	RunTakenBack   RunResult = "taken-back"  // everything is as it was
	RunIncomplete  RunResult = "incomplete"  // Stands says what stands
	RunInterrupted RunResult = "interrupted" // it goes on with the same command
)

// Run is how a run of a plan ended.
type Run struct {
	// ID is that of the journal, which is in the file Journal; empty: none was begun.
	ID      string    `json:"id,omitempty"`
	Journal string    `json:"journal,omitempty"`
	Result  RunResult `json:"result"`
	// Stands are the steps that something was done about, in their order.
	Stands []Standing `json:"stands,omitempty"`
	// Hint is the way out.
	Hint string `json:"hint,omitempty"`
}

// StepState is how a step stands when a run has ended. The zero value is invalid.
type StepState string

// How steps stand.
const (
	StateDone    StepState = "done"
	StateAdopted StepState = "adopted" // it was there already, and stays
	StateBegun   StepState = "begun"   // calls were made, and their effect is not verified
	StateUndone  StepState = "undone"
)

// Standing is a step and how it stands.
type Standing struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	State StepState `json:"state"`
}
