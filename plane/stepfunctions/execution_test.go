package stepfunctions_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// triage is a workflow with every state that the plane executes.
const triage = `{"StartAt": "Mark", "States": {
  "Mark": {"Type": "Pass", "Result": {"seen": true}, "ResultPath": "$.mark", "Next": "Rest"},
  "Rest": {"Type": "Wait", "Seconds": 0, "Next": "Which"},
  "Which": {"Type": "Choice", "Default": "Home", "Choices": [
    {"And": [{"Variable": "$.pulse", "NumericGreaterThanEquals": 120}, {"Not": {"Variable": "$.known", "BooleanEquals": true}}], "Next": "Refuse"},
    {"Variable": "$.ward", "StringEquals": "east", "Next": "East"}]},
  "East": {"Type": "Pass", "InputPath": "$.patient", "OutputPath": "$.name", "End": true},
  "Home": {"Type": "Succeed", "OutputPath": null},
  "Refuse": {"Type": "Fail", "Error": "Pulse", "Cause": "too high"}}}`

func TestExecutions(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	arn := localtest.Must(create(t, c, "m", triage, keyed(p)))(t)
	for name, o := range map[string]struct{ input, want, events string }{
		"home":    {`{"pulse": 60, "ward": "west"}`, `SUCCEEDED {}`, "ExecutionStarted PassStateEntered PassStateExited WaitStateEntered WaitStateExited ChoiceStateEntered ChoiceStateExited SucceedStateEntered SucceedStateExited ExecutionSucceeded"},
		"east":    {`{"pulse": 150, "known": true, "ward": "east", "patient": {"name": "<Ada>"}}`, `SUCCEEDED "<Ada>"`, "ExecutionStarted PassStateEntered PassStateExited WaitStateEntered WaitStateExited ChoiceStateEntered ChoiceStateExited PassStateEntered PassStateExited ExecutionSucceeded"},
		"refuse":  {`{"pulse": 120, "known": false}`, `FAILED Pulse: too high`, "ExecutionStarted PassStateEntered PassStateExited WaitStateEntered WaitStateExited ChoiceStateEntered ChoiceStateExited FailStateEntered ExecutionFailed"},
		"nothing": {`{"ward": "east"}`, `FAILED States.Runtime: An error occurred while executing the state 'Which' (entered at the event id #6). Invalid path '$.pulse': The choice state's condition path references an invalid value.`, "ExecutionStarted PassStateEntered PassStateExited WaitStateEntered WaitStateExited ChoiceStateEntered ExecutionFailed"},
		"nobody":  {`{"pulse": 1, "ward": "east"}`, `FAILED States.Runtime: An error occurred while executing the state 'East' (entered at the event id #8). Invalid path '$.patient' : No results for path: $['patient']`, "ExecutionStarted PassStateEntered PassStateExited WaitStateEntered WaitStateExited ChoiceStateEntered ChoiceStateExited PassStateEntered ExecutionFailed"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := start(t, c, arn, name, o.input); err != nil {
				t.Fatal(err)
			}
			x := localtest.Must(c.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(run + "m:" + name)}))(t)
			got := string(x.Status) + " " + aws.ToString(x.Output)
			if x.Error != nil {
				got += *x.Error + ": " + *x.Cause
			}
			if got != o.want || *x.Input != o.input || !x.StopDate.Equal(p.Now()) {
				t.Errorf("got %s %s", got, text(x))
			}
			var events []string
			for _, e := range localtest.Must(c.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: x.ExecutionArn}))(t).Events {
				events = append(events, string(e.Type))
			}
			if got := strings.Join(events, " "); got != o.events {
				t.Errorf("events %s", got)
			}
		})
	}
}

func TestHistory(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	arn := localtest.Must(create(t, c, "m", `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": [1.50], "Next": "B"}, "B": {"Type": "Succeed"}}}`))(t)
	if err := start(t, c, arn, "x", `{ "a": 1 }`); err != nil {
		t.Fatal(err)
	}
	out := localtest.Must(p.API("stepfunctions", admin).As(t, admin, "GetExecutionHistory", `{"executionArn": "`+run+`m:x"}`))(t)
	var got []string
	for _, e := range out.Objects("events") {
		if !e.Time("timestamp").Equal(p.Now()) {
			t.Error(e.Time("timestamp"))
		}
		b, err := json.Marshal(e.Without("timestamp"))
		if err != nil {
			t.Fatal(err)
		}
		var plain map[string]any
		if err := json.Unmarshal(b, &plain); err != nil {
			t.Fatal(err)
		}
		got = append(got, text(plain))
	}
	want := []string{
		`{"executionStartedEventDetails":{"input":"{ \"a\": 1 }","inputDetails":{"truncated":false},"roleArn":"` + role + `"},"id":1,"previousEventId":0,"type":"ExecutionStarted"}`,
		`{"id":2,"previousEventId":0,"stateEnteredEventDetails":{"input":"{ \"a\": 1 }","inputDetails":{"truncated":false},"name":"A"},"type":"PassStateEntered"}`,
		`{"id":3,"previousEventId":2,"stateExitedEventDetails":{"name":"A","output":"[1.50]","outputDetails":{"truncated":false}},"type":"PassStateExited"}`,
		`{"id":4,"previousEventId":3,"stateEnteredEventDetails":{"input":"[1.50]","inputDetails":{"truncated":false},"name":"B"},"type":"SucceedStateEntered"}`,
		`{"id":5,"previousEventId":4,"stateExitedEventDetails":{"name":"B","output":"[1.50]","outputDetails":{"truncated":false}},"type":"SucceedStateExited"}`,
		`{"executionSucceededEventDetails":{"output":"[1.50]","outputDetails":{"truncated":false}},"id":6,"previousEventId":5,"type":"ExecutionSucceeded"}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	last := localtest.Must(c.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(run + "m:x"), ReverseOrder: true, MaxResults: 1}))(t)
	if len(last.Events) != 1 || last.Events[0].Id != 6 || last.NextToken == nil {
		t.Errorf("last %s", text(last))
	}
}

// TestRunning: until the status settles an execution is running; the same input starts it once.
func TestRunning(t *testing.T) {
	p := localtest.Open(t, seed)
	p.World.Settle = time.Minute
	c, ctx := client(p, admin), t.Context()
	arn := localtest.Must(create(t, c, "m", pass, keyed(p)))(t)
	for range 2 {
		if err := start(t, c, arn, "x", `{}`); err != nil {
			t.Fatal(err)
		}
	}
	exists := "Execution Already Exists: '" + run + "m:x'"
	localtest.Refused(t, start(t, c, arn, "x", `1`), "ExecutionAlreadyExists", exists)
	x := localtest.Must(c.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(run + "m:x")}))(t)
	h := localtest.Must(c.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(run + "m:x")}))(t)
	if x.Status != "RUNNING" || x.Output != nil || x.StopDate != nil || len(h.Events) != 1 {
		t.Errorf("running %s %s", text(x), text(h))
	}
	p.Pass(time.Minute)
	c = client(p, admin)
	x = localtest.Must(c.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(run + "m:x")}))(t)
	if x.Status != "SUCCEEDED" || *x.Output != "{}" || !x.StopDate.Equal(p.Now()) || !x.StartDate.Equal(p.Now().Add(-time.Minute)) {
		t.Errorf("ended %s", text(x))
	}
	localtest.Refused(t, start(t, c, arn, "x", `{}`), "ExecutionAlreadyExists", exists)
}

func TestNotExecuted(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	for i, o := range []struct{ state, what string }{
		{`{"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:f", "End": true}`, "states of type Task (state A)"},
		{`{"Type": "Wait", "Seconds": 1, "End": true}`, "waiting for more than 0 Seconds (state A)"},
		{`{"Type": "Pass", "Parameters": {}, "End": true}`, "Parameters, Assign, Arguments, Output and ResultSelector (state A)"},
		{`{"Type": "Pass", "InputPath": "$.a[0]", "End": true}`, "the path $.a[0] (state A)"},
		{`{"Type": "Pass", "InputPath": "$$.Execution.Id", "End": true}`, "the path $$.Execution.Id (state A)"},
		{`{"Type": "Choice", "Choices": [{"Variable": "$.a", "StringMatches": "x*", "Next": "A"}]}`, "the comparison StringMatches (state A)"},
		{`{"Type": "Pass", "QueryLanguage": "JSONata", "End": true}`, "states in JSONata (state A)"},
	} {
		arn := localtest.Must(create(t, c, fmt.Sprintf("m%d", i), `{"StartAt": "A", "States": {"A": `+o.state+`}}`))(t)
		localtest.Refused(t, start(t, c, arn, "x", "{}"), "ValidationException", "not implemented by the local plane: "+o.what)
	}
	arn := localtest.Must(create(t, c, "loop", `{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "A"}}}`))(t)
	if err := start(t, c, arn, "x", "{}"); err != nil {
		t.Fatal(err)
	}
	x := localtest.Must(c.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(run + "loop:x")}))(t)
	if x.Status != "FAILED" || *x.Cause != "The execution reached the maximum number of history events (25000)." {
		t.Error(text(x))
	}
	localtest.Refused(t, start(t, c, arn, "y", "{"), "InvalidExecutionInput", "Invalid State Machine Execution Input: 'unexpected EOF'")
}
