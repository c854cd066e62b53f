// Command sops drives the command sops.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/bedlock/bedlock/clients/drive"
)

const (
	file     = "secrets.yaml"
	secrets  = "password: the quick brown fox\n"
	operator = "arn:aws:iam::111122223333:role/operator"
)

func main() {
	d := drive.Version(version())
	first, second := drive.EncryptionKey(), drive.EncryptionKey()
	d.Step("encrypt with an encryption context, decrypt", func(ctx context.Context) error {
		if err := os.WriteFile(file, []byte(secrets), 0o600); err != nil {
			return err
		}
		if _, err := sops(ctx, "encrypt", "--kms", first, "--encryption-context", "tenant:a", "--in-place", file); err != nil {
			return err
		}
		return errors.Join(encryptedWith(first, second), opens(ctx))
	})
	d.Step("decrypt with a changed encryption context is refused", func(ctx context.Context) error {
		changed := strings.Replace(content(), "tenant: a", "tenant: b", 1)
		if changed == content() {
			return errors.New("the file has no encryption context")
		}
		if err := os.WriteFile("changed.yaml", []byte(changed), 0o600); err != nil {
			return err
		}
		_, err := sops(ctx, "decrypt", "changed.yaml")
		return drive.Refused(err, "InvalidCiphertextException")
	})
	for _, who := range []string{"nobody", "stranger", "visitor"} {
		d.Step("decrypt by "+who+" is denied", func(ctx context.Context) error {
			return drive.As(who, func() error {
				_, err := sops(ctx, "decrypt", file)
				return drive.Refused(err, "AccessDeniedException")
			})
		})
	}
	d.Step("a file names the role that its key is used by", func(ctx context.Context) error {
		return drive.As("nobody", func() error {
			if err := os.WriteFile("role.yaml", []byte(secrets), 0o600); err != nil {
				return err
			}
			if _, err := sops(ctx, "encrypt", "--kms", first+"+"+operator, "--in-place", "role.yaml"); err != nil {
				return err
			}
			got, err := sops(ctx, "decrypt", "role.yaml")
			if err != nil {
				return err
			}
			return drive.Same(got, secrets)
		})
	})
	d.Step("who may not take the role of a file is denied", func(ctx context.Context) error {
		return drive.As("reader", func() error {
			_, err := sops(ctx, "decrypt", "role.yaml")
			return errors.Join(drive.Refused(err, "STS: AssumeRole"), drive.Refused(err, "AccessDenied: User:"))
		})
	})
	d.Step("who only decrypts reads, and is denied rotate", func(ctx context.Context) error {
		return drive.As("reader", func() error {
			if err := opens(ctx); err != nil {
				return err
			}
			_, err := sops(ctx, "rotate", "--in-place", file)
			return drive.Refused(err, "AccessDeniedException")
		})
	})
	d.Step("RotateKeyOnDemand, the old file opens", func(ctx context.Context) error {
		if err := drive.Rotate(ctx, first); err != nil {
			return err
		}
		return opens(ctx)
	})
	d.Step("rotate: a new data key", func(ctx context.Context) error {
		before := content()
		if _, err := sops(ctx, "rotate", "--in-place", file); err != nil {
			return err
		}
		if content() == before {
			return errors.New("the file is as it was")
		}
		return opens(ctx)
	})
	d.Step("set a value, decrypt it alone, unset it", func(ctx context.Context) error {
		if _, err := sops(ctx, "set", file, `["token"]`, `"t-1"`); err != nil {
			return err
		}
		got, err := sops(ctx, "decrypt", "--extract", `["token"]`, file)
		if err != nil {
			return err
		}
		if _, err := sops(ctx, "unset", file, `["token"]`); err != nil {
			return err
		}
		return errors.Join(drive.Same(got, "t-1"), opens(ctx))
	})
	d.Step("rotate to another key, the first is disabled", func(ctx context.Context) error {
		if _, err := sops(ctx, "rotate", "--in-place", "--add-kms", second, "--rm-kms", first, "--encryption-context", "tenant:a", file); err != nil {
			return err
		}
		if _, err := drive.KMS("app").DisableKey(ctx, &kms.DisableKeyInput{KeyId: &first}); err != nil {
			return err
		}
		return errors.Join(encryptedWith(second, first), opens(ctx))
	})
	d.Done()
}

func sops(ctx context.Context, args ...string) (string, error) {
	return drive.Run(ctx, "sops", args...)
}

// version is the second word of "sops 3.13.3".
func version() string {
	out, err := sops(context.Background(), "--disable-version-check", "--version")
	if f := strings.Fields(out); err == nil && len(f) > 1 {
		return f[1]
	}
	return "of unknown version"
}

func content() string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// encryptedWith is an error unless the file is encrypted, with key and not with other.
func encryptedWith(key, other string) error {
	text := content()
	if strings.Contains(text, "quick brown") || !strings.Contains(text, key) || strings.Contains(text, other) {
		return fmt.Errorf("the file is not encrypted with %s alone", key)
	}
	return nil
}

func opens(ctx context.Context) error {
	got, err := sops(ctx, "decrypt", file)
	if err != nil {
		return err
	}
	return drive.Same(got, secrets)
}
