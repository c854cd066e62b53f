package model

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// row is the form of the rows in testdata.
func (f KeyField) row(service string) string {
	need := "optional"
	if f.Required {
		need = "required"
	}
	return strings.Join([]string{service, f.Operation, f.Direction.String(), f.Path, need, f.Role.String()}, " ")
}

// family are the services whose key fields are listed one by one.
func family() []string {
	return []string{
		"agent-registry", "agent-registry-control", "bedrock", "bedrock-agent", "bedrock-agent-runtime",
		"bedrock-agentcore", "bedrock-agentcore-control", "bedrock-data-automation",
		"bedrock-data-automation-runtime", "bedrock-runtime", "opensearchserverless", "s3vectors",
	}
}

// A new key field in a Bedrock API is news for the catalogue, so the list is
// kept in full and a new release of the models must change it by hand.
func TestKeyFieldsOfBedrock(t *testing.T) {
	var got []string
	for _, name := range family() {
		for _, f := range load(t, name).KeyFields() {
			got = append(got, f.row(name))
		}
	}
	text, err := os.ReadFile("testdata/keyfields.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, row := range got {
		if !slices.Contains(want, row) {
			t.Errorf("+ %s", row)
		}
	}
	for _, row := range want {
		if !slices.Contains(got, row) {
			t.Errorf("- %s", row)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d key fields, want %d", len(got), len(want))
	}
}

// Rows that were read off the documentation of each API and not generated.
func TestKeyFieldsByHand(t *testing.T) {
	for _, row := range []string{
		"bedrock CreateGuardrail input kmsKeyId optional key",
		"bedrock GetGuardrail output kmsKeyArn optional key",
		"bedrock CreateModelInvocationJob input outputDataConfig.s3OutputDataConfig.s3EncryptionKeyId optional key",
		"bedrock CreateMarketplaceModelEndpoint input endpointConfig.sageMaker.kmsEncryptionKey optional key",
		"bedrock ListModelCopyJobs output modelCopyJobSummaries[].targetModelKmsKeyArn optional key",
		"bedrock-agent UpdateAgent input customerEncryptionKeyArn optional key",
		"bedrock-agent CreateDataSource input serverSideEncryptionConfiguration.kmsKeyArn optional key",
		"bedrock-agent-runtime InvokeInlineAgent input collaborators[].customerEncryptionKeyArn optional key",
		"bedrock-agent-runtime RetrieveAndGenerate input sessionConfiguration.kmsKeyArn required key",
		"bedrock-runtime StartAsyncInvoke input outputDataConfig.s3OutputDataConfig.kmsKeyId optional key",
		"bedrock-data-automation CreateBlueprint input encryptionConfiguration.kmsKeyId required key",
		"bedrock-data-automation CreateBlueprint input encryptionConfiguration.kmsEncryptionContext optional companion",
		"bedrock-agentcore-control CreateCapacityProvider input computeConfiguration.ec2Configuration.rootVolume.kmsKeyId optional key",
		"bedrock-agentcore-control CreateCapacityProvider input computeConfiguration.ec2Configuration.rootVolume.encrypted optional companion",
		"bedrock-agentcore-control SetTokenVaultCMK input kmsConfiguration.keyType required companion",
		"bedrock-agentcore-control SetTokenVaultCMK input kmsConfiguration.kmsKeyArn optional key",
		"bedrock-agentcore-control UpdateHarness input memory.optionalValue.managedMemoryConfiguration.encryptionKeyArn optional key",
		"s3vectors CreateIndex input encryptionConfiguration.sseType optional companion",
		"opensearchserverless CreateCollection input encryptionConfig.aWSOwnedKey optional companion",
		"dynamodb CreateTable input SSESpecification.KMSMasterKeyId optional key",
		"dynamodb CreateTable input SSESpecification.SSEType optional companion",
		"es CreateElasticsearchDomain input EncryptionAtRestOptions.KmsKeyId optional key",
		"firehose CreateDeliveryStream input DeliveryStreamEncryptionConfigurationInput.KeyARN optional key",
		"kendra CreateIndex input ServerSideEncryptionConfiguration.KmsKeyId optional key",
		"lambda CreateFunction input Code.SourceKMSKeyArn optional key",
		"lambda CreateFunction input KMSKeyArn optional key",
		"logs AssociateKmsKey input kmsKeyId required key",
		"neptune-graph CreateGraph input kmsKeyIdentifier optional key",
		"rds CreateDBCluster input PerformanceInsightsKMSKeyId optional key",
		"s3 PutBucketEncryption input ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID optional key",
		"s3 PutBucketInventoryConfiguration input InventoryConfiguration.Destination.S3BucketDestination.Encryption.SSEKMS.KeyId required key",
		"secretsmanager ListSecretVersionIds output Versions[].KmsKeyIds[] optional key",
		"ssm PutParameter input KeyId optional key",
		"stepfunctions CreateStateMachine input encryptionConfiguration.type required companion",
	} {
		service, _, _ := strings.Cut(row, " ")
		found := slices.ContainsFunc(load(t, service).KeyFields(), func(f KeyField) bool { return f.row(service) == row })
		if !found {
			t.Errorf("not found: %s", row)
		}
	}
}

// Names that sound alike and are none.
func TestKeyFieldsLeaveOut(t *testing.T) {
	for _, name := range Services() {
		for _, f := range load(t, name).KeyFields() {
			last := strings.ToLower(f.Path[strings.LastIndex(f.Path, ".")+1:])
			for _, other := range []string{"apikeyarn", "jsonkey", "accesskeyid", "privatekey", "customerkey", "kmskeysource", "tagkey"} {
				if strings.Contains(last, other) {
					t.Errorf("%s", f.row(name))
				}
			}
			if strings.Contains(last, "status") && f.Role == Key {
				t.Errorf("%s", f.row(name))
			}
		}
	}
	for _, name := range []string{"iam", "kms", "sns", "sqs", "sts"} {
		if got := load(t, name).KeyFields(); len(got) != 0 {
			t.Errorf("%s has key fields: %v", name, got)
		}
	}
}

// Counts of keys and companions; a change says that the names or the models
// have changed and that the catalogue should be looked at.
func TestKeyFieldCounts(t *testing.T) {
	want := map[string]string{
		"agent-registry-control":          "3 0",
		"bedrock":                         "37 0",
		"bedrock-agent":                   "31 0",
		"bedrock-agent-runtime":           "7 0",
		"bedrock-agentcore":               "6 0",
		"bedrock-agentcore-control":       "57 10",
		"bedrock-data-automation":         "12 12",
		"bedrock-data-automation-runtime": "2 2",
		"bedrock-runtime":                 "3 0",
		"cloudtrail":                      "12 0",
		"cloudwatch":                      "2 0",
		"config":                          "2 0",
		"dynamodb":                        "32 36",
		"es":                              "8 8",
		"firehose":                        "39 4",
		"kendra":                          "2 0",
		"lambda":                          "38 0",
		"logs":                            "22 0",
		"neptune":                         "31 21",
		"neptune-graph":                   "25 0",
		"opensearch":                      "18 24",
		"opensearchserverless":            "6 2",
		"rds":                             "166 89",
		"s3":                              "28 46",
		"s3control":                       "20 6",
		"s3vectors":                       "4 4",
		"secretsmanager":                  "11 0",
		"ssm":                             "5 0",
		"stepfunctions":                   "6 12",
	}
	for _, name := range Services() {
		var keys, companions int
		for _, f := range load(t, name).KeyFields() {
			switch f.Role {
			case Key:
				keys++
			case Companion:
				companions++
			default:
				t.Errorf("%s: role %v", name, f.Role)
			}
		}
		if got := fmt.Sprintf("%d %d", keys, companions); got != want[name] && keys+companions > 0 {
			t.Errorf("%s: %s, want %q", name, got, want[name])
		}
	}
}
