package wire

import (
	"maps"

	"github.com/bedlock/bedlock/internal/model"
)

// EncodeError writes an error. Its code is the name of an error of the model, or the code that
// the model has for it. members are those of the error's shape beside its message; nil: none.
func (a *API) EncodeError(operation string, e *Error, members Object, requestID string) *Message {
	m := &Message{Status: e.Status, Header: a.header(requestID)}
	if m.Status == 0 {
		m.Status = a.Status(operation, e.Code)
	}
	// What a service was in the query protocol its clients know by the code of that time.
	name, code := e.Code, e.Code
	if sh := a.exception(operation, e.Code); sh != nil {
		name, code = sh.Name, sh.Code()
	}
	switch a.protocol {
	case model.ProtocolRESTXML, model.ProtocolQuery:
		m.Body = a.appendMarkupError(code, e.Message, m.Status, members, requestID)
		return m
	}
	if a.model.QueryCompatible {
		m.Header.Set("x-amzn-query-error", code+";"+fault(m.Status))
		code = name
	}
	if a.protocol == model.ProtocolCBOR {
		m.Body = cborError(code, e.Message, members)
		return m
	}
	m.Body = append(m.Body, '{')
	if a.protocol == model.ProtocolRESTJSON {
		m.Header.Set("X-Amzn-ErrorType", code)
	} else {
		m.Body = appendQuoted(append(m.Body, `"__type":`...), code)
	}
	said := members
	if e.Message != "" {
		m.Body = appendText(m.Body, a.messageName(operation, e.Code), e.Message)
		said = members.Without("message", "Message")
	}
	for _, name := range sorted(said) {
		if b, err := appendDocument(nil, said[name]); err == nil {
			m.Body = append(appendName(m.Body, name), b...)
		}
	}
	m.Body = append(m.Body, '}')
	return m
}

// appendName appends the name of a member of a JSON object that was begun.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(appendQuoted(dst, name), ':')
}

func appendText(dst []byte, name, text string) []byte {
	return appendQuoted(appendName(dst, name), text)
}

// cborError writes an error in CBOR. A member that CBOR cannot have is left out, with the
// others.
func cborError(code, message string, members Object) []byte {
	plain := map[string]any{"__type": code}
	if message != "" {
		plain["message"] = message
	}
	all := maps.Clone(plain)
	for name, v := range members {
		all[name] = v
	}
	b, err := encodeCBOR(all)
	if err != nil {
		b, _ = encodeCBOR(plain)
	}
	return b
}

// messageName is the name of the message of an error, message or Message.
func (a *API) messageName(operation, code string) string {
	if sh := a.exception(operation, code); sh != nil && sh.Member("Message") != nil {
		return "Message"
	}
	return "message"
}
