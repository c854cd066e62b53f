package plane

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/bedlock/bedlock/kms"
)

const (
	mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	asJSON   = "application/x-amz-json-1.1"
)

// refusal is the body of a refusal; that of AccessDeniedException has Message, the others
// message.
func refusal(code, member, message string) string {
	b, _ := json.Marshal(message)
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(b))
	return fmt.Sprintf(`{"__type":%q,%q:%s}`, code, member, text)
}

// sent sends a request and asserts status and body of the answer.
func (l *local) sent(t *testing.T, r *http.Request, status int, want string) {
	t.Helper()
	answer, err := l.server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status || string(b) != want || answer.Header.Get("Content-Type") != asJSON || answer.Header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("%d %s %v %v\nwant %d %s", answer.StatusCode, b, answer.Header, err, status, want)
	}
}

// rewrite is a request as a thief sends it: with another body.
func rewrite(r *http.Request, body string) *http.Request {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.GetBody = nil
	return r
}

// TestWireSignatures: requests that are not signed as they should be, at a standing hour.
func TestWireSignatures(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	l := newLocal(t, func(_ *kms.Options, o *Options) { o.Now = func() time.Time { return now } })
	const target, body = "TrentService.GenerateRandom", `{"NumberOfBytes":1}`
	sign := func(id string, at time.Time) *http.Request { return l.signed(t, id, target, []byte(body), at) }
	header := func(r *http.Request, name, value string) *http.Request {
		r.Header.Set(name, value)
		return r
	}
	authorization := func(old, replacement string) *http.Request {
		r := sign("AKIAADMIN", now)
		before := r.Header.Get("Authorization")
		after := strings.Replace(before, old, replacement, 1)
		if before == after {
			t.Fatalf("%s is not in %s", old, before)
		}
		return header(r, "Authorization", after)
	}
	none := sign("AKIAADMIN", now)
	none.Header.Del("Authorization")
	token := header(sign("AKIAADMIN", now), "X-Amz-Security-Token", "x")
	for name, tt := range map[string]struct {
		r             *http.Request
		code, message string
	}{
		"an unknown access key": {sign("AKIAADMIN2", now), "UnrecognizedClientException", "The security token included in the request is invalid."},
		"a changed signature":   {authorization("Signature=", "Signature=0"), "InvalidSignatureException", mismatch},
		"expired": {
			sign("AKIAADMIN", now.Add(-5*time.Minute-time.Second)), "InvalidSignatureException",
			"Signature expired: 20261125T115459Z is now earlier than 20261125T115500Z (20261125T120000Z - 5 min.)",
		},
		"not yet": {
			sign("AKIAADMIN", now.Add(5*time.Minute+time.Second)), "InvalidSignatureException",
			"Signature not yet current: 20261125T120501Z is still later than 20261125T120500Z (20261125T120000Z + 5 min.)",
		},
		"a body that was not signed":         {rewrite(sign("AKIAADMIN", now), `{"NumberOfBytes":2}`), "InvalidSignatureException", mismatch},
		"an operation that was not signed":   {header(sign("AKIAADMIN", now), "X-Amz-Target", "TrentService.ListKeys"), "InvalidSignatureException", mismatch},
		"a date that was not signed":         {header(sign("AKIAADMIN", now), "X-Amz-Date", "20261125T120001Z"), "InvalidSignatureException", mismatch},
		"a token that was not signed":        {token, "InvalidSignatureException", "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization."},
		"another key than the one signed":    {authorization("AKIAADMIN", "AKIADENIED"), "InvalidSignatureException", mismatch},
		"another Region than the one signed": {authorization(region, "us-east-1"), "InvalidSignatureException", mismatch},
		"another service": {
			authorization("/kms/", "/sts/"), "InvalidSignatureException", "Credential should be scoped to correct service: 'kms'. ",
		},
		"another day": {
			authorization("/20261125/", "/20261124/"), "InvalidSignatureException",
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261124' != '20261125', from '20261125T120000Z'.",
		},
		"signature version 4A": {
			authorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), "IncompleteSignatureException",
			"Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). ",
		},
		"none": {none, "MissingAuthenticationTokenException", "Missing Authentication Token"},
	} {
		t.Run(name, func(t *testing.T) { l.sent(t, tt.r, 400, refusal(tt.code, "message", tt.message)) })
	}
	t.Run("wrong secret", func(t *testing.T) {
		l.people["AKIATHIEF"] = &Caller{Secret: "guessed"}
		r := sign("AKIATHIEF", now)
		header(r, "Authorization", strings.Replace(r.Header.Get("Authorization"), "AKIATHIEF", "AKIAADMIN", 1))
		l.sent(t, r, 400, refusal("InvalidSignatureException", "message", mismatch))
	})
	t.Run("as it should be", func(t *testing.T) {
		for _, at := range []time.Time{now, now.Add(5 * time.Minute), now.Add(-5 * time.Minute)} {
			answer := got[*http.Response](t)(l.server.Client().Do(sign("AKIAADMIN", at)))
			_ = answer.Body.Close()
			if answer.StatusCode != 200 {
				t.Errorf("%v: %d", at, answer.StatusCode)
			}
		}
	})
}

// TestWireReplay: a signature is of one body. Sent again with it as it was, the request is
// taken while its date is good, as AWS keeps no record of signatures; with another body,
// or its own under another's signature, it is not.
func TestWireReplay(t *testing.T) {
	l := newLocal(t)
	key := l.key(nil)
	blob := base64.StdEncoding.EncodeToString(l.encrypted(key, nil))
	decrypt := `{"CiphertextBlob":"` + blob + `"}`
	const random = `{"NumberOfBytes":32}`
	at := time.Now()
	signed := func(id, body string) *http.Request {
		return l.signed(t, id, "TrentService.Decrypt", []byte(body), at)
	}
	for range 2 {
		answer := got[*http.Response](t)(l.server.Client().Do(signed("AKIAADMIN", decrypt)))
		b := got[[]byte](t)(io.ReadAll(answer.Body))
		_ = answer.Body.Close()
		if answer.StatusCode != 200 || !bytes.Contains(b, []byte(`"Plaintext":"c2VjcmV0"`)) {
			t.Errorf("%d %s", answer.StatusCode, b)
		}
	}
	l.sent(t, rewrite(signed("AKIAADMIN", random), decrypt), 400, refusal("InvalidSignatureException", "message", mismatch))
	stolen := signed("AKIAADMIN", decrypt)
	stolen.Header.Set("Authorization", signed("AKIAREADER", decrypt).Header.Get("Authorization"))
	l.sent(t, stolen, 400, refusal("AccessDeniedException", "Message", "User: "+reader+" is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action"))
	stolen = signed("AKIAADMIN", decrypt)
	stolen.Header.Set("Authorization", signed("AKIAADMIN", random).Header.Get("Authorization"))
	l.sent(t, stolen, 400, refusal("InvalidSignatureException", "message", mismatch))
}

// TestWireNoOracle: what fails on a ciphertext fails alike for a wrong context, a changed
// byte and another message of the same key, so that it tells nothing.
func TestWireNoOracle(t *testing.T) {
	l := newLocal(t)
	key := l.key(nil)
	blob := l.encrypted(key, map[string]string{"a": "b"})
	changed := bytes.Clone(blob)
	changed[len(changed)-1] ^= 1
	for _, body := range []map[string]any{
		{"CiphertextBlob": blob}, {"CiphertextBlob": blob, "EncryptionContext": map[string]string{"a": "c"}},
		{"CiphertextBlob": changed, "EncryptionContext": map[string]string{"a": "b"}},
	} {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		l.sent(t, l.signed(t, "AKIAADMIN", "TrentService.Decrypt", b, time.Now()), 400, `{"__type":"InvalidCiphertextException"}`)
	}
	// Who may not use the key learns nothing of the ciphertext.
	for _, b := range [][]byte{blob, changed} {
		_, err := l.as("AKIAREADER", region).Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: b, KeyId: key.Arn})
		refusedBy(t, err, "AccessDeniedException", denied(reader, "kms:Decrypt", *key.Arn))
	}
}

// TestWireBrokenBodies: a body that does not come to its end is the client's failing, and
// no error of ours.
func TestWireBrokenBodies(t *testing.T) {
	var log bytes.Buffer
	l := newLocal(t, func(_ *kms.Options, o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	impatient := httptest.NewUnstartedServer(l.server.Config.Handler)
	impatient.Config.ReadTimeout = 300 * time.Millisecond
	impatient.Start()
	defer impatient.Close()
	body := `{"NumberOfBytes":16}`
	for _, tt := range []struct {
		name, framing, sent string
		end                 bool
		status              int
		want                string
	}{
		{"ends early", "Content-Length: 20\r\n", body[:10], true, 400, `{"__type":"RequestAbortedException"}`},
		{"no chunks", "Transfer-Encoding: chunked\r\n", body, true, 400, `{"__type":"RequestAbortedException"}`},
		{"stays away", "Content-Length: 20\r\n", body[:10], false, 408, `{"__type":"RequestTimeoutException"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			connection := got[net.Conn](t)(net.Dial("tcp", impatient.Listener.Addr().String()))
			defer func() { _ = connection.Close() }()
			r := l.signed(t, "AKIAADMIN", "TrentService.GenerateRandom", []byte(body), time.Now())
			var head bytes.Buffer
			fmt.Fprintf(&head, "POST / HTTP/1.1\r\nHost: %s\r\n%s", r.URL.Host, tt.framing)
			_ = r.Header.Write(&head)
			_, _ = connection.Write([]byte(head.String() + "\r\n" + tt.sent))
			if tt.end {
				_ = connection.(*net.TCPConn).CloseWrite()
			}
			answer := got[*http.Response](t)(http.ReadResponse(bufio.NewReader(connection), r))
			defer func() { _ = answer.Body.Close() }()
			if b := got[[]byte](t)(io.ReadAll(answer.Body)); answer.StatusCode != tt.status || string(b) != tt.want {
				t.Errorf("%d %s", answer.StatusCode, b)
			}
		})
	}
	impatient.Close()
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
}
