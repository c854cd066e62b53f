package kms

import (
	"context"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// DeriveSharedSecret returns the shared secret of the key and a peer's public key: the x
// coordinate of ECDH.
func (s *Service) DeriveSharedSecret(ctx context.Context, c *Call, in *DeriveSharedSecretInput) (*DeriveSharedSecretOutput, error) {
	const op = "DeriveSharedSecret"
	k, err := s.resolveFor(c, "kms:"+op, in.KeyId)
	if err != nil {
		return nil, err
	}
	conditions := authz.Context{}
	given(conditions, "kms:keyagreementalgorithm", in.KeyAgreementAlgorithm)
	to, err := s.recipient(ctx, c, in.Recipient, conditions)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(ctx, c, "kms:"+op, k, in.GrantTokens, conditions); err != nil {
		return nil, err
	}
	if err := ready(k.v, op, material.KeyAgreement); err != nil {
		return nil, err
	}
	m, err := k.v.current()
	if err != nil {
		return nil, err
	}
	secret, err := m.Derive(material.Algorithm(in.KeyAgreementAlgorithm), in.PublicKey)
	if err != nil {
		return nil, ofMaterial(err)
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	out := &DeriveSharedSecretOutput{KeyId: k.arn, KeyAgreementAlgorithm: in.KeyAgreementAlgorithm, KeyOrigin: k.v.Origin}
	if to == nil {
		out.SharedSecret = secret
	} else if out.CiphertextForRecipient, err = to.Envelope(secret); err != nil {
		return nil, internal(err)
	}
	s.used(c, k, op)
	return out, nil
}

// Encapsulate makes a shared secret, and the ciphertext that carries it to the key.
func (s *Service) Encapsulate(ctx context.Context, c *Call, in *EncapsulateInput) (*EncapsulateOutput, error) {
	k, err := s.keyed(ctx, c, "Encapsulate", in.KeyId, in.GrantTokens, nil, material.EncapsulateDecapsulate)
	if err != nil {
		return nil, err
	}
	m, err := k.v.current()
	if err != nil {
		return nil, err
	}
	secret, blob, err := m.Encapsulate(material.Algorithm(in.EncapsulationAlgorithm))
	if err != nil {
		return nil, ofMaterial(err)
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, k, "Encapsulate")
	return &EncapsulateOutput{KeyId: k.arn, EncapsulationAlgorithm: in.EncapsulationAlgorithm, SharedSecret: secret, SharedSecretCiphertextBlob: blob}, nil
}

// Decapsulate returns the shared secret that a ciphertext carries. A forged one of the
// right length gives a secret that nobody else has.
func (s *Service) Decapsulate(ctx context.Context, c *Call, in *DecapsulateInput) (*DecapsulateOutput, error) {
	k, err := s.keyed(ctx, c, "Decapsulate", in.KeyId, in.GrantTokens, nil, material.EncapsulateDecapsulate)
	if err != nil {
		return nil, err
	}
	m, err := k.v.current()
	if err != nil {
		return nil, err
	}
	secret, err := m.Decapsulate(material.Algorithm(in.EncapsulationAlgorithm), in.SharedSecretCiphertextBlob)
	if err != nil {
		return nil, ofMaterial(err)
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, k, "Decapsulate")
	return &DecapsulateOutput{KeyId: k.arn, EncapsulationAlgorithm: in.EncapsulationAlgorithm, SharedSecret: secret}, nil
}
