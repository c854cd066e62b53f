package sts

import (
	"context"
	"crypto/cipher"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy/authz"
)

const (
	home, abroad = "111122223333", "444455556666"
	region       = "eu-west-1"
	mayAssume    = `{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}`
	everyone     = `{"Effect":"Allow","Action":"*","Resource":"*"}`
)

// directory is the little directory of the tests.
type directory struct {
	mu           sync.RWMutex
	keys         map[string]*plane.Caller
	roles, users map[string]*Entity
	roots        map[string]*plane.Caller
	managed      map[string]*authz.Policy
}

func (d *directory) Caller(_ context.Context, id, token string) (*plane.Caller, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	c := d.keys[id]
	switch {
	case c == nil:
		return nil, sigv4.ErrUnknownKey
	case token != "":
		return c, sigv4.ErrTokenInvalid
	}
	return c, nil
}

func (d *directory) RCPs(string) [][]*authz.Policy { return nil }

func (d *directory) Role(account, name string) *Entity {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.roles[account+name]
}

func (d *directory) User(account, name string) *Entity {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.users[account+name]
}

func (d *directory) Root(account string) *plane.Caller {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.roots[account]
}

func (d *directory) ManagedPolicy(_, arn string) *authz.Policy {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.managed[arn]
}

func statements(list ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
}

// local is a plane with STS and KMS behind real HTTP.
type local struct {
	testing.TB
	*directory
	sts    *Service
	server *httptest.Server
	calls  calls

	mu  sync.Mutex
	now time.Time
}

// calls keeps what the plane shows of calls.
type calls struct {
	mu   sync.Mutex
	last plane.Call
}

func (c *calls) Observe(call *plane.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = *call
}

func newLocal(t testing.TB) *local { return newLocalWith(t, nil, false) }

func newLocalWith(t testing.TB, seal cipher.AEAD, allowAll bool) *local {
	t.Helper()
	l := &local{TB: t, now: time.Now().Truncate(time.Second), directory: &directory{
		keys: map[string]*plane.Caller{}, roles: map[string]*Entity{}, users: map[string]*Entity{},
		roots: map[string]*plane.Caller{}, managed: map[string]*authz.Policy{},
	}}
	for _, account := range []string{home, abroad} {
		root := &plane.Caller{Secret: "secret-of-root", Principal: authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::" + account + ":root", Account: account, ID: account}}
		l.roots[account], l.keys["AKIAROOT"+account] = root, root
	}
	var err error
	if l.sts, err = New(Options{Directory: l.directory, Seal: seal, Now: l.clock, AllowAll: allowAll}); err != nil {
		t.Fatal(err)
	}
	l.serve()
	return l
}

func (l *local) serve() {
	l.Helper()
	api, err := l.sts.API()
	if err != nil {
		l.Fatal(err)
	}
	keys, err := kms.Open(l.Context(), kms.Options{Authorizer: plane.Authorizer{Identities: l.sts}})
	if err != nil {
		l.Fatal(err)
	}
	kmsAPI, err := plane.KMS(keys)
	if err != nil {
		l.Fatal(err)
	}
	h, err := plane.New(plane.Options{Services: []*plane.Service{api, kmsAPI}, Identities: l.sts, Observers: []plane.Observer{&l.calls}})
	if err != nil {
		l.Fatal(err)
	}
	l.server = httptest.NewServer(h)
	l.Cleanup(l.server.Close)
}

func (l *local) clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

func (l *local) pass(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.now.Add(d)
}

// change replaces a role, as a change of a directory does.
func (l *local) change(role *Entity, how func(*Entity)) {
	l.directory.mu.Lock()
	defer l.directory.mu.Unlock()
	changed := *role
	how(&changed)
	l.roles[role.Account+role.Name] = &changed
}

// user makes a user with an access key AKIA… of its name.
func (l *local) user(account, name string, policies ...string) *Entity {
	e := l.entity(account, "user/", name, policies)
	e.ID = "AIDA" + strings.ToUpper(name)
	l.users[account+name] = e
	l.keys["AKIA"+strings.ToUpper(name)] = &plane.Caller{
		Secret:    "secret-of-" + name,
		Principal: authz.Principal{Kind: authz.User, ARN: e.ARN, Account: account, ID: e.ID}, Layers: e.Layers,
	}
	return e
}

// role makes a role.
func (l *local) role(account, path, name, trust string, policies ...string) *Entity {
	e := l.entity(account, "role"+path, name, policies)
	e.ID, e.Trust, e.MaxSession = "AROA"+strings.ToUpper(name), compile("trust policy", statements(trust)), 2*time.Hour
	l.roles[account+name] = e
	return e
}

func (l *local) entity(account, path, name string, policies []string) *Entity {
	e := &Entity{ARN: "arn:aws:iam::" + account + ":" + path + name, Name: name, Account: account, Context: authz.Context{"aws:principalorgid": one("o-1")}}
	e.Layers.Identity = []*authz.Policy{compile("inline", statements(policies...))}
	return e
}

// trusts is a statement that lets a principal do actions of STS.
func trusts(principal string, actions ...string) string {
	if len(actions) == 0 {
		actions = []string{"sts:AssumeRole"}
	}
	return `{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":["` + strings.Join(actions, `","`) + `"]}`
}

func rootOf(account string) string { return "arn:aws:iam::" + account + ":root" }

// key is the access key of a user.
func (l *local) key(user string) aws.Credentials {
	return aws.Credentials{AccessKeyID: "AKIA" + strings.ToUpper(user), SecretAccessKey: "secret-of-" + user}
}

func (l *local) rootKey(account string) aws.Credentials {
	return aws.Credentials{AccessKeyID: "AKIAROOT" + account, SecretAccessKey: "secret-of-root"}
}

func credentials(c *types.Credentials) aws.Credentials {
	return aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}
}

func provider(c aws.Credentials) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c, nil })
}

// as is a client of STS with somebody's credentials.
func (l *local) as(c aws.Credentials) *awssts.Client {
	return awssts.New(awssts.Options{Region: region, BaseEndpoint: aws.String(l.server.URL), Retryer: aws.NopRetryer{}, HTTPClient: l.server.Client(), Credentials: provider(c)})
}

// kms is a client of KMS with somebody's credentials.
func (l *local) kms(c aws.Credentials) *awskms.Client {
	return awskms.New(awskms.Options{Region: region, BaseEndpoint: aws.String(l.server.URL), Retryer: aws.NopRetryer{}, HTTPClient: l.server.Client(), Credentials: provider(c)})
}

// kmsKey makes a key of home with a policy beside what its root user may.
func (l *local) kmsKey(policies ...string) string {
	l.Helper()
	policies = append(policies, `{"Effect":"Allow","Principal":{"AWS":"`+rootOf(home)+`"},"Action":"kms:*","Resource":"*"}`)
	made, err := l.kms(l.rootKey(home)).CreateKey(l.Context(), &awskms.CreateKeyInput{Policy: aws.String(statements(policies...))})
	if err != nil {
		l.Fatal(err)
	}
	return *made.KeyMetadata.Arn
}

func (l *local) encrypt(c aws.Credentials, key string) error {
	_, err := l.kms(c).Encrypt(l.Context(), &awskms.EncryptInput{KeyId: &key, Plaintext: []byte("x")})
	return err
}

type input = awssts.AssumeRoleInput

// assume assumes a role; session is the name.
func (l *local) assume(c aws.Credentials, role *Entity, session string, how ...func(*input)) (*awssts.AssumeRoleOutput, error) {
	in := &input{RoleArn: &role.ARN, RoleSessionName: &session}
	for _, f := range how {
		f(in)
	}
	return l.as(c).AssumeRole(l.Context(), in)
}

func (l *local) assumed(c aws.Credentials, role *Entity, session string, how ...func(*input)) aws.Credentials {
	l.Helper()
	out, err := l.assume(c, role, session, how...)
	if err != nil {
		l.Fatal(err)
	}
	return credentials(out.Credentials)
}

func tagged(pairs ...string) func(*input) {
	return func(in *input) {
		for i := 0; i < len(pairs); i += 2 {
			in.Tags = append(in.Tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
	}
}

func transitive(keys ...string) func(*input) {
	return func(in *input) { in.TransitiveTagKeys = keys }
}

// refused checks an error of AWS to the letter.
func refused(t testing.TB, err error, status int, code, message string) {
	t.Helper()
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		t.Errorf("error %v, want %d %s: %s", err, status, code, message)
		return
	}
	if response.HTTPStatusCode() != status || api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Errorf("error %d %s: %s\nwant %d %s: %s", response.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage(), status, code, message)
	}
}

// cannot checks a refusal of AssumeRole.
func cannot(t testing.TB, err error, who, action, resource, reason string) {
	t.Helper()
	refused(t, err, http.StatusForbidden, "AccessDenied", "User: "+who+" is not authorized to perform: "+action+" on resource: "+resource+reason)
}

func (l *local) arnOf(c aws.Credentials) string {
	l.Helper()
	who, err := l.as(c).GetCallerIdentity(l.Context(), nil)
	if err != nil {
		l.Fatal(err)
	}
	return *who.Arn
}
