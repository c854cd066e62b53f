package plane

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// TestWireCryptoTraps: what emulators get wrong about cryptography and the form of
// requests and answers, by the numbers of the traps.
func TestWireCryptoTraps(t *testing.T) {
	l := newKnown(t, &clock{})
	c := l.as("AKIAADMIN", region)
	for name, test := range map[string]func(t *testing.T, l *local, c *client){
		"T20": trapSalt, "T25": trapBase64, "T28": trapEnum, "T32": trapAliasSpec, "T59": trapMessageMember, "T60": trapAnsweredKey,
		"T61": trapEncryptAnswer, "T65": trapSharedSecret, "T66": trapImplicitRejection, "T67": trapDoubleHash, "T72c": trapBlobSize,
	} {
		t.Run(name, func(t *testing.T) { test(t, l, c) })
	}
}

// trapSalt: the salt of a PSS signature is as long as the hash, in signatures made and
// verified. The private key is known, as it is imported.
func trapSalt(t *testing.T, l *local, c *client) {
	private := got[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	key := l.key(&awskms.CreateKeyInput{KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY", Origin: types.OriginTypeExternal})
	p := got[*awskms.GetParametersForImportOutput](t)(c.GetParametersForImport(t.Context(), &awskms.GetParametersForImportInput{
		KeyId: key.KeyId, WrappingAlgorithm: "RSA_AES_KEY_WRAP_SHA_256", WrappingKeySpec: "RSA_2048",
	}))
	public := got[any](t)(x509.ParsePKIXPublicKey(p.PublicKey)).(*rsa.PublicKey)
	wrapped := got[[]byte](t)(rsa.EncryptOAEP(sha256.New(), rand.Reader, public, key32(9), nil))
	wrapped = append(wrapped, wrapKWP(t, key32(9), got[[]byte](t)(x509.MarshalPKCS8PrivateKey(private)))...)
	l.imported(&awskms.ImportKeyMaterialInput{KeyId: key.KeyId, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrapped, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE"})
	digest := sha256.Sum256([]byte("message"))
	for salt, good := range map[int]bool{sha256.Size: true, 0: false, 20: false, 31: false, 33: false, 222: false} {
		signature := got[[]byte](t)(rsa.SignPSS(rand.Reader, private, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: salt}))
		_, err := c.Verify(t.Context(), &awskms.VerifyInput{KeyId: key.KeyId, Message: digest[:], MessageType: "DIGEST", SigningAlgorithm: "RSASSA_PSS_SHA_256", Signature: signature})
		if good {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		refusedBy(t, err, "KMSInvalidSignatureException", "")
	}
}

// wrapKWP is AES key wrap with padding, RFC 5649 section 4.1, for more than 8 bytes.
func wrapKWP(t *testing.T, key, plaintext []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	a := binary.BigEndian.AppendUint32([]byte{0xa6, 0x59, 0x59, 0xa6}, uint32(len(plaintext)))
	r := slices.Clone(plaintext)
	for len(r)%8 != 0 {
		r = append(r, 0)
	}
	n := len(r) / 8
	for j := range 6 {
		for i := range n {
			b := append(slices.Clone(a), r[8*i:8*i+8]...)
			block.Encrypt(b, b)
			binary.BigEndian.PutUint64(a, binary.BigEndian.Uint64(b)^uint64(n*j+i+1))
			copy(r[8*i:], b[8:])
		}
	}
	return append(a, r...)
}

// posted sends a body to an operation and returns the answer.
func (l *local) posted(t *testing.T, operation, body string) (status int, answer []byte) {
	t.Helper()
	r := l.signed(t, "AKIAADMIN", "TrentService."+operation, []byte(body), time.Now())
	out := got[*http.Response](t)(l.server.Client().Do(r))
	defer func() { _ = out.Body.Close() }()
	var b bytes.Buffer
	if _, err := b.ReadFrom(out.Body); err != nil {
		t.Fatal(err)
	}
	return out.StatusCode, b.Bytes()
}

// trapBase64: what is not base64 is no constraint violation. The text is unconfirmed.
func trapBase64(t *testing.T, l *local, _ *client) {
	status, answer := l.posted(t, "Decrypt", `{"CiphertextBlob":"not base64!"}`)
	if status != 400 || !strings.HasPrefix(string(answer), `{"__type":"SerializationException"`) {
		t.Errorf("%d %s", status, answer)
	}
}

// trapEnum: values are listed in the order of the server, which is neither that of the
// alphabet nor that of the model. It is that of 2026; what came later is behind.
// Source: https://github.com/floci-io/floci/pull/3968
func trapEnum(t *testing.T, l *local, _ *client) {
	status, answer := l.posted(t, "CreateKey", `{"KeySpec":"HMAC_random","KeyUsage":"SIGN_VERIFY"}`)
	want := `{"__type":"ValidationException","message":"1 validation error detected: Value 'HMAC_random' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: ` +
		`[RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, ECC_NIST_EDWARDS25519, SYMMETRIC_DEFAULT, ` +
		`HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2, ML_DSA_44, ML_DSA_65, ML_DSA_87`
	if status != 400 || !strings.HasPrefix(string(answer), want) {
		t.Errorf("%d %s", status, answer)
	}
}

// trapAliasSpec: an alias goes to a key of another spec, if the usage is the same.
func trapAliasSpec(t *testing.T, l *local, c *client) {
	from, to := l.special("RSA_2048", "SIGN_VERIFY"), l.special("RSA_3072", "SIGN_VERIFY")
	alias := l.alias(from)
	got[*awskms.UpdateAliasOutput](t)(c.UpdateAlias(t.Context(), &awskms.UpdateAliasInput{AliasName: alias, TargetKeyId: to.KeyId}))
	now := got[*awskms.DescribeKeyOutput](t)(c.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: alias})).KeyMetadata
	if *now.KeyId != *to.KeyId {
		t.Errorf("the alias is that of %s", *now.KeyId)
	}
}

// trapMessageMember: the text of AccessDeniedException is in Message, that of others in
// message; an error without a text has neither.
func trapMessageMember(t *testing.T, l *local, _ *client) {
	status, answer := l.posted(t, "DescribeKey", `{"KeyId":"arn:aws:kms:`+region+`:`+abroad+`:alias/x"}`)
	if want := refusal("AccessDeniedException", "Message", deniedAbroad(admin, "kms:DescribeKey")); status != 400 || string(answer) != want {
		t.Errorf("%d %s", status, answer)
	}
	status, answer = l.posted(t, "DescribeKey", `{"KeyId":"x"}`)
	if want := refusal("NotFoundException", "message", "Invalid keyId 'x'"); status != 400 || string(answer) != want {
		t.Errorf("%d %s", status, answer)
	}
	status, answer = l.posted(t, "Decrypt", `{"CiphertextBlob":"eA=="}`)
	if status != 400 || string(answer) != `{"__type":"InvalidCiphertextException"}` {
		t.Errorf("%d %s", status, answer)
	}
}

// trapAnsweredKey: operations that use a key answer its ARN, however it was named.
func trapAnsweredKey(t *testing.T, l *local, c *client) {
	key, signing, mac := l.key(nil), l.special("ECC_NIST_P256", "SIGN_VERIFY"), l.special("HMAC_256", "GENERATE_VERIFY_MAC")
	ctx := t.Context()
	for _, id := range []*string{key.KeyId, key.Arn, l.alias(key)} {
		encrypted := got[*awskms.EncryptOutput](t)(c.Encrypt(ctx, &awskms.EncryptInput{KeyId: id, Plaintext: []byte("x")}))
		decrypted := got[*awskms.DecryptOutput](t)(c.Decrypt(ctx, &awskms.DecryptInput{KeyId: id, CiphertextBlob: encrypted.CiphertextBlob}))
		made := got[*awskms.GenerateDataKeyOutput](t)(c.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: id, KeySpec: "AES_256"}))
		again := got[*awskms.ReEncryptOutput](t)(c.ReEncrypt(ctx, &awskms.ReEncryptInput{DestinationKeyId: id, CiphertextBlob: encrypted.CiphertextBlob}))
		for _, answered := range []*string{encrypted.KeyId, decrypted.KeyId, made.KeyId, again.KeyId, again.SourceKeyId} {
			if *answered != *key.Arn {
				t.Errorf("%s for %s", *answered, *id)
			}
		}
		now := got[*awskms.DescribeKeyOutput](t)(c.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: id})).KeyMetadata
		if *now.KeyId != *key.KeyId || *now.Arn != *key.Arn {
			t.Errorf("%s %s", *now.KeyId, *now.Arn)
		}
	}
	if out := got[*awskms.SignOutput](t)(c.Sign(ctx, sign(signing.KeyId))); *out.KeyId != *signing.Arn {
		t.Error(*out.KeyId)
	}
	if out := got[*awskms.GenerateMacOutput](t)(c.GenerateMac(ctx, generateMac(mac.KeyId))); *out.KeyId != *mac.Arn {
		t.Error(*out.KeyId)
	}
}

// trapEncryptAnswer: Encrypt does not answer the KeyMaterialId.
func trapEncryptAnswer(t *testing.T, l *local, _ *client) {
	_, answer := l.posted(t, "Encrypt", `{"KeyId":"`+*l.key(nil).KeyId+`","Plaintext":"eA=="}`)
	var members map[string]any
	if err := json.Unmarshal(answer, &members); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"CiphertextBlob", "EncryptionAlgorithm", "KeyId"}) {
		t.Errorf("%v", names)
	}
}

// trapSharedSecret: a shared secret is the x coordinate and nothing is derived from it.
func trapSharedSecret(t *testing.T, l *local, c *client) {
	for spec, curve := range map[types.KeySpec]ecdh.Curve{"ECC_NIST_P256": ecdh.P256(), "ECC_NIST_P384": ecdh.P384(), "ECC_NIST_P521": ecdh.P521()} {
		key := l.special(spec, "KEY_AGREEMENT")
		peer := got[*ecdh.PrivateKey](t)(curve.GenerateKey(rand.Reader))
		own := got[*ecdh.PublicKey](t)(got[any](t)(x509.ParsePKIXPublicKey(l.public(key))).(*ecdsa.PublicKey).ECDH())
		out := got[*awskms.DeriveSharedSecretOutput](t)(c.DeriveSharedSecret(t.Context(), &awskms.DeriveSharedSecretInput{
			KeyId: key.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: got[[]byte](t)(x509.MarshalPKIXPublicKey(peer.PublicKey())),
		}))
		if want := got[[]byte](t)(peer.ECDH(own)); !bytes.Equal(out.SharedSecret, want) || out.KeyOrigin != types.OriginTypeAwsKms {
			t.Errorf("%s: %x, want %x", spec, out.SharedSecret, want)
		}
		openssl(t, map[string][]byte{"peer.der": got[[]byte](t)(x509.MarshalPKCS8PrivateKey(peer)), "own.der": l.public(key)}, string(out.SharedSecret),
			"pkeyutl", "-derive", "-keyform", "DER", "-inkey", "peer.der", "-peerform", "DER", "-peerkey", "own.der")
	}
	other := got[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	_, err := c.DeriveSharedSecret(t.Context(), &awskms.DeriveSharedSecretInput{
		KeyId: l.special("ECC_NIST_P256", "KEY_AGREEMENT").KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: got[[]byte](t)(x509.MarshalPKIXPublicKey(&other.PublicKey)),
	})
	refusedBy(t, err, "ValidationException", "UnknownError") // the SDK's word for no message
}

// trapImplicitRejection: a changed ciphertext of ML-KEM opens, to another secret.
func trapImplicitRejection(t *testing.T, l *local, c *client) {
	for spec, size := range map[types.KeySpec]int{"ML_KEM_512": 768, "ML_KEM_768": 1088, "ML_KEM_1024": 1568} {
		key := l.special(spec, "ENCAPSULATE_DECAPSULATE")
		made := got[*awskms.EncapsulateOutput](t)(c.Encapsulate(t.Context(), encapsulate(key.KeyId)))
		blob := made.SharedSecretCiphertextBlob
		open := func(blob []byte) (*awskms.DecapsulateOutput, error) {
			return c.Decapsulate(t.Context(), &awskms.DecapsulateInput{KeyId: key.KeyId, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: blob})
		}
		changed := slices.Clone(blob)
		changed[3] ^= 1
		right, first, second := got[*awskms.DecapsulateOutput](t)(open(blob)), got[*awskms.DecapsulateOutput](t)(open(changed)), got[*awskms.DecapsulateOutput](t)(open(changed))
		if len(blob) != size || !bytes.Equal(right.SharedSecret, made.SharedSecret) || bytes.Equal(first.SharedSecret, made.SharedSecret) ||
			!bytes.Equal(first.SharedSecret, second.SharedSecret) || len(first.SharedSecret) != 32 {
			t.Errorf("%s: %d bytes, %x %x %x %x", spec, len(blob), made.SharedSecret, right.SharedSecret, first.SharedSecret, second.SharedSecret)
		}
		_, err := open(blob[:size-1])
		refusedBy(t, err, "InvalidCiphertextException", "")
	}
}

// trapDoubleHash: ED25519_PH_SHA_512 takes a digest and hashes it again; ED25519_SHA_512
// takes messages.
func trapDoubleHash(t *testing.T, l *local, c *client) {
	key := l.special("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
	public := got[any](t)(x509.ParsePKIXPublicKey(l.public(key))).(ed25519.PublicKey)
	digest := sha512.Sum512([]byte("message"))
	again := sha512.Sum512(digest[:])
	out := got[*awskms.SignOutput](t)(c.Sign(t.Context(), &awskms.SignInput{KeyId: key.KeyId, Message: digest[:], MessageType: "DIGEST", SigningAlgorithm: "ED25519_PH_SHA_512"}))
	if err := ed25519.VerifyWithOptions(public, again[:], out.Signature, &ed25519.Options{Hash: crypto.SHA512}); err != nil {
		t.Error(err)
	}
	if ed25519.VerifyWithOptions(public, digest[:], out.Signature, &ed25519.Options{Hash: crypto.SHA512}) == nil {
		t.Error("the digest is not hashed again")
	}
	out = got[*awskms.SignOutput](t)(c.Sign(t.Context(), &awskms.SignInput{KeyId: key.KeyId, Message: []byte("message"), SigningAlgorithm: "ED25519_SHA_512"}))
	if !ed25519.Verify(public, []byte("message"), out.Signature) || len(out.Signature) != 64 {
		t.Errorf("%x", out.Signature)
	}
	for _, in := range []awskms.SignInput{
		{KeyId: key.KeyId, Message: digest[:], MessageType: "DIGEST", SigningAlgorithm: "ED25519_SHA_512"},
		{KeyId: key.KeyId, Message: digest[:], MessageType: "RAW", SigningAlgorithm: "ED25519_PH_SHA_512"},
	} {
		if _, err := c.Sign(t.Context(), &in); err == nil {
			t.Errorf("%s signs %s", in.SigningAlgorithm, in.MessageType)
		}
	}
}

// trapBlobSize: the ciphertext of a data key of 32 bytes is as long, and begins, as AWS's.
func trapBlobSize(t *testing.T, l *local, c *client) {
	for _, pairs := range []map[string]string{nil, {"a": "b"}} {
		out := got[*awskms.GenerateDataKeyOutput](t)(c.GenerateDataKey(t.Context(), &awskms.GenerateDataKeyInput{KeyId: l.key(nil).KeyId, KeySpec: "AES_256", EncryptionContext: pairs}))
		if text := base64.StdEncoding.EncodeToString(out.CiphertextBlob); len(out.CiphertextBlob) != 184 || !strings.HasPrefix(text, "AQICAH") {
			t.Errorf("%d bytes, %s", len(out.CiphertextBlob), text)
		}
	}
}
