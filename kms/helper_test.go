package kms

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Where and who the tests are, unless they say otherwise.
const (
	testAccount  = "111122223333"
	otherAccount = "444455556666"
	testRegion   = "us-east-1"
	otherRegion  = "eu-west-1"
)

// start is when every test begins.
var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests move.
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

func (c *clock) days(n int) { c.add(time.Duration(n) * 24 * time.Hour) }

// policies is an Authorizer that decides by the identity policies of principals, by ARN,
// and records what it was asked. With all it allows everything.
type policies struct {
	all   bool
	mu    sync.Mutex
	byARN map[string][]*authz.Policy
	asked []Access
	// missing are principals that do not exist.
	missing []string
	// meanwhile, if not nil, is called once, before the next decision.
	meanwhile func()
}

func (p *policies) Authorize(_ context.Context, c *Call, a *Access) error {
	p.mu.Lock()
	p.asked = append(p.asked, *a)
	identity := p.byARN[c.Principal.ARN]
	meanwhile := p.meanwhile
	p.meanwhile = nil
	p.mu.Unlock()
	if meanwhile != nil {
		meanwhile()
	}
	if p.all {
		return nil
	}
	req := &authz.Request{
		Principal: c.Principal, Action: a.Action, Resource: a.Resource, Context: maps.Clone(c.Context), GrantTokens: a.GrantTokens,
	}
	if req.Context == nil {
		req.Context = authz.Context{}
	}
	maps.Copy(req.Context, a.Context)
	d := authz.Decide(req, &authz.Layers{Identity: identity, Resource: a.Policy, Grants: a.Grants})
	if d.Outcome == authz.Allow {
		return nil
	}
	message := d.Message(req)
	if a.Unnamed {
		message = strings.Replace(message, " on resource: "+a.Resource, "", 1)
	}
	return &Error{Code: AccessDenied, Message: message}
}

// PrincipalExists makes policies a [Principals].
func (p *policies) PrincipalExists(_ context.Context, arn string) bool {
	return !slices.Contains(p.missing, arn)
}

// last is what was asked last, asks all since the last call of asks.
func (p *policies) last(t *testing.T) Access {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) == 0 {
		t.Fatal("nothing was asked")
	}
	return p.asked[len(p.asked)-1]
}

func (p *policies) asks() []Access {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.asked
	p.asked = nil
	return out
}

// allow gives a principal an identity policy.
func (p *policies) allow(t *testing.T, c *Call, statements string) {
	t.Helper()
	doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":` + statements + `}`)
	if err != nil || len(doc.Problems) > 0 {
		t.Fatalf("policy: %v %v", err, doc)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byARN == nil {
		p.byARN = map[string][]*authz.Policy{}
	}
	p.byARN[c.Principal.ARN] = append(p.byARN[c.Principal.ARN], authz.Compile("test", doc))
}

// allowAll is the statement that allows everything.
const allowAll = `{"Effect":"Allow","Action":"*","Resource":"*"}`

// world is a service with its store, clock and Authorizer.
type world struct {
	*Service
	store *Memory
	clock *clock
	auth  *policies
}

// newWorld makes a service that allows everything. Options are changed by f, if any.
func newWorld(t testing.TB, f ...func(*Options)) *world {
	t.Helper()
	w := &world{store: &Memory{}, clock: &clock{now: start}, auth: &policies{all: true}}
	w.open(t, f...)
	return w
}

// open opens the service on the store, as after a restart.
func (w *world) open(t testing.TB, f ...func(*Options)) {
	t.Helper()
	o := Options{Store: w.store, Authorizer: w.auth, Now: w.clock.Now}
	for _, f := range f {
		f(&o)
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	w.Service = s
}

// user is a call of a user of the test account, by name.
func user(name string) *Call { return userOf(testAccount, name) }

func userOf(account, name string) *Call {
	return &Call{
		Account: account, Region: testRegion, RequestID: "request-1", EventID: "event-1",
		Principal: authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::" + account + ":user/" + name, Account: account},
	}
}

// in is the same caller at another Region's endpoint.
func (c *Call) in(region string) *Call {
	out := *c
	out.Region, out.Touched = region, nil
	return &out
}

// create makes a key as the given input says, nil: a symmetric one.
func (w *world) create(t testing.TB, in *CreateKeyInput) *KeyMetadata {
	t.Helper()
	if in == nil {
		in = &CreateKeyInput{}
	}
	out, err := w.CreateKey(t.Context(), user("admin"), in)
	if err != nil {
		t.Fatalf("CreateKey: %v", err)
	}
	return out.KeyMetadata
}

// describe returns a key's metadata.
func (w *world) describe(t testing.TB, id string) *KeyMetadata {
	t.Helper()
	out, err := w.DescribeKey(t.Context(), user("admin"), &DescribeKeyInput{KeyId: id})
	if err != nil {
		t.Fatalf("DescribeKey %s: %v", id, err)
	}
	return out.KeyMetadata
}

// force changes a key behind the service's back, as no operation does.
func (w *world) force(t testing.TB, id string, f func(k *Key)) {
	t.Helper()
	e := w.entry(t, id)
	err := w.update(t.Context(), e, func(_ *version, k *Key) ([]Record, error) {
		f(k)
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) entry(t testing.TB, id string) *entry {
	t.Helper()
	w.mu.RLock()
	defer w.mu.RUnlock()
	e := w.keys[keyID{testAccount, testRegion, id}]
	if e == nil {
		t.Fatalf("no key %s", id)
	}
	return e
}

// wantError asserts the exception and its message to the letter.
func wantError(t testing.TB, err error, code Code, message string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want %s: %s", err, code, message)
	}
	if e.Code != code || e.Message != message {
		t.Fatalf("got  %s: %s\nwant %s: %s", e.Code, e.Message, code, message)
	}
}

// ok asserts that there is no error, and returns the answer.
func ok[T any](t testing.TB) func(T, error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// inJSON is a value as it goes over the wire, but for the form of timestamps.
func inJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// refusing is a store that can be made to refuse every commit.
type refusing struct {
	*Memory
	refuse atomic.Bool
}

func (r *refusing) Commit(ctx context.Context, records []Record) error {
	if r.refuse.Load() {
		return errors.New("disk full")
	}
	return r.Memory.Commit(ctx, records)
}

// sharedPolicy lets the test account and another use a key.
const sharedPolicy = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
	{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"}]}`

// onRefusing opens a service on such a store.
func onRefusing(o *Options) {
	o.Store = &refusing{Memory: o.Store.(*Memory)}
	o.Root, _ = NewRoot(make([]byte, 32))
}

// conditionsOf makes context keys of names and values.
func conditionsOf(pairs ...string) authz.Context {
	out := authz.Context{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = one(pairs[i+1])
	}
	return out
}
