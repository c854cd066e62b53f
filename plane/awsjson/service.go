package awsjson

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// MaxBody is the largest body that is decoded, in bytes. It is ours; KMS does not document
// one. The largest input of KMS, a key policy of 131,072 characters that are all escaped,
// fits.
const MaxBody = 1 << 20

// Observed is what a service was seen to do beyond its model.
type Observed = shape.Observed

// Service is an API that speaks AWS JSON.
type Service struct {
	meta model.Metadata
	api  *shape.API
}

// New returns the service of a model. It fails for a model of another protocol.
func New(m *model.Service, seen Observed) (*Service, error) {
	if m.Protocol != model.ProtocolJSON || m.TargetPrefix == "" || m.JSONVersion == "" {
		return nil, fmt.Errorf("awsjson service %s: protocol is %s, not json", m.Name, m.Protocol)
	}
	return &Service{meta: m.Metadata, api: shape.New(m, seen)}, nil
}

// Target returns the operation that a header X-Amz-Target names, such as
// "TrentService.Encrypt". It is false for another service and for an operation that the
// service does not have, which is an UnknownOperationException.
func (s *Service) Target(header string) (operation string, ok bool) {
	rest, _ := strings.CutPrefix(header, s.meta.TargetPrefix) // which can have dots
	name, ok := strings.CutPrefix(rest, ".")
	if !ok || len(rest) == len(header) {
		return "", false
	}
	_, ok = s.api.Operations[name]
	return name, ok
}

// HasOutput says whether an operation has an output; the answer of one without is an empty
// body (not confirmed by a capture).
func (s *Service) HasOutput(operation string) bool {
	op := s.api.Operations[operation]
	return op != nil && op.Output != ""
}

// SetHeader sets the headers of an answer, spelled as AWS does; see the examples of
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html.
func (s *Service) SetHeader(h http.Header, requestID string) {
	h["Content-Type"] = []string{"application/x-amz-json-" + s.meta.JSONVersion}
	h["x-amzn-RequestId"] = []string{requestID}
}
