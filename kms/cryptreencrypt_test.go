package kms

import (
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// Trap 11, and the answer of ReEncrypt.
func TestReEncrypt(t *testing.T) {
	w := newWorld(t)
	from, to, other := w.create(t, nil), w.create(t, nil), w.create(t, nil)
	rsaKey := w.keyOf(t, material.RSA2048, material.EncryptDecrypt)
	signer := w.keyOf(t, material.P256, material.SignVerify)
	a, b := map[string]string{"a": "1"}, map[string]string{"b": "2"}
	blob := w.encrypted(t, from.KeyId, a, "secret")

	in := &ReEncryptInput{CiphertextBlob: blob, SourceEncryptionContext: a, DestinationKeyId: to.KeyId, DestinationEncryptionContext: b}
	out := ok[*ReEncryptOutput](t)(w.ReEncrypt(t.Context(), user("a"), in))
	if out.SourceKeyId != from.Arn || out.KeyId != to.Arn || out.SourceKeyMaterialId != from.CurrentKeyMaterialId ||
		out.DestinationKeyMaterialId != to.CurrentKeyMaterialId || out.SourceEncryptionAlgorithm != "SYMMETRIC_DEFAULT" || out.DestinationEncryptionAlgorithm != "SYMMETRIC_DEFAULT" {
		t.Errorf("%+v", out)
	}
	back := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: b}))
	if string(back.Plaintext) != "secret" || back.KeyId != to.Arn {
		t.Errorf("%+v", back)
	}

	in.SourceKeyId = other.KeyId
	_, err := w.ReEncrypt(t.Context(), user("a"), in)
	incorrectKey(t, err)
	in.SourceKeyId = from.Arn
	in.SourceEncryptionContext = b
	_, err = w.ReEncrypt(t.Context(), user("a"), in)
	wantError(t, err, InvalidCiphertext, "")
	in.SourceEncryptionContext = a
	in.DestinationKeyId = signer.KeyId
	_, err = w.ReEncrypt(t.Context(), user("a"), in)
	wantError(t, err, InvalidKeyUsage, signer.Arn+" key usage is SIGN_VERIFY which is not valid for ReEncrypt.")

	// From a symmetric key to RSA and back.
	in.DestinationKeyId, in.DestinationEncryptionAlgorithm, in.DestinationEncryptionContext = rsaKey.KeyId, "RSAES_OAEP_SHA_256", nil
	there := ok[*ReEncryptOutput](t)(w.ReEncrypt(t.Context(), user("a"), in))
	if there.DestinationKeyMaterialId != "" || there.DestinationEncryptionAlgorithm != "RSAES_OAEP_SHA_256" || len(there.CiphertextBlob) != 256 {
		t.Errorf("%+v", there)
	}
	again := ok[*ReEncryptOutput](t)(w.ReEncrypt(t.Context(), user("a"), &ReEncryptInput{
		CiphertextBlob: there.CiphertextBlob, SourceKeyId: rsaKey.KeyId, SourceEncryptionAlgorithm: "RSAES_OAEP_SHA_256", DestinationKeyId: to.KeyId,
	}))
	if again.SourceKeyMaterialId != "" || again.DestinationKeyMaterialId == "" {
		t.Errorf("%+v", again)
	}
	in.DestinationEncryptionAlgorithm = ""
	_, err = w.ReEncrypt(t.Context(), user("a"), in)
	wantError(t, err, InvalidKeyUsage, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.")
}

// Both keys must be in a state for ReEncrypt.
func TestReEncryptStates(t *testing.T) {
	w := newWorld(t)
	from, to := w.create(t, nil), w.create(t, nil)
	in := &ReEncryptInput{CiphertextBlob: w.encrypted(t, from.KeyId, nil, "x"), DestinationKeyId: to.KeyId}
	for _, k := range []*KeyMetadata{from, to} {
		w.force(t, k.KeyId, func(k *Key) { k.State = DisabledState })
		_, err := w.ReEncrypt(t.Context(), user("a"), in)
		wantError(t, err, Disabled, k.Arn+" is disabled.")
		w.force(t, k.KeyId, func(k *Key) { k.State = Enabled })
	}
	ok[*ReEncryptOutput](t)(w.ReEncrypt(t.Context(), user("a"), in))
}

// ReEncrypt asks twice: about the source with its encryption context, and about the
// destination with that one's.
func TestReEncryptAsksTwice(t *testing.T) {
	w := newWorld(t)
	from, to := w.create(t, nil), w.create(t, nil)
	blob := w.encrypted(t, from.KeyId, map[string]string{"Source": "s"}, "x")
	reEncrypt := func(destination string) []Access {
		w.auth.asks()
		ok[*ReEncryptOutput](t)(w.ReEncrypt(t.Context(), user("a"), &ReEncryptInput{
			CiphertextBlob: blob, SourceEncryptionContext: map[string]string{"Source": "s"},
			DestinationKeyId: destination, DestinationEncryptionContext: map[string]string{"Destination": "d"},
		}))
		return w.auth.asks()
	}
	asked := reEncrypt(to.KeyId)
	if len(asked) != 2 {
		t.Fatalf("asked %d times", len(asked))
	}
	wantAccess(t, asked[0], "kms:ReEncryptFrom", from.Arn, true, map[string]string{
		"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT", "kms:encryptioncontext:source": "s", "kms:encryptioncontextkeys": "Source", "kms:reencryptonsamekey": "false",
	})
	wantAccess(t, asked[1], "kms:ReEncryptTo", to.Arn, false, map[string]string{
		"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT", "kms:encryptioncontext:destination": "d", "kms:encryptioncontextkeys": "Destination", "kms:reencryptonsamekey": "false",
	})
	for _, a := range reEncrypt(from.KeyId) {
		if v := a.Context["kms:reencryptonsamekey"].Values; len(v) != 1 || v[0] != "true" {
			t.Errorf("%s on the same key: %v", a.Action, v)
		}
	}
}
