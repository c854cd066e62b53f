package emit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// released is in production by two aliases.
const released = fixtest.Production + `
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgentAlias", with: {agentId: "${agent}", agentAliasName: second, routingConfiguration: [{agentVersion: "1"}]}}
`

// publishing is a plan that publishes a guardrail, and the agent that names its version.
func publishing(t *testing.T, p *fixtest.Plane) *fix.Plan {
	t.Helper()
	types := []string{"AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent"}
	q := p.Request(newKey, fix.Selection{Types: types}, types...)
	q.Publish = true
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return fixtest.Again(t, plan)
}

// killingAfter stands before the AWS CLI: after the first call of an operation it kills the script.
const killingAfter = `#!/bin/sh
rc=0
%[1]s "$@" || rc=$?
case "$*" in
*" ${AFTER:-never} "*) if [ ! -e "$CALLS" ]; then : >"$CALLS"; kill -KILL 0; fi ;;
esac
exit "$rc"
`

// TestScriptVersions: the script learns which version came of the alias that it moved, also when it
// was killed before it could; nothing is published twice, and all of it goes back.
func TestScriptVersions(t *testing.T) {
	aws := quickCLI(t, awsCLI(t))
	type kill struct {
		after string
		undo  bool
	}
	kills := []kill{{after: "update-agent-alias"}, {after: "update-agent-alias", undo: true}, {after: "delete-agent-version", undo: true}}
	if os.Getenv("BEDLOCK_CLI") != "all" { // a call takes a while
		kills = kills[:2]
	}
	for _, c := range kills {
		t.Run(fmt.Sprintf("%s-%t", c.after, c.undo), func(t *testing.T) {
			p := fixtest.Open(t, released)
			plan := publishing(t, p)
			k := killed{t, p.Serve(), filepath.Dir(write(t, plan))}
			for name, text := range map[string]string{"bin/aws": fmt.Sprintf(killingAfter, aws), "bedlock-run-" + plan.ID + "/known": ""} {
				path := filepath.Join(k.dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			var args []string
			if c.after == "delete-agent-version" {
				k.run()
				args = []string{"--undo"}
			}
			cmd, out := k.start([]string{"AFTER=" + c.after}, args...)
			if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
				t.Fatalf("%v\n%s", err, out)
			}
			want := []string{"live 2", "second 2", "agent DRAFT", "agent 1", "agent 2", "guardrail DRAFT 2", "guardrail 1 1", "guardrail 2 2", "names 2"}
			if args = nil; c.undo {
				args = []string{"--undo"}
				want = []string{"live 1", "second 1", "agent DRAFT", "agent 1", "guardrail DRAFT 1", "guardrail 1 1", "names 1"}
			}
			k.run(args...)
			if d := cmp.Diff(want, stands(p)); d != "" {
				t.Error(d)
			}
		})
	}
}

// stands are the aliases and versions of the estate; a 2 after that of a guardrail says that it is under a key.
func stands(p *fixtest.Plane) (out []string) {
	agent := wire.Object{"agentId": p.Call("bedrock-agent", "ListAgents", wire.Object{}).Objects("agentSummaries")[0].Text("agentId")}
	for _, a := range p.Call("bedrock-agent", "ListAgentAliases", agent).Objects("agentAliasSummaries") {
		if a.Text("agentAliasId") != "TSTALIASID" {
			out = append(out, a.Text("agentAliasName")+" "+a.Objects("routingConfiguration")[0].Text("agentVersion"))
		}
	}
	for _, v := range p.Call("bedrock-agent", "ListAgentVersions", agent).Objects("agentVersionSummaries") {
		out = append(out, "agent "+v.Text("agentVersion"))
	}
	id := p.Call("bedrock", "ListGuardrails", wire.Object{}).Objects("guardrails")[0].Text("id")
	for _, v := range p.Call("bedrock", "ListGuardrails", wire.Object{"guardrailIdentifier": id}).Objects("guardrails") {
		keys := "1"
		if p.Call("bedrock", "GetGuardrail", wire.Object{"guardrailIdentifier": id, "guardrailVersion": v.Text("version")}).Has("kmsKeyArn") {
			keys = "2"
		}
		out = append(out, "guardrail "+v.Text("version")+" "+keys)
	}
	return append(out, "names "+p.Call("bedrock-agent", "GetAgent", agent).Text("agent.guardrailConfiguration.guardrailVersion"))
}

// TestVersionsAreLeftOut: the languages have no way to say which version came of a call, and say so.
func TestVersionsAreLeftOut(t *testing.T) {
	p := fixtest.Open(t, released)
	plan := publishing(t, p)
	var b bytes.Buffer
	if err := emit.Terraform(&b, plan, embedded(t)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(b.String()) {
		if rest, ok := strings.CutPrefix(line, "# Not here: "); ok {
			got = append(got, strings.TrimSpace(rest))
		}
	}
	want := []string{
		`guardrail "g": publish the draft as a new version: only calls do it. The script of the plan does it.`,
		`agent "a": under alias/bedrock, and with the versions that are published: it needs ${s06-publish-guardrail-g:version}, which only the call answers. The script of the plan does it.`,
		`agent "a": publish the draft as a new version, at which alias live points then: only calls do it. The script of the plan does it.`,
		`agent "a": point alias second at the new version: it needs ${s08-publish-agent-a:version}, which only the call answers. The script of the plan does it.`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
