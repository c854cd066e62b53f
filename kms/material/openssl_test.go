package material

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ssl runs OpenSSL in a folder of its own.
type ssl struct {
	t   *testing.T
	dir string
}

func openssl(t *testing.T) ssl {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed: its view of signatures, ciphertexts and secrets was NOT checked")
	}
	return ssl{t, t.TempDir()}
}

func (o ssl) write(name string, b []byte) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), b, 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func (o ssl) read(name string) []byte {
	o.t.Helper()
	b, err := os.ReadFile(filepath.Join(o.dir, name))
	if err != nil {
		o.t.Fatal(err)
	}
	return b
}

func (o ssl) run(args ...string) (string, bool) {
	o.t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Dir = o.dir
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func (o ssl) must(args ...string) {
	o.t.Helper()
	if out, ok := o.run(args...); !ok {
		o.t.Errorf("openssl %s: %s", strings.Join(args, " "), out)
	}
}

// keys writes public.pem and private.pem of a key.
func (o ssl) keys(m *Material) {
	o.t.Helper()
	public, err := m.PublicKey()
	if err != nil {
		o.t.Fatal(err)
	}
	o.write("public.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	o.write("private.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: m.Bytes()}))
}

// signing are the options of openssl dgst and pkeyutl for an algorithm.
func signing(a Algorithm) (hash string, options []string) {
	hash = "sha" + string(a[len(a)-3:])
	if pss(a) {
		options = []string{"-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest", "-sigopt", "rsa_mgf1_md:" + hash}
	}
	return hash, options
}

// TestOpenSSLSignatures: what we sign it verifies, and the other way round.
func TestOpenSSLSignatures(t *testing.T) {
	o := openssl(t)
	message := []byte("a message\n")
	o.write("message", message)
	checked := 0
	for _, i := range Specs() {
		for _, a := range i.Algorithms(SignVerify) {
			if a == MLDSASHAKE256 || a == Ed25519PHSHA512 {
				continue // not in OpenSSL 3.0
			}
			m := keyOf(t, i.Spec)
			o.keys(m)
			s, err := m.Sign(a, Raw, message)
			if err != nil {
				t.Fatal(err)
			}
			o.write("signature", s)
			hash, options := signing(a)
			verify := append([]string{"dgst", "-" + hash, "-verify", "public.pem", "-signature", "signature"}, append(options, "message")...)
			sign := append([]string{"dgst", "-" + hash, "-sign", "private.pem", "-out", "theirs"}, append(options, "message")...)
			if i.Spec == Ed25519 {
				verify = []string{"pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "message", "-sigfile", "signature"}
				sign = []string{"pkeyutl", "-sign", "-inkey", "private.pem", "-rawin", "-in", "message", "-out", "theirs"}
			}
			o.must(verify...)
			s[len(s)-1] ^= 1
			o.write("signature", s)
			if out, ok := o.run(verify...); ok {
				t.Errorf("%s %s: openssl accepts a changed signature: %s", i.Spec, a, out)
			}
			o.must(sign...)
			if err := m.Verify(a, Raw, message, o.read("theirs")); err != nil {
				t.Errorf("%s %s: openssl's signature: %v", i.Spec, a, err)
			}
			checked++
		}
	}
	if checked != 3*6+4+1 {
		t.Errorf("%d algorithms were checked", checked)
	}
}

func TestOpenSSLRSAEncryption(t *testing.T) {
	o := openssl(t)
	for _, s := range []Spec{RSA2048, RSA3072, RSA4096} {
		m := keyOf(t, s)
		o.keys(m)
		for a, hash := range map[Algorithm]string{OAEPSHA1: "sha1", OAEPSHA256: "sha256"} {
			options := []string{"-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:" + hash, "-pkeyopt", "rsa_mgf1_md:" + hash}
			c, err := m.Encrypt(a, []byte("a secret"))
			if err != nil {
				t.Fatal(err)
			}
			o.write("ciphertext", c)
			o.must(append([]string{"pkeyutl", "-decrypt", "-inkey", "private.pem", "-in", "ciphertext", "-out", "plaintext"}, options...)...)
			if got := o.read("plaintext"); string(got) != "a secret" {
				t.Errorf("%s %s: openssl decrypts to %q", s, a, got)
			}
			// Made outside with the public key alone.
			o.must(append([]string{"pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", "-in", "plaintext", "-out", "theirs"}, options...)...)
			if p, err := m.Decrypt(a, o.read("theirs")); err != nil || string(p) != "a secret" {
				t.Errorf("%s %s: openssl's ciphertext: %q, %v", s, a, p, err)
			}
		}
	}
}

// TestOpenSSLSharedSecrets is trap 65: the secret is OpenSSL's, without key derivation.
func TestOpenSSLSharedSecrets(t *testing.T) {
	o := openssl(t)
	for s, curve := range map[Spec]string{P256: "P-256", P384: "P-384", P521: "P-521"} {
		m := keyOf(t, s)
		o.keys(m)
		o.must("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:"+curve, "-out", "peer.pem")
		o.must("pkey", "-in", "peer.pem", "-pubout", "-outform", "DER", "-out", "peer.der")
		o.must("pkeyutl", "-derive", "-inkey", "peer.pem", "-peerkey", "public.pem", "-out", "secret")
		got, err := m.Derive(ECDH, o.read("peer.der"))
		if want := o.read("secret"); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %x, %v, openssl derives %x", s, got, err, want)
		}
	}
}

func TestOpenSSLMacs(t *testing.T) {
	o := openssl(t)
	o.write("message", []byte("a message"))
	for _, s := range []Spec{HMAC224, HMAC256, HMAC384, HMAC512} {
		m := keyOf(t, s)
		size := string(s[5:])
		o.must("mac", "-digest", "SHA"+size, "-macopt", "hexkey:"+hex.EncodeToString(m.Bytes()), "-in", "message", "-binary", "-out", "mac", "HMAC")
		if err := m.VerifyMac(Algorithm("HMAC_SHA_"+size), []byte("a message"), o.read("mac")); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// TestOpenSSLImports follows the developer guide's way to wrap key material: openssl
// makes the keys, and wraps them.
func TestOpenSSLImports(t *testing.T) {
	o := openssl(t)
	wrapping := keyOf(t, RSA4096)
	o.keys(wrapping)
	o.must("rand", "-out", "kek", "32")
	oaep := []string{"-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"}
	o.must(append([]string{"pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", "-in", "kek", "-out", "kek.wrapped"}, oaep...)...)
	for s, args := range map[Spec][]string{
		RSA2048:   {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"},
		RSA3072:   {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"},
		P256:      {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"},
		P521:      {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"},
		Secp256k1: {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"},
		Ed25519:   {"-algorithm", "ED25519"},
	} {
		o.must(append([]string{"genpkey", "-out", "key.pem"}, args...)...)
		o.must("pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-outform", "DER", "-out", "key.der")
		o.must("pkey", "-inform", "DER", "-in", "key.der", "-pubout", "-outform", "DER", "-out", "key.pub")
		o.must("enc", "-id-aes256-wrap-pad", "-K", hex.EncodeToString(o.read("kek")), "-iv", "A65959A6", "-in", "key.der", "-out", "key.wrapped")
		plaintext, err := wrapping.Unwrap(AESKeyWrapSHA256, append(o.read("kek.wrapped"), o.read("key.wrapped")...))
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		m, err := Import(s, plaintext)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if public, _ := m.PublicKey(); !bytes.Equal(public, o.read("key.pub")) {
			t.Errorf("%s: public key %x, openssl says %x", s, public, o.read("key.pub"))
		}
	}
}

func TestOpenSSLReadsEnvelopes(t *testing.T) {
	o := openssl(t)
	n := testNitro()
	a, err := OpenAttestation(sign1(t, n.key, cborPairs(documentOf(t, n))), n.roots, attested)
	if err != nil {
		t.Fatal(err)
	}
	o.keys(keyOf(t, RSA2048))
	for _, size := range []int{1, 16, 32, 1024} {
		plaintext := bytes.Repeat([]byte("k"), size)
		b, err := a.Envelope(plaintext)
		if err != nil {
			t.Fatal(err)
		}
		o.write("envelope", b)
		o.must("cms", "-decrypt", "-binary", "-inform", "DER", "-in", "envelope", "-inkey", "private.pem", "-out", "plaintext")
		if got := o.read("plaintext"); !bytes.Equal(got, plaintext) {
			t.Errorf("%d bytes: openssl decrypts to %x", size, got)
		}
	}
}

// signer is a key as X.509 wants one.
type signer struct {
	m      *Material
	public crypto.PublicKey
	a      Algorithm
}

func (s signer) Public() crypto.PublicKey { return s.public }

func (s signer) Sign(_ io.Reader, d []byte, _ crypto.SignerOpts) ([]byte, error) {
	t := Digest
	if s.a == Ed25519SHA512 {
		t = Raw
	}
	return s.m.Sign(s.a, t, d)
}

// TestOpenSSLVerifiesRequests: certificate requests signed by our keys.
func TestOpenSSLVerifiesRequests(t *testing.T) {
	o := openssl(t)
	for s, a := range map[Spec]Algorithm{RSA2048: PKCS1SHA256, P256: ECDSASHA256, P384: ECDSASHA384, P521: ECDSASHA512, Ed25519: Ed25519SHA512} {
		m := keyOf(t, s)
		der, err := m.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		public, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			t.Fatal(err)
		}
		csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: string(s)}}, signer{m, public, a})
		if err != nil {
			t.Fatal(err)
		}
		o.write("csr.der", csr)
		if out, ok := o.run("req", "-verify", "-noout", "-inform", "DER", "-in", "csr.der"); !ok || !strings.Contains(out, "verify OK") {
			t.Errorf("%s: %s", s, out)
		}
	}
}
