package kms

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// elsewhere is the call as it is authorized in another Region.
func (c *Call) elsewhere(region string) *Call {
	out := *c
	out.Region, out.Touched = region, nil
	if _, ok := c.Context["aws:requestedregion"]; ok {
		out.Context = maps.Clone(c.Context)
		given(out.Context, "aws:requestedregion", region)
	}
	return &out
}

// onPrimary refuses an operation on other keys than primary ones in a state for it. For
// single-Region keys the text is derived from that for replicas.
func onPrimary(op string, v *version) error {
	if err := check(op, v); err != nil {
		return err
	}
	if !v.MultiRegion || !v.isPrimary() {
		return fail(UnsupportedOperation, "%s is not a multi-region primary key.", v.ARN())
	}
	return nil
}

// ReplicateKey creates a replica of a primary key in another Region. The replica shares
// key id, material, spec, usage, origin and rotation; imported material must be imported
// there again. It needs kms:ReplicateKey on the primary key, and in the Region of the
// replica kms:CreateKey and, with tags, kms:TagResource.
func (s *Service) ReplicateKey(ctx context.Context, c *Call, in *ReplicateKeyInput) (*ReplicateKeyOutput, error) {
	conditions := authz.Context{}
	given(conditions, "kms:replicaregion", in.ReplicaRegion)
	k, err := s.open(ctx, c, "kms:ReplicateKey", in.KeyId, idOrARN, nil, conditions)
	if err != nil {
		return nil, err
	}
	if err := onPrimary("ReplicateKey", k.v); err != nil {
		return nil, err
	}
	if arn.PartitionOf(in.ReplicaRegion) != k.v.Partition {
		return nil, invalid("%s is not a Region of the partition %s.", in.ReplicaRegion, k.v.Partition)
	}
	replica, err := s.plannedReplica(ctx, c.elsewhere(in.ReplicaRegion), &k.v.Key, in)
	if err != nil {
		return nil, err
	}
	v, err := s.replicate(ctx, k, replica)
	if err != nil {
		return nil, err
	}
	out := &ReplicateKeyOutput{ReplicaKeyMetadata: s.metadata(v), ReplicaPolicy: v.Policy}
	for _, t := range v.Tags {
		out.ReplicaTags = append(out.ReplicaTags, Tag{t.Key, t.Value})
	}
	return out, nil
}

// plannedReplica is the replica that a request asks for, as far as it is its own: the rest
// it shares. there is the call in the replica's Region, which is authorized.
func (s *Service) plannedReplica(ctx context.Context, there *Call, primary *Key, in *ReplicateKeyInput) (*Key, error) {
	k := &Key{
		ID: primary.ID, Account: primary.Account, Partition: primary.Partition, Region: in.ReplicaRegion,
		Created: s.instant(), Description: in.Description, Policy: in.Policy,
		Spec: primary.Spec, Usage: primary.Usage, Origin: primary.Origin, MultiRegion: true, Primary: primary.Region,
	}
	if k.Policy == "" {
		k.Policy = defaultPolicy(k.Partition, k.Account)
	}
	asked := &CreateKeyInput{Tags: in.Tags, BypassPolicyLockoutSafetyCheck: in.BypassPolicyLockoutSafetyCheck}
	if err := s.allow(ctx, there, "kms:CreateKey", "*", createConditions(asked, k)); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		if err := s.allowNewTags(ctx, there, k, in.Tags); err != nil {
			return nil, err
		}
	}
	var err error
	if k.Tags, err = s.newTags(in.Tags); err != nil {
		return nil, err
	}
	return k, s.checkPolicy(ctx, there, k, in.BypassPolicyLockoutSafetyCheck)
}

// replicate enters a replica. It is Creating, if only for a moment.
func (s *Service) replicate(ctx context.Context, k *found, replica *Key) (*version, error) {
	s.mu.RLock()
	old := s.keys[keyID{replica.Account, replica.Region, replica.ID}]
	s.mu.RUnlock()
	if old != nil {
		s.settled(old) // one that is due to go makes room
	}
	var out *version
	err := s.together(ctx, k.e, func(r *relatives) error {
		if err := onPrimary("ReplicateKey", r.self); err != nil {
			return err
		}
		if replica.Region == r.self.Region || slices.Contains(r.self.Replicas, replica.Region) {
			return fail(AlreadyExists, "A key with the id %s already exists in %s.", replica.ID, replica.Region) // unconfirmed text
		}
		r.primary.Replicas = append(slices.Clone(r.primary.Replicas), replica.Region)
		slices.Sort(r.primary.Replicas)
		next := r.replica(s, *replica)
		next.State, next.Until = Creating, s.instant().Add(s.opts.Passing)
		out = next.with(next.Key)
		r.commit = func(ctx context.Context, records ...Record) error {
			_, err := s.insert(ctx, out, records...)
			return err
		}
		return nil
	})
	return out, err
}

// replica gives a replica what it shares with the primary key.
func (r *relatives) replica(s *Service, k Key) *version {
	p := r.primary
	k.Current, k.OnDemand = p.Current, p.OnDemand
	k.Rotation, k.RotationPeriod, k.NextRotation = p.Rotation, p.RotationPeriod, p.NextRotation
	k.Materials = slices.Clone(p.Materials)
	for i := range k.Materials {
		// Each Region imports for itself.
		k.Materials[i].Imported, k.Materials[i].ValidTo = false, time.Time{}
	}
	next := (&version{materials: map[string]*material.Material{}}).with(k)
	if k.Origin != OriginExternal {
		for id, m := range p.materials {
			r.add(s, next, id, m)
		}
	}
	return next
}

// UpdatePrimaryRegion makes a replica the primary key, and the primary key a replica. Both
// are Updating meanwhile, and can be used. It needs kms:UpdatePrimaryRegion on both.
func (s *Service) UpdatePrimaryRegion(ctx context.Context, c *Call, in *UpdatePrimaryRegionInput) error {
	conditions := authz.Context{}
	given(conditions, "kms:primaryregion", in.PrimaryRegion)
	k, err := s.open(ctx, c, "kms:UpdatePrimaryRegion", in.KeyId, idOrARN, nil, conditions)
	if err != nil {
		return err
	}
	if err := onPrimary("UpdatePrimaryRegion", k.v); err != nil {
		return err
	}
	if in.PrimaryRegion == k.v.Region {
		return invalid("%s is already the primary Region of %s.", in.PrimaryRegion, k.v.ARN())
	}
	// A Region without a replica has no such key: the error is unconfirmed.
	to, err := s.open(ctx, c.elsewhere(in.PrimaryRegion), "kms:UpdatePrimaryRegion", k.v.ID, idOrARN, nil, conditions)
	if err != nil {
		return err
	}
	return s.together(ctx, k.e, func(r *relatives) error {
		if err := onPrimary("UpdatePrimaryRegion", r.self); err != nil {
			return err
		}
		i := slices.IndexFunc(r.all, func(v *version) bool { return v.Region == in.PrimaryRegion })
		if i < 0 {
			return errGone(&to.v.Key)
		}
		next := r.all[i]
		// That the replica must be in a state for it as well is unconfirmed.
		if err := check("UpdatePrimaryRegion", next); err != nil {
			return err
		}
		next.Replicas = slices.DeleteFunc(slices.Clone(r.self.Replicas), func(region string) bool { return region == next.Region })
		next.Replicas = append(next.Replicas, r.self.Region)
		slices.Sort(next.Replicas)
		r.self.Replicas = nil
		for _, v := range r.all {
			v.Primary = next.Region
		}
		until := s.instant().Add(s.opts.Passing)
		next.State, next.Until = Updating, until
		r.self.State, r.self.Until = Updating, until
		return nil
	})
}
