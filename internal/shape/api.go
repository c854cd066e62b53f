package shape

import (
	"errors"
	"fmt"
	"maps"
	"reflect"

	"github.com/bedlock/bedlock/internal/model"
)

// Observed is what a service was seen to do beyond its model.
type Observed struct {
	// Operations and Shapes are added to those of the model, or replace them, by name.
	Operations map[string]*model.Operation
	Shapes     map[string]*model.Shape
	// Earlier are the methods and URIs that operations had in earlier versions of the model and
	// that clients still use, by operation: "GET /datasets". What the path lacks of the members is
	// in the query.
	Earlier map[string]string
	// Enums are the values that a refusal lists, by shape. Which values pass is still up
	// to the shape.
	Enums map[string][]string
	// PatternFirst: of one value the pattern is reported before the length.
	PatternFirst bool
	// Discreet: refusals show no values but those of numbers and enumerations.
	Discreet bool
	// Wordings are messages for values off the pattern, by shape, with %s for the member.
	// Such a message stands alone, and only if nothing else is violated.
	Wordings map[string]string
}

// API is the operations and shapes of a service.
type API struct {
	Operations map[string]*model.Operation
	shapes     map[string]*model.Shape
	seen       Observed
}

// New returns the API of a model.
func New(m *model.Service, seen Observed) *API {
	a := &API{Operations: m.Operations, shapes: m.Shapes, seen: seen}
	if len(seen.Operations) > 0 {
		a.Operations = maps.Clone(m.Operations)
		maps.Copy(a.Operations, seen.Operations)
	}
	if len(seen.Shapes) > 0 {
		a.shapes = maps.Clone(m.Shapes)
		maps.Copy(a.shapes, seen.Shapes)
	}
	return a
}

// Shape returns a shape by its name.
func (a *API) Shape(name string) (*model.Shape, error) {
	if sh := a.shapes[name]; sh != nil {
		return sh, nil
	}
	return nil, fmt.Errorf("no shape %q", name)
}

// Listed returns the values of an enumeration that a refusal lists.
func (a *API) Listed(sh *model.Shape) []string {
	if l, ok := a.seen.Enums[sh.Name]; ok {
		return l
	}
	return sh.Enum
}

// structure returns the input or output shape of an operation.
func (a *API) structure(operation string, side model.Direction) (*model.Shape, error) {
	op := a.Operations[operation]
	if op == nil {
		return nil, errors.New("no such operation")
	}
	switch {
	case side == model.Output && op.Output == "":
		return nil, errors.New("no output")
	case side == model.Output:
		return a.Shape(op.Output)
	case op.Input == "":
		return &model.Shape{Type: model.TypeStructure}, nil
	}
	return a.Shape(op.Input)
}

// Plan is how the input or output of an operation becomes a Go value.
type Plan struct {
	Root *Node
	// Ignored are the paths of the members of the model that the type has no field for,
	// such as "ResourceOwners".
	Ignored []string
	// Unchecked are the names of the shapes whose pattern RE2 cannot express.
	Unchecked []string
}

// Compile plans the input or output of an operation. It fails for an operation that the
// service does not have, for a field that has no member or another type, and for a
// required member without a field.
func (a *API) Compile(operation string, side model.Direction, t reflect.Type) (*Plan, error) {
	sh, err := a.structure(operation, side)
	if err != nil {
		return nil, err
	}
	c := &compiler{api: a, nodes: map[nodeKey]*Node{}}
	if c.plan.Root, err = c.node(t, sh, ""); err != nil {
		return nil, err
	}
	return &c.plan, nil
}
