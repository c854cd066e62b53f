// Command opentofu drives OpenTofu's encryption of its state with a key of AWS KMS.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/bedlock/bedlock/clients/drive"
)

// configuration has no provider beside the one that is built in.
const configuration = `
terraform {
  encryption {
    key_provider "aws_kms" "key" {
      kms_key_id = %q
      region     = "eu-west-1"
      key_spec   = "AES_256"
    }
    method "aes_gcm" "sealed" { keys = key_provider.aws_kms.key }
    state { method = method.aes_gcm.sealed }
    plan { method = method.aes_gcm.sealed }
  }
}
resource "terraform_data" "fox" { input = "the quick brown fox" }
output "fox" { value = terraform_data.fox.output }
`

func main() {
	d := drive.Version(version())
	key := drive.EncryptionKey()
	if err := os.WriteFile("main.tf", fmt.Appendf(nil, configuration, key), 0o600); err != nil {
		panic(err)
	}
	d.Step("init, apply: the state is encrypted, output reads it", func(ctx context.Context) error {
		if _, err := tofu(ctx, "init", "-input=false"); err != nil {
			return err
		}
		if _, err := tofu(ctx, "apply", "-auto-approve", "-input=false"); err != nil {
			return err
		}
		state, err := os.ReadFile("terraform.tfstate")
		if err != nil {
			return err
		}
		if strings.Contains(string(state), "quick") || !strings.Contains(string(state), "encrypted_data") {
			return errors.New("the state is not encrypted")
		}
		return opens(ctx)
	})
	for _, who := range []string{"nobody", "stranger"} {
		d.Step("output by "+who+" is denied", func(ctx context.Context) error {
			return drive.As(who, func() error { return drive.Refused(opens(ctx), "AccessDeniedException") })
		})
	}
	d.Step("RotateKeyOnDemand, the old state opens", func(ctx context.Context) error {
		if err := drive.Rotate(ctx, key); err != nil {
			return err
		}
		return opens(ctx)
	})
	d.Step("destroy writes the state anew; without the key it does not open", func(ctx context.Context) error {
		if _, err := tofu(ctx, "destroy", "-auto-approve", "-input=false"); err != nil {
			return err
		}
		if _, err := drive.KMS("app").DisableKey(ctx, &kms.DisableKeyInput{KeyId: &key}); err != nil {
			return err
		}
		return drive.Refused(opens(ctx), "DisabledException")
	})
	d.Done()
}

func tofu(ctx context.Context, args ...string) (string, error) {
	return drive.Run(ctx, "tofu", args...)
}

func version() string {
	out, err := tofu(context.Background(), "version", "-json")
	var v struct {
		Version string `json:"terraform_version"`
	}
	if err != nil || json.Unmarshal([]byte(out), &v) != nil {
		return "of unknown version"
	}
	return v.Version
}

func opens(ctx context.Context) error {
	got, err := tofu(ctx, "output", "-raw", "fox")
	if err != nil {
		return err
	}
	return drive.Same(got, "the quick brown fox")
}
