package kms

import (
	"context"
	"maps"
	"slices"
	"time"
)

// DeleteImportedKeyMaterial deletes imported material, which the key then waits for. What
// waits for a rotation leaves the key altogether, from its replicas too when it is deleted
// from the primary key.
func (s *Service) DeleteImportedKeyMaterial(ctx context.Context, c *Call, in *DeleteImportedKeyMaterialInput) (*DeleteImportedKeyMaterialOutput, error) {
	k, err := s.open(ctx, c, "kms:DeleteImportedKeyMaterial", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	out := &DeleteImportedKeyMaterialOutput{KeyId: k.v.ARN()}
	err = s.together(ctx, k.e, func(r *relatives) error {
		if err := check("DeleteImportedKeyMaterial", r.self); err != nil {
			return err
		}
		id := r.self.Current
		if in.KeyMaterialId != "" {
			if !symmetric(&r.self.Key) {
				return invalid("KeyMaterialId is valid only for symmetric encryption KMS keys.")
			}
			id = in.KeyMaterialId
		}
		if symmetric(&r.self.Key) {
			out.KeyMaterialId = id
		}
		switch i := slices.IndexFunc(r.self.Materials, func(g Generation) bool { return g.ID == id }); {
		case i < 0 && in.KeyMaterialId != "":
			return fail(NotFound, "Key material %s is not associated with KMS key %s.", id, r.self.ARN()) // unconfirmed
		case i < 0 || !r.self.Materials[i].Imported:
			return errAsItWas
		}
		r.lose(id)
		r.follow()
		return nil
	})
	if err != nil && err != errAsItWas {
		return nil, err
	}
	return out, nil
}

// lose takes imported material from a key. Material that waits for a rotation does so no
// longer when the primary key loses it.
func (r *relatives) lose(id string) {
	if id == r.primary.pending() && r.self == r.primary {
		for _, v := range r.all {
			if v.materials[id] != nil {
				r.drop(v, id)
			}
			v.Materials = slices.DeleteFunc(slices.Clone(v.Materials), func(g Generation) bool { return g.ID == id })
		}
		return
	}
	public := publicPart(r.self.materials[id])
	r.drop(r.self, id)
	r.self.generation(id, func(g *Generation) { g.Imported, g.ValidTo, g.Public = false, time.Time{}, public })
}

// overdue are the imported materials of a key whose time is over.
func (k *Key) overdue(now time.Time) []string {
	var out []string
	for i := range k.Materials {
		if g := &k.Materials[i]; g.Imported && !g.ValidTo.IsZero() && !now.Before(g.ValidTo) {
			out = append(out, g.ID)
		}
	}
	return out
}

// expire deletes the imported material of a key whose time is over; a clock that jumps
// back does not bring it back. After a failure it is tried again at the next operation. No
// change lock may be held.
func (s *Service) expire(e *entry) {
	if len(e.now.Load().overdue(s.now())) == 0 {
		return
	}
	var expired []string
	err := s.together(context.Background(), e, func(r *relatives) error {
		ids := r.self.overdue(s.now())
		if len(ids) == 0 {
			return errAsItWas
		}
		for _, id := range ids {
			r.lose(id)
		}
		r.follow()
		expired = ids
		return nil
	})
	if err != nil {
		return
	}
	for _, id := range expired {
		s.tell(&e.now.Load().Key, Event{Name: EventExpiredMaterial, Material: id})
	}
}

// unexpired is the key without imported material whose time is over, which is still there
// only if the store refused to delete it.
func (v *version) unexpired(now time.Time) *version {
	ids := v.overdue(now)
	if len(ids) == 0 {
		return v
	}
	next := *v
	next.materials = maps.Clone(v.materials)
	r := &relatives{self: &next, primary: &next, all: []*version{&next}}
	for _, id := range ids {
		r.lose(id)
	}
	r.follow()
	return &next
}
