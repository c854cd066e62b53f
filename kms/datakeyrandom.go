package kms

import (
	"context"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// GenerateRandom returns random bytes. It needs no key.
func (s *Service) GenerateRandom(ctx context.Context, c *Call, in *GenerateRandomInput) (*GenerateRandomOutput, error) {
	conditions := authz.Context{}
	to, err := s.recipient(ctx, c, in.Recipient, conditions)
	if err != nil {
		return nil, err
	}
	if err := s.allow(ctx, c, "kms:GenerateRandom", "*", conditions); err != nil {
		return nil, err
	}
	if in.NumberOfBytes == 0 {
		return nil, fail(Validation, "NumberOfBytes is required.")
	}
	if in.CustomKeyStoreId != "" {
		return nil, s.randomStore(c, in.CustomKeyStoreId)
	}
	b, err := material.Random(in.NumberOfBytes)
	if err != nil {
		return nil, ofMaterial(err)
	}
	if to == nil {
		return &GenerateRandomOutput{Plaintext: b}, nil
	}
	b, err = to.Envelope(b)
	if err != nil {
		return nil, internal(err)
	}
	return &GenerateRandomOutput{CiphertextForRecipient: b}, nil
}
