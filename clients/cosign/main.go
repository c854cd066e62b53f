// Command cosign drives the command cosign, which signs software, with a key in KMS and
// without a transparency log.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/bedlock/bedlock/clients/drive"
)

const (
	file    = "release.tar"
	changed = "changed.tar"
	public  = "public.pem"
	bundle  = "bundle.json"
)

var content = []byte("the quick brown fox")

func main() {
	d := drive.Version(version())
	key := "awskms:///" + drive.Key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify)
	if err := errors.Join(os.WriteFile(file, content, 0o600), os.WriteFile(changed, content[1:], 0o600)); err != nil {
		panic(err)
	}
	d.Step("public-key, sign-blob, crypto/ecdsa verifies", func(ctx context.Context) error {
		pemmed, err := cosign(ctx, "public-key", "--key", key)
		if err != nil {
			return err
		}
		if err := os.WriteFile(public, []byte(pemmed), 0o600); err != nil {
			return err
		}
		if err := sign(ctx, key); err != nil {
			return err
		}
		return verifies(pemmed)
	})
	d.Step("verify-blob with the public key, and not another file", func(ctx context.Context) error { return verify(ctx, public) })
	d.Step("verify-blob with the key in KMS, and not another file", func(ctx context.Context) error { return verify(ctx, key) })
	for _, who := range []string{"nobody", "stranger", "reader"} {
		d.Step("sign-blob by "+who+" is denied", func(ctx context.Context) error {
			return drive.As(who, func() error { return drive.Refused(sign(ctx, key), "AccessDeniedException") })
		})
	}
	d.Done()
}

func cosign(ctx context.Context, args ...string) (string, error) {
	return drive.Run(ctx, "cosign", args...)
}

func version() string {
	out, err := cosign(context.Background(), "version", "--json")
	var v struct{ GitVersion string }
	if err != nil || json.Unmarshal([]byte(out), &v) != nil {
		return "of unknown version"
	}
	return strings.TrimPrefix(v.GitVersion, "v")
}

func sign(ctx context.Context, key string) error {
	_, err := cosign(ctx, "sign-blob", "--key", key, "--bundle", bundle, "--use-signing-config=false", "--tlog-upload=false", "--yes", file)
	return err
}

func verify(ctx context.Context, key string) error {
	args := []string{"verify-blob", "--key", key, "--bundle", bundle, "--insecure-ignore-tlog=true"}
	if _, err := cosign(ctx, append(args, file)...); err != nil {
		return err
	}
	_, err := cosign(ctx, append(args, changed)...)
	return drive.Refused(err, "invalid signature")
}

// verifies is an error unless the signature of the bundle is one of content by the key.
func verifies(pemmed string) error {
	b, err := os.ReadFile(bundle)
	if err != nil {
		return err
	}
	var signed struct {
		MessageSignature struct{ Signature []byte }
	}
	if err := json.Unmarshal(b, &signed); err != nil {
		return err
	}
	block, _ := pem.Decode([]byte(pemmed))
	if block == nil {
		return fmt.Errorf("no PEM: %s", pemmed)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(content)
	if p, ok := key.(*ecdsa.PublicKey); !ok || !ecdsa.VerifyASN1(p, digest[:], signed.MessageSignature.Signature) {
		return fmt.Errorf("the signature is not of the %T", key)
	}
	return nil
}
