package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// document is XML that is being written.
type document struct{ bytes.Buffer }

func (d *document) open(name, attributes string) { d.WriteString("<" + name + attributes + ">") }
func (d *document) close(name string)            { d.WriteString("</" + name + ">") }

func (d *document) escape(text string) { _ = xml.EscapeText(d, []byte(text)) } // a buffer takes everything

// leaf writes an element with a text.
func (d *document) leaf(name, text string) {
	d.open(name, "")
	d.escape(text)
	d.close(name)
}

func namespace(uri string) string {
	if uri == "" {
		return ""
	}
	return ` xmlns="` + uri + `"`
}

// value writes a value as an element.
func (d *document) value(name, attributes string, n *shape.Node, v any) error {
	switch n.Shape.Type {
	case model.TypeStructure:
		o, ok := v.(Object)
		if !ok {
			return misfit(n, v)
		}
		d.open(name, attributes+attributesOf(n, o))
		if err := d.members(n, o); err != nil {
			return err
		}
		d.close(name)
		return nil
	case model.TypeList, model.TypeMap:
		d.open(name, attributes)
		if err := d.entries(entryName(n.Shape), n, v); err != nil {
			return err
		}
		d.close(name)
		return nil
	}
	if !suits(n.Shape.Type, v) {
		return misfit(n, v)
	}
	d.open(name, attributes)
	d.escape(scalarText(n, v, formatISO))
	d.close(name)
	return nil
}

// members writes the members of a structure that are elements, in the order of the model.
func (d *document) members(n *shape.Node, o Object) error {
	for i := range n.Members {
		m := &n.Members[i]
		v := o[m.Model.Name]
		if v == nil || outside(m.Model.Location) || m.Model.XMLAttribute {
			continue
		}
		var err error
		if flattened(m) {
			err = d.entries(elementName(m), m.Value, v)
		} else {
			err = d.value(elementName(m), "", m.Value, v)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.Model.Name, err)
		}
	}
	return nil
}

// attributesOf are the attributes that members of a structure are.
func attributesOf(n *shape.Node, o Object) string {
	var d document
	for i := range n.Members {
		m := n.Members[i].Model
		text, ok := o[m.Name].(string)
		if !m.XMLAttribute || !ok {
			continue
		}
		d.WriteString(` xmlns:` + strings.TrimSuffix(attributePrefix, ":") + `="` + attributeNamespace + `" ` + m.WireName() + `="`)
		d.escape(text)
		d.WriteString(`"`)
	}
	return d.String()
}

// entries writes the elements of a list, or the entries of a map by their keys.
func (d *document) entries(name string, n *shape.Node, v any) error {
	if n.Shape.Type == model.TypeList {
		list, ok := v.([]any)
		if !ok {
			return misfit(n, v)
		}
		for _, inner := range list {
			if err := d.value(name, "", n.Element, inner); err != nil {
				return err
			}
		}
		return nil
	}
	m, ok := v.(Object)
	if !ok {
		return misfit(n, v)
	}
	for _, key := range sorted(m) {
		d.open(name, "")
		d.leaf(named(n.Shape.Key, "key"), key)
		if err := d.value(named(n.Shape.Value, "value"), "", n.Element, m[key]); err != nil {
			return err
		}
		d.close(name)
	}
	return nil
}

// unwrapped is the one output whose only member is the root itself, see
// https://smithy.io/2.0/aws/customizations/s3-customizations.html#aws-customizations-s3unwrappedxmloutput-trait.
const unwrapped = "GetBucketLocationOutput"

// encodeMarkup writes the body of an answer in REST XML.
func (a *API) encodeMarkup(root string, ns *model.XMLNamespace, n *shape.Node, v any) ([]byte, error) {
	var d document
	d.WriteString(xml.Header)
	if n.Shape.Name == unwrapped {
		m := &n.Members[0]
		o, _ := v.(Object)
		root, n, v = m.Model.WireName(), m.Value, o.Text(m.Model.Name)
	}
	uri := ""
	if ns != nil {
		uri = ns.URI
	}
	err := d.value(root, namespace(uri), n, v)
	return d.Bytes(), err
}

// encodeQuery writes the answer of the query protocol.
func (a *API) encodeQuery(o *operation, out Object, requestID string) ([]byte, error) {
	var d document
	d.open(o.name+"Response", namespace(a.model.XMLNamespace))
	if o.out != nil {
		var err error
		if o.ResultWrapper != "" {
			err = d.value(o.ResultWrapper, "", o.out, out)
		} else {
			err = d.members(o.out, out)
		}
		if err != nil {
			return nil, fmt.Errorf("wire encode %s %s: %w", a.model.Name, o.name, err)
		}
	}
	d.open("ResponseMetadata", "")
	d.leaf("RequestId", requestID)
	d.close("ResponseMetadata")
	d.close(o.name + "Response")
	return d.Bytes(), nil
}

// appendMarkupError writes an error in XML: that of S3 is the root, that of the query protocol
// is inside of one. Texts among the members stand beside the message.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func (a *API) appendMarkupError(code, message string, status int, members Object, requestID string) []byte {
	var d document
	query := a.protocol == model.ProtocolQuery
	if query {
		d.open("ErrorResponse", namespace(a.model.XMLNamespace))
	} else {
		d.WriteString(xml.Header)
	}
	d.open("Error", "")
	if query {
		d.leaf("Type", fault(status))
	}
	d.leaf("Code", code)
	if message != "" || !query {
		d.leaf("Message", message)
	}
	for _, name := range sorted(members) {
		if text, ok := members[name].(string); ok {
			d.leaf(name, text)
		}
	}
	if !query {
		d.leaf("RequestId", requestID)
		d.leaf("HostId", requestID)
		d.close("Error")
		return d.Bytes()
	}
	d.close("Error")
	d.leaf("RequestId", requestID)
	d.close("ErrorResponse")
	return d.Bytes()
}

// fault says whose fault an error is, by its status.
func fault(status int) string {
	if status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}
