package plane

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// What emulators of KMS were seen to get wrong.

// TestWireAmbiguousContexts: contexts that read alike when their pairs are merely joined
// are different contexts.
func TestWireAmbiguousContexts(t *testing.T) {
	l := newLocal(t)
	c, key := l.as("AKIAADMIN", region), l.key(nil)
	contexts := []map[string]string{
		nil, {"a": "bc"}, {"ab": "c"}, {"a": "b", "c": "d"}, {"a": "bcd"}, {"a": "b,c=d"}, {"a": "b&c=d"}, {"a": `b","c":"d`},
		{"a": "d", "c": "b"}, {"A": "bc"}, {"a": "BC"}, {"a": "bc", "": ""}, {"a=bc": ""}, {"": "abc"}, {"ä": "bc"}, {"a\u0308": "bc"},
	}
	for _, between := range []string{",", "=", ":", "&", ";", "|", " ", "\n", "\x00", "\x01", `"`, `","`, `":"`} {
		contexts = append(contexts, map[string]string{"a" + between + "b": "c"}, map[string]string{"a": "b" + between + "c"})
	}
	for i, sealed := range contexts {
		blob := l.encrypted(key, sealed)
		for j, given := range contexts {
			out, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob, EncryptionContext: given})
			if i == j {
				opens(t, out, err)
				continue
			}
			refusedBy(t, err, "InvalidCiphertextException", "")
		}
	}
}

// TestWireTamperedBlobs: no byte of a ciphertext can be changed, none added or left out,
// and none comes from the ciphertext of another key.
func TestWireTamperedBlobs(t *testing.T) {
	l := newLocal(t)
	c, key, other := l.as("AKIAADMIN", region), l.key(nil), l.key(nil)
	pairs := map[string]string{"a": "b"}
	blob, foreign := l.encrypted(key, pairs), l.encrypted(other, pairs)
	const incorrect = "The key ID in the request does not identify a CMK that can perform this operation."
	const unknown = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
	decrypt := func(blob []byte, id *string) error {
		return errOf(c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob, KeyId: id, EncryptionContext: pairs}))
	}
	keyID := bytes.Index(blob, unhex(t, *key.KeyId))
	if keyID < 0 {
		t.Fatal("the ciphertext does not name its key")
	}
	for i := range blob {
		b := slices.Clone(blob)
		b[i] ^= 1 << (i % 8)
		if i >= keyID && i < keyID+16 {
			refusedBy(t, decrypt(b, key.KeyId), "IncorrectKeyException", incorrect)
			refusedBy(t, decrypt(b, nil), "AccessDeniedException", unknown)
			continue
		}
		refusedBy(t, decrypt(b, key.KeyId), "InvalidCiphertextException", "")
		refusedBy(t, decrypt(b, nil), "InvalidCiphertextException", "")
	}
	for _, n := range []int{1, 5, 53, 54, len(blob) / 2, len(blob) - 1} {
		refusedBy(t, decrypt(blob[:n], key.KeyId), "InvalidCiphertextException", "")
	}
	refusedBy(t, decrypt(append(slices.Clone(blob), 0), nil), "InvalidCiphertextException", "")
	refusedBy(t, decrypt([]byte("not-a-valid-message"), nil), "InvalidCiphertextException", "")

	if len(foreign) != len(blob) {
		t.Fatalf("%d and %d bytes", len(blob), len(foreign))
	}
	head := keyID + 32 // what names key and material
	for at := head; at < len(blob); at += 7 {
		refusedBy(t, decrypt(slices.Concat(blob[:at], foreign[at:]), nil), "InvalidCiphertextException", "")
		refusedBy(t, decrypt(slices.Concat(foreign[:at], blob[at:]), nil), "InvalidCiphertextException", "")
	}
	whole := got[*awskms.DecryptOutput](t)(c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: foreign, EncryptionContext: pairs}))
	if *whole.KeyId != *other.Arn {
		t.Errorf("decrypted with %s", *whole.KeyId)
	}
}

// unhex is the bytes of a UUID.
func unhex(t *testing.T, uuid string) []byte {
	t.Helper()
	b, err := hex.DecodeString(uuid[:8] + uuid[9:13] + uuid[14:18] + uuid[19:23] + uuid[24:])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWireKeyIdMismatch: a key that did not encrypt is an incorrect key, whatever it is
// and however it is named.
func TestWireKeyIdMismatch(t *testing.T) {
	l := newLocal(t)
	c, key, other := l.as("AKIAADMIN", region), l.key(nil), l.key(nil)
	mac, signing := l.special("HMAC_256", "GENERATE_VERIFY_MAC"), l.special("ECC_NIST_P256", "SIGN_VERIFY")
	rsaKey := l.special("RSA_2048", "ENCRYPT_DECRYPT")
	for name, id := range map[string]*string{"alias/own": key.KeyId, "alias/other": other.KeyId} {
		if _, err := c.CreateAlias(t.Context(), &awskms.CreateAliasInput{AliasName: &name, TargetKeyId: id}); err != nil {
			t.Fatal(err)
		}
	}
	blob := l.encrypted(key, nil)
	for _, id := range []*string{nil, key.KeyId, key.Arn, pointer("alias/own"), pointer("arn:aws:kms:" + region + ":" + home + ":alias/own")} {
		out, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob, KeyId: id})
		opens(t, out, err)
	}
	for _, id := range []*string{other.KeyId, other.Arn, pointer("alias/other"), mac.KeyId, signing.KeyId, rsaKey.KeyId} {
		_, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob, KeyId: id})
		refusedBy(t, err, "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
		_, err = c.ReEncrypt(t.Context(), &awskms.ReEncryptInput{CiphertextBlob: blob, SourceKeyId: id, DestinationKeyId: other.KeyId})
		refusedBy(t, err, "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
	}
}

// TestWireEncryptedOutside: what the standard library and OpenSSL encrypt under an
// exported public key, KMS decrypts.
func TestWireEncryptedOutside(t *testing.T) {
	l := newLocal(t)
	c, key := l.as("AKIAADMIN", region), l.special("RSA_2048", "ENCRYPT_DECRYPT")
	der := l.public(key)
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	other := types.EncryptionAlgorithmSpecRsaesOaepSha1
	for _, tt := range []struct {
		algorithm types.EncryptionAlgorithmSpec
		hash      hash.Hash
		name      string
	}{{types.EncryptionAlgorithmSpecRsaesOaepSha256, sha256.New(), "sha256"}, {types.EncryptionAlgorithmSpecRsaesOaepSha1, sha1.New(), "sha1"}} {
		sealed, err := rsa.EncryptOAEP(tt.hash, rand.Reader, parsed.(*rsa.PublicKey), []byte("secret"), nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.Decrypt(t.Context(), &awskms.DecryptInput{KeyId: key.KeyId, CiphertextBlob: sealed, EncryptionAlgorithm: tt.algorithm})
		opens(t, out, err)
		_, err = c.Decrypt(t.Context(), &awskms.DecryptInput{KeyId: key.KeyId, CiphertextBlob: sealed, EncryptionAlgorithm: other})
		refusedBy(t, err, "InvalidCiphertextException", "")
		other = tt.algorithm

		t.Run("openssl "+tt.name, func(t *testing.T) {
			sealed := sealedByOpenSSL(t, der, tt.name)
			out, err := c.Decrypt(t.Context(), &awskms.DecryptInput{KeyId: key.KeyId, CiphertextBlob: sealed, EncryptionAlgorithm: tt.algorithm})
			opens(t, out, err)
		})
	}
}

func sealedByOpenSSL(t *testing.T, public []byte, hash string) []byte {
	t.Helper()
	return openssl(t, map[string][]byte{"public.der": public, "plain": []byte("secret")}, "",
		"pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", "public.der", "-in", "plain",
		"-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:"+hash, "-pkeyopt", "rsa_mgf1_md:"+hash)
}

// TestWireVerifiedOutside: RSA signatures of messages and of digests are what the standard
// library and OpenSSL take, the salt of PSS as long as the digest.
func TestWireVerifiedOutside(t *testing.T) {
	l := newLocal(t)
	c, key := l.as("AKIAADMIN", region), l.special("RSA_2048", "SIGN_VERIFY")
	der := l.public(key)
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("message")
	d256, d384, d512 := sha256.Sum256(message), sha512.Sum384(message), sha512.Sum512(message)
	for _, tt := range []struct {
		bits   string
		hash   crypto.Hash
		digest []byte
	}{{"256", crypto.SHA256, d256[:]}, {"384", crypto.SHA384, d384[:]}, {"512", crypto.SHA512, d512[:]}} {
		for scheme, verify := range map[string]func(signature []byte) error{
			"RSASSA_PSS_SHA_": func(signature []byte) error {
				return rsa.VerifyPSS(parsed.(*rsa.PublicKey), tt.hash, tt.digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
			},
			"RSASSA_PKCS1_V1_5_SHA_": func(signature []byte) error {
				return rsa.VerifyPKCS1v15(parsed.(*rsa.PublicKey), tt.hash, tt.digest, signature)
			},
		} {
			algorithm := types.SigningAlgorithmSpec(scheme + tt.bits)
			for kind, m := range map[types.MessageType][]byte{types.MessageTypeRaw: message, types.MessageTypeDigest: tt.digest} {
				signed := got[*awskms.SignOutput](t)(c.Sign(t.Context(), &awskms.SignInput{KeyId: key.KeyId, Message: m, MessageType: kind, SigningAlgorithm: algorithm}))
				if err := verify(signed.Signature); err != nil {
					t.Errorf("%s of %s: %v", algorithm, kind, err)
				}
				verified, err := c.Verify(t.Context(), &awskms.VerifyInput{KeyId: key.KeyId, Message: message, MessageType: "RAW", SigningAlgorithm: algorithm, Signature: signed.Signature})
				if err != nil || !verified.SignatureValid {
					t.Errorf("%s of %s: %+v %v", algorithm, kind, verified, err)
				}
				args := []string{"dgst", "-sha" + tt.bits, "-verify", "public.der", "-keyform", "DER", "-signature", "signature"}
				if scheme == "RSASSA_PSS_SHA_" {
					args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
				}
				openssl(t, map[string][]byte{"public.der": der, "signature": signed.Signature, "message": message}, "Verified OK", append(args, "message")...)
			}
		}
	}
}

// TestWireOldCiphertexts: after rotations, old ciphertexts open under the same key, and
// the answer says with which material.
func TestWireOldCiphertexts(t *testing.T) {
	l := newLocal(t)
	c, key := l.as("AKIAADMIN", region), l.key(nil)
	var blobs [][]byte
	var materials []string
	for range 4 {
		blobs = append(blobs, l.encrypted(key, nil))
		now := got[*awskms.DescribeKeyOutput](t)(c.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: key.KeyId})).KeyMetadata
		if *now.Arn != *key.Arn || slices.Contains(materials, *now.CurrentKeyMaterialId) {
			t.Errorf("%s %s", *now.Arn, *now.CurrentKeyMaterialId)
		}
		materials = append(materials, *now.CurrentKeyMaterialId)
		got[*awskms.RotateKeyOnDemandOutput](t)(c.RotateKeyOnDemand(t.Context(), &awskms.RotateKeyOnDemandInput{KeyId: key.KeyId}))
	}
	for i, blob := range blobs {
		out, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob, KeyId: key.KeyId})
		opens(t, out, err)
		if err == nil && (*out.KeyId != *key.Arn || *out.KeyMaterialId != materials[i]) {
			t.Errorf("%d: %s %s", i, *out.KeyId, *out.KeyMaterialId)
		}
	}
}

// TestWireSmallWrites: head and body of a request in two writes, on one connection. An
// answer that waited for a delayed acknowledgement would take 40 ms every time.
func TestWireSmallWrites(t *testing.T) {
	l := newLocal(t)
	address := l.server.Listener.Addr().String()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	answers := bufio.NewReader(connection)
	quickest := time.Hour
	for range 20 {
		body := []byte(`{"NumberOfBytes":16}`)
		r := l.signed(t, "AKIAADMIN", "TrentService.GenerateRandom", body, time.Now())
		var head bytes.Buffer
		fmt.Fprintf(&head, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", address, len(body))
		_ = r.Header.Write(&head)
		head.WriteString("\r\n")
		began := time.Now()
		for _, part := range [][]byte{head.Bytes(), body} {
			if _, err := connection.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		answer, err := http.ReadResponse(answers, r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(answer.Body)
		quickest = min(quickest, time.Since(began))
		if answer.StatusCode != 200 || !bytes.HasPrefix(b, []byte(`{"Plaintext":"`)) {
			t.Fatalf("%d %s", answer.StatusCode, b)
		}
	}
	if quickest > 20*time.Millisecond {
		t.Errorf("no answer in less than %v", quickest)
	}
}

// TestContentLength: long answers say their length too, and are not chunked.
func TestContentLength(t *testing.T) {
	l := newLocal(t)
	body := []byte(`{"KeyId":"` + *l.key(nil).KeyId + `","Plaintext":"` + base64.StdEncoding.EncodeToString(make([]byte, 4096)) + `"}`)
	answer, err := l.server.Client().Do(l.signed(t, "AKIAADMIN", "TrentService.Encrypt", body, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 || len(b) < 5000 || answer.ContentLength != int64(len(b)) || answer.TransferEncoding != nil {
		t.Errorf("HTTP %d, %d bytes, Content-Length %d, %v: %v", answer.StatusCode, len(b), answer.ContentLength, answer.TransferEncoding, err)
	}
}

// signed is a request as a client signs it at some time.
func (l *local) signed(t *testing.T, id, target string, body []byte, at time.Time) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.server.URL+"/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sum := sha256.Sum256(body)
	secret := "not the secret"
	if c := l.people[id]; c != nil {
		secret = c.Secret
	}
	if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, r, hex.EncodeToString(sum[:]), "kms", region, at); err != nil {
		t.Fatal(err)
	}
	return r
}
