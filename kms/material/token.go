package material

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ImportToken is what an import token says. It carries the wrapping key, sealed, so that
// nothing must be kept between GetParametersForImport and ImportKeyMaterial.
type ImportToken struct {
	// KeyID names the KMS key for which it was issued, in whatever form the caller chose.
	KeyID string
	// Algorithm is the wrapping algorithm.
	Algorithm Algorithm
	// Wrapping is the RSA key whose public half was given out.
	Wrapping *Material
	// Expires is when it stops to count, in whole seconds.
	Expires time.Time
}

const (
	tokenPrefix = "bedlock import token v1\x00"
	minSecret   = 32
	maxKeyID    = 2048
)

// SealToken makes an import token of at most 6144 bytes that only the holder of the
// secret, at least 32 bytes, can read and make.
func SealToken(secret []byte, t ImportToken) ([]byte, error) {
	switch {
	case len(secret) < minSecret:
		return nil, fmt.Errorf("import token: a secret of %d bytes, fewer than %d", len(secret), minSecret)
	case len(t.KeyID) > maxKeyID:
		return nil, fmt.Errorf("import token: a key id of %d bytes, more than %d", len(t.KeyID), maxKeyID)
	case t.Wrapping == nil || !slices.Contains(WrappingAlgorithms(), t.Algorithm):
		return nil, errors.New("import token: no wrapping key, or no wrapping algorithm")
	}
	var b []byte
	for _, s := range []string{t.KeyID, string(t.Algorithm), string(t.Wrapping.spec), string(t.Wrapping.hidden().bytes)} {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(t.Expires.Unix()))
	salt, err := random(saltSize)
	if err != nil {
		return nil, err
	}
	head := append([]byte(tokenPrefix), salt...)
	aead, err := derivedCipher(secret, string(head))
	if err != nil {
		return nil, err
	}
	return append(head, aead.Seal(nil, nil, b, head)...), nil
}

// OpenToken reads an import token. One that was not made with the secret, or not for the
// key, is InvalidToken; one whose time is over is ExpiredToken.
func OpenToken(secret []byte, keyID string, now time.Time, token []byte) (*ImportToken, error) {
	const size = len(tokenPrefix) + saltSize
	invalid := bare(InvalidToken)
	if len(token) < size || len(token) > maxBlob || len(secret) < minSecret || string(token[:len(tokenPrefix)]) != tokenPrefix {
		return nil, invalid
	}
	head := token[:size]
	aead, err := derivedCipher(secret, string(head))
	if err != nil {
		return nil, err
	}
	b, err := aead.Open(nil, nil, token[size:], head)
	if err != nil {
		return nil, invalid
	}
	var parts [4][]byte
	for i := range parts {
		if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) {
			return nil, invalid
		}
		n := 2 + int(binary.BigEndian.Uint16(b))
		parts[i], b = b[2:n], b[n:]
	}
	if len(b) != 8 || string(parts[0]) != keyID {
		return nil, invalid
	}
	expires := time.Unix(int64(binary.BigEndian.Uint64(b)), 0)
	if !now.Before(expires) {
		return nil, bare(ExpiredToken)
	}
	wrapping, err := Parse(Spec(parts[2]), parts[3])
	if err != nil {
		return nil, invalid
	}
	return &ImportToken{keyID, Algorithm(parts[1]), wrapping, expires}, nil
}
