package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
)

// Answer reads the answer to an operation: the output, or an [*Error] for what the service
// refuses. Members that the model does not have are left out.
func (a *API) Answer(operation string, status int, header http.Header, body []byte) (Object, error) {
	out, _, err := a.AnswerWhole(operation, status, header, body)
	return out, err
}

// AnswerWhole is Answer, and names the members that were left out: the service is newer than
// the model, and a request that is made of the answer would lose them.
func (a *API) AnswerWhole(operation string, status int, header http.Header, body []byte) (_ Object, unknown []string, err error) {
	o := a.operation(operation)
	if o == nil {
		return nil, nil, fmt.Errorf("wire answer: %s has no operation %s", a.model.Name, operation)
	}
	if status >= 300 {
		return nil, nil, a.refusal(status, header, body)
	}
	out := Object{}
	if o.out == nil {
		return out, nil, nil
	}
	d := &decoding{lax: true, binary: a.protocol == model.ProtocolCBOR}
	if err := a.answerBody(d, o, out, body); err != nil {
		return nil, nil, fmt.Errorf("wire answer %s %s: %w", a.model.Name, operation, err)
	}
	for i := range o.out.Members {
		m := &o.out.Members[i]
		if m.Model.Location != model.LocationHeader {
			continue
		}
		v, err := d.header(m, header.Values(m.Model.WireName()))
		if err != nil {
			return nil, nil, fmt.Errorf("wire answer %s %s: %w", a.model.Name, operation, err)
		}
		if v != nil {
			out[m.Model.Name] = v
		}
	}
	slices.Sort(d.unknown)
	return out, slices.Compact(d.unknown), nil
}

func (a *API) answerBody(d *decoding, o *operation, out Object, body []byte) error {
	n := o.out
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if a.protocol == model.ProtocolQuery {
		return d.answerMarkup(o, out, body)
	}
	if payload := n.Shape.Payload; payload != "" {
		m := &n.Members[memberIndex(n, payload)]
		if m.Value.Simple {
			out[payload] = rawPayload(m.Value, body)
			return nil
		}
		var v any
		var err error
		if m.Value.Shape.EventStream {
			v, err = d.events(m.Value, body)
		} else {
			v, err = a.parseBody(d, m.Value, m.Model, body)
		}
		if err == nil {
			out[payload] = v
		}
		return err
	}
	if a.protocol == model.ProtocolRESTXML {
		root, err := rooted(body, "")
		if err != nil {
			return err
		}
		return d.structure(n, root, out)
	}
	parse := parseJSON
	if d.binary {
		parse = parseCBOR
	}
	v, err := parse(body)
	if err != nil {
		return err
	}
	return d.members(n, v, out)
}

// answerMarkup reads the answer of the query protocol, which has the output in an element of
// its own.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization
func (d *decoding) answerMarkup(o *operation, out Object, body []byte) error {
	root, err := rooted(body, o.name+"Response")
	if err != nil {
		return err
	}
	if o.ResultWrapper != "" {
		if root = root.child(o.ResultWrapper); root == nil {
			return nil
		}
	}
	return d.structure(o.out, root, out)
}

// spokenError is what the body of an error says, in the spellings of all protocols.
type spokenError struct {
	Type      string `json:"__type"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	Uppercase string `json:"Message"`
}

// refusal reads an error. Where the service once spoke the query protocol, its clients know the
// error by the code of that time.
func (a *API) refusal(status int, header http.Header, body []byte) *Error {
	codes := []string{header.Get("X-Amzn-ErrorType")}
	if a.model.QueryCompatible {
		code, _, _ := strings.Cut(header.Get("X-Amzn-Query-Error"), ";")
		codes = []string{code, codes[0]}
	}
	return a.says(body).refusal(status, codes...)
}

// refusal is the error. The code is one of headers, or in the body, perhaps with a namespace
// before it or an address behind it.
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
func (s spokenError) refusal(status int, codes ...string) *Error {
	e := &Error{Status: status, Message: cmp.Or(s.Message, s.Uppercase)}
	for _, code := range append(codes, s.Type, s.Code) {
		code, _, _ := strings.Cut(code, ":")
		if _, name, ok := strings.Cut(code, "#"); ok {
			code = name
		}
		if code != "" {
			e.Code = code
			return e
		}
	}
	e.Code = strings.ReplaceAll(http.StatusText(status), " ", "")
	return e
}

// says reads the body of an error. What it cannot read is the page of something between.
func (a *API) says(body []byte) (out spokenError) {
	switch a.protocol {
	case model.ProtocolQuery:
		root, err := rooted(body, "ErrorResponse")
		if err != nil {
			return out
		}
		if root = root.child("Error"); root != nil {
			out.Code, out.Message = root.textOf("Code"), root.textOf("Message")
		}
	case model.ProtocolRESTXML:
		if root, err := rooted(body, "Error"); err == nil {
			out.Code, out.Message = root.textOf("Code"), root.textOf("Message")
		}
	case model.ProtocolCBOR:
		v, _ := parseCBOR(body)
		members, _ := v.(map[string]any)
		for name, to := range map[string]*string{"__type": &out.Type, "message": &out.Message, "Message": &out.Uppercase} {
			*to, _ = members[name].(string)
		}
	default:
		return saysJSON(body)
	}
	return out
}

func saysJSON(body []byte) (out spokenError) {
	_ = json.Unmarshal(body, &out)
	return out
}
