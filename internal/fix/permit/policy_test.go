package permit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/permit"
	"github.com/bedlock/bedlock/internal/wire"
)

const estate = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: [bedrock.amazonaws.com, states.amazonaws.com]}, Action: "sts:AssumeRole"}]}}
    keys:
      - {region: eu-west-1, alias: alias/old, description: one that is there, policy: {Version: "2012-10-17", Statement: [{Sid: Manage, Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: g, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgent", with: {agentName: a, agentResourceRoleArn: "arn:aws:iam::111122223333:role/app", foundationModel: "amazon.nova-pro-v1:0", instruction: "You answer what customers ask about their orders, and nothing else."}, keep: {agent: agent.agentId}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:PrepareAgent", with: {agentId: "${agent}"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateFlow", with: {name: f, executionRoleArn: "arn:aws:iam::111122223333:role/app"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreatePrompt", with: {name: p, defaultVariant: a, variants: [{name: a, templateType: TEXT, templateConfiguration: {text: {text: hello}}}]}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "logs:CreateLogGroup", with: {logGroupName: /l}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "dynamodb:CreateTable", with: {TableName: table, AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "s3:CreateBucket", with: {Bucket: a-bucket-of-the-test, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "secretsmanager:CreateSecret", with: {Name: s, SecretString: x}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "sns:CreateTopic", with: {Name: topic}}
`

var types = []string{
	"AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent", "AWS::Bedrock::Flow", "AWS::Bedrock::Prompt", "AWS::Logs::LogGroup", "AWS::DynamoDB::Table",
	"AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::SNS::Topic",
}

type document struct {
	Version   string
	Statement []struct {
		Effect    string
		Action    []string
		Resource  []string
		Condition map[string]map[string][]string `json:",omitempty"`
	}
}

// lossy loses the answer to the first CreateKey.
type lossy struct {
	fix.Estate
	lost bool
}

func (l *lossy) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	out, err := l.Estate.Call(ctx, at, c)
	if c.Operation == "CreateKey" && err == nil && !l.lost {
		l.lost = true
		return nil, errors.New("connection reset by peer")
	}
	return out, err
}

// role makes a role that the user admin may assume.
func role(p *fixtest.Plane, name, policy string) {
	p.Call("iam", "CreateRole", wire.Object{"RoleName": name, "AssumeRolePolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`})
	p.Call("iam", "PutRolePolicy", wire.Object{"RoleName": name, "PolicyName": "apply", "PolicyDocument": policy})
}

// enabled counts the keys of the customer that are in use.
func enabled(p *fixtest.Plane) (n int) {
	for _, k := range p.Call("kms", "ListKeys", wire.Object{}).Objects("Keys") {
		m := p.Call("kms", "DescribeKey", wire.Object{"KeyId": k.Text("KeyId")}).Object("KeyMetadata")
		if m.Text("KeyManager") == "CUSTOMER" && m.Text("KeyState") == "Enabled" {
			n++
		}
	}
	return n
}

// thereAndBack applies a plan as a role and takes it back, as admin where the role cannot. A key
// that stays behind is an error too.
func thereAndBack(t *testing.T, p *fixtest.Plane, plan *fix.Plan, name string) error {
	t.Helper()
	j, err := apply.Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	o := func(e fix.Estate) apply.Options {
		return apply.Options{Estate: e, Poll: time.Microsecond, Pause: time.Microsecond}
	}
	as, before := p.As(name, permit.May(plan)), enabled(p)
	err = apply.Apply(t.Context(), j, o(&lossy{Estate: as}))
	if err == nil {
		err = apply.Undo(t.Context(), j, o(as))
	}
	if !j.Undoing() || !j.Finished() {
		if err := apply.Undo(t.Context(), j, o(p.Estate())); err != nil {
			t.Fatal(err)
		}
	}
	if err == nil && enabled(p) != before {
		err = errors.New("a key stays behind")
	}
	return err
}

// TestPolicyIsSufficientAndNecessary: with the policy a plan is applied and taken back; without any
// one of its actions it is not.
func TestPolicyIsSufficientAndNecessary(t *testing.T) {
	p := fixtest.Open(t, estate)
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	old := p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/old"}).Text("KeyMetadata.Arn")
	for name, target := range map[string]fix.Target{
		"new":      {Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock"},
		"existing": {Aim: fix.Existing, Key: old},
	} {
		plan := p.Plan(target, fix.Selection{}, types...)
		text, err := permit.Policy(plan, cat)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d steps, %d actions", name, len(plan.Steps), necessary(t, p, name, plan, text))
	}
}

// TestRoles: the roles that are named may be assumed, and no others.
func TestRoles(t *testing.T) {
	p := fixtest.Open(t, estate)
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	plan := p.Plan(fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock"}, fix.Selection{}, types...)
	without, err := permit.Policy(plan, cat)
	if err != nil || strings.Contains(without, "sts:") {
		t.Errorf("%v: %s", err, without)
	}
	roles := []string{"arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/b"}
	with, err := permit.Policy(plan, cat, roles...)
	if err != nil {
		t.Fatal(err)
	}
	var doc, less document
	if err := errors.Join(json.Unmarshal([]byte(with), &doc), json.Unmarshal([]byte(without), &less)); err != nil {
		t.Fatal(err)
	}
	last := doc.Statement[len(doc.Statement)-1]
	if len(doc.Statement) != len(less.Statement)+1 || !slices.Equal(last.Action, []string{"sts:AssumeRole"}) || !slices.Equal(last.Resource, roles) || last.Condition != nil {
		t.Errorf("%+v", last)
	}
}

// necessary applies a plan and takes it back with a policy, and tries to with each of its actions left out;
// it returns their number.
func necessary(t *testing.T, p *fixtest.Plane, name string, plan *fix.Plan, text string) (tried int) {
	t.Helper()
	role(p, name+"-whole", text)
	if err := thereAndBack(t, p, plan, name+"-whole"); err != nil {
		t.Fatalf("%s, with the whole policy: %v", name, err)
	}
	var doc document
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	for i := range doc.Statement {
		for _, action := range doc.Statement[i].Action {
			less := doc
			less.Statement = slices.Clone(doc.Statement)
			less.Statement[i].Action = slices.DeleteFunc(slices.Clone(doc.Statement[i].Action), func(a string) bool { return a == action })
			if len(less.Statement[i].Action) == 0 {
				less.Statement = slices.Delete(less.Statement, i, i+1)
			}
			b, err := json.Marshal(less)
			if err != nil {
				t.Fatal(err)
			}
			without := fmt.Sprintf("%s-%d-%s", name, i, strings.ReplaceAll(action, ":", "-"))
			role(p, without, string(b))
			tried++
			if err := thereAndBack(t, p, plan, without); err == nil {
				t.Errorf("%s: without %s on %v %v the plan is applied and taken back", name, action, doc.Statement[i].Resource, doc.Statement[i].Condition)
			}
		}
	}
	return tried
}
