package awsapi

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	lazy "github.com/aws/aws-sdk-go-v2/service/bedrockagent/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/google/go-cmp/cmp"
)

// TestDocuments: outputs of the SDK in the names of the API.
func TestDocuments(t *testing.T) {
	agents := documenter{model: loadModel(t, "bedrock-agent")}
	for _, c := range []struct {
		name, operation string
		d               documenter
		output          any
		want            map[string]any
	}{
		{
			"a union, a document and an enumeration", "GetPrompt", agents,
			&bedrockagent.GetPromptOutput{
				Name: aws.String("triage"), CreatedAt: aws.Time(time.Unix(1700000000, 0)),
				Variants: []types.PromptVariant{{
					Name: aws.String("v"), TemplateType: types.PromptTemplateTypeText,
					TemplateConfiguration:        &types.PromptTemplateConfigurationMemberText{Value: types.TextPromptTemplateConfiguration{Text: aws.String("hello")}},
					AdditionalModelRequestFields: lazy.NewLazyDocument(map[string]any{"top_k": "5"}),
				}},
			},
			map[string]any{
				"name": "triage", "createdAt": "2023-11-14T22:13:20Z",
				"variants": []any{map[string]any{
					"name": "v", "templateType": "TEXT", "templateConfiguration": map[string]any{"text": map[string]any{"text": "hello"}},
					"additionalModelRequestFields": map[string]any{"top_k": "5"},
				}},
			},
		},
		{
			"nothing", "GetModelInvocationLoggingConfiguration", documenter{model: loadModel(t, "bedrock")},
			&bedrock.GetModelInvocationLoggingConfigurationOutput{}, map[string]any{},
		},
		{
			"a number and a boolean", "GetModelInvocationLoggingConfiguration", documenter{model: loadModel(t, "bedrock")},
			&bedrock.GetModelInvocationLoggingConfigurationOutput{LoggingConfig: &bedrocktypes.LoggingConfig{TextDataDeliveryEnabled: aws.Bool(false)}},
			map[string]any{"loggingConfig": map[string]any{"textDataDeliveryEnabled": false}},
		},
		{
			"an API without a model", "DescribeStreamSummary", documenter{},
			&kinesis.DescribeStreamSummaryOutput{StreamDescriptionSummary: &kinesistypes.StreamDescriptionSummary{StreamName: aws.String("s"), OpenShardCount: aws.Int32(2)}},
			map[string]any{"StreamDescriptionSummary": map[string]any{"StreamName": "s", "OpenShardCount": int64(2)}},
		},
	} {
		got, err := c.d.of(c.operation, c.output)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestUnknownUnions: a member that this version does not know is no absence.
func TestUnknownUnions(t *testing.T) {
	_, err := documenter{model: loadModel(t, "bedrock-agent")}.of("GetPrompt", &bedrockagent.GetPromptOutput{
		Variants: []types.PromptVariant{{TemplateConfiguration: &types.UnknownUnionMember{Tag: "newer"}}},
	})
	want := "document of GetPrompt: variants: templateConfiguration: PromptTemplateConfiguration has a member that this version does not know"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestTags(t *testing.T) {
	for _, c := range []struct {
		at  string
		doc map[string]any
	}{
		{"tags", map[string]any{"tags": map[string]any{"team": "ml", "empty": ""}}},
		{"Tags", map[string]any{"Tags": []any{map[string]any{"TagKey": "team", "TagValue": "ml"}, map[string]any{"TagKey": "empty"}}}},
		{"ResourceTagList.TagsList", map[string]any{"ResourceTagList": []any{map[string]any{"TagsList": []any{
			map[string]any{"Key": "team", "Value": "ml"}, map[string]any{"Key": "empty", "Value": ""},
		}}}}},
	} {
		if d := cmp.Diff(map[string]string{"team": "ml", "empty": ""}, tagsOf(c.doc, c.at)); d != "" {
			t.Errorf("%s: %s", c.at, d)
		}
	}
}

func TestKeep(t *testing.T) {
	k := keep{}
	k.add([]string{"GetX", "a", "b"})
	k.add([]string{"GetX", "list", "c"})
	k.add([]string{"GetX", "whole"})
	k.add([]string{"GetX", "whole", "part"})
	got := k["GetX"].cut(map[string]any{
		"a": map[string]any{"b": "1", "secret": "x"}, "secret": "x", "whole": map[string]any{"part": "2", "other": "3"},
		"list": []any{map[string]any{"c": "4", "secret": "x"}, map[string]any{"secret": "x"}},
	})
	want := map[string]any{
		"a": map[string]any{"b": "1"}, "whole": map[string]any{"part": "2", "other": "3"}, "list": []any{map[string]any{"c": "4"}, map[string]any{}},
	}
	if d := cmp.Diff(any(want), got); d != "" {
		t.Error(d)
	}
}

func TestValidate(t *testing.T) {
	o := Options{
		Catalog: embedded(t), Accounts: []string{"1111", own}, Role: "not a role", Regions: []string{"eu-west"}, Types: []string{"AWS::Bedrock::Guardrial"}, Rate: -1,
	}
	want := `account "1111": an account id has 12 digits
role "not a role" is no name of a role
Region "eu-west": a Region is written like eu-west-1
type "AWS::Bedrock::Guardrial" is not one that is read
rates and bounds are not negative`
	if err := o.Validate(); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	o = Options{ExternalIDs: map[string]string{"": "x"}, Organization: true}
	want = `several accounts need the role to read them as
an external id is sent when a role is assumed, and no role is named
no Region is configured and none was given
no catalogue`
	if err := o.Validate(); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
