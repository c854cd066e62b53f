package plane

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCertificate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	now := time.Now()
	first, authority, err := Certificate(dir, hosts, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	same := func(hosts []string, now time.Time) bool {
		t.Helper()
		c, _, err := Certificate(dir, hosts, now)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.Equal(first.Leaf)
	}
	if !same(hosts, now) || !same(hosts[:1], now.Add(certificateLife-certificateRest-time.Hour)) {
		t.Error("a certificate that serves is made anew")
	}

	// A client that trusts the authority, and no other.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler(), TLSConfig: &tls.Config{Certificates: []tls.Certificate{first}}, ReadHeaderTimeout: time.Second}
	go func() { _ = server.ServeTLS(l, "", "") }()
	defer server.Close()
	pemBytes, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pemBytes) {
		t.Fatal("no certificate in ca.pem")
	}
	get := func(pool *x509.CertPool) error {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
		defer client.CloseIdleConnections()
		answer, err := client.Get("https://" + l.Addr().String())
		if err == nil {
			_ = answer.Body.Close()
		}
		return err
	}
	if err := get(pool); err != nil {
		t.Error(err)
	}
	if err := get(x509.NewCertPool()); err == nil {
		t.Error("a client that does not trust the authority connects")
	}

	if same(append(hosts, "plane.internal"), now) {
		t.Error("the certificate is not for plane.internal")
	}
	first, _, _ = Certificate(dir, hosts, now)
	if same(hosts, now.Add(certificateLife-certificateRest+time.Hour)) {
		t.Error("a certificate about to end is kept")
	}
	if err := os.WriteFile(filepath.Join(dir, "key.pem"), []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Certificate(dir, hosts, now); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a damaged key: %v", err)
	}
}
