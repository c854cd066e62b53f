package kms

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

func TestGenerateDataKey(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	pairs := map[string]string{"a": "b"}
	for _, in := range []struct {
		spec  string
		bytes int
		want  int
	}{{"AES_256", 0, 32}, {"AES_128", 0, 16}, {"", 1, 1}, {"", 1024, 1024}} {
		out := ok[*GenerateDataKeyOutput](t)(w.GenerateDataKey(t.Context(), user("a"), &GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: in.spec, NumberOfBytes: in.bytes, EncryptionContext: pairs}))
		back := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: pairs}))
		if len(out.Plaintext) != in.want || !bytes.Equal(out.Plaintext, back.Plaintext) || out.KeyId != k.Arn || out.KeyMaterialId != k.CurrentKeyMaterialId {
			t.Errorf("%v: %d bytes, %+v", in, len(out.Plaintext), out)
		}
		without := ok[*GenerateDataKeyWithoutPlaintextOutput](t)(w.GenerateDataKeyWithoutPlaintext(t.Context(), user("a"), &GenerateDataKeyWithoutPlaintextInput{KeyId: k.KeyId, KeySpec: in.spec, NumberOfBytes: in.bytes, EncryptionContext: pairs}))
		back = ok[*DecryptOutput](t)(w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: without.CiphertextBlob, EncryptionContext: pairs}))
		if len(back.Plaintext) != in.want || without.KeyId != k.Arn || without.KeyMaterialId != k.CurrentKeyMaterialId {
			t.Errorf("%v without plaintext: %d bytes, %+v", in, len(back.Plaintext), without)
		}
	}
	for _, in := range []GenerateDataKeyInput{{KeyId: k.KeyId}, {KeyId: k.KeyId, KeySpec: "AES_256", NumberOfBytes: 32}} {
		_, err := w.GenerateDataKey(t.Context(), user("a"), &in)
		wantError(t, err, Validation, "Please specify either number of bytes or key spec.")
	}
}

// Data keys are encrypted under symmetric keys only.
func TestDataKeysNeedSymmetricKey(t *testing.T) {
	w := newWorld(t)
	mac := w.keyOf(t, material.HMAC256, material.GenerateVerifyMac)
	rsaKey := w.keyOf(t, material.RSA2048, material.EncryptDecrypt)
	_, err := w.GenerateDataKey(t.Context(), user("a"), &GenerateDataKeyInput{KeyId: mac.KeyId, KeySpec: "AES_256"})
	wantError(t, err, InvalidKeyUsage, mac.Arn+" key usage is GENERATE_VERIFY_MAC which is not valid for GenerateDataKey.")
	_, err = w.GenerateDataKeyWithoutPlaintext(t.Context(), user("a"), &GenerateDataKeyWithoutPlaintextInput{KeyId: rsaKey.KeyId, KeySpec: "AES_256"})
	wantError(t, err, InvalidKeyUsage, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.")
	_, err = w.GenerateDataKeyPair(t.Context(), user("a"), &GenerateDataKeyPairInput{KeyId: rsaKey.KeyId, KeyPairSpec: material.P256})
	wantError(t, err, InvalidKeyUsage, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.")
}

func TestGenerateDataKeyPair(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	pairs := map[string]string{"a": "b"}
	for _, info := range material.Specs() {
		if !info.KeyPair {
			_, err := w.GenerateDataKeyPair(t.Context(), user("a"), &GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: info.Spec})
			if e, isError := err.(*Error); !isError || e.Code != Validation {
				t.Errorf("%s: %v", info.Spec, err)
			}
			continue
		}
		out := ok[*GenerateDataKeyPairOutput](t)(w.GenerateDataKeyPair(t.Context(), user("a"), &GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: info.Spec, EncryptionContext: pairs}))
		back := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: out.PrivateKeyCiphertextBlob, EncryptionContext: pairs}))
		if !bytes.Equal(back.Plaintext, out.PrivateKeyPlaintext) || out.KeyId != k.Arn || out.KeyPairSpec != info.Spec || out.KeyMaterialId != k.CurrentKeyMaterialId {
			t.Errorf("%s: %s %s %s", info.Spec, out.KeyId, out.KeyPairSpec, out.KeyMaterialId)
		}
		private, err := material.Import(info.Spec, out.PrivateKeyPlaintext)
		if err != nil {
			t.Errorf("%s: %v", info.Spec, err)
			continue
		}
		if public, err := private.PublicKey(); err != nil || !bytes.Equal(public, out.PublicKey) {
			t.Errorf("%s: the public key is not that of the private key: %v", info.Spec, err)
		}
	}
	without := ok[*GenerateDataKeyPairWithoutPlaintextOutput](t)(w.GenerateDataKeyPairWithoutPlaintext(t.Context(), user("a"), &GenerateDataKeyPairWithoutPlaintextInput{KeyId: k.KeyId, KeyPairSpec: material.P256}))
	back := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: without.PrivateKeyCiphertextBlob}))
	private, err := x509.ParsePKCS8PrivateKey(back.Plaintext)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(without.PublicKey)
	if err != nil || !private.(*ecdsa.PrivateKey).PublicKey.Equal(public) {
		t.Errorf("without plaintext: %v", err)
	}
}

// Trap 62: keys of custom key stores make no data key pairs, whatever their state.
func TestNoDataKeyPairInKeyStores(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.force(t, k.KeyId, func(k *Key) { k.Origin = OriginXKS })
	_, err := w.GenerateDataKeyPair(t.Context(), user("a"), &GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: material.P256})
	wantError(t, err, UnsupportedOperation, k.Arn+" origin is EXTERNAL_KEY_STORE which is not valid for this operation.")
	_, err = w.GenerateDataKeyPairWithoutPlaintext(t.Context(), user("a"), &GenerateDataKeyPairWithoutPlaintextInput{KeyId: k.KeyId, KeyPairSpec: material.P256})
	wantError(t, err, UnsupportedOperation, k.Arn+" origin is EXTERNAL_KEY_STORE which is not valid for this operation.")
}

// Trap 24 in this part: the number of bytes is required.
func TestGenerateRandom(t *testing.T) {
	w := newWorld(t)
	_, err := w.GenerateRandom(t.Context(), user("a"), &GenerateRandomInput{})
	wantError(t, err, Validation, "NumberOfBytes is required.")
	seen := map[string]bool{}
	for range 10 {
		out := ok[*GenerateRandomOutput](t)(w.GenerateRandom(t.Context(), user("a"), &GenerateRandomInput{NumberOfBytes: 1024}))
		if len(out.Plaintext) != 1024 || seen[string(out.Plaintext)] {
			t.Errorf("%d bytes, seen: %v", len(out.Plaintext), seen[string(out.Plaintext)])
		}
		seen[string(out.Plaintext)] = true
	}
	_, err = w.GenerateRandom(t.Context(), user("a"), &GenerateRandomInput{NumberOfBytes: 1, CustomKeyStoreId: "cks-1234567890abcdef0"})
	if e, isError := err.(*Error); !isError || e.Code != CustomKeyStoreNotFound {
		t.Errorf("an unknown key store: %v", err)
	}
	w.auth.all = false
	_, err = w.GenerateRandom(t.Context(), user("a"), &GenerateRandomInput{NumberOfBytes: 1})
	wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:GenerateRandom on resource: * because no identity-based policy allows the kms:GenerateRandom action")
}
