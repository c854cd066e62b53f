package fix_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// sparing is an estate that refuses some operations.
type sparing struct {
	fix.Estate
	refuses []string
}

type noAccess struct{}

func (noAccess) Error() string     { return "no" }
func (noAccess) ErrorCode() string { return "AccessDeniedException" }

func (e sparing) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if slices.Contains(e.refuses, c.Operation) {
		return nil, noAccess{}
	}
	return e.Estate.Call(ctx, at, c)
}

// TestRest: a step has what its calls keep, without what changes by itself; where that may not be
// read there is a plan without it.
func TestRest(t *testing.T) {
	p := fixtest.Open(t, `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}}
`)
	agent := p.Call("bedrock-agent", "CreateAgent", wire.Object{"agentName": "a", "agentResourceRoleArn": "arn:aws:iam::111122223333:role/app", "foundationModel": "amazon.nova-pro-v1:0", "instruction": "You answer what customers ask about their orders, and nothing else."}).Text("agent.agentId")
	p.Call("bedrock-agent", "CreateAgentActionGroup", wire.Object{"agentId": agent, "agentVersion": "DRAFT", "actionGroupName": "act", "actionGroupExecutor": wire.Object{"customControl": "RETURN_CONTROL"}})
	p.Call("dynamodb", "CreateTable", wire.Object{"TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
		"AttributeDefinitions":   []any{wire.Object{"AttributeName": "k", "AttributeType": "S"}, wire.Object{"AttributeName": "s", "AttributeType": "S"}},
		"KeySchema":              []any{wire.Object{"AttributeName": "k", "KeyType": "HASH"}},
		"GlobalSecondaryIndexes": []any{wire.Object{"IndexName": "index", "KeySchema": []any{wire.Object{"AttributeName": "s", "KeyType": "HASH"}}, "Projection": wire.Object{"ProjectionType": "ALL"}}},
	})
	rests := func(e fix.Estate) (out []wire.Object) {
		q := p.Request(fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/new"}, fix.Selection{}, "AWS::Bedrock::Agent", "AWS::DynamoDB::Table")
		q.Estate, q.Now = e, time.Now()
		plan, err := fix.Make(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range plan.Steps {
			if s := &plan.Steps[i]; s.Kind == fix.Update {
				out = append(out, s.Rest)
			}
		}
		return out
	}
	got := rests(p.Estate())
	want := wire.Object{
		"actionGroups":       []any{wire.Object{"actionGroupName": "act", "actionGroupState": "ENABLED", "actionGroupExecutor": wire.Object{"customControl": "RETURN_CONTROL"}}},
		"agentCollaborators": []any{}, "knowledgeBases": []any{},
	}
	if len(got) != 2 {
		t.Fatal(got)
	}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Error(d)
	}
	indexes := got[1].Objects("GlobalSecondaryIndexes")
	if len(indexes) != 1 || indexes[0].Has("ItemCount") || indexes[0].Has("IndexArn") || indexes[0].Text("IndexName") != "index" || got[1].Has("TableStatus") || got[1].Text("BillingModeSummary.BillingMode") != "PAY_PER_REQUEST" {
		t.Errorf("%v", got[1])
	}
	for _, operation := range []string{"ListAgentActionGroups", "GetAgentActionGroup", "ListAgentKnowledgeBases", "ListAgentCollaborators"} {
		if got := rests(sparing{p.Estate(), []string{operation}}); got[0] != nil || got[1] == nil {
			t.Errorf("without %s: %v", operation, got)
		}
	}
}
