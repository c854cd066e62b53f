// Command smallstep drives the KMS of smallstep's certificate authority: a root and a leaf
// certificate, both keys in KMS.
package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"go.step.sm/crypto/kms/apiv1"
	"go.step.sm/crypto/kms/awskms"

	"github.com/bedlock/bedlock/clients/drive"
)

func main() {
	d := drive.Library("go.step.sm/crypto")
	var root *x509.Certificate
	var ca crypto.Signer
	d.Step("create a P-256 key, sign a root certificate, crypto/x509 verifies", func(ctx context.Context) (err error) {
		if ca, err = signer(ctx, "root", apiv1.ECDSAWithSHA256, 0); err != nil {
			return err
		}
		template := certificate("root")
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
		if root, err = issue(template, template, ca.Public(), ca); err != nil {
			return err
		}
		return root.CheckSignatureFrom(root)
	})
	d.Step("create an RSA key, certify it, verify the chain", func(ctx context.Context) error {
		s, err := signer(ctx, "leaf", apiv1.SHA256WithRSAPSS, 2048)
		if err != nil {
			return err
		}
		leaf, err := issue(certificate("leaf"), root, s.Public(), ca)
		if err != nil {
			return err
		}
		pool := x509.NewCertPool()
		pool.AddCert(root)
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: "leaf"}); err != nil {
			return err
		}
		request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
			Subject: pkix.Name{CommonName: "leaf"}, SignatureAlgorithm: x509.SHA256WithRSAPSS,
		}, s)
		if err != nil {
			return err
		}
		csr, err := x509.ParseCertificateRequest(request)
		if err != nil {
			return err
		}
		return csr.CheckSignature()
	})
	d.Step("create a key by nobody is denied", func(ctx context.Context) error {
		return drive.As("nobody", func() error {
			_, err := signer(ctx, "denied", apiv1.ECDSAWithSHA256, 0)
			return drive.Refused(err, "AccessDeniedException")
		})
	})
	d.Step("a digest of another length is refused", func(context.Context) error {
		digest := sha256.Sum256(nil)
		_, err := ca.Sign(rand.Reader, digest[:20], crypto.SHA256)
		return drive.Refused(err, "ValidationException")
	})
	d.Done()
}

// signer makes a key.
func signer(ctx context.Context, name string, algorithm apiv1.SignatureAlgorithm, bits int) (crypto.Signer, error) {
	k, err := awskms.New(ctx, apiv1.Options{URI: "awskms:region=eu-west-1"})
	if err != nil {
		return nil, err
	}
	key, err := k.CreateKey(&apiv1.CreateKeyRequest{Name: name, SignatureAlgorithm: algorithm, Bits: bits})
	if err != nil {
		return nil, err
	}
	s, err := k.CreateSigner(&key.CreateSignerRequest)
	if err != nil {
		return nil, fmt.Errorf("signer of %s: %w", key.Name, err)
	}
	return s, nil
}

func certificate(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(time.Hour),
	}
}

func issue(template, parent *x509.Certificate, public crypto.PublicKey, ca crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, ca)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
