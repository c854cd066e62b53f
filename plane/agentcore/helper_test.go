package agentcore_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/url"
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
	control = "bedrock-agentcore-control"
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

// world is a plane with a model-driven client.
type world struct {
	*localtest.Plane
	t   *testing.T
	api *wire.API
}

func newWorld(t *testing.T, change ...func(*local.Options)) *world {
	t.Helper()
	api, err := wire.Load(control, wire.Observed{})
	if err != nil {
		t.Fatal(err)
	}
	return &world{localtest.Open(t, estate, change...), t, api}
}

func (w *world) key() string  { return w.KeyARN(account, region, "alias/content") }
func (w *world) next() string { return w.KeyARN(account, region, "alias/next") }

// as makes a call with an access key. input is JSON in the members of the model.
func (w *world) as(accessKey, operation, input string) (wire.Object, error) {
	w.t.Helper()
	in, err := w.api.Read(operation, []byte(input))
	if err != nil {
		w.t.Fatalf("%s %s: %v", operation, input, err)
	}
	r, err := w.api.Request(operation, in)
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(w.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	r.URL.Scheme, r.URL.Host = u.Scheme, u.Host
	res, err := w.Client(accessKey, "bedrock-agentcore").Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.api.Answer(operation, res.StatusCode, res.Header, body)
}

// do makes a call that must work.
func (w *world) do(operation, input string) wire.Object {
	w.t.Helper()
	out, err := w.as(admin, operation, input)
	if err != nil {
		w.t.Fatalf("%s %s: %v", operation, input, err)
	}
	return out
}

// refused makes a call that must be refused with a code.
func (w *world) refused(accessKey, operation, input, code string) string {
	w.t.Helper()
	out, err := w.as(accessKey, operation, input)
	var refused *wire.Error
	if !errors.As(err, &refused) || refused.Code != code {
		w.t.Fatalf("%s %s = %v, %v; want %s", operation, input, out, err, code)
	}
	return refused.Message
}

// same compares members of an answer with JSON, as far as it has them.
func same(t *testing.T, what string, got wire.Object, want string) {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(want), &members); err != nil {
		t.Fatal(err)
	}
	for path, v := range members {
		g, _ := json.Marshal(got.At(path))
		if wanted, _ := json.Marshal(v); string(g) != string(wanted) {
			t.Errorf("%s: %s = %s, want %s", what, path, g, wanted)
		}
	}
}

// slow makes changes of a status take a minute.
func slow(o *local.Options) { o.Settle = time.Minute }
