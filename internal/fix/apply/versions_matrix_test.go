package apply

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// production is an estate whose plan publishes everything that can be published: a guardrail that an
// agent and a flow name, a prompt that the flow names, and aliases of both.
func production(t *testing.T) scene {
	return scene{
		declared: `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - name: service
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:*", Resource: "*"}]}
`,
		made: func(p *fixtest.Plane) {
			script(t, p, map[string]string{"$role": "arn:aws:iam::111122223333:role/service"},
				`$guardrail guardrailId = bedrock CreateGuardrail {"name": "g", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "wordPolicyConfig": {"wordsConfig": [{"text": "w"}]}}`,
				`bedrock CreateGuardrailVersion {"guardrailIdentifier": "$guardrail$"}`,
				`$prompt arn = bedrock-agent CreatePrompt {"name": "p", "defaultVariant": "a", "variants": [{"name": "a", "templateType": "TEXT", "templateConfiguration": {"text": {"text": "Say it"}}}]}`,
				`bedrock-agent CreatePromptVersion {"promptIdentifier": "$prompt$"}`,
				`$agent agent.agentId = bedrock-agent CreateAgent {"agentName": "intake", "foundationModel": "amazon.nova-pro-v1:0", "agentResourceRoleArn": "$role$", "instruction": "You answer what customers ask about their orders, and nothing else.", "guardrailConfiguration": {"guardrailIdentifier": "$guardrail$", "guardrailVersion": "1"}}`,
				`bedrock-agent PrepareAgent {"agentId": "$agent$"}`,
				`bedrock-agent CreateAgentAlias {"agentId": "$agent$", "agentAliasName": "live", "description": "d"}`,
				`bedrock-agent CreateAgentAlias {"agentId": "$agent$", "agentAliasName": "second", "routingConfiguration": [{"agentVersion": "1"}]}`,
				`$flow id = bedrock-agent CreateFlow {"name": "f", "executionRoleArn": "$role$", "definition": {"nodes": [{"name": "start", "type": "Input", "outputs": [{"name": "document", "type": "String"}]}, {"name": "ask", "type": "Prompt", "configuration": {"prompt": {"sourceConfiguration": {"resource": {"promptArn": "$prompt$:1"}}, "guardrailConfiguration": {"guardrailIdentifier": "$guardrail$", "guardrailVersion": "1"}}}, "inputs": [], "outputs": [{"name": "modelCompletion", "type": "String"}]}, {"name": "stop", "type": "Output", "inputs": [{"name": "document", "type": "String", "expression": "$.data"}]}], "connections": [{"name": "first", "type": "Data", "source": "start", "target": "stop", "configuration": {"data": {"sourceOutput": "document", "targetInput": "document"}}}]}}`,
				`bedrock-agent PrepareFlow {"flowIdentifier": "$flow$"}`,
				`bedrock-agent CreateFlowVersion {"flowIdentifier": "$flow$"}`,
				`bedrock-agent CreateFlowAlias {"flowIdentifier": "$flow$", "name": "live", "routingConfiguration": [{"flowVersion": "1"}]}`,
			)
		},
		plan: func(p *fixtest.Plane) *fix.Plan {
			types := []string{"AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent", "AWS::Bedrock::Flow", "AWS::Bedrock::Prompt"}
			q := p.Request(newKey, fix.Selection{Types: types}, types...)
			q.Publish = true
			return fixtest.Again(t, made(t, q))
		},
	}
}

// TestVersionsCrashMatrix kills a run that publishes at every point that it has.
func TestVersionsCrashMatrix(t *testing.T) {
	newMatrix(t, production(t)).crashes(t)
}

// TestVersionsFailureMatrix lets every call of it go wrong, in every way.
func TestVersionsFailureMatrix(t *testing.T) {
	newMatrix(t, production(t)).failures(t)
}

// cutting is the step that publishes an agent.
func cutting(t *testing.T, p *fix.Plan) *fix.Step {
	t.Helper()
	for i := range p.Steps {
		if p.Steps[i].Learn != nil {
			return &p.Steps[i]
		}
	}
	t.Fatal("no step publishes the agent")
	return nil
}

// TestVersionsConflict: somebody else publishes the agent, or moves its alias, before and after the
// plan's step. Nothing of theirs is written over, and what was done before it is taken back.
func TestVersionsConflict(t *testing.T) {
	for _, c := range []struct {
		name   string
		when   string // before this call of the step
		theirs func(p *fixtest.Plane, agent, alias string)
		want   string
		moved  string // where the alias is at the end
	}{
		{"publishes", "ListAgentVersions", func(p *fixtest.Plane, agent, _ string) {
			p.Call("bedrock-agent", "CreateAgentAlias", wire.Object{"agentId": agent, "agentAliasName": "theirs"})
		}, "what ListAgentVersions lists (2 is new) was changed by somebody else since it was read", "1"},
		{"moves the alias", "GetAgentAlias", func(p *fixtest.Plane, agent, alias string) {
			p.Call("bedrock-agent", "UpdateAgentAlias", wire.Object{"agentId": agent, "agentAliasId": alias, "agentAliasName": "live", "description": "d", "routingConfiguration": []any{wire.Object{"agentVersion": "DRAFT"}}})
		}, "routingConfiguration[0].agentVersion differs", "DRAFT"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			s := production(t)
			p := fixtest.Open(t, s.declared)
			s.made(p)
			plan := s.plan(p)
			step := cutting(t, plan)
			agent, alias := step.Do[0].Input.Text("agentId"), step.Do[0].Input.Text("agentAliasId")
			j := records(t, plan)
			m := &between{Estate: p.Estate(), j: j, step: step.ID, when: c.when, do: func() { c.theirs(p, agent, alias) }}
			err := Apply(t.Context(), j, quick(m))
			var conflict *ConflictError
			if !errors.As(err, &conflict) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v", err)
			}
			if err := Undo(t.Context(), j, quick(p.Estate())); err != nil {
				t.Fatal(err)
			}
			now := p.Call("bedrock-agent", "GetAgentAlias", wire.Object{"agentId": agent, "agentAliasId": alias}).Objects("agentAlias.routingConfiguration")
			if got := now[0].Text("agentVersion"); got != c.moved {
				t.Errorf("the alias is at %s", got)
			}
		})
	}
}

func records(t *testing.T, p *fix.Plan) *Journal {
	t.Helper()
	j, err := Create(t.TempDir()+"/journal", p, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// between is an estate in which somebody else does something once, before a call of a step.
type between struct {
	fix.Estate
	j          *Journal
	step, when string
	do         func()
}

func (b *between) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Operation == b.when && b.do != nil && b.begun() {
		b.do()
		b.do = nil
	}
	return b.Estate.Call(ctx, at, c)
}

// begun says whether all steps before the one are done.
func (b *between) begun() bool {
	n := b.j.at[b.step]
	return n > 0 && b.j.of(b.j.plan.Steps[n-1].ID).done
}
