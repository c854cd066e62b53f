package awsapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/inventory"
)

// packed is a package for a function, with one file that is empty: bytes that are text in YAML.
var packed = `"PK\x03\x04\x14` + strings.Repeat(`\0`, 21) + `\x01\0\0\0aPK\x01\x02\x14\0\x14` + strings.Repeat(`\0`, 21) + `\x01` + strings.Repeat(`\0`, 17) + `aPK\x05\x06\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x1f\0\0\0\0\0"`

// estate has one of each thing that is read by an operation of its own, as far as the plane
// serves it.
var estate = "calls:\n" + strings.NewReplacer("@", `account: "111122223333", region: eu-west-1, as: user/admin, do`, "KEY", `"${key:alias/records}"`, "APP", "arn:aws:iam::111122223333:role/app",
	"ZIP", packed, "KMS_KEY", "KMS_KEY",
).Replace(`
  - {@: "kms:CreateGrant", with: {KeyId: KEY, GranteePrincipal: APP, Operations: [Decrypt]}}
  - {@: "bedrock:CreateGuardrail", with: {name: ward, blockedInputMessaging: no-input-for-you, blockedOutputsMessaging: no, wordPolicyConfig: {wordsConfig: [{text: secret}]}, kmsKeyId: KEY, tags: [{key: team, value: ml}]}, keep: {guardrail: guardrailId}}
  - {@: "bedrock:CreateGuardrailVersion", with: {guardrailIdentifier: "${guardrail}"}}
  - {@: "bedrock-agent:CreatePrompt", with: {name: triage, customerEncryptionKeyArn: KEY}, keep: {prompt: id}}
  - {@: "bedrock-agent:CreatePromptVersion", with: {promptIdentifier: "${prompt}"}}
  - {@: "bedrock-agent:CreateAgent", with: {agentName: nurse, agentResourceRoleArn: APP, customerEncryptionKeyArn: KEY}}
  - {@: "logs:CreateLogGroup", with: {logGroupName: /ward, kmsKeyId: KEY}}
  - {@: "s3:CreateBucket", with: {Bucket: ward-records, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {@: "s3:PutBucketEncryption", with: {Bucket: ward-records, ServerSideEncryptionConfiguration: {Rules: [{ApplyServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: KEY}}]}}}
  - {@: "lambda:CreateFunction", with: {FunctionName: rounds, Role: APP, Runtime: python3.13, Handler: a.run, Code: {ZipFile: ZIP, SourceKMSKeyArn: KEY}, KMSKeyArn: KEY, Environment: {Variables: {WARD: no-input-for-you}}, Tags: {team: ml}}}
  - {@: "firehose:CreateDeliveryStream", with: {DeliveryStreamName: vitals, DeliveryStreamEncryptionConfigurationInput: {KeyType: CUSTOMER_MANAGED_CMK, KeyARN: KEY}, ExtendedS3DestinationConfiguration: {RoleARN: APP, BucketARN: "arn:aws:s3:::ward-records", EncryptionConfiguration: {KMSEncryptionConfig: {AWSKMSKeyARN: KEY}}}}}
  - {@: "stepfunctions:CreateStateMachine", with: {name: discharge, roleArn: APP, definition: '{"StartAt": "A", "States": {"A": {"Type": "Succeed", "Comment": "no-input-for-you"}}}', encryptionConfiguration: {type: CUSTOMER_MANAGED_KMS_KEY, kmsKeyId: KEY}}}
  - {@: "stepfunctions:CreateActivity", with: {name: visit, encryptionConfiguration: {type: CUSTOMER_MANAGED_KMS_KEY, kmsKeyId: KEY}}}
  - {@: "secretsmanager:CreateSecret", with: {Name: ward, SecretString: x, KmsKeyId: KEY}}
  - {@: "s3vectors:CreateVectorBucket", with: {vectorBucketName: ward-vectors, encryptionConfiguration: {sseType: "aws:kms", kmsKeyArn: KEY}}}
  - {@: "s3vectors:CreateIndex", with: {vectorBucketName: ward-vectors, indexName: notes, dataType: float32, dimension: 2, distanceMetric: cosine}}
  - {@: "rds:CreateDBCluster", with: {DBClusterIdentifier: ward, Engine: aurora-postgresql, MasterUsername: owner, MasterUserPassword: no-password-for-you, StorageEncrypted: true, KmsKeyId: KEY}}
  - {@: "rds:CreateDBInstance", with: {DBInstanceIdentifier: ward-1, DBInstanceClass: db.r6g.large, Engine: aurora-postgresql, DBClusterIdentifier: ward}}
  - {@: "rds:CreateDBInstance", with: {DBInstanceIdentifier: beds, DBInstanceClass: db.t4g.micro, Engine: postgres, AllocatedStorage: 20, MasterUsername: owner, MasterUserPassword: no-password-for-you, StorageEncrypted: true, KmsKeyId: KEY, EnablePerformanceInsights: true, PerformanceInsightsKMSKeyId: KEY}}
  - {@: "bedrock-agentcore-control:CreateMemory", with: {name: ward, eventExpiryDuration: 30, encryptionKeyArn: KEY}}
  - {@: "bedrock-data-automation:CreateBlueprint", with: {blueprintName: form, type: DOCUMENT, schema: "{}", encryptionConfiguration: {kmsKeyId: KEY}}}
  - {@: "s3:CreateBucket", with: {Bucket: ward-training, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {@: "s3:PutBucketPolicy", with: {Bucket: ward-training, Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"APP"},"Action":"s3:*","Resource":["arn:aws:s3:::ward-training","arn:aws:s3:::ward-training/*"]}]}'}}
  - {@: "s3:PutObject", with: {Bucket: ward-training, Key: train.jsonl, Body: "{}"}}
  - {@: "s3:PutObject", with: {Bucket: ward-training, Key: llama/config.json, Body: '{"architectures":["LlamaForCausalLM"]}'}}
  - {@: "bedrock:CreateModelCustomizationJob", with: {jobName: train, customModelName: doctor, roleArn: APP, baseModelIdentifier: "amazon.nova-lite-v1:0", customModelKmsKeyId: KEY, trainingDataConfig: {s3Uri: "s3://ward-training/train.jsonl"}, outputDataConfig: {s3Uri: "s3://ward-training/out/"}, customModelTags: [{key: team, value: ml}]}}
  - {@: "bedrock:GetCustomModel", with: {modelIdentifier: doctor}, keep: {model: modelArn}}
  - {@: "bedrock:CreateModelCopyJob", with: {sourceModelArn: "${model}", targetModelName: doctor-copy, modelKmsKeyId: KEY}}
  - {@: "bedrock:CreateModelImportJob", with: {jobName: import, importedModelName: llama, roleArn: APP, importedModelKmsKeyId: KEY, modelDataSource: {s3DataSource: {s3Uri: "s3://ward-training/llama/"}}}}
  - {@: "bedrock:CreateCustomModelDeployment", with: {modelDeploymentName: doctor, modelArn: "${model}"}}
  - {@: "bedrock:CreateProvisionedModelThroughput", with: {provisionedModelName: doctor, modelId: "${model}", modelUnits: 1}}
  - {@: "bedrock:CreateInferenceProfile", with: {inferenceProfileName: ward, modelSource: {copyFrom: "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}}}
  - {@: "bedrock:CreatePromptRouter", with: {promptRouterName: ward, models: [{modelArn: "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}], fallbackModel: {modelArn: "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}, routingCriteria: {responseQualityDifference: 5}}}
  - {@: "bedrock:CreateModelInvocationJob", with: {jobName: batch, modelId: "amazon.nova-lite-v1:0", roleArn: APP, inputDataConfig: {s3InputDataConfig: {s3Uri: "s3://ward-training/train.jsonl"}}, outputDataConfig: {s3OutputDataConfig: {s3Uri: "s3://ward-training/out/", s3EncryptionKeyId: KEY}}}}
  - {@: "bedrock:CreateEvaluationJob", with: {jobName: quiz, roleArn: APP, customerEncryptionKeyId: KEY, evaluationConfig: {automated: {datasetMetricConfigs: [{taskType: QuestionAndAnswer, dataset: {name: quiz, datasetLocation: {s3Uri: "s3://ward-training/train.jsonl"}}, metricNames: [Builtin.Accuracy]}]}}, inferenceConfig: {models: [{bedrockModel: {modelIdentifier: "amazon.nova-lite-v1:0"}}]}, outputDataConfig: {s3Uri: "s3://ward-training/out/"}}}
  - {@: "bedrock:CreateAdvancedPromptOptimizationJob", with: {jobName: better, encryptionKeyArn: KEY, inputConfig: {s3Uri: "s3://ward-training/train.jsonl"}, outputConfig: {s3Uri: "s3://ward-training/out/"}, modelConfigurations: [{modelId: "amazon.nova-lite-v1:0"}]}}
  - {@: "bedrock:CreateAutomatedReasoningPolicy", with: {name: leave, kmsKeyId: KEY}, keep: {leave: policyArn, hash: definitionHash}}
  - {@: "bedrock:CreateAutomatedReasoningPolicyVersion", with: {policyArn: "${leave}", lastUpdatedDefinitionHash: "${hash}"}}
  - {@: "bedrock:CreateMarketplaceModelEndpoint", with: {endpointName: bought, modelSourceIdentifier: "arn:aws:sagemaker:eu-west-1:aws:hub-content/SageMakerPublicHub/Model/one/1", endpointConfig: {sageMaker: {initialInstanceCount: 1, instanceType: ml.g5.xlarge, executionRole: APP, kmsEncryptionKey: KEY}}}}
  - {@: "sns:CreateTopic", with: {Name: ward-news, Attributes: {KmsMasterKeyId: KEY}, Tags: [{Key: team, Value: ml}]}}
  - {@: "s3:CreateBucket", with: {Bucket: ward-trail, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {@: "s3:PutBucketPolicy", with: {Bucket: ward-trail, Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["arn:aws:s3:::ward-trail","arn:aws:s3:::ward-trail/*"]}]}'}}
  - {@: "cloudtrail:CreateTrail", with: {Name: ward, S3BucketName: ward-trail, KmsKeyId: KEY, IsMultiRegionTrail: true, TagsList: [{Key: team, Value: ml}]}}
  - {@: "cloudtrail:CreateEventDataStore", with: {Name: lake, KmsKeyId: KEY}}
`)

// furnished is the company with the estate, and a key that lets services use it.
var furnished = strings.Replace(company, "alias: alias/records,", `alias: alias/records, policy: {Version: "2012-10-17", Statement: [
        {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"},
        {Effect: Allow, Principal: {Service: [bedrock.amazonaws.com, cloudtrail.amazonaws.com, logs.eu-west-1.amazonaws.com, indexing.s3vectors.amazonaws.com, lambda.amazonaws.com]}, Action: "kms:*", Resource: "*"}]},`, 1) + estate

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
		"Bedrock::AdvancedPromptOptimizationJob better content=alias/records",
		"Bedrock::Agent nurse content=alias/records",
		"Bedrock::AgentAlias AgentTestAlias",
		"Bedrock::ApplicationInferenceProfile ward",
		"Bedrock::AutomatedReasoningPolicy leave content=alias/records",
		"Bedrock::AutomatedReasoningPolicyVersion leave content=alias/records",
		"Bedrock::Blueprint form content=alias/records",
		"Bedrock::CustomModel doctor model=alias/records",
		"Bedrock::CustomModel doctor-copy model=alias/records",
		"Bedrock::CustomModelDeployment doctor",
		"Bedrock::EvaluationJob quiz content=alias/records",
		"Bedrock::Guardrail ward configuration=alias/records",
		"Bedrock::GuardrailVersion ward configuration=alias/records",
		"Bedrock::ImportedModel llama model=alias/records",
		"Bedrock::IntelligentPromptRouter ward",
		"Bedrock::InvocationLogging -",
		"Bedrock::MarketplaceModelEndpoint - endpoint-storage=alias/records",
		"Bedrock::ModelCopyJob doctor-copy output-model=alias/records",
		"Bedrock::ModelCustomizationJob train output-model=alias/records",
		"Bedrock::ModelImportJob import output-model=alias/records",
		"Bedrock::ModelInvocationJob batch output=alias/records",
		"Bedrock::Prompt triage content=alias/records",
		"Bedrock::PromptVersion triage content=alias/records",
		"Bedrock::ProvisionedModelThroughput doctor",
		"BedrockAgentCore::AgentInsightStore - insights=aws-owned",
		"BedrockAgentCore::Memory ward content=alias/records",
		"BedrockAgentCore::TokenVault default tokens=aws-owned",
		"CloudTrail::EventDataStore lake events=alias/records",
		"CloudTrail::Trail ward logs=alias/records",
		"KinesisFirehose::DeliveryStream vitals stream=alias/records s3-destination=alias/records",
		"Lambda::Function rounds environment=alias/records code=alias/records",
		"Logs::LogGroup /ward log-group=alias/records",
		"RDS::DBCluster ward storage=alias/records",
		"RDS::DBInstance beds storage=alias/records performance-insights=alias/records",
		"RDS::DBInstance ward-1 cluster-storage=through storage",
		"S3::Bucket ward-records default-encryption=alias/records",
		"S3::Bucket ward-trail default-encryption=aws-owned",
		"S3::Bucket ward-training default-encryption=aws-owned",
		"S3Vectors::Index notes bucket-encryption=through encryption",
		"S3Vectors::VectorBucket ward-vectors encryption=alias/records",
		"SNS::Topic ward-news messages=alias/records",
		"SecretsManager::Secret ward secret=alias/records",
		"StepFunctions::Activity visit tasks=alias/records",
		"StepFunctions::StateMachine discharge definition=alias/records",
	}
	if d := cmp.Diff(want, described(inv)); d != "" {
		t.Error(d)
	}
	guardrail := inv.Resource(guardrailID(inv))
	if guardrail.Tags.Known["team"] != "ml" {
		t.Errorf("tags of the guardrail: %v", guardrail.Tags)
	}
	if grants := inv.Parts().Grants; !slices.ContainsFunc(grants, func(g inventory.Grant) bool {
		return g.Grantee.Or("") == "arn:aws:iam::111122223333:role/app" && slices.Equal(g.Operations.Or(nil), []string{"Decrypt"})
	}) {
		t.Errorf("grants %+v", grants)
	}
}

// described are the resources with what their slots name.
func described(inv *inventory.Inventory) (lines []string) {
	for _, r := range inv.Parts().Resources {
		line := fmt.Sprintf("%s %s", strings.TrimPrefix(r.Type, "AWS::"), r.Name.Or("-"))
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
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func guardrailID(inv *inventory.Inventory) string {
	for _, r := range inv.Parts().Resources {
		if r.Type == "AWS::Bedrock::Guardrail" {
			return r.ID
		}
	}
	return ""
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
