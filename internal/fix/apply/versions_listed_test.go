package apply_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// manual is what a plan leaves to people about versions.
func manual(p *fix.Plan) (out []string) {
	for _, m := range p.Manual {
		if strings.HasPrefix(m.Title, "agent version") || strings.Contains(m.Title, "version ") {
			continue // a subject of its own
		}
		out = append(out, m.Title+": "+m.Why)
	}
	return out
}

func open(p *fix.Plan) (out []string) {
	for _, e := range p.Open {
		if strings.Contains(e.Text, "version") {
			out = append(out, e.Text)
		}
	}
	return out
}

// TestVersionsUnpublished: without --publish those who name versions are listed.
func TestVersionsUnpublished(t *testing.T) {
	b := pinned(t)
	plan := b.Plan(newKey, fix.Selection{Types: versioned}, versioned...)
	want := []string{
		`guardrail "g": its versions: a version keeps its key, and these name one: agent "intake" (version 1), flow "f" (version 1), agent "desk" (version 1)`,
		`prompt "p": its versions: a version keeps its key, and these name one: flow "f" (version 1)`,
	}
	got := manual(plan)
	for i := range got { // in the order of IDs, which are random
		got[i] = strings.Replace(got[i], `agent "desk" (version 1), flow "f" (version 1)`, `flow "f" (version 1), agent "desk" (version 1)`, 1)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, s := range plan.Steps {
		if s.Kind == fix.Publish || s.Kind == fix.Switch {
			t.Errorf("step %s", s.ID)
		}
	}
}

// TestVersionsLeft: what cannot follow is listed, and stays as it is: a version in use that is not the
// draft, one that names what the draft does not, an enforced guardrail, an alias with provisioned
// throughput.
func TestVersionsLeft(t *testing.T) {
	b := pinned(t)
	b.make([]making{
		// Another version of the flow, which an alias has, has another description of a node.
		{"", "bedrock-agent UpdateFlow", `{"flowIdentifier": "$flow", "name": "f", "executionRoleArn": "$role", "definition": ` + strings.Replace(pinningDefinition, `"name": "ask"`, `"name": "other"`, 1) + `}`, ""},
		{"", "bedrock-agent PrepareFlow", `{"flowIdentifier": "$flow"}`, ""},
		{"", "bedrock-agent CreateFlowVersion", `{"flowIdentifier": "$flow"}`, ""},
		{"$beta", "bedrock-agent CreateFlowAlias", `{"flowIdentifier": "$flow", "name": "beta", "routingConfiguration": [{"flowVersion": "2"}]}`, "id"},
		{"", "bedrock-agent UpdateFlow", `{"flowIdentifier": "$flow", "name": "f", "executionRoleArn": "$role", "definition": ` + pinningDefinition + `}`, ""},
		{"", "bedrock-agent PrepareFlow", `{"flowIdentifier": "$flow"}`, ""},
		// An agent in use names the version, and its draft does not.
		{"$clerk", "bedrock-agent CreateAgent", `{"agentName": "clerk", "foundationModel": "$model", "agentResourceRoleArn": "$role", "instruction": "Answer questions about what the company may tell.", "customerEncryptionKeyArn": "$old",
			"guardrailConfiguration": {"guardrailIdentifier": "$guardrail", "guardrailVersion": "1"}}`, "agent.agentId"},
		{"", "bedrock-agent PrepareAgent", `{"agentId": "$clerk"}`, ""},
		{"$desklive", "bedrock-agent CreateAgentAlias", `{"agentId": "$clerk", "agentAliasName": "clerk"}`, "agentAlias.agentAliasId"},
		{"", "bedrock-agent UpdateAgent", `{"agentId": "$clerk", "agentName": "clerk", "foundationModel": "$model", "agentResourceRoleArn": "$role", "instruction": "Answer questions about what the company may tell.", "customerEncryptionKeyArn": "$old"}`, ""},
		{"", "bedrock-agent PrepareAgent", `{"agentId": "$clerk"}`, ""},
		{"$config", "bedrock PutEnforcedGuardrailConfiguration", `{"guardrailInferenceConfig": {"guardrailIdentifier": "$guardrail", "guardrailVersion": "1"}}`, "configId"},
		// Something else is attached to the draft of an agent than to its version.
		{"", "bedrock-agent CreateAgentActionGroup", `{"agentId": "$agent", "agentVersion": "DRAFT", "actionGroupName": "more", "actionGroupExecutor": {"customControl": "RETURN_CONTROL"}, "functionSchema": {"functions": [{"name": "f", "description": "d"}]}}`, ""},
		{"", "bedrock-agent PrepareAgent", `{"agentId": "$agent"}`, ""},
	})
	plan := b.publishAll(newKey)
	want := map[string]bool{
		`agent "clerk": its versions: version 1, which is in use, names version 1 of guardrail "g", and its draft does not`:                                               true,
		`the guardrail that account 111122223333 enforces: it is version 1 of guardrail "g", and everybody who invokes a model needs its key: who that is no source says`: true,
		`agent "intake": its versions: the draft has more than another key: agentActionGroup.more is new between version 1 and the draft`:                                 true,
		`flow "f": its versions: the draft has more than another key: definition.nodes[1].name differs between version 2 and the draft`:                                   true,
	}
	for _, line := range manual(plan) {
		if strings.HasSuffix(line, "the code of applications is not read") {
			continue
		}
		if !want[line] {
			t.Errorf("%s", line)
		}
		delete(want, line)
	}
	for line := range want {
		t.Errorf("not said: %s", line)
	}
	for _, s := range plan.Steps {
		for _, not := range []string{"beta", "clerk", `"intake": publish`, "second"} {
			if strings.Contains(s.Title, not) {
				t.Errorf("step %s", s.Title)
			}
		}
	}
}

// TestVersionsUnread: what could not be read is said, and so is a consumer in another account.
func TestVersionsUnread(t *testing.T) {
	b := pinned(t)
	q := b.Request(newKey, fix.Selection{Types: versioned, Accounts: []string{fixtest.Account}}, versioned...)
	parts := q.Inventory.Parts()
	for _, r := range parts.Resources {
		if r.Type == "AWS::Bedrock::Agent" && r.Name.Or("") == "desk" {
			r.ID = strings.Replace(r.ID, fixtest.Account, "444455556666", 1)
			r.Account = inventory.Known("444455556666", r.At)
			parts.Resources = append(parts.Resources, r)
			break
		}
	}
	var err error
	if q.Inventory, err = inventory.New(parts); err != nil {
		t.Fatal(err)
	}
	q.Publish, q.Estate = true, partial{b.Estate()}
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"account 111122223333, eu-west-1: ListFlows: AccessDeniedException: whether one of them names a version that keeps its key is not known",
	}
	if d := cmp.Diff(want, open(plan)); d != "" {
		t.Error(d)
	}
	found := false
	for _, line := range manual(plan) {
		found = found || line == `agent "desk": it is in another account and names version 1 of guardrail "g"`
	}
	if !found {
		t.Errorf("%q", manual(plan))
	}
}

// partial is an estate that refuses to list flows, and that answers for another account as for its own.
type partial struct{ fix.Estate }

func (p partial) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Operation == "ListFlows" {
		return nil, denied("AccessDeniedException")
	}
	if at.Account == "444455556666" {
		at.Account = fixtest.Account
		out, err := p.Estate.Call(ctx, at, c)
		if g := out.Object("agent.guardrailConfiguration"); g != nil {
			g["guardrailIdentifier"] = "arn:aws:bedrock:eu-west-1:" + fixtest.Account + ":guardrail/" + g.Text("guardrailIdentifier")[strings.LastIndexByte(g.Text("guardrailIdentifier"), '/')+1:]
		}
		return out, err
	}
	return p.Estate.Call(ctx, at, c)
}

type denied string

func (d denied) Error() string     { return string(d) }
func (d denied) ErrorCode() string { return string(d) }

// TestVersionsAgain: what is published under the key already is not published again; back at the default
// of AWS, production has no key.
func TestVersionsAgain(t *testing.T) {
	b := pinned(t)
	o := apply.Options{Estate: b.Estate(), Told: told(t), Poll: time.Microsecond, Pause: time.Microsecond}
	if err := apply.Apply(t.Context(), journal(t, b.publishAll(newKey)), o); err != nil {
		t.Fatal(err)
	}
	key := b.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/bedrock"}).Text("KeyMetadata.Arn")
	again := func(target fix.Target) *fix.Plan {
		q := b.Request(target, fix.Selection{Types: versioned, Rungs: []bedlock.Rung{bedlock.Unusable, bedlock.Exposed, bedlock.Sound}}, versioned...)
		q.Publish = true
		q.Only.Match = func(r *inventory.Resource, _ string) bool { return r.Name.Or("") != "desk" }
		plan, err := fix.Make(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	for _, s := range again(fix.Target{Aim: fix.Existing, Key: key}).Steps {
		if s.Kind == fix.Publish || s.Kind == fix.Switch || s.Kind == fix.Update {
			t.Errorf("again: %s", s.Title)
		}
	}
	before := b.readVersions()
	j := journal(t, fixtest.Again(t, again(fix.Target{Aim: fix.Default})))
	if err := apply.Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	old := b.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/old"}).Text("KeyMetadata.Arn")
	want := map[string]string{
		"live 3": "", "live guardrail 3": "", "second 3": "", "second guardrail 3": "", "front 3": old, "front guardrail 3": "",
		"flow 3": "", "flow guardrail 3": "", "prompt 3": "",
	}
	if d := cmp.Diff(want, b.paths()); d != "" {
		t.Error(d)
	}
	if err := apply.Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, b.readVersions()); d != "" {
		t.Errorf("after undo: %s", d)
	}
}
