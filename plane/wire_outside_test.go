package plane

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"hash"
	"testing"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// TestWireCurvesOutside: signatures on every curve, of messages and of digests, are what
// OpenSSL takes with the exported public key.
func TestWireCurvesOutside(t *testing.T) {
	l := newLocal(t)
	c := l.as("AKIAADMIN", region)
	message := []byte("message")
	d256, d384, d512 := sha256.Sum256(message), sha512.Sum384(message), sha512.Sum512(message)
	for _, tt := range []struct {
		spec      types.KeySpec
		algorithm types.SigningAlgorithmSpec
		hash      string
		digest    []byte
	}{
		{"ECC_NIST_P256", "ECDSA_SHA_256", "-sha256", d256[:]}, {"ECC_SECG_P256K1", "ECDSA_SHA_256", "-sha256", d256[:]},
		{"ECC_NIST_P384", "ECDSA_SHA_384", "-sha384", d384[:]}, {"ECC_NIST_P521", "ECDSA_SHA_512", "-sha512", d512[:]},
	} {
		key := l.special(tt.spec, "SIGN_VERIFY")
		for kind, m := range map[types.MessageType][]byte{types.MessageTypeRaw: message, types.MessageTypeDigest: tt.digest} {
			signed := got[*awskms.SignOutput](t)(c.Sign(t.Context(), &awskms.SignInput{KeyId: key.KeyId, Message: m, MessageType: kind, SigningAlgorithm: tt.algorithm}))
			openssl(t, map[string][]byte{"public.der": l.public(key), "signature": signed.Signature, "message": message}, "Verified OK",
				"dgst", tt.hash, "-verify", "public.der", "-keyform", "DER", "-signature", "signature", "message")
		}
	}
}

// TestWireMacsOutside: MACs are HMAC with the key, which is known as it is imported.
func TestWireMacsOutside(t *testing.T) {
	l := newLocal(t)
	c := l.as("AKIAADMIN", region)
	for _, tt := range []struct {
		spec      types.KeySpec
		algorithm types.MacAlgorithmSpec
		hash      func() hash.Hash
		size      int
	}{
		{"HMAC_224", "HMAC_SHA_224", sha256.New224, 28}, {"HMAC_256", "HMAC_SHA_256", sha256.New, 32},
		{"HMAC_384", "HMAC_SHA_384", sha512.New384, 48}, {"HMAC_512", "HMAC_SHA_512", sha512.New, 64},
	} {
		key := l.key(&awskms.CreateKeyInput{KeySpec: tt.spec, KeyUsage: "GENERATE_VERIFY_MAC", Origin: types.OriginTypeExternal})
		secret := bytes.Repeat([]byte{7}, tt.size)
		l.imported(l.importing(key.KeyId, secret))
		made := got[*awskms.GenerateMacOutput](t)(c.GenerateMac(t.Context(), &awskms.GenerateMacInput{KeyId: key.KeyId, MacAlgorithm: tt.algorithm, Message: []byte("message")}))
		own := hmac.New(tt.hash, secret)
		own.Write([]byte("message"))
		if want := own.Sum(nil); !bytes.Equal(made.Mac, want) {
			t.Errorf("%s: %x, want %x", tt.spec, made.Mac, want)
		}
		verified, err := c.VerifyMac(t.Context(), &awskms.VerifyMacInput{KeyId: key.KeyId, MacAlgorithm: tt.algorithm, Message: []byte("message"), Mac: own.Sum(nil)})
		if err != nil || !verified.MacValid || *verified.KeyId != *key.Arn {
			t.Errorf("%s: %+v %v", tt.spec, verified, err)
		}
	}
}

// TestWireDataKeyPairs: both halves of a pair belong together, and the encrypted private
// key is the plain one.
func TestWireDataKeyPairs(t *testing.T) {
	l := newLocal(t)
	c, key := l.as("AKIAADMIN", region), l.key(nil)
	pairs := map[string]string{"a": "b"}
	for _, spec := range []types.DataKeyPairSpec{"RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_NIST_EDWARDS25519"} {
		made := got[*awskms.GenerateDataKeyPairOutput](t)(c.GenerateDataKeyPair(t.Context(), &awskms.GenerateDataKeyPairInput{KeyId: key.KeyId, KeyPairSpec: spec, EncryptionContext: pairs}))
		private := got[any](t)(x509.ParsePKCS8PrivateKey(made.PrivateKeyPlaintext))
		public := got[any](t)(x509.ParsePKIXPublicKey(made.PublicKey))
		if !public.(interface{ Equal(crypto.PublicKey) bool }).Equal(private.(crypto.Signer).Public()) || made.KeyPairSpec != spec {
			t.Errorf("%s: the halves are of two pairs", spec)
		}
		opened := got[*awskms.DecryptOutput](t)(c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: made.PrivateKeyCiphertextBlob, EncryptionContext: pairs}))
		if !bytes.Equal(opened.Plaintext, made.PrivateKeyPlaintext) {
			t.Errorf("%s: the encrypted private key is another", spec)
		}
	}
	alone := got[*awskms.GenerateDataKeyPairWithoutPlaintextOutput](t)(c.GenerateDataKeyPairWithoutPlaintext(t.Context(), &awskms.GenerateDataKeyPairWithoutPlaintextInput{
		KeyId: key.KeyId, KeyPairSpec: "ECC_SECG_P256K1", EncryptionContext: pairs,
	}))
	opened := got[*awskms.DecryptOutput](t)(c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: alone.PrivateKeyCiphertextBlob, EncryptionContext: pairs}))
	derived := openssl(t, map[string][]byte{"private.der": opened.Plaintext}, "", "pkey", "-inform", "DER", "-in", "private.der", "-pubout", "-outform", "DER")
	if !bytes.Equal(derived, alone.PublicKey) {
		t.Errorf("OpenSSL has the public key %x, the answer %x", derived, alone.PublicKey)
	}
}

// TestWireWays: what was encrypted in one way opens in every other that should.
func TestWireWays(t *testing.T) {
	l := newLocal(t)
	c, first, second := l.as("AKIAADMIN", region), l.key(nil), l.key(nil)
	rsaKey := l.special("RSA_2048", "ENCRYPT_DECRYPT")
	ctx := t.Context()
	moved := got[*awskms.ReEncryptOutput](t)(c.ReEncrypt(ctx, &awskms.ReEncryptInput{
		CiphertextBlob: l.encrypted(first, map[string]string{"a": "b"}), SourceEncryptionContext: map[string]string{"a": "b"},
		DestinationKeyId: second.KeyId, DestinationEncryptionContext: map[string]string{"c": "d"},
	}))
	if *moved.SourceKeyId != *first.Arn || *moved.KeyId != *second.Arn || *moved.SourceKeyMaterialId != *first.CurrentKeyMaterialId || *moved.DestinationKeyMaterialId != *second.CurrentKeyMaterialId {
		t.Errorf("%+v", moved)
	}
	_, err := c.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: moved.CiphertextBlob, EncryptionContext: map[string]string{"a": "b"}})
	refusedBy(t, err, "InvalidCiphertextException", "")
	out, err := c.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: moved.CiphertextBlob, EncryptionContext: map[string]string{"c": "d"}})
	opens(t, out, err)
	toRSA := got[*awskms.ReEncryptOutput](t)(c.ReEncrypt(ctx, &awskms.ReEncryptInput{
		CiphertextBlob: l.encrypted(first, nil), DestinationKeyId: rsaKey.KeyId, DestinationEncryptionAlgorithm: "RSAES_OAEP_SHA_256",
	}))
	if toRSA.DestinationKeyMaterialId != nil || toRSA.DestinationEncryptionAlgorithm != "RSAES_OAEP_SHA_256" || toRSA.SourceEncryptionAlgorithm != "SYMMETRIC_DEFAULT" {
		t.Errorf("%+v", toRSA)
	}
	out, err = c.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: toRSA.CiphertextBlob, KeyId: rsaKey.KeyId, EncryptionAlgorithm: "RSAES_OAEP_SHA_256"})
	opens(t, out, err)

	// Who may encrypt to the one and decrypt from the other may not need more.
	reencrypt := func() error {
		return errOf(l.as("AKIAREADER", region).ReEncrypt(ctx, &awskms.ReEncryptInput{CiphertextBlob: l.encrypted(first, nil), SourceKeyId: first.Arn, DestinationKeyId: second.Arn}))
	}
	refusedBy(t, reencrypt(), "AccessDeniedException", denied(reader, "kms:ReEncryptFrom", *first.Arn))
	l.grant(first, awskms.CreateGrantInput{Operations: []types.GrantOperation{"ReEncryptFrom"}})
	refusedBy(t, reencrypt(), "AccessDeniedException", denied(reader, "kms:ReEncryptTo", *second.Arn))
	l.grant(second, awskms.CreateGrantInput{Operations: []types.GrantOperation{"ReEncryptTo"}})
	if err := reencrypt(); err != nil {
		t.Error(err)
	}
}
