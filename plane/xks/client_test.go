package xks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bedlock/bedlock/kms"
)

func health(c *Client, t *testing.T) error {
	t.Helper()
	_, err := c.Health(t.Context(), endpoint(), &kms.XksHealthInput{RequestMetadata: kms.XksRequestMetadata{KmsOperation: "KmsHealthCheck", KmsRequestID: "r"}})
	return err
}

// TestRequests: the four operations, byte for byte on the wire.
func TestRequests(t *testing.T) {
	about := kms.XksRequestMetadata{AwsPrincipalArn: "arn:aws:iam::111122223333:user/Alice", KmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1", KmsOperation: "Encrypt", KmsRequestID: "4112f4d6", KmsViaService: "ebs"}
	const inJSON = `{"requestMetadata":{"awsPrincipalArn":"arn:aws:iam::111122223333:user/Alice","kmsKeyArn":"arn:aws:kms:eu-west-1:111122223333:key/1","kmsOperation":"Encrypt","kmsRequestId":"4112f4d6","kmsViaService":"ebs"}`
	// The examples of the specification.
	const sealed = `{"authenticationTag":"vBxN2ncH1oEkR8WVXpmyYQ==","ciphertext":"ghxkK1txeDNn3q8Y","ciphertextDataIntegrityValue":"qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=","ciphertextMetadata":"a2V5X3ZlcnNpb249MQ==","initializationVector":"HMrlRw85cAJUd5Ax"}`
	for name, c := range map[string]struct {
		path, body, answer string
		do                 func(*Client, *testing.T) (any, error)
		want               any
	}{
		"health": {
			"/health", `{"requestMetadata":{"kmsOperation":"CreateCustomKeyStore","kmsRequestId":"4112f4d6"}}`,
			`{"xksProxyFleetSize":2,"xksProxyVendor":"Acme Corp","xksProxyModel":"Acme XKS Proxy 1.0","ekmVendor":"Thales Group","ekmFleetDetails":[{"id":"hsm-id-1","model":"Luna 5.0","healthStatus":"DEGRADED"},{"id":"hsm-id-2","model":"Luna 5.1","healthStatus":"ACTIVE"}]}`,
			func(c *Client, t *testing.T) (any, error) {
				return c.Health(t.Context(), endpoint(), &kms.XksHealthInput{RequestMetadata: kms.XksRequestMetadata{KmsOperation: "CreateCustomKeyStore", KmsRequestID: "4112f4d6"}})
			},
			&kms.XksHealthOutput{XksProxyFleetSize: 2, XksProxyVendor: "Acme Corp", XksProxyModel: "Acme XKS Proxy 1.0", EkmVendor: "Thales Group", EkmFleetDetails: []kms.XksEkmFleet{{ID: "hsm-id-1", Model: "Luna 5.0", HealthStatus: "DEGRADED"}, {ID: "hsm-id-2", Model: "Luna 5.1", HealthStatus: "ACTIVE"}}},
		},
		"metadata": {
			"/keys/a.b-c_1/metadata", inJSON + `}`, `{"keySpec":"AES_256","keyUsage":["ENCRYPT","DECRYPT"],"keyStatus":"ENABLED","of another version":[1]}`,
			func(c *Client, t *testing.T) (any, error) {
				return c.Metadata(t.Context(), endpoint(), "a.b-c_1", &kms.XksMetadataInput{RequestMetadata: about})
			},
			&kms.XksMetadataOutput{KeySpec: "AES_256", KeyUsage: []string{"ENCRYPT", "DECRYPT"}, KeyStatus: "ENABLED"},
		},
		"encrypt": {
			"/keys/1/encrypt", inJSON + `,"additionalAuthenticatedData":"cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n","plaintext":"SGVsbG8gV29ybGQh","encryptionAlgorithm":"AES_GCM","ciphertextDataIntegrityValueAlgorithm":"SHA_256"}`, sealed,
			func(c *Client, t *testing.T) (any, error) {
				return c.Encrypt(t.Context(), endpoint(), "1", &kms.XksEncryptInput{RequestMetadata: about, AdditionalAuthenticatedData: []byte("project=nile,department=marketing"), Plaintext: []byte("Hello World!"), EncryptionAlgorithm: "AES_GCM", CiphertextDataIntegrityValueAlgorithm: "SHA_256"})
			},
			&kms.XksEncryptOutput{Ciphertext: raw("ghxkK1txeDNn3q8Y"), CiphertextMetadata: []byte("key_version=1"), InitializationVector: raw("HMrlRw85cAJUd5Ax"), AuthenticationTag: raw("vBxN2ncH1oEkR8WVXpmyYQ=="), CiphertextDataIntegrityValue: raw("qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=")},
		},
		"decrypt": {
			"/keys/1/decrypt", inJSON + `,"encryptionAlgorithm":"AES_GCM","ciphertext":"ghxkK1txeDNn3q8Y","ciphertextMetadata":"a2V5X3ZlcnNpb249MQ==","initializationVector":"HMrlRw85cAJUd5Ax","authenticationTag":"vBxN2ncH1oEkR8WVXpmyYQ=="}`, `{"plaintext":"SGVsbG8gV29ybGQh"}`,
			func(c *Client, t *testing.T) (any, error) {
				return c.Decrypt(t.Context(), endpoint(), "1", &kms.XksDecryptInput{RequestMetadata: about, EncryptionAlgorithm: "AES_GCM", Ciphertext: raw("ghxkK1txeDNn3q8Y"), CiphertextMetadata: []byte("key_version=1"), InitializationVector: raw("HMrlRw85cAJUd5Ax"), AuthenticationTag: raw("vBxN2ncH1oEkR8WVXpmyYQ==")})
			},
			&kms.XksDecryptOutput{Plaintext: []byte("Hello World!")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen string
				s := newSite(t, false, nil, nil)
				handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					signed, err := s.verifier.Verify(r)
					if err != nil {
						t.Error(err)
						return
					}
					seen = fmt.Sprintf("%s %s %s %s\n%s", r.Proto, r.Method, r.Host, r.RequestURI, signed.Body)
					if got := strings.Join(signed.SignedHeaders, ";"); got != "host;x-amz-date" {
						t.Errorf("signed headers %s", got)
					}
					header := r.Header.Clone()
					for _, name := range []string{"Authorization", "X-Amz-Date", "Content-Length"} {
						if header.Get(name) == "" {
							t.Errorf("no %s", name)
						}
						header.Del(name)
					}
					if want := (http.Header{"Content-Type": {"application/json"}, "User-Agent": {"bedlock"}}); !reflect.DeepEqual(header, want) {
						t.Errorf("headers %v, want %v", header, want)
					}
					w.Header().Set("Content-Type", "application/json;charset=utf-8")
					_, _ = io.WriteString(w, c.answer)
				})
				s.server.Config.Handler = handler
				got, err := c.do(s.client, t)
				if err != nil {
					t.Fatal(err)
				}
				if want := "HTTP/1.1 POST xks.example.com /acme/kms/xks/v1" + c.path + "\n" + c.body; seen != want {
					t.Errorf("request\n%s\nwant\n%s", seen, want)
				}
				if !reflect.DeepEqual(got, c.want) {
					t.Errorf("answer\n%+v\nwant\n%+v", got, c.want)
				}
			})
		})
	}
}

// TestTimeout: nothing takes more than the 250 ms of the specification.
func TestTimeout(t *testing.T) {
	wait := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, change := range map[string]func(*site){
		"no answer": func(s *site) { s.misbehave(wait) },
		"half an answer": func(s *site) {
			s.misbehave(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"xksProxyFleetSize":`)
				_ = http.NewResponseController(w).Flush()
				wait(w, r)
			})
		},
		"no connection": func(s *site) { s.client.opts.Dial = newWire().Dial },
		"no handshake":  func(s *site) { s.client.opts.Dial = silent(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, false, nil, nil)
				change(s)
				began := time.Now()
				err := health(s.client, t)
				wantFault(t, err, kms.FaultTimedOut, "no answer in time")
				if took := time.Since(began); took != 250*time.Millisecond {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// silent makes connections to somebody who says nothing; closed is told their end.
func silent(closed chan<- struct{}) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			_, _ = io.Copy(io.Discard, theirs)
			if closed != nil {
				close(closed)
			}
		}()
		return ours, nil
	}
}

// TestDialsEnd: a connection that nobody makes is given up, after its call.
func TestDialsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan struct{})
		began := time.Now()
		client := New(Options{Dial: silent(closed)})
		t.Cleanup(client.Close)
		wantFault(t, health(client, t), kms.FaultTimedOut, "no answer in time")
		select {
		case <-closed:
		case <-time.After(time.Hour):
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestSlowConnection: one that is made too late for its call serves the next.
func TestSlowConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, false, nil, nil)
		dial, dials := s.client.opts.Dial, 0
		s.client.opts.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			dials++
			<-time.After(300 * time.Millisecond)
			return dial(ctx, network, address)
		}
		wantFault(t, health(s.client, t), kms.FaultTimedOut, "no answer in time")
		<-time.After(100 * time.Millisecond)
		if err := health(s.client, t); err != nil || dials != 1 {
			t.Errorf("%v after %d dials", err, dials)
		}
	})
}

// TestSlowProxy: an answer just in time counts.
func TestSlowProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, false, nil, nil)
		s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-time.After(249 * time.Millisecond)
			s.proxy.ServeHTTP(w, r)
		})
		if err := health(s.client, t); err != nil {
			t.Error(err)
		}
	})
}

// reset ends a connection of TCP with RST.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	tcp := conn.(*tls.Conn).NetConn().(*net.TCPConn)
	_ = tcp.SetLinger(0)
	_ = tcp.Close()
}

func TestMisbehaviour(t *testing.T) {
	answer := func(status int, header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Set(name, value)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	bytes := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	}
	const json = "Content-Type: application/json"
	for name, c := range map[string]struct {
		instead http.HandlerFunc
		fault   kms.XksFault
		detail  string
	}{
		"an error":                  {answer(400, json, `{"errorName":"InvalidStateException","errorMessage":"the key store is blocked"}`), kms.FaultInvalidState, "the key store is blocked"},
		"with another status":       {answer(500, json, `{"errorName":"ThrottlingException"}`), kms.FaultThrottling, ""},
		"with a long message":       {answer(400, json, `{"errorName":"InvalidStateException","errorMessage":"`+strings.Repeat("x", 511)+`"}`), kms.FaultInvalidState, strings.Repeat("x", 511)},
		"with a message too long":   {answer(400, json, `{"errorName":"InvalidStateException","errorMessage":"`+strings.Repeat("x", 512)+`"}`), kms.FaultInvalidState, ""},
		"with an unprintable text":  {answer(400, json, `{"errorName":"InvalidStateException","errorMessage":"a\nb"}`), kms.FaultInvalidState, ""},
		"an unknown error":          {answer(400, json, `{"errorName":"no TCP connection"}`), kms.FaultMalformed, "HTTP 400 without a known errorName"},
		"a success with an error":   {answer(200, json, `{"errorName":7`), kms.FaultMalformed, "HTTP 200 with a body that is not the operation's"},
		"an error that is no JSON":  {answer(502, "Content-Type: text/html", "<html>"), kms.FaultMalformed, `HTTP 502 with the Content-Type "text/html"`},
		"an error without type":     {answer(400, "Content-Type: ", `{"errorName":"InvalidStateException"}`), kms.FaultMalformed, `HTTP 400 with the Content-Type ""`},
		"an error in another case":  {answer(400, json, `{"ErrorName":"InvalidStateException"}`), kms.FaultMalformed, "HTTP 400 without a known errorName"},
		"no body":                   {answer(200, json, ""), kms.FaultMalformed, "HTTP 200 with a body that is not the operation's"},
		"created":                   {answer(201, json, `{}`), kms.FaultMalformed, "HTTP 201 without a known errorName"},
		"two documents":             {answer(200, json, `{}{}`), kms.FaultMalformed, "HTTP 200 with a body that is not the operation's"},
		"a name twice":              {answer(200, json, `{"xksProxyVendor":"a","xksProxyVendor":"b"}`), kms.FaultMalformed, "HTTP 200 with a body that is not the operation's"},
		"a number in text":          {answer(200, json, `{"xksProxyFleetSize":"1"}`), kms.FaultMalformed, "HTTP 200 with a body that is not the operation's"},
		"a redirect":                {answer(307, "Location: https://xks.example.com/elsewhere", ""), kms.FaultMalformed, `HTTP 307 with the Content-Type ""`},
		"an oversized answer":       {answer(200, json, `{"xksProxyVendor":"`+strings.Repeat("x", 64<<10)+`"}`), kms.FaultMalformed, "HTTP 200 with more than 65536 bytes"},
		"oversized headers":         {answer(200, "X-Pad: "+strings.Repeat("x", 32<<10), "{}"), kms.FaultMalformed, "no HTTP"},
		"no HTTP":                   {bytes("SSH-2.0-OpenSSH_9.9\r\n\r\n"), kms.FaultMalformed, "no HTTP"},
		"a closed connection":       {bytes(""), kms.FaultUnreachable, anyDetail},
		"a reset":                   {reset, kms.FaultUnreachable, anyDetail},
		"a connection closed later": {bytes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"), kms.FaultUnreachable, anyDetail},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int32
				s := newSite(t, true, nil, nil)
				s.misbehave(func(w http.ResponseWriter, r *http.Request) {
					requests.Add(1)
					c.instead(w, r)
				})
				wantFault(t, health(s.client, t), c.fault, c.detail)
				if n := requests.Load(); n != 1 {
					t.Errorf("%d requests, want 1", n)
				}
				s.misbehave(nil)
				if err := health(s.client, t); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

func TestTLS(t *testing.T) {
	other, _ := certify(t, &x509.Certificate{DNSNames: []string{proxyHost}})
	for name, c := range map[string]struct {
		certificate *x509.Certificate
		config      *tls.Config
		good        bool
	}{
		"TLS 1.3":              {nil, &tls.Config{MinVersion: tls.VersionTLS13}, true},
		"TLS 1.2":              {nil, &tls.Config{MaxVersion: tls.VersionTLS12}, true},
		"TLS 1.1":              {nil, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"another suite":        {nil, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}, false},
		"another name":         {&x509.Certificate{DNSNames: []string{"other.example.com"}}, &tls.Config{}, false},
		"common name only":     {&x509.Certificate{}, &tls.Config{}, false},
		"expired":              {&x509.Certificate{DNSNames: []string{proxyHost}, NotAfter: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)}, &tls.Config{}, false},
		"another root":         {nil, &tls.Config{Certificates: []tls.Certificate{other}}, false},
		"a client certificate": {nil, &tls.Config{ClientAuth: tls.RequireAnyClientCert}, false},
		"that, with TLS 1.2":   {nil, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, true, c.config, nil)
				if c.certificate != nil {
					certificate, roots := certify(t, c.certificate)
					s.server.TLS.Certificates, s.client.opts.Roots = []tls.Certificate{certificate}, roots
				}
				err := health(s.client, t)
				if c.good && err != nil {
					t.Error(err)
				}
				if !c.good {
					wantFault(t, err, kms.FaultTLS, anyDetail)
				}
				if len(s.requests) > 0 && !c.good {
					t.Errorf("the proxy has seen %q", s.requests)
				}
			})
		})
	}
	t.Run("plain HTTP", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newWire()
			server := &httptest.Server{Listener: l, Config: &http.Server{Handler: newProxy(t)}}
			server.Start()
			t.Cleanup(server.Close)
			wantFault(t, health(New(Options{Dial: l.Dial}), t), kms.FaultTLS, anyDetail)
		})
	})
}

// TestReuse: one connection serves many calls, after failures as well, and another is made
// when the proxy has closed it.
func TestReuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, false, nil, nil)
		for range 10 {
			if err := health(s.client, t); err != nil {
				t.Fatal(err)
			}
			s.refuse(503, "DependencyTimeoutException", "")
			wantFault(t, health(s.client, t), kms.FaultDependencyTimeout, "")
			s.misbehave(nil)
		}
		if s.conns != 1 {
			t.Errorf("%d connections, want 1", s.conns)
		}
		s.server.CloseClientConnections()
		if err := health(s.client, t); err != nil {
			t.Fatal(err)
		}
		if s.conns != 2 || !slices.Equal(s.requests, slices.Repeat([]string{"/health KmsHealthCheck"}, 11)) {
			t.Errorf("%d connections, requests %q", s.conns, s.requests)
		}
	})
}

// TestUnreachable is over TCP: nobody listens, nothing resolves.
func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	at := endpoint()
	at.URI = "https://" + l.Addr().String()
	_, err = New(Options{}).Health(t.Context(), at, &kms.XksHealthInput{})
	wantFault(t, err, kms.FaultUnreachable, "dial tcp "+l.Addr().String()+": connect: connection refused")
}

func TestEndpoints(t *testing.T) {
	scheme := func(uri string) string {
		return fmt.Sprintf("the scheme of %q is not https; plain http has to be allowed, and is for loopback addresses only", uri)
	}
	shape := func(uri, path string) string {
		return fmt.Sprintf("%q with the path %q is not https://HOST with /PREFIX/kms/xks/v1", uri, path)
	}
	for name, c := range map[string]struct {
		uri, path string
		allow     bool
		fault     kms.XksFault
		detail    string
	}{
		"loopback":               {"http://127.0.0.1", proxyPath, true, "", ""},
		"localhost":              {"http://localhost", proxyPath, true, "", ""},
		"loopback, not allowed":  {"http://127.0.0.1", proxyPath, false, kms.FaultUnreachable, scheme("http://127.0.0.1")},
		"elsewhere":              {"http://192.0.2.1", proxyPath, true, kms.FaultUnreachable, scheme("http://192.0.2.1")},
		"a name like localhost":  {"http://localhost.example.com", proxyPath, true, kms.FaultUnreachable, scheme("http://localhost.example.com")},
		"another scheme":         {"ftp://127.0.0.1", proxyPath, true, kms.FaultUnreachable, scheme("ftp://127.0.0.1")},
		"no host":                {"https://", proxyPath, true, kms.FaultInvalidURIPath, shape("https://", proxyPath)},
		"a user":                 {"https://a@127.0.0.1", proxyPath, true, kms.FaultInvalidURIPath, shape("https://a@127.0.0.1", proxyPath)},
		"a path in the endpoint": {"https://127.0.0.1/a", proxyPath, true, kms.FaultInvalidURIPath, shape("https://127.0.0.1/a", proxyPath)},
		"a query":                {"https://127.0.0.1", "/kms/xks/v1?", true, kms.FaultInvalidURIPath, shape("https://127.0.0.1", "/kms/xks/v1?")},
		"an escape":              {"https://127.0.0.1", "/%2e/kms/xks/v1", true, kms.FaultInvalidURIPath, shape("https://127.0.0.1", "/%2e/kms/xks/v1")},
		"no URI":                 {"https://[", proxyPath, true, kms.FaultInvalidURIPath, shape("https://[", proxyPath)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := httptest.NewServer(newProxy(t))
				t.Cleanup(server.Close)
				client := New(Options{AllowLoopbackHTTP: c.allow, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
				}})
				t.Cleanup(client.Close)
				at := endpoint()
				at.URI, at.Path = c.uri, c.path
				_, err := client.Health(t.Context(), at, &kms.XksHealthInput{RequestMetadata: kms.XksRequestMetadata{KmsOperation: "KmsHealthCheck", KmsRequestID: "r"}})
				if c.fault != "" {
					wantFault(t, err, c.fault, c.detail)
				} else if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestKeyIDs: what is no segment of a path reaches no proxy.
func TestKeyIDs(t *testing.T) {
	client := New(Options{Dial: newWire().Dial})
	for _, id := range []string{"", ".", "..", "...", "a/b", "a%2fb", "a b", "a?b", "a#b", "ä"} {
		_, err := client.Metadata(t.Context(), endpoint(), id, &kms.XksMetadataInput{})
		wantFault(t, err, kms.FaultKeyNotFound, "the id of an external key has letters, digits, '-', '_' and '.', and is not dots only")
	}
}
