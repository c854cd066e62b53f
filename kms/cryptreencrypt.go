package kms

import (
	"context"
	"strconv"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// ReEncrypt decrypts with one key and encrypts under another or the same. It needs
// kms:ReEncryptFrom on the first and kms:ReEncryptTo on the second.
func (s *Service) ReEncrypt(ctx context.Context, c *Call, in *ReEncryptInput) (*ReEncryptOutput, error) {
	ct := ciphertext{
		op: "ReEncrypt", blob: in.CiphertextBlob, key: in.SourceKeyId, algorithm: encryptionAlgorithm(in.SourceEncryptionAlgorithm), pairs: in.SourceEncryptionContext,
	}
	if err := ct.dry(in.DryRun, in.DryRunModifiers); err != nil {
		return nil, err
	}
	a := encryptionAlgorithm(in.DestinationEncryptionAlgorithm)
	from, to, err := s.reEncryptKeys(ctx, c, in, &ct, a)
	if err != nil {
		return nil, err
	}
	plaintext, source, err := s.decrypt(ctx, c, from, &ct)
	if err != nil {
		return nil, err
	}
	if ct.ignore {
		return nil, dryRun(true)
	}
	blob, destination, err := s.encrypt(ctx, c, to, "ReEncrypt", a, in.DestinationEncryptionContext, plaintext)
	clear(plaintext)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, from, "ReEncrypt")
	s.used(c, to, "ReEncrypt")
	return &ReEncryptOutput{
		CiphertextBlob: blob, SourceKeyId: from.arn, KeyId: to.arn,
		SourceEncryptionAlgorithm: string(ct.algorithm), DestinationEncryptionAlgorithm: string(a),
		SourceKeyMaterialId: source, DestinationKeyMaterialId: destination,
	}, nil
}

// reEncryptKeys resolves both keys, authorizes both actions, and checks that the keys are
// in a state for them and that the second can encrypt.
func (s *Service) reEncryptKeys(ctx context.Context, c *Call, in *ReEncryptInput, ct *ciphertext, a material.Algorithm) (from, to *found, err error) {
	if from, err = s.keyOf(c, "kms:ReEncryptFrom", ct); err != nil {
		return nil, nil, err
	}
	if to, err = s.resolveFor(c, "kms:ReEncryptTo", in.DestinationKeyId); err != nil {
		return nil, nil, err
	}
	same := authz.Value{Values: []string{strconv.FormatBool(from.e == to.e)}}
	given := cryptConditions(ct.algorithm, in.SourceEncryptionContext)
	given["kms:reencryptonsamekey"] = same
	if err := s.authorize(ctx, c, "kms:ReEncryptFrom", from, in.GrantTokens, given); err != nil {
		return nil, nil, err
	}
	given = cryptConditions(a, in.DestinationEncryptionContext)
	given["kms:reencryptonsamekey"] = same
	if err := s.authorize(ctx, c, "kms:ReEncryptTo", to, in.GrantTokens, given); err != nil {
		return nil, nil, err
	}
	if err := check("ReEncrypt", from.v); err != nil {
		return nil, nil, err
	}
	if err := ready(to.v, "ReEncrypt", material.EncryptDecrypt); err != nil {
		return nil, nil, err
	}
	return from, to, compatible(&to.v.Key, a)
}
