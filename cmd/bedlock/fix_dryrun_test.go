//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix/dryrun"
	"github.com/bedlock/bedlock/internal/fix/verify"
)

// triedSeed is an account with a flow whose role may use keys directly, and an operator who may
// read.
const triedSeed = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAADMIN0000000, secret: admin}]}
    roles:
      - name: runner
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com, AWS: "arn:aws:iam::111122223333:root"}, Action: "sts:AssumeRole"}]}
        policies: {keys: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*"}]}}
      - name: operator
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:user/admin"}, Action: "sts:AssumeRole"}]}
        policies: {read: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["kms:Get*", "kms:List*", "kms:DescribeKey", "iam:Get*", "iam:List*", "bedrock:Get*", "bedrock:List*", "ec2:DescribeRegions", "cloudtrail:LookupEvents"], Resource: "*"}]}}
    keys:
      - {region: eu-west-1, alias: alias/app, rotation: true, policy: {Version: "2012-10-17", Statement: [{Sid: Manage, Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateFlow", with: {name: f, executionRoleArn: "arn:aws:iam::111122223333:role/runner"}}
`

// TestFixDryRuns: with the policy that is printed for them, the dry runs of an operator and of the
// roles that need the key are made, and verify has them in its record.
func TestFixDryRuns(t *testing.T) {
	f := newFixerOf(t, triedSeed)
	f.run(0, "plan", "aws", "--rate", "1000", "--type", "AWS::Bedrock::Flow", "--to", "alias/app", "-o", "plan.json")
	const runner = "arn:aws:iam::111122223333:role/runner"
	if policy := f.run(0, "apply", "plan.json", "--print-policy"); strings.Contains(policy, "sts:AssumeRole") {
		t.Errorf("nobody asked for it: %s", policy)
	}
	policy := f.run(0, "apply", "plan.json", "--print-policy", "--try-as-roles")
	var doc struct {
		Statement []struct {
			Action, Resource []string
		}
	}
	if err := json.Unmarshal([]byte(policy), &doc); err != nil {
		t.Fatal(err)
	}
	var assumed []string
	for _, s := range doc.Statement {
		if slices.Contains(s.Action, "sts:AssumeRole") {
			assumed = append(assumed, s.Resource...)
		}
	}
	if !slices.Equal(assumed, []string{runner}) {
		t.Errorf("roles that may be assumed: %v", assumed)
	}
	f.put("operator", policy)
	args := []string{"--role", "operator", "--rate", "1000", "--try-as-roles"}
	said := f.run(0, append([]string{"apply", "plan.json", "--yes", "--no-rehearsal"}, args...)...)
	// The operator's own policy is for the service alone.
	if want := "Dry runs of KMS: 2 proved, 2 not possible\n  2 calls: the policies allow it only through bedrock.eu-west-1.amazonaws.com\n"; !strings.Contains(said, want) {
		t.Errorf("apply says %s", said)
	}
	said = f.run(0, append([]string{"verify", "plan.json", "-o", "evidence.json"}, args...)...)
	if !strings.Contains(said, "\nDry runs of KMS: 2 proved, 2 not possible\n") {
		t.Errorf("verify says %s", said)
	}
	b, err := os.ReadFile(filepath.Join(f.dir, "evidence.json"))
	if err != nil {
		t.Fatal(err)
	}
	var record verify.Record
	if err := json.Unmarshal(b, &record); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(record.DryRuns, func(r dryrun.Result) bool { return r.Who == runner && r.Actions[0] == "kms:Decrypt" })
	if i < 0 || record.DryRuns[i].Outcome != dryrun.Proved || !strings.HasPrefix(record.DryRuns[i].Context["aws:bedrock-flows:arn"], "arn:aws:bedrock:eu-west-1:111122223333:flow/") || len(record.DryRuns) != 4 {
		t.Errorf("%+v", record.DryRuns)
	}
	if said = f.run(0, "verify", "plan.json", "--rate", "1000"); strings.Contains(said, "Dry runs") {
		t.Errorf("nobody asked for dry runs: %s", said)
	}
}

// put gives a role a policy.
func (f *fixer) put(role, policy string) {
	f.t.Helper()
	url := ""
	for _, v := range f.near {
		if at, ok := strings.CutPrefix(v, "AWS_ENDPOINT_URL="); ok {
			url = at
		}
	}
	c, err := awsapi.NewClient(f.t.Context(), awsapi.ClientOptions{Config: awsapi.At(url, "AKIAADMIN0000000", "admin", "eu-west-1", http.DefaultClient), Rate: 1000})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err = c.Call(f.t.Context(), awsapi.Call{Account: "111122223333", Region: "eu-west-1", Service: "iam", Operation: "PutRolePolicy", Input: map[string]any{"RoleName": role, "PolicyName": "printed", "PolicyDocument": policy}}); err != nil {
		f.t.Fatal(err)
	}
}

// TestFixDryRunRefused: a refusal that lasts ends the run before a resource is changed, with both
// decisions, and what was done is taken back; --no-dry-run goes on without.
func TestFixDryRunRefused(t *testing.T) {
	f := newFixerOf(t, triedSeed)
	f.run(0, "plan", "aws", "--rate", "1000", "--type", "AWS::Bedrock::Flow", "--to", "alias/app", "-o", "plan.json")
	plane := f.to
	refused := 0
	f.to = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !bytes.Contains(body, []byte(`"DryRun":true`)) {
			plane.ServeHTTP(w, r)
			return
		}
		refused++
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"AccessDeniedException","Message":"not today"}`)
	})
	cmd, said := f.command(f.far, append(slices.Clone(applying), "--try-for", "1s")...)
	_ = cmd.Run()
	text := said.String()
	if got := cmd.ProcessState.ExitCode(); got != exitIncomplete || refused != 4 {
		t.Fatalf("exit %d, %d refused: %s", got, refused, text)
	}
	for _, part := range []string{
		"KMS refuses 2 calls that the policy engine allows; asking again for 1s at most\n",
		"KMS refuses what the policy engine allows: arn:aws:iam::111122223333:user/admin: kms:GenerateDataKey, with aws:bedrock-flows:arn = arn:aws:bedrock:eu-west-1:111122223333:flow/",
		"the policy engine: kms:GenerateDataKey is allowed: statement 1 of policy AdministratorAccess of user admin allows, ",
		"AWS, asked 2 times: AccessDeniedException: not today", "(--no-dry-run applies the plan without asking KMS)", "everything is as it was",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%s\n\nlacks %s", text, part)
		}
	}
	cmd, said = f.command(f.far, append(slices.Clone(applying), "--no-dry-run", "--journal", "another")...)
	if _ = cmd.Run(); cmd.ProcessState.ExitCode() != 0 || refused != 4 {
		t.Errorf("without dry runs: exit %d: %s", cmd.ProcessState.ExitCode(), said)
	}
	f.run(2, append(slices.Clone(applying), "--no-dry-run", "--try-as-roles")...)
	f.run(2, append(slices.Clone(applying), "--try-for", "-1s")...)
}
