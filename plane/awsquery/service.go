package awsquery

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// Observed is what a service was seen to do beyond its model.
type Observed = shape.Observed

// Service is an API that speaks the query protocol.
type Service struct {
	meta model.Metadata
	api  *shape.API
	// faults are the codes of errors that are the service's.
	faults map[string]bool
}

// New returns the service of a model. It fails for a model of a service that does not
// speak the query protocol.
func New(m *model.Service, seen Observed) (*Service, error) {
	if !slices.Contains(m.Protocols, model.ProtocolQuery) || m.APIVersion == "" || m.XMLNamespace == "" {
		return nil, fmt.Errorf("awsquery service %s: protocols are %v, not query", m.Name, m.Protocols)
	}
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html
	faults := map[string]bool{"InternalFailure": true, "ServiceUnavailable": true}
	for _, sh := range m.Shapes {
		if sh.Exception && (sh.Fault || sh.HTTPStatus >= http.StatusInternalServerError) {
			faults[sh.Code()] = true
		}
	}
	return &Service{meta: m.Metadata, api: shape.New(m, seen), faults: faults}, nil
}

// Operation returns the operation that a form names in Action. It is not ok without one,
// for one that the service does not have, and for another Version than the model's:
// [Service.Refuse] says what is answered then. The form of a request by GET is its query.
func (s *Service) Operation(form []byte) (operation string, ok bool) {
	t := targetOf(form)
	if t.version != s.meta.APIVersion || s.api.Operations[t.action] == nil {
		return "", false
	}
	return t.action, true
}

// Refuse returns the refusal of a form for which [Service.Operation] is not ok.
func (s *Service) Refuse(form []byte) *Error {
	t := targetOf(form)
	if !t.named {
		// The text of the documentation.
		return &Error{MissingAction, "The request is missing an action or a required parameter."}
	}
	return &Error{InvalidAction, "Could not find operation " + cut(t.action) + " for version " + cut(t.version)}
}

// target is what a form asks for.
type target struct {
	action, version string
	// named: there is an Action, which may be empty.
	named bool
}

// targetOf reads no more than it must: it is called before the form is known to be one.
func targetOf(form []byte) target {
	t := target{version: "NO_VERSION_SPECIFIED"}
	versioned := false
	for p, err := range parameters(form[:min(len(form), MaxForm)]) {
		switch {
		case err != nil:
		case p.name == "Action" && !t.named:
			t.action, t.named = p.text, true
		case p.name == "Version" && !versioned:
			t.version, versioned = p.text, true
		}
		if t.named && versioned {
			break
		}
	}
	return t
}

// cut shortens what is quoted of a request.
func cut(s string) string { return s[:min(len(s), 128)] }

// SetHeader sets the headers of an answer.
func (s *Service) SetHeader(h http.Header, requestID string) {
	h["Content-Type"] = []string{"text/xml"}
	h["x-amzn-RequestId"] = []string{requestID}
}
