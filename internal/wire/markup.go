package wire

import (
	"encoding/xml"
	"errors"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

var errMarkup = errors.New("this protocol is not written yet")

// decodeMarkup reads the body of REST XML or the form of the query protocol.
func (a *API) decodeMarkup(d *decoding, o *operation, in Object, body []byte) error { return errMarkup }

// parseMarkup reads a structure that is the whole body in REST XML.
func (a *API) parseMarkup(d *decoding, n *shape.Node, m *model.Member, body []byte) (any, error) {
	return nil, errMarkup
}

// encodeMarkup writes the body of an answer in REST XML.
func (a *API) encodeMarkup(root string, ns *model.XMLNamespace, n *shape.Node, v any) ([]byte, error) {
	return nil, errMarkup
}

// encodeQuery writes the answer of the query protocol.
func (a *API) encodeQuery(o *operation, out Object, requestID string) ([]byte, error) {
	return nil, errMarkup
}

// appendMarkupError writes an error in XML.
func (a *API) appendMarkupError(e *Error, status int, requestID string) []byte {
	b, _ := xml.Marshal(struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		RequestId string
	}{Code: e.Code, Message: e.Message, RequestId: requestID})
	return b
}

// Named returns the operation that the form of a request in the query protocol names.
func (a *API) Named(form []byte) (operation string, ok bool) { return "", false }
