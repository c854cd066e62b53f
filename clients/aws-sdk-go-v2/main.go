// Command aws-sdk-go-v2 drives AWS's SDK for Go.
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/clients/drive"
)

func main() {
	d := drive.Library("github.com/aws/aws-sdk-go-v2/service/kms")
	app := drive.KMS("app")
	symmetric(d, app)
	asymmetric(d, app)
	rights(d, app)
	d.Done()
}

var (
	plaintext = []byte("the quick brown fox")
	records   = map[string]string{"tenant": "a", "purpose": "records"}
)

func symmetric(d *drive.Client, app *kms.Client) {
	key, other := drive.EncryptionKey(), drive.EncryptionKey()
	var sealed []byte
	d.Step("Encrypt, Decrypt with a context", func(ctx context.Context) error {
		out, err := app.Encrypt(ctx, &kms.EncryptInput{KeyId: &key, Plaintext: plaintext, EncryptionContext: records})
		if err != nil {
			return err
		}
		sealed = out.CiphertextBlob
		return opens(ctx, app, sealed, key)
	})
	d.Step("Decrypt with another context is refused", func(ctx context.Context) error {
		_, err := app.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed, EncryptionContext: map[string]string{"tenant": "b", "purpose": "records"}})
		return refused[*types.InvalidCiphertextException](err)
	})
	d.Step("Decrypt with another key is refused", func(ctx context.Context) error {
		_, err := app.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: sealed, EncryptionContext: records, KeyId: &other})
		return refused[*types.IncorrectKeyException](err)
	})
	d.Step("Decrypt of a changed ciphertext is refused", func(ctx context.Context) error {
		changed := bytes.Clone(sealed)
		changed[len(changed)-1] ^= 1
		_, err := app.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: changed, EncryptionContext: records})
		return refused[*types.InvalidCiphertextException](err)
	})
	d.Step("RotateKeyOnDemand, the old ciphertext opens", func(ctx context.Context) error {
		if err := drive.Rotate(ctx, key); err != nil {
			return err
		}
		return opens(ctx, app, sealed, key)
	})
	d.Step("ReEncrypt to another key", func(ctx context.Context) error {
		out, err := app.ReEncrypt(ctx, &kms.ReEncryptInput{CiphertextBlob: sealed, SourceEncryptionContext: records, DestinationKeyId: &other, DestinationEncryptionContext: records})
		if err != nil {
			return err
		}
		return opens(ctx, app, out.CiphertextBlob, other)
	})
	d.Step("GenerateDataKey, Decrypt", func(ctx context.Context) error {
		dk, err := app.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256, EncryptionContext: records})
		if err != nil {
			return err
		}
		out, err := app.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: dk.CiphertextBlob, EncryptionContext: records})
		if err != nil {
			return err
		}
		if len(dk.Plaintext) != 32 || !bytes.Equal(out.Plaintext, dk.Plaintext) {
			return errors.New("the data key differs")
		}
		return nil
	})
	d.Step("ListKeys page by page", func(ctx context.Context) error {
		found := map[string]bool{}
		for p := kms.NewListKeysPaginator(app, &kms.ListKeysInput{Limit: aws.Int32(1)}); p.HasMorePages(); {
			page, err := p.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, k := range page.Keys {
				found[aws.ToString(k.KeyArn)] = true
			}
		}
		if !found[key] || !found[other] {
			return fmt.Errorf("keys are missing among %d", len(found))
		}
		return nil
	})
}

// opens is an error unless the ciphertext is of plaintext, under key.
func opens(ctx context.Context, app *kms.Client, ciphertext []byte, key string) error {
	out, err := app.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: ciphertext, EncryptionContext: records})
	if err != nil {
		return err
	}
	return errors.Join(drive.Same(string(out.Plaintext), string(plaintext)), drive.Same(aws.ToString(out.KeyId), key))
}

// refused is an error unless err is of the SDK's type E.
func refused[E interface {
	error
	ErrorCode() string
}](err error) error {
	if _, ok := errors.AsType[E](err); !ok {
		var want E
		return fmt.Errorf("want %T, got: %v", want, err)
	}
	return nil
}

func asymmetric(d *drive.Client, app *kms.Client) {
	message := sha256.Sum256(plaintext)
	sign := func(ctx context.Context, spec types.KeySpec, algorithm types.SigningAlgorithmSpec) (public any, signature []byte, err error) {
		key := drive.Key(spec, types.KeyUsageTypeSignVerify)
		out, err := app.Sign(ctx, &kms.SignInput{KeyId: &key, Message: message[:], MessageType: types.MessageTypeDigest, SigningAlgorithm: algorithm})
		if err != nil {
			return nil, nil, err
		}
		p, err := app.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &key})
		if err != nil {
			return nil, nil, err
		}
		public, err = x509.ParsePKIXPublicKey(p.PublicKey)
		return public, out.Signature, err
	}
	d.Step("Sign with P-256, crypto/ecdsa verifies", func(ctx context.Context) error {
		public, signature, err := sign(ctx, types.KeySpecEccNistP256, types.SigningAlgorithmSpecEcdsaSha256)
		if err != nil {
			return err
		}
		if p, ok := public.(*ecdsa.PublicKey); !ok || !ecdsa.VerifyASN1(p, message[:], signature) {
			return errors.New("the signature is not of the public key")
		}
		return nil
	})
	d.Step("Sign with RSA-PSS and a digest, crypto/rsa verifies", func(ctx context.Context) error {
		public, signature, err := sign(ctx, types.KeySpecRsa2048, types.SigningAlgorithmSpecRsassaPssSha256)
		if err != nil {
			return err
		}
		p, ok := public.(*rsa.PublicKey)
		if !ok {
			return fmt.Errorf("the public key is a %T", public)
		}
		return rsa.VerifyPSS(p, crypto.SHA256, message[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	})
	d.Step("crypto/rsa encrypts with OAEP, Decrypt opens", func(ctx context.Context) error {
		key := drive.Key(types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt)
		p, err := app.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &key})
		if err != nil {
			return err
		}
		public, err := x509.ParsePKIXPublicKey(p.PublicKey)
		if err != nil {
			return err
		}
		sealed, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), plaintext, nil)
		if err != nil {
			return err
		}
		out, err := app.Decrypt(ctx, &kms.DecryptInput{KeyId: &key, CiphertextBlob: sealed, EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256})
		if err != nil {
			return err
		}
		return drive.Same(string(out.Plaintext), string(plaintext))
	})
}

func rights(d *drive.Client, app *kms.Client) {
	key := drive.EncryptionKey()
	encrypt := func(ctx context.Context, profile string, tokens ...string) error {
		_, err := drive.KMS(profile).Encrypt(ctx, &kms.EncryptInput{KeyId: &key, Plaintext: plaintext, GrantTokens: tokens})
		return err
	}
	code := func(err error, want string) error {
		if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != want {
			return fmt.Errorf("want %s, got: %v", want, err)
		}
		return nil
	}
	d.Step("a user without policies, and a role without, are denied", func(ctx context.Context) error {
		return errors.Join(code(encrypt(ctx, "nobody"), "AccessDeniedException"), code(encrypt(ctx, "visitor"), "AccessDeniedException"))
	})
	d.Step("another account is denied", func(ctx context.Context) error {
		return code(encrypt(ctx, "stranger"), "AccessDeniedException")
	})
	d.Step("a wrong secret is refused", func(ctx context.Context) error {
		return code(encrypt(ctx, "forger"), "InvalidSignatureException")
	})
	d.Step("CreateGrant for the denied user, Encrypt with its token, RevokeGrant", func(ctx context.Context) error {
		grantee := "arn:aws:iam::111122223333:user/nobody"
		g, err := app.CreateGrant(ctx, &kms.CreateGrantInput{KeyId: &key, GranteePrincipal: &grantee, Operations: []types.GrantOperation{types.GrantOperationEncrypt}})
		if err != nil {
			return err
		}
		if err := encrypt(ctx, "nobody", aws.ToString(g.GrantToken)); err != nil {
			return err
		}
		if _, err := app.RevokeGrant(ctx, &kms.RevokeGrantInput{KeyId: &key, GrantId: g.GrantId}); err != nil {
			return err
		}
		return code(encrypt(ctx, "nobody"), "AccessDeniedException")
	})
	d.Step("AssumeRole, and with a session policy that allows less", func(ctx context.Context) error {
		session := func(policy *string) *kms.Client {
			cfg := drive.Config("nobody")
			provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::111122223333:role/operator", func(o *stscreds.AssumeRoleOptions) { o.Policy = policy })
			cfg.Credentials = aws.NewCredentialsCache(provider)
			return kms.NewFromConfig(cfg)
		}
		if _, err := session(nil).Encrypt(ctx, &kms.EncryptInput{KeyId: &key, Plaintext: plaintext}); err != nil {
			return err
		}
		less := session(aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:DescribeKey","Resource":"*"}]}`))
		if _, err := less.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key}); err != nil {
			return err
		}
		_, err := less.Encrypt(ctx, &kms.EncryptInput{KeyId: &key, Plaintext: plaintext})
		return code(err, "AccessDeniedException")
	})
	d.Step("AssumeRole of a role that trusts others is denied", func(ctx context.Context) error {
		return code(encrypt(ctx, "intruder"), "AccessDenied")
	})
	d.Step("DisableKey, Encrypt is refused", func(ctx context.Context) error {
		if _, err := app.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &key}); err != nil {
			return err
		}
		return refused[*types.DisabledException](encrypt(ctx, "app"))
	})
}
