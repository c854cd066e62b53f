package apply

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// script makes what a scene begins with. Each line is a call, "service Operation input"; a name that
// begins with $ and an equals sign before it keep what the answer has at the path after it.
func script(t *testing.T, p *fixtest.Plane, names map[string]string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		line = strings.TrimSpace(line)
		name, path := "", ""
		if strings.HasPrefix(line, "$") {
			keep, rest, _ := strings.Cut(line, " = ")
			name, path, _ = strings.Cut(keep, " ")
			line = rest
		}
		service, rest, _ := strings.Cut(line, " ")
		operation, text, _ := strings.Cut(rest, " ")
		for n, v := range names {
			text = strings.ReplaceAll(text, n+"$", v)
		}
		in := wire.Object{}
		if err := json.Unmarshal([]byte(text), &in); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out := p.Call(service, operation, in)
		if name != "" {
			if names[name] = out.Text(path); names[name] == "" {
				t.Fatalf("%s answers nothing at %s: %v", line, path, out)
			}
		}
	}
}

// everyKind is an estate whose plan has every kind of step that there is: a new key with its rotation
// and alias, a key policy that is added to, identity policies that are new and that are there
// already, a grant, an alarm, updates of each service, versions and an alias that moves.
func everyKind(t *testing.T) scene {
	const role = "arn:aws:iam::111122223333:role/service"
	allowAll := `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}]}`
	return scene{
		declared: `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
      - name: clerk
        policies:
          bedlock-use-bedrock: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "kms:DescribeKey", Resource: "*"}]}
    roles:
      - name: service
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: [bedrock.amazonaws.com, bedrock-agentcore.amazonaws.com, lambda.amazonaws.com, states.amazonaws.com, firehose.amazonaws.com]}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
      - name: app
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:*", Resource: "*"}]}
`,
		made: func(p *fixtest.Plane) {
			names := map[string]string{"$role": role}
			script(t, p, names,
				`$old KeyMetadata.Arn = kms CreateKey {"Description": "old", "Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Admin\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:user/admin\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}`,
				`kms EnableKeyRotation {"KeyId": "$old$"}`,
				`kms CreateAlias {"AliasName": "alias/old", "TargetKeyId": "$old$"}`,
				`$other KeyMetadata.Arn = kms CreateKey {"Description": "other"}`,
				`kms CreateAlias {"AliasName": "alias/other", "TargetKeyId": "$other$"}`,
				`bedrock CreateGuardrail {"name": "kept", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "wordPolicyConfig": {"wordsConfig": [{"text": "w"}]}}`,
				`$guardrail guardrailId = bedrock CreateGuardrail {"name": "g", "description": "d", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "tags": [{"key": "team", "value": "ml"}], "wordPolicyConfig": {"wordsConfig": [{"text": "w"}]}, "contentPolicyConfig": {"filtersConfig": [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "LOW"}]}}`,
				`bedrock CreateGuardrailVersion {"guardrailIdentifier": "$guardrail$"}`,
				`$agent agent.agentId = bedrock-agent CreateAgent {"agentName": "a", "description": "d", "foundationModel": "amazon.nova-pro-v1:0", "agentResourceRoleArn": "$role$", "instruction": "You answer what customers ask about their orders, and nothing else.", "idleSessionTTLInSeconds": 600, "guardrailConfiguration": {"guardrailIdentifier": "$guardrail$", "guardrailVersion": "DRAFT"}, "memoryConfiguration": {"enabledMemoryTypes": ["SESSION_SUMMARY"], "storageDays": 7}}`,
				`bedrock-agent PrepareAgent {"agentId": "$agent$"}`,
				`$flow id = bedrock-agent CreateFlow {"name": "f", "description": "d", "executionRoleArn": "$role$", "definition": {"nodes": [{"name": "start", "type": "Input", "outputs": [{"name": "document", "type": "String"}]}, {"name": "stop", "type": "Output", "inputs": [{"name": "document", "type": "String", "expression": "$.data"}]}], "connections": [{"name": "first", "type": "Data", "source": "start", "target": "stop", "configuration": {"data": {"sourceOutput": "document", "targetInput": "document"}}}]}}`,
				`bedrock-agent PrepareFlow {"flowIdentifier": "$flow$"}`,
				`bedrock-agent CreateFlowVersion {"flowIdentifier": "$flow$"}`,
				`bedrock-agent CreateFlowAlias {"flowIdentifier": "$flow$", "name": "live", "description": "d", "routingConfiguration": [{"flowVersion": "1"}]}`,
				`$prompt id = bedrock-agent CreatePrompt {"name": "p", "description": "d", "defaultVariant": "a", "variants": [{"name": "a", "templateType": "TEXT", "templateConfiguration": {"text": {"text": "hello {{x}}", "inputVariables": [{"name": "x"}]}}}]}`,
				`bedrock-agent CreatePromptVersion {"promptIdentifier": "$prompt$"}`,
				`s3 CreateBucket {"Bucket": "library", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}`,
				`s3 PutBucketPolicy {"Bucket": "library", "Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"s3:GetBucketAcl\",\"Resource\":\"arn:aws:s3:::library\"},{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::library/*\",\"Condition\":{\"StringEquals\":{\"s3:x-amz-acl\":\"bucket-owner-full-control\"}}}]}"}`,
				`s3vectors CreateVectorBucket {"vectorBucketName": "vectors"}`,
				`$index indexArn = s3vectors CreateIndex {"vectorBucketName": "vectors", "indexName": "index", "dataType": "float32", "dimension": 1024, "distanceMetric": "cosine"}`,
				`$base knowledgeBase.knowledgeBaseId = bedrock-agent CreateKnowledgeBase {"name": "k", "roleArn": "$role$", "knowledgeBaseConfiguration": {"type": "VECTOR", "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0"}}, "storageConfiguration": {"type": "S3_VECTORS", "s3VectorsConfiguration": {"indexArn": "$index$"}}}`,
				`bedrock-agent CreateDataSource {"knowledgeBaseId": "$base$", "name": "s", "description": "d", "dataSourceConfiguration": {"type": "S3", "s3Configuration": {"bucketArn": "arn:aws:s3:::library"}}, "vectorIngestionConfiguration": {"chunkingConfiguration": {"chunkingStrategy": "FIXED_SIZE", "fixedSizeChunkingConfiguration": {"maxTokens": 300, "overlapPercentage": 20}}}}`,
				`bedrock-agentcore-control CreateGateway {"name": "Desk", "description": "d", "roleArn": "$role$", "authorizerType": "CUSTOM_JWT", "protocolType": "MCP", "authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl": "https://example.com/.well-known/openid-configuration", "allowedAudience": ["a"]}}}`,
				`bedrock-agentcore-control CreateApiKeyCredentialProvider {"name": "p", "apiKey": "secret"}`,
				`bedrock-agentcore-control UpdateAgentInsightStore {"agentInsightStoreId": "default", "enablementStatus": "DISABLED"}`,
				`logs CreateLogGroup {"logGroupName": "/calls"}`,
				`bedrock PutModelInvocationLoggingConfiguration {"loggingConfig": {"cloudWatchConfig": {"logGroupName": "/calls", "roleArn": "$role$"}, "textDataDeliveryEnabled": true}}`,
				`secretsmanager CreateSecret {"Name": "s", "SecretString": "hush", "Description": "d"}`,
				`ssm PutParameter {"Name": "/one", "Value": "hush", "Type": "SecureString", "Description": "d"}`,
				`dynamodb CreateTable {"TableName": "tab", "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}`,
				`sqs CreateQueue {"QueueName": "q", "Attributes": {"VisibilityTimeout": "45"}}`,
				`sns CreateTopic {"Name": "n", "Attributes": {"DisplayName": "d"}}`,
				`lambda CreateFunction {"FunctionName": "fn", "Description": "d", "Environment": {"Variables": {"MODE": "b"}}, "Runtime": "python3.13", "Handler": "f.handler", "Role": "$role$", "Code": {"ZipFile": {"$:blob": "UEsDBBQAAAAIAAAAIQBFI0pFCwAAAAkAAAAEAAAAZi5weUtJTSvSyEvMTbXSBAAAAAD//wMAUEsBAhQAFAAAAAgAAAAhAEUjSkULAAAACQAAAAQAAAAAAAAAAAAAAAAAAAAAAGYucHlQSwUGAAAAAAEAAQAyAAAALQAAAAAA"}}}`,
				`stepfunctions CreateStateMachine {"name": "m", "roleArn": "$role$", "definition": "{\"StartAt\":\"a\",\"States\":{\"a\":{\"Type\":\"Succeed\"}}}"}`,
				`cloudtrail CreateTrail {"Name": "main", "S3BucketName": "library"}`,
				`firehose CreateDeliveryStream {"DeliveryStreamName": "d", "DeliveryStreamType": "DirectPut", "ExtendedS3DestinationConfiguration": {"RoleARN": "$role$", "BucketARN": "arn:aws:s3:::library", "Prefix": "a/", "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": "$old$"}}}}`,
				`bedrock-agentcore-control CreateConfigurationBundle {"bundleName": "b", "kmsKeyArn": "$old$", "components": {"arn:x": {"configuration": {"a": 1}}}}`,
				`opensearchserverless CreateSecurityPolicy {"type": "encryption", "name": "all", "description": "d", "policy": "{\"Rules\":[{\"ResourceType\":\"collection\",\"Resource\":[\"collection/kb*\"]}],\"AWSOwnedKey\":true}"}`,
				`iam PutRolePolicy {"RoleName": "app", "PolicyName": "more", "PolicyDocument": "`+allowAll+`"}`,
			)
		},
		plan: func(p *fixtest.Plane) *fix.Plan {
			aliases := p.Call("kms", "ListAliases", wire.Object{}).Objects("Aliases")
			old := ""
			for _, a := range aliases {
				if a.Text("AliasName") == "alias/old" {
					old = "arn:aws:kms:eu-west-1:111122223333:key/" + a.Text("TargetKeyId")
				}
			}
			types := []string{
				"AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent", "AWS::Bedrock::Flow", "AWS::Bedrock::Prompt", "AWS::Bedrock::DataSource", "AWS::Bedrock::InvocationLogging", "AWS::BedrockAgentCore::Gateway",
				"AWS::BedrockAgentCore::TokenVault", "AWS::BedrockAgentCore::AgentInsightStore", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic",
				"AWS::SecretsManager::Secret", "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine", "AWS::CloudTrail::Trail", "AWS::KinesisFirehose::DeliveryStream",
				"AWS::OpenSearchServerless::SecurityPolicy", "AWS::SSM::Parameter", "AWS::BedrockAgentCore::ConfigurationBundle",
			}
			q := p.Request(fix.Target{Aim: fix.Existing, Key: old}, fix.Selection{Resources: []string{"kept"}}, types...)
			q.Callers = []fix.Caller{{ARN: "arn:aws:iam::111122223333:role/app"}}
			kept := made(t, q)
			q.Only.Resources, q.Only.Rungs = nil, []bedlock.Rung{bedlock.Unkeyed, bedlock.AWSManaged, bedlock.Unusable, bedlock.Exposed, bedlock.Sound}
			for _, r := range q.Inventory.Parts().Resources {
				if r.Name.Or("") != "kept" && slices.Contains(types, r.Type) {
					q.Only.Resources = append(q.Only.Resources, r.ID)
				}
			}
			q.Target, q.Publish = newKey, true
			q.Callers = []fix.Caller{{ARN: "arn:aws:iam::111122223333:role/app", Uses: []string{"AWS::Bedrock::Guardrail"}}, {ARN: "arn:aws:iam::111122223333:user/clerk", Uses: []string{"AWS::Bedrock::Prompt"}}}
			plan := made(t, q)
			plan.Steps = append(plan.Steps, alarmStep(), grantStep(plan.Steps[0].ID))
			plan.Steps = append(plan.Steps, kept.Steps...)
			if err := plan.Seal(); err != nil {
				t.Fatal(err)
			}
			return fixtest.Again(t, plan)
		},
	}
}

func made(t *testing.T, q fix.Request) *fix.Plan {
	t.Helper()
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// grantStep lets a role use a new key. Plans have none yet, and the way back names what the answer
// alone tells.
func grantStep(key string) fix.Step {
	const id = "s91-grant-app"
	arn, grant := fix.Ref(key, "KeyMetadata.Arn"), wire.Object{"Name": "app", "GranteePrincipal": "arn:aws:iam::111122223333:role/app", "Operations": []any{"Decrypt"}}
	call := func(operation string, in wire.Object) fix.Call {
		return fix.Call{Service: "kms", Operation: operation, Input: in.With(wire.Object{"KeyId": arn})}
	}
	return fix.Step{
		ID: id, Kind: fix.Grant, Title: "let role app decrypt", Place: fix.Place{Account: fixtest.Account, Region: fixtest.Region}, Subject: arn,
		State: &fix.State{Read: call("ListGrants", wire.Object{}), At: "Grants", Pick: map[string]string{"Name": "app"}, Only: []string{"Name", "GranteePrincipal", "Operations"}},
		After: grant, Do: []fix.Call{call("CreateGrant", grant)}, Undo: []fix.Call{call("RevokeGrant", wire.Object{"GrantId": fix.Ref(id, "GrantId")})},
	}
}

func alarmStep() fix.Step {
	in := wire.Object{
		"AlarmName": "calls", "Namespace": "Bedlock/KMS", "MetricName": "Calls", "Statistic": "Sum", "Period": int64(300), "EvaluationPeriods": int64(1), "Threshold": float64(5),
		"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
	}
	only := wire.Object{"AlarmNames": []any{"calls"}}
	call := func(operation string, in wire.Object) fix.Call {
		return fix.Call{Service: "cloudwatch", Operation: operation, Input: in}
	}
	return fix.Step{
		ID: "s90-alarm-calls", Kind: fix.Alarm, Title: "alarm calls", Place: fix.Place{Account: fixtest.Account, Region: fixtest.Region}, Subject: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:calls",
		State: &fix.State{
			Read: call("DescribeAlarms", only), At: "MetricAlarms", Pick: map[string]string{"AlarmName": "calls"},
			Only: []string{"AlarmName", "ComparisonOperator", "EvaluationPeriods", "MetricName", "Namespace", "Period", "Statistic", "Threshold", "TreatMissingData"},
		},
		After: in, Do: []fix.Call{call("PutMetricAlarm", in)}, Undo: []fix.Call{call("DeleteAlarms", only)},
	}
}
