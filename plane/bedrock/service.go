package bedrock

import (
	"fmt"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// The models of the APIs, and the principal of both.
const (
	control   = "bedrock"
	runtime   = "bedrock-runtime"
	principal = "bedrock.amazonaws.com"
)

// operations are those of a family, by name.
type operations map[string]emulate.Op

// families are the operations of each API.
var families = map[string][]func() operations{
	control: {guardrails, resourcePolicies, enforcedGuardrails, foundationModels, inferenceProfiles, invocationLogging, retention, tags,
		customModelOperations, customizing, importing, copying, deploying, provisioning, batches, evaluations, optimizing, routing, marketplace, reasoning, projectOperations},
	runtime: {applying, inferring, asynchronous},
}

// observed is what the service was seen to do beyond its model, whose pattern has the ARNs only
// of routers that AWS defines. Those of customers begin with prompt-router/: both kinds are
// resources of GetPromptRouter in
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html.
func observed(api string) wire.Observed {
	if api != control {
		return wire.Observed{}
	}
	least, most := 1.0, 2048.0
	return wire.Observed{Shapes: map[string]*model.Shape{"PromptRouterArn": {
		Name: "PromptRouterArn", Type: model.TypeString, Min: &least, Max: &most,
		Pattern: `arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:(default-)?prompt-router/[a-zA-Z0-9-:.]+`,
	}}}
}

// New makes the services of both APIs.
func New(w *emulate.World) ([]*emulate.Service, error) {
	var out []*emulate.Service
	for _, api := range []string{control, runtime} {
		s, err := emulate.New(w, emulate.Definition{Model: api, Observed: observed(api)})
		if err != nil {
			return nil, fmt.Errorf("bedrock: %w", err)
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
