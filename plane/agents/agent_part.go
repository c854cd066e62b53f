package agents

import (
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// part is a kind of thing that an agent's draft and its versions have: their operations are
// alike but for the names.
type part struct {
	kind string
	// create, update and the others name the operations.
	create, get, list, update, remove string
	// out is the member of answers, id the one that names a part.
	out, id string
	// named is the member in which no two parts of an agent are alike, most how many there
	// may be of what what says. https://docs.aws.amazon.com/general/latest/gr/bedrock.html
	named, what string
	most        int
	// open are the members that anybody who may read sees, sealed the ones that the agent's
	// key protects. defaults are for members that the caller leaves out.
	open, sealed []string
	defaults     wire.Object
	// renames are members that have other names in answers.
	renames map[string]string
	// updated is the member with the time of the last change.
	updated string
	// check checks what the input means; nil: there is nothing to check.
	check func(r *emulate.Request) error
	// inUse is why a part cannot be deleted; empty: it can.
	inUse func(rec *records.Record) string
}

// parts are the kinds of parts. What is sealed:
// https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-agents-new.html
var parts = []*part{
	{
		kind: "agent-action-group", out: "agentActionGroup", id: "actionGroupId", updated: "updatedAt",
		create: "CreateAgentActionGroup", get: "GetAgentActionGroup", list: "ListAgentActionGroups", update: "UpdateAgentActionGroup", remove: "DeleteAgentActionGroup",
		named: "actionGroupName", what: "action groups per agent", most: 20,
		open:     []string{"actionGroupName", "parentActionGroupSignature", "parentActionGroupSignatureParams", "actionGroupExecutor", "actionGroupState"},
		sealed:   []string{"description", "apiSchema", "functionSchema"},
		defaults: wire.Object{"actionGroupState": "ENABLED"},
		renames:  map[string]string{"parentActionGroupSignature": "parentActionSignature"},
		check:    checkActionGroup,
		inUse:    enabledActionGroup,
	},
	{
		kind: "agent-collaborator", out: "agentCollaborator", id: "collaboratorId", updated: "lastUpdatedAt",
		create: "AssociateAgentCollaborator", get: "GetAgentCollaborator", list: "ListAgentCollaborators", update: "UpdateAgentCollaborator", remove: "DisassociateAgentCollaborator",
		named: "collaboratorName", what: "collaborators per agent", most: 1000, // unconfirmed quota
		open:     []string{"collaboratorName", "agentDescriptor", "relayConversationHistory"},
		sealed:   []string{"collaborationInstruction"},
		defaults: wire.Object{"relayConversationHistory": "DISABLED"},
		check:    checkCollaborator,
	},
	{
		kind: "agent-knowledge-base", out: "agentKnowledgeBase", id: "knowledgeBaseId", updated: "updatedAt",
		create: "AssociateAgentKnowledgeBase", get: "GetAgentKnowledgeBase", list: "ListAgentKnowledgeBases", update: "UpdateAgentKnowledgeBase", remove: "DisassociateAgentKnowledgeBase",
		named: "knowledgeBaseId", what: "knowledge bases per agent", most: 2,
		open:     []string{"knowledgeBaseState"},
		sealed:   []string{"description"},
		defaults: wire.Object{"knowledgeBaseState": "ENABLED"},
		check:    checkAssociation,
	},
}

func (p *part) add(all operations) {
	all[p.create] = emulate.Op{Resource: agentARN, Do: p.creates}
	all[p.get] = emulate.Op{Resource: agentARN, Do: p.gets}
	all[p.list] = emulate.Op{Resource: agentARN, Do: p.lists}
	all[p.update] = emulate.Op{Resource: agentARN, Do: p.updates}
	all[p.remove] = emulate.Op{Resource: agentARN, Do: p.removes}
}

func (p *part) key(r *emulate.Request, agent, version, id string) records.Key {
	return r.Key(p.kind, agent+"/"+version+"/"+id)
}

// of are the parts of a version of an agent.
func (p *part) of(all []*records.Record, agent, version string) []*records.Record {
	var out []*records.Record
	for _, rec := range ofAgent(all, agent) {
		if rec.Doc.Text("agentVersion") == version {
			out = append(out, rec)
		}
	}
	return out
}

// answer is a part as it is answered.
func (p *part) answer(rec *records.Record, content wire.Object) wire.Object {
	return rec.Doc.Renamed(p.renames).With(content).With(wire.Object{"createdAt": rec.Created, p.updated: rec.Updated})
}

// checkActionGroup refuses what the API reference does not allow. Unconfirmed: the texts.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_CreateAgentActionGroup.html
func checkActionGroup(r *emulate.Request) error {
	signature := r.In.Text("parentActionGroupSignature")
	if signature == "AMAZON.UserInput" || signature == "AMAZON.CodeInterpreter" {
		for _, member := range []string{"description", "apiSchema", "actionGroupExecutor"} {
			if r.In.Has(member) {
				return r.Fail(invalid, "%s must be blank for an action group with the parent signature %s.", member, signature)
			}
		}
	}
	if r.In.Has("apiSchema") && r.In.Has("functionSchema") {
		return r.Fail(invalid, "An action group can have an apiSchema or a functionSchema, not both.")
	}
	return nil
}

// enabledActionGroup says that an action group is enabled, which protects it. Unconfirmed:
// the text.
func enabledActionGroup(rec *records.Record) string {
	if rec.Doc.Text("actionGroupState") != "ENABLED" {
		return ""
	}
	return "The action group " + rec.Doc.Text("actionGroupId") + " is enabled. Disable it first, or set skipResourceInUseCheck."
}

// checkCollaborator refuses an alias that is not there.
func checkCollaborator(r *emulate.Request) error {
	alias := r.In.Text("agentDescriptor.aliasArn")
	for _, rec := range r.List(kindAgentAlias) {
		if rec.Doc.Text("agentAliasArn") == alias {
			return nil
		}
	}
	return missing(r)
}

// kindKnowledgeBase is the kind of records of knowledge bases.
const kindKnowledgeBase = "knowledge-base"

// checkAssociation refuses a knowledge base that is not there.
func checkAssociation(r *emulate.Request) error {
	if r.Service.Records.Get(r.Key(kindKnowledgeBase, r.In.Text("knowledgeBaseId"))) == nil {
		return missing(r)
	}
	return nil
}
