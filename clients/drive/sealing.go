package drive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// Sealing is a library that encrypts under a key. Seal and Open begin anew at each call,
// with the rights of AWS_PROFILE; tenant goes where the library takes an encryption
// context or associated data.
type Sealing struct {
	// Name tells apart what one library has several of.
	Name       string
	Seal, Open func(ctx context.Context, key string, data []byte, tenant string) ([]byte, error)
	// WrongTenant is what the error tells when the tenant is another one, Denied when the
	// caller may not.
	WrongTenant, Denied string
}

// Sealing drives what all such libraries must do.
func (c *Client) Sealing(s Sealing) {
	key := EncryptionKey()
	data := bytes.Repeat([]byte("the quick brown fox "), 100)
	var sealed []byte
	step := func(name string, do func(context.Context) error) {
		if s.Name != "" {
			name = s.Name + ": " + name
		}
		c.Step(name, do)
	}
	opens := func(ctx context.Context) error {
		got, err := s.Open(ctx, key, sealed, "a")
		if err != nil {
			return err
		}
		return Same(string(got), string(data))
	}
	step("encrypt, decrypt", func(ctx context.Context) (err error) {
		if sealed, err = s.Seal(ctx, key, data, "a"); err != nil {
			return err
		}
		if bytes.Contains(sealed, data[:20]) {
			return fmt.Errorf("what is encrypted has the plaintext")
		}
		return opens(ctx)
	})
	step("decrypt with another context is refused", func(ctx context.Context) error {
		_, err := s.Open(ctx, key, sealed, "b")
		return Refused(err, s.WrongTenant)
	})
	step("encrypt, decrypt with the session of a role", func(ctx context.Context) error {
		return As("operator", func() error {
			own, err := s.Seal(ctx, key, data, "a")
			if err != nil {
				return err
			}
			got, err := s.Open(ctx, key, own, "a")
			if err != nil {
				return err
			}
			return errors.Join(Same(string(got), string(data)), opens(ctx))
		})
	})
	for _, who := range []string{"nobody", "stranger", "visitor"} {
		step("decrypt by "+who+" is denied", func(ctx context.Context) error {
			return As(who, func() error {
				_, err := s.Open(ctx, key, sealed, "a")
				return Refused(err, s.Denied)
			})
		})
	}
	step("who only decrypts opens, and is denied encrypt", func(ctx context.Context) error {
		return As("reader", func() error {
			if err := opens(ctx); err != nil {
				return err
			}
			_, err := s.Seal(ctx, key, data, "a")
			return Refused(err, s.Denied)
		})
	})
	step("RotateKeyOnDemand, the old ciphertext opens", func(ctx context.Context) error {
		if err := Rotate(ctx, key); err != nil {
			return err
		}
		return opens(ctx)
	})
}
