package plane

import (
	"cmp"
	"context"
	"mime"
	"net/http"

	"github.com/bedlock/bedlock/plane/awsjson"
	"github.com/bedlock/bedlock/plane/awsquery"
	"github.com/bedlock/bedlock/plane/sigv4"
)

// Service is one API of the plane.
type Service struct {
	// Name is what requests are scoped to: kms, sts, iam. Several services can have one
	// name: bedrock is that of all its APIs.
	Name string
	// API is the name of the API's model where it is another: bedrock-agent.
	API string
	// Global: the service has no Regions; its calls are recorded in the home Region of the partition.
	Global   bool
	Protocol Protocol
	// Operations by the names of the API.
	Operations map[string]Operation
	// ReadOnly says whether CloudTrail marks an operation as one that changes nothing;
	// nil: those that begin with Describe, Get, List or Lookup are.
	ReadOnly func(operation string) bool
}

// api is the name of the API, whose operations several services can share among them.
func (s *Service) api() string { return cmp.Or(s.API, s.Name) }

// overlaps says whether another service has an operation of the same API.
func (s *Service) overlaps(other *Service) bool {
	if other.api() != s.api() {
		return false
	}
	for name := range s.Operations {
		if other.Operations[name] != nil {
			return true
		}
	}
	return false
}

// Operation decodes, does and encodes one operation: it keeps the input and the output in
// c and returns the body of the answer. Errors are [*Error], or of the kinds that a
// protocol or package kms has.
type Operation func(ctx context.Context, c *Call, body []byte) ([]byte, error)

// Protocol is how a service speaks.
type Protocol interface {
	// Dialect is that of refused signatures.
	Dialect() sigv4.Dialect
	// Target returns the operation that a request names before it is read: in
	// X-Amz-Target. It is not ok for a request of another service or an operation that AWS
	// does not have. A protocol that names operations in the body returns "" and ok.
	Target(r *http.Request) (operation string, ok bool)
	// Operation returns the operation that the body names, for protocols whose Target
	// returned ""; the body of a request by GET is its query. The error is the refusal of
	// an operation that AWS does not have.
	Operation(body []byte) (operation string, err error)
	// SetHeader sets the headers of every answer.
	SetHeader(h http.Header, requestID string)
	// AppendError appends the body of a refusal.
	AppendError(dst []byte, requestID, code, message string) []byte
}

// Error is a refusal by a service of the plane.
type Error struct {
	// Status is the HTTP status.
	Status  int
	Code    string
	Message string
}

// Error returns "Code: message".
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// jsonProtocol is AWS JSON as a Protocol.
type jsonProtocol struct{ *awsjson.Service }

func (jsonProtocol) Dialect() sigv4.Dialect { return sigv4.JSON }

func (p jsonProtocol) Target(r *http.Request) (string, bool) {
	if r.URL.Path != "/" || r.Method != http.MethodPost {
		return "", false
	}
	return p.Service.Target(r.Header.Get("X-Amz-Target"))
}

func (jsonProtocol) Operation([]byte) (string, error) {
	return "", &awsjson.Error{Code: awsjson.UnknownOperationException}
}

func (jsonProtocol) AppendError(dst []byte, _, code, message string) []byte {
	return awsjson.AppendError(dst, code, message)
}

// JSON is the protocol of a service that speaks AWS JSON.
func JSON(s *awsjson.Service) Protocol { return jsonProtocol{s} }

// queryProtocol is the query protocol as a Protocol.
type queryProtocol struct{ *awsquery.Service }

func (queryProtocol) Dialect() sigv4.Dialect { return sigv4.Query }

func (queryProtocol) Target(r *http.Request) (string, bool) {
	if r.URL.Path != "/" {
		return "", false
	}
	if r.Method == http.MethodGet {
		return "", r.URL.RawQuery != ""
	}
	return "", isForm(r)
}

// isForm reports whether a request has the form of the query protocol.
func isForm(r *http.Request) bool {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.Method == http.MethodPost && media == "application/x-www-form-urlencoded"
}

func (p queryProtocol) Operation(body []byte) (string, error) {
	operation, ok := p.Service.Operation(body)
	if !ok {
		return "", p.Refuse(body)
	}
	return operation, nil
}

// Query is the protocol of a service that speaks the query protocol: STS, IAM.
func Query(s *awsquery.Service) Protocol { return queryProtocol{s} }
