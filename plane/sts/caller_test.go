package sts

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy/authz"
)

func newGCM(t testing.TB, key byte) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher([]byte(strings.Repeat(string(rune(key)), 32)))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

const (
	invalid = "The security token included in the request is invalid"
	expired = "The security token included in the request is expired"
)

func TestExpiry(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/", "app", trusts(rootOf(home)))
	run := l.assumed(l.key("alice"), app, "s1", func(in *input) { in.DurationSeconds = aws.Int32(900) })
	key := l.kmsKey()
	_ = l.arnOf(run)
	l.pass(899 * time.Second)
	_ = l.arnOf(run)
	l.pass(time.Second)
	_, err := l.as(run).GetCallerIdentity(t.Context(), nil)
	refused(t, err, 403, "ExpiredToken", expired)
	refused(t, l.encrypt(run, key), 400, "ExpiredTokenException", expired)
	run.SecretAccessKey = "wrong"
	_, err = l.as(run).GetCallerIdentity(t.Context(), nil)
	refused(t, err, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
}

func TestForeignTokens(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/", "app", trusts(rootOf(home)))
	one, two := l.assumed(l.key("alice"), app, "one"), l.assumed(l.key("alice"), app, "two")
	_, _ = l.arnOf(one), l.arnOf(two)
	raw, _ := base64.StdEncoding.DecodeString(one.SessionToken)
	altered := func(i int) string {
		b := append([]byte(nil), raw...)
		b[i] ^= 1
		return base64.StdEncoding.EncodeToString(b)
	}
	for name, token := range map[string]string{
		"another session's": two.SessionToken, "no base64": "token", "one byte": "AQ==", "half": one.SessionToken[:len(one.SessionToken)/2],
		"first byte": altered(0), "second byte": altered(1), "last byte": altered(len(raw) - 1), "twice": one.SessionToken + one.SessionToken,
		"too long": strings.Repeat("A", MaxToken+4),
	} {
		t.Run(name, func(t *testing.T) {
			bad := one
			bad.SessionToken = token
			_, err := l.as(bad).GetCallerIdentity(t.Context(), nil)
			refused(t, err, 403, "InvalidClientTokenId", invalid)
		})
	}
	swapped := two
	swapped.AccessKeyID = one.AccessKeyID
	_, err := l.as(swapped).GetCallerIdentity(t.Context(), nil)
	refused(t, err, 403, "InvalidClientTokenId", invalid)
	refused(t, l.encrypt(swapped, "alias/x"), 400, "UnrecognizedClientException", invalid)
	without := one
	without.SessionToken = ""
	_, err = l.as(without).GetCallerIdentity(t.Context(), nil)
	refused(t, err, 403, "InvalidClientTokenId", invalid+".")
	long := l.key("alice")
	long.SessionToken = one.SessionToken
	_, err = l.as(long).GetCallerIdentity(t.Context(), nil)
	refused(t, err, 403, "InvalidClientTokenId", invalid)
}

// TestChanges: a session has the permissions that its role has now, and ends with it.
func TestChanges(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/", "app", trusts(rootOf(home)), `{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}`)
	const managed = "arn:aws:iam::aws:policy/KMS"
	l.managed[managed] = compile(managed, statements(everyone))
	run := l.assumed(l.key("alice"), app, "s1", func(in *input) { in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String(managed)}} })
	key := l.kmsKey()
	const denied = "User: arn:aws:sts::111122223333:assumed-role/app/s1 is not authorized to perform: kms:Encrypt on resource: "
	if err := l.encrypt(run, key); err != nil {
		t.Error(err)
	}
	l.change(app, func(e *Entity) { e.Layers.Identity = []*authz.Policy{} })
	refused(t, l.encrypt(run, key), 400, "AccessDeniedException", denied+key+" because no identity-based policy allows the kms:Encrypt action")
	l.change(app, func(*Entity) {})
	if err := l.encrypt(run, key); err != nil {
		t.Error(err)
	}
	for _, p := range []*authz.Policy{compile(managed, statements(mayAssume)), nil} {
		l.directory.mu.Lock()
		l.managed[managed] = p
		l.directory.mu.Unlock()
		refused(t, l.encrypt(run, key), 400, "AccessDeniedException", denied+key+" because no session policy allows the kms:Encrypt action")
	}
	l.change(app, func(e *Entity) { e.ID = "AROAANOTHER" })
	refused(t, l.encrypt(run, key), 400, "UnrecognizedClientException", invalid)
	l.directory.mu.Lock()
	delete(l.roles, home+"app")
	l.directory.mu.Unlock()
	_, err := l.as(run).GetCallerIdentity(t.Context(), nil)
	refused(t, err, 403, "InvalidClientTokenId", invalid)
}

// TestSessionPolicies: inline and managed ones add up, and limit what the role may.
func TestSessionPolicies(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/", "app", trusts(rootOf(home)), everyone)
	const managed = "arn:aws:iam::aws:policy/Decrypt"
	l.managed[managed] = compile(managed, statements(`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`))
	run := l.assumed(l.key("alice"), app, "s1", func(in *input) {
		in.Policy = aws.String(statements(`{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}`))
		in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String(managed)}}
	})
	c, err := l.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	for action, want := range map[string]authz.Outcome{"kms:Encrypt": authz.Allow, "kms:Decrypt": authz.Allow, "kms:Sign": authz.ImplicitDeny} {
		layers := c.Layers
		layers.Resource = compile("key", statements(`{"Effect":"Allow","Principal":{"AWS":"`+rootOf(home)+`"},"Action":"kms:*","Resource":"*"}`))
		request := authz.Request{Principal: c.Principal, Action: action, Resource: "arn:aws:kms:eu-west-1:111122223333:key/k", Context: c.Context}
		if got := authz.OutcomeOf(&request, &layers); got != want {
			t.Errorf("%s: %v, want %v", action, got, want)
		}
	}
}

// TestSessionsOutlive: sessions need no storage, only the key.
func TestSessionsOutlive(t *testing.T) {
	l := newLocalWith(t, newGCM(t, 'k'), false)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/", "app", trusts(rootOf(home)))
	run := l.assumed(l.key("alice"), app, "s1")
	for key, want := range map[byte]error{'k': nil, 'l': sigv4.ErrTokenInvalid} {
		again, err := New(Options{Directory: l.directory, Seal: newGCM(t, key)})
		if err != nil {
			t.Fatal(err)
		}
		c, err := again.Caller(t.Context(), run.AccessKeyID, run.SessionToken)
		if !errors.Is(err, want) || want == nil && c.Secret != run.SecretAccessKey {
			t.Errorf("key %c: %v, want %v", key, err, want)
		}
	}
	another := newLocal(t)
	if _, err := another.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken); !errors.Is(err, sigv4.ErrTokenInvalid) {
		t.Errorf("a process with a key of its own: %v", err)
	}
}

// TestCallerIsReused: nothing is made anew while the directory answers the same.
func TestCallerIsReused(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/", "app", trusts(rootOf(home)))
	run := l.assumed(l.key("alice"), app, "s1")
	first, err := l.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := l.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken); again != first {
		t.Error("the caller was made anew")
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = l.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken) }); n > 1 {
		t.Errorf("%v allocations", n) // one is of the test's directory
	}
	l.change(app, func(*Entity) {})
	if again, _ := l.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken); again == first {
		t.Error("the caller is that of a role before its change")
	}
}

func TestCache(t *testing.T) {
	c := newCache(2)
	a, b := &opened{}, &opened{}
	c.put("a", a)
	c.put("b", b)
	c.put("c", &opened{})
	if c.get("a") != a { // which makes it young again
		t.Fatal("a is forgotten too early")
	}
	c.put("d", &opened{})
	if c.get("a") != a {
		t.Error("a was used and is forgotten")
	}
	if c.get("b") != nil {
		t.Error("b is kept beyond two generations")
	}
	if n := len(c.young) + len(c.old); n > 4 {
		t.Errorf("%d are kept", n)
	}
}

// TestSecrets: neither a caller nor credentials print what is secret, whatever the verb.
func TestSecrets(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", mayAssume)
	run := l.assumed(l.key("alice"), l.role(home, "/", "app", trusts(rootOf(home))), "s1")
	c, err := l.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	out := AssumeRoleOutput{Credentials: &Credentials{run.AccessKeyID, run.SecretAccessKey, run.SessionToken, time.Time{}}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{c, *c, out.Credentials, *out.Credentials, out} {
			text := fmt.Sprintf(verb, v)
			if strings.Contains(text, run.SecretAccessKey) || strings.Contains(text, run.SessionToken) {
				t.Errorf("%s of %T: %s", verb, v, text)
			}
		}
	}
	if got := fmt.Sprintf("%+v", c); got != "arn:aws:sts::111122223333:assumed-role/app/s1" {
		t.Error(got)
	}
	_, err = l.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken+"AAAA")
	if err == nil || strings.Contains(err.Error(), run.SessionToken) {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{}, "sts: no directory"},
		{Options{Directory: &directory{}, Seal: gcm}, "sts: the seal needs nonces; give one that makes its own, such as cipher.NewGCMWithRandomNonce"},
		{Options{Directory: &directory{}, Random: strings.NewReader("short")}, "sts: unexpected EOF"},
	} {
		if _, err := New(tt.o); err == nil || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}

// TestCallerInParallel: everybody sees the role before its change or after it.
func TestCallerInParallel(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/", "app", trusts(rootOf(home)))
	run := l.assumed(l.key("alice"), app, "s1")
	l.sts.opened = newCache(1)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				c, err := l.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken)
				if err != nil || c.Secret != run.SecretAccessKey || c.Principal.Role != app.ARN {
					t.Errorf("%v %v", c, err)
					return
				}
			}
		})
	}
	for i := range 200 {
		l.change(app, func(e *Entity) { e.Tags = map[string]string{"Round": strconv.Itoa(i)} })
	}
	all.Wait()
	c, err := l.sts.Caller(t.Context(), run.AccessKeyID, run.SessionToken)
	if err != nil || c.Context["aws:principaltag/round"].Values[0] != "199" {
		t.Errorf("%v %v", c, err)
	}
}
