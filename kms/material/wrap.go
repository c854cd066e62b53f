package material

import (
	"crypto/aes"
	"crypto/fips140"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/binary"
	"slices"
)

// WrappingAlgorithms returns the algorithms with which key material may be wrapped for
// import. Wrapping keys are of RSA specs.
func WrappingAlgorithms() []Algorithm {
	return []Algorithm{OAEPSHA1, OAEPSHA256, AESKeyWrapSHA1, AESKeyWrapSHA256}
}

// CanWrap reports whether key material of the target spec can be wrapped under a wrapping
// key with the algorithm: RSA private keys need AES key wrap, RSA_2048 with OAEP is too
// short for ECC_NIST_P521. Source:
// https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html#KMS-GetParametersForImport-request-WrappingAlgorithm
func CanWrap(target, wrapping Spec, a Algorithm) bool {
	t, known := Lookup(target)
	w, ok := Lookup(wrapping)
	if !known || !ok || !w.Has(OAEPSHA256) || !slices.Contains(WrappingAlgorithms(), a) {
		return false
	}
	return !oaep(a) || !t.Has(OAEPSHA256) && (target != P521 || wrapping != RSA2048)
}

// Unwrap decrypts key material that was wrapped for import under this RSA key. With AES
// key wrap that is an AES key under OAEP, then the material under AES-KWP. Whatever is
// wrong with it is InvalidCiphertext.
func (m *Material) Unwrap(a Algorithm, wrapped []byte) ([]byte, error) {
	k, ok := m.hidden().key.(*rsa.PrivateKey)
	if !ok || !slices.Contains(WrappingAlgorithms(), a) {
		return nil, incompatible(a, m.spec)
	}
	switch {
	case oaep(a):
		return m.Decrypt(a, wrapped)
	case len(wrapped) > maxBlob || len(wrapped) <= k.Size():
		return nil, bare(InvalidCiphertext)
	case oaepHash(a) != oaepHash(OAEPSHA256) && fips140.Enforced():
		return nil, m.check(OAEPSHA1)
	}
	key, err := k.Decrypt(nil, wrapped[:k.Size()], &rsa.OAEPOptions{Hash: oaepHash(a)})
	if err != nil {
		return nil, bare(InvalidCiphertext)
	}
	plaintext, ok := unwrapKWP(key, wrapped[k.Size():])
	if !ok {
		return nil, bare(InvalidCiphertext)
	}
	return plaintext, nil
}

// kwpVector is the constant part of the alternative initial value of RFC 5649.
const kwpVector = "\xa6\x59\x59\xa6"

// unwrapKWP is AES key unwrap with padding, RFC 5649 section 4.2. It is written here
// because the one maintained module that has it, Tink, refuses AES-192 and short keys and
// is large.
func unwrapKWP(key, wrapped []byte) ([]byte, bool) {
	block, err := aes.NewCipher(key)
	if err != nil || len(wrapped) < 16 || len(wrapped)%8 != 0 {
		return nil, false
	}
	b := slices.Clone(wrapped)
	n := len(b)/8 - 1
	if n == 1 {
		block.Decrypt(b, b)
	} else {
		var x [16]byte
		copy(x[:8], b)
		for t := 6 * n; t >= 1; t-- {
			part := b[8*((t-1)%n+1):][:8]
			binary.BigEndian.PutUint64(x[:], binary.BigEndian.Uint64(x[:])^uint64(t))
			copy(x[8:], part)
			block.Decrypt(x[:], x[:])
			copy(part, x[8:])
		}
		copy(b, x[:8])
	}
	good := subtle.ConstantTimeCompare(b[:4], []byte(kwpVector))
	size := int(binary.BigEndian.Uint32(b[4:]))
	if size <= 8*(n-1) || size > 8*n {
		return nil, false
	}
	var padding byte
	for _, p := range b[8+size:] {
		padding |= p
	}
	if good&subtle.ConstantTimeByteEq(padding, 0) == 0 {
		return nil, false
	}
	return b[8:][:size], true
}
