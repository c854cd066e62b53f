package cloudtrail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

const home, abroad, region = "111122223333", "444455556666", "eu-west-1"

// noon is the time of all tests.
var noon = time.Date(2026, 11, 5, 12, 4, 9, 250e6, time.UTC)

// people are the identities of the tests, by access key.
type people map[string]*plane.Caller

func (p people) Caller(_ context.Context, id, _ string) (*plane.Caller, error) {
	if c := p[id]; c != nil {
		return c, nil
	}
	return nil, sigv4.ErrUnknownKey
}

func (people) RCPs(string) [][]*authz.Policy { return nil }

func compiled(t testing.TB, text string) *authz.Policy {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return authz.Compile("inline", d)
}

func may(t testing.TB, actions string) authz.Layers {
	return authz.Layers{Identity: []*authz.Policy{compiled(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"`+actions+`","Resource":"*"}}`)}}
}

func newPeople(t testing.TB) people {
	user := func(account, name, actions string) *plane.Caller {
		return &plane.Caller{Secret: "secret", Layers: may(t, actions), Principal: authz.Principal{
			Kind: authz.User, ARN: "arn:aws:iam::" + account + ":user/team/" + name, Account: account, ID: "AIDA" + strings.ToUpper(name)}}
	}
	return people{
		"AKIAALICE": user(home, "alice", "*"), "AKIABOB": user(abroad, "bob", "*"), "AKIAEVE": user(home, "eve", "s3:*"),
		"AKIAROOT": {Secret: "secret", Principal: authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::" + home + ":root", Account: home}},
		"ASIAROLE": {Secret: "secret", Layers: may(t, "*"),
			Principal: authz.Principal{Kind: authz.Session, ARN: "arn:aws:sts::" + home + ":assumed-role/Builder/run-7", Role: "arn:aws:iam::" + home + ":role/ci/Builder", Account: home, ID: "AROABUILDER:run-7"},
			Session:   &plane.Session{Issuer: "arn:aws:iam::" + home + ":role/ci/Builder", IssuerID: "AROABUILDER", Created: "2026-11-05T12:00:00Z", MFA: true, SourceIdentity: "alice"}},
	}
}

// local is a plane with KMS and CloudTrail behind real HTTP.
type local struct {
	t      testing.TB
	trail  *Trail
	kms    *kms.Service
	server *httptest.Server
	people people
	now    func() time.Time
	// request is the id of the last request.
	request string
}

func newLocal(t testing.TB, o Options, more ...*plane.Service) *local {
	t.Helper()
	l := &local{t: t, people: newPeople(t), now: func() time.Time { return noon }}
	if o.Now == nil {
		o.Now = l.now
	}
	l.now = o.Now
	o.Authorizer = plane.Authorizer{Identities: l.people}
	var err error
	if l.trail, err = New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.trail.Close(); err != nil {
			t.Error(err)
		}
	})
	if l.kms, err = kms.Open(t.Context(), kms.Options{Authorizer: o.Authorizer, Now: o.Now, Events: l.trail.Event}); err != nil {
		t.Fatal(err)
	}
	keys, err := plane.KMS(l.kms)
	if err != nil {
		t.Fatal(err)
	}
	lookup, err := l.trail.Service()
	if err != nil {
		t.Fatal(err)
	}
	h, err := plane.New(plane.Options{Services: append([]*plane.Service{keys, lookup}, more...), Identities: l.people, Now: o.Now, Observers: []plane.Observer{l.trail}})
	if err != nil {
		t.Fatal(err)
	}
	l.server = httptest.NewServer(h)
	t.Cleanup(l.server.Close)
	return l
}

// call sends one signed request and returns the answer.
func (l *local) call(who, service, target, body string) string {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.server.URL+"/", strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("User-Agent", "test/1 (\"quoted\")")
	if target == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", target)
	}
	hash := sha256.Sum256([]byte(body))
	err = v4.NewSigner().SignHTTP(l.t.Context(), aws.Credentials{AccessKeyID: who, SecretAccessKey: "secret"}, r, hex.EncodeToString(hash[:]), service, region, l.now())
	if err != nil {
		l.t.Fatal(err)
	}
	answer, err := l.server.Client().Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer answer.Body.Close()
	out, err := io.ReadAll(answer.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	l.request = answer.Header.Get("x-amzn-RequestId")
	return string(out)
}

// kmsCall is a call of KMS.
func (l *local) kmsCall(who, operation, body string) string {
	l.t.Helper()
	return l.call(who, "kms", "TrentService."+operation, body)
}

// fields decodes an answer.
func (l *local) fields(body string) map[string]any {
	l.t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		l.t.Fatalf("%s: %v", body, err)
	}
	return out
}

// newKey makes a key and returns its id.
func (l *local) newKey(input string) string {
	l.t.Helper()
	out := l.fields(l.kmsCall("AKIAALICE", "CreateKey", input))
	made, ok := out["KeyMetadata"].(map[string]any)
	if !ok {
		l.t.Fatalf("%v", out)
	}
	return made["KeyId"].(string)
}

// records are the records of all accounts, the oldest first.
func (l *local) records() []string {
	l.trail.mu.Lock()
	defer l.trail.mu.Unlock()
	var out []string
	for s := range l.trail.ring.before(l.trail.ring.next) {
		out = append([]string{string(s.record)}, out...)
	}
	return out
}

// last is the last record with its own ids replaced by EVENT and, when it is that of the
// last request, REQUEST.
func (l *local) last() string {
	l.t.Helper()
	all := l.records()
	return l.normal(all[len(all)-1])
}

var eventID = regexp.MustCompile(`"eventID":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`)

func (l *local) normal(record string) string {
	if l.request == "" {
		l.t.Fatal("the last request has no id")
	}
	record = strings.Replace(record, `"requestID":"`+l.request+`"`, `"requestID":"REQUEST"`, 1)
	return eventID.ReplaceAllString(record, `"eventID":"EVENT"`)
}

// want asserts a record, which is written over several lines.
func (l *local) want(want string) {
	l.t.Helper()
	if got := l.last(); got != oneLine(l.t, want) {
		l.t.Errorf("got\n%s\nwant\n%s", got, oneLine(l.t, want))
	}
}

func oneLine(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return b.String()
}
