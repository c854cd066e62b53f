package awsjson

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
)

// MaxBody is the largest body that is decoded, in bytes. It is ours; KMS does not document
// one. The largest input of KMS, a key policy of 131,072 characters that are all escaped,
// fits.
const MaxBody = 1 << 20

// Observed is what a service was seen to do beyond its model.
type Observed struct {
	// Operations and Shapes are added to those of the model, or replace them, by name.
	Operations map[string]*model.Operation
	Shapes     map[string]*model.Shape
	// Enums are the values that a refusal lists, by shape. Which values pass is still up
	// to the shape.
	Enums map[string][]string
}

// Service is an API that speaks AWS JSON.
type Service struct {
	meta       model.Metadata
	operations map[string]*model.Operation
	shapes     map[string]*model.Shape
	enums      map[string][]string
}

// New returns the service of a model. It fails for a model of another protocol.
func New(m *model.Service, seen Observed) (*Service, error) {
	if m.Protocol != model.ProtocolJSON || m.TargetPrefix == "" || m.JSONVersion == "" {
		return nil, fmt.Errorf("awsjson service %s: protocol is %s, not json", m.Name, m.Protocol)
	}
	s := &Service{meta: m.Metadata, operations: m.Operations, shapes: m.Shapes, enums: seen.Enums}
	if len(seen.Operations) > 0 {
		s.operations = maps.Clone(m.Operations)
		maps.Copy(s.operations, seen.Operations)
	}
	if len(seen.Shapes) > 0 {
		s.shapes = maps.Clone(m.Shapes)
		maps.Copy(s.shapes, seen.Shapes)
	}
	return s, nil
}

// Target returns the operation that a header X-Amz-Target names, such as
// "TrentService.Encrypt". It is false for another service and for an operation that the
// service does not have, which is an UnknownOperationException.
func (s *Service) Target(header string) (operation string, ok bool) {
	prefix, name, _ := strings.Cut(header, ".")
	if prefix != s.meta.TargetPrefix {
		return "", false
	}
	_, ok = s.operations[name]
	return name, ok
}

// HasOutput says whether an operation has an output; the answer of one without is an empty
// body (not confirmed by a capture).
func (s *Service) HasOutput(operation string) bool {
	op := s.operations[operation]
	return op != nil && op.Output != ""
}

// SetHeader sets the headers of an answer, spelled as AWS does; see the examples of
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html.
func (s *Service) SetHeader(h http.Header, requestID string) {
	h["Content-Type"] = []string{"application/x-amz-json-" + s.meta.JSONVersion}
	h["x-amzn-RequestId"] = []string{requestID}
}

// structure returns the input or output shape of an operation.
func (s *Service) structure(operation string, side model.Direction) (*model.Shape, error) {
	op := s.operations[operation]
	if op == nil {
		return nil, errors.New("no such operation")
	}
	switch {
	case side == model.Output:
		return s.shape(op.Output)
	case op.Input == "":
		return &model.Shape{Type: model.TypeStructure}, nil
	}
	return s.shape(op.Input)
}

func (s *Service) shape(name string) (*model.Shape, error) {
	if sh := s.shapes[name]; sh != nil {
		return sh, nil
	}
	return nil, fmt.Errorf("no shape %q", name)
}
