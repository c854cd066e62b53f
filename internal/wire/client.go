package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// Request writes the request of an operation, without scheme, host and signature. Only the JSON
// protocols are written: no client needs the others. An error says what of the input does not
// fit the model.
func (a *API) Request(operation string, in Object) (*http.Request, error) {
	o := a.operation(operation)
	if o == nil {
		return nil, fmt.Errorf("wire request: %s has no operation %s", a.model.Name, operation)
	}
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: http.Header{}}
	var body []byte
	var err error
	switch a.model.Protocol {
	case model.ProtocolRESTJSON:
		body, err = a.bind(r, o, in)
	case model.ProtocolJSON:
		r.Header.Set("Content-Type", "application/x-amz-json-"+a.model.JSONVersion)
		r.Header.Set("X-Amz-Target", a.model.TargetPrefix+"."+operation)
		body, err = appendValue(nil, o.in, in, a.timestamps(), true)
	default:
		err = fmt.Errorf("the protocol %s is not written", a.model.Protocol)
	}
	if err != nil {
		return nil, fmt.Errorf("wire request %s %s: %w", a.model.Name, operation, err)
	}
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
	return r, nil
}

// bind puts the members where the operation's HTTP binding has them and returns the body.
func (a *API) bind(r *http.Request, o *operation, in Object) ([]byte, error) {
	path, fixed, _ := strings.Cut(o.URI, "?")
	query, err := url.ParseQuery(fixed)
	if err != nil {
		return nil, err
	}
	inBody := false
	for i := range o.in.Members {
		m := &o.in.Members[i]
		v, given := in[m.Model.Name]
		switch name := m.Model.WireName(); m.Model.Location {
		case model.LocationURI:
			text := scalarText(m.Value, v, formatISO)
			if text == "" {
				return nil, fmt.Errorf("%s is missing", m.Model.Name)
			}
			path = label(path, name, text)
		case model.LocationQuery:
			if given {
				addParameter(query, m.Value, name, v)
			}
		case model.LocationHeader:
			if given {
				r.Header.Set(name, scalarText(m.Value, v, formatRFC822))
			}
		case model.LocationHeaders:
			return nil, fmt.Errorf("%s: maps of headers are not written", m.Model.Name)
		default:
			inBody = true
		}
	}
	r.Method = o.Method
	r.URL.RawPath, r.URL.RawQuery = path, query.Encode()
	if r.URL.Path, err = url.PathUnescape(path); err != nil {
		return nil, err
	}
	if !inBody {
		return nil, nil
	}
	r.Header.Set("Content-Type", "application/json")
	if o.in.Shape.Payload != "" {
		return nil, fmt.Errorf("an input whose member %s is the body is not written", o.in.Shape.Payload)
	}
	return appendValue(nil, o.in, in, a.timestamps(), false)
}

// label fills a label of a path; a greedy one keeps slashes.
func label(path, name, text string) string {
	escaped := strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	if strings.Contains(path, "{"+name+"+}") {
		return strings.ReplaceAll(path, "{"+name+"+}", strings.ReplaceAll(escaped, "%2F", "/"))
	}
	return strings.ReplaceAll(path, "{"+name+"}", escaped)
}

func addParameter(query url.Values, n *shape.Node, name string, v any) {
	switch v := v.(type) {
	case []any:
		for _, inner := range v {
			query.Add(name, scalarText(n.Element, inner, formatISO))
		}
	case Object:
		for key, inner := range v {
			addParameter(query, n.Element, key, inner)
		}
	default:
		query.Set(name, scalarText(n, v, formatISO))
	}
}

// Answer reads the answer to an operation: the output, or an [*Error] for what the service
// refuses. Members that the model does not have are left out.
func (a *API) Answer(operation string, status int, header http.Header, body []byte) (Object, error) {
	o := a.operation(operation)
	if o == nil {
		return nil, fmt.Errorf("wire answer: %s has no operation %s", a.model.Name, operation)
	}
	if status >= 300 {
		return nil, refusal(status, header, body)
	}
	out := Object{}
	if o.out == nil {
		return out, nil
	}
	d := &decoding{lax: true}
	if err := a.answerBody(d, o.out, out, body); err != nil {
		return nil, fmt.Errorf("wire answer %s %s: %w", a.model.Name, operation, err)
	}
	for i := range o.out.Members {
		m := &o.out.Members[i]
		if m.Model.Location != model.LocationHeader {
			continue
		}
		v, err := d.header(m, header.Values(m.Model.WireName()))
		if err != nil {
			return nil, fmt.Errorf("wire answer %s %s: %w", a.model.Name, operation, err)
		}
		if v != nil {
			out[m.Model.Name] = v
		}
	}
	return out, nil
}

func (a *API) answerBody(d *decoding, n *shape.Node, out Object, body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
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
	v, err := parseJSON(body)
	if err != nil {
		return err
	}
	return d.members(n, v, out)
}

// refusal reads an error. The code is in the header or in the body, perhaps with a namespace
// before it or an address behind it.
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
func refusal(status int, header http.Header, body []byte) *Error {
	var said struct {
		Type      string `json:"__type"`
		Code      string `json:"code"`
		Message   string `json:"message"`
		Uppercase string `json:"Message"`
	}
	_ = json.Unmarshal(body, &said) // an error page of something between is no JSON
	e := &Error{Status: status, Message: said.Message}
	if e.Message == "" {
		e.Message = said.Uppercase
	}
	for _, code := range []string{header.Get("X-Amzn-ErrorType"), said.Type, said.Code} {
		code, _, _ = strings.Cut(code, ":")
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
