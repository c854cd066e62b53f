package kms

import (
	"context"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// DescribeKey describes a key. Asked by its alias for an AWS managed key that does not
// exist yet, it makes the key.
func (s *Service) DescribeKey(ctx context.Context, c *Call, in *DescribeKeyInput) (*DescribeKeyOutput, error) {
	if service, ok := managedAlias(c, in.KeyId); ok {
		if _, err := s.Managed(ctx, c.Account, c.Region, service); err != nil {
			return nil, err
		}
	}
	k, err := s.open(ctx, c, "kms:DescribeKey", in.KeyId, anyForm, in.GrantTokens, nil)
	if err != nil {
		return nil, err
	}
	if err := check("DescribeKey", k.v); err != nil {
		return nil, err
	}
	return &DescribeKeyOutput{s.metadata(k.v)}, nil
}

// metadata is a key as the API describes it.
func (s *Service) metadata(v *version) *KeyMetadata {
	m := &KeyMetadata{
		AWSAccountId: v.Account, KeyId: v.ID, Arn: v.ARN(), CreationDate: v.Created, Description: v.Description,
		KeyUsage: v.Usage, KeyState: v.state(), Origin: v.Origin, KeyManager: "CUSTOMER", CustomKeyStoreId: v.KeyStore,
		// Whether the deprecated member names the specs that its enum lacks is unconfirmed.
		CustomerMasterKeySpec: v.Spec, KeySpec: v.Spec, MultiRegion: v.MultiRegion,
	}
	m.Enabled = m.KeyState == Enabled // that Updating is not is unconfirmed
	if v.aws() {
		m.KeyManager = "AWS"
	}
	switch v.State {
	case PendingDeletion:
		m.DeletionDate = v.Until
	case PendingReplicaDeletion:
		m.PendingDeletionWindowInDays = v.Window
	}
	m.algorithms(v)
	if v.XksKeyID != "" {
		m.XksKeyConfiguration = &XksKeyConfigurationType{v.XksKeyID}
	}
	if v.Spec == material.Symmetric && v.KeyStore == "" && v.State != Creating {
		m.CurrentKeyMaterialId = v.Current
	}
	if v.Origin == OriginExternal && v.complete() && v.State != Creating {
		m.ExpirationModel, m.ValidTo = v.expiration()
	}
	if v.MultiRegion {
		m.MultiRegionConfiguration = s.family(&v.Key)
	}
	return m
}

// algorithms fills in the one list that the key's usage has.
func (m *KeyMetadata) algorithms(v *version) {
	info, _ := material.Lookup(v.Spec)
	var names []string
	for _, a := range info.Algorithms(v.Usage) {
		names = append(names, string(a))
	}
	switch v.Usage {
	case material.EncryptDecrypt:
		m.EncryptionAlgorithms = names
	case material.SignVerify:
		m.SigningAlgorithms = names
	case material.GenerateVerifyMac:
		m.MacAlgorithms = names
	case material.KeyAgreement:
		m.KeyAgreementAlgorithms = names
	case material.EncapsulateDecapsulate:
		m.EncapsulationAlgorithms = names
	}
}

// expiration is the expiration model of imported material, and the earliest moment at
// which some of it expires.
func (k *Key) expiration() (model string, validTo time.Time) {
	for _, g := range k.Materials {
		if g.Imported && !g.ValidTo.IsZero() && (validTo.IsZero() || g.ValidTo.Before(validTo)) {
			validTo = g.ValidTo
		}
	}
	if validTo.IsZero() {
		return "KEY_MATERIAL_DOES_NOT_EXPIRE", validTo
	}
	return "KEY_MATERIAL_EXPIRES", validTo
}

// family lists a multi-Region key and its relatives.
func (s *Service) family(k *Key) *MultiRegionConfiguration {
	at := func(region string) MultiRegionKey {
		relative := Key{ID: k.ID, Account: k.Account, Partition: k.Partition, Region: region}
		return MultiRegionKey{relative.ARN(), region}
	}
	primary := at(k.Primary)
	out := &MultiRegionConfiguration{MultiRegionKeyType: k.multiRegionType(), PrimaryKey: &primary, ReplicaKeys: []MultiRegionKey{}}
	if k.Primary != k.Region {
		s.mu.RLock()
		e := s.keys[keyID{k.Account, k.Primary, k.ID}]
		s.mu.RUnlock()
		if e == nil {
			return out
		}
		k = &e.now.Load().Key
	}
	for _, region := range s.replicas(k) {
		out.ReplicaKeys = append(out.ReplicaKeys, at(region))
	}
	return out
}
