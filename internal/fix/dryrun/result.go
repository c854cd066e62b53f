package dryrun

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Outcome is what came out of a dry run. The zero value is invalid.
type Outcome string

// The outcomes.
const (
	// Proved: KMS has answered that the call would have succeeded.
	Proved Outcome = "proved"
	// NotPossible: nothing is said about it by a dry run; the result says why.
	NotPossible Outcome = "not possible"
	// Refused: KMS refuses what the policy engine says is allowed.
	Refused Outcome = "refused"
)

// Result is a call that somebody needs to make, and what KMS says of it.
type Result struct {
	Key string `json:"key"`
	// Who is the ARN of a user or role, or the principal of a service.
	Who string `json:"who"`
	// Actions are what the call needs: kms:Decrypt; two for ReEncrypt.
	Actions []string          `json:"actions"`
	Context map[string]string `json:"context,omitempty"`
	// Via is the service through which the need is met, where the call is made without it.
	Via string `json:"via,omitempty"`
	// Needs are those that the call is for.
	Needs   []Need  `json:"needs"`
	Outcome Outcome `json:"outcome"`
	// Why says why nothing is said.
	Why string `json:"why,omitempty"`
	// Engine is what the policy engine says of the call, AWS the error that KMS has answered with:
	// DryRunOperationException where it would have succeeded.
	Engine string `json:"engine,omitempty"`
	AWS    string `json:"aws,omitempty"`
	// Assumed are parts of the call that are made up, as nobody knows them beforehand.
	Assumed []string `json:"assumed,omitempty"`
	// Time is when KMS answered last, Asked how often it was asked.
	Time  time.Time `json:"time,omitzero"`
	Asked int       `json:"asked,omitempty"`
}

// Need is a need of the catalogue on a slot.
type Need struct {
	Resource string `json:"resource"`
	Slot     string `json:"slot"`
	For      string `json:"for"`
}

// Call is the call in words: who calls what with which encryption context.
func (r *Result) Call() string {
	text := r.Who + ": " + strings.Join(r.Actions, ", ")
	for _, key := range slices.Sorted(maps.Keys(r.Context)) {
		text += ", with " + key + " = " + r.Context[key]
	}
	return text
}

// Refusals are what was refused, each with what the policy engine says beside it; nil: nothing was.
func Refusals(results []Result) error {
	var errs []error
	for i := range results {
		if r := &results[i]; r.Outcome == Refused {
			errs = append(errs, fmt.Errorf("KMS refuses what the policy engine allows: %s\n  key: %s\n  the policy engine: %s\n  AWS, asked %s: %s", r.Call(), r.Key, r.Engine, times(r.Asked), r.AWS))
		}
	}
	return errors.Join(errs...)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// Count is how many results have an outcome.
func Count(results []Result, o Outcome) (n int) {
	for i := range results {
		if results[i].Outcome == o {
			n++
		}
	}
	return n
}

// Reasons are those why calls could not be tried, each once with how many calls it is of, in the
// order of their first.
func Reasons(results []Result) (out []Reason) {
	for i := range results {
		r := &results[i]
		if r.Outcome != NotPossible {
			continue
		}
		if at := slices.IndexFunc(out, func(o Reason) bool { return o.Why == r.Why }); at >= 0 {
			out[at].Calls++
		} else {
			out = append(out, Reason{r.Why, 1})
		}
	}
	return out
}

// Reason is why a number of calls could not be tried.
type Reason struct {
	Why   string
	Calls int
}
