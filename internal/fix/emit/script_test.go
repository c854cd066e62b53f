package emit_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// hostile is a text that a shell, HCL and YAML would take for something else.
const hostile = "Don't \"say\" $(touch pwned) `id` ${HOME} ${x:-y} %{if true} \\n \\\\ \ttab\nEND_OF_TEXT\nnew line: 日本 \U0001f511 é \u2028 & < > | ; # !x * ~ $$ \x01"

const estate = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}}
calls:
  - account: "111122223333"
    region: eu-west-1
    as: user/admin
    do: bedrock:CreateGuardrail
    with:
      name: everything
      blockedInputMessaging: Ask something else.
      blockedOutputsMessaging: HOSTILE
      topicPolicyConfig:
        tierConfig: {tierName: STANDARD}
        topicsConfig:
          - {name: diagnosis, definition: "Any request to name an illness.", examples: ["What do I have?"], type: DENY, inputAction: BLOCK, outputAction: NONE, inputEnabled: true, outputEnabled: false}
      contentPolicyConfig:
        tierConfig: {tierName: CLASSIC}
        filtersConfig:
          - {type: HATE, inputStrength: HIGH, outputStrength: LOW, inputModalities: [TEXT, IMAGE], outputModalities: [TEXT], inputAction: BLOCK, outputAction: NONE, inputEnabled: true, outputEnabled: true}
          - {type: PROMPT_ATTACK, inputStrength: HIGH, outputStrength: NONE}
      wordPolicyConfig:
        wordsConfig: [{text: secret, inputAction: BLOCK, outputAction: BLOCK, inputEnabled: true, outputEnabled: true}]
        managedWordListsConfig: [{type: PROFANITY, inputAction: NONE, outputAction: BLOCK, inputEnabled: false, outputEnabled: true}]
      sensitiveInformationPolicyConfig:
        piiEntitiesConfig: [{type: EMAIL, action: ANONYMIZE, inputAction: ANONYMIZE, outputAction: BLOCK, inputEnabled: true, outputEnabled: true}]
        regexesConfig: [{name: record, description: "of the ward", pattern: "MRN-[0-9]{8}", action: BLOCK, inputAction: NONE, outputAction: BLOCK, inputEnabled: true, outputEnabled: true}]
      contextualGroundingPolicyConfig:
        filtersConfig: [{type: GROUNDING, threshold: 0.75, action: BLOCK, enabled: true}, {type: RELEVANCE, threshold: 0.5, action: NONE, enabled: false}]
      crossRegionConfig: {guardrailProfileIdentifier: eu.guardrail.v1:0}
      tags: [{key: team, value: ml}]
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: plain, description: d, blockedInputMessaging: HOSTILE, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: "no"}]}, contextualGroundingPolicyConfig: {filtersConfig: [{type: GROUNDING, threshold: 0.1}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgent", with: {agentName: agent, agentResourceRoleArn: "arn:aws:iam::111122223333:role/app", foundationModel: "amazon.nova-pro-v1:0", instruction: "You answer what customers ask about their orders, and nothing else.", idleSessionTTLInSeconds: 600, tags: {team: ml}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateFlow", with: {name: flow, executionRoleArn: "arn:aws:iam::111122223333:role/app"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreatePrompt", with: {name: prompt, description: d, defaultVariant: a, variants: [{name: a, templateType: TEXT, templateConfiguration: {text: {text: HOSTILE, inputVariables: [{name: x}]}}}]}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "logs:CreateLogGroup", with: {logGroupName: /app}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "secretsmanager:CreateSecret", with: {Name: app, SecretString: x}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "sqs:CreateQueue", with: {QueueName: app}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "ssm:PutParameter", with: {Name: /app/secret, Type: SecureString, Value: HOSTILE}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "sns:CreateTopic", with: {Name: app}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "s3:CreateBucket", with: {Bucket: bucket-of-app, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "dynamodb:CreateTable", with: {TableName: app, AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}}
`

func seed(text string) string {
	b := []byte(`"`)
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\u2028': // a line break within quotes otherwise
			b = append(b, `\u2028`...)
		case r < ' ':
			b = append(b, `\x0`...)
			b = append(b, "0123456789"[r])
		default:
			b = append(b, string(r)...)
		}
	}
	return string(bytes.ReplaceAll([]byte(estate), []byte("HOSTILE"), append(b, '"')))
}

var newKey = fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock", Tags: map[string]string{"team": "ml"}}

// types are those whose operations older versions of the AWS CLI have too.
var types = []string{
	"AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent", "AWS::Bedrock::Flow", "AWS::Bedrock::Prompt", "AWS::Bedrock::DataSource",
	"AWS::Logs::LogGroup", "AWS::SecretsManager::Secret", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SSM::Parameter",
}

// driven are the types that the AWS CLI is driven with: each of its calls takes half a second and more.
// With BEDLOCK_CLI=all it is all of them.
func driven() []string {
	if os.Getenv("BEDLOCK_CLI") == "all" {
		return types
	}
	return []string{"AWS::Bedrock::Guardrail", "AWS::SSM::Parameter"}
}

// rungs audits an inventory: where the slots stand, by resource and slot.
func rungs(t *testing.T, inv *inventory.Inventory) map[[2]string]bedlock.Rung {
	t.Helper()
	out := map[[2]string]bedlock.Rung{}
	_, err := audit.Run(t.Context(), inv, audit.Options{Catalog: embedded(t), Now: time.Now()}, func(m bedlock.Message) error {
		if m.Slot != nil {
			out[[2]string{m.Slot.Subject.ID, m.Slot.Subject.Slot}] = m.Slot.Rung
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func embedded(t *testing.T) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// awsCLI finds the AWS CLI, or says why the test is not made.
func awsCLI(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the AWS CLI is not here: " + err.Error())
	}
	return path
}

// states reads what the plan's updates are about.
func states(t *testing.T, p *fixtest.Plane, plan *fix.Plan) map[string]wire.Object {
	t.Helper()
	out := map[string]wire.Object{}
	for i := range plan.Steps {
		if s := &plan.Steps[i]; s.Kind == fix.Update {
			now, err := s.State.Observe(t.Context(), p.Estate(), s.Place)
			if err != nil {
				t.Fatal(err)
			}
			out[s.ID] = now
		}
	}
	return out
}

// shell runs a script against a plane.
func shell(t *testing.T, url, script string, args ...string) error {
	t.Helper()
	cmd := exec.Command("sh", append([]string{script}, args...)...)
	cmd.Dir = filepath.Dir(script)
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+url, "AWS_ACCESS_KEY_ID=AKIAadmin00000000", "AWS_SECRET_ACCESS_KEY=admin", "AWS_REGION=eu-west-1",
		"AWS_DEFAULT_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/nowhere", "AWS_SHARED_CREDENTIALS_FILE=/nowhere",
		"BEDLOCK_POLL=0", "BEDLOCK_PAUSE=0")
	out, err := cmd.CombinedOutput()
	t.Logf("%v %s\n%s", args, err, out)
	return err
}

func write(t *testing.T, p *fix.Plan) string {
	t.Helper()
	var b bytes.Buffer
	if err := emit.Script(&b, p, embedded(t)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plan.sh")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestScript: the script of a plan, run by a shell with the real AWS CLI, leads where the plan
// leads, and back to where everything was.
func TestScript(t *testing.T) {
	awsCLI(t)
	p := fixtest.Open(t, seed(hostile))
	plan := p.Plan(newKey, fix.Selection{}, driven()...)
	path := write(t, plan)
	before := states(t, p, plan)
	url := p.Serve()
	if err := shell(t, url, path); err != nil {
		t.Fatal(err)
	}
	key := p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/bedrock"}).Text("KeyMetadata.Arn")
	for id, now := range states(t, p, plan) {
		want, err := fix.Answers{"s01-create-key-bedrock": {"KeyMetadata": wire.Object{"Arn": key, "KeyId": filepath.Base(key)}}}.Object(plan.Step(id).After)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, now); d != "" {
			t.Errorf("%s: %s", id, d)
		}
	}
	got := rungs(t, p.Inventory(driven()...))
	for _, s := range plan.Subjects {
		if rung := got[[2]string{s.Resource, s.Slot}]; rung != s.Reaches {
			t.Errorf("%s: %s, planned %s", s.Title, rung, s.Reaches)
		}
	}
	if err := shell(t, url, path, "--undo"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, states(t, p, plan)); d != "" {
		t.Errorf("after --undo: %s", d)
	}
	if state := p.Call("kms", "DescribeKey", wire.Object{"KeyId": key}).Text("KeyMetadata.KeyState"); state != "PendingDeletion" {
		t.Errorf("the key is %s", state)
	}
	if got := p.Call("ssm", "GetParameter", wire.Object{"Name": "/app/secret", "WithDecryption": true}).Text("Parameter.Value"); got != hostile {
		t.Errorf("the value of the parameter is %q", got)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "pwned")); err == nil {
		t.Error("a text was run")
	}
	if err := shell(t, url, path); err == nil || !errors.As(err, new(*exec.ExitError)) {
		t.Error("a run that was taken back goes on")
	}
}
