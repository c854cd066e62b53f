package behalf

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/records"
)

// errDamaged: the ciphertext is not what was sealed.
var errDamaged = errors.New("behalf: the content is damaged")

// Unlocked is a data key that KMS decrypted: it reads what is sealed under it, and seals more,
// such as the items of a table. It is for one call and must not be kept.
type Unlocked struct {
	arn    string
	sealed records.Sealed // without ciphertext
	aead   cipher.AEAD
}

// Unlock decrypts the data key of sealed content for a purpose, as [Keys.Open] does.
func (k *Keys) Unlock(ctx context.Context, c *plane.Call, s *Subject, sealed *records.Sealed, purpose string) (*Unlocked, error) {
	if sealed.Key == "" {
		return k.owned(s), nil
	}
	slot, err := k.slot(s)
	if err != nil {
		return nil, err
	}
	u := &use{keys: k, subject: s, call: c, key: sealed.Key, sealed: *sealed}
	if err := u.meet(ctx, opener(slot, purpose), []string{"Decrypt"}); err != nil {
		return nil, err
	}
	return unlock(s, sealed, u.plain)
}

// owned is the key that AWS owns.
func (k *Keys) owned(s *Subject) *Unlocked { return &Unlocked{arn: s.ARN, aead: k.opts.Seal} }

// unlock takes the data key in plain, and clears it.
func unlock(s *Subject, sealed *records.Sealed, plain []byte) (*Unlocked, error) {
	block, err := aes.NewCipher(plain)
	clear(plain)
	if err != nil {
		return nil, fmt.Errorf("behalf: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("behalf: %w", err)
	}
	u := &Unlocked{arn: s.ARN, sealed: *sealed, aead: aead}
	u.sealed.Ciphertext = nil
	return u, nil
}

// Seal encrypts content under the data key.
func (u *Unlocked) Seal(content []byte) *records.Sealed {
	out := u.sealed
	if out.Key == "" { // its sealer has nonces of its own
		out.Ciphertext = u.aead.Seal(nil, nil, content, []byte(u.arn))
		return &out
	}
	nonce := make([]byte, u.aead.NonceSize())
	_, _ = rand.Read(nonce) // it never fails
	out.Ciphertext = u.aead.Seal(nonce, nonce, content, []byte(u.arn))
	return &out
}

// Fits says whether content was sealed under the data key.
func (u *Unlocked) Fits(sealed *records.Sealed) bool {
	return sealed.Key == u.sealed.Key && string(sealed.DataKey) == string(u.sealed.DataKey)
}

// Open decrypts what was sealed under the data key.
func (u *Unlocked) Open(sealed *records.Sealed) ([]byte, error) {
	if !u.Fits(sealed) {
		return nil, errDamaged
	}
	var nonce []byte
	text := sealed.Ciphertext
	if sealed.Key != "" {
		size := u.aead.NonceSize()
		if len(text) < size {
			return nil, errDamaged
		}
		nonce, text = text[:size], text[size:]
	}
	plain, err := u.aead.Open(nil, nonce, text, []byte(u.arn))
	if err != nil {
		return nil, errDamaged
	}
	return plain, nil
}
