package sigv4

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
func documentedChunks(body string) string {
	return `PUT /examplebucket/chunkObject.txt HTTP/1.1
Host: s3.amazonaws.com
x-amz-date: 20130524T000000Z
x-amz-storage-class: REDUCED_REDUNDANCY
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9
x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD
Content-Encoding: aws-chunked
x-amz-decoded-content-length: 66560
Content-Length: 66824

` + body
}

var (
	documentedBody = "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" + strings.Repeat("a", 65536) + "\r\n" +
		"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + strings.Repeat("a", 1024) + "\r\n" +
		"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"

	// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
	documentedTrailerBody = "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" + strings.Repeat("a", 65536) + "\r\n" +
		"400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" + strings.Repeat("a", 1024) + "\r\n" +
		"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n" +
		"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
)

func documentedTrailer(body string) string {
	return `PUT /examplebucket/chunkObject.txt HTTP/1.1
Host: s3.amazonaws.com
x-amz-date: 20130524T000000Z
x-amz-storage-class: REDUCED_REDUNDANCY
Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer,Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e
x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
Content-Encoding: aws-chunked
x-amz-decoded-content-length: 66560
x-amz-trailer: x-amz-checksum-crc32c

` + body
}

func TestDocumentedChunks(t *testing.T) {
	res, err := known(t, "20130524T000000Z", docID, docSecret).Verify(parse(t, documentedChunks(documentedBody)))
	if err != nil {
		t.Fatal(explain(err))
	}
	got, err := io.ReadAll(iotest.OneByteReader(res.Stream))
	if err != nil || string(got) != strings.Repeat("a", 66560) || res.Payload != SignedChunks {
		t.Errorf("%d bytes, %v, payload %v", len(got), err, res.Payload)
	}
	if n, err := res.Stream.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("read after the end: %d, %v", n, err)
	}
}

func TestDocumentedTrailer(t *testing.T) {
	res, err := known(t, "20130524T000000Z", docID, docSecret).Verify(parse(t, documentedTrailer(documentedTrailerBody)))
	if err != nil {
		t.Fatal(explain(err))
	}
	if res.Stream.Trailer() != nil {
		t.Error("the trailer is there before the end")
	}
	got, err := io.ReadAll(iotest.HalfReader(res.Stream))
	if err != nil || string(got) != strings.Repeat("a", 66560) || res.Payload != SignedTrailer {
		t.Errorf("%d bytes, %v, payload %v", len(got), err, res.Payload)
	}
	if tr := res.Stream.Trailer(); len(tr) != 1 || tr.Get("x-amz-checksum-crc32c") != "sOO8/Q==" {
		t.Errorf("trailer %v", tr)
	}
}

func TestChunksRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		trailer bool
		change  func(string) string
		reason  Reason
		message string
	}{
		{"data of the first", false, change("\r\na", "\r\nb"), Mismatch, mismatch},
		{"data of the second", false, func(s string) string { return s[:66000] + "b" + s[66001:] }, Mismatch, mismatch},
		{"signature", false, change("=ad80", "=ad81"), Mismatch, mismatch},
		{"signature in capitals", false, change("=ad80", "=AD80"), Mismatch, mismatch},
		{"last signature", false, change("=b6c6", "=b6c7"), Mismatch, mismatch},
		{"second left out", false, func(s string) string {
			return s[:strings.Index(s, "400;")] + s[strings.Index(s, "0;chunk-signature=b6c6"):]
		}, BadChunk, textShortBody},
		{"bytes between chunks", false, change("a\r\n400", "ax\r\n400"), BadChunk, textShortBody},
		{"no signature", false, change(";chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", ""), BadChunk, textShortBody},
		{"ends in a chunk", false, func(s string) string { return s[:1000] }, BadChunk, textShortBody},
		{"ends after a chunk", false, func(s string) string { return s[:strings.Index(s, "400;")] }, BadChunk, textShortBody},
		{"ends before the last line", false, func(s string) string { return s[:len(s)-2] }, BadChunk, textShortBody},
		{"nothing", false, func(string) string { return "" }, BadChunk, textShortBody},
		{"more than the end", false, func(s string) string { return s + "x" }, BadChunk, textShortBody},
		{"larger than announced", false, change("10000;", "10401;"), BadChunk, textShortBody},
		{"largest", false, change("10000;", "7fffffffffffffff;"), BadChunk, textShortBody},
		{"negative", false, change("10000;", "-1;"), BadChunk, textShortBody},
		{"no size", false, change("10000;", ";"), BadChunk, textShortBody},
		{"line feed alone", false, change("\r\n", "\n"), BadChunk, textShortBody},
		{"endless header", false, func(string) string { return "1" + strings.Repeat("0", 1<<20) }, BadChunk, textShortBody},
		{"long header", false, change("=ad80", "="+strings.Repeat("0", 2000)), BadChunk, textShortBody},
		{"trailer that was not announced", false, func(s string) string { return s[:len(s)-2] + "a:b\r\n\r\n" }, BadChunk, textShortBody},
		{"trailer changed", true, change("sOO8", "sOO9"), Mismatch, mismatch},
		{"trailer's signature", true, change(":d81f", ":d81e"), Mismatch, mismatch},
		{"trailer without signature", true, func(s string) string { return s[:strings.Index(s, "x-amz-trailer-sig")] + "\r\n" }, BadChunk, textShortBody},
		{"trailer missing", true, change("x-amz-checksum-crc32c:sOO8/Q==\r\n", ""), BadChunk, textShortBody},
		{"trailer twice", true, change("x-amz-checksum-crc32c:sOO8/Q==\r\n", strings.Repeat("x-amz-checksum-crc32c:sOO8/Q==\r\n", 2)), BadChunk, textShortBody},
		{"trailer of another name", true, change("crc32c", "sha256"), BadChunk, textShortBody},
		{"trailer after its signature", true, func(s string) string { return s[:len(s)-2] + "x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n" }, BadChunk, textShortBody},
		{"trailer without colon", true, change("crc32c:", "crc32c"), BadChunk, textShortBody},
	} {
		t.Run(c.name, func(t *testing.T) {
			var raw string
			if c.trailer {
				raw = documentedTrailer(c.change(documentedTrailerBody))
			} else {
				raw = documentedChunks(c.change(documentedBody))
			}
			r := parse(t, raw)
			res, err := known(t, "20130524T000000Z", docID, docSecret).Verify(r)
			if err != nil {
				t.Fatal(explain(err))
			}
			_, err = io.ReadAll(res.Stream)
			refused(t, err, c.reason, c.message)
			if _, again := res.Stream.Read(make([]byte, 1)); again != err {
				t.Errorf("the next read says %v", again)
			}
			if res.Stream.Trailer() != nil {
				t.Error("a trailer in spite of the refusal")
			}
		})
	}
}

func change(from, to string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, from) {
			panic("the body has no " + from)
		}
		return strings.Replace(s, from, to, 1)
	}
}

// chunked frames a body as a client does.
func (s signer) chunked(seed string, sizes []int, data, trailer string) string {
	var out strings.Builder
	previous := seed
	next := func(kind, before string, hashed []byte) string {
		text := strings.Join([]string{"AWS4-HMAC-SHA256-" + kind, s.when.Format("20060102T150405Z"), s.scope(), previous, before + hexHash(hashed)}, "\n")
		previous = hex.EncodeToString(mac(s.key(), text))
		return previous
	}
	for _, size := range append(sizes, 0) {
		chunk := data[:size]
		data = data[size:]
		fmt.Fprintf(&out, "%x;chunk-signature=%s\r\n%s", size, next("PAYLOAD", hexHash(nil)+"\n", []byte(chunk)), chunk)
		if size > 0 {
			out.WriteString("\r\n")
		}
	}
	if trailer != "" {
		out.WriteString(trailer + "\r\nx-amz-trailer-signature:" + next("TRAILER", "", []byte(trailer+"\n")) + "\r\n")
	}
	out.WriteString("\r\n")
	return out.String()
}

func s3Signer(t testing.TB) signer {
	return signer{id: docID, secret: docSecret, region: "eu-central-1", service: "s3", when: at(t, "20260301T120000Z")}
}

// s3Put signs a request whose hash is declared as kind.
func s3Put(t testing.TB, kind PayloadKind, length int, body func(seed string) string, headers map[string]string) *http.Request {
	s := s3Signer(t)
	s.hash = kind.String()
	r := httptest.NewRequest("PUT", "http://bucket.localhost/a%20b/c+d", nil)
	r.RequestURI = "/a%20b/c+d"
	r.Host = "bucket.localhost"
	if kind.chunked() {
		r.Header.Set("X-Amz-Decoded-Content-Length", fmt.Sprint(length))
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	r.URL.RawPath = "/a%20b/c%2Bd" // what is canonical for S3
	r.URL.Path = "/a b/c+d"
	s.sign(r, nil)
	_, seed, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	b := body(seed)
	r.Body = io.NopCloser(strings.NewReader(b))
	r.ContentLength = int64(len(b))
	return r
}

func TestS3Payloads(t *testing.T) {
	s := s3Signer(t)
	data := strings.Repeat("0123456789abcdef", 2000) // 32,000 bytes
	plain := func(string) string { return data }
	chunks := func(sizes ...int) func(string) string {
		return func(seed string) string { return s.chunked(seed, sizes, data, "") }
	}
	unsigned := fmt.Sprintf("%x\r\n%s\r\n%x\r\n%s\r\n0\r\nX-Amz-Checksum-Crc32: abc= \r\n\r\n", 20000, data[:20000], 12000, data[20000:])
	crc := map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc32"}
	for _, c := range []struct {
		name    string
		kind    PayloadKind
		body    func(string) string
		headers map[string]string
		reason  Reason
		trailer string
	}{
		{"unsigned", UnsignedPayload, plain, nil, 0, ""},
		{"one chunk", SignedChunks, chunks(32000), nil, 0, ""},
		{"chunks, the last small", SignedChunks, chunks(8192, 8192, 8192, 7424), nil, 0, ""},
		{"chunks, one small", SignedChunks, chunks(8191, 23809), nil, ChunkTooSmall, ""},
		{"chunks, less than announced", SignedChunks, chunks(16000), nil, BadChunk, ""},
		{"chunks, more than announced", SignedChunks, func(seed string) string {
			return s.chunked(seed, []int{32000, 9000}, data+data, "")
		}, nil, BadChunk, ""},
		{"second trailer after the signature", SignedTrailer, func(seed string) string {
			b := s.chunked(seed, []int{32000}, data, "x-amz-checksum-crc32:abc=")
			return b[:len(b)-2] + "x-amz-meta:1\r\n\r\n"
		}, map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc32, x-amz-meta"}, BadChunk, ""},
		{"signed trailer", SignedTrailer, func(seed string) string {
			return s.chunked(seed, []int{32000}, data, "x-amz-checksum-crc32:abc=")
		}, crc, 0, "abc="},
		{"unsigned trailer", UnsignedTrailer, func(string) string { return unsigned }, crc, 0, "abc="},
		{"unsigned trailer, none", UnsignedTrailer, func(string) string { return unsigned[:strings.Index(unsigned, "X-Amz")] + "\r\n" }, crc, BadChunk, ""},
		{"unsigned trailer, not announced", UnsignedTrailer, func(string) string { return unsigned }, nil, BadChunk, ""},
		{"unsigned trailer, with extension", UnsignedTrailer, func(string) string { return strings.Replace(unsigned, "\r\n", ";a=b\r\n", 1) }, crc, BadChunk, ""},
		{"unsigned trailer, signed", UnsignedTrailer, func(string) string {
			return strings.Replace(unsigned, "abc= \r\n", "abc= \r\nx-amz-trailer-signature:00\r\n", 1)
		}, crc, BadChunk, ""},
		{"unsigned trailer, end missing", UnsignedTrailer, func(string) string { return unsigned[:len(unsigned)-2] }, crc, BadChunk, ""},
		{"unsigned trailer, small chunk", UnsignedTrailer, func(string) string {
			return "1\r\n0\r\n7cff\r\n" + data[1:] + "\r\n0\r\nx-amz-checksum-crc32:abc=\r\n\r\n"
		}, crc, ChunkTooSmall, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, err := known(t, "20260301T120000Z", docID, docSecret).Verify(s3Put(t, c.kind, len(data), c.body, c.headers))
			if err != nil {
				t.Fatal(explain(err))
			}
			if res.Body != nil || res.Payload != c.kind {
				t.Errorf("result %+v", res)
			}
			got, err := io.ReadAll(res.Stream)
			if len(got) > len(data) {
				t.Errorf("%d bytes", len(got))
			}
			if c.reason != 0 {
				var e *Error
				if !errors.As(err, &e) || e.Reason != c.reason {
					t.Fatalf("error %v, want reason %d", err, c.reason)
				}
				return
			}
			if err != nil || string(got) != data {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
			if got := res.Stream.Trailer().Get("x-amz-checksum-crc32"); got != c.trailer {
				t.Errorf("trailer %q", got)
			}
		})
	}
}

func TestS3Whole(t *testing.T) {
	v := known(t, "20260301T120000Z", docID, docSecret)
	put := func(body, hash string) *http.Request {
		s := s3Signer(t)
		s.hash = hash
		r := httptest.NewRequest("PUT", "http://bucket.localhost/key", strings.NewReader(body))
		r.RequestURI, r.Host = "/key", "bucket.localhost"
		s.sign(r, []byte(body))
		if hash == "-" {
			r.Header.Del("X-Amz-Content-Sha256")
		}
		return r
	}
	read := func(r *http.Request) ([]byte, error) {
		res, err := v.Verify(r)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(res.Stream)
	}
	if got, err := read(put("hello", "")); string(got) != "hello" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	changed := put("hello", "")
	changed.Body = io.NopCloser(strings.NewReader("hallo"))
	_, err := read(changed)
	refused(t, err, PayloadMismatch, textHashDiffers)
	none := put("", "")
	none.Body = nil
	if got, err := read(none); len(got) != 0 || err != nil {
		t.Errorf("%q, %v", got, err)
	}

	_, err = read(put("hello", "sha256"))
	refused(t, err, BadPayloadHash, textBadHash)
	_, err = read(put("hello", strings.Repeat("g", 64)))
	refused(t, err, BadPayloadHash, textBadHash)
	_, err = read(put("hello", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"))
	refused(t, err, Asymmetric, unsupported("AWS4-ECDSA-P256-SHA256"))
	_, err = read(put("hello", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"))
	refused(t, err, BadPayloadHash, textNoLength)
	_, err = read(s3Put(t, SignedChunks, -1, func(seed string) string { return s3Signer(t).chunked(seed, nil, "", "") }, nil))
	refused(t, err, BadPayloadHash, textNoLength)
	_, err = read(put("hello", "-"))
	refused(t, err, BadPayloadHash, textNoHash)

	unsigned := put("hello", "")
	unsigned.Header.Set("X-Amz-Acl", "public-read")
	_, err = read(unsigned)
	refused(t, err, HeaderNotSigned, "There were headers present in the request which were not signed")

	v.MaxBody = 4
	_, err = read(put("hello", ""))
	refused(t, err, TooLarge, textTooLarge)
	_, err = read(put("hello", "UNSIGNED-PAYLOAD"))
	refused(t, err, TooLarge, textTooLarge)
	_, err = read(s3Put(t, SignedChunks, 5, func(seed string) string { return s3Signer(t).chunked(seed, []int{5}, "hello", "") }, nil))
	refused(t, err, TooLarge, textTooLarge)
}

// A presigned URL of S3 may fix the hash; chunks are for the header form.
func TestS3PresignedPayload(t *testing.T) {
	v := known(t, "20260301T120000Z", docID, docSecret)
	try := func(hash, expires string) (*Result, error) {
		s := s3Signer(t)
		s.expires, s.hash = expires, hash
		r := httptest.NewRequest("PUT", "http://bucket.localhost/key?X-Amz-Content-Sha256="+hash, bytes.NewReader([]byte("hello")))
		r.Host = "bucket.localhost"
		if hash == "" {
			r.URL.RawQuery, s.hash = "", "UNSIGNED-PAYLOAD"
		}
		s.presign(r, nil)
		return v.Verify(r)
	}
	for hash, kind := range map[string]PayloadKind{"": UnsignedPayload, "UNSIGNED-PAYLOAD": UnsignedPayload, hexHash([]byte("hello")): SignedPayload} {
		res, err := try(hash, "60")
		if err != nil {
			t.Fatal(explain(err))
		}
		if got, err := io.ReadAll(res.Stream); string(got) != "hello" || err != nil || res.Payload != kind {
			t.Errorf("hash %q: %q, %v, %v", hash, got, err, res.Payload)
		}
	}
	res, err := try(hexHash([]byte("hallo")), "60")
	if err != nil {
		t.Fatal(explain(err))
	}
	_, err = io.ReadAll(res.Stream)
	refused(t, err, PayloadMismatch, textHashDiffers)
	refused(t, errOf(try("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "60")), BadPayloadHash, textBadHash)
	refused(t, errOf(try("", "")), BadExpires, textNoExpires)
}

// For other services a declared hash counts for nothing.
func TestUnsignedOnlyForS3(t *testing.T) {
	for _, hash := range []string{"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", hexHash([]byte("other"))} {
		r, s := kmsRequest(kmsBody), kmsSigner(t)
		r.Header.Set("X-Amz-Content-Sha256", hash)
		s.hash = hash
		s.sign(r, nil)
		refused(t, errOf(kmsVerifier(t).Verify(r)), Mismatch, mismatch)
	}
}
