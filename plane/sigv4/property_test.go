package sigv4

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawn is a request before it is signed, so that it can be built again with a
// single change.
type drawn struct {
	method, host, path, body string
	query, headers           [][2]string
	presigned                bool
	signer                   signer
}

func drawRequest(t *rapid.T, base signer) drawn {
	word := rapid.StringMatching(`[a-zA-Z0-9 _.~:*+=&;/%\x{e4}\x{1234}-]{1,8}`)
	segment := rapid.StringMatching(`[a-zA-Z0-9 _~:*+=&;@$%\x{e4}-]{1,8}`)
	d := drawn{
		method:    rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE"}).Draw(t, "method"),
		host:      rapid.SampledFrom([]string{"localhost:4599", "kms.eu-central-1.amazonaws.com", "[::1]:80"}).Draw(t, "host"),
		path:      "/" + strings.Join(rapid.SliceOfN(segment, 0, 4).Draw(t, "path"), "/"),
		body:      rapid.String().Draw(t, "body"),
		presigned: rapid.Bool().Draw(t, "presigned"),
		signer:    base,
	}
	for range rapid.IntRange(0, 4).Draw(t, "parameters") {
		d.query = append(d.query, [2]string{word.Draw(t, "name"), word.Draw(t, "value")})
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "headers") {
		prefix := rapid.SampledFrom([]string{"X-Amz-", "My-", "Content-"}).Draw(t, "prefix")
		value := rapid.StringMatching(`[a-z"](  ?[a-z,;"=]){0,5}`).Draw(t, "value")
		d.headers = append(d.headers, [2]string{fmt.Sprintf("%sHeader-%d", prefix, i), value})
	}
	d.signer.service = rapid.SampledFrom([]string{"kms", "sts", "bedrock", "s3"}).Draw(t, "service")
	d.signer.region = rapid.SampledFrom([]string{"eu-central-1", "us-gov-west-1", "cn-north-1"}).Draw(t, "region")
	d.signer.token = rapid.SampledFrom([]string{"", "to/k+en=="}).Draw(t, "token")
	d.signer.expires = "60"
	return d
}

func (d drawn) request() *http.Request {
	r := httptest.NewRequest(d.method, "http://x/", strings.NewReader(d.body))
	r.Host = d.host
	r.URL = &url.URL{Path: d.path}
	if d.signer.service == "s3" {
		r.URL.RawPath = strings.ReplaceAll(awsEscape(d.path), "%2F", "/")
	}
	var query []string
	for _, p := range d.query {
		query = append(query, awsEscape(p[0])+"="+awsEscape(p[1]))
	}
	r.URL.RawQuery = strings.Join(query, "&")
	r.RequestURI = r.URL.RequestURI()
	for _, h := range d.headers {
		r.Header.Set(h[0], h[1])
	}
	return r
}

func (d drawn) sign() *http.Request {
	r := d.request()
	if !d.presigned {
		d.signer.sign(r, []byte(d.body))
		return r
	}
	if d.signer.service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", hexHash([]byte(d.body)))
	}
	d.signer.presign(r, []byte(d.body))
	return r
}

// verify reads the body to the end too.
func verifyAll(v *Verifier, r *http.Request) (string, error) {
	res, err := v.Verify(r)
	if err != nil {
		return "", err
	}
	if res.Stream == nil {
		return string(res.Body), nil
	}
	b, err := io.ReadAll(res.Stream)
	return string(b), err
}

func TestWhatIsSignedVerifies(t *testing.T) {
	base := kmsSigner(t)
	v := known(t, "20260301T120000Z", docID, docSecret)
	rapid.Check(t, func(t *rapid.T) {
		d := drawRequest(t, base)
		body, err := verifyAll(v, d.sign())
		if err != nil {
			t.Fatal(explain(err))
		}
		if body != d.body {
			t.Fatalf("body %q, want %q", body, d.body)
		}
	})
}

// changes carry one change each from a signed request to what is received.
// They report false when they do not apply.
var changes = map[string]func(d *drawn, r *http.Request) bool{
	"method": func(_ *drawn, r *http.Request) bool { r.Method += "X"; return true },
	"host":   func(_ *drawn, r *http.Request) bool { r.Host += "1"; return true },
	"path": func(_ *drawn, r *http.Request) bool {
		r.RequestURI = strings.Replace(r.RequestURI, "/", "/x", 1)
		return true
	},
	"path, last": func(_ *drawn, r *http.Request) bool {
		p, q, _ := strings.Cut(r.RequestURI, "?")
		r.RequestURI = p + "x?" + q
		return true
	},
	"parameter added": func(_ *drawn, r *http.Request) bool {
		p, q, _ := strings.Cut(r.RequestURI, "?")
		r.RequestURI = p + "?Added&" + q
		return true
	},
	"parameter changed": func(d *drawn, r *http.Request) bool {
		if len(d.query) == 0 {
			return false
		}
		pair := awsEscape(d.query[0][0]) + "=" + awsEscape(d.query[0][1])
		before := r.RequestURI
		r.RequestURI = strings.Replace(before, pair, pair+"x", 1)
		return r.RequestURI != before
	},
	"parameter dropped": func(d *drawn, r *http.Request) bool {
		if len(d.query) == 0 {
			return false
		}
		pair := awsEscape(d.query[0][0]) + "=" + awsEscape(d.query[0][1])
		p, q, _ := strings.Cut(r.RequestURI, "?")
		rest := strings.Split(q, "&")
		i := slices.Index(rest, pair)
		if i < 0 {
			return false
		}
		r.RequestURI = p + "?" + strings.Join(slices.Delete(rest, i, i+1), "&")
		return true
	},
	"header changed": func(d *drawn, r *http.Request) bool { r.Header.Set(d.headers[0][0], d.headers[0][1]+"x"); return true },
	"header twice":   func(d *drawn, r *http.Request) bool { r.Header.Add(d.headers[0][0], "x"); return true },
	"header dropped": func(d *drawn, r *http.Request) bool { r.Header.Del(d.headers[0][0]); return true },
	"header added":   func(_ *drawn, r *http.Request) bool { r.Header.Set("X-Amz-Added", "x"); return true },
	"body": func(d *drawn, r *http.Request) bool {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(d.body+"x")), int64(len(d.body)+1)
		return true
	},
	"body cut": func(d *drawn, r *http.Request) bool {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(d.body[:len(d.body)/2])), int64(len(d.body)/2)
		return d.body != ""
	},
	"date":      inClaim("20260301T120000Z", "20260301T120001Z"),
	"region":    inClaim("-1%2F", "-2%2F", "-1/", "-2/"),
	"service":   inClaim("%2Faws4_request", "x%2Faws4_request", "/aws4_request", "x/aws4_request"),
	"key":       inClaim(docID, docID+"X"),
	"signature": inClaim("X-Amz-Signature=", "X-Amz-Signature=0", "Signature=", "Signature=0"),
	"signed":    inClaim("SignedHeaders=", "SignedHeaders=accept%3B", "SignedHeaders=", "SignedHeaders=accept;"),
	"token":     inClaim("X-Amz-Security-Token=", "X-Amz-Security-Token=x"),
}

// inClaim replaces where the signature is: in the URL, or in the header.
func inClaim(pairs ...string) func(*drawn, *http.Request) bool {
	return func(d *drawn, r *http.Request) bool {
		if d.presigned {
			before := r.RequestURI
			r.RequestURI = strings.Replace(before, pairs[0], pairs[1], 1)
			return r.RequestURI != before
		}
		p := pairs[len(pairs)-2:]
		for _, name := range []string{"Authorization", "X-Amz-Date"} {
			before := r.Header.Get(name)
			r.Header.Set(name, strings.Replace(before, p[0], p[1], 1))
			if r.Header.Get(name) != before {
				return true
			}
		}
		if pairs[0] == "X-Amz-Security-Token=" && d.signer.token != "" {
			r.Header.Set("X-Amz-Security-Token", "x"+d.signer.token)
			return true
		}
		return false
	}
}

func TestAnySingleChangeIsRefused(t *testing.T) {
	base := kmsSigner(t)
	v := known(t, "20260301T120000Z", docID, docSecret)
	applied := map[string]int{}
	var names []string
	for name := range changes {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		d := drawRequest(t, base)
		for _, name := range names {
			r := d.sign()
			if !changes[name](&d, r) {
				continue
			}
			applied[name]++
			var refusal *Error
			if _, err := verifyAll(v, r); !errors.As(err, &refusal) {
				t.Fatalf("%s: %v for %s %s %v", name, err, r.Method, r.RequestURI, r.Header)
			}
		}
	})
	for _, name := range names {
		if applied[name] == 0 {
			t.Errorf("%s was never tried", name)
		}
	}
}

// One byte of the request on the wire is replaced. What verifies all the same
// must be what was signed: another implementation finds the same signature.
func TestAnyByteCounts(t *testing.T) {
	s := kmsSigner(t)
	v := kmsVerifier(t)
	r := kmsRequest(kmsBody)
	r.URL.RawQuery = "a=b%20c&d"
	s.sign(r, []byte(kmsBody))
	raw := "POST /?a=b%20c&d HTTP/1.1\r\nHost: localhost:4599\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: TrentService.Encrypt\r\nX-Amz-Date: 20260301T120000Z\r\nAuthorization: " +
		r.Header.Get("Authorization") + "\r\nContent-Length: " + fmt.Sprint(len(kmsBody)) + "\r\n\r\n" + kmsBody
	_, signature, _ := strings.Cut(raw, "Signature=")
	signature = signature[:64]
	read := func(raw string) (*http.Request, []byte, error) {
		r, err := http.ReadRequest(bufioReader(raw))
		if err != nil {
			return nil, nil, err
		}
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		return r, body, err
	}
	intact, _, err := read(raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(intact); err != nil {
		t.Fatal(explain(err))
	}

	accepted, refusals := 0, 0
	for i := range raw {
		for _, b := range []byte{raw[i] ^ 0x20, raw[i] ^ 1, ' ', '%', ';', 0xff} {
			if b == raw[i] {
				continue
			}
			r, body, err := read(raw[:i] + string([]byte{b}) + raw[i+1:])
			if err != nil {
				continue // net/http refuses it
			}
			if _, err := v.Verify(r); err != nil {
				refusals++
				continue
			}
			accepted++
			query, _ := url.ParseQuery(r.URL.RawQuery)
			signed := []string{"content-type", "host", "x-amz-date", "x-amz-target"}
			if got := s.signature(r, query, signed, hexHash(body)); got != signature {
				t.Errorf("byte %d as %q verifies: %s", i, b, raw[max(0, i-20):min(len(raw), i+20)])
			}
		}
	}
	if accepted == 0 || refusals < 2000 {
		t.Errorf("%d accepted, %d refused: the test shows too little", accepted, refusals)
	}
}
