package awsapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/inventory"
)

// packed is a package for a function, with one file that is empty: bytes that are text in YAML.
var packed = `"PK\x03\x04\x14` + strings.Repeat(`\0`, 21) + `\x01\0\0\0aPK\x01\x02\x14\0\x14` + strings.Repeat(`\0`, 21) + `\x01` + strings.Repeat(`\0`, 17) + `aPK\x05\x06\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x1f\0\0\0\0\0"`

// estate has one of each thing that is read by an operation of its own, as far as the plane
// serves it, with a key and a tag where it can have them. What is not here is in agentEstate.
var estate = "calls:\n" + strings.NewReplacer("@", `account: "111122223333", region: eu-west-1, as: user/admin, do`, "KEY", `"${key:alias/records}"`, "APP", "arn:aws:iam::111122223333:role/app",
	"ZIP", packed, "KMS_KEY", "KMS_KEY",
).Replace(`
  - {@: "kms:CreateGrant", with: {KeyId: KEY, GranteePrincipal: APP, Operations: [Decrypt]}}
  - {@: "bedrock:CreateGuardrail", with: {name: ward, blockedInputMessaging: no-input-for-you, blockedOutputsMessaging: no, wordPolicyConfig: {wordsConfig: [{text: secret}]}, kmsKeyId: KEY, tags: [{key: team, value: ml}]}, keep: {guardrail: guardrailId, guardrail-arn: guardrailArn}}
  - {@: "bedrock:CreateGuardrailVersion", with: {guardrailIdentifier: "${guardrail}"}}
  - {@: "bedrock-agent:CreatePrompt", with: {tags: {team: ml}, name: triage, customerEncryptionKeyArn: KEY}, keep: {prompt: id}}
  - {@: "bedrock-agent:CreatePromptVersion", with: {promptIdentifier: "${prompt}", tags: {team: ml}}}
  - {@: "bedrock-agent:CreateAgent", with: {tags: {team: ml}, agentName: nurse, agentResourceRoleArn: APP, customerEncryptionKeyArn: KEY}}
  - {@: "logs:CreateLogGroup", with: {tags: {team: ml}, logGroupName: /ward, kmsKeyId: KEY}}
  - {@: "s3:CreateBucket", with: {Bucket: ward-records, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {@: "s3:PutBucketEncryption", with: {Bucket: ward-records, ServerSideEncryptionConfiguration: {Rules: [{ApplyServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: KEY}}]}}}
  - {@: "lambda:CreateFunction", with: {FunctionName: rounds, Role: APP, Runtime: python3.13, Handler: a.run, Code: {ZipFile: ZIP, SourceKMSKeyArn: KEY}, KMSKeyArn: KEY, Environment: {Variables: {WARD: no-input-for-you}}, Tags: {team: ml}}}
  - {@: "firehose:CreateDeliveryStream", with: {Tags: [{Key: team, Value: ml}], DeliveryStreamName: vitals, DeliveryStreamEncryptionConfigurationInput: {KeyType: CUSTOMER_MANAGED_CMK, KeyARN: KEY}, ExtendedS3DestinationConfiguration: {RoleARN: APP, BucketARN: "arn:aws:s3:::ward-records", EncryptionConfiguration: {KMSEncryptionConfig: {AWSKMSKeyARN: KEY}}}}}
  - {@: "stepfunctions:CreateStateMachine", with: {tags: [{key: team, value: ml}], name: discharge, roleArn: APP, definition: '{"StartAt": "A", "States": {"A": {"Type": "Succeed", "Comment": "no-input-for-you"}}}', encryptionConfiguration: {type: CUSTOMER_MANAGED_KMS_KEY, kmsKeyId: KEY}}}
  - {@: "stepfunctions:CreateActivity", with: {tags: [{key: team, value: ml}], name: visit, encryptionConfiguration: {type: CUSTOMER_MANAGED_KMS_KEY, kmsKeyId: KEY}}}
  - {@: "secretsmanager:CreateSecret", with: {Tags: [{Key: team, Value: ml}], Name: ward, SecretString: x, KmsKeyId: KEY}}
  - {@: "s3vectors:CreateVectorBucket", with: {tags: {team: ml}, vectorBucketName: ward-vectors, encryptionConfiguration: {sseType: "aws:kms", kmsKeyArn: KEY}}}
  - {@: "s3vectors:CreateIndex", with: {tags: {team: ml}, vectorBucketName: ward-vectors, indexName: notes, dataType: float32, dimension: 2, distanceMetric: cosine}}
  - {@: "rds:CreateDBCluster", with: {Tags: [{Key: team, Value: ml}], DBClusterIdentifier: ward, Engine: aurora-postgresql, MasterUsername: owner, MasterUserPassword: no-password-for-you, StorageEncrypted: true, KmsKeyId: KEY}}
  - {@: "rds:CreateDBInstance", with: {Tags: [{Key: team, Value: ml}], DBInstanceIdentifier: ward-1, DBInstanceClass: db.r6g.large, Engine: aurora-postgresql, DBClusterIdentifier: ward}}
  - {@: "rds:CreateDBInstance", with: {Tags: [{Key: team, Value: ml}], DBInstanceIdentifier: beds, DBInstanceClass: db.t4g.micro, Engine: postgres, AllocatedStorage: 20, MasterUsername: owner, MasterUserPassword: no-password-for-you, StorageEncrypted: true, KmsKeyId: KEY, EnablePerformanceInsights: true, PerformanceInsightsKMSKeyId: KEY}}
  - {@: "bedrock-agentcore-control:CreateMemory", with: {tags: {team: ml}, name: ward, eventExpiryDuration: 30, encryptionKeyArn: KEY}, keep: {memory: memory.arn}}
  - {@: "bedrock-data-automation:CreateBlueprint", with: {tags: [{key: team, value: ml}], blueprintName: form, type: DOCUMENT, schema: "{}", encryptionConfiguration: {kmsKeyId: KEY}}}
  - {@: "s3:CreateBucket", with: {Bucket: ward-training, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {@: "s3:PutBucketPolicy", with: {Bucket: ward-training, Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"APP"},"Action":"s3:*","Resource":["arn:aws:s3:::ward-training","arn:aws:s3:::ward-training/*"]}]}'}}
  - {@: "s3:PutObject", with: {Bucket: ward-training, Key: train.jsonl, Body: "{}"}}
  - {@: "s3:PutObject", with: {Bucket: ward-training, Key: llama/config.json, Body: '{"architectures":["LlamaForCausalLM"]}'}}
  - {@: "bedrock:CreateModelCustomizationJob", with: {jobTags: [{key: team, value: ml}], jobName: train, customModelName: doctor, roleArn: APP, baseModelIdentifier: "amazon.nova-lite-v1:0", customModelKmsKeyId: KEY, trainingDataConfig: {s3Uri: "s3://ward-training/train.jsonl"}, outputDataConfig: {s3Uri: "s3://ward-training/out/"}, customModelTags: [{key: team, value: ml}]}}
  - {@: "bedrock:GetCustomModel", with: {modelIdentifier: doctor}, keep: {model: modelArn}}
  - {@: "bedrock:CreateModelCopyJob", with: {targetModelTags: [{key: team, value: ml}], sourceModelArn: "${model}", targetModelName: doctor-copy, modelKmsKeyId: KEY}}
  - {@: "bedrock:CreateModelImportJob", with: {jobTags: [{key: team, value: ml}], importedModelTags: [{key: team, value: ml}], jobName: import, importedModelName: llama, roleArn: APP, importedModelKmsKeyId: KEY, modelDataSource: {s3DataSource: {s3Uri: "s3://ward-training/llama/"}}}}
  - {@: "bedrock:CreateCustomModelDeployment", with: {tags: [{key: team, value: ml}], modelDeploymentName: doctor, modelArn: "${model}"}}
  - {@: "bedrock:CreateProvisionedModelThroughput", with: {tags: [{key: team, value: ml}], provisionedModelName: doctor, modelId: "${model}", modelUnits: 1}}
  - {@: "bedrock:CreateInferenceProfile", with: {tags: [{key: team, value: ml}], inferenceProfileName: ward, modelSource: {copyFrom: "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}}}
  - {@: "bedrock:CreatePromptRouter", with: {tags: [{key: team, value: ml}], promptRouterName: ward, models: [{modelArn: "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}], fallbackModel: {modelArn: "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}, routingCriteria: {responseQualityDifference: 5}}}
  - {@: "bedrock:CreateModelInvocationJob", with: {tags: [{key: team, value: ml}], jobName: batch, modelId: "amazon.nova-lite-v1:0", roleArn: APP, inputDataConfig: {s3InputDataConfig: {s3Uri: "s3://ward-training/train.jsonl"}}, outputDataConfig: {s3OutputDataConfig: {s3Uri: "s3://ward-training/out/", s3EncryptionKeyId: KEY}}}}
  - {@: "bedrock:CreateEvaluationJob", with: {jobTags: [{key: team, value: ml}], jobName: quiz, roleArn: APP, customerEncryptionKeyId: KEY, evaluationConfig: {automated: {datasetMetricConfigs: [{taskType: QuestionAndAnswer, dataset: {name: quiz, datasetLocation: {s3Uri: "s3://ward-training/train.jsonl"}}, metricNames: [Builtin.Accuracy]}]}}, inferenceConfig: {models: [{bedrockModel: {modelIdentifier: "amazon.nova-lite-v1:0"}}]}, outputDataConfig: {s3Uri: "s3://ward-training/out/"}}}
  - {@: "bedrock:CreateAdvancedPromptOptimizationJob", with: {jobName: better, encryptionKeyArn: KEY, inputConfig: {s3Uri: "s3://ward-training/train.jsonl"}, outputConfig: {s3Uri: "s3://ward-training/out/"}, modelConfigurations: [{modelId: "amazon.nova-lite-v1:0"}]}}
  - {@: "bedrock:CreateAutomatedReasoningPolicy", with: {tags: [{key: team, value: ml}], name: leave, kmsKeyId: KEY}, keep: {leave: policyArn, hash: definitionHash}}
  - {@: "bedrock:CreateAutomatedReasoningPolicyVersion", with: {policyArn: "${leave}", lastUpdatedDefinitionHash: "${hash}", tags: [{key: team, value: ml}]}}
  - {@: "bedrock:CreateMarketplaceModelEndpoint", with: {endpointName: bought, modelSourceIdentifier: "arn:aws:sagemaker:eu-west-1:aws:hub-content/SageMakerPublicHub/Model/one/1", endpointConfig: {sageMaker: {initialInstanceCount: 1, instanceType: ml.g5.xlarge, executionRole: APP, kmsEncryptionKey: KEY}}}}
  - {@: "sns:CreateTopic", with: {Name: ward-news, Attributes: {KmsMasterKeyId: KEY}, Tags: [{Key: team, Value: ml}]}}
  - {@: "s3:CreateBucket", with: {Bucket: ward-trail, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {@: "s3:PutBucketPolicy", with: {Bucket: ward-trail, Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["arn:aws:s3:::ward-trail","arn:aws:s3:::ward-trail/*"]}]}'}}
  - {@: "cloudtrail:CreateTrail", with: {Name: ward, S3BucketName: ward-trail, KmsKeyId: KEY, IsMultiRegionTrail: true, TagsList: [{Key: team, Value: ml}]}}
  - {@: "cloudtrail:CreateEventDataStore", with: {TagsList: [{Key: team, Value: ml}], Name: lake, KmsKeyId: KEY}}
`+agentEstate[1:])

// furnished is the company with the estate, and a key that lets services use it.
var furnished = strings.Replace(company, "alias: alias/records,", `alias: alias/records, policy: {Version: "2012-10-17", Statement: [
        {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"},
        {Effect: Allow, Principal: {Service: [agent-registry.amazonaws.com, bedrock.amazonaws.com, bedrock-agentcore.amazonaws.com, cloudtrail.amazonaws.com, logs.eu-west-1.amazonaws.com, indexing.s3vectors.amazonaws.com, lambda.amazonaws.com]}, Action: "kms:*", Resource: "*"}]},`, 1) + estate

// TestEstate: what the seed says, and nothing else, is in the inventory.
func TestEstate(t *testing.T) {
	p := serve(t, furnished)
	inv, err := Collect(t.Context(), p.fast("admin"))
	if err != nil {
		t.Fatal(err)
	}
	if u := unreadIn(t, inv); u != "" {
		t.Errorf("this is unread: %s", u)
	}
	want := []string{
		"AgentRegistry::Registry shelf records=alias/records #team=ml",
		"AgentRegistry::RegistryRecord tools descriptors=through records #team=ml",
		"Bedrock::AdvancedPromptOptimizationJob better content=alias/records",
		"Bedrock::Agent doctor content=alias/records #team=ml",
		"Bedrock::Agent nurse content=alias/records #team=ml",
		"Bedrock::AgentAlias AgentTestAlias",
		"Bedrock::AgentAlias AgentTestAlias",
		"Bedrock::AgentAlias live #team=ml",
		"Bedrock::AgentVersion doctor content=alias/records",
		"Bedrock::ApplicationInferenceProfile ward #team=ml",
		"Bedrock::AsyncInvoke - output=alias/records",
		"Bedrock::AutomatedReasoningPolicy leave content=alias/records #team=ml",
		"Bedrock::AutomatedReasoningPolicyVersion leave content=alias/records #team=ml",
		"Bedrock::Blueprint form content=alias/records #team=ml",
		"Bedrock::CustomModel doctor model=alias/records #team=ml",
		"Bedrock::CustomModel doctor-copy model=alias/records #team=ml",
		"Bedrock::CustomModelDeployment doctor #team=ml",
		"Bedrock::DataAutomationLibrary words content=alias/records #team=ml",
		"Bedrock::DataAutomationProject scans content=alias/records #team=ml",
		"Bedrock::DataSource filed transient-data=alias/records",
		"Bedrock::EnforcedGuardrailConfiguration -",
		"Bedrock::EvaluationJob quiz content=alias/records #team=ml",
		"Bedrock::Flow rounds content=alias/records #team=ml",
		"Bedrock::FlowAlias live #team=ml",
		"Bedrock::FlowExecution - snapshot=alias/records",
		"Bedrock::FlowVersion rounds content=alias/records",
		"Bedrock::Guardrail ward configuration=alias/records #team=ml policy",
		"Bedrock::GuardrailVersion ward configuration=alias/records",
		"Bedrock::ImportedModel llama model=alias/records #team=ml",
		"Bedrock::IntelligentPromptRouter ward #team=ml",
		"Bedrock::InvocationLogging - cloudwatch=through log-group",
		"Bedrock::KnowledgeBase charts vector-store=through encryption #team=ml",
		"Bedrock::MarketplaceModelEndpoint - endpoint-storage=alias/records",
		"Bedrock::ModelCopyJob doctor-copy output-model=alias/records",
		"Bedrock::ModelCustomizationJob train output-model=alias/records #team=ml",
		"Bedrock::ModelImportJob import output-model=alias/records #team=ml",
		"Bedrock::ModelInvocationJob batch output=alias/records #team=ml",
		"Bedrock::Project ward #team=ml",
		"Bedrock::Prompt triage content=alias/records #team=ml",
		"Bedrock::PromptVersion triage content=alias/records #team=ml",
		"Bedrock::ProvisionedModelThroughput doctor #team=ml",
		"Bedrock::RetrievalInstruction manners content=alias/records #team=ml",
		"Bedrock::Session - content=alias/records #team=ml",
		"BedrockAgentCore::AgentInsightStore - insights=alias/records",
		"BedrockAgentCore::ApiKeyCredentialProvider weather #team=ml",
		"BedrockAgentCore::BatchEvaluation night output=alias/records",
		"BedrockAgentCore::BrowserCustom surf #team=ml",
		"BedrockAgentCore::BrowserProfile surfer #team=ml",
		"BedrockAgentCore::CapacityProvider fleet root-volume=alias/records #team=ml",
		"BedrockAgentCore::CodeInterpreterCustom calc #team=ml",
		"BedrockAgentCore::ConfigurationBundle tuning components=alias/records #team=ml",
		"BedrockAgentCore::Dataset cases examples=alias/records #team=ml",
		"BedrockAgentCore::Evaluator polite content=alias/records #team=ml",
		"BedrockAgentCore::Gateway desk configuration=alias/records #team=ml policy",
		"BedrockAgentCore::GatewayRateLimit -",
		"BedrockAgentCore::GatewayRule -",
		"BedrockAgentCore::GatewayTarget tool configuration=through configuration",
		"BedrockAgentCore::Harness rig memory=alias/records #team=ml",
		"BedrockAgentCore::HarnessEndpoint DEFAULT",
		"BedrockAgentCore::HarnessEndpoint live #team=ml",
		"BedrockAgentCore::Memory rig content=alias/records",
		"BedrockAgentCore::Memory ward content=alias/records #team=ml policy",
		"BedrockAgentCore::OAuth2CredentialProvider mail #team=ml",
		"BedrockAgentCore::OnlineEvaluationConfig watch #team=ml",
		"BedrockAgentCore::PaymentConnector coins content=through content",
		"BedrockAgentCore::PaymentCredentialProvider purse #team=ml",
		"BedrockAgentCore::PaymentManager till content=alias/records #team=ml",
		"BedrockAgentCore::Policy forbid content=through policies",
		"BedrockAgentCore::PolicyEngine engine policies=alias/records #team=ml",
		"BedrockAgentCore::Recommendation better content=alias/records",
		"BedrockAgentCore::Runtime bot #team=ml policy",
		"BedrockAgentCore::RuntimeEndpoint DEFAULT",
		"BedrockAgentCore::RuntimeEndpoint live #team=ml",
		"BedrockAgentCore::TokenVault default tokens=alias/records",
		"BedrockAgentCore::WorkloadIdentity bot-*",
		"BedrockAgentCore::WorkloadIdentity desk-*",
		"BedrockAgentCore::WorkloadIdentity robot #team=ml",
		"BedrockAgentCore::WorkloadIdentity till-*",
		"CloudTrail::EventDataStore lake events=alias/records #team=ml",
		"CloudTrail::Trail ward logs=alias/records #team=ml",
		"DynamoDB::Table beds table=alias/records #team=ml policy",
		"KinesisFirehose::DeliveryStream vitals stream=alias/records s3-destination=alias/records #team=ml",
		"Lambda::Function rounds environment=alias/records code=alias/records #team=ml",
		"Logs::LogGroup /ward log-group=alias/records #team=ml",
		"OpenSearchServerless::Collection charts encryption=alias/records #team=ml",
		"OpenSearchServerless::SecurityPolicy charts encryption=alias/records",
		"RDS::DBCluster ward storage=alias/records #team=ml",
		"RDS::DBInstance beds storage=alias/records performance-insights=alias/records #team=ml",
		"RDS::DBInstance ward-1 cluster-storage=through storage #team=ml",
		"S3::Bucket ward-records default-encryption=alias/records #team=ml",
		"S3::Bucket ward-trail default-encryption=aws-owned policy",
		"S3::Bucket ward-training default-encryption=aws-owned policy",
		"S3Vectors::Index notes bucket-encryption=through encryption #team=ml",
		"S3Vectors::VectorBucket ward-vectors encryption=alias/records #team=ml policy",
		"SNS::Topic ward-news messages=alias/records #team=ml policy",
		"SQS::Queue calls messages=alias/records #team=ml",
		"SSM::Parameter /ward/phone value=alias/records #team=ml",
		"SecretsManager::Secret ward secret=alias/records #team=ml",
		"StepFunctions::Activity visit tasks=alias/records #team=ml",
		"StepFunctions::StateMachine discharge definition=alias/records #team=ml",
	}
	if d := cmp.Diff(want, described(inv)); d != "" {
		t.Error(d)
	}
	if grants := inv.Parts().Grants; !slices.ContainsFunc(grants, func(g inventory.Grant) bool {
		return g.Grantee.Or("") == "arn:aws:iam::111122223333:role/app" && slices.Equal(g.Operations.Or(nil), []string{"Decrypt"})
	}) {
		t.Errorf("grants %+v", grants)
	}
}

// chance is the end of a name that AgentCore makes.
var chance = regexp.MustCompile(`-[0-9A-Za-z]{10}$`)

// described are the resources with what their slots name, their tags and that they have a policy.
func described(inv *inventory.Inventory) (lines []string) {
	for _, r := range inv.Parts().Resources {
		name := r.Name.Or("-")
		if r.Type == "AWS::BedrockAgentCore::WorkloadIdentity" {
			name = chance.ReplaceAllString(name, "-*")
		}
		line := fmt.Sprintf("%s %s", strings.TrimPrefix(r.Type, "AWS::"), name)
		for _, s := range r.Slots {
			n := s.Named[0]
			switch k := inv.Key(n.Key); {
			case k != nil:
				line += " " + s.Name + "=" + k.Name
			case n.Store != "":
				line += " " + s.Name + "=through " + n.StoreSlot
			default:
				line += " " + s.Name + "=" + string(n.Owner)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(r.Tags.Known)) {
			line += " #" + key + "=" + r.Tags.Known[key]
		}
		if _, ok := r.Policy.Get(); ok {
			line += " policy"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// TestNothingElseIsKept: the journal has no texts of prompts and no secrets.
func TestNothingElseIsKept(t *testing.T) {
	p := serve(t, furnished)
	o := p.fast("admin")
	o.State = t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Progress = func(done, total int) {
		if done == total {
			cancel() // before the journal is removed
		}
	}
	if _, err := Collect(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(o.State, "aws.journal"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(`"kmsKeyArn":"arn:aws:kms:`)) {
		t.Error("the journal has no guardrail")
	}
	for _, text := range []string{"no-input-for-you", "no-password-for-you", "AKIA"} {
		if bytes.Contains(b, []byte(text)) {
			t.Errorf("the journal has %q", text)
		}
	}
}
