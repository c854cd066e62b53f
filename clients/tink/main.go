// Command tink drives Tink: its AEAD of AWS KMS, alone and around data keys.
package main

import (
	"context"

	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/bedlock/bedlock/clients/drive"
)

func main() {
	d := drive.Library("github.com/tink-crypto/tink-go-awskms/v3")
	d.Sealing(sealing("KMS", remote, "InvalidCiphertextException"))
	d.Sealing(sealing("envelope", envelope, "message authentication failed"))
	d.Done()
}

func sealing(name string, primitive func(context.Context, string) (tink.AEAD, error), wrongTenant string) drive.Sealing {
	return drive.Sealing{
		Name: name,
		Seal: func(ctx context.Context, key string, data []byte, tenant string) ([]byte, error) {
			a, err := primitive(ctx, key)
			if err != nil {
				return nil, err
			}
			return a.Encrypt(data, []byte(tenant))
		},
		Open: func(ctx context.Context, key string, data []byte, tenant string) ([]byte, error) {
			a, err := primitive(ctx, key)
			if err != nil {
				return nil, err
			}
			return a.Decrypt(data, []byte(tenant))
		},
		WrongTenant: wrongTenant,
		Denied:      "AccessDeniedException",
	}
}

// remote encrypts with KMS itself; the associated data is the encryption context.
func remote(ctx context.Context, key string) (tink.AEAD, error) {
	c, err := awskms.NewClientWithOptions(ctx, "aws-kms://"+key)
	if err != nil {
		return nil, err
	}
	return c.GetAEAD("aws-kms://" + key)
}

// envelope encrypts with a data key of its own, and that with KMS.
func envelope(ctx context.Context, key string) (tink.AEAD, error) {
	a, err := remote(ctx, key)
	if err != nil {
		return nil, err
	}
	return aead.NewKMSEnvelopeAEAD2(aead.AES256GCMKeyTemplate(), a), nil
}
