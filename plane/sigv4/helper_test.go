package sigv4

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// The credentials of AWS's documentation and of its test suite.
const (
	docID     = "AKIAIOSFODNN7EXAMPLE"
	docSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

	suiteID     = "AKIDEXAMPLE"
	suiteSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(basicISO, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// known is a Verifier at a fixed time that knows one key.
func known(t testing.TB, now, id, secret string) *Verifier {
	t.Helper()
	clock := at(t, now)
	return &Verifier{
		Now: func() time.Time { return clock },
		Secret: func(_ context.Context, accessKeyID, _ string) (Identity, error) {
			if accessKeyID != id {
				return Identity{}, ErrUnknownKey
			}
			return Identity{Secret: secret, Any: "alice"}, nil
		},
	}
}

// parse reads a request as net/http's server does, line ends aside.
func parse(t testing.TB, raw string) *http.Request {
	t.Helper()
	head, body, _ := strings.Cut(raw, "\n\n")
	r, err := http.ReadRequest(bufioReader(strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n"))
	if err != nil {
		t.Fatalf("read request: %v\n%s", err, raw)
	}
	r.Body = io.NopCloser(strings.NewReader(body))
	r.ContentLength = int64(len(body))
	return r
}

// refused demands an *Error with this reason and text.
func refused(t *testing.T, err error, reason Reason, message string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v (%T), want a refusal for reason %d", err, err, reason)
	}
	if e.Reason != reason || e.Message != message {
		t.Fatalf("refused with reason %d: %q\nwant           %d: %q", e.Reason, e.Message, reason, message)
	}
	return e
}

// signer is a client: an implementation of the specification that shares no
// code with the package, simple rather than fast.
type signer struct {
	id, secret, token string
	region, service   string
	when              time.Time
	unsigned          []string // headers in canonical form that are not signed
	expires           string   // presign only
	hash              string   // instead of the body's
	list              []string // instead of the names of the headers
}

func (s signer) scope() string {
	return s.when.Format("20060102") + "/" + s.region + "/" + s.service + "/aws4_request"
}

func mac(key []byte, data string) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, data)
	return h.Sum(nil)
}

func (s signer) key() []byte {
	k := []byte("AWS4" + s.secret)
	for _, part := range strings.Split(s.scope(), "/") {
		k = mac(k, part)
	}
	return k
}

func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func awsEscape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

func (s signer) signature(r *http.Request, query url.Values, signed []string, hash string) string {
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			pairs = append(pairs, awsEscape(name)+"\x00="+awsEscape(v))
		}
	}
	slices.Sort(pairs)
	for i := range pairs {
		pairs[i] = strings.Replace(pairs[i], "\x00", "", 1)
	}
	var headers strings.Builder
	for _, name := range signed {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" || name == ":authority" {
			value = r.Host
		}
		headers.WriteString(name + ":" + strings.Join(strings.FieldsFunc(value, func(c rune) bool { return c == ' ' }), " ") + "\n")
	}
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	if !strings.HasPrefix(s.service, "s3") {
		path = strings.ReplaceAll(awsEscape(path), "%2F", "/")
	}
	canonical := strings.Join([]string{r.Method, path, strings.Join(pairs, "&"), headers.String(), strings.Join(signed, ";"), hash}, "\n")
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", s.when.Format("20060102T150405Z"), s.scope(), hexHash([]byte(canonical))}, "\n")
	return hex.EncodeToString(mac(s.key(), toSign))
}

func (s signer) bodyHash(r *http.Request, body []byte) string {
	if s.hash != "" {
		return s.hash
	}
	return hexHash(body)
}

func (s signer) signedNames(r *http.Request) []string {
	if s.list != nil {
		return s.list
	}
	names := []string{"host"}
	for name := range r.Header {
		if !slices.Contains(s.unsigned, name) {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	return names
}

// sign adds an Authorization header.
func (s signer) sign(r *http.Request, body []byte) {
	r.Header.Set("X-Amz-Date", s.when.Format("20060102T150405Z"))
	if s.token != "" {
		r.Header.Set("X-Amz-Security-Token", s.token)
	}
	hash := s.bodyHash(r, body)
	if strings.HasPrefix(s.service, "s3") {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	names := s.signedNames(r)
	query, _ := url.ParseQuery(r.URL.RawQuery)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+s.id+"/"+s.scope()+
		", SignedHeaders="+strings.Join(names, ";")+", Signature="+s.signature(r, query, names, hash))
}

// presign adds the parameters of a presigned URL.
func (s signer) presign(r *http.Request, body []byte) {
	names := s.signedNames(r)
	query, _ := url.ParseQuery(r.URL.RawQuery)
	query.Set("X-Amz-Algorithm", "AWS4-HMAC-SHA256")
	query.Set("X-Amz-Credential", s.id+"/"+s.scope())
	query.Set("X-Amz-Date", s.when.Format("20060102T150405Z"))
	query.Set("X-Amz-SignedHeaders", strings.Join(names, ";"))
	if s.expires != "" {
		query.Set("X-Amz-Expires", s.expires)
	}
	if s.token != "" {
		query.Set("X-Amz-Security-Token", s.token)
	}
	hash := s.bodyHash(r, body)
	query.Set("X-Amz-Signature", s.signature(r, query, names, hash))
	r.URL.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	r.RequestURI = r.URL.RequestURI()
}

// kmsSigner and kmsRequest are what an SDK sends for Encrypt.
func kmsSigner(t testing.TB) signer {
	return signer{id: docID, secret: docSecret, region: "eu-central-1", service: "kms", when: at(t, "20260301T120000Z")}
}

const kmsBody = `{"KeyId":"alias/app","Plaintext":"aGVsbG8="}`

func kmsRequest(body string) *http.Request {
	r := httptest.NewRequest("POST", "http://localhost:4599/", bytes.NewReader([]byte(body)))
	r.Host = "localhost:4599"
	r.RequestURI = "/"
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "TrentService.Encrypt")
	return r
}
