package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
)

const streamSeed = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAADMIN0000000, secret: admin}]}
      - name: weak
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
        policies: {no: {Version: "2012-10-17", Statement: [{Sid: NoUpdates, Effect: Deny, Action: "bedrock:UpdateGuardrail", Resource: "*"}]}}
        access-keys: [{id: AKIAWEAK00000000, secret: weak}]
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: intake, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}}
`

// streamed runs a command that tells a stream, whose last message says what the exit code is.
func streamed(t *testing.T, code int, args ...string) (messages []bedlock.Message, stream string) {
	t.Helper()
	got, stream, stderr := once(t, nil, args...)
	if got != code || (code == 0) != (stderr == "") {
		t.Fatalf("%v: exit %d, want %d: %s", args, got, code, stderr)
	}
	d := json.NewDecoder(strings.NewReader(stream))
	d.DisallowUnknownFields()
	for d.More() {
		var m bedlock.Message
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		messages = append(messages, m)
	}
	if last := messages[len(messages)-1].Summary; last == nil || last.ExitCode != code {
		t.Fatalf("it ends with %+v", last)
	}
	return messages, stream
}

// TestRunStream: what apply and undo write as JSON, line by line: a rehearsal that shows that a plan
// would fail, a run that fails and is taken back, one that is applied, and its undo. Only what is
// another one each time has another name in the files.
func TestRunStream(t *testing.T) {
	streams, err := filepath.Abs(filepath.Join("testdata", "stream"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("seed.yaml", []byte(streamSeed), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": startLocal(t, nil, "--seed", "seed.yaml").url, "AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true",
		"HOME": dir, "XDG_CACHE_HOME": dir,
	} {
		t.Setenv(name, value)
	}
	as := func(id, secret string) {
		t.Setenv("AWS_ACCESS_KEY_ID", id)
		t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	}
	as("AKIAADMIN0000000", "admin")
	if code, _, stderr := once(t, nil, "plan", "aws", "--rate", "1000", "--type", "guardrail", "--alias", "alias/app", "-o", "plan.json"); code != 0 {
		t.Fatal(stderr)
	}
	b, err := os.ReadFile("plan.json")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := fix.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(b)
	fast := []string{"--rate", "1000", "--yes", "--format", "json"}
	check := func(name string, messages []bedlock.Message, stream string) {
		t.Helper()
		names := []string{plan.ID, "PLAN", hex.EncodeToString(digest[:]), "DIGEST", plan.Subjects[0].Resource, "GUARDRAIL"}
		made, _ := json.Marshal(plan.Made)
		started, _ := json.Marshal(messages[0].Config.Started)
		names = append(names, string(made), `"MADE"`, string(started), `"STARTED"`, buildVersion(), "VERSION")
		if run := messages[len(messages)-1].Summary.Run; run.ID != "" {
			names = append(names, run.ID, "RUN")
		}
		for _, m := range messages {
			if m.DryRun != nil {
				names = append(names, m.DryRun.Key, "KEY")
				break
			}
		}
		got := strings.NewReplacer(names...).Replace(stream)
		if id := regexp.MustCompile(`key/[0-9a-f-]{36}`).FindString(got); id != "" {
			got = strings.ReplaceAll(got, id, "key/ID")
		}
		golden := filepath.Join(streams, name+".ndjson")
		if os.Getenv("UPDATE_SCRIPTS") != "" {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}

	as("AKIAWEAK00000000", "weak")
	m, s := streamed(t, exitIncomplete, append([]string{"apply", "plan.json"}, fast...)...)
	check("unexpected", m, s)
	m, s = streamed(t, exitIncomplete, append([]string{"apply", "plan.json", "--no-rehearsal"}, fast...)...)
	check("failed", m, s)
	as("AKIAADMIN0000000", "admin")
	m, s = streamed(t, exitUsage, append([]string{"apply", "plan.json"}, fast...)...)
	check("ended", m, s)
	m, s = streamed(t, 0, append([]string{"apply", "plan.json", "--journal", "journal"}, fast...)...)
	check("applied", m, s)
	m, s = streamed(t, 0, append([]string{"undo", "journal"}, fast...)...)
	check("undone", m, s)

	// Who is asked nothing has to say so, and a full disk does not stop a run in the middle.
	if code, out, stderr := once(t, nil, "apply", "plan.json", "--format", "json"); code != exitUsage || out != "" || !strings.Contains(stderr, "hint: add --yes\n") {
		t.Errorf("exit %d, %s%s", code, out, stderr)
	}
	code, stderr := inProcess(t.Context(), fullDisk{}, append([]string{"apply", "plan.json", "--journal", "none"}, fast...)...)
	if code != exitFailed || !strings.Contains(stderr, "no space left on device") {
		t.Errorf("a full disk: exit %d, %s", code, stderr)
	}
	if _, err := os.Stat("none"); err == nil {
		t.Error("a run was begun that cannot be told")
	}
}
