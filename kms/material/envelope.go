package material

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
)

// BER of the parts of EnvelopedData (RFC 5652) that never change.
const (
	berEnvelopedData = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
	berVersion2      = "\x02\x01\x02"
	// RSAES-OAEP with SHA-256 and MGF1 with SHA-256, RFC 4055.
	berOAEP = "\x30\x3c\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07\x30\x2f" +
		"\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00" +
		"\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08" +
		"\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
	// aes256-CBC with an initial value of 16 bytes, which follow.
	berCBC = "\x30\x1d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x04\x10"
)

// Envelope encrypts for the recipient: CiphertextForRecipient, a CMS EnvelopedData with a
// fresh AES-256 key in CBC mode under RSAES_OAEP_SHA_256.
//
// It is BER with indefinite lengths where the SDK for Nitro enclaves demands them, in
// aws_cms_parse_enveloped_data of
// https://github.com/aws/aws-nitro-enclaves-sdk-c/blob/main/source/cms.c. How AWS names
// the recipient's key is unconfirmed; here it is the SHA-256 of its SubjectPublicKeyInfo.
func (a *Attestation) Envelope(plaintext []byte) ([]byte, error) {
	if len(plaintext) > maxPlaintext {
		return nil, fmt.Errorf("envelope for a recipient: %d bytes, more than %d", len(plaintext), maxPlaintext)
	}
	fresh, err := random(32 + aes.BlockSize)
	if err != nil {
		return nil, err
	}
	key, iv := fresh[:32], fresh[32:]
	encryptedKey, err := rsa.EncryptOAEPWithOptions(rand.Reader, a.PublicKey, key, &rsa.OAEPOptions{Hash: crypto.SHA256})
	if err != nil {
		return nil, fmt.Errorf("envelope for a recipient: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("envelope for a recipient: %w", err)
	}
	padding := aes.BlockSize - len(plaintext)%aes.BlockSize
	content := append(bytes.Clone(plaintext), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(content, content)

	name := sha256.Sum256(a.subjectPublicKey)
	recipient := appendElement([]byte(berVersion2), 0x80, name[:])
	recipient = append(recipient, berOAEP...)
	recipient = appendElement(recipient, 0x04, encryptedKey)

	b := append([]byte{0x30, 0x80}, berEnvelopedData...)
	b = append(b, 0xa0, 0x80, 0x30, 0x80)
	b = append(b, berVersion2...)
	b = appendElement(b, 0x31, appendElement(nil, 0x30, recipient))
	b = append(append(b, 0x30, 0x80), derData...)
	b = append(append(b, berCBC...), iv...)
	b = appendElement(append(b, 0xa0, 0x80), 0x04, content)
	return append(b, make([]byte, 2*5)...), nil // the ends of five indefinite lengths
}
