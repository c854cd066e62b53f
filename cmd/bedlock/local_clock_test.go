package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/bedlock/bedlock/internal/store/sqlite"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/iam"
)

// jumping is a plane on disk whose clock jumps.
type jumping struct {
	t      *testing.T
	path   string
	root   *kms.Root
	now    atomic.Int64 // Unix seconds
	server *httptest.Server
	close  func()
}

func (j *jumping) Now() time.Time { return time.Unix(j.now.Load(), 0).UTC() }

func (j *jumping) jump(d time.Duration) { j.now.Add(int64(d / time.Second)) }

// open starts the plane, again if it runs.
func (j *jumping) open() {
	j.t.Helper()
	if j.close != nil {
		j.close()
	}
	must := func(err error) {
		j.t.Helper()
		if err != nil {
			j.t.Fatal(err)
		}
	}
	start, err := readSeed(&localFlags{})
	must(err)
	store, err := sqlite.Open(j.t.Context(), j.path)
	must(err)
	people, err := iam.Open(j.t.Context(), iam.Options{Now: j.Now})
	must(err)
	must(start.Identities(j.t.Context(), people))
	service, err := kms.Open(j.t.Context(), kms.Options{Store: store, Root: j.root, Now: j.Now, Authorizer: plane.Authorizer{Identities: people}})
	must(err)
	api, err := plane.KMS(service)
	must(err)
	h, err := plane.New(plane.Options{Services: []*plane.Service{api}, Identities: people, Now: j.Now, Throttle: plane.NewThrottle(j.Now)})
	must(err)
	j.server = httptest.NewServer(h)
	j.close = func() {
		j.server.Close()
		must(service.Close())
	}
}

// does calls an operation by a client whose clock is at.
func (j *jumping) does(at time.Time, operation string, in map[string]any) (status int, out map[string]any) {
	j.t.Helper()
	body := []byte("{}")
	if in != nil {
		body, _ = json.Marshal(in) // strings, numbers and bytes
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, j.server.URL, strings.NewReader(string(body)))
	if err != nil {
		j.t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "TrentService."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(r.Context(), aws.Credentials{AccessKeyID: localKeyID, SecretAccessKey: localSecret}, r, hex.EncodeToString(sum[:]), "kms", localRegion, at); err != nil {
		j.t.Fatal(err)
	}
	answer, err := j.server.Client().Do(r)
	if err != nil {
		j.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		j.t.Fatal(err)
	}
	if len(b) > 0 {
		if err := json.Unmarshal(b, &out); err != nil {
			j.t.Fatalf("%s: %s", operation, b)
		}
	}
	return answer.StatusCode, out
}

// ok is does with the clock of the plane, and must succeed.
func (j *jumping) ok(operation string, in map[string]any) map[string]any {
	j.t.Helper()
	status, out := j.does(j.Now(), operation, in)
	if status != http.StatusOK {
		j.t.Fatalf("at %v: %s: %d %v", j.Now(), operation, status, out)
	}
	return out
}

func (j *jumping) refused(operation string, in map[string]any, code, message string) {
	j.t.Helper()
	status, out := j.does(j.Now(), operation, in)
	if status != http.StatusBadRequest || out["__type"] != code || out["message"] != message && message != "" {
		j.t.Errorf("at %v: %s: %d %v, want %s %s", j.Now(), operation, status, out, code, message)
	}
}

// TestLocalClockJumps: whatever the clock does, what was made is there, what time has taken
// does not come back, and nobody has to wait until the clock has caught up.
func TestLocalClockJumps(t *testing.T) {
	dir := t.TempDir()
	root, err := kms.RootFile(filepath.Join(dir, dataRoot), true)
	if err != nil {
		t.Fatal(err)
	}
	j := &jumping{t: t, path: filepath.Join(dir, dataStore), root: root}
	j.now.Store(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC).Unix())
	j.open()
	defer func() { j.close() }()

	made := func() string { return j.ok("CreateKey", nil)["KeyMetadata"].(map[string]any)["KeyId"].(string) }
	kept, doomed := made(), made()
	sealed := map[string]any{}
	for _, id := range []string{kept, doomed} {
		sealed[id] = j.ok("Encrypt", map[string]any{"KeyId": id, "Plaintext": []byte("patient")})["CiphertextBlob"]
	}
	j.ok("CreateAlias", map[string]any{"AliasName": "alias/doomed", "TargetKeyId": doomed})
	opens := func(id string) {
		t.Helper()
		if out := j.ok("Decrypt", map[string]any{"CiphertextBlob": sealed[id]}); out["Plaintext"] != "cGF0aWVudA==" {
			t.Errorf("%v", out)
		}
	}

	noon := j.Now()
	j.jump(time.Hour)
	if status, out := j.does(noon, "ListKeys", nil); status != http.StatusBadRequest || out["__type"] != "InvalidSignatureException" || out["message"] != "Signature expired: 20261125T120000Z is now earlier than 20261125T125500Z (20261125T130000Z - 5 min.)" {
		t.Errorf("signed an hour ago: %d %v", status, out)
	}
	opens(kept)
	j.jump(-3 * time.Hour) // to before there was any key
	if status, out := j.does(noon, "ListKeys", nil); status != http.StatusBadRequest || out["__type"] != "InvalidSignatureException" || out["message"] != "Signature not yet current: 20261125T120000Z is still later than 20261125T100500Z (20261125T100000Z + 5 min.)" {
		t.Errorf("signed two hours ahead: %d %v", status, out)
	}
	for range 2 {
		opens(kept)
		if n := len(j.ok("ListKeys", nil)["Keys"].([]any)); n != 2 {
			t.Errorf("%d keys", n)
		}
		j.ok("CreateGrant", map[string]any{"KeyId": kept, "GranteePrincipal": "arn:aws:iam::" + localAccount + ":root", "Operations": []string{"Decrypt"}})
		j.open()
	}

	j.ok("ScheduleKeyDeletion", map[string]any{"KeyId": doomed, "PendingWindowInDays": 7})
	j.jump(-365 * 24 * time.Hour)
	j.open()
	j.refused("Decrypt", map[string]any{"CiphertextBlob": sealed[doomed]}, "KMSInvalidStateException", "arn:aws:kms:"+localRegion+":"+localAccount+":key/"+doomed+" is pending deletion.")
	j.jump((365 + 8) * 24 * time.Hour)
	for _, back := range []time.Duration{0, -8 * 24 * time.Hour, -10 * 365 * 24 * time.Hour} {
		j.jump(back)
		for range 2 {
			j.refused("DescribeKey", map[string]any{"KeyId": doomed}, "NotFoundException", "Key 'arn:aws:kms:"+localRegion+":"+localAccount+":key/"+doomed+"' does not exist")
			j.refused("DescribeKey", map[string]any{"KeyId": "alias/doomed"}, "NotFoundException", "Alias arn:aws:kms:"+localRegion+":"+localAccount+":alias/doomed is not found.")
			j.refused("CancelKeyDeletion", map[string]any{"KeyId": doomed}, "NotFoundException", "")
			opens(kept)
			j.open()
		}
	}

	quota := func() (admitted int) { // 5 CreateKey a second
		for range 20 {
			if status, out := j.does(j.Now(), "CreateKey", nil); status == http.StatusOK {
				admitted++
			} else if out["__type"] != "ThrottlingException" {
				t.Fatalf("%d %v", status, out)
			}
		}
		return admitted
	}
	j.open()
	for _, d := range []time.Duration{0, 2 * time.Second, 100 * 365 * 24 * time.Hour} {
		j.jump(d)
		if n := quota(); n != 5 {
			t.Errorf("%v later %d calls are admitted", d, n)
		}
	}
}
