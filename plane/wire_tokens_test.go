package plane

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// signer is a key of the plane as a crypto.Signer, as programs make one of KMS.
type signer struct {
	ctx       context.Context // one per signer: crypto.Signer passes none
	client    *awskms.Client
	id        *string
	algorithm types.SigningAlgorithmSpec
	public    crypto.PublicKey
	der       []byte
}

func (l *local) signer(t *testing.T, key *types.KeyMetadata, algorithm types.SigningAlgorithmSpec) *signer {
	t.Helper()
	s := &signer{ctx: t.Context(), client: l.as("AKIAADMIN", region), id: key.KeyId, algorithm: algorithm, der: l.public(key)}
	s.public = got[any](t)(x509.ParsePKIXPublicKey(s.der))
	return s
}

func (s *signer) Public() crypto.PublicKey { return s.public }

func (s *signer) Sign(_ io.Reader, m []byte, opts crypto.SignerOpts) ([]byte, error) {
	kind := types.MessageTypeDigest
	if opts.HashFunc() == 0 { // Ed25519 signs messages
		kind = types.MessageTypeRaw
	}
	out, err := s.client.Sign(s.ctx, &awskms.SignInput{KeyId: s.id, Message: m, MessageType: kind, SigningAlgorithm: s.algorithm})
	if err != nil {
		return nil, err
	}
	return out.Signature, nil
}

// signing are keys of the kinds that tokens and certificates are signed with.
func (l *local) signing() (rsaKey, p256, ed *types.KeyMetadata) {
	return l.special("RSA_2048", "SIGN_VERIFY"), l.special("ECC_NIST_P256", "SIGN_VERIFY"), l.special("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
}

// TestWireJWT: JSON Web Tokens (RFC 7515, RFC 7518, RFC 8037) signed by Sign, verified
// with the exported public key by the standard library and by OpenSSL.
func TestWireJWT(t *testing.T) {
	l := newLocal(t)
	rsaKey, p256, ed := l.signing()
	pss := []string{"-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"}
	for _, tt := range []struct {
		alg       string
		key       *types.KeyMetadata
		algorithm types.SigningAlgorithmSpec
		verify    func(public any, input, digest, signature []byte) bool
		openssl   []string
	}{
		{"RS256", rsaKey, "RSASSA_PKCS1_V1_5_SHA_256", func(public any, _, digest, signature []byte) bool {
			return rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, digest, signature) == nil
		}, nil},
		{"PS256", rsaKey, "RSASSA_PSS_SHA_256", func(public any, _, digest, signature []byte) bool {
			return rsa.VerifyPSS(public.(*rsa.PublicKey), crypto.SHA256, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}, pss},
		{"ES256", p256, "ECDSA_SHA_256", func(public any, _, digest, signature []byte) bool {
			r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
			return len(signature) == 64 && ecdsa.Verify(public.(*ecdsa.PublicKey), digest, r, s)
		}, nil},
		{"EdDSA", ed, "ED25519_SHA_512", func(public any, input, _, signature []byte) bool {
			return ed25519.Verify(public.(ed25519.PublicKey), input, signature)
		}, nil},
	} {
		t.Run(tt.alg, func(t *testing.T) {
			s := l.signer(t, tt.key, tt.algorithm)
			text := base64.RawURLEncoding
			input := []byte(text.EncodeToString([]byte(`{"alg":"`+tt.alg+`","typ":"JWT"}`)) + "." + text.EncodeToString([]byte(`{"sub":"1234567890"}`)))
			digest := sha256.Sum256(input)
			signature := got[*awskms.SignOutput](t)(s.client.Sign(t.Context(), &awskms.SignInput{KeyId: s.id, Message: input, MessageType: "RAW", SigningAlgorithm: tt.algorithm})).Signature
			wire := signature
			if tt.alg == "ES256" { // a token has r and s, KMS answers DER
				wire = concatenated(t, signature)
			}
			parts := strings.Split(string(input)+"."+text.EncodeToString(wire), ".")
			received := got[[]byte](t)(text.DecodeString(parts[2]))
			if !tt.verify(s.public, input, digest[:], received) {
				t.Error("the token does not verify")
			}
			changed := bytes.Clone(received)
			changed[10] ^= 1
			if tt.verify(s.public, input, digest[:], changed) {
				t.Error("a changed token verifies")
			}
			files := map[string][]byte{"public.der": s.der, "signature": signature, "token": input}
			if tt.alg == "EdDSA" {
				openssl(t, files, "Signature Verified Successfully", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", "public.der", "-in", "token", "-sigfile", "signature")
				return
			}
			args := append([]string{"dgst", "-sha256", "-verify", "public.der", "-keyform", "DER", "-signature", "signature"}, tt.openssl...)
			openssl(t, files, "Verified OK", append(args, "token")...)
		})
	}
}

// concatenated is an ECDSA signature of P-256 as RFC 7518 section 3.4 has it.
func concatenated(t *testing.T, der []byte) []byte {
	t.Helper()
	var signature struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &signature); err != nil || len(rest) > 0 {
		t.Fatalf("%x: %v", der, err)
	}
	out := make([]byte, 64)
	signature.R.FillBytes(out[:32])
	signature.S.FillBytes(out[32:])
	return out
}

// TestWireCertificates: certificates signed by Sign, verified by the standard library and
// by OpenSSL.
func TestWireCertificates(t *testing.T) {
	l := newLocal(t)
	rsaKey, p256, ed := l.signing()
	for _, tt := range []struct {
		key       *types.KeyMetadata
		algorithm types.SigningAlgorithmSpec
		in        x509.SignatureAlgorithm
	}{
		{rsaKey, "RSASSA_PKCS1_V1_5_SHA_256", x509.SHA256WithRSA}, {rsaKey, "RSASSA_PKCS1_V1_5_SHA_512", x509.SHA512WithRSA},
		{rsaKey, "RSASSA_PSS_SHA_256", x509.SHA256WithRSAPSS}, {rsaKey, "RSASSA_PSS_SHA_384", x509.SHA384WithRSAPSS},
		{p256, "ECDSA_SHA_256", x509.ECDSAWithSHA256}, {ed, "ED25519_SHA_512", x509.PureEd25519},
	} {
		t.Run(tt.in.String(), func(t *testing.T) {
			s := l.signer(t, tt.key, tt.algorithm)
			template := &x509.Certificate{
				SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
				IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SignatureAlgorithm: tt.in,
			}
			root := got[*x509.Certificate](t)(x509.ParseCertificate(got[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, s.public, s))))
			leaf := &x509.Certificate{
				SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"}, DNSNames: []string{"leaf.example.com"},
				NotBefore: template.NotBefore, NotAfter: template.NotAfter, SignatureAlgorithm: tt.in,
			}
			signed := got[*x509.Certificate](t)(x509.ParseCertificate(got[[]byte](t)(x509.CreateCertificate(rand.Reader, leaf, root, s.public, s))))
			pool := x509.NewCertPool()
			pool.AddCert(root)
			if _, err := signed.Verify(x509.VerifyOptions{Roots: pool, DNSName: "leaf.example.com"}); err != nil {
				t.Error(err)
			}
			openssl(t, map[string][]byte{"root.pem": asPEM(root), "leaf.pem": asPEM(signed)}, "leaf.pem: OK", "verify", "-check_ss_sig", "-CAfile", "root.pem", "leaf.pem")
		})
	}
}

func asPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
