package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// Bounds of a document. The largest that S3 documents, the list of 10,000 parts of an upload
// with their checksums, has a quarter of both.
const (
	maxMarkup   = 8 << 20 // bytes
	maxElements = 200_000
)

// attributePrefix begins the names of attributes, which are kept as children. The models
// have no others than those of this namespace.
const (
	attributePrefix    = "xsi:"
	attributeNamespace = "http://www.w3.org/2001/XMLSchema-instance"
)

var errMarkup = errors.New("the document is not well-formed, or too large")

// parseDocument reads a document of XML. Namespaces of elements count for nothing, as with S3.
func parseDocument(body []byte) (*element, error) {
	if len(body) > maxMarkup {
		return nil, errMarkup
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	top := &element{}
	open := []*element{top}
	for elements := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errMarkup
		}
		at := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if elements++; elements > maxElements || len(open) > maxDepth {
				return nil, errMarkup
			}
			e := &element{name: t.Name.Local, children: attributes(t.Attr)}
			at.children = append(at.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.text += string(t)
		case xml.Directive:
			return nil, errMarkup // nobody declares types or entities to AWS
		}
	}
	if len(top.children) != 1 || strings.TrimSpace(top.text) != "" {
		return nil, errMarkup
	}
	return top.children[0], nil
}

func attributes(all []xml.Attr) []*element {
	var out []*element
	for _, a := range all {
		if a.Name.Space == attributeNamespace {
			out = append(out, &element{name: attributePrefix + a.Name.Local, text: a.Value})
		}
	}
	return out
}

// decodeMarkup reads the body of REST XML or the form of the query protocol.
func (a *API) decodeMarkup(d *decoding, o *operation, in Object, body []byte) error {
	var root *element
	var err error
	if a.protocol == model.ProtocolQuery {
		d.form = true
		root, err = parseForm(body)
	} else {
		if len(bytes.TrimSpace(body)) == 0 {
			return nil
		}
		root, err = rooted(body, o.InputElement)
	}
	if err != nil {
		return err
	}
	return d.structure(o.in, root, in)
}

// parseMarkup reads a structure that is the whole body in REST XML.
func (a *API) parseMarkup(d *decoding, n *shape.Node, m *model.Member, body []byte) (any, error) {
	root, err := rooted(body, bodyName(n, m))
	if err != nil {
		return nil, err
	}
	return d.element(n, root, false)
}

// bodyName is the name of the root when a member is the whole body.
func bodyName(n *shape.Node, m *model.Member) string {
	if n.Shape.LocationName != "" && m.LocationName == "" {
		return n.Shape.LocationName
	}
	return m.WireName()
}

// rooted reads a document with a root of that name; empty: any.
func rooted(body []byte, name string) (*element, error) {
	root, err := parseDocument(body)
	switch {
	case err != nil:
		return nil, serialization("")
	case name != "" && root.name != name:
		return nil, serialization("The root element is " + root.name + ", not " + name + ".")
	}
	return root, nil
}
