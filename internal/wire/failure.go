package wire

import (
	"github.com/bedlock/bedlock/internal/model"
)

// EncodeError writes an error. members are those of the error's shape beside its message;
// nil: none.
func (a *API) EncodeError(operation string, e *Error, members Object, requestID string) *Message {
	m := &Message{Status: e.Status, Header: a.header(requestID)}
	if m.Status == 0 {
		m.Status = a.Status(operation, e.Code)
	}
	switch a.protocol {
	case model.ProtocolRESTXML, model.ProtocolQuery:
		m.Body = a.appendMarkupError(e, m.Status, members, requestID)
		return m
	case model.ProtocolRESTJSON:
		m.Header.Set("X-Amzn-ErrorType", e.Code)
		m.Body = append(m.Body, '{')
	default:
		m.Body = append(m.Body, `{"__type":`...)
		m.Body = appendQuoted(m.Body, e.Code)
		if e.Message != "" {
			m.Body = append(m.Body, ',')
		}
	}
	if e.Message != "" {
		m.Body = append(appendQuoted(m.Body, a.messageName(operation, e.Code)), ':')
		m.Body = appendQuoted(m.Body, e.Message)
	}
	for _, name := range sorted(members) {
		b, err := appendDocument(nil, members[name])
		if err != nil {
			continue
		}
		if m.Body[len(m.Body)-1] != '{' {
			m.Body = append(m.Body, ',')
		}
		m.Body = append(append(appendQuoted(m.Body, name), ':'), b...)
	}
	m.Body = append(m.Body, '}')
	return m
}

// messageName is the name of the message of an error, message or Message.
func (a *API) messageName(operation, code string) string {
	if o := a.ops[operation]; o != nil && o.errors[code] != nil && o.errors[code].Member("Message") != nil {
		return "Message"
	}
	return "message"
}
