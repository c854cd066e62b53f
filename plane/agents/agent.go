package agents

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// agents are the operations of agents and of what belongs to them. The resources are those of
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html.
func agents() operations {
	all := operations{
		"CreateAgent":        {Do: createAgent},
		"GetAgent":           {Resource: agentARN, Do: getAgent},
		"ListAgents":         {Do: listAgents},
		"UpdateAgent":        {Resource: agentARN, Do: updateAgent},
		"DeleteAgent":        {Resource: agentARN, Do: deleteAgent},
		"PrepareAgent":       {Resource: agentARN, Do: prepareAgent},
		"GetAgentVersion":    {Resource: agentARN, Do: getAgentVersion},
		"ListAgentVersions":  {Resource: agentARN, Do: listAgentVersions},
		"DeleteAgentVersion": {Resource: agentARN, Do: deleteAgentVersion},
		"CreateAgentAlias":   {Resource: agentARN, Do: createAgentAlias},
		"GetAgentAlias":      {Resource: agentAliasARN, Do: getAgentAlias},
		"ListAgentAliases":   {Resource: agentARN, Do: listAgentAliases},
		"UpdateAgentAlias":   {Resource: agentAliasARN, Do: updateAgentAlias},
		"DeleteAgentAlias":   {Resource: agentAliasARN, Do: deleteAgentAlias},
	}
	for _, p := range parts {
		p.add(all)
	}
	return all
}

// The kinds of records of agents.
const (
	kindAgent        = "agent"
	kindAgentVersion = "agent-version"
	kindAgentAlias   = "agent-alias"
	// kindPrepared is the draft as it was when the agent was prepared, which the test alias
	// serves.
	kindPrepared = "agent-prepared"
)

// The types of the catalogue.
const (
	typeAgent        = "AWS::Bedrock::Agent"
	typeAgentVersion = "AWS::Bedrock::AgentVersion"
)

// Quotas of agents. https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const (
	mostAgents        = 1000
	mostAgentVersions = 10
	mostAgentAliases  = 10
)

// The members of an agent that an update replaces, apart from its content.
var agentMembers = []string{
	"agentName", "foundationModel", "description", "orchestrationType", "customOrchestration", "idleSessionTTLInSeconds",
	"agentResourceRoleArn", "customerEncryptionKeyArn", "guardrailConfiguration", "memoryConfiguration", "agentCollaboration",
}

// agentContent are the members that the key protects.
// https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-agents-new.html
var agentContent = []string{"instruction", "promptOverrideConfiguration"}

// agentDefaults are the members that an agent has when the caller says nothing. Unconfirmed:
// idleSessionTTLInSeconds, which the API reference has no default of.
var agentDefaults = wire.Object{"orchestrationType": "DEFAULT", "idleSessionTTLInSeconds": int64(600), "agentCollaboration": "DISABLED"}

func agentARN(r *emulate.Request) (string, error) {
	return r.ARN("agent/" + r.In.Text("agentId")), nil
}

// findAgent returns the agent that the input names.
func findAgent(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(r.Key(kindAgent, r.In.Text("agentId"))); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

// settled refuses an operation on an agent whose status is changing. The text is reported by
// https://github.com/hashicorp/terraform-provider-aws/issues/42845.
func settled(r *emulate.Request, agent *records.Record, operation string) error {
	switch status := agent.Doc.Text("agentStatus"); status {
	case "CREATING", "UPDATING", "PREPARING", "VERSIONING", "DELETING":
		state := status[:1] + strings.ToLower(status[1:])
		return r.Fail(invalid, "%s operation can't be performed on Agent when it is in %s state. Retry the request when the agent is in a valid state.", operation, state)
	}
	return nil
}

// agentSubject is the content of an agent, or of a version of one, for its key.
func agentSubject(r *emulate.Request, typ, agentARN string) *behalf.Subject {
	return r.Subject(typ, content, agentARN)
}

func createAgent(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := checkAgent(ctx, r); err != nil {
		return nil, err
	}
	id := r.Service.ID(emulate.UpperDigits, 10)
	agent := &records.Record{Key: r.Key(kindAgent, id), Doc: agentDefaults.With(r.In.Pick(agentMembers...)).With(wire.Object{
		"agentId": id, "agentArn": r.ARN("agent/" + id), "agentVersion": draft, "agentStatus": "CREATING",
	})}
	sealed, err := sealAgent(ctx, r, agent)
	if err != nil {
		return nil, err
	}
	agent.Sealed = map[string]*records.Sealed{content: sealed}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		all := tx.List(control, kindAgent, r.Account, r.Region)
		if err := full(r, "agents per account", len(all), mostAgents); err != nil {
			return err
		}
		if err := agentNameFree(r, all, ""); err != nil {
			return err
		}
		tx.Put(becomes(r, agent, wire.Object{"agentStatus": "NOT_PREPARED"}))
		tx.Put(newTestAlias(r, id))
		emulate.PutTags(tx, agent.Doc.Text("agentArn"), r.TagsIn("tags"))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"agent": agentOut(agent, r.In.Pick(agentContent...))}, nil
}

// checkAgent checks what the input of an agent means.
func checkAgent(ctx context.Context, r *emulate.Request) error {
	if err := checkPrompts(r); err != nil {
		return err
	}
	if r.In.Text("orchestrationType") == "CUSTOM_ORCHESTRATION" && !r.In.Has("customOrchestration.executor") {
		return r.Fail(invalid, "customOrchestration is required when orchestrationType is CUSTOM_ORCHESTRATION.") // unconfirmed text
	}
	return passRole(ctx, r, r.In.Text("agentResourceRoleArn"))
}

// agentNameFree refuses a name that another agent has. The text is reported by
// https://github.com/awsfundamentals-hq/bedrock-multi-agent-collaboration/issues/1.
func agentNameFree(r *emulate.Request, all []*records.Record, but string) error {
	for _, other := range all {
		if other.ID != but && other.Doc.Text("agentName") == r.In.Text("agentName") {
			return r.Fail(conflict, "Cannot create a new agent as an agent with the same name already exists.")
		}
	}
	return nil
}

func sealAgent(ctx context.Context, r *emulate.Request, agent *records.Record) (*records.Sealed, error) {
	s := agentSubject(r, typeAgent, agent.Doc.Text("agentArn"))
	return r.SealObject(ctx, s, r.In.Text("customerEncryptionKeyArn"), "create", r.In.Pick(agentContent...))
}

// agentOut is an agent or a version of one as it is answered.
func agentOut(rec *records.Record, content wire.Object) wire.Object {
	return dated(rec).With(content).With(wire.Object{"promptOverrideConfiguration": prompted(content.Object("promptOverrideConfiguration"))})
}

func getAgent(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	agent, err := findAgent(r)
	if err != nil {
		return nil, err
	}
	opened, err := r.OpenObject(ctx, agentSubject(r, typeAgent, agent.Doc.Text("agentArn")), agent.Sealed[content], "use")
	if err != nil {
		return nil, err
	}
	return wire.Object{"agent": agentOut(agent, opened)}, nil
}

func listAgents(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var all []wire.Object
	for _, agent := range r.List(kindAgent) {
		entry := dated(agent).Pick("agentId", "agentName", "agentStatus", "description", "updatedAt", "guardrailConfiguration")
		entry["latestAgentVersion"] = draft
		if n := agent.Doc.Int(lastVersion); n > 0 {
			entry["latestAgentVersion"] = fmt.Sprint(n)
		}
		all = append(all, entry)
	}
	return r.Page(all, pageSize, invalid)
}
