package kms

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// enclave makes attestation documents, and opens what is encrypted for it.
type enclave struct {
	roots *x509.CertPool
	root  []byte
	leaf  []byte
	sign  *ecdsa.PrivateKey
	key   *rsa.PrivateKey
}

func newEnclave(t testing.TB) *enclave {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(err)
	e := &enclave{roots: x509.NewCertPool()}
	e.sign, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(err)
	e.key, err = rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: start.Add(-time.Hour), NotAfter: start.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	e.root, err = x509.CreateCertificate(rand.Reader, ca, ca, &rootKey.PublicKey, rootKey)
	must(err)
	parsed, err := x509.ParseCertificate(e.root)
	must(err)
	e.roots.AddCert(parsed)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "enclave"}, NotBefore: start.Add(-time.Hour), NotAfter: start.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature}
	e.leaf, err = x509.CreateCertificate(rand.Reader, leaf, ca, &e.sign.PublicKey, rootKey)
	must(err)
	return e
}

// item is one item of CBOR.
func item(major byte, n int, rest ...byte) []byte {
	switch {
	case n < 24:
		return append([]byte{major<<5 | byte(n)}, rest...)
	case n < 1<<8:
		return append([]byte{major<<5 | 24, byte(n)}, rest...)
	case n < 1<<16:
		return append([]byte{major<<5 | 25, byte(n >> 8), byte(n)}, rest...)
	}
	return append([]byte{major<<5 | 27, byte(n >> 56), byte(n >> 48), byte(n >> 40), byte(n >> 32), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, rest...)
}

func blob(b []byte) []byte  { return item(2, len(b), b...) }
func text(s string) []byte  { return item(3, len(s), []byte(s)...) }
func number(n int) []byte   { return item(0, n) }
func tpmOr(tpm bool) string { return map[bool]string{true: "nitrotpm_pcrs", false: "pcrs"}[tpm] }
func pcr(i byte) []byte     { return bytes.Repeat([]byte{0xa0 | i}, 48) }
func hexOf(i string) string { return string(bytes.Repeat([]byte("a"+i), 48)) }
func (e *enclave) public() []byte {
	der, _ := x509.MarshalPKIXPublicKey(&e.key.PublicKey)
	return der
}

// document is an attestation document with PCRs 0 and 3.
func (e *enclave) document(t testing.TB, tpm bool) []byte {
	t.Helper()
	payload := slices.Concat(item(5, 7),
		text("module_id"), text("i-1-enc1"), text("digest"), text("SHA384"), text("timestamp"), number(int(start.UnixMilli())),
		text(tpmOr(tpm)), item(5, 2), number(0), blob(pcr(0)), number(3), blob(pcr(3)),
		text("certificate"), blob(e.leaf), text("cabundle"), item(4, 1), blob(e.root), text("public_key"), blob(e.public()))
	protected := []byte{0xa1, 0x01, 0x38, 0x22}
	digest := sha512.Sum384(slices.Concat(item(4, 4), text("Signature1"), blob(protected), blob(nil), blob(payload)))
	r, s, err := ecdsa.Sign(rand.Reader, e.sign, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 96)
	r.FillBytes(signature[:48])
	s.FillBytes(signature[48:])
	return slices.Concat(item(4, 4), blob(protected), item(5, 0), blob(payload), blob(signature))
}

func (e *enclave) info(t testing.TB) *RecipientInfo {
	return &RecipientInfo{KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256", AttestationDocument: e.document(t, false)}
}

// open opens a CiphertextForRecipient.
func (e *enclave) open(t testing.TB, envelope []byte) []byte {
	t.Helper()
	_, rest, found := bytes.Cut(envelope, []byte{0x04, 0x82, 0x01, 0x00}) // the encrypted key of 256 bytes
	_, content, found2 := bytes.Cut(rest, []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a, 0x04, 0x10})
	if !found || !found2 {
		t.Fatalf("envelope %x", envelope)
	}
	key, err := rsa.DecryptOAEP(sha256.New(), nil, e.key, rest[:256], nil)
	if err != nil {
		t.Fatal(err)
	}
	iv, content := content[:16], content[16+2:] // the tag of the content
	content = content[1:]                       // an octet string
	switch n := content[0]; n {
	case 0x81:
		content = content[2:]
	case 0x82:
		content = content[3:]
	default:
		content = content[1:]
	}
	content = content[:len(content)-10] // the ends of five indefinite lengths
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	plaintext := make([]byte, len(content))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plaintext, content)
	return plaintext[:len(plaintext)-int(plaintext[len(plaintext)-1])]
}

// Answers for an enclave have their secret in CiphertextForRecipient alone, without a
// KeyMaterialId, and the Authorizer learns what the document measures.
func TestRecipient(t *testing.T) {
	e := newEnclave(t)
	w := newWorld(t, func(o *Options) { o.AttestationRoots = e.roots })
	k := w.create(t, nil)
	agree := w.keyOf(t, material.P256, material.KeyAgreement)
	peer := ok[*GetPublicKeyOutput](t)(w.GetPublicKey(t.Context(), user("a"), &GetPublicKeyInput{KeyId: agree.KeyId})).PublicKey
	sealed := w.encrypted(t, k.KeyId, nil, "secret")
	ctx := t.Context()
	decrypt := func(b []byte) []byte {
		return ok[*DecryptOutput](t)(w.Decrypt(ctx, user("a"), &DecryptInput{CiphertextBlob: b})).Plaintext
	}
	for op, call := range map[string]func(c *Call) (envelope, want []byte){
		"Decrypt": func(c *Call) ([]byte, []byte) {
			out := ok[*DecryptOutput](t)(w.Decrypt(ctx, c, &DecryptInput{CiphertextBlob: sealed, Recipient: e.info(t)}))
			if out.Plaintext != nil || out.KeyMaterialId != "" || c.Material != k.CurrentKeyMaterialId {
				t.Errorf("Decrypt: %+v", out)
			}
			return out.CiphertextForRecipient, []byte("secret")
		},
		"GenerateDataKey": func(c *Call) ([]byte, []byte) {
			out := ok[*GenerateDataKeyOutput](t)(w.GenerateDataKey(ctx, c, &GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_256", Recipient: e.info(t)}))
			if out.Plaintext != nil || out.KeyMaterialId != "" {
				t.Errorf("GenerateDataKey: %+v", out)
			}
			return out.CiphertextForRecipient, decrypt(out.CiphertextBlob)
		},
		"GenerateDataKeyPair": func(c *Call) ([]byte, []byte) {
			out := ok[*GenerateDataKeyPairOutput](t)(w.GenerateDataKeyPair(ctx, c, &GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: material.RSA2048, Recipient: e.info(t)}))
			if out.PrivateKeyPlaintext != nil {
				t.Error("GenerateDataKeyPair tells the private key")
			}
			return out.CiphertextForRecipient, decrypt(out.PrivateKeyCiphertextBlob)
		},
		"DeriveSharedSecret": func(c *Call) ([]byte, []byte) {
			in := DeriveSharedSecretInput{KeyId: agree.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: peer}
			want := ok[*DeriveSharedSecretOutput](t)(w.DeriveSharedSecret(ctx, user("a"), &in)).SharedSecret
			in.Recipient = e.info(t)
			out := ok[*DeriveSharedSecretOutput](t)(w.DeriveSharedSecret(ctx, c, &in))
			if out.SharedSecret != nil {
				t.Error("DeriveSharedSecret tells the secret")
			}
			return out.CiphertextForRecipient, want
		},
		"GenerateRandom": func(c *Call) ([]byte, []byte) {
			out := ok[*GenerateRandomOutput](t)(w.GenerateRandom(ctx, c, &GenerateRandomInput{NumberOfBytes: 24, Recipient: e.info(t)}))
			if out.Plaintext != nil {
				t.Error("GenerateRandom tells the bytes")
			}
			return out.CiphertextForRecipient, nil
		},
	} {
		w.auth.asks()
		c := user("a")
		envelope, want := call(c)
		if got := e.open(t, envelope); want != nil && !bytes.Equal(got, want) || want == nil && len(got) != 24 {
			t.Errorf("%s: the enclave gets %x, want %x", op, got, want)
		}
		if c.Attestation == nil || c.Attestation.ModuleID != "i-1-enc1" || c.Attestation.ImageDigest() != hexOf("0") {
			t.Errorf("%s: attestation for the record %+v", op, c.Attestation)
		}
		var access Access
		for _, a := range w.auth.asks() {
			if a.Action == "kms:"+op && len(a.Context) > len(access.Context) {
				access = a
			}
		}
		for key, want := range map[string]string{
			"kms:recipientattestation:imagesha384": hexOf("0"), "kms:recipientattestation:pcr0": hexOf("0"), "kms:recipientattestation:pcr3": hexOf("3"),
			"kms:recipientattestation:pcr1": "", "kms:recipientattestation:nitrotpmpcr0": "",
		} {
			v := access.Context[key].Values
			if want == "" && v != nil || want != "" && (len(v) != 1 || v[0] != want) {
				t.Errorf("%s: %s is %q, want %q", op, key, v, want)
			}
		}
	}
}

// NitroTPM has registers of its own and no image.
func TestRecipientTPM(t *testing.T) {
	e := newEnclave(t)
	w := newWorld(t, func(o *Options) { o.AttestationRoots = e.roots })
	k := w.create(t, nil)
	in := &GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_128", Recipient: &RecipientInfo{KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256", AttestationDocument: e.document(t, true)}}
	ok[*GenerateDataKeyOutput](t)(w.GenerateDataKey(t.Context(), user("a"), in))
	wantAccess(t, w.auth.last(t), "kms:GenerateDataKey", k.Arn, false, map[string]string{
		"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT", "kms:recipientattestation:nitrotpmpcr0": hexOf("0"), "kms:recipientattestation:nitrotpmpcr3": hexOf("3"),
	})
}

// A key policy that asks for an image admits the enclave that runs it, and nobody else.
func TestRecipientConditions(t *testing.T) {
	e := newEnclave(t)
	w := strict(t, func(o *Options) { o.AttestationRoots = e.roots })
	k := w.create(t, &CreateKeyInput{Policy: `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/x"},"Action":"kms:Decrypt","Resource":"*",
		 "Condition":{"StringEqualsIgnoreCase":{"kms:RecipientAttestation:ImageSha384":"` + string(bytes.ToUpper([]byte(hexOf("0")))) + `"}}}]}`})
	sealed := w.encryptedBy(t, k.KeyId)
	_, err := w.Decrypt(t.Context(), user("x"), &DecryptInput{CiphertextBlob: sealed})
	denied(t, "outside an enclave", err)
	_, err = w.Decrypt(t.Context(), user("x"), &DecryptInput{CiphertextBlob: sealed, Recipient: e.info(t)})
	allowed(t, "in the enclave", err)
}

func TestRecipientRefusals(t *testing.T) {
	e, other := newEnclave(t), newEnclave(t)
	w := newWorld(t, func(o *Options) { o.AttestationRoots = e.roots })
	k := w.create(t, nil)
	changed := e.document(t, false)
	changed[len(changed)-1] ^= 1
	for what, in := range map[string]RecipientInfo{
		"another root":     {"RSAES_OAEP_SHA_256", other.document(t, false)},
		"a changed one":    {"RSAES_OAEP_SHA_256", changed},
		"none":             {"RSAES_OAEP_SHA_256", nil},
		"another envelope": {"RSAES_OAEP_SHA_1", e.document(t, false)},
	} {
		_, err := w.GenerateDataKey(t.Context(), user("a"), &GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_128", Recipient: &in})
		if x, isError := err.(*Error); !isError || x.Code != Validation {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.clock.add(2 * time.Hour)
	_, err := w.GenerateRandom(t.Context(), user("a"), &GenerateRandomInput{NumberOfBytes: 1, Recipient: e.info(t)})
	if x, isError := err.(*Error); !isError || x.Code != Validation {
		t.Errorf("certificates out of time: %v", err)
	}
}
