package sigv4

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// Lists of signed headers that a client signed as they are, correctly.
func TestListsOfSignedHeaders(t *testing.T) {
	all := []string{"content-type", "host", "x-amz-date", "x-amz-target"}
	var many []string
	for i := range maxSignedHeaders - len(all) {
		many = append(many, fmt.Sprintf("b%03d", i))
	}
	for name, c := range map[string]struct {
		list []string
		ok   bool
	}{
		"canonical":      {all, true},
		"authority":      {[]string{":authority", "content-type", "x-amz-date", "x-amz-target"}, true},
		"both":           {append([]string{":authority"}, all...), true},
		"without type":   {all[1:], true},
		"twice":          {[]string{"content-type", "host", "host", "x-amz-date", "x-amz-target"}, false},
		"not sorted":     {[]string{"host", "content-type", "x-amz-date", "x-amz-target"}, false},
		"in capitals":    {[]string{"Content-Type", "host", "x-amz-date", "x-amz-target"}, false},
		"absent":         {append([]string{"accept"}, all...), false},
		"as many as may": {slices.Concat(many, all), true},
		"too many":       {slices.Concat([]string{"a"}, many, all), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t, func(s *signer, r *http.Request) {
				s.list = c.list
				for _, h := range slices.Concat(many, []string{"a"}) {
					if len(c.list) > 10 {
						r.Header.Set(h, "1")
					}
				}
			})
			_, err := kmsVerifier(t).Verify(r)
			if c.ok && err != nil {
				t.Fatal(explain(err))
			}
			if !c.ok {
				refused(t, err, Mismatch, mismatch)
			}
		})
	}
}

func TestListed(t *testing.T) {
	const list = "content-type;host;x-amz-date"
	for name, want := range map[string]bool{
		"host": true, "Host": true, "content-type": true, "X-Amz-Date": true,
		"hos": false, "ost": false, "host;": false, "x-amz-dat": false, "x-amz-date1": false, "x": false,
	} {
		if got := listed(list, name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if listed("", "host") {
		t.Error("an empty list lists host")
	}
}

// What may be unsigned, or stand elsewhere, and verifies.
func TestVerifiesToo(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"user agent of the SDK for PHP": signed(t, func(s *signer, r *http.Request) {
			r.Header.Set("X-Amz-User-Agent", "aws-sdk-php/3")
			s.unsigned = []string{"X-Amz-User-Agent"}
		}),
		"headers of proxies": signed(t, func(s *signer, r *http.Request) {
			r.Header.Set("X-Amzn-Trace-Id", "Root=1")
			r.Header.Set("X-Forwarded-For", "::1")
			s.unsigned = []string{"X-Amzn-Trace-Id", "X-Forwarded-For"}
		}),
		"content length that net/http has taken out": func() *http.Request {
			r := signed(t, func(_ *signer, r *http.Request) { r.Header.Set("Content-Length", fmt.Sprint(len(kmsBody))) })
			r.Header.Del("Content-Length")
			return r
		}(),
		"transfer encoding that net/http has taken out": func() *http.Request {
			r := signed(t, func(_ *signer, r *http.Request) { r.Header.Set("Transfer-Encoding", "chunked") })
			r.Header.Del("Transfer-Encoding")
			r.TransferEncoding, r.ContentLength = []string{"chunked"}, -1
			return r
		}(),
		"HTTP date": func() *http.Request {
			r := signed(t, func(s *signer, r *http.Request) {
				s.list = []string{"content-type", "date", "host", "x-amz-target"}
				r.Header.Set("Date", "Sun, 01 Mar 2026 12:00:00 GMT")
			})
			r.Header.Del("X-Amz-Date")
			return r
		}(),
		"ISO date in Date": func() *http.Request {
			r := signed(t, func(s *signer, r *http.Request) {
				s.list = []string{"content-type", "date", "host", "x-amz-target"}
				r.Header.Set("Date", "20260301T120000Z")
			})
			r.Header.Del("X-Amz-Date")
			return r
		}(),
		"commas without blanks": func() *http.Request {
			r := signed(t, nil)
			r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), ", ", ","))
			return r
		}(),
		"blanks without commas": func() *http.Request {
			r := signed(t, nil)
			r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), ",", " "))
			return r
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := kmsVerifier(t).Verify(r); err != nil {
				t.Fatal(explain(err))
			}
		})
	}

	v := kmsVerifier(t)
	var seen string
	v.Secret = func(_ context.Context, _, token string) (Identity, error) {
		seen = token
		return Identity{Secret: docSecret}, nil
	}
	r, s := kmsRequest(""), kmsSigner(t)
	r.Header.Set("X-Amz-Security-Token", "in a header")
	s.presign(r, nil)
	if _, err := v.Verify(r); err != nil || seen != "in a header" {
		t.Errorf("presigned with the token in a header: %v, token %q", err, seen)
	}
}

// Without Scope any service may be meant, but not anything as a Region.
func TestAnyScope(t *testing.T) {
	for region, ok := range map[string]bool{"eu-central-1": true, "aws-global": true, "": false, "EU": false, "eu_1": false, "x'": false, strings.Repeat("a", 65): false} {
		v := known(t, "20260301T120000Z", docID, docSecret)
		_, err := v.Verify(signed(t, func(s *signer, _ *http.Request) { s.region, s.service = region, "other" }))
		if ok && err != nil {
			t.Error(explain(err))
		}
		if !ok {
			refused(t, err, WrongScope, "Credential should be scoped to a valid region, not '"+region+"'. ")
		}
	}
}

func TestClaimedService(t *testing.T) {
	presigned, s := kmsRequest(""), kmsSigner(t)
	s.service = "sts"
	s.presign(presigned, nil)
	wrong := signed(t, nil)
	replaceAuthorization("Signature=", "Signature=0")(wrong)
	partial := signed(t, nil)
	replaceAuthorization("/kms/", "/")(partial)
	for want, requests := range map[string][]*http.Request{
		"kms": {signed(t, nil), wrong},
		"sts": {presigned},
		"":    {partial, kmsRequest(kmsBody), httptest.NewRequest("GET", "/?X-Amz-Algorithm", nil)},
	} {
		for i, r := range requests {
			if got := ClaimedService(r); got != want {
				t.Errorf("request %d claims %q, want %q", i, got, want)
			}
		}
	}
}
