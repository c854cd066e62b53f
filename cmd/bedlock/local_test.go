package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
)

// running is a `bedlock local` of a test.
type running struct {
	t      testing.TB
	url    string
	stderr *strings.Builder // complete after stop
	cancel context.CancelFunc
	code   chan int
	client *http.Client
}

// startLocal runs `bedlock local` on a free port until the test ends.
func startLocal(t testing.TB, vars map[string]string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{t: t, stderr: &strings.Builder{}, cancel: cancel, code: make(chan int, 1), client: &http.Client{}}
	out, w := io.Pipe()
	go func() {
		r.code <- run(ctx, append([]string{"local", "--listen", "127.0.0.1:0"}, args...), environment{
			stdout: w, stderr: r.stderr, getenv: func(name string) string { return vars[name] },
		})
		_ = w.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it ended: %d %s", <-r.code, r.stderr)
	}
	fields := strings.Fields(line)
	if len(fields) < 6 || strings.Join(fields[:5], " ") != "bedlock local is ready on" {
		t.Fatalf("the ready line is %q", line)
	}
	r.url = fields[5]
	t.Cleanup(func() { cancel() })
	return r
}

// stop ends the plane as Ctrl-C does, and returns what it said.
func (r *running) stop() string {
	r.t.Helper()
	r.client.CloseIdleConnections()
	r.cancel()
	select {
	case code := <-r.code:
		if code != 0 {
			r.t.Errorf("exit %d: %s", code, r.stderr)
		}
	case <-time.After(30 * time.Second):
		r.t.Fatal("it does not end")
	}
	return r.stderr.String()
}

func (r *running) kms() *awskms.Client {
	return awskms.New(awskms.Options{
		Region: localRegion, BaseEndpoint: aws.String(r.url), Retryer: aws.NopRetryer{}, HTTPClient: r.client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: localKeyID, SecretAccessKey: localSecret}, nil
		}),
	})
}

// key makes a key in the Region that the load is in.
func (r *running) key(spec types.KeySpec) string {
	r.t.Helper()
	usage := types.KeyUsageTypeSignVerify
	if spec == types.KeySpecSymmetricDefault {
		usage = types.KeyUsageTypeEncryptDecrypt
	}
	made, err := r.kms().CreateKey(r.t.Context(), &awskms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
	if err != nil {
		r.t.Fatal(err)
	}
	return *made.KeyMetadata.KeyId
}

// sealed makes a key and encrypts something with it.
func (r *running) sealed() []byte {
	r.t.Helper()
	made, err := r.kms().CreateKey(r.t.Context(), &awskms.CreateKeyInput{})
	if err != nil {
		r.t.Fatal(err)
	}
	out, err := r.kms().Encrypt(r.t.Context(), &awskms.EncryptInput{KeyId: made.KeyMetadata.KeyId, Plaintext: []byte("patient")})
	if err != nil {
		r.t.Fatal(err)
	}
	return out.CiphertextBlob
}

func (r *running) opens(blob []byte) {
	r.t.Helper()
	out, err := r.kms().Decrypt(r.t.Context(), &awskms.DecryptInput{CiphertextBlob: blob})
	if err != nil || string(out.Plaintext) != "patient" {
		r.t.Errorf("%v %v", out, err)
	}
}

// once runs a command line that ends by itself.
func once(t *testing.T, vars map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs strings.Builder
	code = run(ctx, args, environment{stdout: &out, stderr: &errs, getenv: func(name string) string { return vars[name] }})
	return code, out.String(), errs.String()
}

func TestLocalData(t *testing.T) {
	dir := t.TempDir()
	data, backup := filepath.Join(dir, "data"), filepath.Join(dir, "backup.db")
	r := startLocal(t, nil, "--data", data)
	blob := r.sealed()

	if code, _, stderr := once(t, nil, "local", "--listen", "127.0.0.1:0", "--data", data); code != exitUsage || !strings.Contains(stderr, "in use") || !strings.Contains(stderr, "one plane at a time works on a folder") {
		t.Errorf("a second plane on the folder: %d %s", code, stderr)
	}
	if code, stdout, stderr := once(t, nil, "local", "backup", "--data", data, backup); code != 0 || stdout != "backed up to "+backup+"\n" {
		t.Errorf("backup while it runs: %d %s%s", code, stdout, stderr)
	}
	if code, _, stderr := once(t, nil, "local", "backup", "--data", data, backup); code != exitUsage || !strings.Contains(stderr, "exists") {
		t.Errorf("backup over a backup: %d %s", code, stderr)
	}
	r.stop()

	r = startLocal(t, nil, "--data", data)
	r.opens(blob)
	r.stop()

	other := filepath.Join(dir, "other")
	if code, _, stderr := once(t, nil, "local", "restore", "--data", other, backup); code != 0 {
		t.Fatalf("restore: %d %s", code, stderr)
	}
	if code, _, stderr := once(t, nil, "local", "restore", "--data", other, backup); code != exitUsage {
		t.Errorf("restore over data: %d %s", code, stderr)
	}
	if code, _, stderr := once(t, nil, "local", "--listen", "127.0.0.1:0", "--data", other); code != exitUsage || !strings.Contains(stderr, "root.key") {
		t.Errorf("restored without the root key: %d %s", code, stderr)
	}
	r = startLocal(t, nil, "--data", other, "--root-key", filepath.Join(data, dataRoot))
	r.opens(blob)
	r.stop()

	stopped := filepath.Join(dir, "stopped.db")
	if code, _, stderr := once(t, nil, "local", "backup", "--data", data, stopped); code != 0 {
		t.Errorf("backup of a plane that is stopped: %d %s", code, stderr)
	}
	if code, _, stderr := once(t, nil, "local", "backup", "--data", filepath.Join(dir, "none"), filepath.Join(dir, "x")); code != exitUsage {
		t.Errorf("backup of nothing: %d %s", code, stderr)
	}
}

func TestLocalRootKey(t *testing.T) {
	text := func(b byte) string { return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(b), 32))) }
	for name, c := range map[string]struct{ before, rekey, after map[string]string }{
		"file":       {},
		"text":       {map[string]string{"BEDLOCK_ROOT_KEY": text('a')}, map[string]string{"BEDLOCK_ROOT_KEY": text('a'), "BEDLOCK_NEW_ROOT_KEY": text('b')}, map[string]string{"BEDLOCK_ROOT_KEY": text('b')}},
		"passphrase": {map[string]string{"BEDLOCK_PASSPHRASE": "correct horse"}, map[string]string{"BEDLOCK_PASSPHRASE": "correct horse", "BEDLOCK_NEW_PASSPHRASE": "battery staple"}, map[string]string{"BEDLOCK_PASSPHRASE": "battery staple"}},
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			r := startLocal(t, c.before, "--data", data)
			blob := r.sealed()
			if code, _, stderr := once(t, c.rekey, "local", "rekey", "--data", data); code != exitUsage || !strings.Contains(stderr, "in use") {
				t.Errorf("rekey while it runs: %d %s", code, stderr)
			}
			r.stop()
			if code, stdout, stderr := once(t, c.rekey, "local", "rekey", "--data", data); code != 0 || stdout != "sealed under the new root key\n" {
				t.Fatalf("rekey: %d %s%s", code, stdout, stderr)
			}
			if name != "file" {
				if code, _, stderr := once(t, c.before, "local", "--listen", "127.0.0.1:0", "--data", data); code != exitUsage || !strings.Contains(stderr, "root key") {
					t.Errorf("with the old key: %d %s", code, stderr)
				}
			}
			r = startLocal(t, c.after, "--data", data)
			r.opens(blob)
			r.stop()
		})
	}
}

// TestLocalRekeyCutShort: whenever a rekey was killed, the next start finds the right key.
func TestLocalRekeyCutShort(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	r := startLocal(t, nil, "--data", data)
	blob := r.sealed()
	r.stop()
	root := filepath.Join(data, dataRoot)
	old, err := os.ReadFile(root)
	if err != nil {
		t.Fatal(err)
	}

	// Killed before the data was sealed anew: the next key counts for nothing.
	if err := os.WriteFile(root+dataNext, []byte("a key that never took over 32 B."), 0o600); err != nil {
		t.Fatal(err)
	}
	r = startLocal(t, nil, "--data", data)
	r.opens(blob)
	r.stop()

	// Killed after it was sealed anew, before the files changed places.
	if code, _, stderr := once(t, nil, "local", "rekey", "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	if err := os.Rename(root, root+dataNext); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root, old, 0o600); err != nil {
		t.Fatal(err)
	}
	r = startLocal(t, nil, "--data", data)
	r.opens(blob)
	r.stop()
	if now, err := os.ReadFile(root); err != nil || string(now) == string(old) {
		t.Errorf("the rekey was not ended: %v", err)
	}
	if _, err := os.Stat(root + dataNext); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the next key is still there: %v", err)
	}
}

func TestLocalTLS(t *testing.T) {
	data := filepath.Join(t.TempDir(), "it's data")
	r := startLocal(t, nil, "--data", data, "--tls")
	if !strings.HasPrefix(r.url, "https://127.0.0.1:") {
		t.Fatal(r.url)
	}
	code, stdout, _ := once(t, nil, "local", "env", "--tls", "--data", data)
	ca := filepath.Join(data, dataTLS, "ca.pem")
	if want := "export AWS_CA_BUNDLE='" + strings.ReplaceAll(ca, "'", `'\''`) + "'\n"; code != 0 || !strings.Contains(stdout, want) || !strings.HasPrefix(stdout, "export AWS_ENDPOINT_URL=https://127.0.0.1:4599\n") {
		t.Errorf("%d %s", code, stdout)
	}
	b, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(b)
	r.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	r.opens(r.sealed())
	r.stop()
}

func TestLocalEnv(t *testing.T) {
	code, stdout, stderr := once(t, nil, "local", "env", "--listen", "127.0.0.1:9000")
	want := `export AWS_ENDPOINT_URL=http://127.0.0.1:9000
export AWS_ENDPOINT_URL_STS=http://127.0.0.1:9000
export AWS_ACCESS_KEY_ID=AKIABEDLOCKLOCAL0000
export AWS_SECRET_ACCESS_KEY=bedlock-local
export AWS_REGION=us-east-1
export AWS_DEFAULT_REGION=us-east-1
unset AWS_SESSION_TOKEN AWS_PROFILE
`
	if code != 0 || stdout != want || stderr != "" {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
}

func TestLocalModes(t *testing.T) {
	r := startLocal(t, nil, "--allow-all", "--throttle")
	ctx := t.Context()
	r.sealed()
	var e smithy.APIError
	for i := range 50 { // 5 a second
		_, err := r.kms().CreateKey(ctx, &awskms.CreateKeyInput{})
		if errors.As(err, &e) {
			break
		}
		if i == 49 {
			t.Fatal("nothing is throttled")
		}
	}
	if e.ErrorCode() != "ThrottlingException" || e.ErrorMessage() != "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls." {
		t.Errorf("%v", e)
	}
	answer, err := r.client.Get(r.url + "/_bedlock/health")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if answer.StatusCode != 200 || string(b) != `{"status":"ok"}` {
		t.Errorf("%d %s", answer.StatusCode, b)
	}
	if stderr := r.stop(); !strings.HasPrefix(stderr, "WARNING: --allow-all: ") {
		t.Errorf("the warning is %q", stderr)
	}
}

func TestLocalRefusals(t *testing.T) {
	dir := t.TempDir()
	seed := func(text string) string {
		path := filepath.Join(dir, "seed.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	open := filepath.Join(dir, "open.key")
	if err := os.WriteFile(open, []byte(strings.Repeat("k", 32)), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		vars map[string]string
		want []string
	}{
		"all interfaces":    {[]string{"--listen", ":0"}, nil, []string{"a plane whose access key everybody knows listens on loopback only", "--seed FILE"}},
		"the demo to all":   {[]string{"--listen", ":0", "--seed", "demo"}, nil, []string{"a plane whose access key everybody knows listens on loopback only", "--seed FILE"}},
		"another interface": {[]string{"--listen", "192.0.2.1:0"}, nil, []string{"listens on loopback only"}},
		"no port":           {[]string{"--listen", "127.0.0.1"}, nil, []string{"--listen 127.0.0.1", "an address is HOST:PORT"}},
		"no seed":           {[]string{"--seed", filepath.Join(dir, "none.yaml")}, nil, []string{"none.yaml", "docs/local.md"}},
		"an unknown field":  {[]string{"--seed", seed("accounts:\n  \"111122223333\":\n    user: []\n")}, nil, []string{"seed.yaml", "line 3", "user"}},
		"TLS without data":  {[]string{"--tls"}, nil, []string{"--tls needs --data"}},
		"two root keys":     {[]string{"--data", dir}, map[string]string{"BEDLOCK_ROOT_KEY": "x", "BEDLOCK_PASSPHRASE": "y"}, []string{"more than one root key"}},
		"a readable key":    {[]string{"--data", dir, "--root-key", open}, nil, []string{"open.key", "chmod 600"}},
		"a short phrase":    {[]string{"--data", dir}, map[string]string{"BEDLOCK_PASSPHRASE": "y"}, []string{"the least is 8"}},
		"an argument":       {[]string{"now"}, nil, []string{"now"}},
	} {
		args := append([]string{"local"}, c.args...)
		if !strings.Contains(strings.Join(args, " "), "--listen") {
			args = append(args, "--listen", "127.0.0.1:0")
		}
		code, stdout, stderr := once(t, c.vars, args...)
		if code != exitUsage || stdout != "" {
			t.Errorf("%s: exit %d %s", name, code, stdout)
		}
		for _, w := range c.want {
			if !strings.Contains(stderr, w) {
				t.Errorf("%s: %q lacks %q", name, stderr, w)
			}
		}
	}
}
