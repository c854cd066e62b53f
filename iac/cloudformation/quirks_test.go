package cloudformation

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/iac/syntax"
)

// What real templates hold, in words of our own.
const quirks = `
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stack: {Type: String, Default: ""}
  Mode: {Type: String}
  Key: {Type: String, Default: alias/aws/s3}
Conditions:
  HasStack: !Not [!Equals [!Ref Stack, ""]]
  Create: !Equals [!Ref Mode, create]
  Existing: !Equals [!Ref Mode, existing]
  Managed: !Not [!Or [!Condition Create, !Condition Existing]]
  Rotate: !Equals [!Ref Mode, rotate]
Rules: {CheckBootstrap: {Assertions: [{Assert: {"Fn::Not": [{"Fn::Contains": [["1"], {Ref: Mode}]}]}}]}}
Resources:
  Cmk:
    Type: AWS::KMS::Key
    Condition: Create
    Properties:
      EnableKeyRotation: !If [Rotate, true, "false"]
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}, Action: "kms:*", Resource: "*"}
          - !If [Existing, {Effect: Deny, Principal: "*"}, !Ref AWS::NoValue]
          - !If [HasStack, {Effect: Allow}, !Ref AWS::NoValue]
  Single: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Statement: {Effect: Allow, Principal: ["*"]}}}}
  NoPolicy: {Type: AWS::KMS::Key}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/app, TargetKeyId: !Ref Cmk}}
  Trail: {Type: AWS::CloudTrail::Trail, Properties: {KMSKeyId: !If [HasStack, {"Fn::ImportValue": !Sub "${Stack}-KeyArn"}, !Ref "AWS::NoValue"]}}
  Staging:
    Type: AWS::S3::Bucket
    Properties:
      Rule:
        KMSMasterKeyID: !If [Create, !Sub "${Cmk.Arn}", !If [Managed, !Ref AWS::NoValue, !Sub "${Key}"]]
  Table: {Type: AWS::DynamoDB::Table, Properties: {SSESpecification: {SSEEnabled: true}}}
  Queue: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: alias/aws/sqs, KmsDataKeyReusePeriodSeconds: 300}}
  Agent: {Type: AWS::Bedrock::Agent, Properties: {CustomerEncryptionKeyArn: !If [Create, !GetAtt Cmk.Arn, !Ref Key]}}
  Flow: {Type: AWS::Bedrock::Flow, Properties: {CustomerEncryptionKeyArn: ""}}
`

func TestQuirks(t *testing.T) {
	mods := evaluate(t, Options{}, "q.yaml", quirks)
	var got []string
	for _, r := range mods[0].Resources {
		got = append(got, strings.TrimSpace(r.Address+" "+r.When)+" "+show(r.Attributes))
	}
	compare(t, got, []string{
		// Mode is "create" here, so it is neither "rotate" nor "existing".
		`Cmk Create is true {EnableKeyRotation:"false" KeyPolicy:{Version:"2012-10-17" Statement:[{Effect:"Allow" Principal:{AWS:"arn:${bedlock:partition}:iam::${bedlock:account}:root"} Action:"kms:*" Resource:"*"}]}}`,
		`Single {KeyPolicy:{Statement:{Effect:"Allow" Principal:["*"]}}}`,
		`NoPolicy {}`,
		`Alias {AliasName:"alias/app" TargetKeyId:@Cmk.Ref}`,
		`Trail {KMSKeyId:absent}`,
		`Staging {Rule:{KMSMasterKeyID:<Create is true => @Cmk.Arn | Create is false => <Managed is true => absent | Managed is false => "alias/aws/s3">>}}`,
		`Table {SSESpecification:{SSEEnabled:true}}`,
		`Queue {KmsMasterKeyId:"alias/aws/sqs" KmsDataKeyReusePeriodSeconds:300}`,
		`Agent {CustomerEncryptionKeyArn:<Create is true => @Cmk.Arn | Create is false => "alias/aws/s3">}`,
		`Flow {CustomerEncryptionKeyArn:""}`,
	})
	if n := notes(mods[0]); len(n) != 0 {
		t.Error(n)
	}
}

// With the parameters given nothing is open.
func TestQuirksDecided(t *testing.T) {
	exporter := "Resources: {K: {Type: AWS::KMS::Key}}\nOutputs: {A: {Value: !GetAtt K.Arn, Export: {Name: net-KeyArn}}}"
	mods := evaluate(t, Options{Parameters: map[string]string{"Mode": "none", "Stack": "net"}}, "n.yaml", exporter, "q.yaml", quirks)
	for address, want := range map[string]string{
		"Trail": "{KMSKeyId:@K.Arn}", "Staging": "{Rule:{KMSMasterKeyID:absent}}", "Agent": `{CustomerEncryptionKeyArn:"alias/aws/s3"}`,
		"Alias": "{AliasName:\"alias/app\" TargetKeyId:unknown(Cmk is not made: Create is false)}",
	} {
		if got := show(find(t, mods, "q.yaml#"+address).Attributes); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
	for _, r := range mods[1].Resources {
		if r.Address == "Cmk" {
			t.Error("a resource whose condition is false is there")
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	for text, want := range map[string]string{
		"Resources:\n  Key: {Type: AWS::KMS::Key}\n  Key: {Type: AWS::KMS::Key}\n":                            `t:3:3: duplicate key "Key", first at line 2 column 3`,
		"{\"Resources\": {\"Key\": {\"Type\": \"AWS::KMS::Key\"},\n \"Key\": {\"Type\": \"AWS::KMS::Key\"}}}": `t:2:2: duplicate key "Key", first at line 1 column 16`,
		"Resources:\n  Key:\n    Type: {{ type }}\n":                                                          "t:3:12: a key that is not plain text",
		"Resources:\n  Key:\n    Properties: \xff\n":                                                          "t:3:17: byte 0xff is not valid UTF-8",
		"Resources: &a\n  Key: *a\n":                                                                          "t:2:8: anchor &a contains itself",
		"Resources: {Key: " + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "}":                       "t:1:272: lists and maps are nested deeper than 256 levels",
	} {
		_, err := syntax.Parse("t", []byte(text), syntax.Limits{})
		if fmt.Sprint(err) != want {
			t.Errorf("%.40q:\n got %v\nwant %s", text, err, want)
		}
	}
	// UTF-16 with a mark, as PowerShell writes it
	wide := "\xff\xfe"
	for _, c := range "Resources: {Key: {Type: AWS::KMS::Key}}" {
		wide += string(c) + "\x00"
	}
	if r := find(t, evaluate(t, Options{}, "w.yaml", wide), "w.yaml#Key"); r.Type != "AWS::KMS::Key" || r.At.Column != 13 {
		t.Errorf("%+v", r)
	}
}
