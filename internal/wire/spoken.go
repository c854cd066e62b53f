package wire

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
)

// protocolHeader names the protocol of a request in CBOR, and of its answer.
const (
	protocolHeader = "Smithy-Protocol"
	protocolCBOR   = "rpc-v2-cbor"
)

// Spoken returns the API in the protocol of a request, of those that it speaks: CloudWatch is
// asked in three. A nil request is one in the API's own.
func (a *API) Spoken(r *http.Request) *API {
	p := a.model.Protocol
	switch {
	case r == nil || a.rest():
	case r.Header.Get(protocolHeader) == protocolCBOR:
		p = model.ProtocolCBOR
	case r.Header.Get("X-Amz-Target") != "":
		p = model.ProtocolJSON
	case isForm(r):
		p = model.ProtocolQuery
	}
	if p == a.protocol || !a.Speaks(p) {
		return a
	}
	other := *a
	other.protocol = p
	return &other
}

// isForm says whether a request has the form of the query protocol.
func isForm(r *http.Request) bool {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return media == "application/x-www-form-urlencoded" || r.Method == http.MethodGet && r.URL.RawQuery != ""
}

// called returns the operation that a request of an RPC protocol names outside of its body: in
// its path for CBOR, else in X-Amz-Target.
func (a *API) called(r *http.Request) string {
	if r.Method != http.MethodPost {
		return ""
	}
	if r.Header.Get(protocolHeader) == protocolCBOR && a.Speaks(model.ProtocolCBOR) {
		name, _ := strings.CutPrefix(r.URL.Path, "/service/"+a.model.TargetPrefix+"/operation/")
		return name
	}
	if a.model.TargetPrefix == "" || r.URL.Path != "/" {
		return ""
	}
	// CloudTrail's clients write the prefix with and without a package before it.
	target := r.Header.Get("X-Amz-Target")
	short := a.model.TargetPrefix[strings.LastIndexByte(a.model.TargetPrefix, '.')+1:]
	for _, prefix := range []string{a.model.TargetPrefix, short} {
		if name, found := strings.CutPrefix(target, prefix+"."); found {
			return name
		}
	}
	return ""
}

// Speaks says whether the API has a protocol.
func (a *API) Speaks(p model.Protocol) bool { return slices.Contains(a.model.Protocols, p) }
