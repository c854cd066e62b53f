package awsjson

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
)

// The codes of this package.
const (
	// SerializationException: the body is not what the model says.
	SerializationException = "SerializationException"
	// ValidationException: a constraint of the model is violated.
	ValidationException = "ValidationException"
	// UnknownOperationException: X-Amz-Target names no operation. Kinesis sends it without
	// a message.
	UnknownOperationException = "UnknownOperationException"
	// AccessDeniedException is here for its spelling of Message.
	AccessDeniedException = "AccessDeniedException"
	// RequestEntityTooLarge: the body is larger than [MaxBody]. The code is ours.
	RequestEntityTooLarge = "RequestEntityTooLargeException"
)

// Error is what [Decoder.Decode] refuses with. Its text can quote the request, but never a
// blob or a sensitive member.
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

// Status returns the HTTP status: 400, or 413 for a body that is too large.
func (e *Error) Status() int {
	if e.Code == RequestEntityTooLarge {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// AppendError appends the body of an error. An empty message is left out. The key is
// "message", but "Message" in the errors of the framework: confirmed for the
// AccessDeniedException of KMS and the SerializationException of Kinesis and Athena.
func AppendError(dst []byte, code, message string) []byte {
	dst = append(dst, `{"__type":`...)
	dst = appendString(dst, code)
	if message != "" {
		key := `,"message":`
		switch code {
		case AccessDeniedException, SerializationException, UnknownOperationException:
			key = `,"Message":`
		}
		dst = append(dst, key...)
		dst = appendString(dst, message)
	}
	return append(dst, '}')
}

// appendString quotes s; what is no UTF-8 becomes the replacement character.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
