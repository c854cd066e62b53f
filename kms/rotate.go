package kms

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// The KeyMaterialState and the RotationType of the KMS API.
const (
	materialCurrent        = "CURRENT"
	materialFormer         = "NON_CURRENT"
	materialPending        = "PENDING_ROTATION"
	materialPendingRegions = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"

	rotatedAutomatically = "AUTOMATIC"
	rotatedOnDemand      = "ON_DEMAND"
)

// Rotation periods in days, and how often a key may be rotated on demand.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html,
// https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
const (
	yearlyRotation = 365
	minRotation    = 90
	maxRotation    = 2560
	maxOnDemand    = 25

	day = 24 * time.Hour
	// rotationSoon is how long before an automatic rotation one on demand is a conflict.
	rotationSoon = 20 * time.Minute
)

// EnableKeyRotation turns on automatic rotation, or changes its period.
func (s *Service) EnableKeyRotation(ctx context.Context, c *Call, in *EnableKeyRotationInput) error {
	conditions := authz.Context{}
	if in.RotationPeriodInDays != 0 {
		// Whether the key has the default value when the parameter is omitted is unconfirmed.
		given(conditions, "kms:rotationperiodindays", strconv.Itoa(in.RotationPeriodInDays))
	}
	k, err := s.open(ctx, c, "kms:EnableKeyRotation", in.KeyId, idOrARN, nil, conditions)
	if err != nil {
		return err
	}
	period := cmp.Or(in.RotationPeriodInDays, yearlyRotation)
	return s.together(ctx, k.e, func(r *relatives) error {
		if err := rotatable(c, "EnableKeyRotation", r.self); err != nil {
			return err
		}
		if err := bounded(period); err != nil {
			return err
		}
		// That a new period begins now, and not with the last rotation, is unconfirmed.
		next := s.instant().Add(time.Duration(period) * day)
		for _, v := range r.all {
			v.Rotation, v.RotationPeriod, v.NextRotation = true, period, next
		}
		return nil
	})
}

// bounded refuses other periods than 90 to 2560 days; the texts follow from the model.
func bounded(period int) error {
	bound := "greater than or equal to " + strconv.Itoa(minRotation)
	switch {
	case period > maxRotation:
		bound = "less than or equal to " + strconv.Itoa(maxRotation)
	case period >= minRotation:
		return nil
	}
	return fail(Validation, "1 validation error detected: Value '%d' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value %s", period, bound)
}

// rotatable refuses keys that cannot be rotated: by their state first, then by what they
// are. The message for replicas is unconfirmed.
func rotatable(c *Call, op string, v *version) error {
	if v.aws() {
		return refuseManaged(c, "kms:"+op, v.ARN())
	}
	if err := check(op, v); err != nil {
		return err
	}
	switch {
	case !symmetric(&v.Key):
		return &Error{Code: UnsupportedOperation} // AWS sends no message
	case !v.isPrimary():
		return fail(UnsupportedOperation, "%s is not a multi-region primary key.", v.ARN())
	}
	return nil
}

// DisableKeyRotation turns off automatic rotation. Keys that cannot have it have it off.
func (s *Service) DisableKeyRotation(ctx context.Context, c *Call, in *DisableKeyRotationInput) error {
	k, err := s.open(ctx, c, "kms:DisableKeyRotation", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return err
	}
	err = s.together(ctx, k.e, func(r *relatives) error {
		switch err := rotatable(c, "DisableKeyRotation", r.self); {
		case !symmetric(&r.self.Key) && check("DisableKeyRotation", r.self) == nil:
			return errAsItWas
		case err != nil:
			return err
		}
		for _, v := range r.all {
			v.Rotation, v.RotationPeriod, v.NextRotation = false, 0, time.Time{}
		}
		return nil
	})
	if errors.Is(err, errAsItWas) {
		return nil
	}
	return err
}

// GetKeyRotationStatus tells about automatic rotation. While the deletion of a key is
// pending it is off, and comes back when the deletion is cancelled. Rotations on demand
// are done at once here, so none is ever in progress.
func (s *Service) GetKeyRotationStatus(ctx context.Context, c *Call, in *GetKeyRotationStatusInput) (*GetKeyRotationStatusOutput, error) {
	k, err := s.open(ctx, c, "kms:GetKeyRotationStatus", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	if err := check("GetKeyRotationStatus", k.v); err != nil {
		return nil, err
	}
	out := &GetKeyRotationStatusOutput{KeyId: k.v.ARN()} // or the bare id: unconfirmed
	pending := k.v.State == PendingDeletion || k.v.State == PendingReplicaDeletion
	if k.v.Rotation && !pending {
		out.KeyRotationEnabled, out.RotationPeriodInDays, out.NextRotationDate = true, k.v.RotationPeriod, k.v.NextRotation
	}
	return out, nil
}

// RotateKeyOnDemand rotates a key now: to new material, or to imported material that waits
// for it. The schedule of automatic rotation stays.
func (s *Service) RotateKeyOnDemand(ctx context.Context, c *Call, in *RotateKeyOnDemandInput) (*RotateKeyOnDemandOutput, error) {
	k, err := s.open(ctx, c, "kms:RotateKeyOnDemand", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	err = s.together(ctx, k.e, func(r *relatives) error {
		if err := rotatable(c, "RotateKeyOnDemand", r.self); err != nil {
			return err
		}
		now := s.instant()
		switch {
		case r.self.OnDemand >= maxOnDemand:
			return fail(LimitExceeded, "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: %s", r.self.ARN())
		case r.self.Rotation && !now.Before(r.self.NextRotation.Add(-rotationSoon)):
			// The text is that of the API's documentation, unconfirmed.
			return fail(Conflict, "The request was rejected because an automatic rotation of this key is currently in progress or scheduled to begin within the next 20 minutes.")
		}
		for _, v := range r.all {
			v.OnDemand++
		}
		if r.self.Origin == OriginExternal {
			return r.rotateImported(now)
		}
		return r.rotate(s, rotatedOnDemand, now)
	})
	if err != nil {
		return nil, err
	}
	return &RotateKeyOnDemandOutput{KeyId: k.v.ARN()}, nil
}

// rotate makes new material and makes it current. The former stays, to decrypt with.
func (r *relatives) rotate(s *Service, how string, now time.Time) error {
	m, err := material.Generate(r.primary.Spec)
	if err != nil {
		return ofMaterial(err)
	}
	id, err := material.MaterialID(r.primary.ID, m)
	if err != nil {
		return internal(err)
	}
	for _, v := range r.all {
		v.Materials = append(slices.Clone(v.Materials), Generation{ID: id, Created: now})
		r.add(s, v, id, m)
		v.makeCurrent(id, how, now)
	}
	return nil
}

// rotateImported makes the imported material current that waits for it.
func (r *relatives) rotateImported(now time.Time) error {
	id := r.primary.pending()
	if id == "" || !everywhere(r.all, id) {
		return fail(InvalidState, "No available key material pending rotation for the key: %s.", r.self.ARN())
	}
	for _, v := range r.all {
		v.makeCurrent(id, rotatedOnDemand, now)
	}
	return nil
}

// makeCurrent makes a material of the key the current one.
func (v *version) makeCurrent(id, how string, now time.Time) {
	v.generation(v.Current, func(g *Generation) { g.State = materialFormer })
	v.generation(id, func(g *Generation) { g.State, g.Rotated, g.RotationType = materialCurrent, now, how })
	v.Current = id
}

// rotateDue rotates a key when its automatic rotation is due: once, however far the clock
// jumped. Keys that are not enabled wait, and are rotated as soon as they are; AWS
// documents that for a key that was not rotated for a year, and leaves open what counts
// with another period. Replicas are rotated with their primary key. A failure changes
// nothing, and it is tried again at the next operation. No change lock may be held.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
func (s *Service) rotateDue(e *entry) {
	if v := e.now.Load(); !v.Rotation || s.now().Before(v.NextRotation) {
		return
	}
	primary := s.primaryOf(e)
	s.endPassing(primary)
	if !primary.now.Load().due(s.now()) {
		return
	}
	_ = s.together(context.Background(), e, func(r *relatives) error {
		if !r.primary.due(s.now()) {
			return errAsItWas
		}
		now := s.instant()
		period := time.Duration(r.primary.RotationPeriod) * day
		// The schedule goes on. When more than a period was missed, it begins anew.
		next := r.primary.NextRotation.Add(period)
		if !now.Before(next) {
			next = now.Add(period)
		}
		for _, v := range r.all {
			v.NextRotation = next
		}
		return r.rotate(s, rotatedAutomatically, now)
	})
}

// due reports whether an automatic rotation of a primary key is due.
func (k *Key) due(now time.Time) bool {
	return k.Rotation && k.State == Enabled && !now.Before(k.NextRotation)
}

// primaryOf is the primary key of a key, itself for most.
func (s *Service) primaryOf(e *entry) *entry {
	v := e.now.Load()
	if v.isPrimary() {
		return e
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if primary := s.keys[keyID{v.Account, v.Primary, v.ID}]; primary != nil {
		return primary
	}
	return e
}
