package kms

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/bedlock/bedlock/policy/authz"
)

// EnableKey makes a disabled key usable. A key that is enabled stays so.
func (s *Service) EnableKey(ctx context.Context, c *Call, in *EnableKeyInput) error {
	k, err := s.open(ctx, c, "kms:EnableKey", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return err
	}
	return s.change(ctx, c, "EnableKey", k.e, func(_ *version, k *Key) error {
		k.State = Enabled
		return nil
	})
}

// DisableKey makes a key unusable until it is enabled.
func (s *Service) DisableKey(ctx context.Context, c *Call, in *DisableKeyInput) error {
	k, err := s.openFor(ctx, c, "kms:DisableKey", in.KeyId, func(k *found) authz.Context {
		return authz.Context{"kms:trailingdayswithoutkeyusage": one(s.trailingDays(k))}
	})
	if err != nil {
		return err
	}
	return s.change(ctx, c, "DisableKey", k.e, func(_ *version, k *Key) error {
		k.State = DisabledState
		return nil
	})
}

// The days that a deletion waits.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
const (
	minWindow     = 7
	maxWindow     = 30
	defaultWindow = 30
)

// ScheduleKeyDeletion begins the waiting period after which a key is deleted. That of a
// primary key with replicas begins when the last of them is gone.
func (s *Service) ScheduleKeyDeletion(ctx context.Context, c *Call, in *ScheduleKeyDeletionInput) (*ScheduleKeyDeletionOutput, error) {
	window := in.PendingWindowInDays
	if window == 0 {
		window = defaultWindow
	}
	k, err := s.openFor(ctx, c, "kms:ScheduleKeyDeletion", in.KeyId, func(k *found) authz.Context {
		return authz.Context{
			"kms:trailingdayswithoutkeyusage": one(s.trailingDays(k)),
			// That the default counts when the parameter is left out is unconfirmed.
			"kms:schedulekeydeletionpendingwindowindays": one(strconv.Itoa(window)),
		}
	})
	if err != nil {
		return nil, err
	}
	var out *ScheduleKeyDeletionOutput
	s.replicas(&k.v.Key) // those that are due go now
	err = s.change(ctx, c, "ScheduleKeyDeletion", k.e, func(v *version, k *Key) error {
		if window < minWindow || window > maxWindow {
			return fail(Validation, "PendingWindowInDays must be between 7 and 30")
		}
		k.State, k.Until, k.Window = PendingDeletion, s.instant().AddDate(0, 0, window), window
		if len(k.Replicas) > 0 {
			k.State, k.Until = PendingReplicaDeletion, time.Time{}
		}
		out = &ScheduleKeyDeletionOutput{KeyId: k.ARN(), DeletionDate: k.Until, KeyState: k.State, PendingWindowInDays: window}
		return nil
	})
	return out, err
}

// CancelKeyDeletion saves a key from deletion and leaves it disabled. One whose imported
// material is not there waits for it instead, which is unconfirmed.
func (s *Service) CancelKeyDeletion(ctx context.Context, c *Call, in *CancelKeyDeletionInput) (*CancelKeyDeletionOutput, error) {
	k, err := s.open(ctx, c, "kms:CancelKeyDeletion", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, c, "CancelKeyDeletion", k.e, func(_ *version, k *Key) error {
		k.State, k.Until, k.Window = k.usable(), time.Time{}, 0
		if k.State == Enabled {
			k.State = DisabledState
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &CancelKeyDeletionOutput{k.v.ARN()}, nil
}

// UpdateKeyDescription replaces a key's description.
func (s *Service) UpdateKeyDescription(ctx context.Context, c *Call, in *UpdateKeyDescriptionInput) error {
	k, err := s.open(ctx, c, "kms:UpdateKeyDescription", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return err
	}
	return s.change(ctx, c, "UpdateKeyDescription", k.e, func(_ *version, k *Key) error {
		k.Description = in.Description
		return nil
	})
}

// ListKeys lists the keys of an account in a Region. Nobody shares keys by AWS RAM here, so
// that a list of those alone is empty.
func (s *Service) ListKeys(ctx context.Context, c *Call, in *ListKeysInput) (*ListKeysOutput, error) {
	if err := s.allow(ctx, c, "kms:ListKeys", "*", nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	var ids []string
	own := len(in.ResourceOwners) == 0 || slices.Contains(in.ResourceOwners, "SELF")
	if r := s.regions[regionOf{c.Account, c.Region}]; r != nil && own {
		ids = r.keys
	}
	ids, next, err := page("ListKeys", in.Marker, in.Limit, ids, func(id string) string { return id })
	entries := make([]*entry, len(ids))
	for i, id := range ids {
		entries[i] = s.keys[keyID{c.Account, c.Region, id}]
	}
	s.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	out := &ListKeysOutput{Keys: []KeyListEntry{}, NextMarker: next, Truncated: next != ""}
	for _, e := range entries {
		if v := s.settled(e); v != nil {
			out.Keys = append(out.Keys, KeyListEntry{v.ID, v.ARN()})
		}
	}
	return out, nil
}
