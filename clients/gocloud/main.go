// Command gocloud drives the portable secrets of the Go Cloud Development Kit.
package main

import (
	"context"

	"gocloud.dev/secrets"
	_ "gocloud.dev/secrets/awskms"

	"github.com/bedlock/bedlock/clients/drive"
)

func main() {
	d := drive.Library("gocloud.dev")
	d.Sealing(drive.Sealing{
		Seal: func(ctx context.Context, key string, data []byte, tenant string) ([]byte, error) {
			k, err := keeper(ctx, key, tenant)
			if err != nil {
				return nil, err
			}
			defer k.Close()
			return k.Encrypt(ctx, data)
		},
		Open: func(ctx context.Context, key string, data []byte, tenant string) ([]byte, error) {
			k, err := keeper(ctx, key, tenant)
			if err != nil {
				return nil, err
			}
			defer k.Close()
			return k.Decrypt(ctx, data)
		},
		WrongTenant: "InvalidCiphertextException",
		Denied:      "AccessDeniedException",
	})
	d.Done()
}

func keeper(ctx context.Context, key, tenant string) (*secrets.Keeper, error) {
	return secrets.OpenKeeper(ctx, "awskms:///"+key+"?region=eu-west-1&context_tenant="+tenant)
}
