package page

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

const (
	home, abroad = "111122223333", "444455556666"
	region       = "eu-west-1"
)

// people are access keys with who holds them.
type people map[string]*plane.Caller

func (p people) Caller(_ context.Context, id, token string) (*plane.Caller, error) {
	c := p[id]
	if c == nil || token != "" {
		return nil, sigv4.ErrUnknownKey
	}
	return c, nil
}

func (p people) RCPs(string) [][]*authz.Policy { return nil }

func user(t testing.TB, account, name string, statements ...string) *plane.Caller {
	t.Helper()
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	c := &plane.Caller{Secret: "secret-of-" + name, Principal: authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::" + account + ":user/" + name, Account: account, ID: "AIDA" + strings.ToUpper(name)}}
	c.Layers.Identity = []*authz.Policy{authz.Compile("inline/"+name, d)}
	return c
}

// clock moves by a millisecond whenever it is asked, and by more when tests say so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { return c.add(time.Millisecond) }

func (c *clock) add(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// world is a plane with its page behind real HTTP.
type world struct {
	t      testing.TB
	clock  *clock
	page   *Page
	server *httptest.Server
	people people
}

func newWorld(t testing.TB, change ...func(*Options)) *world {
	t.Helper()
	everything := `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`
	w := &world{t: t, clock: &clock{now: time.Now().UTC().Truncate(time.Millisecond)}, people: people{
		"AKIAADMIN": user(t, home, "admin", everything), "AKIASTRAY": user(t, abroad, "stray", everything),
		"AKIADENIED": user(t, home, "denied", everything, `{"Sid":"NoDecrypt","Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}`),
		"AKIAREADER": user(t, home, "reader", `{"Sid":"AppsOnly","Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:App":"orders"}}}`),
	}}
	service, err := kms.Open(t.Context(), kms.Options{Authorizer: plane.Authorizer{Identities: w.people}, Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	api, err := plane.KMS(service)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{KMS: service, Now: w.clock.Now}
	for _, f := range change {
		f(&o)
	}
	w.page = New(o)
	h, err := plane.New(plane.Options{Services: []*plane.Service{api}, Identities: w.people, Now: w.clock.Now, Observers: []plane.Observer{w.page}, Other: w.page})
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(h)
	t.Cleanup(w.server.Close)
	return w
}

// as is a client of the AWS SDK with somebody's credentials.
func (w *world) as(id, region string) *awskms.Client {
	return awskms.New(awskms.Options{
		Region: region, BaseEndpoint: aws.String(w.server.URL), Retryer: aws.NopRetryer{}, HTTPClient: w.server.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: w.people[id].Secret}, nil
		}),
	})
}

// got asserts that a call succeeds, and returns its answer.
func got[O any](t testing.TB) func(O, error) O {
	return func(out O, err error) O {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// newKey makes a key; nil: a symmetric one.
func (w *world) newKey(in *awskms.CreateKeyInput) *types.KeyMetadata {
	w.t.Helper()
	if in == nil {
		in = &awskms.CreateKeyInput{}
	}
	return got[*awskms.CreateKeyOutput](w.t)(w.as("AKIAADMIN", region).CreateKey(w.t.Context(), in)).KeyMetadata
}

// do sends a request for the page.
func (w *world) do(method, path, host string) (*http.Response, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if host != "" {
		r.Host = host
	}
	answer, err := w.server.Client().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer, string(b)
}

// get returns a page, which must be there.
func (w *world) get(path string) string {
	w.t.Helper()
	answer, body := w.do(http.MethodGet, path, "")
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		w.t.Fatalf("GET %s: %s %s\n%s", path, answer.Status, answer.Header.Get("Content-Type"), body)
	}
	return strings.Replace(body, style, "", 1) // failures are shorter so
}

// has asserts that a page has texts, in this order.
func has(t testing.TB, body string, texts ...string) {
	t.Helper()
	rest := body
	for _, s := range texts {
		_, after, ok := strings.Cut(rest, s)
		if !ok {
			t.Errorf("the page has no %q where it should be:\n%s", s, body)
			return
		}
		rest = after
	}
}

func hasNot(t testing.TB, body string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(body, s) {
			t.Errorf("the page has %q:\n%s", s, body)
		}
	}
}
