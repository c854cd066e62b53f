package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// Decode reads the input of an operation. body is that of the request without the framing of
// chunks. An error is an [*Error].
func (a *API) Decode(operation string, r *http.Request, body []byte) (Object, error) {
	o := a.operation(operation)
	if o == nil {
		return nil, fmt.Errorf("wire decode: %s has no operation %s", a.model.Name, operation)
	}
	d := &decoding{binary: a.protocol == model.ProtocolCBOR}
	in := Object{}
	if err := a.decodeBody(d, o, in, body); err != nil {
		return nil, a.worded(err)
	}
	if a.rest() {
		if err := a.decodeBindings(d, o, in, r); err != nil {
			return nil, a.wordedBinding(err)
		}
	}
	d.check(o.in, in)
	if message := d.Message(); message != "" {
		return nil, a.violated(o, in, message)
	}
	return in, nil
}

// decoding is the state of one message.
type decoding struct {
	shape.Violations
	// lax: members that the model does not have are left out, as clients do with answers.
	// unknown are those members.
	lax     bool
	unknown []string
	// plain: the input was written by people, see [API.Read].
	plain bool
	// form: elements are places in a form, not in a document of XML.
	form bool
	// binary: scalars have types of their own, there is no base64.
	binary bool
	depth  int
}

// decodeBody reads what of the input is in the body.
func (a *API) decodeBody(d *decoding, o *operation, in Object, body []byte) error {
	if payload := o.in.Shape.Payload; payload != "" {
		i := memberIndex(o.in, payload)
		m := &o.in.Members[i]
		if m.Value.Simple {
			if len(body) > 0 {
				in[m.Model.Name] = rawPayload(m.Value, body)
			}
			return nil
		}
		if len(bytes.TrimSpace(body)) == 0 {
			return nil
		}
		v, err := a.parseBody(d, m.Value, m.Model, body)
		if err == nil && v != nil {
			in[m.Model.Name] = v
		}
		return err
	}
	switch a.protocol {
	case model.ProtocolRESTXML, model.ProtocolQuery:
		return a.decodeMarkup(d, o, in, body)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	parse := parseJSON
	if a.protocol == model.ProtocolCBOR {
		parse = parseCBOR
	}
	v, err := parse(body)
	if err != nil {
		return err
	}
	return d.members(o.in, v, in)
}

// unknownMember refuses a member that the model does not have.
func unknownMember(name string, n *shape.Node) error {
	return &Error{http.StatusBadRequest, ValidationException, fmt.Sprintf("unknown member %q of %s; the local plane knows the API as of its model", name, n.Shape.Name)}
}

// rawPayload is the value of a blob, string or document that is the whole body.
func rawPayload(n *shape.Node, body []byte) any {
	if n.Shape.Type == model.TypeBlob {
		return body
	}
	return string(body)
}

// parseBody reads a structure that is the whole body.
func (a *API) parseBody(d *decoding, n *shape.Node, m *model.Member, body []byte) (any, error) {
	if a.protocol == model.ProtocolRESTXML {
		return a.parseMarkup(d, n, m, body)
	}
	v, err := parseJSON(body)
	if err != nil {
		return nil, err
	}
	return d.value(n, v)
}

func memberIndex(n *shape.Node, name string) int {
	for i := range n.Members {
		if n.Members[i].Model.Name == name {
			return i
		}
	}
	return -1
}

// parseJSON reads one JSON value; numbers keep their spelling.
func parseJSON(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, serialization("")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, serialization("")
	}
	return v, nil
}

// members reads the members of a structure that are in the body into out.
func (d *decoding) members(n *shape.Node, v any, out Object) error {
	all, ok := v.(map[string]any)
	if !ok {
		return serialization("Expected null")
	}
	for name, inner := range all {
		m, ok := d.member(n, name)
		switch {
		case name == "__type" && n.Shape.Union || inner == nil:
			continue
		case !ok && d.lax:
			d.unknown = append(d.unknown, name)
			continue
		case !ok:
			return unknownMember(name, n)
		}
		value, err := d.value(m.Value, inner)
		if err != nil {
			return err
		}
		out[m.Model.Name] = value
	}
	return nil
}

// outside says whether a member is not in the body.
func outside(l model.Location) bool { return l > model.LocationBody }

const maxDepth = 64

// value converts what encoding/json read to a value of a shape.
func (d *decoding) value(n *shape.Node, v any) (any, error) {
	if n.Shape.Document {
		return v, nil
	}
	if d.depth++; d.depth > maxDepth {
		return nil, serialization(fmt.Sprintf("More than %d levels.", maxDepth))
	}
	defer func() { d.depth-- }()
	switch n.Shape.Type {
	case model.TypeStructure:
		out := Object{}
		return out, d.members(n, v, out)
	case model.TypeList:
		list, ok := v.([]any)
		if !ok {
			return nil, serialization("Expected list or null")
		}
		out := make([]any, 0, len(list))
		for _, inner := range list {
			if inner == nil {
				continue
			}
			value, err := d.value(n.Element, inner)
			if err != nil {
				return nil, err
			}
			out = append(out, value)
		}
		return out, nil
	case model.TypeMap:
		m, ok := v.(map[string]any)
		if !ok {
			return nil, serialization("Expected map or null")
		}
		out := make(Object, len(m))
		for name, inner := range m {
			if inner == nil {
				continue
			}
			value, err := d.value(n.Element, inner)
			if err != nil {
				return nil, err
			}
			out[name] = value
		}
		return out, nil
	}
	return d.simple(n, v)
}

// simple converts a JSON scalar.
func (d *decoding) simple(n *shape.Node, v any) (any, error) {
	switch v := v.(type) {
	case string:
		if d.plain && n.Shape.Type == model.TypeBlob {
			return []byte(v), nil
		}
		if d.binary && n.Shape.Type != model.TypeString {
			break
		}
		return d.text(n, v)
	case bool:
		if n.Shape.Type == model.TypeBoolean {
			return v, nil
		}
	case int64:
		return d.simple(n, json.Number(strconv.FormatInt(v, 10)))
	case float64:
		return d.simple(n, json.Number(strconv.FormatFloat(v, 'f', -1, 64)))
	case []byte:
		if n.Shape.Type == model.TypeBlob {
			return v, nil
		}
	case time.Time:
		if n.Shape.Type == model.TypeTimestamp && max(v.Unix(), -v.Unix()) <= maxTimestamp {
			return v.UTC(), nil
		}
	case json.Number:
		if n.Shape.Type != model.TypeString && n.Shape.Type != model.TypeBlob && n.Shape.Type != model.TypeBoolean {
			if out, err := d.text(n, string(v)); err == nil {
				return out, nil
			}
		}
	}
	return nil, mismatch(n, v)
}

// mismatch is the refusal of a scalar of another type; see package awsjson for its texts.
func mismatch(n *shape.Node, v any) *Error {
	kind := "Start of structure or map found where not expected."
	switch v := v.(type) {
	case []any:
		return serialization("Start of list found where not expected")
	case map[string]any:
		return serialization(kind)
	case string:
		kind = "STRING_VALUE"
	case bool:
		kind = strings.ToUpper(fmt.Sprint(v)) + "_VALUE"
	default:
		kind = "NUMBER_VALUE"
	}
	name := n.Shape.Type.String()
	return serialization(kind + " can not be converted to a " + strings.ToUpper(name[:1]) + name[1:])
}

// decodeBindings reads the labels, parameters and headers of a request.
func (a *API) decodeBindings(d *decoding, o *operation, in Object, r *http.Request) error {
	route := a.routes.route(o.name, r.Method)
	labels, _ := route.bind(strings.Split(r.URL.EscapedPath(), "/"))
	query := r.URL.Query()
	for i := range o.in.Members {
		m := &o.in.Members[i]
		var v any
		var err error
		location := m.Model.Location
		if route.earlier && location == model.LocationBody && m.Value.Simple {
			location = model.LocationQuery
		}
		switch name := m.Model.WireName(); location {
		case model.LocationURI:
			if text, ok := labels[name]; ok {
				v, err = d.text(m.Value, text)
			}
		case model.LocationQuery:
			v, err = d.parameter(m.Value, name, query)
		case model.LocationHeader:
			v, err = d.header(m, r.Header.Values(name))
		case model.LocationHeaders:
			v = prefixed(name, r.Header)
		}
		if err != nil {
			return err
		}
		if v != nil {
			in[m.Model.Name] = v
		}
	}
	return nil
}

// parameter reads a member from the query.
func (d *decoding) parameter(n *shape.Node, name string, query url.Values) (any, error) {
	switch n.Shape.Type {
	case model.TypeMap:
		out := Object{}
		for key, values := range query {
			v, err := d.parameter(n.Element, key, url.Values{key: values})
			if err != nil {
				return nil, err
			}
			out[key] = v
		}
		return out, nil
	case model.TypeList:
		values, ok := query[name]
		if !ok {
			return nil, nil
		}
		return d.texts(n, values)
	}
	if values, ok := query[name]; ok {
		return d.text(n, values[0])
	}
	return nil, nil
}

func (d *decoding) texts(n *shape.Node, values []string) (any, error) {
	out := make([]any, 0, len(values))
	for _, s := range values {
		v, err := d.text(n.Element, s)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// header reads a member from the values of a header.
func (d *decoding) header(m *shape.Member, values []string) (any, error) {
	if len(values) == 0 {
		return nil, nil
	}
	if m.Value.Shape.Type == model.TypeList {
		all := strings.Split(strings.Join(values, ","), ",")
		for i := range all {
			all[i] = strings.TrimSpace(all[i])
		}
		return d.texts(m.Value, all)
	}
	if m.Model.JSONValue {
		text, err := base64.StdEncoding.DecodeString(values[0])
		if err != nil {
			return nil, serialization("")
		}
		return string(text), nil
	}
	return d.text(m.Value, values[0])
}

// prefixed reads a map from the headers that begin with a name.
func prefixed(prefix string, h http.Header) any {
	out := Object{}
	for name, values := range h {
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			out[strings.ToLower(name[len(prefix):])] = values[0]
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
