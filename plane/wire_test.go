package plane

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// The wire tests drive the plane by the AWS SDK for Go over HTTP, and assert what it
// makes of the answers.

const (
	region = "eu-west-1"
	reader = "arn:aws:iam::" + home + ":user/reader"
	admin  = "arn:aws:iam::" + home + ":user/admin"
)

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

// errOf is the error of a call.
func errOf[O any](_ O, err error) error { return err }

// refusedBy asserts code, message, type and status of a refusal: every one of KMS is HTTP
// 400, whatever its model says.
func refusedBy(t *testing.T, err error, code, message string) {
	t.Helper()
	refused(t, err, code, message)
	if typed := modelled[code]; typed != nil && !typed(err) {
		t.Errorf("%T is not the type of %s", err, code)
	}
	var http *awshttp.ResponseError
	if errors.As(err, &http) && (http.HTTPStatusCode() != 400 || http.ServiceRequestID() == "") {
		t.Errorf("HTTP %d, request id %q", http.HTTPStatusCode(), http.ServiceRequestID())
	}
}

// key makes a key; nil: a symmetric one.
func (l *local) key(in *awskms.CreateKeyInput) *types.KeyMetadata {
	l.t.Helper()
	if in == nil {
		in = &awskms.CreateKeyInput{}
	}
	return got[*awskms.CreateKeyOutput](l.t)(l.as("AKIAADMIN", region).CreateKey(l.t.Context(), in)).KeyMetadata
}

// special makes a key of a spec and usage.
func (l *local) special(spec types.KeySpec, usage types.KeyUsageType) *types.KeyMetadata {
	l.t.Helper()
	return l.key(&awskms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
}

// public is the public key of a key, as DER.
func (l *local) public(key *types.KeyMetadata) []byte {
	l.t.Helper()
	return got[*awskms.GetPublicKeyOutput](l.t)(l.as("AKIAADMIN", region).GetPublicKey(l.t.Context(), &awskms.GetPublicKeyInput{KeyId: key.KeyId})).PublicKey
}

// encrypted encrypts "secret".
func (l *local) encrypted(key *types.KeyMetadata, pairs map[string]string) []byte {
	l.t.Helper()
	in := &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("secret"), EncryptionContext: pairs}
	return got[*awskms.EncryptOutput](l.t)(l.as("AKIAADMIN", region).Encrypt(l.t.Context(), in)).CiphertextBlob
}

// opens asserts that a decryption gives "secret".
func opens(t *testing.T, out *awskms.DecryptOutput, err error) {
	t.Helper()
	if err != nil || string(out.Plaintext) != "secret" {
		t.Errorf("%+v %v", out, err)
	}
}

func pointer(s string) *string { return aws.String(s) }

// replaceKey puts the ARN of a key where a text says <key>.
func replaceKey(text string, key *types.KeyMetadata) string {
	return strings.ReplaceAll(text, "<key>", *key.Arn)
}

// clock is a clock of KMS that tests move; requests are signed by that of the machine.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// openssl runs OpenSSL on files, by name and content, and asserts what it prints, of
// which it returns all.
func openssl(t *testing.T, files map[string][]byte, prints string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed: its view was NOT checked")
	}
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), "openssl", args...)
	command.Dir = dir
	out, err := command.Output()
	if err != nil || !strings.Contains(string(out), prints) {
		t.Errorf("openssl %s: %v %q, want %q", strings.Join(args, " "), err, out, prints)
	}
	return out
}
