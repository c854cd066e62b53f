package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Signer signs requests of a client with a long-term access key. It is not for S3, whose
// requests declare the hash of their body.
type Signer struct {
	AccessKeyID string
	Secret      string `json:"-"`
	Region      string
	Service     string // the signing name: kms, kms-xks-proxy
}

// Format writes the signer without its secret, for any verb.
func (s Signer) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "{AccessKeyID:%s Secret:(hidden) Region:%s Service:%s}", s.AccessKeyID, s.Region, s.Service)
}

// Sign sets the X-Amz-Date and Authorization of a request with that body, as of now.
// Signed are the method, the URL, the body, the host and the X-Amz-* headers; others may
// still be added. The error is an [*Error], for a request without a host or with malformed
// escapes in its query.
func (s Signer) Sign(r *http.Request, body []byte, now time.Time) error {
	now = now.UTC()
	r.Header.Set("X-Amz-Date", now.Format(basicISO))
	c := &claim{signed: now, signedHeaders: ownHeaders(r.Header), accessKeyID: s.AccessKeyID, day: now.Format("20060102"), region: s.Region, service: s.Service}
	c.credential = strings.Join([]string{s.AccessKeyID, c.day, s.Region, s.Service, terminator}, "/")
	sum := sha256.Sum256(body)
	canonical, refusal := appendCanonical(nil, r, targetOf(r), c, hex.AppendEncode(nil, sum[:]), false)
	if refusal != nil {
		return refusal
	}
	key := deriveKey(s.Secret, c.day, s.Region, s.Service)
	signature := key.sign(appendStringToSign(nil, c, sha256.Sum256(canonical)))
	r.Header.Set("Authorization", algorithm+" Credential="+c.credential+", SignedHeaders="+c.signedHeaders+", Signature="+string(signature[:]))
	return nil
}

// ownHeaders lists the host and the X-Amz-* headers as signed headers.
func ownHeaders(h http.Header) string {
	names := []string{"host"}
	for name := range h {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ";")
}
