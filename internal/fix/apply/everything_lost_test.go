package apply_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// mutant changes the update of a step, and what the plan says of the state after it, so that the
// step itself is content. More is a call besides.
type mutant struct {
	in, after func(wire.Object)
	more      *fix.Call
	says      string // "description is gone"
}

// gone leaves a member out, another one in the state where it is called so; into sets it.
func gone(path, state string) mutant {
	return mutant{in: without(path), after: without(state), says: state + " is gone"}
}

func into(path string, v any, state string, says string) mutant {
	m := mutant{in: with(path, v), says: says}
	if state != "" {
		m.after = with(state, v)
	}
	return m
}

func called(service, operation string, in wire.Object, says string) mutant {
	return mutant{more: &fix.Call{Service: service, Operation: operation, Input: in}, says: says}
}

// entered is the structure that has the last member of a path, in which Name[] is the first entry
// of a list.
func entered(o wire.Object, path string) (wire.Object, string) {
	for {
		name, rest, more := strings.Cut(path, ".")
		if !more {
			return o, name
		}
		if list, ok := strings.CutSuffix(name, "[]"); ok {
			o = o.Objects(list)[0]
		} else {
			o = o.Object(name)
		}
		path = rest
	}
}

func without(path string) func(wire.Object) {
	return func(o wire.Object) {
		at, name := entered(o, path)
		delete(at, name)
	}
}

func with(path string, v any) func(wire.Object) {
	return func(o wire.Object) {
		at, name := entered(o, path)
		at[name] = v
	}
}

const (
	rule        = "ServerSideEncryptionConfiguration.Rules[]."
	destination = "Destinations[].ExtendedS3DestinationDescription."
)

// mutants are wrong updates by type: that lose a member, where the update of the type loses what is
// not sent, and that change one.
var mutants = map[string][]mutant{
	"AWS::Bedrock::Guardrail":             {gone("description", "description"), into("blockedInputMessaging", "else", "blockedInputMessaging", "blockedInputMessaging differs")},
	"AWS::Bedrock::Agent":                 {gone("description", "description"), gone("memoryConfiguration", "memoryConfiguration"), into("idleSessionTTLInSeconds", int64(901), "idleSessionTTLInSeconds", "idleSessionTTLInSeconds differs")},
	"AWS::Bedrock::Flow":                  {gone("description", "description"), into("description", "else", "description", "description differs")},
	"AWS::Bedrock::Prompt":                {gone("description", "description"), gone("defaultVariant", "defaultVariant"), into("description", "else", "description", "description differs")},
	"AWS::Bedrock::DataSource":            {gone("description", "description"), into("dataDeletionPolicy", "DELETE", "dataDeletionPolicy", "dataDeletionPolicy differs")},
	"AWS::Bedrock::Blueprint":             {gone("encryptionConfiguration.kmsEncryptionContext", "kmsEncryptionContext"), into("schema", `{"class": "else"}`, "schema", "schema differs")},
	"AWS::Bedrock::DataAutomationProject": {gone("projectDescription", "projectDescription"), into("projectDescription", "else", "projectDescription", "projectDescription differs")},
	"AWS::BedrockAgentCore::Gateway":      {gone("description", "description"), gone("exceptionLevel", "exceptionLevel"), into("description", "else", "description", "description differs")},
	// What these leave out stays.
	"AWS::BedrockAgentCore::Evaluator":           {into("description", "else", "description", "description differs")},
	"AWS::BedrockAgentCore::ConfigurationBundle": {into("description", "else", "description", "description differs")},
	"AWS::BedrockAgentCore::PaymentManager":      {into("description", "else", "description", "description differs")},
	"AWS::BedrockAgentCore::AgentInsightStore":   {into("enablementStatus", "ENABLED", "enablementStatus", "enablementStatus differs")},
	"AWS::BedrockAgentCore::TokenVault":          nil, // a vault has nothing but its key
	"AWS::Bedrock::MarketplaceModelEndpoint":     {into("endpointConfig.sageMaker.initialInstanceCount", int64(2), "endpointConfig.sageMaker.initialInstanceCount", "endpointConfig.sageMaker.initialInstanceCount differs")},

	"AWS::Logs::LogGroup":         {called("logs", "PutRetentionPolicy", wire.Object{"logGroupName": "/a/b", "retentionInDays": int64(3)}, "retentionInDays is new")},
	"AWS::S3::Bucket":             {mutant{in: without(rule + "BlockedEncryptionTypes"), after: without("Rules[].BlockedEncryptionTypes"), says: "Rules[0].BlockedEncryptionTypes"}, mutant{in: with(rule+"BucketKeyEnabled", true), after: with("Rules[].BucketKeyEnabled", true), says: "Rules[0].BucketKeyEnabled differs"}},
	"AWS::DynamoDB::Table":        {called("dynamodb", "UpdateTable", wire.Object{"TableName": "tab", "DeletionProtectionEnabled": true}, "DeletionProtectionEnabled differs")},
	"AWS::SQS::Queue":             {into("Attributes.VisibilityTimeout", "77", "", "VisibilityTimeout differs")},
	"AWS::SNS::Topic":             {called("sns", "SetTopicAttributes", wire.Object{"TopicArn": "arn:aws:sns:eu-west-1:111122223333:n", "AttributeName": "DisplayName", "AttributeValue": "else"}, "DisplayName differs")},
	"AWS::SecretsManager::Secret": {into("Description", "else", "", "Description is new")},
	"AWS::Lambda::Function":       {into("Timeout", int64(9), "", "Timeout differs"), into("Environment", wire.Object{"Variables": wire.Object{"MODE": "c"}}, "", "Environment is new")},
	"AWS::StepFunctions::StateMachine": {into("definition", `{"StartAt":"b","States":{"b":{"Type":"Succeed"}}}`, "", "definition differs"),
		into("encryptionConfiguration.kmsDataKeyReusePeriodSeconds", int64(400), "encryptionConfiguration.kmsDataKeyReusePeriodSeconds", "encryptionConfiguration.kmsDataKeyReusePeriodSeconds differs")},
	"AWS::CloudTrail::Trail":                    {into("IncludeGlobalServiceEvents", false, "", "IncludeGlobalServiceEvents differs")},
	"AWS::CloudTrail::EventDataStore":           {into("RetentionPeriod", int64(100), "", "RetentionPeriod differs")},
	"AWS::KinesisFirehose::DeliveryStream":      {mutant{in: with("ExtendedS3DestinationUpdate.Prefix", "else/"), after: with(destination+"Prefix", "else/"), says: "Destinations[0].ExtendedS3DestinationDescription.Prefix differs"}},
	"AWS::OpenSearchServerless::SecurityPolicy": {gone("description", "description"), into("description", "else", "description", "description differs")},
	"AWS::SSM::Parameter":                       {gone("AllowedPattern", "AllowedPattern"), gone("Policies", "Policies"), into("Description", "else", "Description", "Description differs")},
}

// TestEveryLossIsSeen: of each type that a plan can change, a rehearsal sees what an update loses or changes
// beside the key, though the plan says nothing of it.
func TestEveryLossIsSeen(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range slices.Concat(bedrockChanges, storeChanges) {
		typ := slices.Concat(c.only, c.types)[0]
		list := mutants[typ]
		if tried[typ] || typ == "AWS::KinesisFirehose::DeliveryStream" && !c.every {
			continue // the first case has most, but for the destination of a stream
		}
		tried[typ] = true
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			b, _ := c.open(t)
			plan, inv := c.plan(b), b.Inventory(c.types...)
			for _, m := range list {
				wrong := fixtest.Again(t, plan)
				s := &wrong.Steps[len(wrong.Steps)-1]
				if m.in != nil {
					m.in(s.Do[0].Input)
				}
				if m.after != nil {
					m.after(s.After)
				}
				if m.more != nil {
					s.Do = append(s.Do, *m.more)
				}
				if err := wrong.Seal(); err != nil {
					t.Fatal(err)
				}
				r := rehearsed(t, inv, wrong)
				if r.OK || !slices.ContainsFunc(r.Unexpected, func(text string) bool {
					return strings.Contains(text, "would change beside its key: ") && strings.Contains(text, m.says)
				}) {
					t.Errorf("nothing says %q:\n%s\nleft: %q", m.says, strings.Join(r.Unexpected, "\n"), r.Left)
				}
			}
		})
	}
	var missing []string
	for _, typ := range fix.Types() {
		if _, ok := mutants[typ]; !ok || !tried[typ] {
			missing = append(missing, typ)
		}
	}
	if d := cmp.Diff([]string(nil), missing); d != "" {
		t.Errorf("types without a case: %s", d)
	}
}
