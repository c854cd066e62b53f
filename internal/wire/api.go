package wire

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// API is an AWS API whose messages can be written and read. It holds no state of a message
// and is safe for concurrent use.
type API struct {
	model *model.Service
	// protocol is the one that is spoken, of several.
	protocol model.Protocol
	routes   router
	ops      map[string]*operation
}

// operation is one operation as it is spoken.
type operation struct {
	*model.Operation
	name string
	in   *shape.Node
	out  *shape.Node // nil: none
}

// Observed is what a service was seen to do beyond its model.
type Observed = shape.Observed

// New makes the API of a model. The error is a defect of the model.
func New(m *model.Service, seen Observed) (*API, error) {
	described := shape.New(m, seen)
	a := &API{model: m, protocol: m.Protocol, ops: make(map[string]*operation, len(m.Operations))}
	for name, op := range described.Operations {
		o := &operation{Operation: op, name: name}
		in, err := described.Describe(name, model.Input)
		if err != nil {
			return nil, fmt.Errorf("wire %s %s: %w", m.Name, name, err)
		}
		o.in = in.Root
		if op.Output != "" {
			out, err := described.Describe(name, model.Output)
			if err != nil {
				return nil, fmt.Errorf("wire %s %s: %w", m.Name, name, err)
			}
			o.out = out.Root
		}
		a.ops[name] = o
		if a.rest() {
			a.routes.add(o)
		}
	}
	a.routes.sort()
	return a, nil
}

// Load makes the API of a service by the name of its model.
func Load(service string, seen Observed) (*API, error) {
	m, err := model.Load(service)
	if err != nil {
		return nil, err
	}
	return New(m, seen)
}

// Model returns the model.
func (a *API) Model() *model.Service { return a.model }

func (a *API) rest() bool {
	return a.protocol == model.ProtocolRESTJSON || a.protocol == model.ProtocolRESTXML
}

// Match returns the operation that a request is of: by its method and path, or by the header
// X-Amz-Target. It is not ok when the API has no such operation. In the query protocol the
// body names the operation, see [API.Named].
func (a *API) Match(r *http.Request) (operation string, ok bool) {
	if a.rest() {
		return a.routes.match(r)
	}
	operation = a.called(r)
	return operation, a.ops[operation] != nil
}

// Status returns the HTTP status of an error of an operation, by its code: the model's, else
// 400.
func (a *API) Status(operation, code string) int {
	if sh := a.exception(operation, code); sh != nil {
		return sh.Status()
	}
	return http.StatusBadRequest
}

// exception is the error of a code or name, preferably one of the operation; nil: the model has
// none.
func (a *API) exception(operation, code string) *model.Shape {
	if o := a.ops[operation]; o != nil {
		for _, name := range o.Errors {
			if sh := a.model.Shapes[name]; sh.Code() == code || name == code {
				return sh
			}
		}
	}
	if sh := a.model.Shapes[code]; sh != nil && sh.Exception {
		return sh
	}
	for _, name := range slices.Sorted(maps.Keys(a.model.Shapes)) {
		if sh := a.model.Shapes[name]; sh.Exception && sh.Code() == code {
			return sh
		}
	}
	return nil
}
