package agents_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const instruction = "You answer questions about the trade secrets of this company."

// agentIn is an agent with every member.
func (w *world) agentIn(name string) *bedrockagent.CreateAgentInput {
	return &bedrockagent.CreateAgentInput{
		AgentName: &name, Instruction: aws.String(instruction), FoundationModel: aws.String("anthropic.claude-v2"), Description: aws.String("d"),
		AgentResourceRoleArn: aws.String(role), CustomerEncryptionKeyArn: w.key("alias/one"), IdleSessionTTLInSeconds: aws.Int32(900),
		OrchestrationType: "DEFAULT", AgentCollaboration: "SUPERVISOR",
		GuardrailConfiguration: &types.GuardrailConfiguration{GuardrailIdentifier: aws.String("abc123"), GuardrailVersion: aws.String("1")},
		MemoryConfiguration:    &types.MemoryConfiguration{EnabledMemoryTypes: []types.MemoryType{"SESSION_SUMMARY"}, StorageDays: aws.Int32(7)},
		PromptOverrideConfiguration: &types.PromptOverrideConfiguration{PromptConfigurations: []types.PromptConfiguration{{
			PromptType: "ORCHESTRATION", PromptCreationMode: "OVERRIDDEN", BasePromptTemplate: aws.String("mine $question$"),
		}}},
		Tags: map[string]string{"team": "red"},
	}
}

func (w *world) agent(name string) *types.Agent {
	w.t.Helper()
	return localtest.Must(w.as(admin).CreateAgent(w.t.Context(), w.agentIn(name)))(w.t).Agent
}

func (w *world) getAgent(id *string) *types.Agent {
	w.t.Helper()
	return localtest.Must(w.as(admin).GetAgent(w.t.Context(), &bedrockagent.GetAgentInput{AgentId: id}))(w.t).Agent
}

func TestAgent(t *testing.T) {
	w := newWorld(t)
	made := w.agent("secrets")
	if made.AgentStatus != "CREATING" || *made.AgentVersion != "DRAFT" || len(*made.AgentId) != 10 {
		t.Errorf("status %s, version %s, id %s", made.AgentStatus, *made.AgentVersion, *made.AgentId)
	}
	if want := "arn:aws:bedrock:eu-west-1:111122223333:agent/" + *made.AgentId; *made.AgentArn != want {
		t.Errorf("arn %s, want %s", *made.AgentArn, want)
	}
	got := w.getAgent(made.AgentId)
	if got.AgentStatus != "NOT_PREPARED" || *got.Instruction != instruction || *got.CustomerEncryptionKeyArn != *w.key("alias/one") || *got.IdleSessionTTLInSeconds != 900 {
		t.Errorf("%+v", got)
	}
	var modes []string
	for _, p := range got.PromptOverrideConfiguration.PromptConfigurations {
		modes = append(modes, string(p.PromptType)+" "+string(p.PromptCreationMode))
	}
	if s := strings.Join(modes, ", "); s != "PRE_PROCESSING DEFAULT, ORCHESTRATION OVERRIDDEN, POST_PROCESSING DEFAULT, KNOWLEDGE_BASE_RESPONSE_GENERATION DEFAULT, MEMORY_SUMMARIZATION DEFAULT" {
		t.Error(s)
	}
	if p := got.PromptOverrideConfiguration.PromptConfigurations[1]; *p.BasePromptTemplate != "mine $question$" {
		t.Error(*p.BasePromptTemplate)
	}
	_, err := w.as(admin).CreateAgent(t.Context(), w.agentIn("secrets"))
	refused(t, err, "ConflictException", "Cannot create a new agent as an agent with the same name already exists.")
	_, err = w.as(admin).GetAgent(t.Context(), &bedrockagent.GetAgentInput{AgentId: aws.String("NOTTHEREX1")})
	refused(t, err, "ResourceNotFoundException", absent)
	_, err = w.as(roleless).CreateAgent(t.Context(), w.agentIn("other"))
	refused(t, err, "AccessDeniedException", "is not authorized to perform: iam:PassRole on resource: "+role)
}

func TestUpdateAgentReplaces(t *testing.T) {
	w := newWorld(t)
	made := w.agent("secrets")
	out := localtest.Must(w.as(admin).UpdateAgent(t.Context(), &bedrockagent.UpdateAgentInput{
		AgentId: made.AgentId, AgentName: aws.String("renamed"), FoundationModel: aws.String("amazon.nova-lite-v1:0"), AgentResourceRoleArn: aws.String(role),
	}))(t).Agent
	if out.AgentStatus != "UPDATING" {
		t.Errorf("status %s", out.AgentStatus)
	}
	got := w.getAgent(made.AgentId)
	if got.CustomerEncryptionKeyArn != nil || got.Instruction != nil || got.Description != nil || got.GuardrailConfiguration != nil || got.MemoryConfiguration != nil {
		t.Errorf("an omitted member stayed: %+v", got)
	}
	if got.AgentStatus != "NOT_PREPARED" || *got.AgentName != "renamed" || *got.IdleSessionTTLInSeconds != 600 || got.AgentCollaboration != "DISABLED" {
		t.Errorf("%+v", got)
	}
	for _, p := range got.PromptOverrideConfiguration.PromptConfigurations {
		if p.PromptCreationMode != "DEFAULT" {
			t.Errorf("%s is %s", p.PromptType, p.PromptCreationMode)
		}
	}
	// What GetAgent says of default prompts is refused when it is sent back.
	_, err := w.as(admin).UpdateAgent(t.Context(), &bedrockagent.UpdateAgentInput{
		AgentId: made.AgentId, AgentName: got.AgentName, FoundationModel: got.FoundationModel, AgentResourceRoleArn: got.AgentResourceRoleArn,
		PromptOverrideConfiguration: got.PromptOverrideConfiguration,
	})
	refused(t, err, "ValidationException", "The prompt configuration of type PRE_PROCESSING has promptCreationMode DEFAULT")
	if tags := localtest.Must(w.as(admin).ListTagsForResource(t.Context(), &bedrockagent.ListTagsForResourceInput{ResourceArn: made.AgentArn}))(t).Tags; tags["team"] != "red" {
		t.Errorf("tags %v", tags)
	}
}

func TestAgentKey(t *testing.T) {
	w := newWorld(t)
	made := w.agent("secrets")
	_, err := w.as(keyless).GetAgent(t.Context(), &bedrockagent.GetAgentInput{AgentId: made.AgentId})
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	_, err = w.as(keyless).CreateAgent(t.Context(), w.agentIn("other"))
	refused(t, err, "AccessDeniedException", "kms:GenerateDataKey")
	if n := len(localtest.Must(w.as(keyless).ListAgents(t.Context(), &bedrockagent.ListAgentsInput{}))(t).AgentSummaries); n != 1 {
		t.Errorf("%d agents", n)
	}
	w.DisableKey(account, region, "alias/one")
	_, err = w.as(admin).GetAgent(t.Context(), &bedrockagent.GetAgentInput{AgentId: made.AgentId})
	refused(t, err, "ValidationException", "is disabled")
	w.EnableKey(account, region, "alias/one")
	w.getAgent(made.AgentId)
	w.DeleteKey(account, region, "alias/one")
	_, err = w.as(admin).GetAgent(t.Context(), &bedrockagent.GetAgentInput{AgentId: made.AgentId})
	refused(t, err, "ValidationException", "does not exist")
	if n := len(localtest.Must(w.as(admin).ListAgents(t.Context(), &bedrockagent.ListAgentsInput{}))(t).AgentSummaries); n != 1 {
		t.Errorf("%d agents", n)
	}
}

func TestAgentVersions(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.as(admin)
	made := w.agent("secrets")
	alias := &bedrockagent.CreateAgentAliasInput{AgentId: made.AgentId, AgentAliasName: aws.String("live")}
	_, err := c.CreateAgentAlias(ctx, alias)
	refused(t, err, "ValidationException", "Prepare the agent first.")
	if out := localtest.Must(c.PrepareAgent(ctx, &bedrockagent.PrepareAgentInput{AgentId: made.AgentId}))(t); out.AgentStatus != "PREPARING" {
		t.Error(out.AgentStatus)
	}
	if got := w.getAgent(made.AgentId); got.AgentStatus != "PREPARED" || got.PreparedAt == nil {
		t.Errorf("%+v", got)
	}
	first := localtest.Must(c.CreateAgentAlias(ctx, alias))(t).AgentAlias
	if first.AgentAliasStatus != "CREATING" || first.RoutingConfiguration[0].AgentVersion != nil {
		t.Errorf("%+v", first)
	}
	get := func() *types.AgentAlias {
		return localtest.Must(c.GetAgentAlias(ctx, &bedrockagent.GetAgentAliasInput{AgentId: made.AgentId, AgentAliasId: first.AgentAliasId}))(t).AgentAlias
	}
	if got := get(); got.AgentAliasStatus != "PREPARED" || *got.RoutingConfiguration[0].AgentVersion != "1" || len(got.AgentAliasHistoryEvents) != 1 {
		t.Errorf("%+v", got)
	}
	// The draft gets another key; the version keeps its own.
	localtest.Must(c.UpdateAgent(ctx, &bedrockagent.UpdateAgentInput{
		AgentId: made.AgentId, AgentName: made.AgentName, FoundationModel: made.FoundationModel, AgentResourceRoleArn: made.AgentResourceRoleArn,
		Instruction: aws.String(strings.Repeat("second ", 8)), CustomerEncryptionKeyArn: w.key("alias/two"),
	}))(t)
	localtest.Must(c.PrepareAgent(ctx, &bedrockagent.PrepareAgentInput{AgentId: made.AgentId}))(t)
	updated := localtest.Must(c.UpdateAgentAlias(ctx, &bedrockagent.UpdateAgentAliasInput{AgentId: made.AgentId, AgentAliasId: first.AgentAliasId, AgentAliasName: aws.String("live")}))(t).AgentAlias
	if updated.AgentAliasStatus != "UPDATING" {
		t.Error(updated.AgentAliasStatus)
	}
	if got := get(); *got.RoutingConfiguration[0].AgentVersion != "2" || len(got.AgentAliasHistoryEvents) != 2 || got.AgentAliasHistoryEvents[0].EndDate == nil || got.AgentAliasHistoryEvents[1].EndDate != nil {
		t.Errorf("%+v", got)
	}
	for number, want := range map[string]string{"1": instruction, "2": strings.Repeat("second ", 8)} {
		v := localtest.Must(c.GetAgentVersion(ctx, &bedrockagent.GetAgentVersionInput{AgentId: made.AgentId, AgentVersion: &number}))(t).AgentVersion
		key := map[string]string{"1": "alias/one", "2": "alias/two"}[number]
		if *v.Instruction != want || *v.CustomerEncryptionKeyArn != *w.key(key) || *v.Version != number {
			t.Errorf("version %s: %+v", number, v)
		}
	}
	list := localtest.Must(c.ListAgentVersions(ctx, &bedrockagent.ListAgentVersionsInput{AgentId: made.AgentId}))(t).AgentVersionSummaries
	if len(list) != 3 || *list[0].AgentVersion != "DRAFT" || *list[1].AgentVersion != "1" {
		t.Errorf("%+v", list)
	}
	_, err = c.DeleteAgentVersion(ctx, &bedrockagent.DeleteAgentVersionInput{AgentId: made.AgentId, AgentVersion: aws.String("2")})
	refused(t, err, "ConflictException", "is in use by the alias")
	localtest.Must(c.DeleteAgentVersion(ctx, &bedrockagent.DeleteAgentVersionInput{AgentId: made.AgentId, AgentVersion: aws.String("2"), SkipResourceInUseCheck: true}))(t)
	if got := get(); got.AgentAliasStatus != "DISSOCIATED" {
		t.Error(got.AgentAliasStatus)
	}
	_, err = c.DeleteAgentAlias(ctx, &bedrockagent.DeleteAgentAliasInput{AgentId: made.AgentId, AgentAliasId: aws.String("TSTALIASID")})
	refused(t, err, "ValidationException", `Value 'TSTALIASID' at 'agentAliasId' failed to satisfy constraint`)
	_, err = c.DeleteAgent(ctx, &bedrockagent.DeleteAgentInput{AgentId: made.AgentId})
	refused(t, err, "ConflictException", "is in use by the alias")
	if out := localtest.Must(c.DeleteAgent(ctx, &bedrockagent.DeleteAgentInput{AgentId: made.AgentId, SkipResourceInUseCheck: true}))(t); out.AgentStatus != "DELETING" {
		t.Error(out.AgentStatus)
	}
	_, err = c.GetAgentAlias(ctx, &bedrockagent.GetAgentAliasInput{AgentId: made.AgentId, AgentAliasId: first.AgentAliasId})
	refused(t, err, "ResourceNotFoundException", absent)
}

func TestActionGroup(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.as(admin)
	made := w.agent("secrets")
	in := &bedrockagent.CreateAgentActionGroupInput{
		AgentId: made.AgentId, AgentVersion: aws.String("DRAFT"), ActionGroupName: aws.String("tools"), Description: aws.String("secret tools"),
		ActionGroupExecutor: &types.ActionGroupExecutorMemberCustomControl{Value: "RETURN_CONTROL"},
		ApiSchema:           &types.APISchemaMemberPayload{Value: "openapi: 3.0.0"},
	}
	group := localtest.Must(c.CreateAgentActionGroup(ctx, in))(t).AgentActionGroup
	if group.ActionGroupState != "ENABLED" || *group.Description != "secret tools" {
		t.Errorf("%+v", group)
	}
	in.ClientToken = nil // the SDK's, which would be the same request
	_, err := c.CreateAgentActionGroup(ctx, in)
	refused(t, err, "ConflictException", "The actionGroupName tools already exists")
	name := &bedrockagent.GetAgentActionGroupInput{AgentId: made.AgentId, AgentVersion: aws.String("DRAFT"), ActionGroupId: group.ActionGroupId}
	_, err = w.as(keyless).GetAgentActionGroup(ctx, name)
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	// The key of the agent changes, and with it that of what it has.
	localtest.Must(c.UpdateAgent(ctx, &bedrockagent.UpdateAgentInput{
		AgentId: made.AgentId, AgentName: made.AgentName, FoundationModel: made.FoundationModel, AgentResourceRoleArn: made.AgentResourceRoleArn,
		CustomerEncryptionKeyArn: w.key("alias/two"),
	}))(t)
	w.DisableKey(account, region, "alias/one")
	got := localtest.Must(c.GetAgentActionGroup(ctx, name))(t).AgentActionGroup
	if s, ok := got.ApiSchema.(*types.APISchemaMemberPayload); !ok || s.Value != "openapi: 3.0.0" {
		t.Errorf("%+v", got)
	}
	localtest.Must(c.UpdateAgentActionGroup(ctx, &bedrockagent.UpdateAgentActionGroupInput{
		AgentId: made.AgentId, AgentVersion: aws.String("DRAFT"), ActionGroupId: group.ActionGroupId, ActionGroupName: aws.String("tools"),
		ParentActionGroupSignature: "AMAZON.UserInput",
	}))(t)
	got = localtest.Must(c.GetAgentActionGroup(ctx, name))(t).AgentActionGroup
	if got.Description != nil || got.ApiSchema != nil || got.ActionGroupExecutor != nil || got.ParentActionSignature != "AMAZON.UserInput" {
		t.Errorf("an omitted member stayed: %+v", got)
	}
	gone := &bedrockagent.DeleteAgentActionGroupInput{AgentId: made.AgentId, AgentVersion: aws.String("DRAFT"), ActionGroupId: group.ActionGroupId}
	_, err = c.DeleteAgentActionGroup(ctx, gone)
	refused(t, err, "ConflictException", "is enabled. Disable it first")
	gone.SkipResourceInUseCheck = true
	localtest.Must(c.DeleteAgentActionGroup(ctx, gone))(t)
	if n := len(localtest.Must(c.ListAgentActionGroups(ctx, &bedrockagent.ListAgentActionGroupsInput{AgentId: made.AgentId, AgentVersion: aws.String("DRAFT")}))(t).ActionGroupSummaries); n != 0 {
		t.Errorf("%d action groups", n)
	}
}

func TestCollaborators(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.as(admin)
	chief, helper := w.agent("chief"), w.agent("helper")
	list := localtest.Must(c.ListAgentAliases(ctx, &bedrockagent.ListAgentAliasesInput{AgentId: helper.AgentId}))(t).AgentAliasSummaries
	if len(list) != 1 || *list[0].AgentAliasId != "TSTALIASID" || *list[0].AgentAliasName != "AgentTestAlias" || *list[0].RoutingConfiguration[0].AgentVersion != "DRAFT" {
		t.Fatalf("%+v", list)
	}
	in := &bedrockagent.AssociateAgentCollaboratorInput{
		AgentId: chief.AgentId, AgentVersion: aws.String("DRAFT"), CollaboratorName: aws.String("one"), CollaborationInstruction: aws.String("ask it"),
		AgentDescriptor: &types.AgentDescriptor{AliasArn: aws.String("arn:aws:bedrock:eu-west-1:111122223333:agent-alias/" + *helper.AgentId + "/TSTALIASID")},
	}
	made := localtest.Must(c.AssociateAgentCollaborator(ctx, in))(t).AgentCollaborator
	if made.RelayConversationHistory != "DISABLED" || *made.CollaborationInstruction != "ask it" {
		t.Errorf("%+v", made)
	}
	in.ClientToken, in.AgentDescriptor.AliasArn = nil, aws.String("arn:aws:bedrock:eu-west-1:111122223333:agent-alias/NOTTHEREX1/TSTALIASID")
	_, err := c.AssociateAgentCollaborator(ctx, in)
	refused(t, err, "ResourceNotFoundException", absent)
	_, err = w.as(keyless).ListAgentCollaborators(ctx, &bedrockagent.ListAgentCollaboratorsInput{AgentId: chief.AgentId, AgentVersion: aws.String("DRAFT")})
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	localtest.Must(c.DisassociateAgentCollaborator(ctx, &bedrockagent.DisassociateAgentCollaboratorInput{AgentId: chief.AgentId, AgentVersion: aws.String("DRAFT"), CollaboratorId: made.CollaboratorId}))(t)
	if n := len(localtest.Must(c.ListAgentCollaborators(ctx, &bedrockagent.ListAgentCollaboratorsInput{AgentId: chief.AgentId, AgentVersion: aws.String("DRAFT")}))(t).AgentCollaboratorSummaries); n != 0 {
		t.Errorf("%d collaborators", n)
	}
}

func TestListAgentsPages(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 23 {
		name := "agent-" + string(rune('a'+i))
		localtest.Must(w.as(admin).CreateAgent(t.Context(), &bedrockagent.CreateAgentInput{AgentName: &name}))(t)
		want = append(want, name)
	}
	var got []string
	p := bedrockagent.NewListAgentsPaginator(w.as(keyless), &bedrockagent.ListAgentsInput{})
	pages := 0
	for ; p.HasMorePages(); pages++ {
		for _, a := range localtest.Must(p.NextPage(t.Context()))(t).AgentSummaries {
			got = append(got, *a.AgentName)
		}
	}
	if pages != 3 || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%d pages: %v", pages, got)
	}
}

func TestKnowledgeBasesOfAgents(t *testing.T) {
	w := newLibrary(t)
	ctx, c := t.Context(), w.as(admin)
	in := &bedrockagent.CreateAgentInput{AgentName: aws.String("a"), CustomerEncryptionKeyArn: w.key("alias/one")}
	agent := localtest.Must(c.CreateAgent(ctx, in))(t).Agent
	base := aws.String(w.base("first"))
	associate := func(id, description string) error {
		_, err := c.AssociateAgentKnowledgeBase(ctx, &bedrockagent.AssociateAgentKnowledgeBaseInput{
			AgentId: agent.AgentId, AgentVersion: aws.String("DRAFT"), KnowledgeBaseId: &id, Description: &description,
		})
		return err
	}
	refused(t, associate("NOTTHEREX1", "d"), "ResourceNotFoundException", absent)
	if err := associate(*base, "of trade secrets"); err != nil {
		t.Fatal(err)
	}
	refused(t, associate(*base, "again"), "ConflictException", "already exists")
	get := &bedrockagent.GetAgentKnowledgeBaseInput{AgentId: agent.AgentId, AgentVersion: aws.String("DRAFT"), KnowledgeBaseId: base}
	if got := localtest.Must(c.GetAgentKnowledgeBase(ctx, get))(t).AgentKnowledgeBase; *got.Description != "of trade secrets" || got.KnowledgeBaseState != "ENABLED" {
		t.Errorf("%+v", got)
	}
	_, err := w.as(keyless).GetAgentKnowledgeBase(ctx, get)
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	localtest.Must(c.UpdateAgentKnowledgeBase(ctx, &bedrockagent.UpdateAgentKnowledgeBaseInput{
		AgentId: agent.AgentId, AgentVersion: aws.String("DRAFT"), KnowledgeBaseId: base, Description: aws.String("new"), KnowledgeBaseState: "DISABLED",
	}))(t)
	list := localtest.Must(c.ListAgentKnowledgeBases(ctx, &bedrockagent.ListAgentKnowledgeBasesInput{AgentId: agent.AgentId, AgentVersion: aws.String("DRAFT")}))(t).AgentKnowledgeBaseSummaries
	if len(list) != 1 || *list[0].Description != "new" || list[0].KnowledgeBaseState != "DISABLED" {
		t.Errorf("%+v", list)
	}
	localtest.Must(c.DisassociateAgentKnowledgeBase(ctx, &bedrockagent.DisassociateAgentKnowledgeBaseInput{AgentId: agent.AgentId, AgentVersion: aws.String("DRAFT"), KnowledgeBaseId: base}))(t)
	_, err = c.GetAgentKnowledgeBase(ctx, get)
	refused(t, err, "ResourceNotFoundException", absent)
}
