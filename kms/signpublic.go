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
	m := k.v.materials[k.v.Current]
	if m == nil { // of a key without its imported material; AWS's answer is unconfirmed
		return nil, fail(InvalidState, "%s is pending import.", k.v.ARN())
	}
	public, err := m.PublicKey()
	if err != nil {
		return nil, ofMaterial(err)
	}
	out := &GetPublicKeyOutput{KeyId: k.v.ARN(), PublicKey: public, CustomerMasterKeySpec: k.v.Spec, KeySpec: k.v.Spec, KeyUsage: k.v.Usage}
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

// algorithmNames are the algorithms of a key, in AWS's order.
func algorithmNames(k *Key) []string {
	info, _ := material.Lookup(k.Spec)
	var names []string
	for _, a := range info.Algorithms(k.Usage) {
		names = append(names, string(a))
	}
	return names
}
