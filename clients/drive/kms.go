package drive

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Config is what AWS's SDK reads of a profile of clients/config and clients/credentials. It
// panics when the profile cannot be read.
func Config(profile string) aws.Config {
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithSharedConfigProfile(profile))
	if err != nil {
		panic(err)
	}
	return cfg
}

// KMS is AWS's client with the rights of a profile.
func KMS(profile string) *kms.Client { return kms.NewFromConfig(Config(profile)) }

// Key makes a key and returns its ARN. It panics when there is none: nothing can be driven
// without it.
func Key(spec types.KeySpec, usage types.KeyUsageType) string {
	out, err := KMS("app").CreateKey(context.Background(), &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
	if err != nil {
		panic(err)
	}
	return aws.ToString(out.KeyMetadata.Arn)
}

// EncryptionKey makes a symmetric key.
func EncryptionKey() string {
	return Key(types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt)
}

// Rotate gives a key new material.
func Rotate(ctx context.Context, key string) error {
	c := KMS("app")
	if _, err := c.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: &key}); err != nil {
		return err
	}
	out, err := c.ListKeyRotations(ctx, &kms.ListKeyRotationsInput{KeyId: &key})
	if err != nil {
		return err
	}
	if len(out.Rotations) == 0 {
		return fmt.Errorf("key %s: no rotation is listed after RotateKeyOnDemand", key)
	}
	return nil
}
