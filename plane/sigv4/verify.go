package sigv4

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// DefaultMaxBody is how many bytes of body are read when MaxBody is zero.
const DefaultMaxBody = 1 << 20

// ErrBody tells that the body could not be read to its end: the client is gone,
// too slow, or not speaking HTTP.
var ErrBody = errors.New("read body")

// Verifier checks the signatures of requests. Its fields are set before its
// first use and not changed after; it may be used by several goroutines at
// once and must not be copied.
type Verifier struct {
	// Secret returns the secret access key and what the caller knows of its
	// owner; it is called for every request. sessionToken is "" when the
	// request has none: a temporary key is then [ErrUnknownKey].
	//
	// When the key is known but its token is not good, return the Identity with
	// its Secret and [ErrTokenInvalid] or [ErrTokenExpired]: the signature is
	// then checked first. Required.
	Secret func(ctx context.Context, accessKeyID, sessionToken string) (Identity, error)

	// Scope says to which Region and service a request must be scoped, from
	// its host and target. An empty answer allows any; so does nil.
	Scope func(*http.Request) (region, service string)

	// Now is the clock; nil is time.Now.
	Now func() time.Time

	// Skew is how far the date of a request may be from Now. Zero is what AWS
	// allows: 15 minutes for s3, sts and iam, 5 for others. That KMS is among
	// the others is unconfirmed.
	Skew time.Duration

	// MaxBody bounds the body in bytes, without the framing of chunks. Zero is
	// DefaultMaxBody.
	MaxBody int64

	keys    keyCache
	buffers sync.Pool
}

// Identity is the secret of an access key and its owner. No way of printing
// it shows the secret.
type Identity struct {
	Secret string `json:"-"`
	Any    any    // whatever the caller knows of the owner
}

// Format writes the identity without its secret, for any verb.
func (i Identity) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "{Secret:(hidden) Any:%v}", i.Any) }

// Result is a request whose signature is good.
type Result struct {
	AccessKeyID   string
	Region        string // of the credential scope
	Service       string // of the credential scope
	Signed        time.Time
	SignedHeaders []string // in lower case, sorted
	Payload       PayloadKind
	Presigned     bool
	Identity      Identity

	// Body is the whole body, verified. Nil for S3, see Stream.
	Body []byte

	// Stream is the body of a request to S3, verified while it is read. Nil
	// for every other service.
	Stream *Payload
}

// Verify checks the signature of a request and reads its body; for S3 the
// body is read by the caller, from the result. A refusal is an [*Error], a body
// that does not come [ErrBody]; any other error is a failure of this side.
func (v *Verifier) Verify(r *http.Request) (*Result, error) {
	if v.Secret == nil {
		return nil, errors.New("verify signature: no source of secrets")
	}
	t := targetOf(r)
	c, err := claimOf(r, t)
	if err != nil {
		return nil, err
	}
	if err := v.precheck(r, c); err != nil {
		return nil, err
	}

	identity, tokenErr := v.Secret(r.Context(), c.accessKeyID, c.token)
	if tokenErr != nil {
		e := refusalOf(tokenErr)
		if e == nil {
			return nil, fmt.Errorf("verify signature: %w", tokenErr)
		}
		if identity.Secret == "" || e.Reason == UnknownKey {
			return nil, e
		}
	}
	if identity.Secret == "" {
		return nil, refuse(UnknownKey, textUnknown)
	}

	p, err := v.payloadOf(r, c)
	if err != nil {
		return nil, err
	}
	key, err := v.check(r, t, c, p, identity.Secret)
	if err != nil {
		return nil, err
	}
	if tokenErr != nil {
		return nil, refusalOf(tokenErr)
	}
	res := &Result{
		AccessKeyID:   c.accessKeyID,
		Region:        c.region,
		Service:       c.service,
		Signed:        c.signed,
		SignedHeaders: strings.Split(c.signedHeaders, ";"),
		Payload:       p.kind,
		Presigned:     c.presigned,
		Identity:      identity,
		Body:          p.body,
	}
	if isS3(c.service) {
		res.Stream = newPayload(r.Body, p, c, key, v.maxBody())
	}
	return res, nil
}

func refusalOf(err error) *Error {
	switch {
	case errors.Is(err, ErrUnknownKey):
		return refuse(UnknownKey, textUnknown)
	case errors.Is(err, ErrTokenInvalid):
		return refuse(TokenInvalid, textToken)
	case errors.Is(err, ErrTokenExpired):
		return refuse(TokenExpired, textExpired)
	}
	return nil
}

func (v *Verifier) maxBody() int64 {
	if v.MaxBody == 0 {
		return DefaultMaxBody
	}
	return v.MaxBody
}

// readBody reads at most the allowed number of bytes.
func (v *Verifier) readBody(r *http.Request) ([]byte, error) {
	limit := v.maxBody()
	switch {
	case r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0:
		return nil, nil
	case r.ContentLength > limit:
		return nil, refuse(TooLarge, textTooLarge)
	case r.ContentLength > 0:
		body := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return nil, fmt.Errorf("verify signature: %w: %w", ErrBody, err)
		}
		return body, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("verify signature: %w: %w", ErrBody, err)
	}
	if int64(len(body)) > limit {
		return nil, refuse(TooLarge, textTooLarge)
	}
	return body, nil
}
