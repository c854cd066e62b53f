package agents_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	role    = "arn:aws:iam::111122223333:role/execution"

	admin    = "AKIAADMIN0000000" // may do everything
	keyless  = "AKIAKEYLESS00000" // may do everything with Bedrock, and nothing with keys
	roleless = "AKIAROLELESS0000" // may not pass roles
)

// estate is what tests begin with.
const estate = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: keyless
        access-keys: [{id: AKIAKEYLESS00000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["bedrock:*", "iam:PassRole"], Resource: "*"}]}
      - name: roleless
        access-keys: [{id: AKIAROLELESS0000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["bedrock:*", "kms:*"], Resource: "*"}]}
    roles:
      - name: execution
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["kms:*", "bedrock:*"], Resource: "*"}]}
      - name: logging
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "logs:*", Resource: "*"}]}
      - name: untrusting
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/one}
      - {region: eu-west-1, alias: alias/two}
`

type world struct {
	*localtest.Plane
	t *testing.T
}

func newWorld(t *testing.T, change ...func(*local.Options)) *world {
	t.Helper()
	return &world{localtest.Open(t, estate, change...), t}
}

// static are what the SDK signs with, before the client of the plane signs again.
var static = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIANOBODY000000", SecretAccessKey: "none"}, nil
})

// as is a client of bedrock-agent.
func (w *world) as(accessKey string) *bedrockagent.Client {
	return bedrockagent.New(bedrockagent.Options{
		Region: region, BaseEndpoint: &w.URL, Credentials: static, HTTPClient: w.Client(accessKey, "bedrock"), Retryer: aws.NopRetryer{},
	})
}

func (w *world) key(alias string) *string { return aws.String(w.KeyARN(account, region, alias)) }

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

const absent = "Failed to retrieve resource because it doesn't exist. Retry your request with a different resource identifier."
