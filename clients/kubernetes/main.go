// Command kubernetes drives the KMS v2 interface by which Kubernetes encrypts its secrets:
// a provider made with the library of Kubernetes and AWS's SDK, asked over its socket as an
// API server does.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	api "k8s.io/kms/apis/v2"
	"k8s.io/kms/pkg/service"

	"github.com/bedlock/bedlock/clients/drive"
)

func main() {
	d := drive.Library("k8s.io/kms")
	d.Sealing(drive.Sealing{
		Seal: func(ctx context.Context, key string, data []byte, tenant string) (sealed []byte, err error) {
			err = asked(key, tenant, func(s api.KeyManagementServiceClient) error {
				out, err := s.Encrypt(ctx, &api.EncryptRequest{Plaintext: data, Uid: "1"})
				if err != nil {
					return err
				}
				sealed = out.Ciphertext
				return drive.Same(out.KeyId, key)
			})
			return sealed, err
		},
		Open: func(ctx context.Context, key string, data []byte, tenant string) (opened []byte, err error) {
			err = asked(key, tenant, func(s api.KeyManagementServiceClient) error {
				out, err := s.Decrypt(ctx, &api.DecryptRequest{Ciphertext: data, KeyId: key, Uid: "2"})
				opened = out.GetPlaintext()
				return err
			})
			return opened, err
		},
		WrongTenant: "InvalidCiphertextException",
		Denied:      "AccessDeniedException",
	})
	d.Step("Status tells a healthy key, and one that is disabled", func(ctx context.Context) error {
		key := drive.EncryptionKey()
		return asked(key, "a", func(s api.KeyManagementServiceClient) error {
			out, err := s.Status(ctx, &api.StatusRequest{})
			if err != nil {
				return err
			}
			if err := drive.Same(out.Version+" "+out.Healthz+" "+out.KeyId, "v2 ok "+key); err != nil {
				return err
			}
			if _, err := drive.KMS("app").DisableKey(ctx, &kms.DisableKeyInput{KeyId: &key}); err != nil {
				return err
			}
			_, err = s.Status(ctx, &api.StatusRequest{})
			return drive.Refused(err, "DisabledException")
		})
	})
	d.Done()
}

// asked starts a provider with the rights of AWS_PROFILE, and asks it.
func asked(key, tenant string, ask func(api.KeyManagementServiceClient) error) error {
	dir, err := os.MkdirTemp("", "kms")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "s")
	p := provider{client: drive.KMS(os.Getenv("AWS_PROFILE")), key: key, context: map[string]string{"tenant": tenant}}
	server := service.NewGRPCService(socket, 10*time.Second, p)
	served := make(chan error, 1)
	go func() { served <- server.ListenAndServe() }()
	c, err := grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
	if err != nil {
		return err
	}
	defer c.Close()
	err = ask(api.NewKeyManagementServiceClient(c))
	server.Shutdown()
	<-served
	return err
}

type provider struct {
	client  *kms.Client
	key     string
	context map[string]string
}

func (p provider) Encrypt(ctx context.Context, _ string, data []byte) (*service.EncryptResponse, error) {
	out, err := p.client.Encrypt(ctx, &kms.EncryptInput{KeyId: &p.key, Plaintext: data, EncryptionContext: p.context})
	if err != nil {
		return nil, err
	}
	return &service.EncryptResponse{Ciphertext: out.CiphertextBlob, KeyID: *out.KeyId}, nil
}

func (p provider) Decrypt(ctx context.Context, _ string, r *service.DecryptRequest) ([]byte, error) {
	out, err := p.client.Decrypt(ctx, &kms.DecryptInput{KeyId: &r.KeyID, CiphertextBlob: r.Ciphertext, EncryptionContext: p.context})
	if err != nil {
		return nil, err
	}
	return out.Plaintext, nil
}

// Status encrypts a probe, as an API server asks once a minute whether the key still works.
func (p provider) Status(ctx context.Context) (*service.StatusResponse, error) {
	out, err := p.Encrypt(ctx, "", []byte("probe"))
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	return &service.StatusResponse{Version: "v2", Healthz: "ok", KeyID: out.KeyID}, nil
}
