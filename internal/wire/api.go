package wire

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

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
	name   string
	in     *shape.Node
	out    *shape.Node // nil: none
	errors map[string]*model.Shape
}

// Observed is what a service was seen to do beyond its model.
type Observed = shape.Observed

// New makes the API of a model. The error is a defect of the model.
func New(m *model.Service, seen Observed) (*API, error) {
	described := shape.New(m, seen)
	a := &API{model: m, protocol: m.Protocol, ops: make(map[string]*operation, len(m.Operations))}
	for name, op := range described.Operations {
		o := &operation{Operation: op, name: name, errors: map[string]*model.Shape{}}
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
		for _, e := range op.Errors {
			if sh := m.Shapes[e]; sh != nil {
				o.errors[sh.Code()] = sh
			}
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

// Speaks says whether the API has a protocol.
func (a *API) Speaks(p model.Protocol) bool { return slices.Contains(a.model.Protocols, p) }

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
	if a.model.TargetPrefix == "" || r.URL.Path != "/" || r.Method != http.MethodPost {
		return "", false
	}
	// CloudTrail's clients write the prefix with and without a package before it.
	target := r.Header.Get("X-Amz-Target")
	short := a.model.TargetPrefix[strings.LastIndexByte(a.model.TargetPrefix, '.')+1:]
	for _, prefix := range []string{a.model.TargetPrefix, short} {
		if name, found := strings.CutPrefix(target, prefix+"."); found {
			_, ok = a.ops[name]
			return name, ok
		}
	}
	return "", false
}

// Status returns the HTTP status of an error of an operation, by its code: the model's, else
// 400.
func (a *API) Status(operation, code string) int {
	if o := a.ops[operation]; o != nil {
		if sh := o.errors[code]; sh != nil {
			return sh.Status()
		}
	}
	for _, sh := range a.model.Shapes {
		if sh.Exception && sh.Code() == code {
			return sh.Status()
		}
	}
	return http.StatusBadRequest
}
