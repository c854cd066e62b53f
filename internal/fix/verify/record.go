package verify

import (
	"encoding/json"
	"io"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix/dryrun"
)

// Version is that of the JSON form of records.
const Version = "bedlock-evidence/v1"

// Verdict is what came out of a check. The zero value is invalid.
type Verdict string

// The verdicts.
const (
	AsPlanned  Verdict = "as planned"
	NotPlanned Verdict = "not as planned"
	Unread     Verdict = "unread" // nothing can be said
)

// Record is the evidence of one verification. Its JSON form is stable; members are only added
// within a version.
type Record struct {
	Version string    `json:"version"`
	Time    time.Time `json:"time"`
	// Tool is the program's version.
	Tool string `json:"tool"`
	// Callers are the ARNs as whom was read, by account.
	Callers map[string]string `json:"callers"`
	// Plan is the plan's ID and Digest the SHA-256 of its file; Run is that of the journal,
	// empty where there was none.
	Plan   string `json:"plan"`
	Digest string `json:"digest"`
	Run    string `json:"run,omitempty"`
	// Back: the run was taken back, and what is compared is what was before it.
	Back     bool      `json:"back,omitempty"`
	Verdict  Verdict   `json:"verdict"`
	Subjects []Subject `json:"subjects"`
	Steps    []Step    `json:"steps"`
	// DryRuns are what KMS says of the calls that the plan's needs make, where it was asked.
	DryRuns []dryrun.Result `json:"dryRuns,omitempty"`
	// Unread are the readings that failed, of those that this record needed.
	Unread []string `json:"unread,omitempty"`
}

// Subject is a slot of the plan as it stands.
type Subject struct {
	Resource string `json:"resource"`
	Type     string `json:"type"`
	Slot     string `json:"slot"`
	Title    string `json:"title"`
	Account  string `json:"account"`
	Region   string `json:"region"`
	// Key is the one it should be under, empty for none; Found is the one it is under.
	Key   string `json:"key,omitempty"`
	Found string `json:"found,omitempty"`
	// Planned is the rung that the plan promised, Rung where it stands, zero: it is not there.
	Planned  bedlock.Rung       `json:"planned"`
	Rung     bedlock.Rung       `json:"rung,omitzero"`
	Verdict  Verdict            `json:"verdict"`
	Why      string             `json:"why,omitempty"` // of every verdict but as planned
	Evidence []bedlock.Evidence `json:"evidence,omitempty"`
	// Uses are events of CloudTrail in which the key was used for this very resource, the
	// newest first.
	Uses []Use `json:"uses,omitempty"`
	// Unused says why there are none, and Would what would use it.
	Unused string   `json:"unused,omitempty"`
	Would  []string `json:"would,omitempty"`
}

// Use is a use of a key that CloudTrail has recorded.
type Use struct {
	Event     string            `json:"event"`
	Time      string            `json:"time"`
	Operation string            `json:"operation"`
	Principal string            `json:"principal"`
	Service   string            `json:"service,omitempty"` // that called on the principal's behalf
	Context   map[string]string `json:"context"`
}

// Step is a step of the plan as it stands.
type Step struct {
	ID      string  `json:"id"`
	Title   string  `json:"title"`
	Verdict Verdict `json:"verdict"`
	// Differences are members, without their values.
	Differences []string `json:"differences,omitempty"`
	Why         string   `json:"why,omitempty"`
}

// Write writes a record as JSON.
func Write(w io.Writer, r *Record) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// decide sets the verdict of the whole.
func (r *Record) decide() {
	r.Verdict = AsPlanned
	if len(r.Unread) > 0 {
		r.Verdict = Unread
	}
	take := func(v Verdict) {
		if v == NotPlanned || v == Unread && r.Verdict == AsPlanned {
			r.Verdict = v
		}
	}
	for i := range r.Subjects {
		take(r.Subjects[i].Verdict)
	}
	for i := range r.Steps {
		take(r.Steps[i].Verdict)
	}
	if dryrun.Count(r.DryRuns, dryrun.Refused) > 0 {
		take(NotPlanned)
	}
}
