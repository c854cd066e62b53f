package awsquery

import (
	"fmt"
	"net/http"

	"github.com/bedlock/bedlock/internal/model"
)

// Observed is what a service was seen to do beyond its model.
type Observed struct{}

// Service is an API that speaks the query protocol.
type Service struct {
	meta       model.Metadata
	operations map[string]*model.Operation
}

// New returns the service of a model. It fails for a model of another protocol.
func New(m *model.Service, seen Observed) (*Service, error) {
	return &Service{meta: m.Metadata, operations: m.Operations}, nil
}

// STS returns the service STS: its model and what was seen of it beyond.
func STS() (*Service, error) { return load("sts") }

// IAM returns the service IAM: its model and what was seen of it beyond.
func IAM() (*Service, error) { return load("iam") }

func load(name string) (*Service, error) {
	m, err := model.Load(name)
	if err != nil {
		return nil, err
	}
	return New(m, Observed{})
}

// Operation returns the operation that a form names in Action. It is not ok without one,
// for one that the service does not have, and for another Version than the model's.
func (s *Service) Operation(body []byte) (operation string, ok bool) { return "", false }

// SetHeader sets the headers of an answer.
func (s *Service) SetHeader(h http.Header, requestID string) {
	h["Content-Type"] = []string{"text/xml"}
	h["x-amzn-RequestId"] = []string{requestID}
}

// AppendError appends the body of an error.
func (s *Service) AppendError(dst []byte, requestID, code, message string) []byte { return dst }

// AppendEmpty appends the answer of an operation without output.
func (s *Service) AppendEmpty(dst []byte, operation, requestID string) []byte { return dst }

// Decoder reads the input of one operation into a struct.
type Decoder[I any] struct{}

// NewDecoder compiles a decoder. It fails for an operation that the service does not have,
// for a field that has no member or another type, and for a required member without a
// field. Other members without a field are ignored when they are sent; see
// [Decoder.Ignored].
func NewDecoder[I any](s *Service, operation string) (*Decoder[I], error) {
	if s.operations[operation] == nil {
		return nil, fmt.Errorf("awsquery decoder %s: no such operation", operation)
	}
	return &Decoder[I]{}, nil
}

// Decode reads and checks a form. An error is a [*Error].
func (d *Decoder[I]) Decode(body []byte) (*I, error) { return new(I), nil }

// Ignored returns the paths of the members of the model that I has no field for.
func (d *Decoder[I]) Ignored() []string { return nil }

// Unchecked returns the names of the shapes whose pattern RE2 cannot express.
func (d *Decoder[I]) Unchecked() []string { return nil }

// Encoder writes the output of one operation from a struct.
type Encoder[O any] struct{}

// NewEncoder compiles an encoder. It fails for an operation that the service does not have
// or that has no output, and for a field that has no member or another type.
func NewEncoder[O any](s *Service, operation string) (*Encoder[O], error) {
	if op := s.operations[operation]; op == nil || op.Output == "" {
		return nil, fmt.Errorf("awsquery encoder %s: no such operation, or it has no output", operation)
	}
	return &Encoder[O]{}, nil
}

// Append appends the body of an answer.
func (e *Encoder[O]) Append(dst []byte, requestID string, out *O) []byte { return dst }

// Error is what [Decoder.Decode] refuses with.
type Error struct {
	Code    string
	Message string
}

// Error returns "Code: message".
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Status returns the HTTP status.
func (e *Error) Status() int { return http.StatusBadRequest }
