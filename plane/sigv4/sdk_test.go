package sigv4

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// TestSDK signs with AWS's own signer and verifies behind a real server, over
// HTTP/1.1 and HTTP/2.
func TestSDK(t *testing.T) {
	v := known(t, "20260301T120000Z", docID, docSecret)
	v.Now = time.Now
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := v.Verify(r)
		if err != nil {
			http.Error(w, explain(err), http.StatusForbidden)
			return
		}
		body := res.Body
		if res.Stream != nil {
			if body, err = io.ReadAll(res.Stream); err != nil {
				http.Error(w, explain(err), http.StatusForbidden)
				return
			}
		}
		fmt.Fprintf(w, "%s %s %s %v %s", r.Proto, res.Region, res.Service, res.Presigned, body)
	})
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		server := httptest.NewUnstartedServer(handler)
		server.EnableHTTP2 = proto == "HTTP/2.0"
		server.StartTLS()
		t.Cleanup(server.Close)
		for _, c := range []struct {
			name, method, target, service, body string
			token                               string
		}{
			{"KMS", "POST", "/", "kms", kmsBody, ""},
			{"KMS, session", "POST", "/", "kms", kmsBody, "tok/en+=="},
			{"KMS, empty body", "POST", "/", "kms", "", ""},
			{"STS", "POST", "/", "sts", "Action=GetCallerIdentity&Version=2011-06-15", ""},
			{"IAM, query", "GET", "/?Action=ListUsers&Version=2010-05-08&PathPrefix=%2Fa%20b%2F", "iam", "", ""},
			{"Bedrock, ARN in the path", "GET", "/custom-models/arn%3Aaws%3Abedrock%3Aeu-central-1%3A111122223333%3Acustom-model%2Fx", "bedrock", "", ""},
			{"Bedrock, colon in the path", "POST", "/model/anthropic.claude-3:0/invoke", "bedrock", "{}", ""},
			{"S3", "PUT", "/bucket/a%20b%2Bc/%E1%88%B4//d/../e?x-id=PutObject", "s3", "hello", ""},
		} {
			for _, presign := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/%v", proto, c.name, presign), func(t *testing.T) {
					r, err := http.NewRequest(c.method, server.URL+c.target, strings.NewReader(c.body))
					if err != nil {
						t.Fatal(err)
					}
					sdkSign(t, r, c.service, c.token, []byte(c.body), presign)
					response, err := server.Client().Do(r)
					if err != nil {
						t.Fatal(err)
					}
					defer response.Body.Close()
					got, err := io.ReadAll(response.Body)
					if err != nil {
						t.Fatal(err)
					}
					if want := fmt.Sprintf("%s eu-central-1 %s %v %s", proto, c.service, presign, c.body); string(got) != want {
						t.Errorf("got  %s\nwant %s", got, want)
					}
				})
			}
		}
	}
}

func sdkSign(t testing.TB, r *http.Request, service, token string, body []byte, presign bool) {
	t.Helper()
	credentials := aws.Credentials{AccessKeyID: docID, SecretAccessKey: docSecret, SessionToken: token}
	s := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" })
	hash := hexHash(body)
	now := time.Now()
	if !presign {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "TrentService.Encrypt")
		r.Header.Set("Amz-Sdk-Request", "attempt=1;  max=3")
		if service == "s3" {
			r.Header.Set("X-Amz-Content-Sha256", hash)
		}
		if err := s.SignHTTP(context.Background(), credentials, r, hash, service, "eu-central-1", now); err != nil {
			t.Fatal(err)
		}
		return
	}
	if service == "s3" {
		hash = "UNSIGNED-PAYLOAD"
	}
	query := r.URL.Query()
	query.Set("X-Amz-Expires", "300")
	r.URL.RawQuery = query.Encode()
	url, _, err := s.PresignHTTP(context.Background(), credentials, r, hash, service, "eu-central-1", now)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := http.NewRequest(r.Method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	*r = *signed
}

// The absolute form of a request line, as a proxy gets it.
func TestAbsoluteForm(t *testing.T) {
	for uri, want := range map[string]target{
		"/a?b=c":                {"/a", "b=c"},
		"http://h/a?b=c":        {"/a", "b=c"},
		"http://h":              {"/", ""},
		"http://h?b":            {"/", "b"},
		"/http://h/":            {"/http://h/", ""},
		"/a?u=http://h/":        {"/a", "u=http://h/"},
		"*":                     {"*", ""},
		"https://[::1]:4599//a": {"//a", ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RequestURI = uri
		if got := targetOf(r); got != want {
			t.Errorf("%s: %+v, want %+v", uri, got, want)
		}
	}
	r := httptest.NewRequest("GET", "http://h/a%2Fb?c", nil)
	r.RequestURI = ""
	if got := targetOf(r); got != (target{"/a%2Fb", "c"}) {
		t.Errorf("a client's request: %+v", got)
	}
}
