// Command encryption-sdk drives the AWS Encryption SDK for Go with an AWS KMS keyring.
package main

import (
	"context"
	"os"

	mpl "github.com/aws/aws-cryptographic-material-providers-library/releases/go/mpl/awscryptographymaterialproviderssmithygenerated"
	providers "github.com/aws/aws-cryptographic-material-providers-library/releases/go/mpl/awscryptographymaterialproviderssmithygeneratedtypes"
	esdk "github.com/aws/aws-encryption-sdk/releases/go/encryption-sdk/awscryptographyencryptionsdksmithygenerated"
	"github.com/aws/aws-encryption-sdk/releases/go/encryption-sdk/awscryptographyencryptionsdksmithygeneratedtypes"

	"github.com/bedlock/bedlock/clients/drive"
)

func main() {
	d := drive.Library("github.com/aws/aws-encryption-sdk/releases/go/encryption-sdk")
	d.Sealing(drive.Sealing{
		Seal: func(ctx context.Context, key string, data []byte, tenant string) ([]byte, error) {
			c, ring, err := client(ctx, key)
			if err != nil {
				return nil, err
			}
			out, err := c.Encrypt(ctx, awscryptographyencryptionsdksmithygeneratedtypes.EncryptInput{
				Plaintext: data, EncryptionContext: map[string]string{"tenant": tenant}, Keyring: ring,
			})
			if err != nil {
				return nil, err
			}
			return out.Ciphertext, nil
		},
		Open: func(ctx context.Context, key string, data []byte, tenant string) ([]byte, error) {
			c, ring, err := client(ctx, key)
			if err != nil {
				return nil, err
			}
			out, err := c.Decrypt(ctx, awscryptographyencryptionsdksmithygeneratedtypes.DecryptInput{
				Ciphertext: data, EncryptionContext: map[string]string{"tenant": tenant}, Keyring: ring,
			})
			if err != nil {
				return nil, err
			}
			return out.Plaintext, nil
		},
		WrongTenant: "Encryption context does not match reproduced encryption context",
		Denied:      "AccessDeniedException",
	})
	d.Done()
}

func client(ctx context.Context, key string) (*esdk.Client, providers.IKeyring, error) {
	m, err := mpl.NewClient(providers.MaterialProvidersConfig{})
	if err != nil {
		return nil, nil, err
	}
	ring, err := m.CreateAwsKmsKeyring(ctx, providers.CreateAwsKmsKeyringInput{KmsClient: drive.KMS(os.Getenv("AWS_PROFILE")), KmsKeyId: key})
	if err != nil {
		return nil, nil, err
	}
	c, err := esdk.NewClient(awscryptographyencryptionsdksmithygeneratedtypes.AwsEncryptionSdkConfig{})
	return c, ring, err
}
