package kms

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/kms/material"
)

// Adopt enters a key as it is somewhere else: under its own id, with its policy, state, aliases
// and grants, for a plane that stands in for the accounts of an inventory. The key material is
// new, since that of another KMS cannot be had. It is no operation of the API: nothing is
// authorized, and no quota but that of keys counts. Of k, Spec, Usage, Origin and State may be
// empty for those of a symmetric key that is enabled, Policy for that of an AWS managed key; Materials and KeyStore are not taken over.
func (s *Service) Adopt(ctx context.Context, k Key, aliases []string, grants []Grant) error {
	now := s.instant()
	k.Partition, k.Materials, k.Current, k.KeyStore, k.XksKeyID = partition(k.Region), nil, "", "", ""
	orElse(&k.Created, now)
	orElse(&k.Spec, material.Symmetric)
	orElse(&k.Usage, material.EncryptDecrypt)
	orElse(&k.Origin, OriginKMS)
	orElse(&k.State, Enabled)
	if k.aws() {
		orElse(&k.Policy, managedPolicy(&k, managedVia(k.Service)))
	}
	if k.Rotation {
		orElse(&k.RotationPeriod, yearlyRotation)
		orElse(&k.NextRotation, now.AddDate(0, 0, k.RotationPeriod))
	}
	if k.MultiRegion {
		orElse(&k.Primary, k.Region)
	}
	v := &version{materials: map[string]*material.Material{}}
	records, err := s.adopted(ctx, v, &k)
	if err != nil {
		return fmt.Errorf("adopt key %s: %w", k.ARN(), err)
	}
	s.several.Lock()
	defer s.several.Unlock()
	names := make([]*Alias, len(aliases))
	for i, name := range aliases {
		names[i] = &Alias{Name: name, Account: k.Account, Region: k.Region, Partition: k.Partition, Key: k.ID, Created: now, Updated: now}
		if s.alias(names[i]) != nil {
			return fmt.Errorf("adopt key %s: %s is there already", k.ARN(), names[i].ARN())
		}
		r, err := names[i].record()
		if err != nil {
			return err
		}
		records = append(records, r)
		v.aliases = insertSorted(v.aliases, name)
	}
	v = v.with(k)
	for i := range grants {
		g := grants[i]
		g.Key, g.Account, g.Region = k.ID, k.Account, k.Region
		orElse(&g.Created, now)
		r, err := g.record()
		if err != nil {
			return err
		}
		records, v = append(records, r), v.plus(&g)
	}
	s.mu.RLock()
	there := s.ids[regionID{k.Region, k.ID}] != nil
	s.mu.RUnlock()
	if there {
		return fmt.Errorf("adopt key %s: there is a key of this id", k.ARN())
	}
	if _, err := s.insert(ctx, v, records...); err != nil {
		return fmt.Errorf("adopt key %s: %w", k.ARN(), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range names {
		s.enterAlias(a)
	}
	return nil
}

// adopted gives a key material of its own, unless it waits for imported material.
func (s *Service) adopted(ctx context.Context, v *version, k *Key) ([]Record, error) {
	if k.State == PendingImport {
		return nil, nil
	}
	m, err := s.generate(ctx, k.Spec)
	if err != nil {
		return nil, err
	}
	id := soleMaterial
	if k.Spec == material.Symmetric {
		if id, err = material.MaterialID(k.ID, m); err != nil {
			return nil, err
		}
	}
	v.materials[id] = m
	k.Materials, k.Current = []Generation{{ID: id, State: materialCurrent, Created: k.Created, Imported: k.Origin == OriginExternal}}, id
	return []Record{s.materialRecord(k, id, m)}, nil
}

// orElse sets what is not set.
func orElse[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
