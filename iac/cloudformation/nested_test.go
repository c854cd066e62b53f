package cloudformation

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

const parent = `
Parameters: {Make: {Type: String}}
Conditions: {Yes: !Equals [!Ref Make, "yes"]}
Resources:
  Key: {Type: AWS::KMS::Key}
  Keys:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./keys.yaml}
  Agents:
    Type: AWS::CloudFormation::Stack
    Condition: Yes
    Properties:
      TemplateURL: sub/agents.yaml
      Parameters:
        KeyArn: !GetAtt Keys.Outputs.KeyArn
        Direct: !GetAtt Key.Arn
        Pick: !If [Yes, a, b]
        None: !Ref AWS::NoValue
  Far: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: !Sub "https://${AWS::Region}/x.yaml"}}
  Lost: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: lost.yaml}}
  Broken: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: broken.yaml}}
  User:
    Type: T::T::T
    Properties:
      Key: !GetAtt Keys.Outputs.KeyArn
      Agent: !Sub "${Agents.Outputs.Agent}"
      Far: !GetAtt Far.Outputs.X
      Lost: !GetAtt [Lost, Outputs.X]
      Missing: !GetAtt Keys.Outputs.Nope
`

var disk = map[string]string{
	"app/keys.yaml": `
Resources:
  Key: {Type: AWS::KMS::Key}
Outputs:
  KeyArn: {Value: !GetAtt Key.Arn, Export: {Name: !Sub "${AWS::Region}-key"}}
`,
	"app/sub/agents.yaml": `
Parameters:
  KeyArn: {Type: String}
  Direct: {Type: String}
  Pick: {Type: String}
  None: {Type: String, Default: d}
Conditions:
  HasKey: !Not [!Equals [!Ref KeyArn, ""]]
  HasNone: !Equals [!Ref None, "d"]
Resources:
  Agent:
    Type: AWS::Bedrock::Agent
    Properties:
      CustomerEncryptionKeyArn: !Ref KeyArn
      Other: !If [HasKey, !Ref Direct, x]
      Pick: !Ref Pick
      None: !If [HasNone, !Ref None, x]
Outputs:
  Agent: {Value: !Ref Agent}
`,
	"app/broken.yaml": "Resources:\n  A: b: c\n",
}

func readDisk(path string) ([]byte, error) {
	if text, ok := disk[path]; ok {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

func TestNestedStacks(t *testing.T) {
	mods := evaluate(t, Options{ReadFile: readDisk}, "app/main.yaml", parent)
	if len(mods) != 1 {
		t.Fatalf("%d modules", len(mods))
	}
	agent := find(t, mods, "app/main.yaml#Agents/Agent")
	if got, want := show(agent.Attributes), `{CustomerEncryptionKeyArn:@Keys/Key.Arn Other:@Key.Arn Pick:"a" None:"d"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if agent.When != "Yes is true" || agent.Address != "Agents/Agent" || agent.At.File != "app/sub/agents.yaml" {
		t.Errorf("%+v", agent)
	}
	got := show(find(t, mods, "app/main.yaml#User").Attributes)
	want := `{Key:@Keys/Key.Arn Agent:@Agents/Agent.Ref Far:unknown(output X of nested stack Far: the place of its template is known only at deploy time)` +
		` Lost:unknown(output X of nested stack Lost: template app/lost.yaml is not there) Missing:unknown(nested stack Keys has no output Nope)}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	compare(t, notes(mods[0]), []string{
		"app/main.yaml:19:3: nested stack Far is not audited here: the place of its template is known only at deploy time",
		"app/main.yaml:20:3: nested stack Lost is not audited here: template app/lost.yaml is not there",
		"app/main.yaml:21:3: nested stack Broken is not audited here: template app/broken.yaml cannot be read: a ':' where no key can stand",
		"app/main.yaml:29:16: nested stack Keys has no output Nope",
	})
	var files []string
	for _, in := range mods[0].Consumed {
		files = append(files, in.Path+" "+string(in.Status)+" "+in.Reason)
	}
	compare(t, files, []string{"app/keys.yaml audited ", "app/sub/agents.yaml audited ", "app/broken.yaml failed a ':' where no key can stand"})
}

// A nested template that is an input as well is audited inside its parent only; an
// import finds the export of a nested stack.
func TestNestedInputs(t *testing.T) {
	mods := evaluate(t, Options{}, "app/keys.yaml", disk["app/keys.yaml"], "app/main.yaml", parent, "app/sub/agents.yaml", disk["app/sub/agents.yaml"],
		"other.yaml", "Resources: {R: {Type: T::T::T, Properties: {K: !ImportValue {'Fn::Sub': '${AWS::Region}-key'}}}}")
	var got []string
	for _, m := range mods {
		for _, r := range m.Resources {
			got = append(got, r.ID)
		}
		for _, c := range m.Consumed {
			got = append(got, "consumed "+c.Path)
		}
	}
	compare(t, got, []string{
		"app/main.yaml#Key", "app/main.yaml#Keys", "app/main.yaml#Keys/Key", "app/main.yaml#Agents", "app/main.yaml#Agents/Agent",
		"app/main.yaml#Far", "app/main.yaml#Lost", "app/main.yaml#Broken", "app/main.yaml#User",
		"consumed app/keys.yaml", "consumed app/sub/agents.yaml", "other.yaml#R",
	})
	if k := find(t, mods, "other.yaml#R").Attributes.Get("K"); k.Kind != graph.Ref || k.Target != "app/main.yaml#Keys/Key" || k.Text != "Arn" {
		t.Errorf("%+v", k)
	}
}

func TestImports(t *testing.T) {
	exporter := "Resources: {Key: {Type: AWS::KMS::Key}}\nOutputs: {K: {Value: !GetAtt Key.Arn, Export: {Name: net-key}}, S: {Value: x, Export: {Name: !Sub '${AWS::StackName}-s'}}}"
	importer := "Resources: {R: {Type: T::T::T, Properties: {K: !ImportValue net-key, S: !ImportValue main-s}}}"
	mods := evaluate(t, Options{}, "a.yaml", importer, "b.yaml", exporter)
	if got := show(find(t, mods, "a.yaml#R").Attributes); got != "{K:@Key.Arn S:unknown(no template among the inputs exports main-s)}" {
		t.Error(got)
	}
	mods = evaluate(t, Options{}, "a.yaml", importer, "b.yaml", exporter, "c.yaml", exporter)
	if got := show(find(t, mods, "a.yaml#R").Attributes.Get("K")); got != "unknown(2 templates among the inputs export net-key)" {
		t.Error(got)
	}
	a, b, c := parse(t, "a.yaml", importer), parse(t, "b.yaml", exporter), parse(t, "c.yaml", exporter)
	a.Environment.Region, b.Environment.Region, c.Environment.Region = "us-east-1", "us-east-1", "us-west-2"
	b.Environment.StackName = "main"
	mods = Evaluate([]*Template{a, b, c}, Options{})
	r := find(t, mods, "a.yaml#R")
	if got := show(r.Attributes); got != `{K:@Key.Arn S:"x"}` || r.Region != "us-east-1" || r.Partition != "aws" {
		t.Error(got, r)
	}
}

func TestCircles(t *testing.T) {
	mods := evaluate(t, Options{}, "a.yaml", "Resources: {B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml}}}",
		"b.yaml", "Resources: {A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}}",
		"self.yaml", "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: self.yaml}}}")
	var got []string
	for _, m := range mods {
		got = append(got, m.Input.Path)
		got = append(got, notes(m)...)
	}
	compare(t, got, []string{
		"a.yaml", "b.yaml:1:13: nested stack B/A is not audited here: template a.yaml is nested in itself",
		"self.yaml", "self.yaml:1:13: nested stack S is not audited here: template self.yaml is nested in itself",
	})
	// outputs that import each other, and a parameter that is its own stack's output
	mods = evaluate(t, Options{}, "a.yaml", "Resources: {R: {Type: T::T::T, Properties: {P: !ImportValue y}}}\nOutputs: {X: {Value: !ImportValue y, Export: {Name: x}}}",
		"b.yaml", "Resources: {}\nOutputs: {Y: {Value: !ImportValue x, Export: {Name: y}}}",
		"c.yaml", "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: d.yaml, Parameters: {P: !GetAtt N.Outputs.O}}}, R: {Type: T::T::T, Properties: {P: !GetAtt N.Outputs.O}}}",
		"d.yaml", "Parameters: {P: {Type: String}}\nResources: {}\nOutputs: {O: {Value: !Ref P}}")
	if got := show(find(t, mods, "a.yaml#R").Attributes.Get("P")); got != "unknown(outputs refer to each other in a circle)" {
		t.Error(got)
	}
	if got := show(find(t, mods, "c.yaml#R").Attributes.Get("P")); got != "unknown(outputs refer to each other in a circle)" {
		t.Error(got)
	}
}

func TestCDKNestedStack(t *testing.T) {
	root := `{"Resources":{
 "Key":{"Type":"AWS::KMS::Key"},
 "NestedStackResource":{"Type":"AWS::CloudFormation::Stack","Properties":{
   "TemplateURL":{"Fn::Join":["",["https://s3.",{"Ref":"AWS::Region"},".",{"Ref":"AWS::URLSuffix"},"/x.json"]]},
   "Parameters":{"referencetoKeyArn":{"Fn::GetAtt":["Key","Arn"]}}},
  "Metadata":{"aws:asset:path":"RootNested.nested.template.json","aws:asset:property":"TemplateURL"}}}}`
	nested := `{"Parameters":{"referencetoKeyArn":{"Type":"String"}},"Resources":{"G":{"Type":"AWS::Bedrock::Guardrail","Properties":{"KmsKeyArn":{"Ref":"referencetoKeyArn"}}}}}`
	tpl := parse(t, "cdk.out/Root.template.json", root)
	tpl.Environment = Environment{Account: "111122223333", Region: "us-gov-west-1"}
	mods := Evaluate([]*Template{tpl, parse(t, "cdk.out/RootNested.nested.template.json", nested)}, Options{})
	g := find(t, mods, "cdk.out/Root.template.json#NestedStackResource/G")
	if got := show(g.Attributes); len(mods) != 1 || got != "{KmsKeyArn:@Key.Arn}" || g.Account != "111122223333" || g.Partition != "aws-us-gov" {
		t.Errorf("%s %+v", got, g)
	}
}

func TestSAM(t *testing.T) {
	mods := evaluate(t, Options{ReadFile: readDisk}, "app/sam.yaml", `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    KmsKeyArn: !GetAtt Key.Arn
    Timeout: 3
    Environment: {Variables: {A: a}}
    Tags: {Team: x}
    Layers: [l1]
  SimpleTable: {SSESpecification: {SSEEnabled: true}}
Resources:
  Key: {Type: AWS::KMS::Key}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 5
      Environment: {Variables: {B: !Ref T}}
      Tags: {Env: !Ref AWS::Region}
      Layers: [l2]
      DeadLetterQueue: {Type: SQS, TargetArn: q}
  Own: {Type: AWS::Serverless::Function, Properties: {KmsKeyArn: k, Role: r}}
  T: {Type: AWS::Serverless::SimpleTable}
  S: {Type: AWS::Serverless::StateMachine, Properties: {Role: r, Logging: {Level: ALL}}}
  App: {Type: AWS::Serverless::Application, Properties: {Location: keys.yaml}}
  Repo: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a, SemanticVersion: 1.0.0}}}
  C: {Type: AWS::Serverless::Connector, Properties: {}}
  Role: {Type: T::T::T, Properties: {R: !GetAtt FRole.Arn, F: !GetAtt F.Arn}}
`)
	var got []string
	for _, r := range mods[0].Resources {
		got = append(got, r.Address+" "+r.Type+" "+show(r.Attributes))
	}
	compare(t, got, []string{
		`Key AWS::KMS::Key {}`,
		`F AWS::Lambda::Function {KmsKeyArn:@Key.Arn Timeout:5 Environment:{Variables:{A:"a" B:@T.Ref}} Tags:[{Key:"Team" Value:"x"} {Key:"Env" Value:"${bedlock:region}"}] Layers:["l1" "l2"] DeadLetterConfig:{Type:"SQS" TargetArn:"q"} Role:@FRole.Arn}`,
		`FRole AWS::IAM::Role {AssumeRolePolicyDocument:{Version:"2012-10-17" Statement:[{Effect:"Allow" Principal:{Service:"lambda.amazonaws.com"} Action:"sts:AssumeRole"}]} ManagedPolicyArns:["arn:${bedlock:partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"] Policies:[{PolicyName:"DeadLetterQueuePolicy" PolicyDocument:{Version:"2012-10-17" Statement:[{Effect:"Allow" Action:["sqs:SendMessage"] Resource:"q"}]}}]}`,
		`Own AWS::Lambda::Function {KmsKeyArn:"k" Timeout:3 Environment:{Variables:{A:"a"}} Tags:[{Key:"Team" Value:"x"}] Layers:["l1"] Role:"r"}`,
		`T AWS::DynamoDB::Table {SSESpecification:{SSEEnabled:true}}`,
		`S AWS::StepFunctions::StateMachine {RoleArn:"r" LoggingConfiguration:{Level:"ALL"}}`,
		`App AWS::CloudFormation::Stack {TemplateURL:"keys.yaml"}`,
		`App/Key AWS::KMS::Key {}`,
		`Repo AWS::CloudFormation::Stack {TemplateURL:{ApplicationId:"a" SemanticVersion:"1.0.0"}}`,
		`Role T::T::T {R:@FRole.Arn F:@F.Arn}`,
	})
	compare(t, notes(mods[0]), []string{
		"app/sam.yaml:25:3: nested stack Repo is not audited here: its template comes from the Serverless Application Repository",
		"app/sam.yaml:26:3: the permissions of SAM connector C are not resolved",
	})
}

func TestManifest(t *testing.T) {
	n, err := syntax.Parse("cdk.out/manifest.json", []byte(`{"version":"36.0.0","artifacts":{
 "B":{"type":"aws:cloudformation:stack","environment":"aws://unknown-account/unknown-region","properties":{"templateFile":"B.template.json","stackName":"b-prod","parameters":{"P":"v"}}},
 "A":{"type":"aws:cloudformation:stack","environment":"aws://111122223333/eu-west-1","properties":{"templateFile":"A.template.json"}},
 "A.assets":{"type":"cdk:asset-manifest","properties":{"file":"A.assets.json"}},
 "assembly-Prod":{"type":"cdk:cloud-assembly","properties":{"directoryName":"assembly-Prod"}},
 "Tree":{"type":"cdk:tree","properties":{"file":"tree.json"}}}}`), syntax.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Manifest("cdk.out/manifest.json", n)
	if err != nil || len(got) != 2 || !DetectManifest(n) {
		t.Fatal(got, err)
	}
	if a := got[0]; a.ID != "A" || a.TemplateFile != "cdk.out/A.template.json" || a.Account != "111122223333" || a.Region != "eu-west-1" || a.StackName != "A" {
		t.Errorf("%+v", a)
	}
	if b := got[1]; b.ID != "B" || b.Account != "" || b.Region != "" || b.StackName != "b-prod" || b.Parameters["P"] != "v" {
		t.Errorf("%+v", b)
	}
	more, err := NestedManifests("cdk.out/manifest.json", n)
	if err != nil || strings.Join(more, " ") != "cdk.out/assembly-Prod/manifest.json" {
		t.Error(more, err)
	}
	for text, want := range map[string]string{
		`{"version":"1","artifacts":{"A":{"type":"aws:cloudformation:stack"}}}`:                                      "m:1:33: the artifact has no templateFile",
		`{"version":"1","artifacts":{"A":{"type":"aws:cloudformation:stack","properties":{"templateFile":"../x"}}}}`: `m:1:97: templateFile "../x" leads out of the assembly`,
		`{"version":"1"}`: "m:1:1: the CDK manifest has no artifacts",
	} {
		n, err := syntax.Parse("m", []byte(text), syntax.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Manifest("m", n); err == nil || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What is kept is evaluated without the assumptions of the place that needs it
// first.
func TestAssumptionsDoNotLeak(t *testing.T) {
	mods := evaluate(t, Options{}, "p.yaml", `
Parameters: {M: {Type: String}}
Conditions: {C: !Equals [!Ref M, x], D: !Condition C}
Resources:
  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml, Parameters: {P: !If [C, a, b]}}}
  R:
    Type: T::T::T
    Properties:
      First: !If [C, !GetAtt N.Outputs.O, z]
      Then: !GetAtt N.Outputs.O
      Last: !If [D, !GetAtt N.Outputs.O, z]
`, "c.yaml", "Parameters: {P: {Type: String}}\nConditions: {Q: !Equals [!Ref P, a]}\nResources: {}\nOutputs: {O: {Value: !Sub 'o-${P}'}}")
	want := `{First:<C is true => "o-a" | C is false => "z"> Then:<C is true => "o-a" | C is false => "o-b"> Last:<D is true => "o-a" | D is false => "z">}`
	if got := show(find(t, mods, "p.yaml#R").Attributes); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
