package stepfunctions

import (
	"encoding/json"
	"testing"
)

// FuzzRun: whatever a definition and an input are, it is refused or it ends, with JSON.
func FuzzRun(f *testing.F) {
	for _, seed := range []string{
		`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"x": [1.0]}, "ResultPath": "$.a.b", "Next": "B"}, "B": {"Type": "Succeed", "InputPath": "$.a", "OutputPath": null}}}`,
		`{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"And": [{"Variable": "$.n", "NumericLessThan": 3}, null], "Next": "A"}, {"Not": {"Variable": "$.n", "IsPresent": true}, "Next": "F"}]}, "F": {"Type": "Fail", "Error": "E"}}}`,
		`{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 0, "End": true}}}`,
		`{"StartAt": "A", "States": {"A": {"Type": "Choice", "Default": "A", "Choices": [{"Or": [{"Variable": "$", "StringGreaterThanEquals": "b"}, {"Variable": "$.s", "IsNull": false}], "Next": "A"}]}}}`,
	} {
		f.Add(seed, `{"n": 1, "s": null}`)
		f.Add(seed, `"c"`)
	}
	f.Fuzz(func(t *testing.T, definition, input string) {
		w := new(workflow)
		if _, err := decode(input); err != nil || json.Unmarshal([]byte(definition), w) != nil || w.problem() != "" || w.beyond() != "" {
			return
		}
		x := &run{workflow: w}
		x.do(input, "role", nil)
		if len(x.events) != len(x.data) || len(x.events) > mostEvents {
			t.Errorf("%d events with %d data", len(x.events), len(x.data))
		}
		switch x.status {
		case "SUCCEEDED":
			if !json.Valid([]byte(x.output)) {
				t.Errorf("output %q", x.output)
			}
		case "FAILED":
		default:
			t.Errorf("status %q", x.status)
		}
	})
}
