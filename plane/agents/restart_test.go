package agents_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	w := &world{localtest.OpenKept(t, dir, estate), t}
	agent, flow := w.agent("secrets"), w.flow("f", each())
	w.prepare(flow.Id)
	session := localtest.Must(w.running(admin).CreateSession(t.Context(), &bedrockagentruntime.CreateSessionInput{EncryptionKeyArn: w.key("alias/one"), SessionMetadata: map[string]string{"a": "b"}}))(t)
	w.Close()

	w = &world{localtest.OpenKept(t, dir, ""), t}
	if got := w.getAgent(agent.AgentId); *got.Instruction != instruction || got.AgentStatus != "NOT_PREPARED" || !got.CreatedAt.Equal(*agent.CreatedAt) {
		t.Errorf("%+v", got)
	}
	if got := localtest.Must(w.invoke(admin, flow.Id, "TSTALIASID", []any{"yes"}))(t); got != `every "Say yes!"; stop ["Say yes!"]; SUCCESS` {
		t.Error(got)
	}
	if got := localtest.Must(w.running(admin).GetSession(t.Context(), &bedrockagentruntime.GetSessionInput{SessionIdentifier: session.SessionId}))(t); got.SessionMetadata["a"] != "b" {
		t.Errorf("%+v", got)
	}
}

func TestStatusesSettle(t *testing.T) {
	w := newWorld(t, func(o *local.Options) { o.Settle = time.Minute })
	ctx, c := t.Context(), w.as(admin)
	made := w.agent("secrets")
	update := &bedrockagent.UpdateAgentInput{
		AgentId: made.AgentId, AgentName: made.AgentName, FoundationModel: made.FoundationModel, AgentResourceRoleArn: made.AgentResourceRoleArn, Instruction: made.Instruction,
	}
	in := func(want string) {
		t.Helper()
		if got := w.getAgent(made.AgentId).AgentStatus; string(got) != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	refuses := func(state string) {
		t.Helper()
		_, err := c.UpdateAgent(ctx, update)
		refused(t, err, "ValidationException", "Update operation can't be performed on Agent when it is in "+state+" state. Retry the request when the agent is in a valid state.")
	}
	in("CREATING")
	refuses("Creating")
	w.Pass(time.Minute)
	in("NOT_PREPARED")
	localtest.Must(c.UpdateAgent(ctx, update))(t)
	in("UPDATING")
	refuses("Updating")
	w.Pass(time.Minute)
	localtest.Must(c.PrepareAgent(ctx, &bedrockagent.PrepareAgentInput{AgentId: made.AgentId}))(t)
	in("PREPARING")
	refuses("Preparing")
	w.Pass(time.Minute)
	in("PREPARED")
	alias := localtest.Must(c.CreateAgentAlias(ctx, &bedrockagent.CreateAgentAliasInput{AgentId: made.AgentId, AgentAliasName: aws.String("live")}))(t).AgentAlias
	in("VERSIONING")
	refuses("Versioning")
	get := &bedrockagent.GetAgentAliasInput{AgentId: made.AgentId, AgentAliasId: alias.AgentAliasId}
	if got := localtest.Must(c.GetAgentAlias(ctx, get))(t).AgentAlias; got.AgentAliasStatus != "CREATING" {
		t.Error(got.AgentAliasStatus)
	}
	w.Pass(time.Minute)
	in("PREPARED")
	if got := localtest.Must(c.GetAgentAlias(ctx, get))(t).AgentAlias; got.AgentAliasStatus != "PREPARED" || *got.RoutingConfiguration[0].AgentVersion != "1" {
		t.Errorf("%+v", got)
	}
	localtest.Must(c.DeleteAgent(ctx, &bedrockagent.DeleteAgentInput{AgentId: made.AgentId, SkipResourceInUseCheck: true}))(t)
	in("DELETING")
	refuses("Deleting")
	w.Pass(time.Minute)
	_, err := c.GetAgent(ctx, &bedrockagent.GetAgentInput{AgentId: made.AgentId})
	refused(t, err, "ResourceNotFoundException", absent)
}
