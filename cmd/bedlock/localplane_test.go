package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/internal/demo"
	"github.com/bedlock/bedlock/plane"
)

const rolesSeed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: admin}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
    roles:
      - name: app
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}
        policies:
          decrypt: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "kms:Decrypt", Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/records}
organization:
  id: o-a1b2c3d4e5
  root:
    id: r-ab12
    scps: [FullAWSAccess, {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "kms:ScheduleKeyDeletion", Resource: "*"}]}]
    accounts: ["111122223333"]
`

// holder is an access key with what belongs to it.
type holder struct{ id, secret, token string }

func (h holder) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: h.id, SecretAccessKey: h.secret, SessionToken: h.token}, nil
}

func (r *running) config(who holder) aws.Config {
	return aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String(r.url), HTTPClient: r.client, Credentials: who, Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
}

// message is the code and message of an error of the API.
func message(err error) string {
	var e smithy.APIError
	if !errors.As(err, &e) {
		return ""
	}
	return e.ErrorCode() + ": " + e.ErrorMessage()
}

// TestLocalRoles: a role of a seed is assumed and used; what policies forbid is refused, by
// the layer that forbids it; IAM changes it, and the change is kept.
func TestLocalRoles(t *testing.T) {
	dir := t.TempDir()
	path, data := filepath.Join(dir, "seed.yaml"), filepath.Join(dir, "data")
	if err := os.WriteFile(path, []byte(rolesSeed), 0o600); err != nil {
		t.Fatal(err)
	}
	admin, ctx := holder{"AKIAADMIN0000000", "admin", ""}, t.Context()
	const session = "User: arn:aws:sts::111122223333:assumed-role/app/one is not authorized to perform: "
	r := startLocal(t, nil, "--seed", path, "--data", data)
	keys := awskms.NewFromConfig(r.config(admin))
	sealed, err := keys.Encrypt(ctx, &awskms.EncryptInput{KeyId: aws.String("alias/records"), Plaintext: []byte("patient")})
	if err != nil {
		t.Fatal(err)
	}
	const nobody = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/nobody"},"Action":"kms:*","Resource":"*"}]}`
	_, err = keys.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: sealed.KeyId, Policy: aws.String(nobody)})
	if got := message(err); got != "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals." {
		t.Errorf("a policy for a role that does not exist: %s", got)
	}
	_, err = keys.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: sealed.KeyId})
	if got := message(err); !strings.HasPrefix(got, "AccessDeniedException: User: arn:aws:iam::111122223333:user/admin is not authorized to perform: kms:ScheduleKeyDeletion on resource: "+*sealed.KeyId+" with an explicit deny in a service control policy") {
		t.Error(got)
	}
	assumed, err := sts.NewFromConfig(r.config(admin)).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/app"), RoleSessionName: aws.String("one")})
	if err != nil {
		t.Fatal(err)
	}
	app := holder{*assumed.Credentials.AccessKeyId, *assumed.Credentials.SecretAccessKey, *assumed.Credentials.SessionToken}
	if who, err := sts.NewFromConfig(r.config(app)).GetCallerIdentity(ctx, nil); err != nil || *who.Arn != "arn:aws:sts::111122223333:assumed-role/app/one" {
		t.Errorf("%v %v", who, err)
	}
	asApp := awskms.NewFromConfig(r.config(app))
	if out, err := asApp.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}); err != nil || string(out.Plaintext) != "patient" {
		t.Errorf("%v %v", out, err)
	}
	_, err = asApp.Encrypt(ctx, &awskms.EncryptInput{KeyId: sealed.KeyId, Plaintext: []byte("x")})
	if got, want := message(err), "AccessDeniedException: "+session+"kms:Encrypt on resource: "+*sealed.KeyId+" because no identity-based policy allows the kms:Encrypt action"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if _, err := iam.NewFromConfig(r.config(admin)).DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("app"), PolicyName: aws.String("decrypt")}); err != nil {
		t.Fatal(err)
	}
	_, err = asApp.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	if got := message(err); !strings.HasPrefix(got, "AccessDeniedException: "+session+"kms:Decrypt") {
		t.Errorf("after the policy is gone: %s", got)
	}
	r.stop()

	// The seed does not bring the policy back, and the session goes on.
	r = startLocal(t, nil, "--seed", path, "--data", data)
	_, err = awskms.NewFromConfig(r.config(app)).Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	if got := message(err); !strings.HasPrefix(got, "AccessDeniedException: "+session+"kms:Decrypt") {
		t.Errorf("after a restart: %s", got)
	}
	r.stop()
}

// TestLocalTrail: calls, and what KMS does by itself, are in CloudTrail's files when the
// plane has ended.
func TestLocalTrail(t *testing.T) {
	dir := t.TempDir()
	r := startLocal(t, nil, "--trail", dir)
	r.opens(r.sealed())
	if _, err := r.kms().RotateKeyOnDemand(t.Context(), &awskms.RotateKeyOnDemandInput{KeyId: aws.String(r.key(types.KeySpecSymmetricDefault))}); err != nil {
		t.Fatal(err)
	}
	r.stop()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if rel, _ := filepath.Rel(dir, path); !strings.HasPrefix(rel, "AWSLogs/000000000000/CloudTrail/"+localRegion+"/") || !strings.HasSuffix(rel, ".json.gz") {
			t.Errorf("a file %s", rel)
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		var log struct{ Records []struct{ EventName string } }
		if err := json.NewDecoder(z).Decode(&log); err != nil {
			return err
		}
		for _, record := range log.Records {
			names = append(names, record.EventName)
		}
		return nil
	})
	slices.Sort(names)
	if want := []string{"CreateKey", "CreateKey", "Decrypt", "Encrypt", "RotateKey", "RotateKeyOnDemand"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%v, want %v: %v", names, want, err)
	}
}

// TestLocalPage: a browser gets the page without credentials, by the names of this machine
// only.
func TestLocalPage(t *testing.T) {
	r := startLocal(t, nil)
	r.opens(r.sealed())
	get := func(host, path string) (int, string) {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = host
		answer, err := r.client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(b)
	}
	if status, text := get("localhost", "/"); status != http.StatusOK || !strings.Contains(text, "000000000000") || !strings.Contains(text, "Decrypt") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := get("attacker.example", "/"); status != http.StatusMisdirectedRequest {
		t.Errorf("by the name of somebody else: %d", status)
	}
	if status, text := get("localhost", plane.MetricsPath); status != http.StatusOK || !strings.Contains(text, `aws_usage_call_count_total`) || !strings.Contains(text, "\ngo_goroutines ") {
		t.Errorf("metrics: %d %s", status, text)
	}
}

// TestLocalPageElsewhere: a plane that others reach has no page.
func TestLocalPageElsewhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seed.yaml")
	if err := os.WriteFile(path, []byte(rolesSeed), 0o600); err != nil {
		t.Fatal(err)
	}
	r := startLocal(t, nil, "--seed", path, "--listen", "0.0.0.0:0")
	answer, err := r.client.Get("http://127.0.0.1" + r.url[strings.LastIndexByte(r.url, ':'):])
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if b, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusNotFound || !strings.HasPrefix(string(b), "This plane has no page") {
		t.Errorf("%d %s %v", answer.StatusCode, b, err)
	}
}

// TestLocalWellKnown: data with the credentials that everybody knows is for loopback only.
func TestLocalWellKnown(t *testing.T) {
	dir := t.TempDir()
	path, data := filepath.Join(dir, "seed.yaml"), filepath.Join(dir, "data")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(rolesSeed, "111122223333", "999988887777")), 0o600); err != nil { // an account that no data has in another organization
		t.Fatal(err)
	}
	for id, seed := range map[string][]string{localKeyID: nil, demo.AccessKeyID: {"--seed", "demo"}} {
		r := startLocal(t, nil, append([]string{"--data", data + id}, seed...)...)
		r.stop()
		code, _, stderr := once(t, nil, "local", "--data", data+id, "--seed", path, "--listen", "0.0.0.0:0")
		if code != exitUsage || !strings.Contains(stderr, "the data has an access key that everybody knows") || !strings.Contains(stderr, "hint: delete the access key "+id+" with a plane on loopback") {
			t.Errorf("exit %d, %s", code, stderr)
		}
	}
}

// TestLocalXks: a proxy of an external key store is reached by its name at the address of
// --xks-proxy, and trusted by --xks-roots.
func TestLocalXks(t *testing.T) {
	asked := make(chan string, 10)
	proxy := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Host + r.URL.Path
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"xksProxyFleetSize":1,"xksProxyVendor":"Acme","xksProxyModel":"Proxy 1","ekmVendor":"Acme","ekmFleetDetails":[{"id":"1","model":"HSM","healthStatus":"ACTIVE"}]}`)
	}))
	defer proxy.Close()
	trusted := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	create := func(r *running) error {
		_, err := r.kms().CreateCustomKeyStore(t.Context(), &awskms.CreateCustomKeyStoreInput{
			CustomKeyStoreName: aws.String("outside"), CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore, XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint,
			XksProxyUriEndpoint: aws.String("https://example.com"), XksProxyUriPath: aws.String("/kms/xks/v1"),
			XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: aws.String("ABCDEFGHIJKLMNOPQRST"), RawSecretAccessKey: aws.String(strings.Repeat("s", 43))},
		})
		return err
	}
	at := "example.com=" + proxy.Listener.Addr().String()
	if err := create(startLocal(t, nil, "--xks-proxy", at)); !strings.HasPrefix(message(err), "XksProxy") || len(asked) > 0 {
		t.Errorf("without its certificate: %v, %d requests", err, len(asked))
	}
	if err := create(startLocal(t, nil, "--xks-proxy", at, "--xks-roots", trusted)); err != nil {
		t.Fatal(err)
	}
	if got := <-asked; got != "example.com/kms/xks/v1/health" {
		t.Errorf("the proxy was asked for %s", got)
	}
	for flag, text := range map[string]string{"--xks-roots": "none.pem", "--attestation-roots": "none.pem"} {
		code, _, stderr := once(t, nil, "local", "--listen", "127.0.0.1:0", flag, text)
		if code != exitUsage || !strings.Contains(stderr, flag+" none.pem: ") || !strings.Contains(stderr, "hint: the file has certificates in PEM") {
			t.Errorf("%s: exit %d, %s", flag, code, stderr)
		}
	}
}
