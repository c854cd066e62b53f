package xks

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/sigv4"
)

const (
	proxyHost   = "xks.example.com"
	proxyPath   = "/acme/kms/xks/v1"
	proxyAccess = "HGIE2BUAFNDMBCMSQVWLGCEXAMPLE"
	proxySecret = "VU6W2byoiBrhDqNGbx703oL0syCAmhlQgwNUT123456"
	region      = "eu-west-1"
)

func endpoint() *kms.XksEndpoint {
	return &kms.XksEndpoint{URI: "https://" + proxyHost, Path: proxyPath, Region: region, Connectivity: "PUBLIC_ENDPOINT", AccessKeyID: proxyAccess, Secret: kms.NewSecret(proxySecret)}
}

// proxy is an external key store proxy with its key manager, after the specification and
// not after the client.
type proxy struct {
	verifier sigv4.Verifier

	mu       sync.Mutex
	keys     map[string]cipher.AEAD
	requests []string // operation, external key and kmsOperation of each
	conns    int      // connections accepted
	// instead, if set, answers in place of the proxy, after the signature is verified.
	instead http.HandlerFunc
	// spoil changes the answer to Encrypt or Decrypt.
	spoil func(answer map[string]string)
}

func newProxy(t testing.TB, keys ...string) *proxy {
	t.Helper()
	p := &proxy{keys: map[string]cipher.AEAD{}}
	p.verifier.Secret = func(_ context.Context, id, token string) (sigv4.Identity, error) {
		if id != proxyAccess || token != "" {
			return sigv4.Identity{}, sigv4.ErrUnknownKey
		}
		return sigv4.Identity{Secret: proxySecret}, nil
	}
	p.verifier.Scope = func(*http.Request) (string, string) { return region, "kms-xks-proxy" }
	for _, id := range keys {
		var key [32]byte
		_, _ = rand.Read(key[:])
		block, err := aes.NewCipher(key[:])
		if err != nil {
			t.Fatal(err)
		}
		if p.keys[id], err = cipher.NewGCM(block); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// misbehave answers everything with h from now on; nil: the proxy behaves again.
func (p *proxy) misbehave(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instead = h
}

// refuse answers everything with an error.
func (p *proxy) refuse(status int, name, text string) {
	p.misbehave(func(w http.ResponseWriter, _ *http.Request) { refusal(w, status, name, text) })
}

func refusal(w http.ResponseWriter, status int, name, text string) {
	answer := map[string]string{"errorName": name}
	if text != "" {
		answer["errorMessage"] = text
	}
	write(w, status, answer)
}

func write(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// body is the request of every operation; members in Base64 are text here.
type requestBody struct {
	RequestMetadata map[string]string `json:"requestMetadata"`
	AAD             string            `json:"additionalAuthenticatedData"`
	Plaintext       string            `json:"plaintext"`
	Ciphertext      string            `json:"ciphertext"`
	Metadata        string            `json:"ciphertextMetadata"`
	IV              string            `json:"initializationVector"`
	Tag             string            `json:"authenticationTag"`
	Algorithm       string            `json:"encryptionAlgorithm"`
	CDIV            string            `json:"ciphertextDataIntegrityValueAlgorithm"`
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	signed, err := p.verifier.Verify(r)
	if err != nil {
		refusal(w, 401, "AuthenticationFailedException", "the signature does not match")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.instead != nil {
		p.instead(w, r)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, proxyPath)
	if !ok || r.Method != http.MethodPost {
		refusal(w, 404, "InvalidUriPathException", "")
		return
	}
	var in requestBody
	if err := json.Unmarshal(signed.Body, &in); err != nil || in.RequestMetadata["kmsRequestId"] == "" {
		refusal(w, 400, "ValidationException", "")
		return
	}
	p.requests = append(p.requests, path+" "+in.RequestMetadata["kmsOperation"])
	if path == "/health" {
		manager := map[string]string{"id": "1", "model": "Acme HSM 1", "healthStatus": "ACTIVE"}
		write(w, 200, map[string]any{"xksProxyFleetSize": 1, "xksProxyVendor": "Acme", "xksProxyModel": "Acme Proxy 1", "ekmVendor": "Acme", "ekmFleetDetails": []any{manager}})
		return
	}
	parts := strings.Split(path, "/")
	if len(parts) != 4 || parts[1] != "keys" {
		refusal(w, 404, "InvalidUriPathException", "")
		return
	}
	key := p.keys[parts[2]]
	if key == nil {
		refusal(w, 404, "KeyNotFoundException", "")
		return
	}
	switch parts[3] {
	case "metadata":
		write(w, 200, map[string]any{"keySpec": "AES_256", "keyUsage": []string{"ENCRYPT", "DECRYPT", "WRAP"}, "keyStatus": "ENABLED"})
	case "encrypt":
		p.encrypt(w, key, &in)
	case "decrypt":
		p.decrypt(w, key, &in)
	default:
		refusal(w, 404, "InvalidUriPathException", "")
	}
}

func raw(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return b
}

func text(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// bound is what the key manager authenticates, as the specification recommends.
func bound(aad, metadata []byte) []byte {
	b := append(binary.BigEndian.AppendUint16(nil, uint16(len(aad))), aad...)
	return append(append(b, byte(len(metadata))), metadata...)
}

func (p *proxy) encrypt(w http.ResponseWriter, key cipher.AEAD, in *requestBody) {
	plaintext, aad, metadata := raw(in.Plaintext), raw(in.AAD), []byte("key_version=1")
	if len(plaintext) == 0 || len(plaintext) > 4300 || len(aad) > 8192 || in.Algorithm != "AES_GCM" || in.CDIV != "SHA_256" {
		refusal(w, 400, "ValidationException", "")
		return
	}
	iv := make([]byte, key.NonceSize())
	_, _ = rand.Read(iv)
	sealed := key.Seal(nil, iv, plaintext, bound(aad, metadata))
	ciphertext, tag := sealed[:len(plaintext)], sealed[len(plaintext):]
	hash := sha256.New()
	for _, part := range [][]byte{aad, metadata, iv, ciphertext, tag} {
		hash.Write(part)
	}
	answer := map[string]string{
		"ciphertext": text(ciphertext), "ciphertextMetadata": text(metadata), "initializationVector": text(iv),
		"authenticationTag": text(tag), "ciphertextDataIntegrityValue": text(hash.Sum(nil)),
	}
	if p.spoil != nil {
		p.spoil(answer)
	}
	write(w, 200, answer)
}

func (p *proxy) decrypt(w http.ResponseWriter, key cipher.AEAD, in *requestBody) {
	if in.Algorithm != "AES_GCM" {
		refusal(w, 400, "ValidationException", "")
		return
	}
	plaintext, err := key.Open(nil, raw(in.IV), append(raw(in.Ciphertext), raw(in.Tag)...), bound(raw(in.AAD), raw(in.Metadata)))
	if err != nil {
		refusal(w, 400, "InvalidCiphertextException", "")
		return
	}
	answer := map[string]string{"plaintext": text(plaintext)}
	if p.spoil != nil {
		p.spoil(answer)
	}
	write(w, 200, answer)
}

// wire is a network in memory with one server, so that in a bubble of synctest time passes
// only when nothing else can happen.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newWire() *wire { return &wire{conns: make(chan net.Conn), closed: make(chan struct{})} }

var errRefused = errors.New("connection refused")

func (l *wire) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, errRefused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *wire) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *wire) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *wire) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

// listen opens a network in memory, or with tcp a port of this machine: there, what both
// sides write at once, such as alerts of TLS, has room. In a bubble of synctest the clock
// stands while a socket is waited for, so that a busy machine is never too slow.
func listen(t testing.TB, tcp bool) (net.Listener, func(context.Context, string, string) (net.Conn, error)) {
	t.Helper()
	if !tcp {
		l := newWire()
		return l, l.Dial
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l, func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}
}

// site is a proxy behind TLS, and a client that reaches it whatever name it dials.
type site struct {
	*proxy
	server *httptest.Server
	client *Client
}

// newSite serves a handler, which is the proxy if nil, over TLS; with config nil, that of
// a good server.
func newSite(t testing.TB, tcp bool, config *tls.Config, h http.Handler, keys ...string) *site {
	t.Helper()
	s := &site{proxy: newProxy(t, keys...)}
	certificate, roots := certify(t, &x509.Certificate{DNSNames: []string{proxyHost}})
	if config == nil {
		config = &tls.Config{Certificates: []tls.Certificate{certificate}}
	} else if config.Certificates == nil {
		config.Certificates = []tls.Certificate{certificate}
	}
	if h == nil {
		h = s.proxy
	}
	l, dial := listen(t, tcp)
	s.server = &httptest.Server{Listener: l, TLS: config, EnableHTTP2: true, Config: &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0), ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			s.conns++
			s.mu.Unlock()
		}
	}}}
	s.server.StartTLS()
	s.client = New(Options{Roots: roots, Dial: dial})
	t.Cleanup(func() {
		s.client.Close()
		s.server.Close()
	})
	return s
}

// certify makes a certificate that signs itself, and the roots with it.
func certify(t testing.TB, c *x509.Certificate) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber, c.Subject = big.NewInt(1), pkix.Name{CommonName: "proxy"}
	c.NotBefore = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageDigitalSignature|x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// anyDetail stands for whatever a detail is.
const anyDetail = "*"

// wantFault demands a fault with its detail.
func wantFault(t *testing.T, err error, f kms.XksFault, detail string) {
	t.Helper()
	var e *kms.XksError
	if !errors.As(err, &e) {
		t.Errorf("%v (%T) is not an error of the proxy API, want %s", err, err, f)
		return
	}
	if e.Fault != f || detail != anyDetail && e.Detail != detail {
		t.Errorf("fault %q, detail %q; want %q, %q", e.Fault, e.Detail, f, detail)
	}
	if text := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(text, proxySecret) {
		t.Errorf("the error tells the secret: %s", text)
	}
}
