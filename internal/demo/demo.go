package demo

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/bedlock/bedlock/plane/seed"
)

//go:embed estate
var files embed.FS

// What the auditor of the estate is known by.
const (
	// AccessKeyID and SecretAccessKey are those of the auditor, who may read the organization,
	// and every account of it by the role Role. They open nothing but a plane on this machine.
	AccessKeyID     = "AKIABEDLOCKDEMO00000"
	SecretAccessKey = "bedlock-demo"
	Role            = "bedlock-audit"
)

// Regions are where the estate is.
func Regions() []string { return []string{"eu-central-1", "us-east-1"} }

// Seed reads the estate. An error is a defect of the build.
func Seed() (*seed.Seed, error) {
	b, err := files.ReadFile("estate/company.yaml")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return seed.Read("demo", b, func(name string) ([]byte, error) { return files.ReadFile("estate/" + name) })
}

// IDs is the source of the ids of the estate: with it they are the same each time.
// No key is made of it.
func IDs() io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte("bedlock demo"))) }

// Types are the catalogue's types that the estate has resources of.
func Types() []string {
	return []string{
		"AWS::Bedrock::Agent",
		"AWS::Bedrock::DataSource",
		"AWS::Bedrock::Flow",
		"AWS::Bedrock::Guardrail",
		"AWS::Bedrock::GuardrailVersion",
		"AWS::Bedrock::InvocationLogging",
		"AWS::Bedrock::KnowledgeBase",
		"AWS::Bedrock::Prompt",
		"AWS::BedrockAgentCore::Gateway",
		"AWS::BedrockAgentCore::Memory",
		"AWS::CloudTrail::Trail",
		"AWS::DynamoDB::Table",
		"AWS::KinesisFirehose::DeliveryStream",
		"AWS::Lambda::Function",
		"AWS::Logs::LogGroup",
		"AWS::OpenSearchServerless::Collection",
		"AWS::OpenSearchServerless::SecurityPolicy",
		"AWS::RDS::DBCluster",
		"AWS::S3::Bucket",
		"AWS::S3Vectors::Index",
		"AWS::S3Vectors::VectorBucket",
		"AWS::SNS::Topic",
		"AWS::SQS::Queue",
		"AWS::SSM::Parameter",
		"AWS::SecretsManager::Secret",
		"AWS::StepFunctions::StateMachine",
	}
}
