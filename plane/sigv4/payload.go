package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// PayloadKind is how the body of a request is signed.
type PayloadKind uint8

// The kinds. All but SignedPayload are for S3 only:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
const (
	_               PayloadKind = iota
	SignedPayload               // the SHA-256 of the whole body is signed
	UnsignedPayload             // UNSIGNED-PAYLOAD
	SignedChunks                // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
	SignedTrailer               // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
	UnsignedTrailer             // STREAMING-UNSIGNED-PAYLOAD-TRAILER
)

func (k PayloadKind) String() string {
	switch k {
	case SignedPayload:
		return "signed payload"
	case UnsignedPayload:
		return "UNSIGNED-PAYLOAD"
	case SignedChunks:
		return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	case SignedTrailer:
		return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	case UnsignedTrailer:
		return "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	}
	return "PayloadKind(" + strconv.Itoa(int(k)) + ")"
}

func (k PayloadKind) chunked() bool { return k >= SignedChunks }

// payload is what a request says of its body, and for services other than S3
// the body itself.
type payload struct {
	kind     PayloadKind
	hash     []byte // the last line of the canonical request
	body     []byte
	decoded  int64    // x-amz-decoded-content-length; chunked only
	trailers []string // x-amz-trailer, lower case
}

// payloadOf reads the body. S3 is told its hash and reads it later; everybody
// else gets the hash of what was really sent, whatever a header claims.
func (v *Verifier) payloadOf(r *http.Request, c *claim) (payload, error) {
	if isS3(c.service) {
		return declaredPayload(r, c)
	}
	body, err := v.readBody(r)
	if err != nil {
		return payload{}, err
	}
	sum := sha256.Sum256(body)
	return payload{kind: SignedPayload, hash: hex.AppendEncode(nil, sum[:]), body: body}, nil
}

func declaredPayload(r *http.Request, c *claim) (payload, error) {
	hash := c.payloadHash
	if hash == "" {
		hash = headerValue(r.Header["X-Amz-Content-Sha256"])
	}
	if hash == "" {
		if !c.presigned {
			return payload{}, refuse(BadPayloadHash, textNoHash)
		}
		hash = UnsignedPayload.String()
	}
	p := payload{hash: []byte(hash)}
	switch {
	case hash == UnsignedPayload.String():
		p.kind = UnsignedPayload
	case hash == SignedChunks.String():
		p.kind = SignedChunks
	case hash == SignedTrailer.String():
		p.kind = SignedTrailer
	case hash == UnsignedTrailer.String():
		p.kind = UnsignedTrailer
	case strings.HasPrefix(hash, "STREAMING-AWS4-ECDSA-"):
		return p, refuse(Asymmetric, unsupported("AWS4-ECDSA-P256-SHA256"))
	case len(hash) == 2*sha256.Size && isHex(hash):
		p.kind = SignedPayload
	default:
		return p, refuse(BadPayloadHash, textBadHash)
	}
	if !p.kind.chunked() {
		return p, nil
	}
	if c.presigned {
		// Chunks are documented for the Authorization header only.
		return p, refuse(BadPayloadHash, textBadHash)
	}
	var err error
	if p.decoded, err = strconv.ParseInt(headerValue(r.Header["X-Amz-Decoded-Content-Length"]), 10, 64); err != nil || p.decoded < 0 {
		return p, refuse(BadPayloadHash, textNoLength)
	}
	if p.kind != SignedChunks {
		for name := range strings.SplitSeq(headerValue(r.Header["X-Amz-Trailer"]), ",") {
			if name = strings.ToLower(strings.Trim(name, " \t")); name != "" {
				p.trailers = append(p.trailers, name)
			}
		}
	}
	return p, nil
}

func isHex(s string) bool {
	for i := range len(s) {
		if unhex(s[i]) < 0 {
			return false
		}
	}
	return true
}
