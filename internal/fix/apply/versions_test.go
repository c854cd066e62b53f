package apply_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/internal/wire"
)

// pinning is an application in production: a guardrail version that an agent and a flow name, a
// prompt version that the flow names, aliases that point at versions of both, and an agent whose
// collaborator is the other one by its alias. The desk's key stays.
var pinning = []making{
	{"$guardrail", "bedrock CreateGuardrail", `{"name": "g", "description": "of the draft", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "wordPolicyConfig": {"wordsConfig": [{"text": "w"}]}}`, "guardrailId"},
	{"", "bedrock CreateGuardrailVersion", `{"guardrailIdentifier": "$guardrail"}`, ""},
	{"$prompt", "bedrock-agent CreatePrompt", `{"name": "p", "defaultVariant": "a", "variants": [{"name": "a", "modelId": "$model", "templateType": "TEXT", "templateConfiguration": {"text": {"text": "Say it"}}}]}`, "id"},
	{"", "bedrock-agent CreatePromptVersion", `{"promptIdentifier": "$prompt"}`, ""},
	{"$agent", "bedrock-agent CreateAgent", `{"agentName": "intake", "description": "d", "foundationModel": "$model", "agentResourceRoleArn": "$role", "instruction": "Answer questions about what the company may tell.",
		"guardrailConfiguration": {"guardrailIdentifier": "$guardrail", "guardrailVersion": "1"}}`, "agent.agentId"},
	{"", "bedrock-agent CreateAgentActionGroup", `{"agentId": "$agent", "agentVersion": "DRAFT", "actionGroupName": "act", "description": "d", "actionGroupExecutor": {"customControl": "RETURN_CONTROL"},
		"functionSchema": {"functions": [{"name": "f", "description": "d", "parameters": {"p": {"type": "string", "required": true}}}]}}`, ""},
	{"", "bedrock-agent PrepareAgent", `{"agentId": "$agent"}`, ""},
	{"$live", "bedrock-agent CreateAgentAlias", `{"agentId": "$agent", "agentAliasName": "live", "description": "of the alias"}`, "agentAlias.agentAliasId"},
	{"$second", "bedrock-agent CreateAgentAlias", `{"agentId": "$agent", "agentAliasName": "second", "routingConfiguration": [{"agentVersion": "1"}]}`, "agentAlias.agentAliasId"},
	{"$desk", "bedrock-agent CreateAgent", `{"agentName": "desk", "foundationModel": "$model", "agentResourceRoleArn": "$role", "instruction": "Ask the other agent whenever you do not know.", "agentCollaboration": "SUPERVISOR",
		"customerEncryptionKeyArn": "$old", "guardrailConfiguration": {"guardrailIdentifier": "arn:aws:bedrock:eu-west-1:111122223333:guardrail/$guardrail", "guardrailVersion": "1"}}`, "agent.agentId"},
	{"", "bedrock-agent AssociateAgentCollaborator", `{"agentId": "$desk", "agentVersion": "DRAFT", "collaboratorName": "c", "collaborationInstruction": "ask", "agentDescriptor": {"aliasArn": "arn:aws:bedrock:eu-west-1:111122223333:agent-alias/$agent/$live"}}`, ""},
	{"", "bedrock-agent PrepareAgent", `{"agentId": "$desk"}`, ""},
	{"$front", "bedrock-agent CreateAgentAlias", `{"agentId": "$desk", "agentAliasName": "front"}`, "agentAlias.agentAliasId"},
	{"$flow", "bedrock-agent CreateFlow", `{"name": "f", "executionRoleArn": "$role", "definition": ` + pinningDefinition + `}`, "id"},
	{"", "bedrock-agent PrepareFlow", `{"flowIdentifier": "$flow"}`, ""},
	{"", "bedrock-agent CreateFlowVersion", `{"flowIdentifier": "$flow"}`, ""},
	{"$alias", "bedrock-agent CreateFlowAlias", `{"flowIdentifier": "$flow", "name": "live", "routingConfiguration": [{"flowVersion": "1"}], "concurrencyConfiguration": {"type": "Manual", "maxConcurrency": 2}}`, "id"},
}

const pinningDefinition = `{
	"nodes": [
		{"name": "in", "type": "Input", "configuration": {"input": {}}, "outputs": [{"name": "document", "type": "String"}]},
		{"name": "ask", "type": "Prompt", "configuration": {"prompt": {"sourceConfiguration": {"resource": {"promptArn": "arn:aws:bedrock:eu-west-1:111122223333:prompt/$prompt:1"}},
			"guardrailConfiguration": {"guardrailIdentifier": "$guardrail", "guardrailVersion": "1"}}}, "inputs": [], "outputs": [{"name": "modelCompletion", "type": "String"}]},
		{"name": "out", "type": "Output", "configuration": {"output": {}}, "inputs": [{"name": "document", "type": "String", "expression": "$.data"}]}],
	"connections": [
		{"name": "first", "source": "in", "target": "out", "type": "Data", "configuration": {"data": {"sourceOutput": "document", "targetInput": "document"}}}]}`

// pinningRead is all of it; what changes is what production reads.
var pinningRead = []reading{
	{"bedrock ListGuardrails", `{"guardrailIdentifier": "$guardrail"}`, nil},
	{"bedrock-agent ListPrompts", `{"promptIdentifier": "$prompt"}`, nil},
	{"bedrock GetGuardrail", `{"guardrailIdentifier": "$guardrail"}`, []string{"kmsKeyArn"}},
	{"bedrock-agent GetPrompt", `{"promptIdentifier": "$prompt"}`, []string{"customerEncryptionKeyArn"}},
	{"bedrock-agent GetAgent", `{"agentId": "$agent"}`, []string{"agent.customerEncryptionKeyArn", "agent.guardrailConfiguration.guardrailVersion"}},
	{"bedrock-agent GetAgent", `{"agentId": "$desk"}`, []string{"agent.guardrailConfiguration.guardrailVersion"}},
	{"bedrock-agent GetFlow", `{"flowIdentifier": "$flow"}`, []string{"customerEncryptionKeyArn",
		"definition.nodes[1].configuration.prompt.guardrailConfiguration.guardrailVersion", "definition.nodes[1].configuration.prompt.sourceConfiguration.resource.promptArn"}},
	{"bedrock-agent GetAgentAlias", `{"agentId": "$agent", "agentAliasId": "$live"}`, []string{"agentAlias.routingConfiguration[0].agentVersion"}},
	{"bedrock-agent GetAgentAlias", `{"agentId": "$agent", "agentAliasId": "$second"}`, []string{"agentAlias.routingConfiguration[0].agentVersion"}},
	{"bedrock-agent GetAgentAlias", `{"agentId": "$desk", "agentAliasId": "$front"}`, []string{"agentAlias.routingConfiguration[0].agentVersion"}},
	{"bedrock-agent GetFlowAlias", `{"flowIdentifier": "$flow", "aliasIdentifier": "$alias"}`, []string{"routingConfiguration[0].flowVersion"}},
	{"bedrock-agent ListAgentVersions", `{"agentId": "$agent"}`, nil},
	{"bedrock-agent ListAgentVersions", `{"agentId": "$desk"}`, nil},
	{"bedrock-agent ListFlowVersions", `{"flowIdentifier": "$flow"}`, nil},
	{"bedrock-agent ListAgentActionGroups", `{"agentId": "$agent", "agentVersion": "DRAFT"}`, nil},
	{"bedrock-agent ListAgentCollaborators", `{"agentId": "$desk", "agentVersion": "DRAFT"}`, nil},
}

var versioned = []string{"AWS::Bedrock::Guardrail", "AWS::Bedrock::Prompt", "AWS::Bedrock::Flow", "AWS::Bedrock::Agent"}

func pinned(t *testing.T) *bench {
	b := &bench{fixtest.Open(t, workshop), t, nil}
	old := b.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/old"}).Text("KeyMetadata.Arn")
	b.names = []string{"$role", "arn:aws:iam::111122223333:role/service", "$old", old, "$model", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}
	b.make(pinning)
	return b
}

func (b *bench) publishAll(target fix.Target) *fix.Plan {
	b.t.Helper()
	q := b.Request(target, fix.Selection{Types: versioned}, versioned...)
	q.Publish = true
	plan, err := fix.Make(b.t.Context(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	return fixtest.Again(b.t, plan)
}

// readVersions reads all of it, aliases without their history.
func (b *bench) readVersions() []wire.Object {
	out := b.read(pinningRead)
	for i := range out {
		if a := out[i].Object("agentAlias"); a != nil {
			out[i]["agentAlias"] = a.Without("agentAliasHistoryEvents")
		}
	}
	return out
}

// TestVersions: what production uses is published again under the new key, whoever names a version
// names the new one, and nothing else changes; undo takes all of it back.
func TestVersions(t *testing.T) {
	b := pinned(t)
	before := b.readVersions()
	plan := b.publishAll(newKey)
	var titles []string
	for _, s := range plan.Steps {
		titles = append(titles, string(s.Kind)+" "+s.Title)
	}
	want := []string{
		"create-key create the key of alias/bedrock", "rotation rotate alias/bedrock every 365 days", "alias name it alias/bedrock",
		"identity-policy let role service use the key through the services that it calls",
		`update guardrail "g": under alias/bedrock`, `publish guardrail "g": publish the draft as a new version`,
		`update prompt "p": under alias/bedrock`, `publish prompt "p": publish the draft as a new version`,
		`update agent "intake": under alias/bedrock, and with the versions that are published`,
		`publish agent "intake": publish the draft as a new version, at which alias live points then`,
		`switch agent "intake": point alias second at the new version`,
		`switch agent "desk": name what is published`,
		`publish agent "desk": publish the draft as a new version, at which alias front points then`,
		`update flow "f": under alias/bedrock, and with the versions that are published`, `publish flow "f": publish the draft as a new version`, `switch flow "f": point alias live at the new version`,
	}
	if d := cmp.Diff(want, titles); d != "" {
		t.Error(d)
	}
	j := journal(t, plan)
	o := apply.Options{Estate: b.Estate(), Told: told(t), Poll: time.Millisecond, Pause: time.Millisecond}
	if err := apply.Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	after := b.readVersions()
	for i, r := range pinningRead {
		if r.changes == nil {
			continue
		}
		var changes []string
		for _, d := range fix.Compare(before[i], after[i]) {
			changes = append(changes, d.Path)
		}
		if d := cmp.Diff(r.changes, changes); d != "" {
			t.Errorf("%s: %s", r.do, d)
		}
	}
	b.production()
	if err := apply.Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, b.readVersions()); d != "" {
		t.Errorf("after undo: %s", d)
	}
}

// production wants each path of production to lead to the new key.
func (b *bench) production() {
	b.t.Helper()
	key := b.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/bedrock"}).Text("KeyMetadata.Arn")
	old := b.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/old"}).Text("KeyMetadata.Arn")
	want := map[string]string{
		"live 2": key, "live guardrail 2": key, "second 2": key, "second guardrail 2": key, "front 2": old, "front guardrail 2": key,
		"flow 2": key, "flow guardrail 2": key, "prompt 2": key,
	}
	if d := cmp.Diff(want, b.paths()); d != "" {
		b.t.Error(d)
	}
}

// paths are the keys to which the paths of production lead, from the aliases on.
func (b *bench) paths() map[string]string {
	b.t.Helper()
	under := map[string]string{}
	guardrail := func(who string, c wire.Object) {
		v := b.Call("bedrock", "GetGuardrail", wire.Object{"guardrailIdentifier": c.Text("guardrailIdentifier"), "guardrailVersion": c.Text("guardrailVersion")})
		under[who+" guardrail "+v.Text("version")] = v.Text("kmsKeyArn")
	}
	agent := func(name, id, alias string) {
		route := b.do("bedrock-agent GetAgentAlias", `{"agentId": "`+id+`", "agentAliasId": "`+alias+`"}`).Objects("agentAlias.routingConfiguration")[0]
		v := b.do("bedrock-agent GetAgentVersion", `{"agentId": "`+id+`", "agentVersion": "`+route.Text("agentVersion")+`"}`).Object("agentVersion")
		under[name+" "+v.Text("version")] = v.Text("customerEncryptionKeyArn")
		guardrail(name, v.Object("guardrailConfiguration"))
	}
	agent("live", "$agent", "$live")
	agent("second", "$agent", "$second")
	agent("front", "$desk", "$front")
	route := b.do("bedrock-agent GetFlowAlias", `{"flowIdentifier": "$flow", "aliasIdentifier": "$alias"}`).Objects("routingConfiguration")[0]
	flow := b.Call("bedrock-agent", "GetFlowVersion", b.input(`{"flowIdentifier": "$flow"}`).With(wire.Object{"flowVersion": route.Text("flowVersion")}))
	under["flow "+flow.Text("version")] = flow.Text("customerEncryptionKeyArn")
	node := flow.Objects("definition.nodes")[1].Object("configuration.prompt")
	guardrail("flow", node.Object("guardrailConfiguration"))
	named := node.Text("sourceConfiguration.resource.promptArn")
	prompt := b.Call("bedrock-agent", "GetPrompt", wire.Object{"promptIdentifier": named[:len(named)-2], "promptVersion": named[len(named)-1:]})
	under["prompt "+prompt.Text("version")] = prompt.Text("customerEncryptionKeyArn")
	return under
}

// TestVersionsRehearsed: the twin holds all of it, and nothing changes in it but what is meant to; a
// member that the plan would change besides is seen.
func TestVersionsRehearsed(t *testing.T) {
	b := pinned(t)
	inv := b.Inventory()
	plan := b.publishAll(newKey)
	r := rehearsed(t, inv, plan)
	if len(r.Left) > 0 || len(r.Unexpected) > 0 {
		t.Errorf("left %q, unexpected %q", r.Left, r.Unexpected)
	}
	for _, s := range r.Steps {
		if s.Outcome != rehearse.Done {
			t.Errorf("%s: %s %s", s.ID, s.Outcome, s.Error)
		}
	}
	for i := range plan.Steps {
		if s := &plan.Steps[i]; s.Title == `agent "desk": name what is published` {
			s.After["instruction"] = "something else, which nobody has asked for at all"
			s.Do[0].Input["instruction"] = s.After["instruction"]
		}
	}
	if err := plan.Seal(); err != nil {
		t.Fatal(err)
	}
	want := []string{`agent "desk" would change beside its key: instruction differs`}
	if d := cmp.Diff(want, rehearsed(t, inv, plan).Unexpected); d != "" {
		t.Error(d)
	}
}
