package wire

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// Request writes the request of an operation, without scheme, host and signature. An error
// says what of the input does not fit the model.
func (a *API) Request(operation string, in Object) (*http.Request, error) {
	o := a.operation(operation)
	if o == nil {
		return nil, fmt.Errorf("wire request: %s has no operation %s", a.model.Name, operation)
	}
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Header: http.Header{}}
	var body []byte
	var err error
	switch a.protocol {
	case model.ProtocolRESTJSON, model.ProtocolRESTXML:
		body, err = a.bind(r, o, in)
	case model.ProtocolQuery:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		body, err = a.encodeForm(o, in)
	case model.ProtocolCBOR:
		r.URL.Path = "/service/" + a.model.TargetPrefix + "/operation/" + operation
		r.Header.Set(protocolHeader, protocolCBOR)
		r.Header.Set("Accept", contentCBOR)
		r.Header.Set("Content-Type", contentCBOR)
		body, err = encodePlain(o.in, in)
	case model.ProtocolJSON:
		r.Header.Set("Content-Type", "application/x-amz-json-"+a.model.JSONVersion)
		r.Header.Set("X-Amz-Target", a.model.TargetPrefix+"."+operation)
		body, err = appendValue(nil, o.in, in, a.timestamps(), true)
	default:
		err = fmt.Errorf("the protocol %s is not written", a.protocol)
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
			entries, _ := v.(Object)
			for key, inner := range entries {
				r.Header.Set(name+key, scalarText(m.Value.Element, inner, formatRFC822))
			}
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
	if payload := o.in.Shape.Payload; payload != "" {
		return a.payload(r, &o.in.Members[memberIndex(o.in, payload)], in[payload])
	}
	if a.protocol == model.ProtocolRESTXML {
		return nil, errors.New("an input whose members are elements at the root is not written")
	}
	r.Header.Set("Content-Type", "application/json")
	return appendValue(nil, o.in, in, a.timestamps(), false)
}

// payload writes an input of which one member is the whole body. S3 wants a checksum with those
// that change its configuration.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
func (a *API) payload(r *http.Request, m *shape.Member, v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	if m.Value.Simple {
		switch v := v.(type) {
		case []byte:
			return v, nil
		case string:
			return []byte(v), nil
		}
		return nil, misfit(m.Value, v)
	}
	if a.protocol != model.ProtocolRESTXML {
		r.Header.Set("Content-Type", "application/json")
		return appendValue(nil, m.Value, v, a.timestamps(), false)
	}
	body, err := a.encodeMarkup(bodyName(m.Value, m.Model), cmp.Or(m.Model.XMLNamespace, m.Value.Shape.XMLNamespace), m.Value, v)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/xml")
	sum := sha256.Sum256(body)
	r.Header.Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
	return body, nil
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
