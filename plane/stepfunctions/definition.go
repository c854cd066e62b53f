package stepfunctions

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/plane/emulate"
)

// workflow is the definition of a state machine, as far as executions of the plane need it.
// Source: https://states-language.net/spec.html
type workflow struct {
	StartAt       string
	QueryLanguage string
	States        map[string]*state
}

// state is a state; which members count its type says.
type state struct {
	Type, Next    string
	End           bool
	QueryLanguage string

	InputPath, OutputPath, ResultPath path
	Result                            json.RawMessage

	Choices []*rule
	Default string

	Seconds *float64

	Error, Cause string

	// What the plane keeps and does not execute.
	Parameters, Assign, Arguments, Output, ResultSelector json.RawMessage
	ErrorPath, CausePath                                  string
}

// rule is a choice, or a part of one.
type rule struct {
	Next     string
	Variable string
	And, Or  []*rule
	Not      *rule
	// tests are the comparisons by their names: StringEquals.
	tests map[string]any
}

// UnmarshalJSON reads a rule; what is no part of the structure is a comparison.
func (c *rule) UnmarshalJSON(b []byte) error {
	type plain rule
	if err := json.Unmarshal(b, (*plain)(c)); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &c.tests); err != nil {
		return err
	}
	for _, name := range []string{"Next", "Variable", "And", "Or", "Not", "Comment"} {
		delete(c.tests, name)
	}
	return nil
}

// stateTypes are those of the language.
var stateTypes = []string{"Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"}

// parse reads a definition and refuses one that is not whole. The texts after the codes are
// unconfirmed.
func parse(r *emulate.Request, text string) (*workflow, error) {
	w := new(workflow)
	if err := json.Unmarshal([]byte(text), w); err != nil {
		return nil, r.Fail("InvalidDefinition", "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: %s'", err)
	}
	if problem := w.problem(); problem != "" {
		return nil, r.Fail("InvalidDefinition", "Invalid State Machine Definition: '%s'", problem)
	}
	return w, nil
}

// problem is what is wrong with a definition; empty: nothing.
func (w *workflow) problem() string {
	if w.States[w.StartAt] == nil {
		return fmt.Sprintf("MISSING_TRANSITION_TARGET: Missing 'StartAt' target: %s at /StartAt", w.StartAt)
	}
	for _, name := range slices.Sorted(maps.Keys(w.States)) {
		s := w.States[name]
		if s == nil || !slices.Contains(stateTypes, s.Type) {
			return "SCHEMA_VALIDATION_FAILED: Value is not a valid type of state at /States/" + name + "/Type"
		}
		if problem := w.transitions(name, s); problem != "" {
			return problem
		}
	}
	return ""
}

func (w *workflow) transitions(name string, s *state) string {
	next := []string{}
	switch s.Type {
	case "Choice":
		if len(s.Choices) == 0 {
			return "SCHEMA_VALIDATION_FAILED: Missing field 'Choices' at /States/" + name
		}
		for _, c := range s.Choices {
			if c == nil {
				return "SCHEMA_VALIDATION_FAILED: Value is not a rule at /States/" + name + "/Choices"
			}
			next = append(next, c.Next)
		}
		if s.Default != "" {
			next = append(next, s.Default)
		}
	case "Succeed", "Fail":
	default:
		if s.End == (s.Next != "") {
			return "SCHEMA_VALIDATION_FAILED: Exactly one of the fields 'Next' and 'End' is required at /States/" + name
		}
		if !s.End {
			next = append(next, s.Next)
		}
	}
	for _, to := range next {
		if w.States[to] == nil {
			return fmt.Sprintf("MISSING_TRANSITION_TARGET: Missing 'Next' target: %s at /States/%s", to, name)
		}
	}
	return ""
}

// beyond is what of a definition the plane does not execute; empty: it executes all.
func (w *workflow) beyond() string {
	if w.QueryLanguage != "" && w.QueryLanguage != "JSONPath" {
		return "definitions in " + w.QueryLanguage
	}
	for _, name := range slices.Sorted(maps.Keys(w.States)) {
		if what := w.States[name].beyond(); what != "" {
			return what + " (state " + name + ")"
		}
	}
	return ""
}

func (s *state) beyond() string {
	switch {
	case !slices.Contains([]string{"Pass", "Choice", "Wait", "Succeed", "Fail"}, s.Type):
		return "states of type " + s.Type
	case s.QueryLanguage != "" && s.QueryLanguage != "JSONPath":
		return "states in " + s.QueryLanguage
	case s.Parameters != nil || s.Assign != nil || s.Arguments != nil || s.Output != nil || s.ResultSelector != nil:
		return "Parameters, Assign, Arguments, Output and ResultSelector"
	case s.Type == "Wait" && (s.Seconds == nil || *s.Seconds != 0):
		return "waiting for more than 0 Seconds"
	case s.ErrorPath != "" || s.CausePath != "":
		return "ErrorPath and CausePath"
	}
	for _, p := range []path{s.InputPath, s.OutputPath, s.ResultPath} {
		if p.problem != "" {
			return p.problem
		}
	}
	for _, c := range s.Choices {
		if what := c.beyond(); what != "" {
			return what
		}
	}
	return ""
}
