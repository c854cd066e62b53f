package local_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const recordsSeed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: nobody
        access-keys: [{id: AKIANOBODY000000, secret: secret}]
    roles:
      - name: service
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: [bedrock.amazonaws.com, lambda.amazonaws.com]}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/data}
`

// written are the records of a call, as far as its service decides about them.
type written struct {
	EventName, EventSource      string
	APIVersion                  string `json:",omitempty"`
	EventCategory               string
	ReadOnly, ManagementEvent   bool
	RequestParameters           json.RawMessage
	ResponseElements, Resources json.RawMessage
}

// records reads the log files of a trail, after the plane is closed, of calls of the user.
func records(t *testing.T, dir string) []written {
	t.Helper()
	var out []written
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		var file struct{ Records []written }
		if err := json.NewDecoder(z).Decode(&file); err != nil {
			return err
		}
		out = append(out, file.Records...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// volatile are ids and times, which differ from run to run.
var volatile = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|127\.0\.0\.1:\d+|20\d\d-\d\d-\d\dT[0-9:.]+(Z|\+0000)|[A-Z][a-z][a-z] \d+, 20\d\d, [0-9:]+ [AP]M`)

// TestRecords: what the records of services that are driven by their models say, in
// testdata/records.jsonl. Calls that these services make of KMS are left out.
func TestRecords(t *testing.T) {
	dir := t.TempDir()
	p := localtest.Open(t, recordsSeed, func(o *local.Options) {
		o.Trail, o.Random = dir, rand.NewChaCha8([32]byte{})
	})
	for _, c := range recorded {
		key := "AKIAADMIN0000000"
		if c.denied {
			key = "AKIANOBODY000000"
		}
		in := strings.NewReplacer("KEY", p.KeyARN("111122223333", localtest.Region, "alias/data"), "NOW", strconv.FormatInt(p.Now().UnixMilli(), 10)).Replace(c.in)
		if c.operation == "" {
			send(t, p, c.api, in)
			continue
		}
		if _, err := p.API(c.api, key).As(t, key, c.operation, in); (err != nil) != c.denied {
			t.Errorf("%s: %v", c.operation, err)
		}
	}
	p.Close()
	management := 0
	var got []string
	for _, r := range records(t, dir) {
		if r.ManagementEvent {
			management++
		}
		if r.EventSource == "kms.amazonaws.com" {
			continue
		}
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, volatile.ReplaceAllString(string(line), "*"))
	}
	slices.Sort(got)
	wanted, err := os.ReadFile("testdata/records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(wanted)), "\n")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("record %d differs, of all:\n%s", i, strings.Join(got, "\n"))
		}
	}
	recent := p.Trail.Recent(1000)
	if len(recent) != management {
		t.Errorf("event history has %d events, want the %d management events", len(recent), management)
	}
	for _, e := range recent {
		if e.Data {
			t.Errorf("event history has the data event %s", e.Operation)
		}
	}
}

// send sends a request: a line, headers, an empty line and a body.
func send(t *testing.T, p *localtest.Plane, service, in string) {
	t.Helper()
	head, body, _ := strings.Cut(in, "\n\n")
	lines := strings.Split(head, "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	r, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Content-Sha256", fmt.Sprintf("%x", sha256.Sum256([]byte(body))))
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	res, err := p.Client("AKIAADMIN0000000", service).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode >= 300 {
		t.Errorf("%s: %d %s", in, res.StatusCode, answer)
	}
}

var recorded = []struct {
	api, operation, in string
	denied             bool
}{
	{api: "bedrock", operation: "CreateGuardrail", in: `{"name":"g","description":"for patients","blockedInputMessaging":"no","blockedOutputsMessaging":"no","wordPolicyConfig":{"wordsConfig":[{"text":"boo"}]},"kmsKeyId":"alias/data","tags":[{"key":"team","value":"care"}]}`},
	{api: "bedrock", operation: "ListGuardrails", in: `{"maxResults":7}`},
	{api: "bedrock", operation: "CreateGuardrail", in: `{"name":"g","blockedInputMessaging":"no","blockedOutputsMessaging":"no"}`, denied: true},
	{api: "bedrock", in: "POST /model/amazon.titan-text-express-v1/invoke\n\n{\"inputText\":\"secret words\"}"},
	{api: "bedrock-runtime", operation: "Converse", in: `{"modelId":"amazon.titan-text-express-v1","messages":[{"role":"user","content":[{"text":"secret words"}]}]}`},
	{api: "bedrock-agent", operation: "CreateAgent", in: `{"agentName":"helper","instruction":"be kind to the patients whatever they say and help","foundationModel":"amazon.titan-text-express-v1","customerEncryptionKeyArn":"KEY"}`},
	{api: "bedrock-agent", operation: "ListAgents", in: `{}`},
	{api: "s3", in: "PUT /records\nX-Amz-Acl: private\n\n<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"},
	{api: "s3", in: "PUT /records?encryption\n\n<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>alias/data</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"},
	{api: "s3", in: "GET /records?encryption"},
	{api: "s3", in: "PUT /records?tagging\n\n<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>c</Key><Value>d</Value></Tag></TagSet></Tagging>"},
	{api: "s3", in: "PUT /records?policy\n\n{ \"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::111122223333:root\"}, \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::records/*\"}]}"},
	{api: "s3", in: "PUT /records/a/b\nX-Amz-Server-Side-Encryption: aws:kms\nX-Amz-Server-Side-Encryption-Aws-Kms-Key-Id: alias/data\nX-Amz-Meta-Who: patient\n\nsecret words"},
	{api: "s3", in: "GET /records?list-type=2&prefix=a%2F"},
	{api: "logs", operation: "CreateLogGroup", in: `{"logGroupName":"g","tags":{"team":"care"}}`},
	{api: "logs", operation: "CreateLogStream", in: `{"logGroupName":"g","logStreamName":"s"}`},
	{api: "logs", operation: "PutLogEvents", in: `{"logGroupName":"g","logStreamName":"s","logEvents":[{"timestamp":NOW,"message":"secret words"}]}`},
	{api: "logs", operation: "DescribeLogGroups", in: `{"logGroupNamePrefix":"g"}`},
	{api: "dynamodb", operation: "CreateTable", in: `{"TableName":"table","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST","SSESpecification":{"Enabled":true,"SSEType":"KMS","KMSMasterKeyId":"alias/data"}}`},
	{api: "dynamodb", operation: "PutItem", in: `{"TableName":"table","Item":{"id":{"S":"patient"}}}`},
	{api: "dynamodb", operation: "DescribeTable", in: `{"TableName":"table"}`},
	{api: "secretsmanager", operation: "CreateSecret", in: `{"Name":"door","SecretString":"open","KmsKeyId":"alias/data","ClientRequestToken":"25B7F231-8BFB-4010-941D-0FDE22294458"}`},
	{api: "secretsmanager", operation: "GetSecretValue", in: `{"SecretId":"door"}`},
	{api: "secretsmanager", operation: "GetSecretValue", in: `{"SecretId":"door"}`, denied: true},
	{api: "secretsmanager", operation: "DeleteSecret", in: `{"SecretId":"door","ForceDeleteWithoutRecovery":true}`},
	{api: "ssm", operation: "PutParameter", in: `{"Name":"/door","Value":"open","Type":"SecureString","KeyId":"alias/data"}`},
	{api: "ssm", operation: "GetParameters", in: `{"Names":["/door"],"WithDecryption":true}`},
	{api: "sqs", operation: "CreateQueue", in: `{"QueueName":"q","Attributes":{"KmsMasterKeyId":"alias/data"}}`},
	{api: "sqs", operation: "SendMessage", in: `{"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/q","MessageBody":"secret words","MessageAttributes":{"a":{"DataType":"String","StringValue":"b"}}}`},
	{api: "rds", operation: "CreateDBInstance", in: `{"DBInstanceIdentifier":"db","DBInstanceClass":"db.t3.micro","Engine":"mysql","MasterUsername":"admin","MasterUserPassword":"secret words","AllocatedStorage":20,"StorageEncrypted":true,"KmsKeyId":"alias/data","Tags":[{"Key":"team","Value":"care"}]}`},
	{api: "sns", operation: "CreateTopic", in: `{"Name":"news","Attributes":{"KmsMasterKeyId":"alias/data"}}`},
	{api: "sns", operation: "Publish", in: `{"TopicArn":"arn:aws:sns:eu-west-1:111122223333:news","Message":"secret words","Subject":"secret words"}`},
	{api: "lambda", in: "POST /2015-03-31/functions\n\n{\"FunctionName\":\"f\",\"Runtime\":\"python3.12\",\"Handler\":\"a.b\",\"Role\":\"arn:aws:iam::111122223333:role/service\",\"Code\":{\"ZipFile\":\"UEsDBBQAAAAAAAAAIVAxB3uTEAAAABAAAAAEAAAAYS5weWRlZiBiKGUsYyk6IHBhc3NQSwECFAMUAAAAAAAAACFQMQd7kxAAAAAQAAAABAAAAAAAAAAAAAAAgAEAAAAAYS5weVBLBQYAAAAAAQABADIAAAAyAAAAAAA=\"},\"Environment\":{\"Variables\":{\"PASSWORD\":\"secret words\"}},\"KMSKeyArn\":\"KEY\"}"},
}
