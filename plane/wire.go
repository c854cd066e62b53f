package plane

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/awsjson"
	"github.com/bedlock/bedlock/plane/sigv4"
)

// wireProtocol is an API that is spoken by its model alone, as a Protocol.
type wireProtocol struct{ api *wire.API }

// Wire is the protocol of a service that is driven by its model. Its operations are made
// with [WireOperation].
func Wire(api *wire.API) Protocol { return wireProtocol{api} }

func (p wireProtocol) Dialect() sigv4.Dialect {
	switch p.api.Model().Protocol {
	case model.ProtocolRESTJSON, model.ProtocolRESTXML:
		return sigv4.REST
	case model.ProtocolQuery:
		return sigv4.Query
	}
	return sigv4.JSON
}

func (p wireProtocol) Target(r *http.Request) (string, bool) {
	if operation, ok := p.api.Match(r); ok {
		return operation, true
	}
	return "", p.api.Speaks(model.ProtocolQuery) && r.URL.Path == "/" && (isForm(r) || r.Method == http.MethodGet && r.URL.RawQuery != "")
}

func (p wireProtocol) Operation(body []byte) (string, error) {
	if operation, ok := p.api.Named(body); ok {
		return operation, nil
	}
	return "", &Error{http.StatusBadRequest, "InvalidAction", "The action or operation requested is invalid. Verify that the action is typed correctly."}
}

// fits says whether a request is one that the model allows.
func (p wireProtocol) fits(r *http.Request, operation string, body []byte) bool {
	_, err := p.api.Decode(operation, r, body)
	return err == nil
}

// SetHeader does nothing: answers come with their headers.
func (wireProtocol) SetHeader(http.Header, string) {}

func (p wireProtocol) AppendError(dst []byte, requestID, code, message string) []byte {
	return append(dst, p.api.EncodeError("", &wire.Error{Code: code, Message: message}, nil, requestID).Body...)
}

// refusal writes an error with its headers.
func (p wireProtocol) refusal(c *Call) *wire.Message {
	m := p.api.Spoken(c.Request).EncodeError(c.Operation, &wire.Error{Status: c.Status, Code: c.Code, Message: c.Message}, c.Members, c.RequestID)
	maps.Copy(m.Header, c.Header)
	return m
}

// WireOperation makes an operation of a service that is driven by its model. do may return a
// [*wire.Error] without a status: it is the model's.
func WireOperation(api *wire.API, name string, do func(ctx context.Context, c *Call, in wire.Object) (wire.Object, error)) Operation {
	return func(ctx context.Context, c *Call, body []byte) ([]byte, error) {
		api := api.Spoken(c.Request)
		in, err := api.Decode(name, c.Request, body)
		if err != nil {
			return nil, err
		}
		c.Input, c.Body = in, body
		out, err := do(ctx, c, in)
		if err != nil {
			return nil, err
		}
		c.Output = out
		m, err := api.Encode(name, out, c.RequestID)
		if err != nil {
			return nil, err
		}
		maps.Copy(m.Header, c.Header)
		c.Answer = m
		return m.Body, nil
	}
}

// unimplemented is the refusal of an operation that AWS has and the plane has not.
func unimplemented(c *Call) error {
	return &Error{http.StatusBadRequest, awsjson.UnknownOperationException, "not implemented by the local plane: " + c.Service.api() + ":" + c.Operation}
}

// wireStatus completes an error of a service that is driven by its model.
func wireStatus(c *Call, err error) (e *wire.Error, ok bool) {
	if !errors.As(err, &e) {
		return nil, false
	}
	if p, driven := c.Service.Protocol.(wireProtocol); driven && e.Status == 0 {
		e = &wire.Error{Status: p.api.Status(c.Operation, e.Code), Code: e.Code, Message: e.Message}
	}
	return e, true
}
