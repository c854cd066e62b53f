package seed

import (
	"context"
	"errors"
	"fmt"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/iam"
)

// Identities makes the users, groups, roles, policies and access keys of the seed that do
// not exist yet, and says where the accounts are in their organization.
func (s *Seed) Identities(ctx context.Context, to *iam.Service) error {
	for _, a := range s.accounts {
		if err := a.identities(ctx, to); err != nil {
			return fmt.Errorf("seed: account %s: %w", a.id, err)
		}
	}
	if s.organization == nil {
		return nil
	}
	for id, o := range s.organization.Accounts() {
		if err := to.SetOrganization(id, o); err != nil {
			return fmt.Errorf("seed: organization: account %s: %w", id, err)
		}
	}
	return nil
}

// identities makes what is named before what names it.
func (a *declared) identities(ctx context.Context, to *iam.Service) error {
	return errors.Join(
		to.SetPartition(a.id, a.partition),
		each(a.rootKeys, func(k iam.KeySeed) error { return to.EnsureRootKey(ctx, a.id, k) }),
		each(a.policies, func(p iam.PolicySeed) error { return to.EnsurePolicy(ctx, a.id, p) }),
		each(a.groups, func(g iam.GroupSeed) error { return to.EnsureGroup(ctx, a.id, g) }),
		each(a.users, func(u iam.UserSeed) error { return to.EnsureUser(ctx, a.id, u) }),
		each(a.roles, func(r iam.RoleSeed) error { return to.EnsureRole(ctx, a.id, r) }),
	)
}

func each[T any](list []T, f func(T) error) error {
	var errs []error
	for _, v := range list {
		errs = append(errs, f(v))
	}
	return errors.Join(errs...)
}

// Keys makes the keys of the seed that do not exist yet, as the root users of their
// accounts: a key is known by its alias.
func (s *Seed) Keys(ctx context.Context, roots *iam.Service, to *kms.Service) error {
	for _, a := range s.accounts {
		root := roots.Root(a.id)
		for i := range a.keys {
			if err := a.keys[i].ensure(ctx, root, to); err != nil {
				return fmt.Errorf("seed: account %s: key %s in %s: %w", a.id, a.keys[i].Alias, a.keys[i].Region, err)
			}
		}
	}
	return nil
}

func (k *key) ensure(ctx context.Context, root *plane.Caller, to *kms.Service) error {
	ctx, call := plane.As(ctx, root, k.Region)
	_, err := to.DescribeKey(ctx, call, &kms.DescribeKeyInput{KeyId: k.Alias})
	var e *kms.Error
	if err == nil || !errors.As(err, &e) || e.Code != kms.NotFound {
		return err
	}
	in := &kms.CreateKeyInput{Description: k.Description, KeySpec: k.Spec, KeyUsage: k.Usage, Policy: k.policy, MultiRegion: k.MultiRegion}
	for _, name := range sorted(k.Tags) {
		in.Tags = append(in.Tags, kms.Tag{TagKey: name, TagValue: k.Tags[name]})
	}
	made, err := to.CreateKey(ctx, call, in)
	if err != nil {
		return err
	}
	id := made.KeyMetadata.KeyId
	if k.Rotation {
		if err := to.EnableKeyRotation(ctx, call, &kms.EnableKeyRotationInput{KeyId: id}); err != nil {
			return err
		}
	}
	for i := range k.Grants {
		if _, err := to.CreateGrant(ctx, call, k.Grants[i].input(id)); err != nil {
			return fmt.Errorf("grant %d: %w", i+1, err)
		}
	}
	return to.CreateAlias(ctx, call, &kms.CreateAliasInput{AliasName: k.Alias, TargetKeyId: id})
}
