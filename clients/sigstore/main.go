// Command sigstore drives sigstore's signer of AWS KMS, which cosign uses.
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	sigkms "github.com/sigstore/sigstore/pkg/signature/kms"
	_ "github.com/sigstore/sigstore/pkg/signature/kms/aws"
	"github.com/sigstore/sigstore/pkg/signature/options"

	"github.com/bedlock/bedlock/clients/drive"
)

var message = []byte("the quick brown fox")

func main() {
	d := drive.Library("github.com/sigstore/sigstore/pkg/signature/kms/aws")
	key := drive.Key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify)
	d.Step("sign, crypto/ecdsa verifies", func(ctx context.Context) error {
		s, err := sigkms.Get(ctx, "awskms:///"+key, crypto.SHA256)
		if err != nil {
			return err
		}
		signature, err := s.SignMessage(bytes.NewReader(message), options.WithContext(ctx))
		if err != nil {
			return err
		}
		public, err := s.PublicKey(options.WithContext(ctx))
		if err != nil {
			return err
		}
		digest := sha256.Sum256(message)
		if p, ok := public.(*ecdsa.PublicKey); !ok || !ecdsa.VerifyASN1(p, digest[:], signature) {
			return fmt.Errorf("the signature is not of the %T", public)
		}
		return nil
	})
	d.Step("verify with KMS, and not another message", func(ctx context.Context) error {
		s, err := sigkms.Get(ctx, "awskms:///"+key, crypto.SHA256)
		if err != nil {
			return err
		}
		signature, err := s.SignMessage(bytes.NewReader(message), options.WithContext(ctx))
		if err != nil {
			return err
		}
		remote := options.WithRemoteVerification(true)
		if err := s.VerifySignature(bytes.NewReader(signature), bytes.NewReader(message), options.WithContext(ctx), remote); err != nil {
			return err
		}
		err = s.VerifySignature(bytes.NewReader(signature), bytes.NewReader(message[1:]), options.WithContext(ctx), remote)
		return drive.Refused(err, "KMSInvalidSignatureException")
	})
	d.Step("create a key with an alias, sign", func(ctx context.Context) error {
		s, err := sigkms.Get(ctx, "awskms:///alias/sigstore", crypto.SHA256)
		if err != nil {
			return err
		}
		if _, err := s.CreateKey(ctx, s.DefaultAlgorithm()); err != nil {
			return err
		}
		_, err = s.SignMessage(bytes.NewReader(message), options.WithContext(ctx))
		return err
	})
	for _, who := range []string{"nobody", "stranger", "reader"} {
		d.Step("sign by "+who+" is denied", func(ctx context.Context) error {
			return drive.As(who, func() error {
				s, err := sigkms.Get(ctx, "awskms:///"+key, crypto.SHA256)
				if err != nil {
					return drive.Refused(err, "AccessDeniedException")
				}
				_, err = s.SignMessage(bytes.NewReader(message), options.WithContext(ctx))
				return drive.Refused(err, "AccessDeniedException")
			})
		})
	}
	d.Done()
}
