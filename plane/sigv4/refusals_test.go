package sigv4

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

const mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

// signed is a request to KMS that verifies at 20260301T120000Z.
func signed(t testing.TB, change func(*signer, *http.Request)) *http.Request {
	r, s := kmsRequest(kmsBody), kmsSigner(t)
	if change != nil {
		change(&s, r)
	}
	s.sign(r, []byte(kmsBody))
	return r
}

func kmsVerifier(t testing.TB) *Verifier {
	v := known(t, "20260301T120000Z", docID, docSecret)
	v.Scope = func(*http.Request) (string, string) { return "eu-central-1", "kms" }
	return v
}

func TestVerifies(t *testing.T) {
	res, err := kmsVerifier(t).Verify(signed(t, nil))
	if err != nil {
		t.Fatal(explain(err))
	}
	if res.AccessKeyID != docID || res.Region != "eu-central-1" || res.Service != "kms" || res.Presigned ||
		string(res.Body) != kmsBody || res.Stream != nil || res.Payload != SignedPayload ||
		strings.Join(res.SignedHeaders, ";") != "content-type;host;x-amz-date;x-amz-target" {
		t.Errorf("result %+v", res)
	}
}

// Each case changes a request that verifies, after it was signed.
func TestRefusesWhatChanged(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"body":                  func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(kmsBody + " ")); r.ContentLength++ },
		"body, same length":     func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", len(kmsBody)))) },
		"no body":               func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 },
		"method":                func(r *http.Request) { r.Method = "PUT" },
		"path":                  func(r *http.Request) { r.RequestURI = "/x" },
		"query":                 func(r *http.Request) { r.RequestURI = "/?a" },
		"host":                  func(r *http.Request) { r.Host = "localhost" },
		"target":                func(r *http.Request) { r.Header.Set("X-Amz-Target", "TrentService.Decrypt") },
		"content type":          func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
		"signed header removed": func(r *http.Request) { r.Header.Del("Content-Type") },
		"signed header twice":   func(r *http.Request) { r.Header.Add("Content-Type", "application/json") },
		"signed header emptied": func(r *http.Request) { r.Header.Set("Content-Type", "") },
		"date within the skew":  func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260301T120001Z") },
		"signature":             replaceAuthorization("Signature=", "Signature=0"),
		"signature cut":         func(r *http.Request) { a := r.Header.Get("Authorization"); r.Header.Set("Authorization", a[:len(a)-1]) },
		"headers reordered":     replaceAuthorization("content-type;host;x-amz-date;x-amz-target", "host;content-type;x-amz-date;x-amz-target"),
		"headers in capitals":   replaceAuthorization("content-type;host", "Content-Type;host"),
		"header listed twice":   replaceAuthorization("content-type;host", "content-type;host;host"),
		"header listed, absent": replaceAuthorization("content-type;host", "accept;content-type;host"),
		"header dropped":        replaceAuthorization("content-type;host", "host"),
		"list ends in ;":        replaceAuthorization("x-amz-target", "x-amz-target;"),
		"too many headers":      replaceAuthorization("content-type;host", strings.Repeat("a;", 600)+"host"),
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t, nil)
			change(r)
			refused(t, errOf(kmsVerifier(t).Verify(r)), Mismatch, mismatch)
		})
	}
}

func replaceAuthorization(from, to string) func(*http.Request) {
	return func(r *http.Request) {
		old := r.Header.Get("Authorization")
		if !strings.Contains(old, from) {
			panic("the header has no " + from)
		}
		r.Header.Set("Authorization", strings.Replace(old, from, to, 1))
	}
}

// Replaying another request's signature with this body.
func TestReplayedSignature(t *testing.T) {
	other := kmsRequest("{}")
	s := kmsSigner(t)
	s.sign(other, []byte("{}"))
	r := signed(t, nil)
	r.Header.Set("Authorization", other.Header.Get("Authorization"))
	refused(t, errOf(kmsVerifier(t).Verify(r)), Mismatch, mismatch)
}

func TestRefusals(t *testing.T) {
	headers := func(set map[string]string) func(*http.Request) {
		return func(r *http.Request) {
			for name, value := range set {
				if r.Header.Del(name); value != "" {
					r.Header.Set(name, value)
				}
			}
		}
	}
	const full = "AWS4-HMAC-SHA256 Credential=A/20260301/eu-central-1/kms/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=1"
	with := func(from, to string) func(*http.Request) {
		return headers(map[string]string{"Authorization": strings.Replace(full, from, to, 1)})
	}
	for _, c := range []struct {
		name    string
		change  func(*http.Request)
		reason  Reason
		message string
	}{
		{"no signature", headers(map[string]string{"Authorization": ""}), MissingToken, "Missing Authentication Token"},
		{"both forms", func(r *http.Request) { r.RequestURI = "/?X-Amz-Algorithm" }, BothForms,
			"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."},
		{"both forms, escaped", func(r *http.Request) { r.RequestURI = "/?X%2dAmz-Algorithm=" }, BothForms,
			"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."},
		{"another scheme", headers(map[string]string{"Authorization": "X", "X-Amz-Date": ""}), Incomplete,
			"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. " +
				"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=S2irOEf+2n1sYsH7y+6/o16rc1HtXnj03a3qXfZLgBU="},
		{"no signed headers", with("SignedHeaders", "Foo"), Incomplete,
			"Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed(strings.Replace(full, "SignedHeaders", "Foo", 1))},
		{"no pair", with("Signature=1", "Signature"), Incomplete,
			"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '" + hashed(strings.Replace(full, "Signature=1", "Signature", 1)) + "'."},
		{"no algorithm", with("AWS4-HMAC-SHA256 ", ""), Incomplete, "Authorization header must begin with the algorithm name, which cannot include an equal-sign."},
		{"parameter twice", with("Signature=1", "Signature=1, Signature=2"), Incomplete, textTwice},
		{"header twice", func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, Incomplete, ""},
		{"extended date", headers(map[string]string{"X-Amz-Date": "2026-03-01T12:00:00Z"}), Incomplete,
			"Date must be in ISO-8601 'basic format'. Got '2026-03-01T12:00:00Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"date with a fraction", headers(map[string]string{"X-Amz-Date": "20260301T120000.5Z"}), Incomplete,
			"Date must be in ISO-8601 'basic format'. Got '20260301T120000.5Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"no day of the calendar", headers(map[string]string{"X-Amz-Date": "20260230T120000Z"}), Incomplete,
			"Date must be in ISO-8601 'basic format'. Got '20260230T120000Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"date twice", func(r *http.Request) { r.Header.Add("X-Amz-Date", "20260301T120000Z") }, Incomplete,
			"Date must be in ISO-8601 'basic format'. Got '20260301T120000Z,20260301T120000Z'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"expired", headers(map[string]string{"X-Amz-Date": "20260301T115459Z"}), Expired,
			"Signature expired: 20260301T115459Z is now earlier than 20260301T115500Z (20260301T120000Z - 5 min.)"},
		{"not yet current", headers(map[string]string{"X-Amz-Date": "20260301T120501Z"}), NotYetCurrent,
			"Signature not yet current: 20260301T120501Z is still later than 20260301T120500Z (20260301T120000Z + 5 min.)"},
		{"host not signed", with("content-type;host;", "content-type;"), HeaderNotSigned,
			"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"no header signed", with("content-type;host;x-amz-date;x-amz-target", ""), HeaderNotSigned,
			"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"header added", headers(map[string]string{"X-Amz-Security-Token": "t"}), HeaderNotSigned,
			"'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization."},
		{"headers added", headers(map[string]string{"X-Amz-B": "t", "X-Amz-A": "t"}), HeaderNotSigned,
			"'X-Amz-A' must be a 'SignedHeader' in the AWS Authorization."},
		{"another algorithm", with("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"), UnsupportedAlgorithm,
			"Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now). "},
		{"Signature Version 4A", with("AWS4-HMAC-SHA256 Credential=A/20260301/eu-central-1/kms/aws4_request", "AWS4-ECDSA-P256-SHA256 Credential=A/20260301/kms/aws4_request"), Asymmetric,
			"Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). "},
		{"four parts", with("/kms/", "/"), Incomplete,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'A/20260301/eu-central-1/aws4_request'"},
		{"six parts", with("/kms/", "/kms/x/"), Incomplete,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'A/20260301/eu-central-1/kms/x/aws4_request'"},
		{"no access key", with("Credential=A", "Credential="), Incomplete,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '/20260301/eu-central-1/kms/aws4_request'"},
		{"everything of the scope", with("20260301/eu-central-1/kms/aws4_request", "b/c/d/e"), WrongScope,
			"Credential should be scoped to a valid region, not 'c'. Credential should be scoped to correct service: 'kms'. " +
				"Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. " +
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20260301', from '20260301T120000Z'."},
		{"another region", with("eu-central-1", "us-east-1"), WrongScope, "Credential should be scoped to a valid region, not 'us-east-1'. "},
		{"another service", with("/kms/", "/sts/"), WrongScope, "Credential should be scoped to correct service: 'kms'. "},
		{"unknown access key", nil, UnknownKey, "The security token included in the request is invalid."},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := kmsRequest(kmsBody)
			r.Header.Set("X-Amz-Date", "20260301T120000Z")
			r.Header.Set("Authorization", full)
			if c.change != nil {
				c.change(r)
			}
			_, err := kmsVerifier(t).Verify(r)
			if c.name == "header twice" {
				c.message = "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '" + hashed(full+","+full) + "'."
			}
			refused(t, err, c.reason, c.message)
		})
	}
}

func TestPresignedRefusals(t *testing.T) {
	const all = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260301%2Feu-central-1%2Fkms%2Faws4_request&X-Amz-Date=20260301T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=1"
	for _, c := range []struct {
		name, query string
		reason      Reason
		message     string
	}{
		{"empty", "X-Amz-Algorithm", Incomplete, "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. " +
			"AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."},
		{"no signed headers", strings.Replace(all, "&X-Amz-SignedHeaders=host", "", 1), Incomplete,
			"AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters."},
		{"all but the algorithm", strings.Replace(all, "Algorithm", "Algorithme", 1), MissingToken, "Missing Authentication Token"},
		{"parameter twice", all + "&X-Amz-Signature=2", Incomplete, textTwice},
		{"parameter twice, escaped", all + "&X%2DAmz-Signature=2", Incomplete, textTwice},
		{"malformed escape", strings.Replace(all, "%2F", "%zz", 1), Incomplete, textEscape},
		{"malformed escape elsewhere", all + "&a=%", Incomplete, textEscape},
		{"expires is no number", strings.Replace(all, "Expires=60", "Expires=1m", 1), BadExpires, "X-Amz-Expires should be a number"},
		{"expires is empty", strings.Replace(all, "Expires=60", "Expires=", 1), BadExpires, "X-Amz-Expires should be a number"},
		{"expires at once", strings.Replace(all, "Expires=60", "Expires=0", 1), BadExpires, textExpiresZero},
		{"expires before", strings.Replace(all, "Expires=60", "Expires=-1", 1), BadExpires, textExpiresZero},
		{"expires too late", strings.Replace(all, "Expires=60", "Expires=604801", 1), BadExpires, textExpiresWeek},
		{"expires at the end of time", strings.Replace(all, "Expires=60", "Expires=9223372036854775808", 1), BadExpires, "X-Amz-Expires should be a number"},
		{"old, whatever it expires", strings.Replace(strings.Replace(all, "T120000Z", "T110000Z", 1), "Expires=60", "Expires=604800", 1), Expired,
			"Signature expired: 20260301T110000Z is now earlier than 20260301T115500Z (20260301T120000Z - 5 min.)"},
		{"host not signed", strings.Replace(all, "Headers=host", "Headers=x", 1), HeaderNotSigned, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"Signature Version 4A", strings.Replace(all, "HMAC-SHA256", "ECDSA-P256-SHA256", 1), Asymmetric,
			"Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). "},
		{"wrong signature", all, Mismatch, mismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := kmsRequest("")
			r.Header = http.Header{}
			r.RequestURI = "/?" + c.query
			refused(t, errOf(kmsVerifier(t).Verify(r)), c.reason, c.message)
		})
	}
}

func TestPresigned(t *testing.T) {
	make := func(change func(*signer, *http.Request)) *http.Request {
		r, s := kmsRequest(kmsBody), kmsSigner(t)
		r.RequestURI = "/?Action=x+y&Empty"
		r.URL.RawQuery = "Action=x+y&Empty"
		s.expires = "604800"
		if change != nil {
			change(&s, r)
		}
		s.presign(r, []byte(kmsBody))
		return r
	}
	res, err := kmsVerifier(t).Verify(make(nil))
	if err != nil {
		t.Fatal(explain(err))
	}
	if !res.Presigned || string(res.Body) != kmsBody || res.Payload != SignedPayload {
		t.Errorf("result %+v", res)
	}
	// Without X-Amz-Expires: only S3 demands it.
	if _, err := kmsVerifier(t).Verify(make(func(s *signer, _ *http.Request) { s.expires = "" })); err != nil {
		t.Fatal(explain(err))
	}
	for name, change := range map[string]func(*http.Request){
		"parameter added":   func(r *http.Request) { r.RequestURI += "&a" },
		"parameter dropped": func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, "&Empty=", "", 1) },
		"parameter changed": func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, "x%20y", "x%20z", 1) },
		"expires changed":   func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, "604800", "604799", 1) },
		"body":              func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Repeat("y", len(kmsBody)))) },
	} {
		t.Run(name, func(t *testing.T) {
			r := make(nil)
			before := r.RequestURI
			change(r)
			if name != "body" && r.RequestURI == before {
				t.Fatal("the test changed nothing")
			}
			refused(t, errOf(kmsVerifier(t).Verify(r)), Mismatch, mismatch)
		})
	}
	r := make(nil)
	r.Header.Set("X-Amz-Meta-Added", "later")
	refused(t, errOf(kmsVerifier(t).Verify(r)), HeaderNotSigned, "'X-Amz-Meta-Added' must be a 'SignedHeader' in the AWS Authorization.")
}

func TestSessionTokens(t *testing.T) {
	v := kmsVerifier(t)
	var seen string
	v.Secret = func(_ context.Context, _, token string) (Identity, error) {
		seen = token
		id := Identity{Secret: docSecret}
		switch token {
		case "good":
			return id, nil
		case "expired":
			return id, fmt.Errorf("session of alice: %w", ErrTokenExpired)
		case "stranger":
			return id, ErrTokenInvalid
		case "secretless":
			return Identity{}, ErrTokenExpired
		}
		return id, ErrUnknownKey
	}
	withToken := func(token string) *http.Request {
		return signed(t, func(s *signer, _ *http.Request) { s.token = token })
	}
	if _, err := v.Verify(withToken("good")); err != nil || seen != "good" {
		t.Errorf("%v, token %q", err, seen)
	}
	refused(t, errOf(v.Verify(withToken("expired"))), TokenExpired, "The security token included in the request is expired")
	refused(t, errOf(v.Verify(withToken("stranger"))), TokenInvalid, "The security token included in the request is invalid")
	refused(t, errOf(v.Verify(withToken("secretless"))), TokenExpired, "The security token included in the request is expired")
	refused(t, errOf(v.Verify(withToken(""))), UnknownKey, "The security token included in the request is invalid.")

	// Who does not hold the secret does not learn that the token has expired.
	forged := withToken("expired")
	replaceAuthorization("Signature=", "Signature=0")(forged)
	refused(t, errOf(v.Verify(forged)), Mismatch, mismatch)

	presigned, s := kmsRequest(""), kmsSigner(t)
	s.token = "good"
	s.presign(presigned, nil)
	if _, err := v.Verify(presigned); err != nil || seen != "good" {
		t.Errorf("%v, token %q", err, seen)
	}
}

// Skew at its edges, for services whose limit AWS has shown.
func TestSkew(t *testing.T) {
	for _, c := range []struct {
		service string
		skew    time.Duration
		limit   time.Duration
		text    string
	}{
		{"kms", 0, 5 * time.Minute, "5 min"},
		{"sts", 0, 15 * time.Minute, "15 min"},
		{"iam", 0, 15 * time.Minute, "15 min"},
		{"kms", time.Hour, time.Hour, "60 min"},
		{"kms", 90 * time.Second, 90 * time.Second, "1m30s"},
	} {
		s := kmsSigner(t)
		s.service = c.service
		r := kmsRequest(kmsBody)
		s.sign(r, []byte(kmsBody))
		try := func(offset time.Duration) error {
			v := known(t, "20260301T120000Z", docID, docSecret)
			v.Skew = c.skew
			v.Now = func() time.Time { return s.when.Add(offset) }
			clone := r.Clone(context.Background())
			clone.Body = io.NopCloser(strings.NewReader(kmsBody))
			return errOf(v.Verify(clone))
		}
		for _, offset := range []time.Duration{c.limit, -c.limit, c.limit + time.Second - 1} {
			if err := try(offset); err != nil {
				t.Errorf("%s %v at %v: %v", c.service, c.skew, offset, err)
			}
		}
		for offset, reason := range map[time.Duration]Reason{c.limit + time.Second: Expired, -c.limit - time.Second: NotYetCurrent} {
			var e *Error
			if err := try(offset); !errors.As(err, &e) || e.Reason != reason || !strings.HasSuffix(e.Message, c.text+".)") {
				t.Errorf("%s %v at %v: %v", c.service, c.skew, offset, err)
			}
		}
	}
}

func TestBodyLimit(t *testing.T) {
	for _, known := range []bool{true, false} {
		v := kmsVerifier(t)
		v.MaxBody = int64(len(kmsBody))
		r := signed(t, nil)
		if !known {
			r.ContentLength = -1
		}
		if _, err := v.Verify(r); err != nil {
			t.Fatal(err)
		}
		v.MaxBody--
		r = signed(t, nil)
		if !known {
			r.ContentLength = -1
		}
		e := refused(t, errOf(v.Verify(r)), TooLarge, textTooLarge)
		if status, _, _ := e.Wire(JSON); status != 413 {
			t.Errorf("status %d", status)
		}
	}
}

// What is no refusal comes back as what it is.
func TestFailures(t *testing.T) {
	down := errors.New("database is down")
	v := kmsVerifier(t)
	v.Secret = func(context.Context, string, string) (Identity, error) { return Identity{Secret: docSecret}, down }
	var refusal *Error
	if _, err := v.Verify(signed(t, nil)); !errors.Is(err, down) || errors.As(err, &refusal) {
		t.Errorf("error %v", err)
	}

	r := signed(t, nil)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), failing{down}))
	if _, err := kmsVerifier(t).Verify(r); !errors.Is(err, down) || errors.As(err, &refusal) {
		t.Errorf("error %v", err)
	}
	r = signed(t, nil)
	r.Body = io.NopCloser(strings.NewReader("{"))
	if _, err := kmsVerifier(t).Verify(r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
	if _, err := new(Verifier).Verify(signed(t, nil)); err == nil || errors.As(err, &refusal) {
		t.Errorf("error %v", err)
	}
	v.Secret = func(context.Context, string, string) (Identity, error) { return Identity{}, nil }
	refused(t, errOf(v.Verify(signed(t, nil))), UnknownKey, textUnknown)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestWire(t *testing.T) {
	for _, c := range []struct {
		reason                Reason
		json, query           string
		jsonStatus, rest, qry int
	}{
		{MissingToken, "MissingAuthenticationTokenException", "MissingAuthenticationToken", 400, 403, 403},
		{BothForms, "InvalidSignatureException", "SignatureDoesNotMatch", 400, 403, 403},
		{Incomplete, "IncompleteSignatureException", "IncompleteSignature", 400, 403, 400},
		{UnsupportedAlgorithm, "IncompleteSignatureException", "IncompleteSignature", 400, 403, 400},
		{Asymmetric, "IncompleteSignatureException", "IncompleteSignature", 400, 403, 400},
		{Expired, "InvalidSignatureException", "SignatureDoesNotMatch", 400, 403, 403},
		{NotYetCurrent, "InvalidSignatureException", "SignatureDoesNotMatch", 400, 403, 403},
		{HeaderNotSigned, "InvalidSignatureException", "SignatureDoesNotMatch", 400, 403, 403},
		{WrongScope, "InvalidSignatureException", "SignatureDoesNotMatch", 400, 403, 403},
		{UnknownKey, "UnrecognizedClientException", "InvalidClientTokenId", 400, 403, 403},
		{Mismatch, "InvalidSignatureException", "SignatureDoesNotMatch", 400, 403, 403},
		{TokenInvalid, "UnrecognizedClientException", "InvalidClientTokenId", 400, 403, 403},
		{TokenExpired, "ExpiredTokenException", "ExpiredToken", 400, 403, 403},
		{TooLarge, "RequestEntityTooLargeException", "RequestEntityTooLarge", 413, 413, 413},
		{BadExpires, "IncompleteSignatureException", "IncompleteSignature", 400, 403, 400},
	} {
		e := refuse(c.reason, "words")
		for d, want := range map[Dialect][2]any{JSON: {c.jsonStatus, c.json}, REST: {c.rest, c.json}, Query: {c.qry, c.query}} {
			status, code, message := e.Wire(d)
			if status != want[0] || code != want[1] {
				t.Errorf("reason %d, dialect %d: %d %s, want %v", c.reason, d, status, code, want)
			}
			if words := map[bool]string{true: "Request is missing Authentication Token", false: "words"}[d == Query && c.reason == MissingToken]; message != words {
				t.Errorf("reason %d, dialect %d: message %q", c.reason, d, message)
			}
		}
	}
}

// No error and no printed result shows a secret or a session token.
func TestNothingSecretIsPrinted(t *testing.T) {
	const token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN"
	v := kmsVerifier(t)
	r := signed(t, func(s *signer, _ *http.Request) { s.token = token })
	res, err := v.Verify(r)
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	log := slog.New(slog.NewTextHandler(&printed, nil))
	js := slog.New(slog.NewJSONHandler(&printed, nil))
	for _, x := range []any{res.Identity, *res, res} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&printed, verb+"\n", x)
		}
		log.Info("done", "x", x)
		js.Info("done", "x", x)
	}
	print := func(err error) {
		e := err.(*Error)
		fmt.Fprintf(&printed, "%v %+v %#v %s %s\n", e, e, *e, e.CanonicalRequest, e.StringToSign)
		js.Info("done", "x", e)
	}
	change := signed(t, func(s *signer, _ *http.Request) { s.token = token })
	replaceAuthorization("Signature=", "Signature=0")(change)
	print(errOf(v.Verify(change)))
	presigned, s := kmsRequest(""), kmsSigner(t)
	s.token, s.secret = token, "another"
	s.presign(presigned, nil)
	print(errOf(v.Verify(presigned)))
	for _, authorization := range []string{"AWS4-HMAC-SHA256 " + docSecret, "AWS4-HMAC-SHA256 Signature=" + docSecret} {
		r := kmsRequest("")
		r.Header.Set("Authorization", authorization)
		print(errOf(v.Verify(r)))
	}
	if !strings.Contains(printed.String(), "x-amz-security-token:(hidden)") || !strings.Contains(printed.String(), "alice") {
		t.Errorf("the test printed too little:\n%s", printed.String())
	}
	for _, secret := range []string{docSecret, token, fmt.Sprintf("%x", docSecret)} {
		if strings.Contains(printed.String(), secret) {
			t.Errorf("%s is in\n%s", secret, printed.String())
		}
	}
}

func TestFoldedHeader(t *testing.T) {
	s := kmsSigner(t)
	r := kmsRequest("")
	r.Header = http.Header{"My-Header": {"value1 value2 value3"}}
	s.sign(r, nil)
	folded := parse(t, "POST / HTTP/1.1\nHost: localhost:4599\nMy-Header: value1\n  value2\n\tvalue3\nX-Amz-Date: 20260301T120000Z\nAuthorization: "+r.Header.Get("Authorization")+"\n\n")
	if _, err := kmsVerifier(t).Verify(folded); err != nil {
		t.Fatal(explain(err))
	}
}
