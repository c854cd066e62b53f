package stepfunctions_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/plane/local/localtest/sdktest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	alias   = "alias/machines"
	role    = "arn:aws:iam::111122223333:role/execute"
	other   = "arn:aws:iam::111122223333:role/other"
	machine = "arn:aws:states:eu-west-1:111122223333:stateMachine:"
	run     = "arn:aws:states:eu-west-1:111122223333:execution:"
	pass    = `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: exact
        access-keys: [{id: AKIAEXACT0000000, secret: secret}]
        policies:
          own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "states:*", Resource: ["arn:aws:states:eu-west-1:111122223333:*:own", "arn:aws:states:eu-west-1:111122223333:execution:own:*"]}]}
          pass: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "iam:PassRole", Resource: "*", Condition: {StringEquals: {"iam:PassedToService": states.amazonaws.com}}}]}
      - name: live
        access-keys: [{id: AKIALIVE00000000, secret: secret}]
        policies:
          own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "states:StartExecution", Resource: "*", Condition: {StringEquals: {"states:StateMachineQualifier": LIVE}}}]}
    roles:
      - name: execute
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: "sts:AssumeRole", Condition: {StringEquals: {"aws:SourceAccount": "111122223333"}}}]}
        policies:
          key: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*"}]}
      - name: other
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: "sts:AssumeRole"}]}
      - name: stranger
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/machines}
      - {region: eu-west-1, alias: alias/second}
`

const (
	admin = "AKIAADMIN0000000"
	exact = "AKIAEXACT0000000"
	live  = "AKIALIVE00000000"
)

func client(p *localtest.Plane, accessKey string) *sfn.Client {
	return sfn.NewFromConfig(sdktest.Config(p, accessKey, "states"))
}

func create(t testing.TB, c *sfn.Client, name, definition string, change ...func(*sfn.CreateStateMachineInput)) (string, error) {
	in := &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: aws.String(role)}
	for _, f := range change {
		f(in)
	}
	out, err := c.CreateStateMachine(t.Context(), in)
	if err != nil {
		return "", err
	}
	return *out.StateMachineArn, nil
}

func customer(p *localtest.Plane, alias string) *types.EncryptionConfiguration {
	return &types.EncryptionConfiguration{Type: types.EncryptionTypeCustomerManagedKmsKey, KmsKeyId: aws.String(p.KeyARN(account, region, alias))}
}

func keyed(p *localtest.Plane) func(*sfn.CreateStateMachineInput) {
	return func(in *sfn.CreateStateMachineInput) { in.EncryptionConfiguration = customer(p, alias) }
}

func describe(t *testing.T, c *sfn.Client, arn string) *sfn.DescribeStateMachineOutput {
	t.Helper()
	return localtest.Must(c.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: &arn}))(t)
}

func start(t *testing.T, c *sfn.Client, arn, name, input string) error {
	_, err := c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &arn, Name: &name, Input: &input})
	return err
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestStateMachine(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	arn := localtest.Must(create(t, c, "m", pass))(t)
	if arn != machine+"m" {
		t.Error(arn)
	}
	d := describe(t, c, arn)
	if *d.Definition != pass || d.Status != "ACTIVE" || d.Type != "STANDARD" || *d.RoleArn != role || d.RevisionId != nil || d.EncryptionConfiguration.Type != "AWS_OWNED_KEY" || d.LoggingConfiguration.Level != "OFF" || d.TracingConfiguration.Enabled || !d.CreationDate.Equal(p.Now()) {
		t.Errorf("described %s", text(d))
	}
	// Once more with another role is the same machine; with another definition it is not.
	if again := localtest.Must(create(t, c, "m", pass, func(in *sfn.CreateStateMachineInput) { in.RoleArn = aws.String(other) }))(t); again != arn {
		t.Error(again)
	}
	_, err := create(t, c, "m", strings.ReplaceAll(pass, `"A"`, `"B"`))
	localtest.Refused(t, err, "StateMachineAlreadyExists", "State Machine Already Exists: '"+arn+"'")
	_, err = create(t, c, "m", pass, func(in *sfn.CreateStateMachineInput) { in.Type = "EXPRESS" })
	localtest.Refused(t, err, "StateMachineAlreadyExists", "State Machine Already Exists: '"+arn+"'")

	// What is left out of an update stays.
	out := localtest.Must(c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &arn, RoleArn: aws.String(other)}))(t)
	d = describe(t, c, arn)
	if *d.RoleArn != other || *d.Definition != pass || *d.RevisionId != *out.RevisionId || d.EncryptionConfiguration.Type != "AWS_OWNED_KEY" {
		t.Errorf("described %s", text(d))
	}
	_, err = c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &arn})
	localtest.Refused(t, err, "MissingRequiredParameter", "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration or the TracingConfiguration must be specified")
	if list := localtest.Must(c.ListStateMachines(ctx, &sfn.ListStateMachinesInput{}))(t).StateMachines; len(list) != 1 || *list[0].StateMachineArn != arn || list[0].Type != "STANDARD" {
		t.Errorf("listed %s", text(list))
	}

	p.World.Settle = time.Minute
	localtest.Must(c.DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: &arn}))(t)
	if d := describe(t, c, arn); d.Status != "DELETING" {
		t.Error(d.Status)
	}
	localtest.Refused(t, start(t, c, arn, "x", "{}"), "StateMachineDeleting", "State Machine Deleting: '"+arn+"'")
	p.Pass(time.Minute)
	c = client(p, admin)
	_, err = c.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	localtest.Refused(t, err, "StateMachineDoesNotExist", "State Machine Does Not Exist: '"+arn+"'")
	localtest.Must(c.DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: &arn}))(t)
}

func TestRefusals(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	for name, o := range map[string]struct {
		definition string
		change     func(*sfn.CreateStateMachineInput)
		code, text string
	}{
		"no JSON":  {`{`, nil, "InvalidDefinition", "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: unexpected end of JSON input'"},
		"no start": {`{"StartAt": "X", "States": {}}`, nil, "InvalidDefinition", "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'StartAt' target: X at /StartAt'"},
		"no next":  {`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}`, nil, "InvalidDefinition", "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A'"},
		"no end":   {`{"StartAt": "A", "States": {"A": {"Type": "Pass"}}}`, nil, "InvalidDefinition", "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Exactly one of the fields 'Next' and 'End' is required at /States/A'"},
		"null":     {`{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [null]}}}`, nil, "InvalidDefinition", "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Value is not a rule at /States/A/Choices'"},
		"role": {pass, func(in *sfn.CreateStateMachineInput) {
			in.RoleArn = aws.String(strings.Replace(role, "execute", "stranger", 1))
		},
			"AccessDeniedException", "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role."},
		"description": {pass, func(in *sfn.CreateStateMachineInput) { in.VersionDescription = aws.String("x") }, "ValidationException", "Version description can only be set when publish is true"},
		"no key": {pass, func(in *sfn.CreateStateMachineInput) {
			in.EncryptionConfiguration = &types.EncryptionConfiguration{Type: types.EncryptionTypeCustomerManagedKmsKey}
		}, "InvalidEncryptionConfiguration", "Invalid Encryption Configuration: 'kmsKeyId must be specified when type is CUSTOMER_MANAGED_KMS_KEY'"},
	} {
		t.Run(name, func(t *testing.T) {
			change := o.change
			if change == nil {
				change = func(*sfn.CreateStateMachineInput) {}
			}
			_, err := create(t, c, "m", o.definition, change)
			localtest.Refused(t, err, o.code, o.text)
		})
	}
	_, err := c.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: aws.String("m")})
	localtest.Refused(t, err, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: m'")
	_, err = create(t, client(p, exact), "m", pass)
	localtest.Refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/exact is not authorized to perform: states:CreateStateMachine on resource: "+machine+"m because no identity-based policy allows the states:CreateStateMachine action")
}

// TestKeyOfMachine: callers need kms:Decrypt for the definition and for what executions read and
// wrote, and nothing for the rest; the role needs what executions do.
func TestKeyOfMachine(t *testing.T) {
	p := localtest.Open(t, seed)
	key := p.KeyARN(account, region, alias)
	const root = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:user/exact", "%[1]s"]}}}`
	statement := func(principal, actions string) string {
		return fmt.Sprintf(`{"Effect": "Allow", "Principal": {"AWS": %q}, "Action": %s, "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "states.eu-west-1.amazonaws.com", "kms:EncryptionContext:aws:states:stateMachineArn": "%sown"}}}`, principal, actions, machine)
	}
	describeKey := `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/exact"}, "Action": "kms:DescribeKey", "Resource": "*"}`
	policy := func(statements ...string) {
		p.SetKeyPolicy(account, region, alias, `{"Version": "2012-10-17", "Statement": [`+strings.Join(append([]string{fmt.Sprintf(root, role)}, statements...), ", ")+`]}`)
	}
	user := "arn:aws:iam::111122223333:user/exact"
	e, ctx := client(p, exact), t.Context()
	arn := machine + "own"
	denied := func(err error, who, action string) {
		t.Helper()
		localtest.Refused(t, err, "KmsAccessDeniedException", "User: "+who+" is not authorized to perform: kms:"+action+" on resource: "+key+" because no resource-based policy allows the kms:"+action+" action")
	}
	policy(statement(user, `["kms:Decrypt", "kms:GenerateDataKey"]`))
	_, err := create(t, e, "own", pass, keyed(p))
	denied(err, user, "DescribeKey")
	policy(describeKey, statement(user, `["kms:Decrypt"]`))
	_, err = create(t, e, "own", pass, keyed(p))
	denied(err, user, "GenerateDataKey")
	policy(describeKey, statement(user, `["kms:GenerateDataKey"]`))
	_, err = create(t, e, "own", pass, keyed(p))
	denied(err, user, "Decrypt")
	policy(describeKey, statement(user, `["kms:Decrypt", "kms:GenerateDataKey"]`))
	localtest.Must(create(t, e, "own", pass, keyed(p)))(t)
	if d := describe(t, e, arn); *d.Definition != pass || *d.EncryptionConfiguration.KmsKeyId != key || *d.EncryptionConfiguration.KmsDataKeyReusePeriodSeconds != 300 || d.EncryptionConfiguration.Type != "CUSTOMER_MANAGED_KMS_KEY" {
		t.Errorf("described %s", text(d))
	}

	session := "arn:aws:sts::111122223333:assumed-role/execute/states"
	denied(start(t, e, arn, "x", "{}"), session, "Decrypt")
	policy(statement(role, `"kms:Decrypt"`))
	denied(start(t, e, arn, "x", "{}"), session, "GenerateDataKey")
	policy(statement(role, `["kms:Decrypt", "kms:GenerateDataKey"]`))
	if err := start(t, e, arn, "x", `{"secret": 1}`); err != nil {
		t.Fatal(err)
	}
	x := aws.String(run + "own:x")
	_, err = e.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	denied(err, user, "Decrypt")
	_, err = e.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: x})
	denied(err, user, "Decrypt")
	_, err = e.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: x})
	denied(err, user, "Decrypt")
	_, err = e.DescribeStateMachineForExecution(ctx, &sfn.DescribeStateMachineForExecutionInput{ExecutionArn: x})
	denied(err, user, "Decrypt")

	d := localtest.Must(e.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn, IncludedData: types.IncludedDataMetadataOnly}))(t)
	f := localtest.Must(e.DescribeStateMachineForExecution(ctx, &sfn.DescribeStateMachineForExecutionInput{ExecutionArn: x, IncludedData: types.IncludedDataMetadataOnly}))(t)
	g := localtest.Must(e.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: x, IncludedData: types.IncludedDataMetadataOnly}))(t)
	h := localtest.Must(e.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: x, IncludeExecutionData: aws.Bool(false)}))(t)
	if *d.Definition != "" || *f.Definition != "" || *f.RoleArn != role || g.Input != nil || g.Output != nil || g.Status != "SUCCEEDED" || len(h.Events) != 4 || h.Events[0].ExecutionStartedEventDetails.Input != nil || *h.Events[1].StateEnteredEventDetails.Name != "A" {
		t.Errorf("without data: %s %s %s %s", text(d), text(f), text(g), text(h))
	}
	policy(statement(user, `"kms:Decrypt"`))
	g = localtest.Must(e.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: x}))(t)
	if *g.Input != `{"secret": 1}` || *g.Output != `{"secret":1}` || !g.InputDetails.Included {
		t.Errorf("execution %s", text(g))
	}
}

func TestKeyStates(t *testing.T) {
	p := localtest.Open(t, seed)
	key := p.KeyARN(account, region, alias)
	c, ctx := client(p, admin), t.Context()
	arn := localtest.Must(create(t, c, "m", pass, keyed(p)))(t)
	p.DisableKey(account, region, alias)
	_, err := create(t, c, "n", pass, keyed(p))
	localtest.Refused(t, err, "InvalidEncryptionConfiguration", "Invalid Encryption Configuration: '"+key+" is disabled.'")
	localtest.Refused(t, start(t, c, arn, "x", "{}"), "KmsInvalidStateException", key+" is disabled.")
	_, err = c.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	localtest.Refused(t, err, "KmsInvalidStateException", key+" is disabled.")
	plain := localtest.Must(create(t, c, "plain", pass))(t)
	_, err = c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &plain, EncryptionConfiguration: customer(p, alias)})
	localtest.Refused(t, err, "InvalidEncryptionConfiguration", "Invalid Encryption Configuration: '"+key+" is disabled.'")
	p.EnableKey(account, region, alias)
	if err := start(t, c, arn, "old", "{}"); err != nil {
		t.Fatal(err)
	}

	// Another key encrypts the definition again; what executed keeps the key that it had.
	localtest.Must(c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &arn, EncryptionConfiguration: customer(p, "alias/second")}))(t)
	p.DeleteKey(account, region, alias)
	c = client(p, admin)
	if d := describe(t, c, arn); *d.Definition != pass || *d.EncryptionConfiguration.KmsKeyId != p.KeyARN(account, region, "alias/second") {
		t.Errorf("described %s", text(d))
	}
	_, err = c.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(run + "m:old")})
	localtest.Refused(t, err, "KmsInvalidStateException", "Key '"+key+"' does not exist")
	if list := localtest.Must(c.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &arn}))(t).Executions; len(list) != 1 || *list[0].Name != "old" || list[0].Status != "SUCCEEDED" {
		t.Errorf("listed %s", text(list))
	}
	// Without a key of the customer no key is needed.
	localtest.Must(c.UpdateStateMachine(ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &arn, EncryptionConfiguration: &types.EncryptionConfiguration{Type: types.EncryptionTypeAwsOwnedKey}}))(t)
	p.DisableKey(account, region, "alias/second")
	if d := describe(t, c, arn); *d.Definition != pass || d.EncryptionConfiguration.KmsKeyId != nil {
		t.Errorf("described %s", text(d))
	}
}

func TestActivity(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	in := &sfn.CreateActivityInput{Name: aws.String("a"), EncryptionConfiguration: customer(p, alias), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}}
	out := localtest.Must(c.CreateActivity(ctx, in))(t)
	arn := *out.ActivityArn
	if arn != "arn:aws:states:eu-west-1:111122223333:activity:a" {
		t.Error(arn)
	}
	localtest.Must(c.CreateActivity(ctx, in))(t)
	in.EncryptionConfiguration = nil
	_, err := c.CreateActivity(ctx, in)
	localtest.Refused(t, err, "ActivityAlreadyExists", "Activity already exists. EncryptionConfiguration may not be updated.")
	p.DisableKey(account, region, alias)
	_, err = c.CreateActivity(ctx, &sfn.CreateActivityInput{Name: aws.String("b"), EncryptionConfiguration: customer(p, alias)})
	localtest.Refused(t, err, "InvalidEncryptionConfiguration", "Invalid Encryption Configuration: '"+p.KeyARN(account, region, alias)+" is disabled.'")
	d := localtest.Must(c.DescribeActivity(ctx, &sfn.DescribeActivityInput{ActivityArn: &arn}))(t)
	if *d.Name != "a" || *d.EncryptionConfiguration.KmsKeyId != p.KeyARN(account, region, alias) {
		t.Errorf("described %s", text(d))
	}
	if list := localtest.Must(c.ListActivities(ctx, &sfn.ListActivitiesInput{}))(t).Activities; len(list) != 1 || *list[0].ActivityArn != arn {
		t.Errorf("listed %s", text(list))
	}
	localtest.Must(c.DeleteActivity(ctx, &sfn.DeleteActivityInput{ActivityArn: &arn}))(t)
	_, err = c.DescribeActivity(ctx, &sfn.DescribeActivityInput{ActivityArn: &arn})
	localtest.Refused(t, err, "ActivityDoesNotExist", "Activity Does Not Exist: '"+arn+"'")
}

func TestTags(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	arn := localtest.Must(create(t, c, "m", pass, func(in *sfn.CreateStateMachineInput) {
		in.Tags = []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}}
	}))(t)
	localtest.Must(c.TagResource(ctx, &sfn.TagResourceInput{ResourceArn: &arn, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}}}))(t)
	localtest.Must(c.UntagResource(ctx, &sfn.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"b"}}))(t)
	if tags := localtest.Must(c.ListTagsForResource(ctx, &sfn.ListTagsForResourceInput{ResourceArn: &arn}))(t).Tags; text(tags) != `[{"Key":"a","Value":"1"}]` {
		t.Error(text(tags))
	}
	_, err := c.ListTagsForResource(ctx, &sfn.ListTagsForResourceInput{ResourceArn: aws.String(machine + "none")})
	localtest.Refused(t, err, "ResourceNotFound", "Resource not found: '"+machine+"none'")
}

// TestRestart: a definition under a key is there after a restart, and so is an execution.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	arn := localtest.Must(create(t, client(p, admin), "m", pass, keyed(p)))(t)
	if err := start(t, client(p, admin), arn, "x", `"in"`); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	c := client(p, admin)
	x := localtest.Must(c.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(run + "m:x")}))(t)
	if d := describe(t, c, arn); *d.Definition != pass || *x.Output != `"in"` {
		t.Errorf("%s %s", text(d), text(x))
	}
}
