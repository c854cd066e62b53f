package kms

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"slices"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

func sha256sum(text string) []byte {
	d := sha256.Sum256([]byte(text))
	return d[:]
}

func (w *world) public(t testing.TB, key string) any {
	t.Helper()
	out := ok[*GetPublicKeyOutput](t)(w.GetPublicKey(t.Context(), user("a"), &GetPublicKeyInput{KeyId: key}))
	public, err := x509.ParsePKIXPublicKey(out.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func (w *world) signed(t testing.TB, key, algorithm, kind string, message []byte) []byte {
	t.Helper()
	out := ok[*SignOutput](t)(w.Sign(t.Context(), user("a"), &SignInput{KeyId: key, Message: message, MessageType: kind, SigningAlgorithm: algorithm}))
	if out.SigningAlgorithm != algorithm {
		t.Errorf("answered with %s", out.SigningAlgorithm)
	}
	return out.Signature
}

// Every algorithm of every spec signs and verifies, and the signature is good for nothing
// else. Trap 18: what is not valid is an error, with no message.
func TestSignVerify(t *testing.T) {
	w := newWorld(t)
	for _, info := range material.Specs() {
		if !slices.Contains(info.Usages(), material.SignVerify) {
			continue
		}
		k := w.keyOf(t, info.Spec, material.SignVerify)
		for _, a := range info.Algorithms(material.SignVerify) {
			kind, message := "RAW", []byte("message")
			if a == material.Ed25519PHSHA512 {
				d := sha512.Sum512(message)
				kind, message = "DIGEST", d[:]
			}
			signature := w.signed(t, k.KeyId, string(a), kind, message)
			in := VerifyInput{KeyId: k.KeyId, Message: message, MessageType: kind, SigningAlgorithm: string(a), Signature: signature}
			out := ok[*VerifyOutput](t)(w.Verify(t.Context(), user("a"), &in))
			if !out.SignatureValid || out.KeyId != k.Arn || out.SigningAlgorithm != string(a) {
				t.Errorf("%s %s: %+v", info.Spec, a, out)
			}
			bad := in
			bad.Signature = bytes.Clone(signature)
			bad.Signature[len(signature)/2] ^= 1
			_, err := w.Verify(t.Context(), user("a"), &bad)
			wantError(t, err, InvalidSignature, "")
			bad = in
			bad.Message = bytes.Clone(message)
			bad.Message[0] ^= 1
			_, err = w.Verify(t.Context(), user("a"), &bad)
			wantError(t, err, InvalidSignature, "")
		}
	}
}

// Traps 15 and 17, and the wrong usage.
func TestSignRefusals(t *testing.T) {
	w := newWorld(t)
	p256 := w.keyOf(t, material.P256, material.SignVerify)
	rsaKey := w.keyOf(t, material.RSA2048, material.SignVerify)
	k := w.create(t, nil)
	sign := func(key, algorithm, kind string, message []byte) error {
		_, err := w.Sign(t.Context(), user("a"), &SignInput{KeyId: key, Message: message, MessageType: kind, SigningAlgorithm: algorithm})
		_, other := w.Verify(t.Context(), user("a"), &VerifyInput{KeyId: key, Message: message, MessageType: kind, SigningAlgorithm: algorithm, Signature: []byte("s")})
		if other == nil || key != k.KeyId && err.Error() != other.Error() {
			t.Errorf("Sign says %v, Verify %v", err, other)
		}
		return err
	}
	wantError(t, sign(p256.KeyId, "ECDSA_SHA_384", "", []byte("m")), InvalidKeyUsage, "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.")
	wantError(t, sign(rsaKey.KeyId, "ECDSA_SHA_256", "", []byte("m")), InvalidKeyUsage, "Algorithm ECDSA_SHA_256 is incompatible with key spec RSA_2048.")
	wantError(t, sign(rsaKey.KeyId, "RSASSA_PSS_SHA_256", "DIGEST", make([]byte, 31)), Validation, "Digest is invalid length for algorithm RSASSA_PSS_SHA_256.")
	wantError(t, sign(p256.KeyId, "ECDSA_SHA_256", "DIGEST", make([]byte, 48)), Validation, "Digest is invalid length for algorithm ECDSA_SHA_256.")
	wantError(t, sign(k.KeyId, "ECDSA_SHA_256", "", []byte("m")), InvalidKeyUsage, k.Arn+" key usage is ENCRYPT_DECRYPT which is not valid for Sign.")
	_, err := w.Verify(t.Context(), user("a"), &VerifyInput{KeyId: k.KeyId, Message: []byte("m"), SigningAlgorithm: "ECDSA_SHA_256", Signature: []byte("s")})
	wantError(t, err, InvalidKeyUsage, k.Arn+" key usage is ENCRYPT_DECRYPT which is not valid for Verify.")
}

// TestUsageBeforeState: a key of the wrong usage says so whatever its state is.
// Measured: https://github.com/floci-io/floci/pull/3968
func TestUsageBeforeState(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	if err := w.DisableKey(t.Context(), user("a"), &DisableKeyInput{KeyId: k.KeyId}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Sign(t.Context(), user("a"), &SignInput{KeyId: k.KeyId, Message: []byte("m"), SigningAlgorithm: "ECDSA_SHA_256"})
	wantError(t, err, InvalidKeyUsage, k.Arn+" key usage is ENCRYPT_DECRYPT which is not valid for Sign.")
}

// Signatures are good outside, of digests as well as of messages.
func TestSignaturesVerifyOutside(t *testing.T) {
	w := newWorld(t)
	rsaKey := w.keyOf(t, material.RSA2048, material.SignVerify)
	p256 := w.keyOf(t, material.P256, material.SignVerify)
	digest := sha256sum("message")
	public := w.public(t, rsaKey.KeyId).(*rsa.PublicKey)
	for kind, message := range map[string][]byte{"RAW": []byte("message"), "DIGEST": digest} {
		if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest, w.signed(t, rsaKey.KeyId, "RSASSA_PKCS1_V1_5_SHA_256", kind, message)); err != nil {
			t.Errorf("PKCS #1 %s: %v", kind, err)
		}
		if err := rsa.VerifyPSS(public, crypto.SHA256, digest, w.signed(t, rsaKey.KeyId, "RSASSA_PSS_SHA_256", kind, message), &rsa.PSSOptions{SaltLength: 32}); err != nil {
			t.Errorf("PSS %s: %v", kind, err)
		}
		if !ecdsa.VerifyASN1(w.public(t, p256.KeyId).(*ecdsa.PublicKey), digest, w.signed(t, p256.KeyId, "ECDSA_SHA_256", kind, message)) {
			t.Errorf("ECDSA %s", kind)
		}
	}
}

// Trap 20: a PSS signature whose salt is not as long as the hash is not valid.
func TestVerifySaltLength(t *testing.T) {
	w := newWorld(t)
	k := w.keyOf(t, material.RSA2048, material.SignVerify)
	private, err := x509.ParsePKCS8PrivateKey(w.entry(t, k.KeyId).now.Load().materials[soleMaterial].Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, salt := range []int{20, 31, 32, 33, 222} {
		signature, err := rsa.SignPSS(rand.Reader, private.(*rsa.PrivateKey), crypto.SHA256, sha256sum("m"), &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256})
		if err != nil {
			t.Fatalf("salt of %d: %v", salt, err)
		}
		_, err = w.Verify(t.Context(), user("a"), &VerifyInput{KeyId: k.KeyId, Message: []byte("m"), SigningAlgorithm: "RSASSA_PSS_SHA_256", Signature: signature})
		if salt == 32 && err != nil {
			t.Errorf("salt of 32: %v", err)
		} else if salt != 32 {
			wantError(t, err, InvalidSignature, "")
		}
	}
}

// Trap 67: Ed25519ph hashes the digest that it gets once more; Ed25519 takes messages
// only.
func TestSignEd25519(t *testing.T) {
	w := newWorld(t)
	k := w.keyOf(t, material.Ed25519, material.SignVerify)
	public := w.public(t, k.KeyId).(ed25519.PublicKey)
	digest := sha512.Sum512([]byte("message"))
	twice := sha512.Sum512(digest[:])
	signature := w.signed(t, k.KeyId, "ED25519_PH_SHA_512", "DIGEST", digest[:])
	if err := ed25519.VerifyWithOptions(public, twice[:], signature, &ed25519.Options{Hash: crypto.SHA512}); err != nil {
		t.Errorf("the digest was not hashed once more: %v", err)
	}
	if !ed25519.Verify(public, []byte("message"), w.signed(t, k.KeyId, "ED25519_SHA_512", "RAW", []byte("message"))) {
		t.Error("Ed25519 of a message")
	}
	_, err := w.Sign(t.Context(), user("a"), &SignInput{KeyId: k.KeyId, SigningAlgorithm: "ED25519_SHA_512", MessageType: "DIGEST", Message: digest[:]})
	wantError(t, err, Validation, "Message type DIGEST is incompatible with algorithm ED25519_SHA_512.")
	_, err = w.Sign(t.Context(), user("a"), &SignInput{KeyId: k.KeyId, SigningAlgorithm: "ED25519_PH_SHA_512", Message: []byte("message")})
	wantError(t, err, Validation, "Message type RAW is incompatible with algorithm ED25519_PH_SHA_512.")
	ml := w.keyOf(t, material.MLDSA44, material.SignVerify)
	_, err = w.Sign(t.Context(), user("a"), &SignInput{KeyId: ml.KeyId, SigningAlgorithm: "ML_DSA_SHAKE_256", MessageType: "DIGEST", Message: digest[:]})
	wantError(t, err, Validation, "Message type DIGEST is incompatible with key spec ML_DSA_44.")
}

// Traps 84 and 85.
func TestGetPublicKey(t *testing.T) {
	w := newWorld(t)
	k := w.keyOf(t, material.P384, material.KeyAgreement)
	w.force(t, k.KeyId, func(k *Key) { k.State = DisabledState })
	out := ok[*GetPublicKeyOutput](t)(w.GetPublicKey(t.Context(), user("a"), &GetPublicKeyInput{KeyId: k.KeyId}))
	out.PublicKey = nil
	if got, want := inJSON(t, out), `{"KeyId":"`+k.Arn+`","CustomerMasterKeySpec":"ECC_NIST_P384","KeySpec":"ECC_NIST_P384","KeyUsage":"KEY_AGREEMENT","KeyAgreementAlgorithms":["ECDH"]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for spec, usage := range map[material.Spec]material.Usage{material.Symmetric: material.EncryptDecrypt, material.HMAC256: material.GenerateVerifyMac} {
		_, err := w.GetPublicKey(t.Context(), user("a"), &GetPublicKeyInput{KeyId: w.keyOf(t, spec, usage).KeyId})
		if e, isError := err.(*Error); !isError || e.Code != UnsupportedOperation {
			t.Errorf("%s: %v", spec, err)
		}
	}
	for usage, want := range map[material.Usage]string{
		material.EncryptDecrypt: `["RSAES_OAEP_SHA_1","RSAES_OAEP_SHA_256"]`,
		material.SignVerify:     `["RSASSA_PKCS1_V1_5_SHA_256","RSASSA_PKCS1_V1_5_SHA_384","RSASSA_PKCS1_V1_5_SHA_512","RSASSA_PSS_SHA_256","RSASSA_PSS_SHA_384","RSASSA_PSS_SHA_512"]`,
	} {
		out := ok[*GetPublicKeyOutput](t)(w.GetPublicKey(t.Context(), user("a"), &GetPublicKeyInput{KeyId: w.keyOf(t, material.RSA2048, usage).KeyId}))
		if got := inJSON(t, append(out.EncryptionAlgorithms, out.SigningAlgorithms...)); got != want {
			t.Errorf("%s: %s", usage, got)
		}
	}
}

// Traps 63 to 65: the secret is the x coordinate of ECDH; what is no public key of the
// curve is refused without a word.
func TestDeriveSharedSecret(t *testing.T) {
	w := newWorld(t)
	for spec, curve := range map[material.Spec]struct {
		dh    ecdh.Curve
		curve elliptic.Curve
	}{material.P256: {ecdh.P256(), elliptic.P256()}, material.P384: {ecdh.P384(), elliptic.P384()}, material.P521: {ecdh.P521(), elliptic.P521()}} {
		k := w.keyOf(t, spec, material.KeyAgreement)
		peer, err := curve.dh.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(peer.PublicKey())
		if err != nil {
			t.Fatal(err)
		}
		ours, err := w.public(t, k.KeyId).(*ecdsa.PublicKey).ECDH()
		if err != nil {
			t.Fatal(err)
		}
		want, err := peer.ECDH(ours)
		if err != nil {
			t.Fatal(err)
		}
		in := &DeriveSharedSecretInput{KeyId: k.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: der}
		out := ok[*DeriveSharedSecretOutput](t)(w.DeriveSharedSecret(t.Context(), user("a"), in))
		if !bytes.Equal(out.SharedSecret, want) || out.KeyId != k.Arn || out.KeyAgreementAlgorithm != "ECDH" || out.KeyOrigin != OriginKMS {
			t.Errorf("%s: %x, want %x; %+v", spec, out.SharedSecret, want, out)
		}
		in.PublicKey = []byte("junk")
		_, err = w.DeriveSharedSecret(t.Context(), user("a"), in)
		wantError(t, err, Validation, "")
	}
	signer := w.keyOf(t, material.P256, material.SignVerify)
	_, err := w.DeriveSharedSecret(t.Context(), user("a"), &DeriveSharedSecretInput{KeyId: signer.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: []byte("junk")})
	wantError(t, err, InvalidKeyUsage, signer.Arn+" key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.")
}

// Trap 66: a changed ciphertext of the right length gives another secret, and one of
// another length is refused.
func TestEncapsulate(t *testing.T) {
	w := newWorld(t)
	for spec, size := range map[material.Spec]int{material.MLKEM512: 768, material.MLKEM768: 1088, material.MLKEM1024: 1568} {
		k := w.keyOf(t, spec, material.EncapsulateDecapsulate)
		sent := ok[*EncapsulateOutput](t)(w.Encapsulate(t.Context(), user("a"), &EncapsulateInput{KeyId: k.KeyId, EncapsulationAlgorithm: "ML_KEM"}))
		if len(sent.SharedSecret) != 32 || len(sent.SharedSecretCiphertextBlob) != size || sent.KeyId != k.Arn || sent.EncapsulationAlgorithm != "ML_KEM" {
			t.Errorf("%s: %+v", spec, sent)
		}
		open := func(blob []byte) (*DecapsulateOutput, error) {
			return w.Decapsulate(t.Context(), user("a"), &DecapsulateInput{KeyId: k.KeyId, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: blob})
		}
		got := ok[*DecapsulateOutput](t)(open(sent.SharedSecretCiphertextBlob))
		if !bytes.Equal(got.SharedSecret, sent.SharedSecret) || got.KeyId != k.Arn || got.EncapsulationAlgorithm != "ML_KEM" {
			t.Errorf("%s: %+v", spec, got)
		}
		forged := bytes.Clone(sent.SharedSecretCiphertextBlob)
		forged[7] ^= 1
		first, second := ok[*DecapsulateOutput](t)(open(forged)), ok[*DecapsulateOutput](t)(open(forged))
		if len(first.SharedSecret) != 32 || bytes.Equal(first.SharedSecret, sent.SharedSecret) || !bytes.Equal(first.SharedSecret, second.SharedSecret) {
			t.Errorf("%s: a forged ciphertext gives %x and %x", spec, first.SharedSecret, second.SharedSecret)
		}
		_, err := open(forged[1:])
		wantError(t, err, InvalidCiphertext, "")
	}
	k := w.create(t, nil)
	_, err := w.Encapsulate(t.Context(), user("a"), &EncapsulateInput{KeyId: k.KeyId, EncapsulationAlgorithm: "ML_KEM"})
	wantError(t, err, InvalidKeyUsage, k.Arn+" key usage is ENCRYPT_DECRYPT which is not valid for Encapsulate.")
	_, err = w.Decapsulate(t.Context(), user("a"), &DecapsulateInput{KeyId: k.KeyId, EncapsulationAlgorithm: "ML_KEM"})
	wantError(t, err, InvalidKeyUsage, k.Arn+" key usage is ENCRYPT_DECRYPT which is not valid for Decapsulate.")
}

// The public key stays when imported material is deleted, also across a restart.
func TestGetPublicKeyWithoutMaterial(t *testing.T) {
	w := newWorld(t)
	k := w.keyOf(t, material.P256, material.SignVerify)
	w.force(t, k.KeyId, func(k *Key) {
		k.Origin = OriginExternal
		k.Materials = slices.Clone(k.Materials)
		k.Materials[0].Imported = true
	})
	get := func() []byte {
		t.Helper()
		return ok[*GetPublicKeyOutput](t)(w.GetPublicKey(t.Context(), user("a"), &GetPublicKeyInput{KeyId: k.KeyId})).PublicKey
	}
	want := get()
	if _, err := w.DeleteImportedKeyMaterial(t.Context(), user("a"), &DeleteImportedKeyMaterialInput{KeyId: k.KeyId}); err != nil {
		t.Fatal(err)
	}
	if got := get(); !bytes.Equal(got, want) {
		t.Errorf("after the deletion: %x, want %x", got, want)
	}
	w.open(t)
	if got := get(); !bytes.Equal(got, want) {
		t.Errorf("after a restart: %x, want %x", got, want)
	}
	never := w.create(t, &CreateKeyInput{KeySpec: material.P256, KeyUsage: material.SignVerify, Origin: OriginExternal})
	_, err := w.GetPublicKey(t.Context(), user("a"), &GetPublicKeyInput{KeyId: never.KeyId})
	wantError(t, err, InvalidState, never.Arn+" is pending import.")
}
