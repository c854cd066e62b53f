package stepfunctions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
)

// mostEvents is the quota of the history of an execution, mostData that of the data of a state,
// both AWS's, and mostKept what the plane keeps of all states.
// Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	mostEvents = 25_000
	mostData   = 256 << 10
	mostKept   = 8 << 20
)

// run is an execution: what it reads and writes, and its history.
type run struct {
	workflow *workflow
	events   []wire.Object // without data
	data     []any         // of the events, by their order: objects
	kept     int

	status, output string
	failure        failure
}

// errRuntime is the name of errors that are nobody's.
const errRuntime = "States.Runtime"

// decode reads JSON with its numbers as they are written.
func decode(text string) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&v); err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = fmt.Errorf("there is more after the value")
		}
	}
	return v, err
}

// encode writes JSON as it is, without spaces.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // what was JSON is JSON
	return strings.TrimSuffix(b.String(), "\n")
}

// record adds an event. details is the member with its details, which data is a part of.
func (x *run) record(kind string, previous int, details string, members, data wire.Object) int {
	e := wire.Object{"type": kind, "id": int64(len(x.events) + 1), "previousEventId": int64(previous)}
	if details != "" {
		e[details] = members
	}
	for _, v := range data {
		text, _ := v.(string)
		x.kept += len(text)
	}
	x.events, x.data = append(x.events, e), append(x.data, data)
	return len(x.events)
}

// do executes a workflow on an input.
func (x *run) do(input, role string, more wire.Object) {
	x.record("ExecutionStarted", 0, "executionStartedEventDetails", wire.Object{"roleArn": role}.With(more), wire.Object{"input": input})
	v, _ := decode(input) // it was read before
	last, text := 0, input
	for name := x.workflow.StartAt; name != ""; {
		s := x.workflow.States[name]
		entered := x.record(s.Type+"StateEntered", last, "stateEnteredEventDetails", wire.Object{"name": name}, wire.Object{"input": text})
		if s.Type == "Fail" {
			x.fail(entered, s.Error, s.Cause)
			return
		}
		out, next, f := s.step(v)
		text = encode(out)
		if f == nil && len(text) > mostData {
			f = &failure{"States.DataLimitExceeded", "The state/task '" + name + "' returned a result with a size exceeding the maximum number of bytes service limit."}
		}
		if f != nil {
			x.fail(entered, f.name, fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", name, entered, f.cause))
			return
		}
		last = x.record(s.Type+"StateExited", entered, "stateExitedEventDetails", wire.Object{"name": name}, wire.Object{"output": text})
		if len(x.events) >= mostEvents-2 || x.kept > mostKept {
			x.fail(last, errRuntime, fmt.Sprintf("The execution reached the maximum number of history events (%d).", mostEvents))
			return
		}
		v, name = out, next
	}
	x.status, x.output = "SUCCEEDED", text
	x.record("ExecutionSucceeded", last, "executionSucceededEventDetails", wire.Object{}, wire.Object{"output": text})
}

// fail ends an execution.
func (x *run) fail(previous int, name, cause string) {
	x.status, x.failure = "FAILED", failure{name, cause}
	data := wire.Object{}
	for member, text := range map[string]string{"error": name, "cause": cause} {
		if text != "" {
			data[member] = text
		}
	}
	x.record("ExecutionFailed", previous, "executionFailedEventDetails", wire.Object{}, data)
}

// failure is why an execution fails: the name of the error, and its cause. The texts of causes
// are as AWS's are quoted, but unconfirmed.
type failure struct{ name, cause string }

// step does a state on its input and says which one follows; none: the execution ends.
func (s *state) step(v any) (out any, next string, f *failure) {
	in := any(map[string]any{})
	if !s.InputPath.none {
		var ok bool
		if in, ok = s.InputPath.get(v); !ok {
			return nil, "", s.InputPath.missing()
		}
	}
	out, next = in, s.Next
	switch s.Type {
	case "Choice":
		if next, f = s.choose(in); f != nil {
			return nil, "", f
		}
	case "Pass":
		if s.Result != nil {
			out, _ = decode(string(s.Result)) // it was read before
		}
		out = s.result(v, out)
	}
	if s.OutputPath.none {
		return map[string]any{}, next, nil
	}
	at, ok := s.OutputPath.get(out)
	if !ok {
		return nil, "", s.OutputPath.missing()
	}
	return at, next, nil
}

// result puts the result of a state into its input.
func (s *state) result(in, result any) any {
	if s.ResultPath.none {
		return in
	}
	return s.ResultPath.set(in, result)
}

// choose is the state that a choice goes to.
func (s *state) choose(in any) (string, *failure) {
	for _, c := range s.Choices {
		ok, f := c.holds(in)
		if f != nil {
			return "", f
		}
		if ok {
			return c.Next, nil
		}
	}
	if s.Default == "" {
		return "", &failure{"States.NoChoiceMatched", "Failed to transition out of the state. The state does not point to a next state."}
	}
	return s.Default, nil
}
