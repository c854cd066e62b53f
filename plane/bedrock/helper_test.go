package bedrock_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/seed"
)

const (
	region  = "eu-west-1"
	account = "111122223333"
	other   = "444455556666"
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
)

// clock is one that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a plane that is served.
type world struct {
	t     *testing.T
	plane *local.Plane
	url   string
	clock *clock
}

func newWorld(t *testing.T, change ...func(*local.Options)) *world {
	t.Helper()
	s := must(seed.Read("seed", []byte(estate), nil))(t)
	c := &clock{now: time.Now().UTC().Truncate(time.Millisecond)}
	o := local.Options{Seed: s, Now: c.Now}
	for _, f := range change {
		f(&o)
	}
	p := must(local.Open(t.Context(), o))(t)
	t.Cleanup(func() { _ = p.Close() })
	server := httptest.NewServer(must(p.Handler())(t))
	t.Cleanup(server.Close)
	return &world{t: t, plane: p, url: server.URL, clock: c}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// static are the credentials that the SDK signs with, before [signer] signs again.
var static = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIANOBODY000000", SecretAccessKey: "none"}, nil
})

// signer signs requests at the time of the world's clock, which the SDK cannot.
type signer struct {
	world *world
	key   string
}

func (w *world) signed(accessKey string) *http.Client {
	return &http.Client{Transport: &signer{w, accessKey}}
}

func (s *signer) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	sum := sha256.Sum256(body)
	name := "bedrock"
	if r.Header.Get("X-Amz-Target") != "" {
		name = "kms"
	}
	who := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: "secret"}
	r.Header.Del("Authorization")
	if err := v4.NewSigner().SignHTTP(r.Context(), who, r, hex.EncodeToString(sum[:]), name, region, s.world.clock.Now()); err != nil {
		return nil, err
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *world) as(accessKey string) *bedrock.Client {
	return bedrock.New(bedrock.Options{Region: region, BaseEndpoint: &w.url, Credentials: static, HTTPClient: w.signed(accessKey), Retryer: aws.NopRetryer{}})
}

func (w *world) runtime(accessKey string) *bedrockruntime.Client {
	return bedrockruntime.New(bedrockruntime.Options{Region: region, BaseEndpoint: &w.url, Credentials: static, HTTPClient: w.signed(accessKey), Retryer: aws.NopRetryer{}})
}

func (w *world) kms() *kms.Client {
	return kms.New(kms.Options{Region: region, BaseEndpoint: &w.url, Credentials: static, HTTPClient: w.signed(admin), Retryer: aws.NopRetryer{}})
}

// key is the ARN of the key of an alias.
func (w *world) key(alias string) string {
	w.t.Helper()
	return *must(w.kms().DescribeKey(w.t.Context(), &kms.DescribeKeyInput{KeyId: &alias}))(w.t).KeyMetadata.Arn
}

// grants are the numbers of grants of a key.
func (w *world) grants(key string) int {
	w.t.Helper()
	return len(must(w.kms().ListGrants(w.t.Context(), &kms.ListGrantsInput{KeyId: &key}))(w.t).Grants)
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
