package kms

import (
	"context"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// GenerateMac computes the HMAC of a message.
func (s *Service) GenerateMac(ctx context.Context, c *Call, in *GenerateMacInput) (*GenerateMacOutput, error) {
	k, m, err := s.macKey(ctx, c, "GenerateMac", in.KeyId, in.GrantTokens, in.MacAlgorithm)
	if err != nil {
		return nil, err
	}
	mac, err := m.Mac(material.Algorithm(in.MacAlgorithm), in.Message)
	if err != nil {
		return nil, ofMaterial(err)
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, k, "GenerateMac")
	return &GenerateMacOutput{Mac: mac, MacAlgorithm: in.MacAlgorithm, KeyId: k.arn}, nil
}

// VerifyMac verifies the HMAC of a message. One that is not valid is an error.
func (s *Service) VerifyMac(ctx context.Context, c *Call, in *VerifyMacInput) (*VerifyMacOutput, error) {
	k, m, err := s.macKey(ctx, c, "VerifyMac", in.KeyId, in.GrantTokens, in.MacAlgorithm)
	if err != nil {
		return nil, err
	}
	if err := m.VerifyMac(material.Algorithm(in.MacAlgorithm), in.Message, in.Mac); err != nil {
		return nil, ofMaterial(err)
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, k, "VerifyMac")
	return &VerifyMacOutput{KeyId: k.arn, MacValid: true, MacAlgorithm: in.MacAlgorithm}, nil
}

func (s *Service) macKey(ctx context.Context, c *Call, op, key string, tokens []string, algorithm string) (*found, *material.Material, error) {
	conditions := authz.Context{}
	given(conditions, "kms:macalgorithm", algorithm)
	k, err := s.keyed(ctx, c, op, key, tokens, conditions, material.GenerateVerifyMac)
	if err != nil {
		return nil, nil, err
	}
	m, err := k.v.current()
	if err != nil {
		return nil, nil, err
	}
	return k, m, compatible(&k.v.Key, material.Algorithm(algorithm))
}
