package wire

import "net/http"

// The codes of refusals by this package.
const (
	// SerializationException: the message is not what the protocol says.
	SerializationException = "SerializationException"
	// ValidationException: a constraint of the model is violated.
	ValidationException = "ValidationException"
)

// Error is what a request is refused with, or what an answer says.
type Error struct {
	Status  int
	Code    string
	Message string
}

// Error returns "Code: message".
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

func serialization(message string) *Error {
	return &Error{http.StatusBadRequest, SerializationException, message}
}
