package kms

import (
	"context"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// keyPair is a data key pair with its private key encrypted as well.
type keyPair struct {
	private, public, blob []byte
	materialID            string
}

// GenerateDataKeyPair makes a key pair, its private key in the clear and encrypted.
func (s *Service) GenerateDataKeyPair(ctx context.Context, c *Call, in *GenerateDataKeyPairInput) (*GenerateDataKeyPairOutput, error) {
	d := &dataKey{op: "GenerateDataKeyPair", key: in.KeyId, pairs: in.EncryptionContext, tokens: in.GrantTokens, to: in.Recipient, more: pairSpec(in.KeyPairSpec)}
	k, to, err := s.dataKeyKey(ctx, c, d)
	if err != nil {
		return nil, err
	}
	p, err := s.newKeyPair(ctx, c, k, d, in.KeyPairSpec, in.DryRun)
	if err != nil {
		return nil, err
	}
	out := &GenerateDataKeyPairOutput{
		PrivateKeyCiphertextBlob: p.blob, PublicKey: p.public, KeyId: k.arn, KeyPairSpec: in.KeyPairSpec, KeyMaterialId: p.materialID,
	}
	if to == nil {
		out.PrivateKeyPlaintext = p.private
	} else if out.CiphertextForRecipient, err = to.Envelope(p.private); err != nil {
		return nil, internal(err)
	}
	s.used(c, k, d.op)
	return out, nil
}

// GenerateDataKeyPairWithoutPlaintext makes a key pair and tells its private key encrypted
// only.
func (s *Service) GenerateDataKeyPairWithoutPlaintext(ctx context.Context, c *Call, in *GenerateDataKeyPairWithoutPlaintextInput) (*GenerateDataKeyPairWithoutPlaintextOutput, error) {
	d := &dataKey{op: "GenerateDataKeyPairWithoutPlaintext", key: in.KeyId, pairs: in.EncryptionContext, tokens: in.GrantTokens, more: pairSpec(in.KeyPairSpec)}
	k, _, err := s.dataKeyKey(ctx, c, d)
	if err != nil {
		return nil, err
	}
	p, err := s.newKeyPair(ctx, c, k, d, in.KeyPairSpec, in.DryRun)
	if err != nil {
		return nil, err
	}
	clear(p.private)
	s.used(c, k, d.op)
	return &GenerateDataKeyPairWithoutPlaintextOutput{
		PrivateKeyCiphertextBlob: p.blob, PublicKey: p.public, KeyId: k.arn, KeyPairSpec: in.KeyPairSpec, KeyMaterialId: p.materialID,
	}, nil
}

func pairSpec(spec material.Spec) authz.Context {
	out := authz.Context{}
	given(out, "kms:datakeypairspec", string(spec))
	return out
}

// newKeyPair makes the key pair. A dry run makes none, because that can take seconds.
func (s *Service) newKeyPair(ctx context.Context, c *Call, k *found, d *dataKey, spec material.Spec, dry bool) (p keyPair, err error) {
	info, known := material.Lookup(spec)
	if known && !info.KeyPair {
		return p, fail(Validation, "%s is not a key pair spec.", spec) // unconfirmed text
	}
	if known {
		if err := dryRun(dry); err != nil {
			return p, err
		}
	}
	err = s.slow(ctx, spec, func() (err error) {
		p.private, p.public, err = material.DataKeyPair(spec)
		return err
	})
	if err != nil {
		return p, ofMaterial(err)
	}
	p.blob, p.materialID, err = s.encrypt(ctx, c, k, d.op, material.SymmetricDefault, d.pairs, p.private)
	return p, err
}
