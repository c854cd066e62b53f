package stepfunctions

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// api is the name of the model, principal that of the service.
const (
	api       = "stepfunctions"
	principal = "states.amazonaws.com"
)

// The kinds of records: with the name of the state machine after them for what belongs to one.
const (
	machineKind   = "machine"
	activityKind  = "activity"
	versionKind   = "version:"
	aliasKind     = "alias:"
	executionKind = "execution:"
)

// pageSize is that of listings without a limit, mostPage the largest.
const (
	pageSize = 100
	mostPage = 1000
)

// The codes of refusals.
const (
	validation = "ValidationException"
	conflict   = "ConflictException"
	notFound   = "ResourceNotFound"
	badToken   = "InvalidToken"
)

// operations are all that there are, but for tags, with the members that name their resources.
var operations = map[string]struct {
	on string
	do func(context.Context, *emulate.Request) (wire.Object, error)
}{
	"CreateStateMachine":   {"stateMachine:name", createMachine},
	"DescribeStateMachine": {"stateMachineArn", describeMachine},
	"UpdateStateMachine":   {"stateMachineArn", updateMachine},
	"DeleteStateMachine":   {"stateMachineArn", deleteMachine},
	"ListStateMachines":    {"", listMachines},

	"PublishStateMachineVersion": {"stateMachineArn", publishVersion},
	"ListStateMachineVersions":   {"stateMachineArn", listVersions},
	"DeleteStateMachineVersion":  {"stateMachineVersionArn", deleteVersion},
	"CreateStateMachineAlias":    {"", createAlias}, // the routes name it
	"DescribeStateMachineAlias":  {"stateMachineAliasArn", describeAlias},
	"UpdateStateMachineAlias":    {"stateMachineAliasArn", updateAlias},
	"DeleteStateMachineAlias":    {"stateMachineAliasArn", deleteAlias},
	"ListStateMachineAliases":    {"stateMachineArn", listAliases},

	"CreateActivity":   {"activity:name", createActivity},
	"DescribeActivity": {"activityArn", describeActivity},
	"DeleteActivity":   {"activityArn", deleteActivity},
	"ListActivities":   {"", listActivities},

	"StartExecution":                   {"stateMachineArn", startExecution},
	"DescribeExecution":                {"executionArn", describeExecution},
	"DescribeStateMachineForExecution": {"executionArn", describeForExecution},
	"GetExecutionHistory":              {"executionArn", getHistory},
	"ListExecutions":                   {"stateMachineArn", listExecutions},
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: api, Refused: refused})
	if err != nil {
		return nil, fmt.Errorf("stepfunctions: %w", err)
	}
	for name, o := range operations {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if err := allow(ctx, r, name, resource(r, o.on)); err != nil {
				return nil, err
			}
			return o.do(ctx, r)
		}})
	}
	tags := emulate.Tagging{Member: "resourceArn", Known: known, Allowed: fewTags}
	for name, op := range tags.Operations() {
		s.Handle(name, op)
	}
	return []*emulate.Service{s}, nil
}

// resource is what an operation is authorized against.
func resource(r *emulate.Request, on string) string {
	kind, member, named := strings.Cut(on, ":")
	switch {
	case named:
		return r.ARN(kind + ":" + r.In.Text(member))
	case on == "" && r.Operation == "CreateStateMachineAlias":
		arn := ""
		if routes := r.In.Objects(routing); len(routes) > 0 {
			arn, _ = unqualified(routes[0].Text("stateMachineVersionArn"))
		}
		return arn + ":" + r.In.Text("name")
	case on == "":
		return "*"
	}
	return r.In.Text(on)
}

// allow authorizes an operation. That of a version or an alias is authorized against the state
// machine, with the version or the alias as a condition key.
// Source: https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
func allow(ctx context.Context, r *emulate.Request, action, resource string) error {
	asked := &plane.Asked{Action: "states:" + action, Resource: resource, Context: authz.Context{}}
	if arn, qualifier := unqualified(resource); qualifier != "" {
		asked.Resource = arn
		asked.Context["states:statemachinequalifier"] = authz.Value{Values: []string{qualifier}}
	}
	return r.AllowAs(ctx, asked)
}

// unqualified parts the ARN of a version or an alias: the number or the name is empty for that
// of a state machine, and of everything else.
func unqualified(arn string) (machine, qualifier string) {
	before, name, ok := strings.Cut(arn, ":stateMachine:")
	if !ok {
		return arn, ""
	}
	name, qualifier, _ = strings.Cut(name, ":")
	return before + ":stateMachine:" + name, qualifier
}

// nameIn is the name of a resource of a kind by its ARN; empty: it is none of the caller's.
func nameIn(r *emulate.Request, arn, kind string) (string, error) {
	if !strings.HasPrefix(arn, "arn:") {
		return "", r.Fail("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	}
	name, ok := strings.CutPrefix(arn, r.ARN(kind+":"))
	if !ok && !strings.Contains(arn, ":"+kind+":") {
		return "", r.Fail("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: %s'", arn)
	}
	if !ok {
		return "", nil
	}
	return name, nil
}

// find returns the state machine of an ARN, which may be that of a version or an alias.
func find(r *emulate.Request, get func(records.Key) *records.Record, arn string) (*records.Record, error) {
	arn, _ = unqualified(arn)
	name, err := nameIn(r, arn, "stateMachine")
	if err != nil {
		return nil, err
	}
	rec := get(r.Key(machineKind, name))
	switch {
	case rec == nil:
		return nil, r.Fail("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
	case rec.Doc.Text("status") != active && r.Operation != "DescribeStateMachine":
		return nil, r.Fail("StateMachineDeleting", "State Machine Deleting: '%s'", arn)
	}
	return rec, nil
}

func machineARN(r *emulate.Request, rec *records.Record) string {
	return r.ARN("stateMachine:" + rec.ID)
}

// page is a page of a listing; empty names are those of the model's paginator.
func page(r *emulate.Request, items []wire.Object, result string) (wire.Object, error) {
	if r.In.Int("maxResults") == 0 {
		r.In = r.In.With(wire.Object{"maxResults": int64(pageSize)})
	}
	return r.PageAs(items, mostPage, badToken, "nextToken", "nextToken", "maxResults", result)
}
