package xks

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bedlock/bedlock/kms"
)

const (
	contentType = "application/json"
	// maxAnswer bounds the body of an answer. The longest that the specification needs are
	// 4300 bytes of ciphertext in Base64, or ten external key managers.
	maxAnswer = 64 << 10
)

// failure is the body of an error.
type failure struct {
	Name    string `json:"errorName"`
	Message string `json:"errorMessage"`
}

// decode reads an answer. The errorName of a failure counts, whatever its HTTP status is
// but 200. No error repeats a body, which may be a plaintext.
// Source: https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/xks_proxy_api_spec.md#error-codes
func decode(status int, mediaType string, body []byte, out any) error {
	if len(body) > maxAnswer {
		return fault(kms.FaultMalformed, fmt.Sprintf("HTTP %d with more than %d bytes", status, maxAnswer))
	}
	if media, _, err := mime.ParseMediaType(mediaType); err != nil || media != contentType {
		return fault(kms.FaultMalformed, fmt.Sprintf("HTTP %d with the Content-Type %q", status, mediaType))
	}
	if status == http.StatusOK {
		if err := json.Unmarshal(body, out); err != nil {
			return fault(kms.FaultMalformed, "HTTP 200 with a body that is not the operation's")
		}
		return nil
	}
	var f failure
	if err := json.Unmarshal(body, &f); err != nil || !isErrorName(f.Name) {
		return fault(kms.FaultMalformed, fmt.Sprintf("HTTP %d without a known errorName", status))
	}
	return fault(kms.XksFault(f.Name), message(f.Message))
}

func isErrorName(name string) bool {
	switch kms.XksFault(name) {
	case kms.FaultValidation, kms.FaultInvalidState, kms.FaultInvalidCiphertext, kms.FaultInvalidKeyUsage,
		kms.FaultAuthenticationFailed, kms.FaultAccessDenied, kms.FaultKeyNotFound, kms.FaultInvalidURIPath,
		kms.FaultUnsupportedOperation, kms.FaultDependencyTimeout, kms.FaultThrottling, kms.FaultInternal:
		return true
	}
	return false
}

// message is an errorMessage, if it is what the specification allows: less than 512
// printable characters of ASCII.
func message(text string) string {
	if len(text) >= 512 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return text
}
