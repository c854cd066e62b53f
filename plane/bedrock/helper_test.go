package bedrock_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	region  = localtest.Region
	account = "111122223333"
)

// estate is what tests begin with: who may do everything, who may do nothing with keys, and
// who is of another account.
const estate = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: keyless
        access-keys: [{id: AKIAKEYLESS00000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:*", Resource: "*"}]}
      - name: guarded
        access-keys: [{id: AKIAGUARDED00000, secret: secret}]
        policies:
          invoke: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:ApplyGuardrail", Resource: "*"}, {Effect: Allow, Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:eu-west-1::foundation-model/*", Condition: {StringLike: {"bedrock:GuardrailIdentifier": "arn:aws:bedrock:eu-west-1:111122223333:guardrail/*:1"}}}]}
    roles:
      - name: operator
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "sts:AssumeRole"}]}
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: logging
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole", Condition: {StringEquals: {"aws:SourceAccount": "111122223333"}, ArnLike: {"aws:SourceArn": "arn:aws:bedrock:eu-west-1:111122223333:*"}}}]}
        policies:
          write: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: "arn:aws:logs:eu-west-1:111122223333:log-group:invocations:log-stream:aws/bedrock/modelinvocations"}]}
      - name: idle
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/guardrails}
      - {region: eu-west-1, alias: alias/next}
  "444455556666":
    users:
      - name: stranger
        access-keys: [{id: AKIASTRANGER0000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

const (
	admin    = "AKIAADMIN0000000"
	keyless  = "AKIAKEYLESS00000"
	stranger = "AKIASTRANGER0000"
	guarded  = "AKIAGUARDED00000"
)

// world is a plane that is served.
type world struct {
	*localtest.Plane
	t *testing.T
}

func newWorld(t *testing.T, change ...func(*local.Options)) *world {
	t.Helper()
	return &world{localtest.Open(t, estate, change...), t}
}

// static are the credentials that the SDK signs with, before the plane's client signs again.
var static = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIANOBODY000000", SecretAccessKey: "none"}, nil
})

func (w *world) as(accessKey string) *bedrock.Client {
	return bedrock.New(bedrock.Options{Region: region, BaseEndpoint: &w.URL, Credentials: static, HTTPClient: w.Client(accessKey, "bedrock"), Retryer: aws.NopRetryer{}})
}

func (w *world) runtime(accessKey string) *bedrockruntime.Client {
	return bedrockruntime.New(bedrockruntime.Options{Region: region, BaseEndpoint: &w.URL, Credentials: static, HTTPClient: w.Client(accessKey, "bedrock"), Retryer: aws.NopRetryer{}})
}

// key is the ARN of the key of an alias.
func (w *world) key(alias string) string { return w.KeyARN(account, region, alias) }

// grants is the number of grants of the key of an alias.
func (w *world) grants(alias string) int {
	w.t.Helper()
	arn := w.key(alias)
	for v := range w.KMS.All() {
		if v.Key.ARN() == arn {
			return len(v.Grants)
		}
	}
	return 0
}

// refused wants an error with a code and a message that contains a text.
func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) {
		t.Fatalf("%v, want %s", err, code)
	}
	if e.ErrorCode() != code || !strings.Contains(e.ErrorMessage(), text) {
		t.Errorf("%s: %s, want %s: %s", e.ErrorCode(), e.ErrorMessage(), code, text)
	}
}
