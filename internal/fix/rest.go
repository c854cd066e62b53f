package fix

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
)

// ask makes a call of a recipe's service that reads.
type ask func(operation string, in wire.Object) (wire.Object, error)

// readRest reads a step's Rest. It is nil when a call for it is refused, or when plans have a
// meaning for a text in it: the plan does without it then.
func (m *maker) readRest(ctx context.Context, x *reading, at Place) (wire.Object, error) {
	r := x.recipe
	rest := wire.Object{}
	if len(r.Rest.Only) > 0 {
		s := r.Rest
		s.At, s.Pick = x.state.At, x.state.Pick
		read, err := s.of(x.answer)
		if err != nil {
			return nil, err
		}
		rest = rest.With(read)
	}
	if r.RestOf != nil {
		more, err := r.RestOf(x.parts, func(operation string, in wire.Object) (wire.Object, error) {
			return m.Estate.Call(ctx, at, x.call(operation, in))
		})
		if Code(err) != "" {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		rest = rest.With(more)
	}
	if len(rest) == 0 || len(referencesIn(rest)) > 0 {
		return nil, nil
	}
	return rest, nil
}

// partsOfAgent are what belongs to an agent in CloudFormation and has calls of its own in the API.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrock-agent.html
func partsOfAgent(p *parts, call ask) (wire.Object, error) {
	draft := p.arguments("agentId={id} agentVersion=DRAFT")
	groups, err := call("ListAgentActionGroups", draft)
	if err != nil {
		return nil, err
	}
	actions := []any{}
	for _, g := range groups.Objects("actionGroupSummaries") {
		whole, err := call("GetAgentActionGroup", draft.With(wire.Object{"actionGroupId": g.Text("actionGroupId")}))
		if err != nil {
			return nil, err
		}
		actions = append(actions, whole.Object("agentActionGroup").Without("agentId", "agentVersion", "actionGroupId", "clientToken", "createdAt", "updatedAt"))
	}
	bases, err := call("ListAgentKnowledgeBases", draft)
	if err != nil {
		return nil, err
	}
	knowledge := []any{}
	for _, b := range bases.Objects("agentKnowledgeBaseSummaries") {
		knowledge = append(knowledge, b.Without("updatedAt"))
	}
	others, err := call("ListAgentCollaborators", draft)
	if err != nil {
		return nil, err
	}
	collaborators := []any{}
	for _, c := range others.Objects("agentCollaboratorSummaries") {
		collaborators = append(collaborators, c.Without("agentId", "agentVersion", "collaboratorId", "createdAt", "lastUpdatedAt"))
	}
	return wire.Object{"actionGroups": actions, "knowledgeBases": knowledge, "agentCollaborators": collaborators}, nil
}

// logging says whether a trail logs.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
func logging(p *parts, call ask) (wire.Object, error) {
	status, err := call("GetTrailStatus", p.arguments("Name={arn}"))
	if err != nil {
		return nil, err
	}
	return wire.Object{"IsLogging": status.Bool("IsLogging")}, nil
}

// delivered is how a stream delivers to S3. Destinations of other kinds have credentials, which
// no plan has.
func delivered(p *parts, _ ask) (wire.Object, error) {
	stream := p.answer.Object("DeliveryStreamDescription")
	rest := stream.Pick("DeliveryStreamType", "Source")
	list := stream.Objects("Destinations")
	if len(list) != 1 || !list[0].Has("ExtendedS3DestinationDescription") {
		return rest, nil
	}
	return rest.With(wire.Object{"Destinations": []any{list[0].Pick("DestinationId", "ExtendedS3DestinationDescription")}}), nil
}
