//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fixSeed is an account with resources of several services that have no key.
const fixSeed = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAADMIN0000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: intake, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgent", with: {agentName: helper, agentResourceRoleArn: "arn:aws:iam::111122223333:role/app", foundationModel: "amazon.nova-pro-v1:0", instruction: "You answer what customers ask about their orders, and nothing else."}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreatePrompt", with: {name: letter, description: d, defaultVariant: a, variants: [{name: a, templateType: TEXT, templateConfiguration: {text: {text: hello}}}]}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "logs:CreateLogGroup", with: {logGroupName: /chat}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "dynamodb:CreateTable", with: {TableName: sessions, AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}}
`

var fixTypes = "guardrail,AWS::Bedrock::Agent,AWS::Bedrock::Prompt,AWS::Logs::LogGroup,AWS::DynamoDB::Table"

// fixer runs the commands of a fix in processes of their own, against a plane in another one.
type fixer struct {
	t    *testing.T
	dir  string
	near []string // the environment, at the plane itself
	far  []string // at the plane behind distance
	distance
}

func newFixer(t *testing.T) *fixer { return newFixerOf(t, fixSeed) }

func newFixerOf(t *testing.T, declared string) *fixer {
	dir := t.TempDir()
	seed := filepath.Join(dir, "seed.yaml")
	if err := os.WriteFile(seed, []byte(declared), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, nil, "--seed", seed)
	to, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixer{t: t, dir: dir}
	f.to = &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.Scheme, to.Host, r.In.Host // which is signed
	}}
	server := httptest.NewServer(&f.distance)
	t.Cleanup(server.Close)
	at := func(url string) []string {
		return []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CACHE_HOME=" + dir, "AWS_ENDPOINT_URL=" + url, "AWS_REGION=eu-west-1",
			"AWS_ACCESS_KEY_ID=AKIAADMIN0000000", "AWS_SECRET_ACCESS_KEY=admin", "AWS_EC2_METADATA_DISABLED=true",
		}
	}
	f.near, f.far = at(p.url), at(server.URL)
	return f
}

// command is a command line in the fixer's folder.
func (f *fixer) command(env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd, said := exec.Command("bedlock", args...), &bytes.Buffer{}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = f.dir, env, said, said
	return cmd, said
}

// run runs a command and demands its exit code.
func (f *fixer) run(code int, args ...string) string {
	f.t.Helper()
	cmd, said := f.command(f.near, args...)
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		f.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		f.t.Fatalf("bedlock %s: exit %d, want %d: %s", strings.Join(args, " "), got, code, said)
	}
	return said.String()
}

func (f *fixer) plan() string {
	return f.run(0, "plan", "aws", "--rate", "1000", "--type", fixTypes, "--alias", "alias/app", "-o", "plan.json")
}

// applying is the command line of an apply, undoing that of its undo.
var (
	applying = []string{"apply", "plan.json", "--yes", "--rate", "1000", "--no-rehearsal"}
	undoing  = []string{"undo", "plan.json.journal", "--yes", "--rate", "1000"}
)

// estate is what the account has: resources with their configuration as far as the inventory
// goes, and the keys that are enabled.
func (f *fixer) estate() string {
	f.t.Helper()
	f.run(0, "inventory", "aws", "--rate", "1000", "--type", fixTypes, "-o", "estate.json")
	b, err := os.ReadFile(filepath.Join(f.dir, "estate.json"))
	if err != nil {
		f.t.Fatal(err)
	}
	var inv struct {
		Resources, Aliases []json.RawMessage
		Keys               []struct {
			Name    string
			Manager struct{ Value string }
			State   struct{ Value string }
		}
	}
	if err := json.Unmarshal(b, &inv); err != nil {
		f.t.Fatal(err)
	}
	var out strings.Builder
	for _, r := range append(inv.Resources, inv.Aliases...) {
		fmt.Fprintf(&out, "%s\n", r)
	}
	for _, k := range inv.Keys {
		if k.State.Value == "Enabled" {
			fmt.Fprintln(&out, k.Name)
		}
	}
	return out.String()
}

// until runs a command, which is killed at random moments, until it comes to its end.
func (f *fixer) until(d time.Duration, args ...string) (kills int) {
	f.t.Helper()
	for {
		cmd, said := f.command(f.near, args...)
		if err := cmd.Start(); err != nil {
			f.t.Fatal(err)
		}
		timer := time.AfterFunc(rand.N(d), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		killed := !timer.Stop()
		switch code := cmd.ProcessState.ExitCode(); {
		case code == 0:
			return kills
		case !killed || code != -1:
			f.t.Fatalf("bedlock %s, after %d kills: exit %d: %s", strings.Join(args, " "), kills, code, said)
		}
		if kills++; kills == 50 {
			f.t.Fatal("it does not come to an end")
		}
	}
}

// TestFixKill kills apply and undo with kill -9 at random moments. The same commands go on until
// the estate is as planned, or as it was. BEDLOCK_KILL_ROUNDS sets the number of rounds.
func TestFixKill(t *testing.T) {
	rounds := 3
	if text := os.Getenv("BEDLOCK_KILL_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	}
	f := newFixer(t)
	original := f.estate()
	f.plan()
	journal := filepath.Join(f.dir, "plan.json.journal")
	began := time.Now()
	f.run(0, applying...)
	whole := time.Since(began)
	planned := f.run(0, "verify", "plan.json", "--rate", "1000")
	if !strings.Contains(planned, ": as planned\n") {
		t.Error(planned)
	}
	f.run(0, undoing...)
	kills := 0
	for round := range rounds {
		if err := os.Remove(journal); err != nil {
			t.Fatal(err)
		}
		if round%3 == 2 { // taken back wherever it was killed
			for {
				cmd, _ := f.command(f.near, applying...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(rand.N(whole), func() { _ = cmd.Process.Kill() })
				_ = cmd.Wait()
				if b, _ := os.ReadFile(journal); bytes.Contains(b, []byte("\n")) {
					break
				}
			}
		} else {
			kills += f.until(whole*3/2, applying...)
			f.run(0, "verify", "plan.json.journal", "--rate", "1000")
		}
		kills += f.until(whole*3/2, undoing...)
		if said := f.run(0, "verify", "plan.json.journal", "--rate", "1000"); !strings.Contains(said, "which was taken back: as planned\n") {
			t.Errorf("round %d: %s", round, said)
		}
		if now := f.estate(); now != original {
			t.Fatalf("round %d: it was\n%s\nand is\n%s", round, original, now)
		}
	}
	t.Logf("%d rounds, %d kills; a whole run takes %s", rounds, kills, whole)
}

// TestFixInterrupted: a run that is interrupted at any call ends with 130 and says how it goes on;
// the same command goes on.
func TestFixInterrupted(t *testing.T) {
	f := newFixer(t)
	f.plan()
	interrupted := 0
	for _, c := range []struct {
		args []string
		hint string
	}{{applying, "go on with the same command, or take it back with `bedlock undo plan.json.journal`"}, {undoing, "go on with the same command"}} {
		at := int64(12)
		for tries := 0; ; tries++ {
			cmd, said := f.command(f.far, c.args...)
			f.happen = func() { _ = cmd.Process.Signal(syscall.SIGINT) }
			f.at.Store(f.calls.Load() + at)
			_ = cmd.Run()
			if cmd.ProcessState.ExitCode() == 0 {
				break
			}
			if got := cmd.ProcessState.ExitCode(); got != exitInterrupted || !strings.Contains(said.String(), "bedlock: interrupted\n") || !strings.Contains(said.String(), c.hint) {
				t.Fatalf("%s: exit %d: %s", c.args[0], got, said)
			}
			if interrupted++; tries == 20 {
				t.Fatal("it does not come to an end")
			}
			at += 7
		}
	}
	if interrupted < 2 {
		t.Errorf("%d interruptions", interrupted)
	}
	f.at.Store(0)
	f.run(0, "verify", "plan.json", "--rate", "1000")
}

// TestFixSignals: SIGINT and SIGTERM at random moments end a run with 130, and the same command goes
// on until it comes to its end, there and back.
func TestFixSignals(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, seed))
	f := newFixer(t)
	f.plan()
	original := f.estate()
	begun := time.Now()
	f.run(0, applying...)
	whole := time.Since(begun)
	f.run(0, undoing...)
	interrupted := 0
	for _, args := range [][]string{applying, undoing, applying, undoing, applying, undoing} {
		if args[0] == "apply" {
			if err := os.Remove(filepath.Join(f.dir, "plan.json.journal")); err != nil {
				t.Fatal(err)
			}
		}
		for tries := 0; ; tries++ {
			cmd, said := f.command(f.near, args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			signal := []os.Signal{syscall.SIGINT, syscall.SIGTERM}[draw.IntN(2)]
			timer := time.AfterFunc(time.Duration(draw.Int64N(int64(whole))), func() { _ = cmd.Process.Signal(signal) })
			_ = cmd.Wait()
			timer.Stop()
			code := cmd.ProcessState.ExitCode()
			if code == 0 {
				break
			}
			// One that comes before the program listens ends it as the system does.
			if early := code == -1 && said.Len() == 0; !early && code != exitInterrupted {
				t.Fatalf("bedlock %s, %s: exit %d: %s", args[0], signal, code, said)
			}
			if interrupted++; tries == 100 {
				t.Fatal("it does not come to an end")
			}
		}
		f.run(0, "verify", "plan.json.journal", "--rate", "1000")
	}
	if now := f.estate(); now != original {
		t.Fatalf("it was\n%s\nand is\n%s", original, now)
	}
	t.Logf("%d interruptions; a whole run takes %s", interrupted, whole)
}

// TestFixTwoAtOnce: while one applies, others are told so, whatever they name, and change nothing.
func TestFixTwoAtOnce(t *testing.T) {
	f := newFixer(t)
	f.plan()
	var same, other, undo, look string
	f.happen = func() {
		same = f.run(4, applying...)
		other = f.run(4, append(applying, "--journal", "other.journal")...)
		undo = f.run(4, undoing...)
		look = f.run(2, "verify", "plan.json")
	}
	f.at.Store(f.calls.Load() + 15)
	cmd, said := f.command(f.far, applying...)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for _, c := range []struct{ got, want string }{
		{same, "bedlock: another plan is being applied to 111122223333-eu-west-1 (the lock is held by another process): wait for it to end\n"},
		{other, "bedlock: another plan is being applied to 111122223333-eu-west-1 (the lock is held by another process): wait for it to end\n"},
		{undo, "bedlock: journal plan.json.journal: held by another process\n  hint: a run goes on with it: wait for it to end\n"},
		{look, "bedlock: the run of plan.json.journal has not come to its end\n  hint: go on with `bedlock apply` or `bedlock undo`\n"},
	} {
		if c.got != c.want {
			t.Errorf("it says %q, want %q", c.got, c.want)
		}
	}
	if said := f.run(0, "verify", "plan.json", "--rate", "1000"); !strings.Contains(said, ": as planned\n") {
		t.Error(said)
	}
}
