package plane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The certificate of a plane that brings its own.
const (
	certificateLife = 397 * 24 * time.Hour // what clients accept at most
	certificateRest = 30 * 24 * time.Hour  // a new one is made when less is left
)

// Certificate returns the server certificate that lies in a folder, and the path of the
// authority's certificate for AWS_CA_BUNDLE. It makes both when they are missing, about to
// end or not for all hosts. The authority signs this one certificate and its key is
// forgotten at once, so trusting it trusts nothing else. The folder holds ca.pem,
// cert.pem and key.pem, mode 0600.
func Certificate(dir string, hosts []string, now time.Time) (c tls.Certificate, authority string, err error) {
	authority = filepath.Join(dir, "ca.pem")
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	c, err = tls.LoadX509KeyPair(cert, key)
	switch {
	case err == nil && serves(c.Leaf, hosts, now) && exists(authority):
		return c, authority, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return c, "", fmt.Errorf("certificate in %s: %w", dir, err)
	}
	if err := makeCertificate(dir, hosts, now); err != nil {
		return c, "", fmt.Errorf("make a certificate in %s: %w", dir, err)
	}
	c, err = tls.LoadX509KeyPair(cert, key)
	return c, authority, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func serves(leaf *x509.Certificate, hosts []string, now time.Time) bool {
	if leaf == nil || now.Before(leaf.NotBefore) || now.Add(certificateRest).After(leaf.NotAfter) {
		return false
	}
	for _, h := range hosts {
		if leaf.VerifyHostname(h) != nil {
			return false
		}
	}
	return true
}

func makeCertificate(dir string, hosts []string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ca, caKey, err := newTemplate("Bedlock local plane, authority", now)
	if err != nil {
		return err
	}
	ca.IsCA, ca.BasicConstraintsValid, ca.MaxPathLenZero, ca.KeyUsage = true, true, true, x509.KeyUsageCertSign
	leaf, leafKey, err := newTemplate("Bedlock local plane", now)
	if err != nil {
		return err
	}
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, h)
		}
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, leafKey.Public(), caKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name, kind string
		der        []byte
	}{{"key.pem", "PRIVATE KEY", keyDER}, {"cert.pem", "CERTIFICATE", leafDER}, {"ca.pem", "CERTIFICATE", caDER}} {
		if err := os.WriteFile(filepath.Join(dir, f.name), pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der}), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func newTemplate(name string, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife),
	}, key, nil
}
