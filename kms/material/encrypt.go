package material

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
)

// errUseSeal is a mistake of the caller, not of a request.
var errUseSeal = errors.New("symmetric keys encrypt with Seal and decrypt with Open")

// Encrypt encrypts under an RSA key: OAEP with MGF1 of the same hash and an empty label.
func (m *Material) Encrypt(a Algorithm, plaintext []byte) ([]byte, error) {
	if err := m.check(a); err != nil {
		return nil, err
	}
	k, ok := m.hidden().key.(*rsa.PrivateKey)
	switch {
	case a == SymmetricDefault:
		return nil, errUseSeal
	case !ok || !oaep(a):
		return nil, incompatible(a, m.spec)
	}
	if n := MaxPlaintext(m.spec, a); len(plaintext) > n {
		return nil, fail(Validation, "Algorithm %s and key spec %s cannot encrypt data larger than %d bytes.", a, m.spec, n)
	}
	return rsa.EncryptOAEPWithOptions(rand.Reader, &k.PublicKey, plaintext, &rsa.OAEPOptions{Hash: oaepHash(a)})
}

// Decrypt is the inverse of [Material.Encrypt], wherever the ciphertext was made. Whatever
// is wrong with it is InvalidCiphertext.
func (m *Material) Decrypt(a Algorithm, ciphertext []byte) ([]byte, error) {
	if err := m.check(a); err != nil {
		return nil, err
	}
	k, ok := m.hidden().key.(*rsa.PrivateKey)
	switch {
	case a == SymmetricDefault:
		return nil, errUseSeal
	case !ok || !oaep(a):
		return nil, incompatible(a, m.spec)
	}
	plaintext, err := k.Decrypt(nil, ciphertext, &rsa.OAEPOptions{Hash: oaepHash(a)})
	if err != nil {
		return nil, bare(InvalidCiphertext)
	}
	return plaintext, nil
}

func oaep(a Algorithm) bool { return a == OAEPSHA1 || a == OAEPSHA256 }

func oaepHash(a Algorithm) crypto.Hash {
	if a == OAEPSHA1 || a == AESKeyWrapSHA1 {
		return crypto.SHA1
	}
	return crypto.SHA256
}
