package fix

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
)

// agentPublication: no operation makes a version of an agent; one is cut of the draft that was
// prepared when an alias is made or updated without a routing. UpdateAgentAlias has no token, and
// does not answer which version comes of it: the alias says so when its status has settled.
//
// https://docs.aws.amazon.com/bedrock/latest/userguide/deploy-agent.html
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateAgentAlias.html
// unconfirmed: that an update without routingConfiguration cuts a version is documented for the
// console and for aliases that are made; CloudFormation's handler relies on it.
//
// The way back deletes the version too. Without skipResourceInUseCheck that is refused when
// something uses it.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_DeleteAgentVersion.html
var agentPublication = publication{
	Type: "AWS::Bedrock::Agent", List: "ListAgentVersions", Items: "agentVersionSummaries", Version: "agentVersion",
	Get: "GetAgentVersion", With: "agentId={id} agentVersion={version}", At: "agentVersion", Key: "customerEncryptionKeyArn",
	Delete: "DeleteAgentVersion", Deleted: "agentVersion",
	Most: 10, Quota: "https://docs.aws.amazon.com/general/latest/gr/bedrock.html",
	// How it is orchestrated is no member of a version.
	Differ: []string{
		"agentVersion", "version", "agentStatus", "createdAt", "updatedAt", "preparedAt", "description", "customerEncryptionKeyArn",
		"failureReasons", "recommendedActions", "clientToken", "orchestrationType", "customOrchestration",
	},
	Consumers: "an alias that points at version %s of the agent goes on with it",
	Status:    "agent.agentStatus", Prepared: "PREPARED", Alias: &agentAliases, Cut: true, Parts: agentParts,
}

var agentAliases = aliasing{
	Type: "AWS::Bedrock::AgentAlias", List: "ListAgentAliases", Items: "agentAliasSummaries", ListID: "agentAliasId",
	Get: "GetAgentAlias", With: "agentId={id}", GetID: "agentAliasId", Update: "UpdateAgentAlias",
	At: "agentAlias", Drop: []string{"updatedAt", "agentAliasHistoryEvents", "agentAliasStatus", "failureReasons", "clientToken"},
	Version: "agentVersion", ARN: "agentAliasArn", Name: "agentAliasName", Test: "TSTALIASID",
	Wait: "agentAlias.agentAliasStatus", Until: []string{"PREPARED"}, Failed: []string{"FAILED", "DISSOCIATED", "DELETING"},
}

// attached says how parts of a draft, or of a version, are read that have operations of their own.
type attached struct {
	List, Items, Get, At, ID string
	// Name tells them apart; their IDs are the same in a version, or not.
	Name string
}

var agentParts = []attached{
	{"ListAgentActionGroups", "actionGroupSummaries", "GetAgentActionGroup", "agentActionGroup", "actionGroupId", "actionGroupName"},
	{"ListAgentKnowledgeBases", "agentKnowledgeBaseSummaries", "GetAgentKnowledgeBase", "agentKnowledgeBase", "knowledgeBaseId", "knowledgeBaseId"},
	{"ListAgentCollaborators", "agentCollaboratorSummaries", "GetAgentCollaborator", "agentCollaborator", "collaboratorId", "collaboratorName"},
}

// partsDiffer compares what is attached to a version with what is attached to the draft.
func (m *maker) partsDiffer(ctx context.Context, r *release, version string) ([]Difference, error) {
	published, err := m.attached(ctx, r, version)
	if err != nil {
		return nil, err
	}
	draft, err := m.attached(ctx, r, "DRAFT")
	if err != nil {
		return nil, err
	}
	return Compare(published, draft), nil
}

// attached are the parts of a version, by their kind and name.
func (m *maker) attached(ctx context.Context, r *release, version string) (wire.Object, error) {
	out := wire.Object{}
	for _, p := range r.Parts {
		in := r.id().With(wire.Object{"agentVersion": version})
		list, err := m.Estate.Call(ctx, r.choice.place(), r.read.call(p.List, in))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.List, err)
		}
		kind := wire.Object{}
		for _, entry := range list.Objects(p.Items) {
			get := r.read.call(p.Get, in.With(wire.Object{p.ID: entry.Text(p.ID)}))
			get.Whole = true
			read, err := m.Estate.Call(ctx, r.choice.place(), get)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.Get, err)
			}
			whole := read.Object(p.At)
			kind[whole.Text(p.Name)] = whole.Without("agentVersion", "actionGroupId", "collaboratorId", "clientToken", "createdAt", "updatedAt", "lastUpdatedAt")
		}
		out[p.At] = kind
	}
	return out, nil
}

// cutStep plans that an alias moves to a version that is made of the draft by its move.
func (m *maker) cutStep(r *release, alias wire.Object) error {
	name := r.choice.entry.Title + "-" + r.choice.resource.Name.Or("")
	r.step = m.nextID(Publish, name)
	version := Ref(r.step, "version")
	s, err := m.move(r, alias, version, false)
	if err != nil {
		return err
	}
	s.Kind = Publish
	s.Title = r.choice.subject.Title + ": publish the draft as a new version, at which alias " + alias.Text(r.Alias.Name) + " points then"
	s.Learn = &Learn{Versions: r.listing(), But: append([]string{"DRAFT"}, r.versions...)}
	s.Undo = append(s.Undo, Call{
		Service: r.read.service(), Operation: r.Delete, Already: []string{"ResourceNotFoundException"},
		Input: r.id().With(wire.Object{r.Deleted: version}),
	})
	s.Makes = &Makes{State: State{Read: r.get(version), At: r.At, Only: []string{r.Key}}, Want: wire.Object{}, Versions: r.listing()}
	if r.key != "" {
		s.Makes.Want[r.Key] = r.key
	}
	m.add(s, name)
	return nil
}
