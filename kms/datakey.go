package kms

import (
	"context"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// dataKey is what the operations that make data keys and key pairs have in common.
type dataKey struct {
	op     string
	key    string
	pairs  map[string]string
	tokens []string
	to     *RecipientInfo
	// more are condition keys besides those of the encryption.
	more authz.Context
}

// dataKeyKey resolves, authorizes and checks the key under which a data key is encrypted.
func (s *Service) dataKeyKey(ctx context.Context, c *Call, d *dataKey) (*found, *material.Attestation, error) {
	k, err := s.resolveFor(c, "kms:"+d.op, d.key)
	if err != nil {
		return nil, nil, err
	}
	conditions := cryptConditions(material.SymmetricDefault, d.pairs)
	for key, v := range d.more {
		conditions[key] = v
	}
	to, err := s.recipient(ctx, c, d.to, conditions)
	if err != nil {
		return nil, nil, err
	}
	if err := s.authorize(ctx, c, "kms:"+d.op, k, d.tokens, conditions); err != nil {
		return nil, nil, err
	}
	if err := ready(k.v, d.op, material.EncryptDecrypt); err != nil {
		return nil, nil, err
	}
	return k, to, compatible(&k.v.Key, material.SymmetricDefault)
}

// GenerateDataKey makes a data key, in the clear and encrypted.
func (s *Service) GenerateDataKey(ctx context.Context, c *Call, in *GenerateDataKeyInput) (*GenerateDataKeyOutput, error) {
	d := &dataKey{op: "GenerateDataKey", key: in.KeyId, pairs: in.EncryptionContext, tokens: in.GrantTokens, to: in.Recipient}
	k, to, err := s.dataKeyKey(ctx, c, d)
	if err != nil {
		return nil, err
	}
	plaintext, blob, materialID, err := s.newDataKey(ctx, c, k, d, in.KeySpec, in.NumberOfBytes)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	out := &GenerateDataKeyOutput{CiphertextBlob: blob, KeyId: k.arn}
	if to == nil {
		out.Plaintext, out.KeyMaterialId = plaintext, materialID
	} else if out.CiphertextForRecipient, err = to.Envelope(plaintext); err != nil {
		return nil, internal(err)
	}
	s.used(c, k, d.op)
	return out, nil
}

// GenerateDataKeyWithoutPlaintext makes a data key and tells it encrypted only.
func (s *Service) GenerateDataKeyWithoutPlaintext(ctx context.Context, c *Call, in *GenerateDataKeyWithoutPlaintextInput) (*GenerateDataKeyWithoutPlaintextOutput, error) {
	d := &dataKey{op: "GenerateDataKeyWithoutPlaintext", key: in.KeyId, pairs: in.EncryptionContext, tokens: in.GrantTokens}
	k, _, err := s.dataKeyKey(ctx, c, d)
	if err != nil {
		return nil, err
	}
	plaintext, blob, materialID, err := s.newDataKey(ctx, c, k, d, in.KeySpec, in.NumberOfBytes)
	clear(plaintext)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, k, d.op)
	return &GenerateDataKeyWithoutPlaintextOutput{CiphertextBlob: blob, KeyId: k.arn, KeyMaterialId: materialID}, nil
}

func (s *Service) newDataKey(ctx context.Context, c *Call, k *found, d *dataKey, spec string, bytes int) (plaintext, blob []byte, materialID string, err error) {
	n := bytes
	switch {
	case (spec == "") == (bytes == 0):
		return nil, nil, "", fail(Validation, "Please specify either number of bytes or key spec.")
	case spec == "AES_128":
		n = 16
	case spec == "AES_256":
		n = 32
	}
	if plaintext, err = material.Random(n); err != nil {
		return nil, nil, "", ofMaterial(err)
	}
	blob, materialID, err = s.encrypt(ctx, c, k, d.op, material.SymmetricDefault, d.pairs, plaintext)
	return plaintext, blob, materialID, err
}
