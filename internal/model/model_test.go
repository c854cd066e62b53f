package model

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// load is Load for services that must be there.
func load(t testing.TB, service string) *Service {
	t.Helper()
	s, err := Load(service)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryServiceLoads(t *testing.T) {
	services := Services()
	if len(services) != 38 || !slices.IsSorted(services) {
		t.Errorf("%d services, sorted %t; want 38 sorted", len(services), slices.IsSorted(services))
	}
	for _, name := range services {
		if s := load(t, name); len(s.Operations) == 0 || len(s.Shapes) == 0 {
			t.Errorf("%s: %d operations, %d shapes", name, len(s.Operations), len(s.Shapes))
		}
	}
	services[0] = "spoiled"
	if Services()[0] == "spoiled" {
		t.Error("callers can change the list of services")
	}
}

func TestLoadUnknown(t *testing.T) {
	for _, name := range []string{"", "ec2", "../MANIFEST", "kms.json.zst"} {
		if s, err := Load(name); err == nil || s != nil {
			t.Errorf("Load(%q) = %v, %v", name, s, err)
		}
	}
}

func TestLoadIsShared(t *testing.T) {
	var wg sync.WaitGroup
	got := make([]*Service, 8)
	for i := range got {
		wg.Go(func() { got[i], _ = Load("sts") })
	}
	wg.Wait()
	for _, s := range got {
		if s == nil || s != got[0] {
			t.Fatal("callers got different models")
		}
	}
}

func TestMetadata(t *testing.T) {
	for _, want := range []struct {
		service, prefix, signing, target, jsonVersion, version string
		protocol                                               Protocol
	}{
		{"bedrock", "bedrock", "bedrock", "", "", "2023-04-20", ProtocolRESTJSON},
		{"bedrock-agent", "bedrock-agent", "bedrock", "", "", "2023-06-05", ProtocolRESTJSON},
		{"bedrock-agentcore-control", "bedrock-agentcore-control", "bedrock-agentcore", "", "", "2023-06-05", ProtocolRESTJSON},
		{"bedrock-data-automation-runtime", "bedrock-data-automation-runtime", "bedrock", "AmazonBedrockKeystoneRuntimeService", "1.1", "2024-06-13", ProtocolJSON},
		{"dynamodb", "dynamodb", "dynamodb", "DynamoDB_20120810", "1.0", "2012-08-10", ProtocolJSON},
		{"iam", "iam", "iam", "", "", "2010-05-08", ProtocolQuery},
		{"kms", "kms", "kms", "TrentService", "1.1", "2014-11-01", ProtocolJSON},
		{"opensearchserverless", "aoss", "aoss", "OpenSearchServerless", "1.0", "2021-11-01", ProtocolJSON},
		{"s3", "s3", "s3", "", "", "2006-03-01", ProtocolRESTXML},
		{"s3control", "s3-control", "s3", "", "", "2018-08-20", ProtocolRESTXML},
	} {
		s := load(t, want.service)
		if s.EndpointPrefix != want.prefix || s.SigningName != want.signing || s.TargetPrefix != want.target ||
			s.JSONVersion != want.jsonVersion || s.APIVersion != want.version || s.Protocol != want.protocol {
			t.Errorf("%s: %+v", want.service, s.Metadata)
		}
	}
	if got := load(t, "cloudwatch").Protocols; !slices.Equal(got, []Protocol{ProtocolCBOR, ProtocolJSON, ProtocolQuery}) {
		t.Errorf("cloudwatch speaks %v", got)
	}
	if got := load(t, "bedrock").Auth; !slices.Equal(got, []string{"aws.auth#sigv4", "smithy.api#httpBearerAuth"}) {
		t.Errorf("bedrock accepts %v", got)
	}
}

func TestOperations(t *testing.T) {
	for _, want := range []struct {
		service, operation, method, uri string
		code                            int
	}{
		{"bedrock", "UpdateGuardrail", "PUT", "/guardrails/{guardrailIdentifier}", 202},
		{"bedrock", "CreateGuardrailVersion", "POST", "/guardrails/{guardrailIdentifier}", 202},
		{"bedrock", "ListModelInvocationJobs", "GET", "/model-invocation-jobs", 200},
		{"bedrock-agent", "CreateAgent", "PUT", "/agents/", 202},
		{"bedrock-agent", "ListAgents", "POST", "/agents/", 200},
		{"bedrock-agent", "ListFlows", "GET", "/flows/", 200},
		{"bedrock-data-automation", "GetBlueprint", "POST", "/blueprints/{blueprintArn}/", 200},
		{"kms", "Decrypt", "POST", "/", 200},
		{"s3", "PutBucketEncryption", "PUT", "/{Bucket}?encryption", 200},
	} {
		op := load(t, want.service).Operations[want.operation]
		if op == nil || op.Name != want.operation || op.Method != want.method || op.URI != want.uri || op.Code != want.code {
			t.Errorf("%s %s: %+v", want.service, want.operation, op)
		}
	}
	if n := len(load(t, "kms").Operations); n != 56 {
		t.Errorf("kms has %d operations, want 56", n)
	}
	if got := load(t, "s3control").Operations["GetAccessPoint"].HostPrefix; got != "{AccountId}." {
		t.Errorf("host prefix of s3control GetAccessPoint is %q", got)
	}
	if got := load(t, "sts").Operations["AssumeRoleWithWebIdentity"].Auth; !slices.Equal(got, []string{"smithy.api#noAuth"}) {
		t.Errorf("sts AssumeRoleWithWebIdentity accepts %v", got)
	}
	if got := load(t, "iam").Operations["GetRole"].ResultWrapper; got != "GetRoleResult" {
		t.Errorf("result wrapper of iam GetRole is %q", got)
	}
}

func TestPages(t *testing.T) {
	agent := load(t, "bedrock-agent")
	for operation, location := range map[string]Location{"ListAgents": LocationBody, "ListFlows": LocationQuery} {
		op := agent.Operations[operation]
		if op.Page == nil || op.Page.Limit != "maxResults" || !slices.Equal(op.Page.Input, []string{"nextToken"}) {
			t.Fatalf("page of %s: %+v", operation, op.Page)
		}
		token := agent.Shapes[op.Input].Member(op.Page.Input[0])
		if token == nil || token.Location != location {
			t.Errorf("token of %s: %+v, want it in the %s", operation, token, location)
		}
	}
	if p := load(t, "kms").Operations["ListAliases"].Page; p.More != "Truncated" || p.Output[0] != "NextMarker" {
		t.Errorf("page of kms ListAliases: %+v", p)
	}
	if p := load(t, "s3").Operations["ListMultipartUploads"].Page; len(p.Input) != 2 || p.Output[1] != "NextUploadIdMarker" {
		t.Errorf("page of s3 ListMultipartUploads: %+v", p)
	}
}

// Every input token and limit is a member of the input, so that a reader may
// rely on it; outputs are expressions and are not checked.
func TestPagesNameMembers(t *testing.T) {
	for _, name := range Services() {
		s := load(t, name)
		for _, op := range s.Operations {
			if op.Page == nil {
				continue
			}
			for _, member := range append(slices.Clone(op.Page.Input), op.Page.Limit) {
				if member != "" && s.Shapes[op.Input].Member(member) == nil {
					t.Errorf("%s %s: no input member %s", name, op.Name, member)
				}
			}
		}
	}
}

// Every label of a path is a member in the path and the reverse.
func TestLabelsAreMembers(t *testing.T) {
	for _, name := range Services() {
		s := load(t, name)
		for _, op := range s.Operations {
			var labels, members []string
			for part := range strings.SplitSeq(op.URI, "{") {
				if label, _, ok := strings.Cut(part, "}"); ok {
					labels = append(labels, strings.TrimSuffix(label, "+"))
				}
			}
			if op.Input != "" {
				for _, m := range s.Shapes[op.Input].Members {
					if m.Location == LocationURI {
						members = append(members, m.WireName())
					}
				}
			}
			slices.Sort(labels)
			slices.Sort(members)
			if !slices.Equal(labels, members) {
				t.Errorf("%s %s: labels %v, members %v", name, op.Name, labels, members)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for _, want := range []struct {
		service, shape, code string
		status               int
	}{
		{"bedrock", "ConflictException", "ConflictException", 400},
		{"bedrock", "ServiceQuotaExceededException", "ServiceQuotaExceededException", 400},
		{"bedrock", "ThrottlingException", "ThrottlingException", 429},
		{"bedrock-agent", "ConflictException", "ConflictException", 409},
		{"bedrock-agent", "ServiceQuotaExceededException", "ServiceQuotaExceededException", 402},
		{"iam", "NoSuchEntityException", "NoSuchEntity", 404},
		{"kms", "NotFoundException", "NotFoundException", 400},
		{"kms", "KMSInternalException", "KMSInternalException", 500},
	} {
		sh := load(t, want.service).Shapes[want.shape]
		if sh == nil || !sh.Exception || sh.Code() != want.code || sh.Status() != want.status {
			t.Errorf("%s %s: %+v", want.service, want.shape, sh)
		}
	}
}

func TestShapes(t *testing.T) {
	kms := load(t, "kms")
	plaintext := kms.Shapes["PlaintextType"]
	if plaintext.Type != TypeBlob || *plaintext.Min != 1 || *plaintext.Max != 4096 || !plaintext.Sensitive {
		t.Errorf("PlaintextType: %+v", plaintext)
	}
	if m := kms.Shapes["EncryptRequest"].Member("Plaintext"); m == nil || !m.Required || m.Location != LocationBody {
		t.Errorf("EncryptRequest.Plaintext: %+v", m)
	}
	if !slices.Contains(kms.Shapes["KeySpec"].Enum, "SYMMETRIC_DEFAULT") {
		t.Errorf("KeySpec: %v", kms.Shapes["KeySpec"].Enum)
	}
	if kms.Shapes["EncryptRequest"].Member("Nothing") != nil {
		t.Error("a member that does not exist was found")
	}
	bedrock := load(t, "bedrock")
	if p := bedrock.Shapes["KmsKeyArn"].Pattern; !strings.Contains(p, "key/[a-zA-Z0-9-]{36}") || strings.Contains(p, "alias") {
		t.Errorf("pattern of KmsKeyArn: %s", p)
	}
	if m := bedrock.Shapes["CreateGuardrailRequest"].Member("clientRequestToken"); !m.IdempotencyToken {
		t.Errorf("CreateGuardrailRequest.clientRequestToken: %+v", m)
	}
	s3 := load(t, "s3")
	put := s3.Shapes["PutBucketEncryptionRequest"]
	if put.Payload != "ServerSideEncryptionConfiguration" || put.Member(put.Payload).XMLNamespace.URI == "" {
		t.Errorf("PutBucketEncryptionRequest: %+v", put)
	}
	if m := put.Member("ContentMD5"); m.Location != LocationHeader || m.WireName() != "Content-MD5" {
		t.Errorf("PutBucketEncryptionRequest.ContentMD5: %+v", m)
	}
	if !load(t, "bedrock-agent").Shapes["FlowNodeConfiguration"].Union {
		t.Error("FlowNodeConfiguration is no union")
	}
}

func TestEnumNames(t *testing.T) {
	if got := Type(0).String() + " " + TypeBlob.String() + " " + Type(200).String(); got != "Type(0) blob Type(200)" {
		t.Error(got)
	}
	if got := LocationStatus.String() + ProtocolCBOR.String() + Output.String() + Companion.String(); got != "statusCodesmithy-rpc-v2-cboroutputcompanion" {
		t.Error(got)
	}
	var ty Type
	if err := ty.UnmarshalText(nil); err == nil || ty != 0 {
		t.Errorf("the empty type is %v, %v", ty, err)
	}
	if !TypeDouble.Number() || !TypeInteger.Number() || TypeString.Number() || TypeTimestamp.Number() {
		t.Error("Number is wrong")
	}
}

// Shapes know their names, and members are in the order of the model.
func TestNames(t *testing.T) {
	for _, name := range Services() {
		s := load(t, name)
		for key := range maps.Keys(s.Shapes) {
			if s.Shapes[key].Name != key {
				t.Errorf("%s: shape %s is called %q", name, key, s.Shapes[key].Name)
			}
		}
	}
	members := load(t, "kms").Shapes["EncryptRequest"].Members
	if members[0].Name != "KeyId" || members[5].Name != "DryRun" {
		t.Errorf("members of EncryptRequest are not in the model's order: %+v", members)
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"sts", "kms", "bedrock", "bedrock-agentcore-control"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plain, err := table(name)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := decode(plain); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(plain)))
			}
		})
	}
}

func BenchmarkKeyFields(b *testing.B) {
	s := load(b, "rds")
	for b.Loop() {
		s.KeyFields()
	}
}
