package xks

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms"
)

// TestErrorsTellNoPlaintext: what a body says stays in it, whatever is wrong with it.
func TestErrorsTellNoPlaintext(t *testing.T) {
	const plaintext = "c2VjcmV0LWRhdGEta2V5"
	for _, body := range []string{
		`{"plaintext":"` + plaintext + `"`, `{"plaintext":"` + plaintext + `!"}`, `{"plaintext":["` + plaintext + `"]}`,
		`{"plaintext":"` + plaintext + `","plaintext":"` + plaintext + `"}`, `"` + plaintext + `"`, `{"plaintext":"` + plaintext + `"}{}`, `{"` + plaintext + `":1,"` + plaintext + `":1}`,
	} {
		for _, status := range []int{200, 400} {
			err := decode(status, contentType, []byte(body), new(kms.XksDecryptOutput))
			wantFault(t, err, kms.FaultMalformed, anyDetail)
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, plaintext) || strings.Contains(text, "secret") {
				t.Errorf("%s: %s", body, text)
			}
		}
	}
}

// FuzzDecode: every answer is decoded or refused with a fault, and what a proxy says in an
// error is printable.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		`{"xksProxyFleetSize":1,"xksProxyVendor":"Acme","xksProxyModel":"Acme AWS XKS Proxy 1.0","ekmVendor":"Acme","ekmFleetDetails":[{"id":"Id-1","model":"Acme HSM 1.0","healthStatus":"ACTIVE"}]}`,
		`{"keySpec":"AES_256","keyUsage":["ENCRYPT","DECRYPT"],"keyStatus":"ENABLED"}`,
		`{"authenticationTag":"vBxN2ncH1oEkR8WVXpmyYQ==","ciphertext":"ghxkK1txeDNn3q8Y","ciphertextDataIntegrityValue":"qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=","ciphertextMetadata":"a2V5X3ZlcnNpb249MQ==","initializationVector":"HMrlRw85cAJUd5Ax"}`,
		`{"plaintext":"SGVsbG8gV29ybGQh"}`,
		`{"errorName":"InvalidCiphertextException","errorMessage":"The request was rejected because the specified ciphertext, or additional authenticated data is corrupted, missing, or otherwise invalid."}`,
		`{"errorName":"\u0041ccessDeniedException","errorMessage":"\u007f"}`, `null`, `{}`, `[]`, "\xff",
	} {
		f.Add(200, "application/json", []byte(body))
		f.Add(400, "application/json; charset=utf-8", []byte(body))
	}
	f.Add(502, "text/html", []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, mediaType string, body []byte) {
		for _, out := range []any{new(kms.XksHealthOutput), new(kms.XksMetadataOutput), new(kms.XksEncryptOutput), new(kms.XksDecryptOutput)} {
			err := decode(status, mediaType, body, out)
			if err == nil {
				if status != 200 || len(body) > maxAnswer || !strings.HasPrefix(strings.ToLower(strings.TrimSpace(mediaType)), contentType) {
					t.Errorf("HTTP %d %q with %d bytes is an answer", status, mediaType, len(body))
				}
				continue
			}
			var e *kms.XksError
			if !errors.As(err, &e) {
				t.Fatalf("%T", err)
			}
			if e.Fault != kms.FaultMalformed && (!isErrorName(string(e.Fault)) || status == 200) {
				t.Errorf("HTTP %d has the fault %q", status, e.Fault)
			}
			if strings.ContainsFunc(e.Detail, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("detail %q", e.Detail)
			}
		}
	})
}
