package stepfunctions_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

func route(arn string, weight int32) types.RoutingConfigurationListItem {
	return types.RoutingConfigurationListItem{StateMachineVersionArn: &arn, Weight: weight}
}

func TestVersions(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	out := localtest.Must(c.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("m"), Definition: aws.String(pass), RoleArn: aws.String(role), Publish: true, VersionDescription: aws.String("first")}))(t)
	arn := *out.StateMachineArn
	if *out.StateMachineVersionArn != arn+":1" {
		t.Error(*out.StateMachineVersionArn)
	}
	// The same revision is the same version.
	if again := localtest.Must(c.PublishStateMachineVersion(ctx, &sfn.PublishStateMachineVersionInput{StateMachineArn: &arn, RevisionId: aws.String("INITIAL")}))(t); *again.StateMachineVersionArn != arn+":1" {
		t.Error(*again.StateMachineVersionArn)
	}
	second := strings.ReplaceAll(pass, `"A"`, `"B"`)
	up := localtest.Must(c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &arn, Definition: &second, Publish: true}))(t)
	if *up.StateMachineVersionArn != arn+":2" {
		t.Error(*up.StateMachineVersionArn)
	}
	_, err := c.PublishStateMachineVersion(ctx, &sfn.PublishStateMachineVersionInput{StateMachineArn: &arn, RevisionId: aws.String("INITIAL")})
	localtest.Refused(t, err, "ConflictException", "Failed to publish the State Machine version for revision INITIAL. The current State Machine revision is "+*up.RevisionId+".")
	one, two := describe(t, c, arn+":1"), describe(t, c, arn+":2")
	if *one.Definition != pass || *one.Description != "first" || one.RevisionId != nil || *one.StateMachineArn != arn+":1" || *two.Definition != second || *two.RevisionId != *up.RevisionId || two.Description != nil {
		t.Errorf("versions %s %s", text(one), text(two))
	}
	list := localtest.Must(c.ListStateMachineVersions(ctx, &sfn.ListStateMachineVersionsInput{StateMachineArn: &arn, MaxResults: 1}))(t)
	next := localtest.Must(c.ListStateMachineVersions(ctx, &sfn.ListStateMachineVersionsInput{StateMachineArn: &arn, NextToken: list.NextToken}))(t)
	if len(list.StateMachineVersions) != 1 || *list.StateMachineVersions[0].StateMachineVersionArn != arn+":2" || len(next.StateMachineVersions) != 1 || *next.StateMachineVersions[0].StateMachineVersionArn != arn+":1" {
		t.Errorf("listed %s %s", text(list), text(next))
	}

	a := localtest.Must(c.CreateStateMachineAlias(ctx, &sfn.CreateStateMachineAliasInput{Name: aws.String("LIVE"), RoutingConfiguration: []types.RoutingConfigurationListItem{route(arn+":1", 100)}}))(t)
	if *a.StateMachineAliasArn != arn+":LIVE" {
		t.Error(*a.StateMachineAliasArn)
	}
	for name, o := range map[string]struct {
		routes     []types.RoutingConfigurationListItem
		code, text string
	}{
		"weight": {[]types.RoutingConfigurationListItem{route(arn+":1", 60), route(arn+":2", 30)}, "ValidationException", "Sum of routing configuration weights must equal 100. Received: 90"},
		"twice":  {[]types.RoutingConfigurationListItem{route(arn+":1", 50), route(arn+":1", 50)}, "ValidationException", "Routing configuration must contain distinct state machine version ARNs. Received: [" + arn + ":1, " + arn + ":1]"},
		"none":   {[]types.RoutingConfigurationListItem{route(arn+":9", 100)}, "ResourceNotFound", "Request references a resource that does not exist."},
		"other":  {[]types.RoutingConfigurationListItem{route(arn+":2", 100)}, "ConflictException", "Failed to create alias because an alias with the same name and a different routing configuration already exists: '" + arn + ":LIVE'"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.CreateStateMachineAlias(ctx, &sfn.CreateStateMachineAliasInput{Name: aws.String("LIVE"), RoutingConfiguration: o.routes})
			localtest.Refused(t, err, o.code, o.text)
		})
	}
	_, err = c.DeleteStateMachineVersion(ctx, &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: aws.String(arn + ":1")})
	localtest.Refused(t, err, "ConflictException", "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [LIVE]")

	// The alias starts the version that it has, and is a condition of its own.
	l := client(p, live)
	if err := start(t, l, arn+":LIVE", "x", "{}"); err != nil {
		t.Fatal(err)
	}
	localtest.Refused(t, start(t, l, arn+":1", "y", "{}"), "AccessDeniedException", "User: arn:aws:iam::111122223333:user/live is not authorized to perform: states:StartExecution on resource: "+arn+" because no identity-based policy allows the states:StartExecution action")
	x := localtest.Must(c.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(run + "m:x")}))(t)
	f := localtest.Must(c.DescribeStateMachineForExecution(ctx, &sfn.DescribeStateMachineForExecutionInput{ExecutionArn: aws.String(run + "m:x")}))(t)
	if *x.StateMachineVersionArn != arn+":1" || *x.StateMachineAliasArn != arn+":LIVE" || *f.Definition != pass {
		t.Errorf("execution %s %s", text(x), text(f))
	}
	for of, want := range map[string]int{":LIVE": 1, ":1": 1, ":2": 0, "": 1} {
		if got := localtest.Must(c.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: aws.String(arn + of)}))(t).Executions; len(got) != want {
			t.Errorf("executions of %q: %s", of, text(got))
		}
	}

	// What is left out of the update of an alias stays.
	localtest.Must(c.UpdateStateMachineAlias(ctx, &sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: a.StateMachineAliasArn, Description: aws.String("d")}))(t)
	localtest.Must(c.UpdateStateMachineAlias(ctx, &sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: a.StateMachineAliasArn, RoutingConfiguration: []types.RoutingConfigurationListItem{route(arn+":2", 100)}}))(t)
	d := localtest.Must(c.DescribeStateMachineAlias(ctx, &sfn.DescribeStateMachineAliasInput{StateMachineAliasArn: a.StateMachineAliasArn}))(t)
	if *d.Name != "LIVE" || *d.Description != "d" || len(d.RoutingConfiguration) != 1 || *d.RoutingConfiguration[0].StateMachineVersionArn != arn+":2" {
		t.Errorf("alias %s", text(d))
	}
	if of := localtest.Must(c.ListStateMachineAliases(ctx, &sfn.ListStateMachineAliasesInput{StateMachineArn: aws.String(arn + ":1")}))(t).StateMachineAliases; len(of) != 0 {
		t.Errorf("aliases of version 1: %s", text(of))
	}
	localtest.Must(c.DeleteStateMachineVersion(ctx, &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: aws.String(arn + ":1")}))(t)
	localtest.Must(c.DeleteStateMachineAlias(ctx, &sfn.DeleteStateMachineAliasInput{StateMachineAliasArn: a.StateMachineAliasArn}))(t)
	_, err = c.DescribeStateMachineAlias(ctx, &sfn.DescribeStateMachineAliasInput{StateMachineAliasArn: a.StateMachineAliasArn})
	localtest.Refused(t, err, "ResourceNotFound", "Request references a resource that does not exist.")
}

// always is a source of randomness that is none.
type always byte

func (a always) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(a)
	}
	return len(b), nil
}

// TestWeights: an alias starts one of its versions, by their weights.
func TestWeights(t *testing.T) {
	for random, want := range map[always]string{0: ":1", 5: ":1", 6: ":2", 9: ":2"} { // 00, 55, 66, 99 of 100
		p := localtest.Open(t, seed, func(o *local.Options) { o.Random = random })
		c, ctx := client(p, admin), t.Context()
		arn := localtest.Must(create(t, c, "m", pass, func(in *sfn.CreateStateMachineInput) { in.Publish = true }))(t)
		localtest.Must(c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &arn, RoleArn: aws.String(other), Publish: true}))(t)
		localtest.Must(c.CreateStateMachineAlias(ctx, &sfn.CreateStateMachineAliasInput{Name: aws.String("LIVE"), RoutingConfiguration: []types.RoutingConfigurationListItem{route(arn+":1", 60), route(arn+":2", 40)}}))(t)
		if err := start(t, c, arn+":LIVE", "x", "{}"); err != nil {
			t.Fatal(err)
		}
		x := localtest.Must(c.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(run + "m:x")}))(t)
		if *x.StateMachineVersionArn != arn+want {
			t.Errorf("with %d: %s", random, *x.StateMachineVersionArn)
		}
	}
}
