// Command go-kms-wrapping drives HashiCorp's wrapper of AWS KMS, which unseals Vault and
// others. It still uses the first AWS SDK for Go.
package main

import (
	"context"
	"os"

	wrapping "github.com/hashicorp/go-kms-wrapping/v2"
	"github.com/hashicorp/go-kms-wrapping/wrappers/awskms/v2"
	"google.golang.org/protobuf/proto"

	"github.com/bedlock/bedlock/clients/drive"
)

func main() {
	d := drive.Library("github.com/hashicorp/go-kms-wrapping/wrappers/awskms/v2")
	d.Sealing(drive.Sealing{
		Seal: func(ctx context.Context, key string, data []byte, tenant string) ([]byte, error) {
			w, err := wrapper(ctx, key)
			if err != nil {
				return nil, err
			}
			blob, err := w.Encrypt(ctx, data, wrapping.WithAad([]byte(tenant)))
			if err != nil {
				return nil, err
			}
			return proto.Marshal(blob)
		},
		Open: func(ctx context.Context, key string, data []byte, tenant string) ([]byte, error) {
			w, err := wrapper(ctx, key)
			if err != nil {
				return nil, err
			}
			blob := new(wrapping.BlobInfo)
			if err := proto.Unmarshal(data, blob); err != nil {
				return nil, err
			}
			return w.Decrypt(ctx, blob, wrapping.WithAad([]byte(tenant)))
		},
		WrongTenant: "message authentication failed", // the wrapper's own, around the data
		Denied:      "AccessDeniedException",
	})
	d.Done()
}

func wrapper(ctx context.Context, key string) (*awskms.Wrapper, error) {
	// The first SDK knows no endpoint for STS but AWS's, so sessions are made before.
	c, err := drive.KMS(os.Getenv("AWS_PROFILE")).Options().Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	w := awskms.NewWrapper()
	_, err = w.SetConfig(ctx, wrapping.WithConfigMap(map[string]string{
		"kms_key_id": key, "region": "eu-west-1", "endpoint": os.Getenv("AWS_ENDPOINT_URL"),
		"access_key": c.AccessKeyID, "secret_key": c.SecretAccessKey, "session_token": c.SessionToken,
	}))
	return w, err
}
