package automation

import (
	"fmt"

	"github.com/bedlock/bedlock/plane/emulate"
)

// The models of the APIs.
const (
	control = "bedrock-data-automation"
	runtime = "bedrock-data-automation-runtime"
)

// operations are those of a family, by name.
type operations map[string]emulate.Op

// families are the operations of each API.
var families = map[string][]func() operations{
	control: {projects, blueprints, libraries, tags},
	runtime: {invocations, tags},
}

// New makes the services of both APIs.
func New(w *emulate.World) ([]*emulate.Service, error) {
	var out []*emulate.Service
	for _, model := range []string{control, runtime} {
		s, err := emulate.New(w, emulate.Definition{Model: model})
		if err != nil {
			return nil, fmt.Errorf("automation: %w", err)
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
