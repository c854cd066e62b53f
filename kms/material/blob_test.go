package material

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	keyID = "1234abcd-12ab-34cd-56ef-1234567890ab"
	mrkID = "mrk-1234abcd12ab34cd56ef1234567890ab"
)

func sealed(t testing.TB, key string, m *Material, context map[string]string, plaintext []byte) []byte {
	t.Helper()
	id, err := MaterialID(key, m)
	if err != nil {
		t.Fatal(err)
	}
	blob, err := Seal(key, id, m, context, plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

// TestBlobSizes: those of AWS's blobs, from public samples.
func TestBlobSizes(t *testing.T) {
	m := keyOf(t, Symmetric)
	for plaintext, want := range map[int]int{1: 153, 16: 168, 32: 184, 64: 220, 1024: 1186, 4096: 4258} {
		blob := sealed(t, keyID, m, nil, make([]byte, plaintext))
		if len(blob) != want || len(blob) > 6144 {
			t.Errorf("%d bytes give a blob of %d, want %d", plaintext, len(blob), want)
		}
		if text := base64.StdEncoding.EncodeToString(blob); !strings.HasPrefix(text, "AQICAH") {
			t.Errorf("a blob begins with %s, want AQICAH", text[:6])
		}
	}
	for n := 1; n <= maxPlaintext; n++ {
		if got, ok := plaintextSize(blobSize(n)); !ok || got != n {
			t.Fatalf("the blob of %d bytes is taken for one of %d, %t", n, got, ok)
		}
		if n > 1 && blobSize(n)-blobSize(n-1) > 1 {
			if got, ok := plaintextSize(blobSize(n) - 1); ok {
				t.Errorf("a length between those of %d and %d is taken for one of %d", n-1, n, got)
			}
		}
	}
	for _, n := range []int{0, 4097} {
		id, _ := MaterialID(keyID, m)
		wantError(t, not(Seal(keyID, id, m, nil, make([]byte, n))), Validation, fmt.Sprintf("The plaintext has %d bytes; 1 to 4096 can be encrypted.", n))
	}
}

// TestBlobBeginning: 37 bytes are the same for all blobs of a material, and no more.
func TestBlobBeginning(t *testing.T) {
	m := keyOf(t, Symmetric)
	a, b := sealed(t, keyID, m, nil, []byte("plaintext")), sealed(t, keyID, m, map[string]string{"a": "b"}, []byte("plaintext"))
	if !bytes.Equal(a[:38], b[:38]) {
		t.Errorf("two blobs of a key begin with %x and %x", a[:38], b[:38])
	}
	if bytes.Equal(a[38:54], b[38:54]) {
		t.Error("two blobs have the same salt")
	}
	other, err := Generate(Symmetric)
	if err != nil {
		t.Fatal(err)
	}
	if c := sealed(t, keyID, other, nil, []byte("plaintext")); bytes.Equal(a[:37], c[:37]) {
		t.Error("blobs of two materials begin alike")
	}
}

// TestBlobIsWhatItSays decrypts a blob by the format's description alone.
func TestBlobIsWhatItSays(t *testing.T) {
	m := keyOf(t, Symmetric)
	blob := sealed(t, keyID, m, map[string]string{"b": "2", "a": "1"}, []byte("plaintext"))
	if n := binary.BigEndian.Uint32(blob[54:]); int(n) != len(blob)-58 {
		t.Fatalf("the length is %d of %d bytes", n, len(blob)-58)
	}
	var info struct {
		Type asn1.ObjectIdentifier
		Data struct {
			Version int
			Inner   struct {
				Type      asn1.ObjectIdentifier
				Algorithm struct {
					Algorithm asn1.ObjectIdentifier
					GCM       struct {
						Nonce []byte
						Tag   int
					}
				}
				Content asn1.RawValue `asn1:"tag:0"`
			}
		} `asn1:"explicit,tag:0"`
	}
	if rest, err := asn1.Unmarshal(blob[58:], &info); err != nil || len(rest) > 0 {
		t.Fatalf("%d bytes left, %v", len(rest), err)
	}
	types := fmt.Sprint(info.Type, info.Data.Version, info.Data.Inner.Type, info.Data.Inner.Algorithm.Algorithm, info.Data.Inner.Algorithm.GCM.Tag)
	if want := "1.2.840.113549.1.7.6 0 1.2.840.113549.1.7.1 2.16.840.1.101.3.4.1.46 16"; types != want {
		t.Errorf("EncryptedData is %s, want %s", types, want)
	}
	// HKDF-Expand (RFC 5869) of one block.
	mac := hmac.New(sha256.New, m.Bytes())
	mac.Write([]byte("bedlock ciphertext blob v1\x00"))
	mac.Write(blob[38:54])
	mac.Write([]byte{1})
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	content := info.Data.Inner.Content.Bytes
	if string(content[:11]) != "bedlock-v01" {
		t.Errorf("the version is %q", content[:11])
	}
	nonce := info.Data.Inner.Algorithm.GCM.Nonce
	aad := slices.Clone(blob[:len(blob)-len(content)+11])
	copy(aad[bytes.Index(aad, nonce):], make([]byte, 12))
	aad = append(aad, "\x00\x00\x00\x02\x00\x00\x00\x01a\x00\x00\x00\x011\x00\x00\x00\x01b\x00\x00\x00\x012"...)
	plaintext, err := aead.Open(nil, nonce, content[11:], aad)
	if err != nil || string(plaintext) != "plaintext" {
		t.Errorf("%q, %v", plaintext, err)
	}
}

// TestOldBlobsOpen: what version 1 once wrote must open forever.
func TestOldBlobsOpen(t *testing.T) {
	m := parse(t, Symmetric, []byte("0123456789abcdef0123456789abcdef"))
	context := map[string]string{"aws:s3:arn": "arn:aws:s3:::bucket", "ü": ""}
	for key, digits := range oldBlobs {
		blob := unhex(t, digits)
		k, id, err := Header(blob)
		want, _ := MaterialID(key, m)
		if err != nil || k != key || id != want {
			t.Errorf("header is %s %s, %v, want %s %s", k, id, err, key, want)
		}
		if plaintext, err := Open(m, context, blob); err != nil || string(plaintext) != "written by version 1" {
			t.Errorf("%q, %v", plaintext, err)
		}
	}
	for key, want := range map[string]string{keyID: oldID, mrkID: oldMultiRegionID} {
		if got, _ := MaterialID(key, m); got != want {
			t.Errorf("key material id of %s is %s, want %s", key, got, want)
		}
	}
}

func TestHeader(t *testing.T) {
	m := keyOf(t, Symmetric)
	for _, key := range []string{keyID, mrkID, "ffffffff-ffff-ffff-ffff-ffffffffffff", "mrk-00000000000000000000000000000000"} {
		id, err := MaterialID(key, m)
		if err != nil || len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" {
			t.Errorf("key material id %q, %v", id, err)
		}
		gotKey, gotID, err := Header(sealed(t, key, m, nil, []byte("x")))
		if err != nil || gotKey != key || gotID != id {
			t.Errorf("header is %s %s, %v, want %s %s", gotKey, gotID, err, key, id)
		}
	}
	single, _ := MaterialID(keyID, m)
	multi, _ := MaterialID(mrkID, m)
	if single == multi || single[:32] == multi[:32] {
		t.Error("one material has the same id under two keys")
	}
}

func TestBadIDs(t *testing.T) {
	m := keyOf(t, Symmetric)
	good, _ := MaterialID(keyID, m)
	other, _ := MaterialID(mrkID, m)
	for _, bad := range []string{"", "1234abcd", "1234ABCD-12ab-34cd-56ef-1234567890ab", "1234abcd-12ab-34cd-56ef-1234567890a", "1234abcd12ab-34cd-56ef-1234567890abc",
		"mrk-1234abcd12ab34cd56ef1234567890a", "mrk-1234abcd12ab34cd56ef1234567890abc", "mrk-" + keyID, "1234abcd12ab34cd56ef1234567890abcdef", "xxxxabcd-12ab-34cd-56ef-1234567890ab"} {
		want := fmt.Sprintf("key id %q: neither a UUID nor mrk- and 32 hexadecimal digits", bad)
		if _, err := MaterialID(bad, m); err == nil || err.Error() != want {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := Seal(bad, good, m, nil, []byte("x")); err == nil || err.Error() != want {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for id, want := range map[string]string{
		"":                       "seal: not a key material id",
		good[:63]:                "seal: not a key material id",
		strings.ToUpper(good):    "seal: the key material id is not one of this key",
		other:                    "seal: the key material id is not one of this key",
		strings.Repeat("0", 64):  "seal: the key material id is not one of this key",
		strings.Repeat("xy", 32): "seal: the key material id is not one of this key",
	} {
		if _, err := Seal(keyID, id, m, nil, []byte("x")); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", id, err, want)
		}
	}
	if _, err := MaterialID(keyID, keyOf(t, HMAC256)); err == nil || err.Error() != "key material id: keys of spec HMAC_256 have none" {
		t.Error(err)
	}
	wantError(t, not(Seal(keyID, good, keyOf(t, HMAC256), nil, []byte("x"))), InvalidKeyUsage, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec HMAC_256.")
	wantError(t, not(Open(keyOf(t, P256), nil, nil)), InvalidKeyUsage, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec ECC_NIST_P256.")
}

// TestEveryByteCounts flips every bit, and cuts everywhere.
func TestEveryByteCounts(t *testing.T) {
	m := keyOf(t, Symmetric)
	context := map[string]string{"a": "b"}
	blob := sealed(t, keyID, m, context, []byte("plaintext"))
	for i := range blob {
		for bit := range 8 {
			bad := bytes.Clone(blob)
			bad[i] ^= 1 << bit
			if _, err := Open(m, context, bad); err == nil {
				t.Errorf("byte %d, bit %d: opens", i, bit)
			} else {
				wantError(t, err, InvalidCiphertext, "")
			}
		}
	}
	// What needs no key to be seen as wrong, the header says already.
	nonce := len(blob) - len("plaintext") - 16 - 11 - 2 - 3 - 12
	for i := range blob[:nonce] {
		if i >= 5 && i < 37 || i >= 38 && i < 54 {
			continue // ids and salt may be any bytes
		}
		bad := bytes.Clone(blob)
		bad[i] ^= 0x40
		_, _, err := Header(bad)
		wantError(t, err, InvalidCiphertext, "")
	}
	for _, i := range []int{nonce + 12, nonce + 15, nonce + 17, nonce + 27} {
		bad := bytes.Clone(blob)
		bad[i] ^= 0x40
		_, _, err := Header(bad)
		wantError(t, err, InvalidCiphertext, "")
	}
	for n := range blob {
		wantError(t, not(Open(m, context, blob[:n])), InvalidCiphertext, "")
	}
	wantError(t, not(Open(m, context, append(bytes.Clone(blob), 0))), InvalidCiphertext, "")
	wantError(t, not(Open(m, context, make([]byte, 7000))), InvalidCiphertext, "")
	for _, garbage := range [][]byte{nil, []byte("not-a-valid-message"), bytes.Repeat([]byte{0}, 184), bytes.Repeat([]byte{0xff}, 184)} {
		_, _, err := Header(garbage)
		wantError(t, err, InvalidCiphertext, "")
	}
	other, err := Generate(Symmetric)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, not(Open(other, context, blob)), InvalidCiphertext, "")
	// The same material under another key id: its header put on this blob.
	foreign := sealed(t, mrkID, m, context, []byte("plaintext"))
	wantError(t, not(Open(m, context, append(bytes.Clone(foreign[:38]), blob[38:]...))), InvalidCiphertext, "")
}

// TestContextsAreTold: no two encryption contexts are taken for each other.
func TestContextsAreTold(t *testing.T) {
	contexts := []map[string]string{
		nil, {"": ""}, {"a": "bc"}, {"ab": "c"}, {"abc": ""}, {"": "abc"}, {"A": "bc"}, {"a": "BC"},
		{"a": "b", "c": "d"}, {"a": "b"}, {"a": "d", "c": "b"}, {"a": "b\x00c", "d": ""}, {"a": "b,c:d"}, {"a": "b", "c": ""},
		{"a\x00\x00\x00\x01": "b"}, {"a": "\x00\x00\x00\x01b"}, {"ü": "x"}, {"u\u0308": "x"},
	}
	m := keyOf(t, Symmetric)
	for i, made := range contexts {
		blob := sealed(t, keyID, m, made, []byte("x"))
		for j, asked := range contexts {
			p, err := Open(m, asked, blob)
			if i == j && (err != nil || string(p) != "x") {
				t.Errorf("%q does not open: %v", made, err)
			}
			if i != j {
				if err == nil {
					t.Errorf("made with %q, opened with %q", made, asked)
					continue
				}
				wantError(t, err, InvalidCiphertext, "")
			}
		}
	}
	if p, err := Open(m, map[string]string{}, sealed(t, keyID, m, nil, []byte("x"))); err != nil || string(p) != "x" {
		t.Errorf("an empty context is not no context: %v", err)
	}
}

func TestContextEncodingIsInjective(t *testing.T) {
	gen := rapid.MapOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00\x01")), 0, 5, -1), rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00\x01")), 0, 5, -1), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		same := bytes.Equal(appendContext(nil, a), appendContext(nil, b))
		equal := len(a) == len(b)
		for k, v := range a {
			if w, ok := b[k]; !ok || v != w {
				equal = false
			}
		}
		if same != equal {
			t.Fatalf("%q and %q: equal %t, encoded alike %t", a, b, equal, same)
		}
	})
}

// TestNoTwoBlobsAreAlike: salts and nonces are fresh.
func TestNoTwoBlobsAreAlike(t *testing.T) {
	m := keyOf(t, Symmetric)
	seen := map[string]bool{}
	for range 500 {
		blob := sealed(t, keyID, m, nil, []byte("x"))
		salt, nonce := hex.EncodeToString(blob[38:54]), hex.EncodeToString(blob[len(blob)-17-11-2-3-12:][:12])
		if seen[salt] || seen[nonce] || nonce == strings.Repeat("0", 24) {
			t.Fatalf("salt %s or nonce %s came twice", salt, nonce)
		}
		seen[salt], seen[nonce] = true, true
	}
}
