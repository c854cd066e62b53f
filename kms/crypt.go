package kms

import (
	"context"
	"errors"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// Encrypt encrypts under a symmetric or an RSA key.
func (s *Service) Encrypt(ctx context.Context, c *Call, in *EncryptInput) (*EncryptOutput, error) {
	a := encryptionAlgorithm(in.EncryptionAlgorithm)
	k, err := s.keyed(ctx, c, "Encrypt", in.KeyId, in.GrantTokens, cryptConditions(a, in.EncryptionContext), material.EncryptDecrypt)
	if err != nil {
		return nil, err
	}
	blob, _, err := s.encrypt(ctx, c, k, "Encrypt", a, in.EncryptionContext, in.Plaintext)
	if err != nil {
		return nil, err
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	s.used(c, k, "Encrypt")
	return &EncryptOutput{CiphertextBlob: blob, KeyId: k.arn, EncryptionAlgorithm: string(a)}, nil
}

// resolveFor resolves the key of an action.
func (s *Service) resolveFor(c *Call, action, name string) (*found, error) {
	k, err := s.resolve(c, name, anyForm)
	if errors.Is(err, errForeign) {
		return nil, s.refuse(c, action, name)
	}
	return k, err
}

// keyed resolves the key of a cryptographic operation, authorizes it, and checks that the
// key is in a state and has a usage for it.
func (s *Service) keyed(ctx context.Context, c *Call, op, name string, tokens []string, given authz.Context, u material.Usage) (*found, error) {
	k, err := s.open(ctx, c, "kms:"+op, name, anyForm, tokens, given)
	if err != nil {
		return nil, err
	}
	return k, ready(k.v, op, u)
}

// ready checks that a key has a usage and is in a state for an operation, in this order,
// as was measured: https://github.com/floci-io/floci/pull/3968
func ready(v *version, op string, u material.Usage) error {
	if v.Usage != u {
		return fail(InvalidKeyUsage, "%s key usage is %s which is not valid for %s.", v.ARN(), v.Usage, op)
	}
	return check(op, v)
}

// compatible checks that a key can be used with an algorithm.
func compatible(k *Key, a material.Algorithm) error {
	if info, _ := material.Lookup(k.Spec); !info.Has(a) {
		return fail(InvalidKeyUsage, "Algorithm %s is incompatible with key spec %s.", a, k.Spec)
	}
	return nil
}

// encrypt encrypts under the current material of a key, and tells its id if it has one.
func (s *Service) encrypt(ctx context.Context, c *Call, k *found, op string, a material.Algorithm, pairs map[string]string, plaintext []byte) (blob []byte, materialID string, err error) {
	if err := compatible(&k.v.Key, a); err != nil {
		return nil, "", err
	}
	if err := contextAllowed(&k.v.Key, pairs); err != nil {
		return nil, "", err
	}
	if k.v.Origin == OriginXKS {
		blob, err = s.sealExternal(ctx, c, k, op, pairs, plaintext)
		return blob, "", err
	}
	m, err := k.v.current()
	if err != nil {
		return nil, "", err
	}
	if a != material.SymmetricDefault {
		blob, err = m.Encrypt(a, plaintext)
		return blob, "", ofMaterial(err)
	}
	blob, err = material.Seal(k.v.ID, k.v.Current, m, pairs, plaintext)
	return blob, k.v.Current, ofMaterial(err)
}

// current is the material that encrypts, signs and so on.
func (v *version) current() (*material.Material, error) {
	if m := v.materials[v.Current]; m != nil {
		return m, nil
	}
	return nil, internal(errors.New("the key has no current material"))
}

// contextAllowed refuses an encryption context where there can be none. AWS documents that
// it is not supported; its error is unconfirmed.
func contextAllowed(k *Key, pairs map[string]string) error {
	if len(pairs) > 0 && !symmetric(k) {
		return fail(Validation, "EncryptionContext is supported only for symmetric encryption KMS keys.")
	}
	return nil
}

// encryptionAlgorithm is the algorithm of a request that may name none.
func encryptionAlgorithm(name string) material.Algorithm {
	if name == "" {
		return material.SymmetricDefault
	}
	return material.Algorithm(name)
}

// dryRun is the error with which a dry run ends that would have succeeded.
func dryRun(asked bool) error {
	if asked {
		return fail(DryRunOperation, "The request would have succeeded, but the DryRun option is set.")
	}
	return nil
}

// ofMaterial turns an error of the key material into one of the API.
func ofMaterial(err error) error {
	if err == nil {
		return nil
	}
	var e *material.Error
	if !errors.As(err, &e) || materialCodes[e.Kind] == "" {
		return internal(err)
	}
	return &Error{Code: materialCodes[e.Kind], Message: e.Message}
}

var materialCodes = map[material.Kind]Code{
	material.InvalidKeyUsage:   InvalidKeyUsage,
	material.InvalidSignature:  InvalidSignature,
	material.InvalidMac:        InvalidMac,
	material.InvalidCiphertext: InvalidCiphertext,
	material.Validation:        Validation,
	material.Unsupported:       UnsupportedOperation,
	material.InvalidMaterial:   IncorrectKeyMaterial,
	material.InvalidToken:      InvalidImportToken,
	material.ExpiredToken:      ExpiredImportToken,
}

// cryptConditions are the condition keys of an operation that encrypts or decrypts.
func cryptConditions(a material.Algorithm, pairs map[string]string) authz.Context {
	out := make(authz.Context, len(pairs)+4)
	given(out, "kms:encryptionalgorithm", string(a))
	contextConditions(out, pairs)
	return out
}
