package material

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A ciphertext blob, whose sizes and beginning are those of AWS's (32 bytes of plaintext
// give 184, base64 begins AQICAH):
//
//	01 02 02 00 78        version
//	32 bytes              key id (16) and material id (first 16): the same for all blobs of a material
//	01 or 02              the key is a single-Region or a multi-Region one
//	16 bytes              salt, random
//	uint32                length of what follows
//	CMS EncryptedData     aes256-GCM, 12 byte nonce, 16 byte tag; its content is
//	    "bedlock-v01"     our version, where AWS has 11 bytes more than plaintext and tag
//	    ciphertext, tag
const (
	blobPrefix  = "\x01\x02\x02\x00\x78"
	blobVersion = "bedlock-v01"
	identAt     = len(blobPrefix)
	kindAt      = identAt + 32
	saltAt      = kindAt + 1
	lengthAt    = saltAt + saltSize
	derAt       = lengthAt + 4

	saltSize     = 16
	nonceSize    = 12
	tagSize      = 16
	maxPlaintext = 4096
	maxHead      = derAt + 128 // what stands before the ciphertext
	maxBlob      = 6144        // of the API

	singleRegion = 1
	multiRegion  = 2
)

// DER of the parts of EncryptedData (RFC 5652) that never change.
const (
	derEncryptedData = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"
	derVersion0      = "\x02\x01\x00"
	derData          = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
	derGCM           = "\x30\x1e\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e\x30\x11\x04\x0c"
	derTagSize       = "\x02\x01\x10"
)

// MaterialID returns the KeyMaterialId of a symmetric key's material: 64 hexadecimal
// digits that depend on key id and material and tell nothing of it. How AWS computes its
// own is not known. The first half is a MAC under the material; the second follows from it
// and the key id, as a blob has room for one half only.
func MaterialID(keyID string, m *Material) (string, error) {
	id, kind, err := parseKeyID(keyID)
	if err != nil {
		return "", err
	}
	if m.spec != Symmetric {
		return "", fmt.Errorf("key material id: keys of spec %s have none", m.spec)
	}
	mac := hmac.New(sha256.New, m.hidden().bytes)
	mac.Write([]byte("bedlock key material id\x00"))
	mac.Write([]byte(keyID))
	return expandMaterialID(id, kind, mac.Sum(nil)[:16]), nil
}

func expandMaterialID(key [16]byte, kind byte, first []byte) string {
	h := sha256.New()
	h.Write([]byte("bedlock key material id, second half\x00"))
	h.Write(key[:])
	h.Write([]byte{kind})
	h.Write(first)
	return hex.EncodeToString(first) + hex.EncodeToString(h.Sum(nil)[:16])
}

// parseKeyID takes a UUID in lower case, or mrk- and 32 hexadecimal digits.
func parseKeyID(s string) (id [16]byte, kind byte, err error) {
	digits, kind := s, byte(singleRegion)
	if rest, ok := strings.CutPrefix(s, "mrk-"); ok {
		digits, kind = rest, multiRegion
	} else if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		digits = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	}
	if n, err := hex.Decode(id[:], []byte(digits[:min(len(digits), 32)])); err != nil || n != 16 || len(digits) != 32 || digits != strings.ToLower(digits) {
		return id, 0, fmt.Errorf("key id %q: neither a UUID nor mrk- and 32 hexadecimal digits", s)
	}
	return id, kind, nil
}

func formatKeyID(id [16]byte, kind byte) string {
	s := hex.EncodeToString(id[:])
	if kind == multiRegion {
		return "mrk-" + s
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// Seal encrypts 1 to 4096 bytes under a symmetric key. The blob says which key and which
// of its materials it needs, see [Header]; all of it and the encryption context are
// authenticated.
//
// Every blob is encrypted under a key of its own, derived from the material and 16 random
// bytes by HKDF-Expand, with a random nonce of 12 bytes. For two blobs to share key and
// nonce, 224 random bits must agree: after 2^48 blobs the chance is 2^-129, and even that
// two share a key is 2^-33. Nonces alone would have to stop at 2^32 blobs (NIST SP
// 800-38D).
func Seal(keyID, materialID string, m *Material, context map[string]string, plaintext []byte) ([]byte, error) {
	if err := m.check(SymmetricDefault); err != nil {
		return nil, err
	}
	if n := len(plaintext); n < 1 || n > maxPlaintext {
		return nil, fail(Validation, "The plaintext has %d bytes; 1 to %d can be encrypted.", n, maxPlaintext)
	}
	id, kind, err := parseKeyID(keyID)
	if err != nil {
		return nil, err
	}
	var first [16]byte
	if len(materialID) != 64 {
		return nil, errors.New("seal: not a key material id")
	} else if _, err := hex.Decode(first[:], []byte(materialID[:32])); err != nil || expandMaterialID(id, kind, first[:]) != materialID {
		return nil, errors.New("seal: the key material id is not one of this key")
	}
	head := make([]byte, 0, blobSize(len(plaintext)))
	head = append(head, blobPrefix...)
	head = append(head, id[:]...)
	head = append(head, first[:]...)
	head = append(head, kind)
	salt, err := random(saltSize)
	if err != nil {
		return nil, err
	}
	head = append(head, salt...)
	blob, nonceAt := appendEnvelope(head, len(plaintext))
	aead, err := blobCipher(m, salt)
	if err != nil {
		return nil, err
	}
	sealed := aead.Seal(nil, nil, plaintext, authenticated(blob, context))
	copy(blob[nonceAt:], sealed[:nonceSize])
	return append(blob, sealed[nonceSize:]...), nil
}

// Header returns which key and material a blob was made with. Nothing of it is
// authenticated until [Open] succeeds. Anything but a blob of this package is
// InvalidCiphertext.
func Header(blob []byte) (keyID, materialID string, err error) {
	if _, _, ok := splitBlob(blob); !ok {
		return "", "", bare(InvalidCiphertext)
	}
	key, kind := [16]byte(blob[identAt:]), blob[kindAt]
	return formatKeyID(key, kind), expandMaterialID(key, kind, blob[identAt+16:kindAt]), nil
}

// Open is the inverse of [Seal]. A changed byte, another key or material, another
// encryption context, a truncated blob: all are the same InvalidCiphertext. That the key
// id of the blob is the caller's is for the caller to check.
func Open(m *Material, context map[string]string, blob []byte) ([]byte, error) {
	if err := m.check(SymmetricDefault); err != nil {
		return nil, err
	}
	head, nonce, ok := splitBlob(blob)
	if !ok {
		return nil, bare(InvalidCiphertext)
	}
	aead, err := blobCipher(m, head[saltAt:][:saltSize])
	if err != nil {
		return nil, err
	}
	sealed := slices.Concat(nonce, blob[len(head):])
	plaintext, err := aead.Open(nil, nil, sealed, authenticated(head, context))
	if err != nil {
		return nil, bare(InvalidCiphertext)
	}
	return plaintext, nil
}

// splitBlob returns a copy of all that stands before the ciphertext, with the nonce
// blanked as it is authenticated, and the nonce.
func splitBlob(blob []byte) (head, nonce []byte, ok bool) {
	if len(blob) <= derAt {
		return nil, nil, false
	}
	n, ok := plaintextSize(len(blob))
	if !ok || blob[kindAt] != singleRegion && blob[kindAt] != multiRegion {
		return nil, nil, false
	}
	head = append(make([]byte, 0, maxHead), blob[:lengthAt]...)
	head, nonceAt := appendEnvelope(head, n)
	nonce = blob[nonceAt:][:nonceSize]
	// All but the nonce follows from the length; the beginning was copied.
	if string(head[:identAt]) != blobPrefix || string(head[lengthAt:nonceAt]) != string(blob[lengthAt:nonceAt]) ||
		string(head[nonceAt+nonceSize:]) != string(blob[nonceAt+nonceSize:len(head)]) {
		return nil, nil, false
	}
	return head, nonce, true
}

// blobSize is the length of the blob of so many bytes.
func blobSize(plaintext int) int { return derAt + element(envelopeSizes(plaintext).info) }

// plaintextSize is the inverse of blobSize: lengths in DER take 1 to 3 bytes, so few
// sizes are possible.
func plaintextSize(blob int) (int, bool) {
	least := blobSize(1) - 1
	for n := min(blob-least, maxPlaintext); n >= 1 && n >= blob-least-10; n-- {
		if blobSize(n) == blob {
			return n, true
		}
	}
	return 0, false
}

// sizes are the lengths of the contents of nested DER elements, outermost last.
type sizes struct{ content, inner, data, explicit, info int }

func envelopeSizes(plaintext int) (s sizes) {
	s.content = len(blobVersion) + plaintext + tagSize
	s.inner = len(derData) + len(derGCM) + nonceSize + len(derTagSize) + element(s.content)
	s.data = len(derVersion0) + element(s.inner)
	s.explicit = element(s.data)
	s.info = len(derEncryptedData) + element(s.explicit)
	return s
}

// appendEnvelope appends the length and the CMS EncryptedData up to the ciphertext, with
// a blank nonce.
func appendEnvelope(b []byte, plaintext int) (out []byte, nonceAt int) {
	s := envelopeSizes(plaintext)
	b = binary.BigEndian.AppendUint32(b, uint32(element(s.info)))
	b = append(appendTag(b, 0x30, s.info), derEncryptedData...)
	b = appendTag(b, 0xa0, s.explicit)
	b = append(appendTag(b, 0x30, s.data), derVersion0...)
	b = append(appendTag(b, 0x30, s.inner), derData...)
	b = append(b, derGCM...)
	nonceAt = len(b)
	b = append(b, make([]byte, nonceSize)...)
	b = append(b, derTagSize...)
	b = append(appendTag(b, 0x80, s.content), blobVersion...)
	return b, nonceAt
}

// blobCipher is AES-256-GCM under the blob's own key.
func blobCipher(m *Material, salt []byte) (cipher.AEAD, error) {
	return derivedCipher(m.hidden().bytes, "bedlock ciphertext blob v1\x00"+string(salt))
}

func derivedCipher(secret []byte, info string) (cipher.AEAD, error) {
	key, err := hkdf.Expand(sha256.New, secret, info, 32)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// authenticated is what a blob's tag covers besides the plaintext: all before the
// ciphertext, and the encryption context.
func authenticated(head []byte, context map[string]string) []byte {
	size := len(head) + 4
	for name, value := range context {
		size += 8 + len(name) + len(value)
	}
	return appendContext(append(make([]byte, 0, size), head...), context)
}

// appendContext appends the encryption context: the number of pairs, then names and values
// in the order of the names, each after its length. No two contexts give the same bytes.
func appendContext(b []byte, context map[string]string) []byte {
	names := make([]string, 0, len(context))
	for name := range context {
		names = append(names, name)
	}
	slices.Sort(names)
	b = binary.BigEndian.AppendUint32(b, uint32(len(names)))
	for _, name := range names {
		for _, s := range [2]string{name, context[name]} {
			b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
			b = append(b, s...)
		}
	}
	return b
}
