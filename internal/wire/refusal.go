package wire

import (
	"errors"
	"net/http"

	"github.com/bedlock/bedlock/internal/model"
)

// codes are those by which the protocols of XML refuse what the others call
// SerializationException and ValidationException.
// Query: see package awsquery. S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
const (
	malformedInput  = "MalformedInput"
	validationError = "ValidationError"
	malformedXML    = "MalformedXML"
	invalidArgument = "InvalidArgument"

	malformedText = "The XML you provided was not well-formed or did not validate against our published schema"
)

// worded says the refusal of a body as the protocol does.
func (a *API) worded(err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Code != SerializationException && e.Code != ValidationException {
		return err
	}
	switch {
	case a.protocol == model.ProtocolRESTXML:
		// S3 does not say what is wrong; a name that is not in the model is worth saying.
		text := malformedText
		if e.Code == ValidationException {
			text += ": " + e.Message
		}
		return &Error{http.StatusBadRequest, malformedXML, text}
	case a.protocol == model.ProtocolQuery && e.Code == SerializationException:
		return &Error{http.StatusBadRequest, malformedInput, e.Message}
	case a.protocol == model.ProtocolQuery:
		return &Error{http.StatusBadRequest, validationError, e.Message}
	}
	return err
}

// wordedBinding is worded of a label, parameter or header.
func (a *API) wordedBinding(err error) error {
	var e *Error
	if a.protocol == model.ProtocolRESTXML && errors.As(err, &e) {
		return &Error{http.StatusBadRequest, invalidArgument, e.Message}
	}
	return err
}

// violated refuses an input that violates its model.
func (a *API) violated(o *operation, in Object, message string) error {
	if a.protocol == model.ProtocolRESTXML {
		var body decoding
		for i := range o.in.Members {
			m := &o.in.Members[i]
			if v, given := in[m.Model.Name]; given && !outside(m.Model.Location) {
				body.check(m.Value, v)
			}
		}
		if body.Message() == "" {
			return &Error{http.StatusBadRequest, invalidArgument, message}
		}
	}
	return a.worded(&Error{http.StatusBadRequest, ValidationException, message})
}
