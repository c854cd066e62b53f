package wire

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// Message is an answer.
type Message struct {
	Status int
	Header http.Header
	Body   []byte
}

// Encode writes the output of an operation. Members that the model does not have are left
// out. The error is a defect of the output: a value of another type than its shape's.
func (a *API) Encode(operation string, out Object, requestID string) (*Message, error) {
	o := a.operation(operation)
	if o == nil {
		return nil, fmt.Errorf("wire encode: %s has no operation %s", a.model.Name, operation)
	}
	m := &Message{Status: o.Code, Header: a.header(requestID)}
	if m.Status == 0 || !a.rest() {
		m.Status = http.StatusOK
	}
	var err error
	if a.protocol == model.ProtocolQuery {
		m.Body, err = a.encodeQuery(o, out, requestID)
		return m, err
	}
	if o.out != nil {
		if a.rest() {
			encodeHeaders(m, o.out, out)
		}
		if m.Body, err = a.encodeBody(m, o, out); err != nil {
			return nil, fmt.Errorf("wire encode %s %s: %w", a.model.Name, operation, err)
		}
	}
	if len(m.Body) == 0 && a.protocol == model.ProtocolRESTXML && !out.Has("ContentType") {
		m.Header.Del("Content-Type")
	}
	return m, nil
}

// header is that of every answer.
func (a *API) header(requestID string) http.Header {
	h := http.Header{"x-amzn-RequestId": {requestID}}
	switch a.protocol {
	case model.ProtocolRESTJSON:
		h.Set("Content-Type", "application/json")
	case model.ProtocolRESTXML:
		h.Set("Content-Type", "application/xml")
		h.Set("x-amz-request-id", requestID)
	case model.ProtocolQuery:
		h.Set("Content-Type", "text/xml")
	case model.ProtocolCBOR:
		h.Set("Content-Type", contentCBOR)
		h.Set(protocolHeader, protocolCBOR)
	default:
		h.Set("Content-Type", "application/x-amz-json-"+a.model.JSONVersion)
	}
	return h
}

// encodeHeaders writes the members that are headers or the status.
func encodeHeaders(m *Message, n *shape.Node, out Object) {
	for i := range n.Members {
		member := &n.Members[i]
		v, ok := out[member.Model.Name]
		if !ok {
			continue
		}
		switch name := member.Model.WireName(); member.Model.Location {
		case model.LocationHeader:
			m.Header.Set(name, headerText(member.Value, v))
			if name == "Content-Range" {
				m.Status = http.StatusPartialContent // an answer with a range is a partial one
			}
		case model.LocationHeaders:
			entries, _ := v.(Object)
			for key, inner := range entries {
				m.Header.Set(name+key, fmt.Sprint(inner))
			}
		case model.LocationStatus:
			if status, ok := v.(int64); ok {
				m.Status = int(status)
			}
		}
	}
}

// headerText is the text of a header; a list is separated by commas.
func headerText(n *shape.Node, v any) string {
	list, ok := v.([]any)
	if !ok {
		return scalarText(n, v, formatRFC822)
	}
	parts := make([]string, len(list))
	for i, inner := range list {
		parts[i] = scalarText(n.Element, inner, formatRFC822)
	}
	return strings.Join(parts, ",")
}

// encodeBody writes the members that are in the body.
func (a *API) encodeBody(m *Message, o *operation, out Object) ([]byte, error) {
	n := o.out
	var v any = out
	if payload := n.Shape.Payload; payload != "" {
		member := &n.Members[memberIndex(n, payload)]
		n, v = member.Value, out[payload]
		if n.Shape.EventStream {
			m.Header.Set("Content-Type", eventContent)
			return appendEvents(nil, n, v, a.timestamps())
		}
		switch v := v.(type) {
		case nil:
			return nil, nil
		case []byte:
			if !slices.ContainsFunc(o.out.Members, func(m shape.Member) bool {
				return strings.EqualFold(m.Model.WireName(), "Content-Type") && out.Has(m.Model.Name)
			}) {
				m.Header.Set("Content-Type", "application/octet-stream")
			}
			return v, nil
		case string:
			return []byte(v), nil
		}
		if a.protocol == model.ProtocolRESTXML {
			return a.encodeMarkup(member.Model.WireName(), cmp.Or(member.Model.XMLNamespace, n.Shape.XMLNamespace), n, v)
		}
	}
	if a.protocol == model.ProtocolRESTXML {
		if !slices.ContainsFunc(n.Members, func(m shape.Member) bool { return !outside(m.Model.Location) }) {
			return nil, nil
		}
		return a.encodeMarkup(rootName(n), n.Shape.XMLNamespace, n, v)
	}
	if a.protocol == model.ProtocolCBOR {
		return encodePlain(n, v)
	}
	return appendValue(nil, n, v, a.timestamps(), !a.rest())
}

// rootName is the element of an output in REST XML.
func rootName(n *shape.Node) string {
	if n.Shape.LocationName != "" {
		return n.Shape.LocationName
	}
	return n.Shape.Name
}

// appendValue appends a value as JSON. all: the members with a location are in the body too,
// which only REST protocols tell apart.
func appendValue(dst []byte, n *shape.Node, v any, format string, all bool) ([]byte, error) {
	if n.Shape.Document {
		return appendDocument(dst, v)
	}
	var err error
	switch n.Shape.Type {
	case model.TypeStructure:
		o, ok := v.(Object)
		if !ok {
			return nil, misfit(n, v)
		}
		dst = append(dst, '{')
		first := len(dst)
		for i := range n.Members {
			m := &n.Members[i]
			inner, ok := o[m.Model.Name]
			if !ok || inner == nil || !all && outside(m.Model.Location) {
				continue
			}
			if len(dst) > first {
				dst = append(dst, ',')
			}
			dst = appendQuoted(dst, m.Model.WireName())
			dst = append(dst, ':')
			if dst, err = appendValue(dst, m.Value, inner, format, true); err != nil {
				return nil, fmt.Errorf("%s: %w", m.Model.Name, err)
			}
		}
		return append(dst, '}'), nil
	case model.TypeList:
		list, ok := v.([]any)
		if !ok {
			return nil, misfit(n, v)
		}
		dst = append(dst, '[')
		for i, inner := range list {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendValue(dst, n.Element, inner, format, true); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	case model.TypeMap:
		m, ok := v.(Object)
		if !ok {
			return nil, misfit(n, v)
		}
		dst = append(dst, '{')
		for i, name := range sorted(m) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendQuoted(dst, name), ':')
			if dst, err = appendValue(dst, n.Element, m[name], format, true); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	}
	return appendScalar(dst, n, v, format)
}

// appendScalar appends a scalar as JSON.
func appendScalar(dst []byte, n *shape.Node, v any, format string) ([]byte, error) {
	if !suits(n.Shape.Type, v) {
		return nil, misfit(n, v)
	}
	text := scalarText(n, v, format)
	switch n.Shape.Type {
	case model.TypeString, model.TypeBlob:
		return appendQuoted(dst, text), nil
	case model.TypeTimestamp:
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return appendQuoted(dst, text), nil
		}
	}
	return append(dst, text...), nil
}

// suits says whether a value is one of a scalar type.
func suits(t model.Type, v any) bool {
	switch v.(type) {
	case string:
		return t == model.TypeString
	case bool:
		return t == model.TypeBoolean
	case int64:
		return t.Number()
	case float64:
		return t == model.TypeFloat || t == model.TypeDouble
	case []byte:
		return t == model.TypeBlob
	}
	return t == model.TypeTimestamp
}

func misfit(n *shape.Node, v any) error { return fmt.Errorf("a %T is no %s", v, n.Shape.Type) }

func appendQuoted(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// appendDocument appends free-form JSON.
func appendDocument(dst []byte, v any) ([]byte, error) {
	b, err := json.Marshal(v)
	return append(dst, b...), err
}
