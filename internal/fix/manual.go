package fix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/catalog"
)

// byHand is what people do about a type whose key no update changes.
type byHand struct {
	// What is lost or interrupted, Steps are sentences in order; {title} is the type's.
	What  string
	Steps []string
}

// The last steps of what is made anew.
const (
	deleteOld = "delete the old one; its key must stay enabled until then"
	checkNew  = "check the new one, and only then go on"
)

// hands are the types with steps of their own, or a slot of a type after a space. What does not change in place, and why, is in the
// catalogue with its source.
var hands = map[string]byHand{
	"AWS::Bedrock::CustomModel": {
		What: "the copy has another ARN; deployments and provisioned throughput belong to the old model and are made, and paid, anew",
		Steps: []string{
			"copy the model with CreateModelCopyJob and modelKmsKeyId (the caller needs Decrypt on the old key), or run the customization job again with customModelKmsKeyId; that a copy within one Region is meant for this is not documented",
			"create a deployment or provisioned throughput of the new model, with the same units",
			"point at it what names the old one: applications, agents, flows, prompts, inference profiles and IAM policies",
			checkNew, "delete the deployments or the provisioned throughput of the old model, then the model; the grants on the old key end with it",
		},
	},
	"AWS::Bedrock::ImportedModel": {
		What: "the new model has another ARN; the files that were imported must still be in S3",
		Steps: []string{
			"import the model again with CreateModelImportJob and importedModelKmsKeyId",
			"point at it what names the old one: applications and IAM policies", checkNew, deleteOld,
		},
	},
	"AWS::Bedrock::KnowledgeBase": {
		What: "the new knowledge base has another ID and an index of its own: everything is ingested again, which costs the parsing and embedding of all documents",
		Steps: []string{
			"create a managed knowledge base of the same configuration with serverSideEncryptionConfiguration.kmsKeyArn",
			"create its data sources, with their chunking, parsing and deletion policy, and start an ingestion job of each",
			"compare the numbers of documents, and ask both the same questions",
			"associate it with the agents in the place of the old one and prepare them; point flows and applications at it",
			"delete the data sources and the knowledge base; its key must stay enabled until then",
		},
	},
	"AWS::Bedrock::AutomatedReasoningPolicy": {
		What: "the new policy has another ARN; versions, tests and build history stay with the old one",
		Steps: []string{
			"export the definition of the policy, and its test cases",
			"create a policy with kmsKeyId, and import the definition with a build workflow",
			"create the test cases again, run them, and create a version",
			"name the new version in the guardrails that use the policy, and publish these", deleteOld,
		},
	},
	"AWS::Bedrock::DataAutomationLibrary": {
		What: "the new library has another ARN",
		Steps: []string{
			"create a library with encryptionConfiguration and write the same entities into it",
			"name it in the dataAutomationLibraryConfiguration of the projects that use the old one, in both stages", deleteOld,
		},
	},
	"AWS::Bedrock::Session": {
		What:  "a session is short-lived; its history cannot be moved",
		Steps: []string{"name the key in encryptionKeyArn where the application creates sessions", "end and delete the old sessions when they are no longer needed"},
	},
	"AWS::Bedrock::EvaluationJob":                 jobByHand("customerEncryptionKeyId"),
	"AWS::Bedrock::ModelInvocationJob":            jobByHand("outputDataConfig.s3OutputDataConfig.s3EncryptionKeyId"),
	"AWS::Bedrock::AsyncInvoke":                   jobByHand("outputDataConfig.s3OutputDataConfig.kmsKeyId"),
	"AWS::Bedrock::AdvancedPromptOptimizationJob": jobByHand("encryptionKeyArn"),
	"AWS::Bedrock::ModelCustomizationJob":         jobByHand("customModelKmsKeyId"),
	"AWS::Bedrock::ModelCopyJob":                  jobByHand("modelKmsKeyId"),
	"AWS::Bedrock::ModelImportJob":                jobByHand("importedModelKmsKeyId"),
	"AWS::BedrockAgentCore::BatchEvaluation":      jobByHand("kmsKeyArn"),
	"AWS::BedrockAgentCore::Recommendation":       jobByHand("kmsKeyArn"),
	"AWS::BedrockAgentCore::Memory": {
		What: "the new memory has another ID; events expire with the old one, and what was learned from them is not moved by the service",
		Steps: []string{
			"create a memory with the same strategies and event expiry, and encryptionKeyArn",
			"copy what must survive: read the events with ListEvents and write them with CreateEvent, which has the strategies extract from them again and costs accordingly",
			"point agents, runtimes and harnesses at the new memory", checkNew,
			"delete the old memory when its events have expired; its key must stay enabled until then",
		},
	},
	"AWS::BedrockAgentCore::Harness": {
		What:  "the memory that a harness manages is made with it: the new harness begins without memories",
		Steps: []string{"create a harness of the same configuration with managedMemoryConfiguration.encryptionKeyArn, or give it a memory of your own under the key", "point what calls the old one at it", checkNew, deleteOld},
	},
	"AWS::BedrockAgentCore::PolicyEngine": {
		What: "as long as a gateway has no policy engine it allows what the policies forbid; a lost key denies everything",
		Steps: []string{
			"create a policy engine with encryptionKeyArn and the same policies in it",
			"check its decisions in the mode LOG_ONLY on a gateway of its own",
			"change policyEngineConfiguration of the gateways to it in one update each, mode included",
			"delete the policies and then the old engine; an engine with policies cannot be deleted without its key",
		},
	},
	"AWS::BedrockAgentCore::Dataset": {
		What:  "the new dataset has another ID; versions of the old one are not moved",
		Steps: []string{"list the examples of the dataset with ListDatasetExamples", "create a dataset with kmsKeyArn and the same examples, and a version of it", "name it in evaluations", deleteOld},
	},
	"AWS::BedrockAgentCore::CapacityProvider": {
		What:  "the volumes belong to instances, which are started anew",
		Steps: []string{"create a capacity provider of the same configuration that names the key for its volumes", "point at it what runs on the old one, and let that drain", deleteOld},
	},
	"AWS::AgentRegistry::Registry": {
		What:  "the new registry has another ARN and no records",
		Steps: []string{"create a registry with EncryptionConfiguration.KmsKeyArn", "register the records again", "point consumers at it", deleteOld},
	},
	"AWS::OpenSearchServerless::Collection": {
		What: "the new collection has another endpoint; knowledge bases on it are ingested again",
		Steps: []string{
			"create an encryption policy that names the key for a collection of another name",
			"create the collection, its index with the same fields, and its network and data access policies",
			"create a knowledge base on it and ingest its data sources, or index the documents again", "point agents, flows and applications at it", checkNew, deleteOld,
		},
	},
	"AWS::S3Vectors::VectorBucket": vectorsByHand,
	"AWS::S3Vectors::Index":        vectorsByHand,
	"AWS::Kendra::Index": {
		What:  "the new index has another ID and is filled again by its data sources",
		Steps: []string{"create an index of the same edition with ServerSideEncryptionConfiguration.KmsKeyId", "create its data sources, and synchronize them", "point knowledge bases and applications at it", checkNew, deleteOld},
	},
	"AWS::RDS::DBCluster":     databaseByHand,
	"AWS::RDS::DBInstance":    databaseByHand,
	"AWS::Neptune::DBCluster": databaseByHand,
	"AWS::NeptuneGraph::Graph": {
		What:  "the new graph has another endpoint; what is written after the snapshot is not in it",
		Steps: []string{"stop writing, and export the graph to S3", "create a graph with kmsKeyIdentifier and import the export into it", "point knowledge bases and applications at it", checkNew, deleteOld},
	},
	// https://docs.aws.amazon.com/streams/latest/dev/getting-started-with-sse.html
	"AWS::Kinesis::Stream": {
		What: "records that are in the stream keep the key they came with",
		Steps: []string{
			"give producers kms:GenerateDataKey and consumers kms:Decrypt on the key",
			"aws kinesis start-stream-encryption --stream-name NAME --encryption-type KMS --key-id ARN", "wait until the stream is ACTIVE again",
		},
	},
	"AWS::SSM::Parameter": {
		What:  "the new parameter has another name; what reads it needs kms:Decrypt on the key and has to ask with WithDecryption",
		Steps: []string{"create a parameter of the type SecureString and another name with the key, from the value of the old one", "point readers and IAM policies at it", "delete the old one; its value was stored in plain text, so consider it known"},
	},
	"AWS::Lambda::Function code": {
		What:  "published versions keep the key that they were uploaded with",
		Steps: []string{"upload the same package again with UpdateFunctionCode and SourceKMSKeyArn; its hash does not change", "publish a version, and point aliases at it"},
	},
	"AWS::Bedrock::AgentVersion": {
		What: "what names the old version goes on with it, under the old key",
		Steps: []string{
			"put the draft under the key and prepare it",
			"update the agent's alias without a routingConfiguration: that cuts a version of the draft and points the alias at it",
			"delete the old version with DeleteAgentVersion; its key must stay enabled until then",
		},
	},
	"AWS::Bedrock::GuardrailVersion": {
		What:  "whoever pins the old version goes on with it, under the old key; there are no aliases",
		Steps: []string{"put the draft under the key", "create a version with CreateGuardrailVersion; there can be 20, so delete one first if need be", "name it in agents, flows, prompts, knowledge bases, enforced configurations and applications", "delete the old version; its key must stay enabled until then"},
	},
	"AWS::Bedrock::FlowVersion": {
		What:  "what names the old version goes on with it, under the old key",
		Steps: []string{"put the draft under the key, and prepare it", "create a version with CreateFlowVersion; there can be 10, so delete one first if need be", "point the aliases at it with UpdateFlowAlias, with their concurrencyConfiguration", "delete the old version; its key must stay enabled until then"},
	},
	"AWS::Bedrock::PromptVersion": {
		What:  "flows that pin the old version by its ARN go on with it, under the old key",
		Steps: []string{"put the draft under the key", "create a version with CreatePromptVersion", "name its ARN in the flows that use the old one, and publish these", "delete the old version; its key must stay enabled until then"},
	},
}

func jobByHand(member string) byHand {
	return byHand{
		What:  "what a job wrote keeps the key it was written with",
		Steps: []string{"name the key in " + member + " of the next job", "delete what is no longer needed of the old one, or copy its objects over themselves under the key"},
	}
}

var (
	vectorsByHand = byHand{
		What: "vectors are read with the old key and written with the new; a knowledge base on the index is made anew",
		Steps: []string{
			"create a vector bucket, or an index, of another name with encryptionConfiguration and the same dimension, distance metric and metadata",
			"copy the vectors with ListVectors and PutVectors, or create a knowledge base on the index and ingest its data sources", "point agents, flows and applications at it", checkNew, deleteOld,
		},
	}
	databaseByHand = byHand{
		What: "what is written after the snapshot is not in the copy: plan a downtime; the endpoint is another until names are exchanged",
		Steps: []string{
			"stop writing, and make a snapshot", "copy the snapshot with the key", "restore the copy under another name, with the same parameter groups, subnets and roles",
			checkNew, "exchange the names, or point knowledge bases and applications at the new endpoint", deleteOld,
		},
	}
)

// manual says what people have to do where no step can.
func (m *maker) manual(c *choice) {
	if c.slot.Change == catalog.Elsewhere || c.unoffered() != "" || c.there() != "" {
		return // there is nothing that anybody could do
	}
	out := Manual{Resource: c.resource.ID, Title: c.subject.Title, Why: c.subject.Why}
	for _, s := range c.slot.Sources["change"] {
		if strings.HasPrefix(s, "https://") && out.Source == "" {
			out.Source = s
		}
	}
	special, ok := hands[c.entry.Type+" "+c.slot.Name]
	if !ok {
		special, ok = hands[c.entry.Type]
	}
	switch {
	case ok && c.slot.Change != catalog.Once:
		out.What, out.Steps = special.What, special.Steps
	case c.slot.Change == catalog.Recreate:
		out.What = "the new one has another ID and ARN: whatever names the old one has to be pointed at it"
		out.Steps = []string{
			fmt.Sprintf("create a %s of the same configuration that names the key", c.entry.Title),
			"copy the content into it", "point at it what names the old one, and check that it works", deleteOld,
		}
	case c.slot.Change == catalog.History:
		out.What = "what it wrote keeps the key it was written with"
		out.Steps = []string{"name the key in the next run", "delete what is no longer needed of the old one"}
	default:
		out.Steps = []string{"change the key by the service's own means: " + strings.Join(c.entry.Operations.Update, ", ")}
	}
	if c.owner != catalog.OwnerCustomer {
		key := "none (" + c.offer.Text + ")"
		if c.offer.Alias != "" {
			key = c.offer.Alias
		}
		out.Steps = slices.Concat([]string{"where a step names a key, name " + key}, out.Steps)
	}
	m.plan.Manual = append(m.plan.Manual, out)
}
