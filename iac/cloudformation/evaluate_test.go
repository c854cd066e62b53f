package cloudformation

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

func parse(t testing.TB, file, text string) *Template {
	t.Helper()
	n, err := syntax.Parse(file, []byte(text), syntax.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	tpl, err := Parse(file, n)
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// show prints a value on one line. A reference is @address.attribute.
func show(v graph.Value) string {
	switch v.Kind {
	case graph.Absent:
		return "absent"
	case graph.String:
		return fmt.Sprintf("%q", v.Text)
	case graph.Ref:
		return "@" + v.Target[strings.IndexByte(v.Target, '#')+1:] + "." + v.Text
	case graph.Unknown:
		return "unknown(" + v.Text + ")"
	case graph.List, graph.Concat:
		var parts []string
		for _, item := range v.Items {
			parts = append(parts, show(item))
		}
		if v.Kind == graph.Concat {
			return strings.Join(parts, "+")
		}
		return "[" + strings.Join(parts, " ") + "]"
	case graph.Map:
		var parts []string
		for _, m := range v.Members {
			parts = append(parts, m.Name+":"+show(m.Value))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case graph.Choice:
		var parts []string
		for _, b := range v.Choices {
			parts = append(parts, b.When+" => "+show(b.Value))
		}
		return "<" + strings.Join(parts, " | ") + ">"
	}
	return v.Text
}

func evaluate(t testing.TB, opts Options, files ...string) []graph.Module {
	t.Helper()
	var list []*Template
	for i := 0; i+1 < len(files); i += 2 {
		list = append(list, parse(t, files[i], files[i+1]))
	}
	return Evaluate(list, opts)
}

func find(t testing.TB, mods []graph.Module, id string) graph.Resource {
	t.Helper()
	for _, m := range mods {
		for _, r := range m.Resources {
			if r.ID == id {
				return r
			}
		}
	}
	t.Fatalf("no resource %s", id)
	return graph.Resource{}
}

// world is a template around one value, P of resource R.
const world = `
Transform: AWS::LanguageExtensions
Parameters:
  KeyArn: {Type: String}
  Empty: {Type: String, Default: ""}
  Name: {Type: String, Default: app}
  Days: {Type: Number, Default: 30}
  Flag: {Type: String, Default: "true"}
  Secret: {Type: String, Default: hunter2, NoEcho: true}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /kms/key}
  SsmName: {Type: "AWS::SSM::Parameter::Name", Default: /kms/key}
  Names: {Type: CommaDelimitedList, Default: "a, b,c"}
  Nets: {Type: "List<AWS::EC2::Subnet::Id>"}
Mappings:
  M:
    one: {k: v1, l: [x, y], same: s}
    two: {k: v2, same: s}
Conditions:
  HasKey: !Not [!Equals [!Ref KeyArn, ""]]
  NoKey: !Equals [!Ref KeyArn, ""]
  IsDev: !Equals [!Ref KeyArn, dev]
  IsProd: !Equals [prod, !Ref KeyArn]
  Named: !Equals [!Ref Name, app]
  Unnamed: !Not [!Condition Named]
  Both: !And [!Condition HasKey, !Condition Named]
  Either: !Or [!Condition HasKey, Condition: Named]
  NotBoth: !Not [!Condition Both]
  East: !Equals [!Ref AWS::Region, us-east-1]
  A: !Not [!Condition B]
  B: !Not [!Condition A]
  Self: !Condition Self
  WithSecret: !Not [!Equals [!Ref Secret, ""]]
Resources:
  Key: {Type: AWS::KMS::Key}
  Other: {Type: AWS::S3::Bucket}
  Gone: {Type: AWS::S3::Bucket, Condition: Unnamed}
  R:
    Type: AWS::Test::Type
    Properties:
      P: VALUE
`

func value(t *testing.T, expression string, opts Options) string {
	t.Helper()
	mods := evaluate(t, opts, "t.yaml", strings.Replace(world, "VALUE", expression, 1))
	return show(find(t, mods, "t.yaml#R").Attributes.Get("P"))
}

func TestFunctions(t *testing.T) {
	for expression, want := range map[string]string{
		// scalars keep what they say
		`text`: `"text"`, `"true"`: `"true"`, `true`: `true`, `Yes`: `true`, `off`: `false`, `30`: `30`, `1.50`: `1.50`,
		`2012-10-17`: `"2012-10-17"`, `""`: `""`, `null`: `absent`, `~`: `absent`,
		// Ref
		`!Ref Key`: `@Key.Ref`, `{Ref: Key}`: `@Key.Ref`, `!Ref Name`: `"app"`, `!Ref Empty`: `""`, `!Ref Days`: `30`, `!Ref Flag`: `"true"`,
		`!Ref KeyArn`: `unknown(parameter KeyArn has no default)`, `!Ref Secret`: `unknown(parameter Secret is NoEcho)`,
		`!Ref Image`: `unknown(parameter Image is read from SSM (/kms/key) at deploy time)`, `!Ref SsmName`: `"/kms/key"`,
		`!Ref Names`: `["a" "b" "c"]`, `!Ref Nets`: `unknown(parameter Nets has no default)`,
		`!Ref Nothing`: `unknown(Nothing is not in the template)`, `!Ref Gone`: `unknown(Gone is not made: Unnamed is false)`,
		`!Ref AWS::NoValue`: `absent`, `!Ref AWS::Region`: `"${bedlock:region}"`, `!Ref AWS::AccountId`: `"${bedlock:account}"`,
		`!Ref AWS::Partition`: `"${bedlock:partition}"`, `!Ref AWS::StackName`: `unknown(AWS::StackName is chosen at deploy time)`,
		`!Ref AWS::URLSuffix`: `unknown(AWS::URLSuffix depends on the partition)`,
		`!Ref AWS::StackId`:   `unknown(AWS::StackId is known only at deploy time)`, `!Ref AWS::Wrong`: `unknown(AWS::Wrong is no pseudo parameter)`,
		// Fn::GetAtt
		`!GetAtt Key.Arn`: `@Key.Arn`, `!GetAtt [Key, Arn]`: `@Key.Arn`, `{"Fn::GetAtt": [Key, Arn]}`: `@Key.Arn`, `{"Fn::GetAtt": Key.Arn}`: `@Key.Arn`,
		`!GetAtt Other.A.B`: `@Other.A.B`, `!GetAtt Key`: `unknown(Fn::GetAtt names no attribute)`, `!GetAtt [Key, !Ref Name]`: `@Key.app`,
		// Fn::Sub
		`!Sub "a-${Name}"`: `"a-app"`, `!Sub "${Key.Arn}"`: `@Key.Arn`, `!Sub "${Key}"`: `@Key.Ref`, `!Sub "x${Key}y"`: `"x"+@Key.Ref+"y"`,
		`!Sub "${!Name} ${Days}"`: `"${Name} 30"`, `!Sub ["${a}-${Name}", {a: !Ref Days}]`: `"30-app"`, `!Sub "arn:${AWS::Partition}:kms"`: `"arn:${bedlock:partition}:kms"`,
		`{"Fn::Sub": ["${Name}", {"Name": "b"}]}`: `"b"`, `!Sub "${KeyArn}/x"`: `unknown(parameter KeyArn has no default)+"/x"`, `!Sub "${ Name }"`: `"app"`, `!Sub "${Name"`: `"${Name"`,
		`!Sub "${Empty}"`: `""`, `!Sub "{${Names}}"`: `"{"+unknown(a list or map where a text is expected)+"}"`,
		// Fn::Join, Select, Split
		`!Join [":", [a, !Ref Days, true, !Ref AWS::NoValue]]`: `"a:30:true"`, `{"Fn::Join": ["", ["a", {"Ref": "Key"}]]}`: `"a"+@Key.Ref`,
		`!Join ["-", !Ref Names]`: `"a-b-c"`, `!Join [",", !Ref Nets]`: `unknown(parameter Nets has no default)`, `!Join [",", []]`: `""`,
		`!Select [1, !Ref Names]`: `"b"`, `!Select ["0", [a, !Ref Key]]`: `"a"`, `!Select [1, [a, !Ref Key]]`: `@Key.Ref`, `!Select [3, [a]]`: `unknown(Fn::Select takes element 3 of 1)`,
		`!Select [0, !GetAZs ""]`: `unknown(Fn::GetAZs is known only at deploy time)`, `!Split [",", "a,b"]`: `["a" "b"]`,
		`!Select [3, !Split [":", !Sub "arn:${AWS::Partition}:kms:${AWS::Region}:x"]]`: `"${bedlock:region}"`,
		`!Select [1, !Split ["/", !GetAtt Key.Arn]]`:                                   `@Key.Ref`, `!Select [1, !Split ["/", !GetAtt Other.Arn]]`: `unknown(a part of Arn of Other)`,
		`!Select [0, !Cidr [10.0.0.0/16, 2, 8]]`: `unknown(Fn::Cidr is known only at deploy time)`,
		// Fn::If
		`!If [HasKey, !Ref KeyArn, !GetAtt Key.Arn]`: `<HasKey is true => unknown(parameter KeyArn has no default) | HasKey is false => @Key.Arn>`,
		`!If [HasKey, a, !Ref AWS::NoValue]`:         `<HasKey is true => "a" | HasKey is false => absent>`,
		`!If [Named, a, b]`:                          `"a"`, `!If [Unnamed, a, !Ref AWS::NoValue]`: `absent`, `{"Fn::If": ["Named", "a", "b"]}`: `"a"`,
		`!If [HasKey, a, a]`: `"a"`, `!If [Both, a, b]`: `<Both is true => "a" | Both is false => "b">`, `!If [Either, a, b]`: `"a"`,
		`!If [HasKey, !If [HasKey, a, b], !If [HasKey, c, d]]`:  `<HasKey is true => "a" | HasKey is false => "d">`,
		`!If [HasKey, !If [NoKey, a, b], !If [NoKey, c, d]]`:    `<HasKey is true => "b" | HasKey is false => "c">`,
		`!If [Both, !If [HasKey, a, b], c]`:                     `<Both is true => "a" | Both is false => "c">`,
		`!If [NotBoth, !If [HasKey, a, b], !If [HasKey, c, d]]`: `<NotBoth is true => "b" | NotBoth is false => "c">`,
		`!If [IsDev, !If [IsProd, a, b], c]`:                    `<IsDev is true => "b" | IsDev is false => "c">`,
		`!If [IsDev, !If [HasKey, a, b], c]`:                    `<IsDev is true => "a" | IsDev is false => "c">`,
		`!If [East, a, b]`:                                      `<East is true => "a" | East is false => "b">`,
		`!If [A, a, b]`:                                         `<A is true => "a" | A is false => "b">`,
		`!If [Self, a, b]`:                                      `<Self is true => "a" | Self is false => "b">`,
		`!If [WithSecret, a, b]`:                                `<WithSecret is true => "a" | WithSecret is false => "b">`,
		`!If [Missing, a, b]`:                                   `<Missing is true => "a" | Missing is false => "b">`,
		`[a, !If [HasKey, b, !Ref AWS::NoValue], !If [Unnamed, c, !Ref AWS::NoValue], d]`: `["a" <HasKey is true => "b" | HasKey is false => absent> "d"]`,
		`!Join ["-", [!If [HasKey, a, b], !If [HasKey, c, d]]]`:                           `<HasKey is true => "a-c" | HasKey is false => "b-d">`,
		`!Join ["-", !If [HasKey, [a, b], [c]]]`:                                          `<HasKey is true => "a-b" | HasKey is false => "c">`,
		`!Sub ["${x}/y", {x: !If [HasKey, a, !GetAtt Key.Arn]}]`:                          `<HasKey is true => "a/y" | HasKey is false => @Key.Arn+"/y">`,
		`!Select [0, [!If [HasKey, a, !Ref AWS::NoValue], b]]`:                            `<HasKey is true => "a" | HasKey is false => unknown(Fn::Select from a list of which an element may be missing)>`,
		`{a: !If [HasKey, {b: 1}, !Ref AWS::NoValue]}`:                                    `{a:<HasKey is true => {b:1} | HasKey is false => absent>}`,
		// mappings
		`!FindInMap [M, one, k]`: `"v1"`, `!FindInMap [M, one, l]`: `["x" "y"]`, `{"Fn::FindInMap": ["M", "two", "k"]}`: `"v2"`,
		`!FindInMap [M, three, k]`: `unknown(mapping M has no entry three, k)`, `!FindInMap [M, three, k, DefaultValue: d]`: `"d"`, `!FindInMap [X, a, b]`: `unknown(mapping X is not in the template)`,
		`!FindInMap [M, !Ref AWS::Region, k]`: `unknown(the first key of mapping M is not known: AWS::Region is not given)`, `!FindInMap [M, !Ref AWS::Region, same]`: `"s"`,
		`!FindInMap [M, !If [HasKey, one, two], k]`: `<HasKey is true => "v1" | HasKey is false => "v2">`,
		// what only a deployment knows
		`"{{resolve:ssm:/a/b:1}}"`: `unknown(dynamic reference {{resolve:ssm:/a/b:1}} is resolved at deploy time)`,
		`"x{{resolve:ssm:/a}}y"`:   `"x"+unknown(dynamic reference {{resolve:ssm:/a}} is resolved at deploy time)+"y"`,
		`!Join ["", ["{{resolve:secretsmanager:", !Ref Other, ":SecretString:p}}"]]`: `unknown(dynamic reference {{resolve:secretsmanager:…:SecretString:p}} is resolved at deploy time)`,
		`"{{resolve:ssm:/a"`:                                        `"{{resolve:ssm:/a"`,
		`!ImportValue other-Key`:                                    `unknown(no template among the inputs exports other-Key)`,
		`!ImportValue {"Fn::Sub": "${KeyArn}-x"}`:                   `unknown(the name of the imported value is not known: parameter KeyArn has no default)`,
		`{"Fn::Transform": {Name: "AWS::Include", Parameters: {}}}`: `unknown(Fn::Transform AWS::Include is not resolved)`,
		`{a: 1, "Fn::Transform": {Name: Mine}}`:                     `unknown(Fn::Transform Mine is not resolved)`,
		`{"Fn::ForEach::X": [i, [a], {}], b: 1}`:                    `unknown(Fn::ForEach::X is not resolved)`,
		`!Foo x`:                                                    `unknown(function Fn::Foo is not resolved)`,
		// texts
		`!Base64 abc`: `"YWJj"`, `!Base64 {Ref: KeyArn}`: `unknown(Fn::Base64 of a text that is not known)`,
		`{"Fn::Length": !Ref Names}`: `3`, `{"Fn::Length": [a, !If [HasKey, b, !Ref AWS::NoValue]]}`: `unknown(Fn::Length of a list that is not known)`,
		`{"Fn::ToJsonString": {a: [1, true, "x\"", !Ref Key], b: !Ref AWS::NoValue}}`: `"{\"a\":[1,true,\"x\\\"\",\""+@Key.Ref+"\"]}"`,
		`!Equals [a, a]`: `true`, `!Condition Unnamed`: `false`,
	} {
		if got := value(t, expression, Options{}); got != want {
			t.Errorf("%s\n got %s\nwant %s", expression, got, want)
		}
	}
}

func TestGivenParameters(t *testing.T) {
	opts := Options{Parameters: map[string]string{
		"KeyArn": "arn:x", "AWS::Region": "cn-north-1", "AWS::AccountId": "111122223333", "AWS::StackName": "st", "Secret": "s3cret", "Names": "z",
	}}
	for expression, want := range map[string]string{
		`!If [HasKey, !Ref KeyArn, b]`: `"arn:x"`, `!If [East, a, b]`: `"b"`, `!Sub "${AWS::Partition}:${AWS::Region}:${AWS::AccountId}:${AWS::StackName}.${AWS::URLSuffix}"`: `"aws-cn:cn-north-1:111122223333:st.amazonaws.com.cn"`,
		`!Ref Secret`: `unknown(parameter Secret is NoEcho)`, `!Ref Names`: `["z"]`,
	} {
		if got := value(t, expression, opts); got != want {
			t.Errorf("%s\n got %s\nwant %s", expression, got, want)
		}
	}
}

// The same template in JSON, short YAML and long YAML gives the same values.
func TestSpellings(t *testing.T) {
	want := `{KmsKeyArn:<HasKey is true => unknown(parameter KeyArn has no default) | HasKey is false => @Key.Arn> Name:"g-"+@Key.Ref Tags:["a" "b"] On:"true"}`
	for file, text := range map[string]string{
		"a.yaml": "Parameters: {KeyArn: {Type: String}}\nConditions: {HasKey: !Not [!Equals [!Ref KeyArn, '']]}\nResources:\n  Key: {Type: AWS::KMS::Key}\n  G:\n    Type: AWS::Bedrock::Guardrail\n    Properties:\n      KmsKeyArn: !If [HasKey, !Ref KeyArn, !GetAtt Key.Arn]\n      Name: !Join ['-', [g, !Ref Key]]\n      Tags: !Split [',', 'a,b']\n      On: 'true'\n",
		"b.yaml": "Parameters:\n  KeyArn:\n    Type: String\nConditions:\n  HasKey:\n    Fn::Not:\n      - Fn::Equals: [{Ref: KeyArn}, '']\nResources:\n  Key:\n    Type: AWS::KMS::Key\n  G:\n    Type: AWS::Bedrock::Guardrail\n    Properties:\n      KmsKeyArn:\n        Fn::If:\n          - HasKey\n          - Ref: KeyArn\n          - Fn::GetAtt: Key.Arn\n      Name:\n        Fn::Join: ['-', [g, {Ref: Key}]]\n      Tags:\n        Fn::Split: [',', 'a,b']\n      On: \"true\"\n",
		"c.json": `{"Parameters":{"KeyArn":{"Type":"String"}},"Conditions":{"HasKey":{"Fn::Not":[{"Fn::Equals":[{"Ref":"KeyArn"},""]}]}},"Resources":{"Key":{"Type":"AWS::KMS::Key"},"G":{"Type":"AWS::Bedrock::Guardrail","Properties":{"KmsKeyArn":{"Fn::If":["HasKey",{"Ref":"KeyArn"},{"Fn::GetAtt":["Key","Arn"]}]},"Name":{"Fn::Join":["-",["g",{"Ref":"Key"}]]},"Tags":{"Fn::Split":[",","a,b"]},"On":"true"}}}}`,
	} {
		r := find(t, evaluate(t, Options{}, file, text), file+"#G")
		if got := show(r.Attributes); got != want {
			t.Errorf("%s:\n got %s\nwant %s", file, got, want)
		}
	}
}

func TestResources(t *testing.T) {
	mods := evaluate(t, Options{}, "d/t.yaml", `
Parameters: {Env: {Type: String}, Off: {Type: String, Default: "no"}}
Conditions:
  Prod: !Equals [!Ref Env, prod]
  On: !Equals [!Ref Off, "yes"]
Resources:
  Bare: {Type: AWS::S3::Bucket}
  Left: {Type: AWS::S3::Bucket, Condition: On}
  Maybe:
    Type: AWS::KMS::Key
    Condition: Prod
    Properties:
      Description: !If [Prod, p, d]
  Root:
    Type: AWS::S3::Bucket
    Properties:
      Fn::If:
        - Prod
        - {A: 1, B: x}
        - {A: 1, C: y}
  Nothing:
    Type: AWS::S3::Bucket
    Properties: !If [On, {A: 1}, !Ref AWS::NoValue]
  Included:
    Type: AWS::S3::Bucket
    Properties:
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}
  Around:
    Type: AWS::S3::Bucket
    Fn::Transform: {Name: Mine}
    Properties: {A: 1}
  List: {Type: AWS::S3::Bucket, Properties: [1]}
  Invented: {Type: AWS::Bedrock::ModelInvocationLoggingConfiguration, Properties: {KmsKeyId: ""}}
  NoType: {Properties: {}}
  Text: hello
  Fn::ForEach::Keys: [K, [a, b], {"Key${K}": {Type: AWS::KMS::Key}}]
`)
	if len(mods) != 1 {
		t.Fatalf("%d modules", len(mods))
	}
	var got []string
	for _, r := range mods[0].Resources {
		got = append(got, fmt.Sprintf("%s %s %s [%s] %s", r.At, r.ID, r.Type, r.When, show(r.Attributes)))
	}
	want := []string{
		`d/t.yaml:7:3 d/t.yaml#Bare AWS::S3::Bucket [] {}`,
		`d/t.yaml:9:3 d/t.yaml#Maybe AWS::KMS::Key [Prod is true] {Description:"p"}`,
		`d/t.yaml:14:3 d/t.yaml#Root AWS::S3::Bucket [] {A:1 B:<Prod is true => "x" | Prod is false => absent> C:<Prod is true => absent | Prod is false => "y">}`,
		`d/t.yaml:21:3 d/t.yaml#Nothing AWS::S3::Bucket [] {}`,
		`d/t.yaml:24:3 d/t.yaml#Included AWS::S3::Bucket [] unknown(Fn::Transform AWS::Include is not resolved)`,
		`d/t.yaml:28:3 d/t.yaml#Around AWS::S3::Bucket [] unknown(Fn::Transform Mine is not resolved)`,
		`d/t.yaml:32:3 d/t.yaml#List AWS::S3::Bucket [] unknown(the properties are not a map)`,
		`d/t.yaml:33:3 d/t.yaml#Invented AWS::Bedrock::ModelInvocationLoggingConfiguration [] {KmsKeyId:""}`,
	}
	compare(t, got, want)
	compare(t, notes(mods[0]), []string{
		"d/t.yaml:30:20: Fn::Transform Mine is not resolved: the properties of Around are not known",
		"d/t.yaml:34:3: resource NoType has no Type: it is not audited",
		"d/t.yaml:35:3: resource Text is not a map: it is not audited",
		"d/t.yaml:36:3: Fn::ForEach::Keys is not resolved: the resources it makes are not audited",
		"d/t.yaml:27:7: Fn::Transform AWS::Include is not resolved",
		"d/t.yaml:32:45: the properties of List are not a map",
	})
}

func notes(m graph.Module) []string {
	var out []string
	for _, n := range m.Input.Notes {
		out = append(out, n.At.String()+": "+n.Text)
	}
	return out
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got:\n%s\nwant:\n%s", g, w)
	}
}

// A CDK template whose key policy is completed by a custom resource.
func TestKeyPolicyUpdater(t *testing.T) {
	mods := evaluate(t, Options{}, "t.json", `{
 "Resources": {
  "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}, "EnableKeyRotation": "true"}},
  "Alone": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}},
  "Updater": {"Type": "Custom::KmsKeyPolicyUpdater", "Properties": {"KmsKeyId": {"Ref": "Key"}}},
  "Call": {"Type": "Custom::AWS", "Properties": {"Create": "{\"action\":\"putKeyPolicy\"}"}},
  "Harmless": {"Type": "Custom::AWS", "Properties": {"Key": {"Ref": "Alone"}}}
 }
}`)
	if got, want := show(find(t, mods, "t.json#Key").Attributes), `{EnableKeyRotation:"true" KeyPolicy:unknown(Custom::KmsKeyPolicyUpdater Updater changes the key policy when the stack is deployed)}`; got != want {
		t.Errorf("got %s", got)
	}
	if got := show(find(t, mods, "t.json#Alone").Attributes); got != `{KeyPolicy:{Statement:[]}}` {
		t.Errorf("got %s", got)
	}
	compare(t, notes(mods[0]), []string{
		"t.json:5:3: Custom::KmsKeyPolicyUpdater Updater changes key policies outside the template; what it writes is not resolved",
		"t.json:6:3: Custom::AWS Call changes key policies outside the template; what it writes is not resolved",
	})
}

func TestMacros(t *testing.T) {
	mods := evaluate(t, Options{}, "t.yaml", "Transform: [AWS::Serverless-2016-10-31, Mine, AWS::SecretsManager-2024-09-16, {Name: AWS::Include}]\nResources: {A: {Type: AWS::S3::Bucket}}\n")
	compare(t, notes(mods[0]), []string{
		"t.yaml:1:41: macro Mine is not resolved: it may change any part of the template",
		"t.yaml:1:79: macro AWS::Include is not resolved: it may change any part of the template",
	})
}

func TestPositions(t *testing.T) {
	mods := evaluate(t, Options{}, "t.yaml", "Parameters:\n  K: {Type: String, Default: x}\nResources:\n  G:\n    Type: T::T::T\n    Properties:\n      KmsKeyId: !Ref K\n      Other: [1, a]\n")
	m := find(t, mods, "t.yaml#G").Attributes.Members
	if m[0].At != (bedlock.Position{File: "t.yaml", Line: 7, Column: 7}) || m[0].Value.At != (bedlock.Position{File: "t.yaml", Line: 7, Column: 17}) ||
		m[1].Value.Items[1].At != (bedlock.Position{File: "t.yaml", Line: 8, Column: 18}) {
		t.Errorf("%+v", m)
	}
}

func TestStructure(t *testing.T) {
	for text, want := range map[string]string{
		"[1]":                                  "t:1:1: the template is not a map",
		"AWSTemplateFormatVersion: 2010-09-09": "t:1:1: the template has no Resources",
		"\nResources: [a]":                     "t:2:12: Resources is not a map",
		"Resources: !Ref X":                    "t:1:12: Resources is not a map",
		"Conditions: x\nResources: {}":         "t:1:13: Conditions is not a map",
		"Parameters:\nResources: {}":           "<nil>",
	} {
		n, err := syntax.Parse("t", []byte(text), syntax.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Parse("t", n); fmt.Sprint(err) != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestDetect(t *testing.T) {
	for text, want := range map[string]bool{
		`{"Resources":{"A":{"Type":"AWS::S3::Bucket"}}}`: true, `{"Resources":{"A":{"Type":"Custom::X"}}}`: true,
		`AWSTemplateFormatVersion: 2010-09-09`: true, `Transform: AWS::Serverless-2016-10-31`: true, `Transform: [AWS::LanguageExtensions]`: true,
		`{"Resources":{},"Parameters":{"BootstrapVersion":{}}}`: true,
		`{"Resources":{}}`: false, `{"resources":[{"type":"Microsoft.Storage/x"}]}`: false, `[1]`: false, `a: b`: false,
		`{"Resources":{"A":{"Type":"Bucket"}}}`: false, `{"version":"36","files":{},"dockerImages":{}}`: false, `Transform: x`: false,
	} {
		n, err := syntax.Parse("t", []byte(text), syntax.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := Detect(n); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
