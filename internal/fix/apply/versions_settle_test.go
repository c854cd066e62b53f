package apply_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local"
)

// TestVersionsSettle: where statuses take a while, an agent is prepared when its update is through, the
// alias is read when it has moved, and a version is deleted when nothing points at it any more.
func TestVersionsSettle(t *testing.T) {
	start, read := time.Now(), atomic.Int64{}
	clock := func() time.Time { return start.Add(time.Duration(read.Add(1)) * time.Millisecond) } // it goes on when it is read
	b := &bench{fixtest.OpenWith(t, workshop, local.Options{Settle: 100 * time.Millisecond, Now: clock}), t, nil}
	b.names = []string{"$role", "arn:aws:iam::111122223333:role/service", "$model", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}
	settled := func(do, in, at, want string) {
		t.Helper()
		for got := ""; got != want; {
			got = b.do(do, in).Text(at)
		}
	}
	b.make([]making{{"$agent", "bedrock-agent CreateAgent", `{"agentName": "a", "foundationModel": "$model", "agentResourceRoleArn": "$role", "instruction": "Answer questions about what the company may tell."}`, "agent.agentId"}})
	settled("bedrock-agent GetAgent", `{"agentId": "$agent"}`, "agent.agentStatus", "NOT_PREPARED")
	b.make([]making{{"", "bedrock-agent PrepareAgent", `{"agentId": "$agent"}`, ""}})
	settled("bedrock-agent GetAgent", `{"agentId": "$agent"}`, "agent.agentStatus", "PREPARED")
	b.make([]making{{"$alias", "bedrock-agent CreateAgentAlias", `{"agentId": "$agent", "agentAliasName": "live"}`, "agentAlias.agentAliasId"}})
	settled("bedrock-agent GetAgentAlias", `{"agentId": "$agent", "agentAliasId": "$alias"}`, "agentAlias.agentAliasStatus", "PREPARED")

	plan := b.publishAll(newKey)
	j := journal(t, plan)
	o := apply.Options{Estate: b.Estate(), Told: told(t), Poll: time.Millisecond, Pause: time.Millisecond}
	if err := apply.Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	route := func() string {
		return b.do("bedrock-agent GetAgentAlias", `{"agentId": "$agent", "agentAliasId": "$alias"}`).Objects("agentAlias.routingConfiguration")[0].Text("agentVersion")
	}
	if got := route(); got != "2" {
		t.Errorf("the alias is at %s", got)
	}
	if err := apply.Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	versions := func() (out []string) {
		for _, v := range b.Call("bedrock-agent", "ListAgentVersions", wire.Object{"agentId": b.input(`{"x": "$agent"}`).Text("x")}).Objects("agentVersionSummaries") {
			if v.Text("agentStatus") != "DELETING" {
				out = append(out, v.Text("agentVersion"))
			}
		}
		return out
	}
	if d := cmp.Diff([]string{"1", "DRAFT", "1"}, append([]string{route()}, versions()...)); d != "" {
		t.Error(d)
	}
}
