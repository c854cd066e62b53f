package page

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/bedlock/bedlock/internal/markup"
	"github.com/bedlock/bedlock/kms"
)

func TestHeaders(t *testing.T) {
	w := newWorld(t)
	for path, status := range map[string]int{"/": 200, "/calls": 200, "/nowhere": 404, "/calls/": 404, "/calls/1": 404, "/keys": 404, "/keys/a/b": 404, "/keys/a/b/c": 404, "/favicon.ico": 404} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			answer, body := w.do(method, path, "")
			if answer.StatusCode != status || answer.ContentLength <= 0 || method == http.MethodHead && body != "" || method == http.MethodGet && int64(len(body)) != answer.ContentLength {
				t.Errorf("%s %s: %s, %d of %d bytes", method, path, answer.Status, len(body), answer.ContentLength)
			}
			for name, want := range map[string]string{
				"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin",
				"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + hash(style) + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			} {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s %s: %s is %q, want %q", method, path, name, got, want)
				}
			}
		}
	}
	_, body := w.do(http.MethodGet, "/", "")
	if !strings.Contains(body, "<style>"+style+"</style>") {
		t.Error("the style is not the one whose hash the policy has")
	}
	hasNot(t, body, "<script", "http://", "https://", " style=")
}

func TestMethods(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "PROPFIND"} {
		answer, body := w.do(method, "/", "")
		if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != "GET, HEAD" || body != "This page changes nothing: it answers GET and HEAD.\n" {
			t.Errorf("%s: %s %q %q", method, answer.Status, answer.Header.Get("Allow"), body)
		}
	}
	// The plane itself takes POST.
	r := httptest.NewRequest(http.MethodPost, "http://localhost/", nil)
	answer := httptest.NewRecorder()
	w.page.ServeHTTP(answer, r)
	if answer.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", answer.Code)
	}
}

// TestHosts: names that others make resolve to loopback are not answered.
func TestHosts(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Hosts = []string{"Plane.test", "192.0.2.7", "2001:db8::1"} })
	for host, served := range map[string]bool{
		"": true, "localhost": true, "LOCALHOST:4599": true, "localhost.:1": true, "127.0.0.1": true, "127.8.8.8:80": true, "[::1]": true, "[::1]:4599": true, "[::ffff:127.0.0.1]:1": true,
		"plane.test:4599": true, "PLANE.TEST.": true, "192.0.2.7:80": true, "[2001:db8::1]:80": true,
		"evil.example": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "evil.example:4599": false, "10.0.0.1": false, "192.0.2.8": false, "[2001:db8::2]": false,
		"0.0.0.0": false, "2130706433": false, "plane.test.evil.example": false, "sub.localhost": false, "localhost:1:2": false, "127.1": false,
	} {
		answer, body := w.do(http.MethodGet, "/", host)
		switch {
		case served && answer.StatusCode != http.StatusOK:
			t.Errorf("%q: %s", host, answer.Status)
		case !served && (answer.StatusCode != http.StatusMisdirectedRequest || !strings.HasPrefix(body, "This page answers to localhost and loopback addresses only") || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/plain")):
			t.Errorf("%q: %s %s", host, answer.Status, body)
		}
	}
	if w.page.serves("") || New(Options{Hosts: []string{""}}).serves("") {
		t.Error("a request without Host is answered")
	}
}

func TestOff(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Off = true })
	w.newKey(nil)
	answer, body := w.do(http.MethodGet, "/", "")
	if answer.StatusCode != http.StatusNotFound || body != "This plane has no page: it has no login, so it is for planes on loopback only.\n" {
		t.Errorf("%s %s", answer.Status, body)
	}
	if all, total := w.page.last(); len(all) != 0 || total != 0 {
		t.Errorf("%d calls are kept", total)
	}
}

func TestAllowAll(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.AllowAll = true })
	has(t, w.get("/"), "This plane runs with --allow-all: no policy, no grant and no key policy is enforced.")
	hasNot(t, newWorld(t).get("/"), "--allow-all")
}

func TestRefresh(t *testing.T) {
	w := newWorld(t)
	has(t, w.get("/calls?outcome=ok"), `<a href="/calls?outcome=ok&amp;refresh=5">refresh every 5 s</a>`)
	body := w.get("/calls?outcome=ok&refresh=5")
	has(t, body, `<meta http-equiv="refresh" content="5">`, `refreshes every 5 s, <a href="/calls?outcome=ok">stop</a>`, `<input type="hidden" name="refresh" value="5">`)
	for _, wrong := range []string{"0", "-1", "3601", "5;url=http://evil.example/", "x", ""} {
		hasNot(t, w.get("/?refresh="+url.QueryEscape(wrong)), "http-equiv")
	}
}

// TestHostileNames: what others choose is shown, and does nothing.
func TestHostileNames(t *testing.T) {
	w := newWorld(t)
	const script = `<script>alert(1)</script>`
	rtl := "שלום\u202Egnp.exe"
	k := w.newKey(&awskms.CreateKeyInput{Description: aws.String(script + rtl + strings.Repeat("long", 1000)), Tags: []types.Tag{{TagKey: aws.String("a+b=c/@:_."), TagValue: aws.String("مفتاح")}}})
	admin := w.as("AKIAADMIN", region)
	alias := "alias/" + strings.Repeat("a", 250)
	got[*awskms.CreateAliasOutput](t)(admin.CreateAlias(t.Context(), &awskms.CreateAliasInput{AliasName: &alias, TargetKeyId: k.KeyId}))
	got[*awskms.PutKeyPolicyOutput](t)(admin.PutKeyPolicy(t.Context(), &awskms.PutKeyPolicyInput{KeyId: k.KeyId, Policy: aws.String(
		`{"Version":"2012-10-17","Id":"</pre>` + script + `","Statement":[{"Sid":"\" onload=x","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`)}))
	_, _ = admin.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String("alias/" + script)})
	_, _ = w.as("AKIAREADER", region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: map[string]string{script: `"><img src=x>` + rtl}})
	for _, path := range []string{
		"/", "/calls", "/calls/1", "/calls/4", "/calls/5", "/keys/111122223333/eu-west-1/" + *k.KeyId, "/?account=" + url.QueryEscape(script) + "&x=%22%3E" + url.QueryEscape(script),
		"/calls?outcome=" + url.QueryEscape(`"><script>`) + "&operation=" + url.QueryEscape(script) + "&key=" + url.QueryEscape(`"><img src=x onerror=alert(1)>`) + "&account=" + url.QueryEscape(rtl),
	} {
		harmless(t, path, w.get(path))
	}
	for _, path := range []string{"/" + url.PathEscape(script+rtl), "/keys/" + url.PathEscape(script) + "/b/" + url.PathEscape(`">`+rtl), "/calls/" + url.PathEscape(script)} {
		answer, body := w.do(http.MethodGet, path, "")
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, answer.Status)
		}
		harmless(t, path, body)
	}
	has(t, w.get("/"), "&lt;script&gt;alert(1)&lt;/script&gt;שלום\\u202egnp.exe", "…</bdi>")
	has(t, w.get("/keys/111122223333/eu-west-1/"+*k.KeyId), strings.Repeat("long", 1000), "<bdi>مفتاح</bdi>", `&#34;Id&#34;: &#34;&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#34;`)
	has(t, w.get("/calls/5"), "<code>kms:encryptioncontext:&lt;script&gt;alert(1)&lt;/script&gt;</code>", "<bdi>&#34;&gt;&lt;img src=x&gt;")
}

// harmless asserts that a page has no element or attribute that it did not write itself.
func harmless(t testing.TB, path, body string) {
	t.Helper()
	body = strings.Replace(body, style, "", 1)
	hasNot(t, body, "<script", "<img", "\" onload", "javascript:")
	for _, r := range body {
		if r != '\n' && markup.Acted(r) {
			t.Errorf("%s: %U", path, r)
		}
	}
	depth := 0
	for _, r := range body {
		switch r {
		case '<':
			depth++
		case '>':
			depth--
		}
		if depth < 0 || depth > 1 {
			t.Fatalf("%s: a tag in a tag:\n%s", path, body)
		}
	}
}

// TestSecretsAreNotShown looks for everything that must not be shown on every page that
// there is after calls that had it.
func TestSecretsAreNotShown(t *testing.T) {
	w := newWorld(t)
	k := w.newKey(nil)
	admin := w.as("AKIAADMIN", region)
	grant := got[*awskms.CreateGrantOutput](t)(admin.CreateGrant(t.Context(), &awskms.CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: aws.String("arn:aws:iam::111122223333:user/reader"), Operations: []types.GrantOperation{"Encrypt"}}))
	_, _ = w.as("AKIAREADER", region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("PLAINTEXTOFENCRYPT"), GrantTokens: []string{*grant.GrantToken}})
	_, _ = w.as("AKIAREADER", region).Decrypt(t.Context(), &awskms.DecryptInput{KeyId: k.KeyId, CiphertextBlob: []byte("CIPHERTEXTBLOBOFDECRYPT"), GrantTokens: []string{*grant.GrantToken}})
	_, _ = admin.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: k.KeyId, Plaintext: []byte(strings.Repeat("PLAINTEXTOFENCRYPT", 300))})
	_, _ = admin.Decrypt(t.Context(), &awskms.DecryptInput{KeyId: k.KeyId, CiphertextBlob: []byte("x"), GrantTokens: []string{strings.Repeat("TOKENTOOLONG", 1000)}})
	_, _ = admin.RetireGrant(t.Context(), &awskms.RetireGrantInput{GrantToken: aws.String("TOKENOFNOGRANT")})
	data := got[*awskms.GenerateDataKeyOutput](t)(admin.GenerateDataKey(t.Context(), &awskms.GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: types.DataKeySpecAes256}))
	if n := len(data.Plaintext); n != 32 {
		t.Fatalf("%d bytes", n)
	}
	paths := []string{"/", "/calls", "/keys/111122223333/eu-west-1/" + *k.KeyId}
	all, _ := w.page.last()
	for _, r := range all {
		paths = append(paths, callPath(r))
	}
	if len(paths) != 3+8 {
		t.Fatalf("%d pages", len(paths))
	}
	for _, path := range paths {
		body := w.get(path)
		for _, secret := range []string{*grant.GrantToken, "PLAINTEXTOF", "UExBSU5URVh", "CIPHERTEXTBLOB", "Q0lQSEVSVEVYVEJM", "TOKENTOOLONG", "TOKENOFNOGRANT", "secret-of-", string(data.Plaintext), string(data.CiphertextBlob)} {
			if strings.Contains(body, secret) {
				t.Errorf("%s shows %q:\n%s", path, secret, body)
			}
		}
	}
}

func TestWithoutTokens(t *testing.T) {
	for message, want := range map[string]string{
		"": "", "The grant token is not valid.": "The grant token is not valid.",
		"1 validation error detected: Value 'abc' at 'keyId' failed to satisfy constraint":                                                              "1 validation error detected: Value 'abc' at 'keyId' failed to satisfy constraint",
		"1 validation error detected: Value '[a\nb]' at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 8192": "1 validation error detected: Value '(not shown)' at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 8192",
		"2 validation errors detected: Value '1' at 'tokenCode' failed; Value 'x' at 'roleArn' failed":                                                  "2 validation errors detected: Value '(not shown)' at 'tokenCode' failed; Value 'x' at 'roleArn' failed",
		"2 validation errors detected: Value 'x' at 'roleArn' failed; Value '1' at 'webIdentityToken' failed":                                           "2 validation errors detected: Value '(not shown)' at 'webIdentityToken' failed",
	} {
		if got := withoutTokens(message); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// FuzzRequests: whatever is asked for, the answer is a page that acts on nothing of it.
func FuzzRequests(f *testing.F) {
	service, err := kms.Open(f.Context(), kms.Options{})
	if err != nil {
		f.Fatal(err)
	}
	p := New(Options{KMS: service})
	for _, path := range []string{"/", "/calls?outcome=denied&refresh=5", "/calls/1", "/keys/111122223333/eu-west-1/x", "/%3Cscript%3E", "/?page=9223372036854775807", "/?account=%ff&page=-1", "//x/..", "/calls?key=%22%3E"} {
		f.Add(path, "localhost:4599")
	}
	f.Add("/", "[::1]:0")
	f.Add("/", "evil.example")
	f.Fuzz(func(t *testing.T, path, host string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || u.Host != "" || !strings.HasPrefix(path, "/") || strings.ContainsFunc(path, unicode.IsControl) {
			return
		}
		answer := httptest.NewRecorder()
		p.ServeHTTP(answer, &http.Request{Method: http.MethodGet, URL: u, Host: host, Header: http.Header{}, Body: http.NoBody})
		switch answer.Code {
		case http.StatusOK, http.StatusNotFound:
			body, _ := io.ReadAll(answer.Body)
			harmless(t, path, string(body))
		case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect: // to the clean form of the path
			if to := answer.Header().Get("Location"); !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
				t.Errorf("%q leads to %q", path, to)
			}
		case http.StatusMisdirectedRequest:
		default:
			t.Errorf("%q: %d", path, answer.Code)
		}
	})
}
