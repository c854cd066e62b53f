package awsquery

import "net/http"

// The codes of this package.
const (
	// MalformedInput: the form is not what the model says.
	MalformedInput = "MalformedInput"
	// MalformedQueryString: the form is none, as to
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html.
	MalformedQueryString = "MalformedQueryString"
	// ValidationError: a constraint of the model is violated.
	ValidationError = "ValidationError"
	// InvalidAction: the service has no such operation, or not in that version.
	InvalidAction = "InvalidAction"
	// MissingAction: the form names no operation. STS redirects such requests to its web
	// page instead, which would help nobody here.
	MissingAction = "MissingAction"
	// RequestEntityTooLarge: the form is larger than [MaxForm]. The code is ours.
	RequestEntityTooLarge = "RequestEntityTooLarge"
)

// Error is what a form is refused with. Its text can quote the request, but never a blob
// or a sensitive member.
type Error struct {
	Code string
	// Message is AWS's text; empty where AWS sends none.
	Message string
}

// Error returns "Code: message".
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// Status returns the HTTP status: 400, but 404 for MalformedQueryString, as documented,
// and 413 for a form that is too large.
func (e *Error) Status() int {
	switch e.Code {
	case MalformedQueryString:
		return http.StatusNotFound
	case RequestEntityTooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

func malformed(message string) *Error { return &Error{MalformedInput, message} }
