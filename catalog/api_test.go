package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

// noAPI are the attributes that the answers of the APIs do not have, and why: by type
// and attribute, or by type alone.
var noAPI = map[string]string{
	"AWS::DynamoDB::GlobalTable":                              "it is read as AWS::DynamoDB::Table",
	"AWS::SNS::Topic name":                                    "the name of a topic stands only in its ARN",
	"AWS::SQS::Queue name":                                    "the name of a queue stands only in its ARN and URL",
	"AWS::S3Vectors::Index bucket-encryption through":         "GetIndex names the bucket, not its ARN; there is another path for that",
	"AWS::BedrockAgentCore::PaymentConnector content through": "GetPaymentConnector does not name the manager; the ID does",
	"AWS::Bedrock::CustomModel role job":                      "GetCustomModel does not name the role of the job that made the model",
}

// places calls visit for everything in an entry that a dialect may have.
func places(e *Entry, visit func(what string, at At)) {
	if len(e.Name) > 0 {
		visit("name", e.Name)
	}
	for _, r := range e.Roles {
		visit("role "+r.Name, r.At)
	}
	for i := range e.Slots {
		s := &e.Slots[i]
		if len(s.Through) == 0 {
			visit(s.Name, s.At)
		}
		if s.Mode != nil {
			visit(s.Name+" mode", s.Mode.At)
		}
		for _, c := range s.Applies {
			visit(s.Name+" applies", c.At)
		}
		if _, own := s.At[API]; !own { // a version that reports its own key needs no parent
			for _, t := range s.Through {
				visit(s.Name+" through", t.At)
			}
		}
	}
}

// readable reports whether live collection can read the type.
func readable(e *Entry) bool {
	return e.Kind == KindResource && len(e.Slots) > 0 && len(e.Operations.Get)+len(e.Operations.List) > 0
}

func withoutAPI(e *Entry) (missing []string) {
	if !readable(e) {
		return nil
	}
	places(e, func(what string, at At) {
		if _, ok := at[API]; !ok {
			missing = append(missing, e.Type+" "+what)
		}
	})
	return missing
}

func TestEveryReadableAttributeHasAnAPIPath(t *testing.T) {
	used := map[string]bool{}
	readables := 0
	for _, e := range embedded(t).Entries() {
		if readable(e) {
			readables++
		}
		for _, m := range withoutAPI(e) {
			switch {
			case noAPI[e.Type] != "":
				used[e.Type] = true
			case noAPI[m] != "":
				used[m] = true
			default:
				t.Errorf("%s: no api path", m)
			}
		}
	}
	for m := range noAPI {
		if !used[m] {
			t.Errorf("%s: the exception is not needed", m)
		}
	}
	if readables < 60 {
		t.Errorf("only %d types can be read", readables)
	}
}

func TestEveryAPIPathExists(t *testing.T) {
	paths := 0
	for _, e := range embedded(t).Entries() {
		paths += len(e.APIPaths())
		if slices.Contains(unmodelled, e.Service) {
			continue
		}
		for _, p := range e.APIPaths() {
			if problem := apiProblem(t, e, p); problem != "" {
				t.Errorf("%s: %s: %s", e.Type, p, problem)
			}
		}
	}
	if paths < 250 {
		t.Errorf("only %d api paths", paths)
	}
}

func apiProblem(t *testing.T, e *Entry, p Path) string {
	t.Helper()
	steps := p.Steps()
	name := steps[0].Name
	s := owner(t, e.Service, name)
	if s == nil {
		return "no such operation"
	}
	roots := []string{s.Operations[name].Output}
	if slices.Contains(e.Operations.List, name) { // the entry of a list
		roots = nil
		for _, m := range s.Shapes[s.Operations[name].Output].Members {
			if sh := s.Shapes[m.Shape]; sh.Element != nil {
				roots = append(roots, sh.Element.Shape)
			}
		}
	}
	if !slices.ContainsFunc(roots, func(root string) bool { return answers(s, root, steps[1:]) }) {
		return "not in the answer"
	}
	return ""
}

// answers reports whether a path leads somewhere in a shape: into lists element by
// element, into maps by any key, and anywhere inside a document.
func answers(s *model.Service, shape string, steps []Step) bool {
	sh := s.Shapes[shape]
	switch {
	case sh == nil:
		return false
	case sh.Element != nil:
		return answers(s, sh.Element.Shape, steps)
	case len(steps) == 0:
		return true
	case sh.Value != nil:
		return answers(s, sh.Value.Shape, steps[1:])
	}
	m := sh.Member(steps[0].Name)
	if m == nil {
		return false
	}
	if steps[0].JSON {
		return true
	}
	return answers(s, m.Shape, steps[1:])
}

// The checks find mistakes.
func TestAPIChecksFindMistakes(t *testing.T) {
	e := embedded(t).Type("AWS::Logs::LogGroup")
	for path, want := range map[string]string{
		"DescribeLogGroups.kmsKeyId":           "",
		"DescribeLogGroups.kmsKeyID":           "not in the answer",
		"DescribeLogGroups.logGroups.kmsKeyId": "not in the answer",
		"DescribeLogGrops.kmsKeyId":            "no such operation",
	} {
		p, err := ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := apiProblem(t, e, p); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	bare := &Entry{Type: "AWS::T::T", Kind: KindResource, Operations: Operations{Get: []string{"GetT"}},
		Name:  At{Dialect: Path{}},
		Roles: []Role{{Name: "r"}},
		Slots: []Slot{{Name: "s", Mode: &Mode{}, Applies: []Condition{{}}}, {Name: "v", Through: []Through{{}}}, {Name: "own", At: At{API: Path{}}, Through: []Through{{}}}},
	}
	got := fmt.Sprintf("%q", withoutAPI(bare))
	if want := `["AWS::T::T name" "AWS::T::T role r" "AWS::T::T s" "AWS::T::T s mode" "AWS::T::T s applies" "AWS::T::T v through"]`; got != want {
		t.Errorf("missing = %s, want %s", got, want)
	}
}

func TestAPIPathsOfSlots(t *testing.T) {
	for _, x := range []struct{ entry, slot, want string }{
		{"AWS::Bedrock::Guardrail", "configuration", "GetGuardrail.kmsKeyArn"},
		{"AWS::Bedrock::GuardrailVersion", "configuration", "GetGuardrail.kmsKeyArn"},
		{"AWS::Bedrock::AgentVersion", "content", "GetAgentVersion.agentVersion.customerEncryptionKeyArn"},
		{"AWS::Logs::LogGroup", "log-group", "DescribeLogGroups.kmsKeyId"},
		{"AWS::SSM::Parameter", "value", "DescribeParameters.KeyId | DescribeParameters.Type"},
		{"AWS::RDS::DBCluster", "storage", "DescribeDBClusters.KmsKeyId | DescribeDBClusters.StorageEncrypted"},
		{"AWS::Lambda::Function", "environment", "GetFunction.Configuration.KMSKeyArn"},
		{"AWS::DynamoDB::Table", "replica", "DescribeTable.Table.Replicas.KMSMasterKeyId | DescribeTable.Table.SSEDescription.Status"},
		{"AWS::S3::Bucket", "default-encryption", "GetBucketEncryption.ServerSideEncryptionConfiguration.Rules.ApplyServerSideEncryptionByDefault.KMSMasterKeyID | " +
			"GetBucketEncryption.ServerSideEncryptionConfiguration.Rules.ApplyServerSideEncryptionByDefault.SSEAlgorithm"},
		{"AWS::OpenSearchServerless::SecurityPolicy", "encryption", "GetSecurityPolicy.securityPolicyDetail.policy:json.KmsARN | GetSecurityPolicy.securityPolicyDetail.policy:json.AWSOwnedKey"},
		{"AWS::Bedrock::KnowledgeBase", "vector-store", "-"},
		{"AWS::Kinesis::Stream", "stream", "DescribeStreamSummary.StreamDescriptionSummary.KeyId | DescribeStreamSummary.StreamDescriptionSummary.EncryptionType"},
	} {
		if got := pathsIn(embedded(t).Type(x.entry).Slot(x.slot), API); got != x.want {
			t.Errorf("%s %s = %q, want %q", x.entry, x.slot, got, x.want)
		}
	}
}

// One operation is enough for most types.
func TestOperationsThatAreRead(t *testing.T) {
	for typ, want := range map[string]string{
		"AWS::Bedrock::Agent":                   "GetAgent",
		"AWS::Lambda::Function":                 "GetFunction",
		"AWS::S3::Bucket":                       "GetBucketEncryption GetBucketPolicy ListBuckets",
		"AWS::BedrockAgentCore::PolicyEngine":   "GetPolicyEngineSummary",
		"AWS::KMS::Key":                         "DescribeKey GetKeyLastUsage GetKeyPolicy GetKeyRotationStatus ListResourceTags",
		"AWS::OpenSearchServerless::Collection": "BatchGetCollection",
	} {
		var got []string
		for _, p := range embedded(t).Type(typ).APIPaths() {
			got = append(got, p.Steps()[0].Name)
		}
		if s := strings.Join(slices.Compact(got), " "); s != want {
			t.Errorf("%s = %s, want %s", typ, s, want)
		}
	}
}
