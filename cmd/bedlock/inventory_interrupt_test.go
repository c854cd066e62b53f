//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// distance is between a collector and a plane: every call takes a while, and one of them, if
// asked for, is the moment at which something happens.
type distance struct {
	to     http.Handler
	calls  atomic.Int64
	at     atomic.Int64 // the number of the call; 0: none
	happen func()
}

func (d *distance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.calls.Add(1) == d.at.Load() {
		d.happen()
	}
	<-time.After(2 * time.Millisecond)
	d.to.ServeHTTP(w, r)
}

// collector runs `bedlock inventory aws` against a plane in another process.
type collector struct {
	t        *testing.T
	distance *distance
	url      string
	env      []string
}

const (
	collectedRegions  = "eu-west-1,us-east-1"
	collectedAccounts = "100000000000,100000000001,100000000002"
)

// collectedSeed is three accounts that have the same in two Regions. The guardrails have no
// keys of their own: to be shown one is a use of its key, so that a second collection finds
// another last use.
func collectedSeed(t *testing.T) string {
	var accounts, calls strings.Builder
	for i, account := range strings.Split(collectedAccounts, ",") {
		fmt.Fprintf(&accounts, "  %q:\n    roles: [{name: auditor, trust: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Principal: {AWS: \"100000000000\"}, Action: \"sts:AssumeRole\"}]}, attached: [\"arn:aws:iam::aws:policy/AdministratorAccess\"]}]\n", account)
		if i == 0 {
			accounts.WriteString("    users: [{name: collector, access-keys: [{id: AKIACOLLECTOR000, secret: secret}], attached: [\"arn:aws:iam::aws:policy/AdministratorAccess\"]}]\n")
		}
		accounts.WriteString("    keys:\n")
		for region := range strings.SplitSeq(collectedRegions, ",") {
			for n := range 4 {
				fmt.Fprintf(&accounts, "      - {region: %s, alias: alias/k%d, policy: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Principal: {AWS: %q, Service: logs.%s.amazonaws.com}, Action: \"kms:*\", Resource: \"*\"}]}}\n", region, n, account, region)
			}
			for n := range 8 {
				fmt.Fprintf(&calls, "  - {account: %q, region: %s, do: \"bedrock:CreateGuardrail\", with: {name: g%d, blockedInputMessaging: n, blockedOutputsMessaging: n, wordPolicyConfig: {wordsConfig: [{text: w}]}}}\n", account, region, n)
				fmt.Fprintf(&calls, "  - {account: %q, region: %s, do: \"logs:CreateLogGroup\", with: {logGroupName: l%d, kmsKeyId: \"${key:alias/k%d}\"}}\n", account, region, n, n%4)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "seed.yaml")
	if err := os.WriteFile(path, []byte("accounts:\n"+accounts.String()+"calls:\n"+calls.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run collects into a file and returns the exit code and what it said.
func (c *collector) run(state, out string, interruptAt int64) (code int, said string) {
	c.t.Helper()
	cmd := exec.Command("bedlock", "inventory", "aws", "--account", collectedAccounts, "--role", "auditor", "--region", collectedRegions,
		"--type", "guardrail,AWS::Logs::LogGroup", "--rate", "5000", "--state", state, "-o", out)
	var stderr bytes.Buffer
	cmd.Env, cmd.Stderr = c.env, &stderr
	c.distance.happen = func() { _ = cmd.Process.Signal(syscall.SIGINT) }
	if interruptAt > 0 {
		interruptAt += c.distance.calls.Load()
	}
	c.distance.at.Store(interruptAt)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// TestInventoryInterrupted: a collection that is interrupted, at any call, ends with 130 and
// without an inventory; the same command, run again, goes on, and in the end writes what one
// that was not interrupted writes, to the byte.
func TestInventoryInterrupted(t *testing.T) {
	p := launch(t, nil, "--seed", collectedSeed(t))
	to, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	d := &distance{to: &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.Scheme, to.Host, r.In.Host // which is signed
	}}}
	server := httptest.NewServer(d)
	defer server.Close()
	c := &collector{t: t, distance: d, env: []string{
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "HOME=" + t.TempDir(), "AWS_ENDPOINT_URL=" + server.URL,
		"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIACOLLECTOR000", "AWS_SECRET_ACCESS_KEY=secret",
	}}
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if code, said := c.run(file("whole"), file("whole.json"), 0); code != 0 {
		t.Fatalf("exit %d: %s", code, said)
	}
	want, err := os.ReadFile(file("whole.json"))
	if err != nil {
		t.Fatal(err)
	}
	whole := d.calls.Load()
	if n := bytes.Count(want, []byte(`"type": "AWS::Bedrock::Guardrail"`)); n != 48 {
		t.Fatalf("%d guardrails, want 48 in %d bytes", n, len(want))
	}
	interrupted := 0
	for round := range 4 {
		state, out := file(fmt.Sprint("state", round)), file(fmt.Sprint(round, ".json"))
		for tries := 0; ; tries++ {
			if tries == 20 {
				t.Fatal("the collection does not come to an end")
			}
			at := 1 + rand.Int64N(whole)
			code, said := c.run(state, out, at)
			if code == 0 {
				break
			}
			if _, err := os.Stat(out); code != exitInterrupted || !strings.HasSuffix(said, "bedlock: interrupted\n") || err == nil {
				t.Fatalf("interrupted at call %d of %d: exit %d, %q, file: %v", at, whole, code, said, err)
			}
			interrupted++
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("round %d: the inventories differ: %d and %d bytes", round, len(got), len(want))
		}
		if left, err := os.ReadDir(state); err != nil || len(left) != 0 {
			t.Errorf("the state has %v, %v", left, err)
		}
	}
	if interrupted < 3 {
		t.Errorf("only %d interruptions", interrupted)
	}
	t.Logf("%d calls, %d interruptions", whole, interrupted)
}
