package kms

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// FuzzDecrypt: whatever is given for a ciphertext decrypts only if it is one that was
// made, and is refused with one of four exceptions otherwise.
func FuzzDecrypt(f *testing.F) {
	w := newWorld(f)
	k := w.create(f, nil)
	mrk := w.create(f, &CreateKeyInput{MultiRegion: true})
	rsaKey := w.keyOf(f, material.RSA2048, material.EncryptDecrypt)
	blobs := [][]byte{w.encrypted(f, k.KeyId, nil, "x"), w.encrypted(f, mrk.KeyId, nil, strings.Repeat("x", 4096)), newWorld(f).encryptedElsewhere(f)}
	for _, b := range blobs {
		for _, key := range []byte{0, 1, 2} {
			f.Add(b, key)
			f.Add(b[:len(b)/2], key)
			f.Add(append(bytes.Clone(b), 0), key)
		}
	}
	f.Add([]byte("not-a-valid-message"), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, key byte) {
		in := &DecryptInput{CiphertextBlob: append([]byte{}, b...), KeyId: []string{"", k.KeyId, rsaKey.KeyId}[key%3]}
		if key%3 == 2 {
			in.EncryptionAlgorithm = "RSAES_OAEP_SHA_256"
		}
		out, err := w.Decrypt(t.Context(), user("a"), in)
		if err == nil {
			if !bytes.Equal(b, blobs[0]) && !bytes.Equal(b, blobs[1]) {
				t.Fatalf("%x decrypts to %q", b, out.Plaintext)
			}
			return
		}
		switch e := err.(*Error); e.Code {
		case InvalidCiphertext, IncorrectKey, AccessDenied:
		default:
			t.Fatalf("%x: %v", b, err)
		}
	})
}

// FuzzGrantToken: whatever is given for a grant token is refused unless it was made.
func FuzzGrantToken(f *testing.F) {
	w := newWorld(f)
	k := w.create(f, nil)
	in := &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}}
	token := w.granted(f, in).GrantToken
	f.Add(token)
	f.Add(token[:489])
	f.Add(token + "=")
	f.Add("AQpA" + strings.Repeat("A", 486))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := w.readToken(text)
		if err == nil {
			if text != token || at.key.id != k.KeyId {
				t.Fatalf("%q is read as %+v", text, at)
			}
			return
		}
		wantError(t, err, InvalidGrantToken, "The grant token is not valid.")
	})
}

// No error tells a plaintext, a key or a token.
func TestErrorsTellNoSecrets(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	mac := w.keyOf(t, material.HMAC256, material.GenerateVerifyMac)
	rsaKey := w.keyOf(t, material.RSA2048, material.EncryptDecrypt)
	signer := w.keyOf(t, material.RSA2048, material.SignVerify)
	agree := w.keyOf(t, material.P256, material.KeyAgreement)
	const secret = "correct horse battery staple"
	long := []byte(strings.Repeat(secret, 20))
	token := w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}}).GrantToken
	ctx, a := t.Context(), user("a")
	var errs []error
	note := func(_ any, err error) { errs = append(errs, err) }
	note(w.Encrypt(ctx, a, &EncryptInput{KeyId: mac.KeyId, Plaintext: long}))
	note(w.Encrypt(ctx, a, &EncryptInput{KeyId: rsaKey.KeyId, Plaintext: long, EncryptionAlgorithm: "RSAES_OAEP_SHA_1"}))
	note(w.Encrypt(ctx, a, &EncryptInput{KeyId: k.KeyId, Plaintext: bytes.Repeat(long, 20)}))
	note(w.Encrypt(ctx, a, &EncryptInput{KeyId: k.KeyId, Plaintext: long, GrantTokens: []string{token + "x"}}))
	note(w.Decrypt(ctx, a, &DecryptInput{CiphertextBlob: long}))
	note(w.Decrypt(ctx, a, &DecryptInput{CiphertextBlob: long, KeyId: rsaKey.KeyId, EncryptionAlgorithm: "RSAES_OAEP_SHA_1"}))
	note(w.Sign(ctx, a, &SignInput{KeyId: signer.KeyId, Message: long, MessageType: "DIGEST", SigningAlgorithm: "RSASSA_PSS_SHA_256"}))
	note(w.Verify(ctx, a, &VerifyInput{KeyId: signer.KeyId, Message: long, Signature: long, SigningAlgorithm: "RSASSA_PSS_SHA_256"}))
	note(w.VerifyMac(ctx, a, &VerifyMacInput{KeyId: mac.KeyId, Message: long, Mac: long, MacAlgorithm: "HMAC_SHA_256"}))
	note(w.DeriveSharedSecret(ctx, a, &DeriveSharedSecretInput{KeyId: agree.KeyId, PublicKey: long, KeyAgreementAlgorithm: "ECDH"}))
	note(nil, w.RetireGrant(ctx, a, &RetireGrantInput{GrantToken: token[1:]}))
	note(w.GenerateRandom(ctx, a, &GenerateRandomInput{NumberOfBytes: 1, Recipient: &RecipientInfo{"RSAES_OAEP_SHA_256", long}}))
	for i, err := range errs {
		if err == nil {
			t.Errorf("call %d succeeds", i)
		} else if text := err.Error(); strings.Contains(text, "horse") || strings.Contains(text, token[4:12]) {
			t.Errorf("call %d: %s", i, text)
		}
	}
}
