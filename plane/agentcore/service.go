package agentcore

import (
	"fmt"

	"github.com/bedlock/bedlock/plane/emulate"
)

// The models of the APIs.
const (
	control = "bedrock-agentcore-control"
	data    = "bedrock-agentcore"
)

// operations are some of an API, by name.
type operations map[string]emulate.Op

// byHand are the operations of each API that no table has, by family.
var byHand = map[string][]func() operations{
	control: {
		tagOperations, policyOperations, runtimeOperations, bundleOperations, datasetOperations, identityOperations, vaultOperations,
		insightOperations, resourcePolicyOperations,
	},
	data: {batchOperations},
}

// kindsOf are the kinds of each API.
func kindsOf(model string) []*kind {
	if model == data {
		return runKinds()
	}
	return kinds()
}

// New makes the services of both APIs.
func New(w *emulate.World) ([]*emulate.Service, error) {
	var out []*emulate.Service
	for _, model := range []string{control, data} {
		s, err := emulate.New(w, emulate.Definition{Model: model})
		if err != nil {
			return nil, fmt.Errorf("agentcore: %w", err)
		}
		for _, k := range kindsOf(model) {
			for name, op := range k.operations() {
				s.Handle(name, op)
			}
		}
		for _, family := range byHand[model] {
			for name, op := range family() {
				s.Handle(name, op)
			}
		}
		out = append(out, s)
	}
	return out, nil
}
