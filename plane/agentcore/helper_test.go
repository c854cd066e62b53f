package agentcore_test

import (
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	region  = localtest.Region
	account = "111122223333"
	prefix  = "arn:aws:bedrock-agentcore:" + region + ":" + account + ":"
)

// estate is what tests begin with. The roles trust the service; the keys have the policies
// that the test gives them, or the default one.
const estate = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: keyless
        access-keys: [{id: AKIAKEYLESS00000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["bedrock-agentcore:*", "iam:PassRole"], Resource: "*"}]}
      - name: careful
        access-keys: [{id: AKIACAREFUL00000, secret: secret}]
        policies:
          all:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: "*", Resource: "*"}
              - {Effect: Deny, Action: "bedrock-agentcore:CreateMemory", Resource: "*", Condition: {"Null": {"bedrock-agentcore:KmsKeyArn": "true"}}}
              - {Effect: Deny, Action: "iam:PassRole", Resource: "arn:aws:iam::111122223333:role/other"}
    roles:
      - name: agent
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock-agentcore.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          keys: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "kms:*", Resource: "*"}]}
      - name: other
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/content, policy: {Version: "2012-10-17", Statement: [
          {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"},
          {Effect: Allow, Principal: {Service: bedrock-agentcore.amazonaws.com}, Action: "kms:*", Resource: "*"}]}}
      - {region: eu-west-1, alias: alias/next, policy: {Version: "2012-10-17", Statement: [
          {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"},
          {Effect: Allow, Principal: {Service: bedrock-agentcore.amazonaws.com}, Action: "kms:*", Resource: "*"}]}}
`

const (
	admin   = "AKIAADMIN0000000"
	keyless = "AKIAKEYLESS00000"
	careful = "AKIACAREFUL00000"
	role    = "arn:aws:iam::" + account + ":role/agent"
)

// world is a plane with a client.
type world struct {
	*localtest.Plane
	t   *testing.T
	api *localtest.API
}

func newWorld(t *testing.T, change ...func(*local.Options)) *world {
	t.Helper()
	return worldOf(t, estate, change...)
}

func worldOf(t *testing.T, yaml string, change ...func(*local.Options)) *world {
	t.Helper()
	p := localtest.Open(t, yaml, change...)
	return &world{p, t, p.API("bedrock-agentcore-control", admin)}
}

func (w *world) key() string  { return w.KeyARN(account, region, "alias/content") }
func (w *world) next() string { return w.KeyARN(account, region, "alias/next") }

func (w *world) as(accessKey, operation, input string) (wire.Object, error) {
	w.t.Helper()
	return w.api.As(w.t, accessKey, operation, input)
}

func (w *world) do(operation, input string) wire.Object {
	w.t.Helper()
	return w.api.Do(w.t, operation, input)
}

func (w *world) refused(accessKey, operation, input, code string) string {
	w.t.Helper()
	return w.api.Refused(w.t, accessKey, operation, input, code)
}

func same(t *testing.T, what string, got wire.Object, want string) {
	t.Helper()
	localtest.Same(t, what, got, want)
}

// slow makes changes of a status take a minute.
func slow(o *local.Options) { o.Settle = time.Minute }
