package material

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// wrapKWP is RFC 5649 section 4.1: what a client does.
func wrapKWP(t testing.TB, key, plaintext []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	b := binary.BigEndian.AppendUint32([]byte(kwpVector), uint32(len(plaintext)))
	b = append(b, plaintext...)
	b = append(b, make([]byte, (8-len(plaintext)%8)%8)...)
	n := len(b)/8 - 1
	if n == 1 {
		block.Encrypt(b, b)
		return b
	}
	x := make([]byte, 16)
	copy(x, b[:8])
	for t := range 6 * n {
		part := b[8*(t%n+1):][:8]
		copy(x[8:], part)
		block.Encrypt(x, x)
		binary.BigEndian.PutUint64(x, binary.BigEndian.Uint64(x)^uint64(t+1))
		copy(part, x[8:])
	}
	copy(b, x[:8])
	return b
}

// wrap is what a client does with GetParametersForImport's answer.
func wrap(t testing.TB, wrapping *Material, a Algorithm, plaintext []byte) []byte {
	t.Helper()
	public := &wrapping.hidden().key.(*rsa.PrivateKey).PublicKey
	hash := crypto.SHA256
	if strings.HasSuffix(string(a), "SHA_1") {
		hash = crypto.SHA1
	}
	encrypt := func(b []byte) []byte {
		c, err := rsa.EncryptOAEPWithOptions(rand.Reader, public, b, &rsa.OAEPOptions{Hash: hash})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if oaep(a) {
		return encrypt(plaintext)
	}
	key := bytes.Repeat([]byte{3}, 32)
	return append(encrypt(key), wrapKWP(t, key, plaintext)...)
}

// TestImports goes through every target, wrapping key and algorithm that AWS allows.
func TestImports(t *testing.T) {
	tried := 0
	for _, i := range Specs() {
		m := keyOf(t, i.Spec)
		for _, w := range []Spec{RSA2048, RSA3072, RSA4096} {
			wrapping := keyOf(t, w)
			for _, a := range WrappingAlgorithms() {
				if !CanWrap(i.Spec, w, a) {
					continue
				}
				tried++
				c := wrap(t, wrapping, a, m.Bytes())
				plaintext, err := wrapping.Unwrap(a, c)
				if err != nil {
					t.Errorf("%s under %s %s: %v", i.Spec, w, a, err)
					continue
				}
				if n, err := Import(i.Spec, plaintext); err != nil || !n.Equal(m) {
					t.Errorf("%s under %s %s: another key, %v", i.Spec, w, a, err)
				}
				c[len(c)-1] ^= 1
				wantError(t, not(wrapping.Unwrap(a, c)), InvalidCiphertext, "")
				c[len(c)-1] ^= 1
				c[0] ^= 1
				wantError(t, not(wrapping.Unwrap(a, c)), InvalidCiphertext, "")
			}
		}
	}
	// 19 specs, 3 wrapping keys, 4 algorithms, less OAEP for 3 RSA specs and for P-521
	// under RSA_2048.
	if want := 19*3*4 - 3*3*2 - 2; tried != want {
		t.Errorf("%d ways, want %d", tried, want)
	}
}

func TestCanWrap(t *testing.T) {
	for _, c := range []struct {
		target, wrapping Spec
		alg              Algorithm
		want             bool
	}{
		{Symmetric, RSA2048, OAEPSHA1, true}, {P521, RSA2048, OAEPSHA256, false}, {P521, RSA2048, AESKeyWrapSHA256, true}, {P521, RSA3072, OAEPSHA256, true},
		{RSA2048, RSA4096, OAEPSHA256, false}, {RSA2048, RSA2048, AESKeyWrapSHA1, true}, {Symmetric, P256, OAEPSHA256, false},
		{Symmetric, RSA2048, PSSSHA256, false}, {Symmetric, SM2, OAEPSHA256, false}, {SM2, RSA2048, OAEPSHA256, false},
	} {
		if got := CanWrap(c.target, c.wrapping, c.alg); got != c.want {
			t.Errorf("%s under %s with %s: %t", c.target, c.wrapping, c.alg, got)
		}
	}
}

func TestUnwrapRefuses(t *testing.T) {
	w := keyOf(t, RSA2048)
	good := wrap(t, w, AESKeyWrapSHA256, make([]byte, 32))
	for _, bad := range [][]byte{nil, good[:255], good[:256], good[:257], good[:264], good[:len(good)-8], append(bytes.Clone(good), make([]byte, 8)...), append(bytes.Clone(good), 0), append(bytes.Clone(good), make([]byte, 7)...), make([]byte, 6145)} {
		wantError(t, not(w.Unwrap(AESKeyWrapSHA256, bad)), InvalidCiphertext, "")
	}
	wantError(t, not(w.Unwrap(AESKeyWrapSHA1, good)), InvalidCiphertext, "")
	wantError(t, not(w.Unwrap(OAEPSHA256, good)), InvalidCiphertext, "")
	wantError(t, not(keyOf(t, RSA3072).Unwrap(AESKeyWrapSHA256, good)), InvalidCiphertext, "")
	wantError(t, not(w.Unwrap(PSSSHA256, good)), InvalidKeyUsage, "Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec RSA_2048.")
	wantError(t, not(keyOf(t, P256).Unwrap(OAEPSHA256, good)), InvalidKeyUsage, "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec ECC_NIST_P256.")
	// An AES key of no AES size under good OAEP.
	c, err := w.Encrypt(OAEPSHA256, make([]byte, 31))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, not(w.Unwrap(AESKeyWrapSHA256, append(c, make([]byte, 24)...))), InvalidCiphertext, "")
}

func TestKeyWrapRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(r, "key")
		plaintext := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(r, "plaintext")
		got, ok := unwrapKWP(key, wrapKWP(t, key, plaintext))
		if !ok || !bytes.Equal(got, plaintext) {
			r.Fatalf("%x, %t", got, ok)
		}
	})
}

func TestTokens(t *testing.T) {
	secret := bytes.Repeat([]byte{1}, 32)
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	in := ImportToken{KeyID: "arn:aws:kms:eu-central-1:111122223333:key/" + keyID, Algorithm: AESKeyWrapSHA256, Wrapping: keyOf(t, RSA4096), Expires: now.Add(24 * time.Hour)}
	token, err := SealToken(secret, in)
	if err != nil || len(token) > 6144 {
		t.Fatalf("%d bytes, %v", len(token), err)
	}
	if bytes.Contains(token, []byte(keyID)) || bytes.Contains(token, in.Wrapping.Bytes()[1000:1016]) {
		t.Error("the token can be read")
	}
	out, err := OpenToken(secret, in.KeyID, now, token)
	if err != nil || out.KeyID != in.KeyID || out.Algorithm != in.Algorithm || !out.Wrapping.Equal(in.Wrapping) || !out.Expires.Equal(in.Expires) {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := OpenToken(secret, in.KeyID, in.Expires.Add(-time.Nanosecond), token); err != nil {
		t.Errorf("before its end: %v", err)
	}
	wantError(t, not(OpenToken(secret, in.KeyID, in.Expires, token)), ExpiredToken, "")
	// Whose token it is comes before its time.
	wantError(t, not(OpenToken(secret, "another key", in.Expires, token)), InvalidToken, "")
	wantError(t, not(OpenToken(bytes.Repeat([]byte{2}, 32), in.KeyID, now, token)), InvalidToken, "")
	wantError(t, not(OpenToken(nil, in.KeyID, now, token)), InvalidToken, "")
	for i := 0; i < len(token); i += 7 {
		bad := bytes.Clone(token)
		bad[i] ^= 1
		wantError(t, not(OpenToken(secret, in.KeyID, now, bad)), InvalidToken, "")
		wantError(t, not(OpenToken(secret, in.KeyID, now, token[:i])), InvalidToken, "")
	}
	wantError(t, not(OpenToken(secret, in.KeyID, now, append(bytes.Clone(token), 0))), InvalidToken, "")

	// Contents that are authentic and yet none of ours.
	head := append([]byte(tokenPrefix), make([]byte, saltSize)...)
	aead, err := derivedCipher(secret, string(head))
	if err != nil {
		t.Fatal(err)
	}
	contents := "\x00\x03key\x00\x00\x00\x00\x00\x00"
	for _, b := range []string{"", "\x00", "\x00\x05key", contents, contents + "1234567", contents + "123456789"} {
		wantError(t, not(OpenToken(secret, "key", now, append(bytes.Clone(head), aead.Seal(nil, nil, []byte(b), head)...))), InvalidToken, "")
	}
	later := string(binary.BigEndian.AppendUint64(nil, uint64(in.Expires.Unix())))
	wantError(t, not(OpenToken(secret, "key", now, append(bytes.Clone(head), aead.Seal(nil, nil, []byte(contents+later), head)...))), InvalidToken, "")

	for want, bad := range map[string]func(*[]byte, *ImportToken){
		"import token: a secret of 31 bytes, fewer than 32":       func(s *[]byte, _ *ImportToken) { *s = (*s)[:31] },
		"import token: a key id of 2049 bytes, more than 2048":    func(_ *[]byte, i *ImportToken) { i.KeyID = strings.Repeat("x", 2049) },
		"import token: no wrapping key, or no wrapping algorithm": func(_ *[]byte, i *ImportToken) { i.Algorithm = PSSSHA256 },
	} {
		s, i := secret, in
		bad(&s, &i)
		if _, err := SealToken(s, i); fmt.Sprint(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
