package kms

import (
	"context"

	"github.com/bedlock/bedlock/kms/material"
)

// GetPublicKey returns the public key of an asymmetric key, as a SubjectPublicKeyInfo in
// DER. It works on disabled keys too.
func (s *Service) GetPublicKey(ctx context.Context, c *Call, in *GetPublicKeyInput) (*GetPublicKeyOutput, error) {
	k, err := s.open(ctx, c, "kms:GetPublicKey", in.KeyId, anyForm, in.GrantTokens, nil)
	if err != nil {
		return nil, err
	}
	if err := check("GetPublicKey", k.v); err != nil {
		return nil, err
	}
	if !asymmetric(&k.v.Key) {
		return nil, &Error{Code: UnsupportedOperation} // AWS's text is unconfirmed
	}
	public := k.v.public()
	if public == nil { // material was never imported; AWS's answer is unconfirmed
		return nil, fail(InvalidState, "%s is pending import.", k.arn)
	}
	out := &GetPublicKeyOutput{KeyId: k.arn, PublicKey: public, CustomerMasterKeySpec: k.v.Spec, KeySpec: k.v.Spec, KeyUsage: k.v.Usage}
	names := algorithmNames(&k.v.Key)
	switch k.v.Usage {
	case material.EncryptDecrypt:
		out.EncryptionAlgorithms = names
	case material.SignVerify:
		out.SigningAlgorithms = names
	case material.KeyAgreement:
		out.KeyAgreementAlgorithms = names
	case material.EncapsulateDecapsulate:
		out.EncapsulationAlgorithms = names
	}
	return out, nil
}

// public is the public key of an asymmetric key, which stays when imported material goes;
// nil: the key never had material.
func (v *version) public() []byte {
	if m := v.materials[v.Current]; m != nil {
		return publicPart(m)
	}
	for _, g := range v.Materials {
		if g.ID == v.Current {
			return g.Public
		}
	}
	return nil
}

// publicPart is the public key that belongs to material; nil: there is none.
func publicPart(m *material.Material) []byte {
	if m == nil {
		return nil
	}
	b, err := m.PublicKey()
	if err != nil {
		return nil
	}
	return b
}

// algorithmNames are the algorithms of a key, in AWS's order.
func algorithmNames(k *Key) []string {
	info, _ := material.Lookup(k.Spec)
	var names []string
	for _, a := range info.Algorithms(k.Usage) {
		names = append(names, string(a))
	}
	return names
}
