package sigv4

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

// A header that parses gives the same claim when it is written again.
func FuzzAuthorization(f *testing.F) {
	for _, s := range []string{
		"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		"AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=3045",
		"AWS4- Signature=b,Credential=a",
		"AWS4-HMAC-SHA256 Credential,  Signature=b,   SignedHeaders",
		"AWS AKIAI:qaNdqGsI6bq4Hi=", "X", "Bearer a.b.c", "",
	} {
		f.Add(s, "20150830T123600Z")
	}
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=,Signature=1", "Sun, 30 Aug 2015 12:36:00 GMT")
	f.Fuzz(func(t *testing.T, authorization, date string) {
		r := httptest.NewRequest("POST", "/", nil)
		claimed := func(authorization string) (*claim, error) {
			r.Header.Set("Authorization", authorization)
			r.Header.Set("Date", date)
			return claimOf(r, targetOf(r))
		}
		c, err := claimed(authorization)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Reason == 0 || e.Message == "" {
				t.Fatalf("no refusal: %v", err)
			}
			return
		}
		again, err := claimed(c.algorithm + " Credential=" + c.credential + ", SignedHeaders=" + c.signedHeaders + ", Signature=" + c.signature)
		if err != nil || *again != *c {
			t.Fatalf("%q\nreads as %+v\nand again as %+v, %v", authorization, c, again, err)
		}
		if c.accessKeyID != "" && c.accessKeyID+"/"+c.day+"/"+c.region+"/"+c.service+"/"+c.lastPart != c.credential {
			t.Fatalf("credential %q is cut to %+v", c.credential, c)
		}
	})
}

// What is canonical stays as it is.
func FuzzCanonical(f *testing.F) {
	for _, s := range [][3]string{
		{"/", "", "value"},
		{"//example//", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1", " a   b   c "},
		{"/example1/example2/../..", "b=2&a=1&a=0&lifecycle", "\"a   b   c\""},
		{"/%2e%2e/a%2Fb/+", "a=b+c&d=%2B&X-Amz-Signature=1", "a\tb  \t c"},
		{"/custom-models/arn%3Aaws%3Abedrock", "%", ""},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, path, query, header string) {
		once := normalise(path)
		if twice := normalise(once); twice != once {
			t.Fatalf("path %q is %q, and then %q", path, once, twice)
		}
		if strings.HasPrefix(path, "/") {
			for segment := range strings.SplitSeq(once, "/") {
				if segment == "." || segment == ".." {
					t.Fatalf("path %q is %q", path, once)
				}
			}
		}
		appendPathTwice(nil, path)
		if b, ok := appendPathOnce(nil, path); ok {
			if again, ok := appendPathOnce(nil, string(b)); !ok || !bytes.Equal(again, b) {
				t.Fatalf("S3 path %q is %q, and then %q", path, b, again)
			}
		}
		if b, ok := appendQuery(nil, query, true, false); ok {
			if again, ok := appendQuery(nil, string(b), true, false); !ok || !bytes.Equal(again, b) {
				t.Fatalf("query %q is %q, and then %q", query, b, again)
			}
		}
		b := appendCollapsed(nil, header)
		if again := appendCollapsed(nil, string(b)); !bytes.Equal(again, b) || bytes.Contains(b, []byte("  ")) {
			t.Fatalf("header %q is %q, and then %q", header, b, again)
		}
	})
}

// The decoder ends, never gives more than was announced, and accepts signed
// chunks only when they are those that were signed.
func FuzzChunks(f *testing.F) {
	f.Add([]byte(documentedBody), byte(SignedChunks))
	f.Add([]byte(documentedTrailerBody), byte(SignedTrailer))
	f.Add([]byte("2000\r\n"+strings.Repeat("a", 8192)+"\r\n0\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n"), byte(UnsignedTrailer))
	f.Add([]byte("0\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n\r\n"), byte(UnsignedTrailer))
	f.Add([]byte("0;chunk-signature=\r\n\r\n"), byte(SignedChunks))
	f.Fuzz(func(t *testing.T, body []byte, k byte) {
		kind := PayloadKind(k)
		if !kind.chunked() || kind > UnsignedTrailer {
			return
		}
		p := payload{kind: kind, decoded: 66560}
		c := &claim{accessKeyID: docID, credential: docID + "/20130524/us-east-1/s3/aws4_request", signed: at(t, "20130524T000000Z"),
			signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"}
		want := documentedBody
		switch kind {
		case SignedTrailer:
			p.trailers, want = []string{"x-amz-checksum-crc32c"}, documentedTrailerBody
			c.signature = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
		case UnsignedTrailer:
			p.trailers = []string{"x-amz-checksum-crc32c"}
			p.decoded = 8192
		}
		key := deriveKey(docSecret, "20130524", "us-east-1", "s3")
		read := func(r io.Reader) (string, *Payload, error) {
			s := newPayload(r, p, c, key, 1<<20)
			b, err := io.ReadAll(s)
			return string(b), s, err
		}
		got, s, err := read(bytes.NewReader(body))
		if int64(len(got)) > p.decoded {
			t.Fatalf("%d bytes", len(got))
		}
		slow, _, slowErr := read(iotest.HalfReader(bytes.NewReader(body)))
		if slow != got || (err == nil) != (slowErr == nil) {
			t.Fatalf("how it is read matters: %d bytes, %v; %d bytes, %v", len(got), err, len(slow), slowErr)
		}
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("no refusal: %v", err)
			}
			return
		}
		switch {
		case int64(len(got)) != p.decoded:
			t.Fatalf("accepted %d bytes", len(got))
		case kind == SignedChunks && string(body) != want:
			t.Fatalf("accepted %q", body)
		case kind == SignedTrailer && s.Trailer().Get("x-amz-checksum-crc32c") != "sOO8/Q==":
			t.Fatalf("accepted %q", body)
		}
	})
}

// A whole request from the wire is refused or verified, and never more.
func FuzzVerify(f *testing.F) {
	const date = "X-Amz-Date:20150830T123600Z\r\n"
	f.Add([]byte("GET / HTTP/1.1\r\nHost:example.amazonaws.com\r\n" + strings.ReplaceAll(suiteAuthorization("host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"), "\n", "\r\n") + date + "\r\n"))
	f.Add([]byte("GET //example// HTTP/1.1\r\nHost:example.amazonaws.com\r\n" + strings.ReplaceAll(suiteAuthorization("host;x-amz-date", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"), "\n", "\r\n") + date + "\r\n"))
	f.Add([]byte(strings.ReplaceAll(documentedPresigned, "\n", "\r\n")))
	f.Add([]byte(strings.ReplaceAll(documentedChunks(""), "\n", "\r\n") + documentedBody))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := http.ReadRequest(bufioReader(string(raw)))
		if err != nil {
			return
		}
		for _, now := range []string{"20150830T123600Z", "20130524T000000Z"} {
			v := known(t, now, "", docSecret)
			v.Secret = func(_ context.Context, id, _ string) (Identity, error) {
				return Identity{Secret: map[string]string{docID: docSecret, suiteID: suiteSecret}[id]}, nil
			}
			res, err := v.Verify(r)
			switch {
			case (res == nil) == (err == nil):
				t.Fatalf("result %v, error %v", res, err)
			case err != nil:
				if strings.Contains(explain(err), suiteSecret) {
					t.Fatal("the secret is in the error")
				}
			case res.AccessKeyID != docID && res.AccessKeyID != suiteID:
				t.Fatalf("verified %+v", res)
			case res.Stream != nil:
				io.Copy(io.Discard, res.Stream)
			}
		}
	})
}
