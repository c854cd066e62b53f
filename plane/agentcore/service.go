package agentcore

import (
	"fmt"

	"github.com/bedlock/bedlock/plane/emulate"
)

// control is the model of the API.
const control = "bedrock-agentcore-control"

// operations are some of an API, by name.
type operations map[string]emulate.Op

// byHand are the operations that no table has, by family.
var byHand = []func() operations{
	tagOperations, policyOperations, runtimeOperations, bundleOperations, datasetOperations, identityOperations, vaultOperations,
	insightOperations, resourcePolicyOperations,
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: control})
	if err != nil {
		return nil, fmt.Errorf("agentcore: %w", err)
	}
	for _, k := range kinds() {
		for name, op := range k.operations() {
			s.Handle(name, op)
		}
	}
	for _, family := range byHand {
		for name, op := range family() {
			s.Handle(name, op)
		}
	}
	return []*emulate.Service{s}, nil
}
