package sigv4

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// TestSignAsSDK: the headers are those of AWS's own signer, byte for byte.
func TestSignAsSDK(t *testing.T) {
	now := at(t, "20260301T120000Z")
	for name, c := range map[string]struct {
		method, url, service, body string
		header                     http.Header
	}{
		"a proxy":          {"POST", "https://xks.example.com/a-b_c/kms/xks/v1/keys/0123.a_B-c/encrypt", "kms-xks-proxy", `{"plaintext":"c2VjcmV0"}`, nil},
		"without a body":   {"GET", "https://kms.eu-central-1.amazonaws.com/", "kms", "", nil},
		"without a path":   {"POST", "http://localhost:4599", "kms", "{}", nil},
		"with headers":     {"POST", "http://127.0.0.1:4599/", "kms", "{}", http.Header{"X-Amz-Target": {"TrentService.Encrypt"}, "X-Amz-Meta": {" a   b "}}},
		"with a query":     {"GET", "https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers&PathPrefix=%2Fa%20b%2F&Empty=", "iam", "", nil},
		"with escapes":     {"GET", "https://bedrock.eu-central-1.amazonaws.com/custom-models/arn%3Aaws%3Abedrock/x%20y", "bedrock", "", nil},
		"with other bytes": {"POST", "https://xks.example.com/%E1%88%B4", "kms", "\x00\xff", nil},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := request(t, c.method, c.url, c.header), request(t, c.method, c.url, c.header)
			s := Signer{AccessKeyID: docID, Secret: docSecret, Region: "eu-central-1", Service: c.service}
			// In another zone: signatures are dated in UTC.
			if err := s.Sign(ours, []byte(c.body), now.In(time.FixedZone("", -5*3600))); err != nil {
				t.Fatal(err)
			}
			if err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: docID, SecretAccessKey: docSecret}, theirs, hexHash([]byte(c.body)), c.service, "eu-central-1", now); err != nil {
				t.Fatal(err)
			}
			for _, header := range []string{"X-Amz-Date", "Authorization"} {
				if got, want := ours.Header.Get(header), theirs.Header.Get(header); got != want || want == "" {
					t.Errorf("%s\ngot  %s\nwant %s", header, got, want)
				}
			}
		})
	}
}

func request(t *testing.T, method, url string, header http.Header) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	return r
}

// TestSignIsVerified: what Sign covers cannot be changed, over real HTTP.
func TestSignIsVerified(t *testing.T) {
	v := known(t, "20260301T120000Z", docID, docSecret)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := v.Verify(r)
		if err != nil {
			http.Error(w, explain(err), http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, "%s %s %s %s", res.Region, res.Service, strings.Join(res.SignedHeaders, ";"), res.Body)
	}))
	t.Cleanup(server.Close)
	send := func(body string, change func(*http.Request)) (int, string) {
		r, err := http.NewRequest("POST", server.URL+"/kms/xks/v1/health", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		s := Signer{AccessKeyID: docID, Secret: docSecret, Region: "eu-central-1", Service: "kms-xks-proxy"}
		if err := s.Sign(r, []byte("{}"), at(t, "20260301T120000Z")); err != nil {
			t.Fatal(err)
		}
		change(r)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(answer.Body); err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, b.String()
	}
	same := func(*http.Request) {}
	if status, body := send("{}", same); status != 200 || body != "eu-central-1 kms-xks-proxy host;x-amz-date {}" {
		t.Errorf("%d %s", status, body)
	}
	for name, status := range map[string]int{
		"body":   first(send("[]", same)),
		"path":   first(send("{}", func(r *http.Request) { r.URL.Path += "x" })),
		"query":  first(send("{}", func(r *http.Request) { r.URL.RawQuery = "a=b" })),
		"method": first(send("{}", func(r *http.Request) { r.Method = "PUT" })),
		"host":   first(send("{}", func(r *http.Request) { r.Host = "example.com" })),
		"date":   first(send("{}", func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260301T120001Z") })),
	} {
		if status != 403 {
			t.Errorf("with another %s: %d", name, status)
		}
	}
}

func first(status int, _ string) int { return status }

func TestSignRefuses(t *testing.T) {
	s := Signer{AccessKeyID: docID, Secret: docSecret, Region: "eu-central-1", Service: "kms"}
	r := request(t, "GET", "http://localhost/", nil)
	r.URL.RawQuery = "a=%zz"
	refused(t, s.Sign(r, nil, time.Now()), Incomplete, textEscape)
	r = request(t, "GET", "http://localhost/", nil)
	r.Host, r.URL.Host = "", ""
	refused(t, s.Sign(r, nil, time.Now()), Mismatch, textMismatch)
	if r.Header.Get("Authorization") != "" {
		t.Error("signed nevertheless")
	}
}

func TestSignerHidesItsSecret(t *testing.T) {
	s := Signer{AccessKeyID: docID, Secret: docSecret, Region: "eu-central-1", Service: "kms"}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"AccessKeyID":"` + docID + `","Region":"eu-central-1","Service":"kms"}`; string(b) != want {
		t.Errorf("%s", b)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got, want := fmt.Sprintf(verb, s), "{AccessKeyID:"+docID+" Secret:(hidden) Region:eu-central-1 Service:kms}"; got != want {
			t.Errorf("%s: %s", verb, got)
		}
	}
}
