package apply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// published are drafts with versions.
var published = []making{
	{"$guardrail", "bedrock CreateGuardrail", `{"name": "g", "description": "of the draft", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "wordPolicyConfig": {"wordsConfig": [{"text": "w"}]}}`, "guardrailId"},
	{"", "bedrock CreateGuardrailVersion", `{"guardrailIdentifier": "$guardrail", "description": "of the version"}`, ""},
	{"$prompt", "bedrock-agent CreatePrompt", `{"name": "p", "defaultVariant": "a", "variants": [{"name": "a", "templateType": "TEXT", "templateConfiguration": {"text": {"text": "Say it"}}}]}`, "id"},
	{"", "bedrock-agent CreatePromptVersion", `{"promptIdentifier": "$prompt"}`, ""},
	{"$flow", "bedrock-agent CreateFlow", `{"name": "f", "executionRoleArn": "$role", "definition": ` + flowDefinition + `}`, "id"},
	{"", "bedrock-agent PrepareFlow", `{"flowIdentifier": "$flow"}`, ""},
	{"", "bedrock-agent CreateFlowVersion", `{"flowIdentifier": "$flow"}`, ""},
	{"", "bedrock-agent CreateFlowVersion", `{"flowIdentifier": "$flow"}`, ""},
	{"$alias", "bedrock-agent CreateFlowAlias", `{"flowIdentifier": "$flow", "name": "live", "description": "d", "routingConfiguration": [{"flowVersion": "1"}], "concurrencyConfiguration": {"type": "Manual", "maxConcurrency": 2}}`, "id"},
	{"$draft", "bedrock-agent CreateFlowAlias", `{"flowIdentifier": "$flow", "name": "next", "routingConfiguration": [{"flowVersion": "DRAFT"}]}`, "id"},
}

var publishedRead = []reading{
	{do: "bedrock ListGuardrails", in: `{"guardrailIdentifier": "$guardrail"}`},
	{do: "bedrock GetGuardrail", in: `{"guardrailIdentifier": "$guardrail"}`},
	{do: "bedrock-agent ListPrompts", in: `{"promptIdentifier": "$prompt"}`},
	{do: "bedrock-agent ListFlowVersions", in: `{"flowIdentifier": "$flow"}`},
	{do: "bedrock-agent GetFlowAlias", in: `{"flowIdentifier": "$flow", "aliasIdentifier": "$alias"}`},
	{do: "bedrock-agent GetFlowAlias", in: `{"flowIdentifier": "$flow", "aliasIdentifier": "$draft"}`},
}

var drafts = []string{"AWS::Bedrock::Guardrail", "AWS::Bedrock::Prompt", "AWS::Bedrock::Flow"}

func publishing(t *testing.T) *bench {
	b := &bench{fixtest.Open(t, workshop), t, []string{"$role", "arn:aws:iam::111122223333:role/service", "$model", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}}
	b.make(published)
	return b
}

func (b *bench) publish() *fix.Plan {
	b.t.Helper()
	q := b.Request(newKey, fix.Selection{Types: drafts}, drafts...)
	q.Publish = true
	plan, err := fix.Make(b.t.Context(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	return fixtest.Again(b.t, plan)
}

// TestPublish: drafts that are in use but for the key are published again and the aliases point at
// what was published; undo takes the versions back.
func TestPublish(t *testing.T) {
	b := publishing(t)
	before := b.read(publishedRead)
	plan := b.publish()
	var kinds []string
	for _, s := range plan.Steps {
		kinds = append(kinds, string(s.Kind)+" "+s.Title)
	}
	want := []string{
		"create-key create the key of alias/bedrock", "rotation rotate alias/bedrock every 365 days", "alias name it alias/bedrock",
		`update guardrail "g": under alias/bedrock`, `publish guardrail "g": publish the draft as a new version`,
		`update prompt "p": under alias/bedrock`, `publish prompt "p": publish the draft as a new version`,
		`update flow "f": under alias/bedrock`, `publish flow "f": publish the draft as a new version`, `switch flow "f": point alias live at the new version`,
	}
	if d := cmp.Diff(want, kinds); d != "" {
		t.Error(d)
	}
	j := journal(t, plan)
	o := apply.Options{Estate: b.Estate(), Told: told(t), Poll: time.Millisecond, Pause: time.Millisecond}
	if err := apply.Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	key := b.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/bedrock"}).Text("KeyMetadata.Arn")
	flow := b.do("bedrock-agent GetFlowVersion", `{"flowIdentifier": "$flow", "flowVersion": "3"}`)
	guardrail := b.do("bedrock GetGuardrail", `{"guardrailIdentifier": "$guardrail", "guardrailVersion": "2"}`)
	prompt := b.do("bedrock-agent GetPrompt", `{"promptIdentifier": "$prompt", "promptVersion": "2"}`)
	for what, got := range map[string]string{"flow": flow.Text("customerEncryptionKeyArn"), "guardrail": guardrail.Text("kmsKeyArn"), "prompt": prompt.Text("customerEncryptionKeyArn")} {
		if got != key {
			t.Errorf("the new version of the %s is under %q", what, got)
		}
	}
	alias := b.do("bedrock-agent GetFlowAlias", `{"flowIdentifier": "$flow", "aliasIdentifier": "$alias"}`)
	if d := cmp.Diff(before[4].With(wire.Object{"routingConfiguration": []any{wire.Object{"flowVersion": "3"}}}), still(alias)); d != "" {
		t.Errorf("the alias: %s", d)
	}
	if d := cmp.Diff(before[5], b.read(publishedRead)[5]); d != "" {
		t.Errorf("the alias of the draft: %s", d)
	}
	if err := apply.Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, b.read(publishedRead)); d != "" {
		t.Errorf("after undo: %s", d)
	}
}

// TestPublishIsForPeople: a draft that is not what is in use is not published, nor one with as many
// versions as there may be.
func TestPublishIsForPeople(t *testing.T) {
	b := publishing(t)
	b.do("bedrock UpdateGuardrail", `{"guardrailIdentifier": "$guardrail", "name": "g", "blockedInputMessaging": "other", "blockedOutputsMessaging": "out", "wordPolicyConfig": {"wordsConfig": [{"text": "w"}]}}`)
	for range 9 {
		b.do("bedrock-agent CreatePromptVersion", `{"promptIdentifier": "$prompt"}`)
	}
	b.do("bedrock-agent UpdateFlow", `{"flowIdentifier": "$flow", "name": "f", "executionRoleArn": "$role", "definition": `+flowDefinition+`}`)
	var why []string
	plan := b.publish()
	for _, m := range plan.Manual {
		why = append(why, fmt.Sprintf("%s: %s; %s", m.Title, m.Why, m.What))
	}
	want := []string{
		`guardrail "g": its versions: the draft has more than another key: blockedInputMessaging differs between version 1 and the draft; agents, flows, prompts and applications that name version 1 of the guardrail go on with it, under the old key`,
		`prompt "p": its versions: there are 10 versions already, and no more can be: delete one first; flows and applications that name version 10 of the prompt go on with it, under the old key`,
		`flow "f": its versions: its draft is not prepared: what would be published is not what runs; whatever names version 1 of the flow and no alias goes on with it, under the old key`,
	}
	if d := cmp.Diff(want, why); d != "" {
		t.Error(d)
	}
	for _, s := range plan.Steps {
		if s.Kind == fix.Publish || s.Kind == fix.Switch || strings.Contains(s.Title, "version") {
			t.Errorf("step %s", s.ID)
		}
	}
}
