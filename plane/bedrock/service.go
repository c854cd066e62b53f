package bedrock

import (
	"fmt"

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
		customModelOperations, customizing, importing, copying, deploying, provisioning, batches, evaluations, optimizing, routing, marketplace, reasoning},
	runtime: {applying, inferring, asynchronous},
}

// New makes the services of both APIs.
func New(w *emulate.World) ([]*emulate.Service, error) {
	var out []*emulate.Service
	for _, model := range []string{control, runtime} {
		s, err := emulate.New(w, emulate.Definition{Model: model})
		if err != nil {
			return nil, fmt.Errorf("bedrock: %w", err)
		}
		for _, family := range families[model] {
			for name, op := range family() {
				s.Handle(name, op)
			}
		}
		out = append(out, s)
	}
	return out, nil
}
