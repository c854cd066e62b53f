package kms

import (
	"context"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// Sign signs a message or its digest.
func (s *Service) Sign(ctx context.Context, c *Call, in *SignInput) (*SignOutput, error) {
	a, t := material.Algorithm(in.SigningAlgorithm), messageType(in.MessageType)
	k, m, err := s.signing(ctx, c, "Sign", in.KeyId, in.GrantTokens, a, t)
	if err != nil {
		return nil, err
	}
	var signature []byte
	err = s.slow(ctx, m.Spec(), func() (err error) {
		signature, err = m.Sign(a, t, in.Message)
		return err
	})
	if err != nil {
		return nil, ofMaterial(err)
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, k, "Sign")
	return &SignOutput{KeyId: k.arn, Signature: signature, SigningAlgorithm: in.SigningAlgorithm}, nil
}

// Verify verifies a signature. One that is not valid is an error.
func (s *Service) Verify(ctx context.Context, c *Call, in *VerifyInput) (*VerifyOutput, error) {
	a, t := material.Algorithm(in.SigningAlgorithm), messageType(in.MessageType)
	k, m, err := s.signing(ctx, c, "Verify", in.KeyId, in.GrantTokens, a, t)
	if err != nil {
		return nil, err
	}
	if err := m.Verify(a, t, in.Message, in.Signature); err != nil {
		return nil, ofMaterial(err)
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, k, "Verify")
	return &VerifyOutput{KeyId: k.arn, SignatureValid: true, SigningAlgorithm: in.SigningAlgorithm}, nil
}

func (s *Service) signing(ctx context.Context, c *Call, op, key string, tokens []string, a material.Algorithm, t material.MessageType) (*found, *material.Material, error) {
	conditions := authz.Context{}
	given(conditions, "kms:signingalgorithm", string(a))
	given(conditions, "kms:messagetype", string(t))
	k, err := s.keyed(ctx, c, op, key, tokens, conditions, material.SignVerify)
	if err != nil {
		return nil, nil, err
	}
	m, err := k.v.current()
	if err != nil {
		return nil, nil, err
	}
	return k, m, compatible(&k.v.Key, a)
}

func messageType(name string) material.MessageType {
	if name == "" {
		return material.Raw
	}
	return material.MessageType(name)
}
