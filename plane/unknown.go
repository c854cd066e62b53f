package plane

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"

	"github.com/bedlock/bedlock/plane/awsjson"
	"github.com/bedlock/bedlock/plane/sigv4"
)

// maxUnknown is how much of a form is read for the name of its operation, in bytes.
const maxUnknown = 64 << 10

// unknown answers a request that belongs to no service here, in the form that its client
// reads. A service may be known to AWS and not to this plane; both are said alike.
func (h *Handler) unknown(w http.ResponseWriter, r *http.Request, c *Call, status int) {
	service := printable(sigv4.ClaimedService(r))
	message := "not implemented by the local plane: " + asked(r, service)
	header := w.Header()
	header["x-amzn-RequestId"] = []string{c.RequestID}
	if r.Header.Get("X-Amz-Target") == "" && (isForm(r) || service == "s3") {
		header.Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_, _ = w.Write(unknownXML(service, c.RequestID, message))
		return
	}
	header.Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_, _ = w.Write(awsjson.AppendError(nil, awsjson.UnknownOperationException, message))
}

// asked says what a request asks for.
func asked(r *http.Request, service string) string {
	switch t := r.Header.Get("X-Amz-Target"); {
	case t != "":
		return printable(t)
	case isForm(r):
		body, _ := io.ReadAll(io.LimitReader(r.Body, maxUnknown))
		form, _ := url.ParseQuery(string(body))
		action := printable(form.Get("Action"))
		if service == "" {
			return action + " without credentials"
		}
		return service + ":" + action
	case service != "":
		return service + ":" + r.Method + " " + printable(r.URL.Path)
	}
	return r.Method + " " + printable(r.URL.Path) + " without X-Amz-Target and without credentials"
}

// unknownXML is a refusal as clients of services with XML read it: S3, EC2, and those of
// the query protocol.
func unknownXML(service, requestID, message string) []byte {
	var text bytes.Buffer
	_ = xml.EscapeText(&text, []byte(message)) // a buffer takes everything
	refusal := "<Code>" + awsjson.UnknownOperationException + "</Code><Message>" + text.String() + "</Message>"
	switch service {
	case "s3":
		return []byte("<Error>" + refusal + "<RequestId>" + requestID + "</RequestId></Error>")
	case "ec2":
		return []byte("<Response><Errors><Error>" + refusal + "</Error></Errors><RequestID>" + requestID + "</RequestID></Response>")
	}
	return []byte("<ErrorResponse><Error><Type>Sender</Type>" + refusal + "</Error><RequestId>" + requestID + "</RequestId></ErrorResponse>")
}
