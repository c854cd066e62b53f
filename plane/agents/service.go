package agents

import (
	"fmt"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// The models of the APIs.
const (
	control = "bedrock-agent"
	runtime = "bedrock-agent-runtime"
)

// operations are those of a family, by name.
type operations map[string]emulate.Op

// families are the operations of each API.
var families = map[string][]func() operations{
	control: {agents, flows, knowledgeBases, prompts, resourcePolicies, retrievalInstructions, tags},
	runtime: {conversations, invocations, retrievals, sessions, tags},
}

// observed is what the services were seen to do beyond their models. The pattern of ARNs of
// what can be tagged has "/d" in the model where its author meant digits, and would refuse
// every ARN; Terraform and CloudFormation tag agents, so the service does not. Sessions are in
// it because both APIs have the path /tags, and only their hosts tell them apart on AWS: here
// the first answers for both.
var observed = map[string]wire.Observed{
	control: {Shapes: map[string]*model.Shape{"TaggableResourcesArn": {
		Name: "TaggableResourcesArn", Type: model.TypeString, Min: bound(20), Max: bound(1011),
		Pattern: `arn:aws:bedrock:[a-zA-Z0-9-]+:\d{12}:((agent|agent-alias|knowledge-base|flow|prompt)/[A-Z0-9]{10}(?:/[A-Z0-9]{10})?|flow/[A-Z0-9]{10}/alias/[A-Z0-9]{10}|prompt/[A-Z0-9]{10}(?::\d+)?|retrieval-instruction/[a-z0-9]{10}|session/[a-f0-9-]{36})`,
	}}},
}

func bound(n float64) *float64 { return &n }

// New makes the services of both APIs.
func New(w *emulate.World) ([]*emulate.Service, error) {
	var out []*emulate.Service
	for _, api := range []string{control, runtime} {
		s, err := emulate.New(w, emulate.Definition{Model: api, Observed: observed[api]})
		if err != nil {
			return nil, fmt.Errorf("agents: %w", err)
		}
		for _, family := range families[api] {
			for name, op := range family() {
				s.Handle(name, op)
			}
		}
		out = append(out, s)
	}
	return out, nil
}
