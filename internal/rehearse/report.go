package rehearse

import "time"

// Version is that of the report's JSON form.
const Version = "bedlock-rehearsal/v1"

// Report is what a rehearsal has shown.
type Report struct {
	Version string    `json:"version"`
	Plan    string    `json:"plan"` // its ID
	Made    time.Time `json:"made"`
	// OK: nothing was unexpected, and nothing was left out that was not allowed to be.
	OK bool `json:"ok"`
	// Unexpected is what applying the plan would do and is not meant to, in sentences without
	// full stops.
	Unexpected []string `json:"unexpected"`
	// Left is what the twin could not hold or try, Assumed what it takes for granted.
	Left    []string `json:"left,omitempty"`
	Assumed []string `json:"assumed,omitempty"`
	// Steps are those of the plan, in order.
	Steps []Step `json:"steps"`
	// Uses are the uses of keys that the slots need.
	Uses []Use `json:"uses"`
	// Crowds are the uses by callers when these are too many to list each, and none of Uses then.
	Crowds []Crowd `json:"crowds,omitempty"`
	// Access are the differences in who can do what with a key; Compared says among how many.
	Access   []Access `json:"access,omitempty"`
	Compared Compared `json:"compared"`
	// Configuration has the resources of the twin.
	Configuration []Configuration `json:"configuration,omitempty"`
}

// Outcome says how something went. The zero value is invalid.
type Outcome string

// The outcomes of steps and uses.
const (
	Done       Outcome = "done"        // the step was made and verified
	Failed     Outcome = "failed"      // it was refused, or left something else
	NotReached Outcome = "not reached" // a step before it failed
	LeftOut    Outcome = "left out"    // the twin does not have its subject

	Works    Outcome = "works"     // KMS made all calls
	Denied   Outcome = "denied"    // it refused one
	NotAsked Outcome = "not asked" // there is no key, or it does not exist yet
)

// Step is a step of the plan on the twin.
type Step struct {
	ID      string  `json:"id"`
	Title   string  `json:"title"`
	Outcome Outcome `json:"outcome"`
	// Error is why it failed.
	Error string `json:"error,omitempty"`
}

// Use is a use of a slot's key, made before and after the plan.
type Use struct {
	Resource string `json:"resource"`
	Title    string `json:"title"` // of the resource
	Slot     string `json:"slot"`
	// Who makes it: the ARN of a user or role, or a service. For is the purpose in the catalogue.
	Who string `json:"who"`
	For string `json:"for"`
	// KeyBefore and KeyAfter are ARNs; empty: no key of the customer.
	KeyBefore string  `json:"keyBefore,omitempty"`
	KeyAfter  string  `json:"keyAfter,omitempty"`
	Before    Outcome `json:"before"`
	After     Outcome `json:"after"`
	// Refusal is what KMS says, of the later use that was denied.
	Refusal string `json:"refusal,omitempty"`
	// Caller: it is one of those who may call the service; that not all of them can is no fault.
	Caller bool `json:"caller,omitempty"`
	// Optional: the slot works without it.
	Optional bool `json:"optional,omitempty"`
}

// Crowd is a use of a slot's key by all who may call the service. The policy engine has decided who can,
// and KMS was called for one who can and one who cannot of those who are alike.
type Crowd struct {
	Resource string `json:"resource"`
	Title    string `json:"title"` // of the resource
	Slot     string `json:"slot"`
	For      string `json:"for"`
	// KeyBefore and KeyAfter are as those of a [Use].
	KeyBefore string `json:"keyBefore,omitempty"`
	KeyAfter  string `json:"keyAfter,omitempty"`
	// Callers is how many they are, Before and After how many of them can.
	Callers int `json:"callers"`
	Before  int `json:"before"`
	After   int `json:"after"`
	// Optional: the slot works without it.
	Optional bool `json:"optional,omitempty"`
}

// UsesMade is how many uses were made or decided, each before and after the plan.
func (r *Report) UsesMade() int {
	n := len(r.Uses)
	for i := range r.Crowds {
		n += r.Crowds[i].Callers
	}
	return n
}

// Access is a difference in what a principal can do with a key.
type Access struct {
	Who    string `json:"who"`
	Key    string `json:"key"`
	Action string `json:"action"`
	// Change is gained or lost, compared with what is to be: what was allowed before, and what
	// the slots need.
	Change string `json:"change"`
	// Request is one that shows it, in words.
	Request string `json:"request,omitempty"`
}

// Compared counts what the accesses were compared of.
type Compared struct {
	Principals int `json:"principals"`
	Keys       int `json:"keys"`
	Actions    int `json:"actions"`
}

// Configuration is a resource of the twin.
type Configuration struct {
	Resource string `json:"resource"`
	Title    string `json:"title"`
	// Changed are the members that changed and have nothing to do with the key.
	Changed []string `json:"changed,omitempty"`
}
