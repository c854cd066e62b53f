package wire

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// API is an AWS API whose messages can be written and read. It holds no state of a message
// and is safe for concurrent use.
type API struct {
	model *model.Service
	// protocol is the one that is spoken, of several.
	protocol model.Protocol
	shapes   *shape.API
	routes   router
	ops      map[string]*operation
}

// operation is one operation as it is spoken.
type operation struct {
	*model.Operation
	name  string
	input *model.Shape
	// describe makes in and out, of which most operations are never asked.
	describe sync.Once
	in       *shape.Node
	out      *shape.Node // nil: none
}

// operation returns an operation; nil: there is none.
func (a *API) operation(name string) *operation {
	o := a.ops[name]
	if o != nil {
		o.describe.Do(func() {
			o.in = a.described(name, model.Input)
			if o.Output != "" {
				o.out = a.described(name, model.Output)
			}
		})
	}
	return o
}

func (a *API) described(operation string, side model.Direction) *shape.Node {
	p, err := a.shapes.Describe(operation, side)
	if err != nil {
		// New has seen that every shape is there.
		panic(fmt.Sprintf("wire %s %s: %v", a.model.Name, operation, err))
	}
	return p.Root
}

// Observed is what a service was seen to do beyond its model.
type Observed = shape.Observed

// New makes the API of a model. The error is a defect of the model.
func New(m *model.Service, seen Observed) (*API, error) {
	a := &API{model: m, protocol: m.Protocol, shapes: shape.New(m, seen), ops: make(map[string]*operation, len(m.Operations))}
	for name := range seen.Shapes {
		if err := a.complete(seen.Shapes[name]); err != nil {
			return nil, fmt.Errorf("wire %s: %w", m.Name, err)
		}
	}
	for name, op := range a.shapes.Operations {
		o := &operation{Operation: op, name: name, input: &model.Shape{Type: model.TypeStructure}}
		for _, of := range []string{op.Output, op.Input} {
			if of == "" {
				continue
			}
			sh, err := a.shapes.Shape(of)
			if err != nil {
				return nil, fmt.Errorf("wire %s %s: %w", m.Name, name, err)
			}
			if of == op.Input {
				o.input = sh
			}
		}
		a.ops[name] = o
		if a.rest() {
			a.routes.add(o, o.Method, o.URI)
			if method, uri, ok := strings.Cut(seen.Earlier[name], " "); ok {
				a.routes.add(o, method, uri).earlier = true
			}
		}
	}
	a.routes.sort()
	return a, nil
}

// complete says whether the shapes are there that a shape refers to. Those of models are.
func (a *API) complete(sh *model.Shape) error {
	refs := make([]*model.Member, 0, len(sh.Members)+3)
	for i := range sh.Members {
		refs = append(refs, &sh.Members[i])
	}
	for _, m := range append(refs, sh.Element, sh.Key, sh.Value) {
		if m == nil {
			continue
		}
		if _, err := a.shapes.Shape(m.Shape); err != nil {
			return err
		}
	}
	return nil
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
