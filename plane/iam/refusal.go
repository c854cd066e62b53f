package iam

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/bedlock/bedlock/plane"
)

// The refusals of IAM. Codes and statuses are those of its model; where a text is not
// marked otherwise it was recorded of AWS by the tests of LocalStack in February 2026
// (https://github.com/localstack/localstack, tests/aws/services/iam).

func noSuchEntity(format string, args ...any) error {
	return &plane.Error{Status: http.StatusNotFound, Code: "NoSuchEntity", Message: fmt.Sprintf(format, args...)}
}

func alreadyExists(format string, args ...any) error {
	return &plane.Error{Status: http.StatusConflict, Code: "EntityAlreadyExists", Message: fmt.Sprintf(format, args...)}
}

func deleteConflict(message string) error {
	return &plane.Error{Status: http.StatusConflict, Code: "DeleteConflict", Message: message}
}

// limitExceeded is the refusal of more of what a quota limits.
func limitExceeded(quota string, limit int) error {
	return &plane.Error{Status: http.StatusConflict, Code: "LimitExceeded", Message: fmt.Sprintf("Cannot exceed quota for %s: %d", quota, limit)}
}

// unmodifiable is the refusal to change a role of AWS. The text was recorded:
// https://github.com/rebuy-de/aws-nuke/issues/441
func unmodifiable(role string) error {
	return &plane.Error{Status: http.StatusBadRequest, Code: "UnmodifiableEntity", Message: "Cannot perform the operation on the protected role '" + role + "' - this role is only modifiable by AWS"}
}

func invalidInput(format string, args ...any) error {
	return &plane.Error{Status: http.StatusBadRequest, Code: "InvalidInput", Message: fmt.Sprintf(format, args...)}
}

func validationError(format string, args ...any) error {
	return &plane.Error{Status: http.StatusBadRequest, Code: "ValidationError", Message: fmt.Sprintf(format, args...)}
}

func malformedDocument(format string, args ...any) error {
	return &plane.Error{Status: http.StatusBadRequest, Code: "MalformedPolicyDocument", Message: fmt.Sprintf(format, args...)}
}

// noSuch is the refusal of a user, group or role that there is not.
func noSuch(k kind, name string) error {
	return noSuchEntity("The %s with name %s cannot be found.", k, name)
}

// isNoSuch reports whether an error is that of something that does not exist.
func isNoSuch(err error) bool {
	var e *plane.Error
	return errors.As(err, &e) && e.Code == "NoSuchEntity"
}
