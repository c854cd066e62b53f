package agentcore

import (
	"fmt"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// The models of the APIs.
const (
	control = "bedrock-agentcore-control"
	data    = "bedrock-agentcore"
)

// observed is what the service was seen to do beyond its model. The pattern of ARNs of what can be
// tagged has no digits in types of resources and would refuse oauth2credentialprovider, whose tags
// Terraform reads and writes: https://github.com/hashicorp/terraform-provider-aws/pull/46590.
// Lists of datasets are asked for with GET by the API reference
// (https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_ListDatasets.html)
// and by AWS's SDKs before the version of the model, which has POST; that AWS answers both is not
// confirmed.
func observed() wire.Observed {
	least, most := 20.0, 1011.0
	return wire.Observed{
		Shapes: map[string]*model.Shape{"TaggableResourcesArn": {
			Name: "TaggableResourcesArn", Type: model.TypeString, Min: &least, Max: &most,
			Pattern: `arn:(?:[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:([a-z0-9-]+/[^/]+)(?:/[a-z0-9-]+/[^/]+)*`,
		}},
		Earlier: map[string]string{
			"ListDatasets":        "GET /datasets",
			"ListDatasetExamples": "GET /datasets/{datasetId}/examples",
			"ListDatasetVersions": "GET /datasets/{datasetId}/versions",
		},
	}
}

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
func kindsOf(api string) []*kind {
	if api == data {
		return runKinds()
	}
	return kinds()
}

// New makes the services of both APIs.
func New(w *emulate.World) ([]*emulate.Service, error) {
	var out []*emulate.Service
	for _, api := range []string{control, data} {
		definition := emulate.Definition{Model: api}
		if api == control {
			definition.Observed = observed()
		}
		s, err := emulate.New(w, definition)
		if err != nil {
			return nil, fmt.Errorf("agentcore: %w", err)
		}
		for _, k := range kindsOf(api) {
			for name, op := range k.operations() {
				s.Handle(name, op)
			}
		}
		for _, family := range byHand[api] {
			for name, op := range family() {
				s.Handle(name, op)
			}
		}
		out = append(out, s)
	}
	return out, nil
}
