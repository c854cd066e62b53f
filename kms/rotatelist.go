package kms

import (
	"context"
	"fmt"
)

// ListKeyRotations lists the rotations of a key, or all of its material, oldest first.
func (s *Service) ListKeyRotations(ctx context.Context, c *Call, in *ListKeyRotationsInput) (*ListKeyRotationsOutput, error) {
	k, err := s.open(ctx, c, "kms:ListKeyRotations", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	if err := check("ListKeyRotations", k.v); err != nil {
		return nil, err
	}
	if !symmetric(&k.v.Key) {
		return nil, &Error{Code: UnsupportedOperation} // unconfirmed
	}
	type numbered struct {
		*Generation
		number string // pages are cut by it, as the order is not that of the ids
	}
	var all []numbered
	for i := range k.v.Materials {
		if g := &k.v.Materials[i]; in.IncludeKeyMaterial == "ALL_KEY_MATERIAL" || !g.Rotated.IsZero() {
			all = append(all, numbered{g, fmt.Sprintf("%08d", i)})
		}
	}
	some, next, err := page("ListKeyRotations", in.Marker, in.Limit, all, func(n numbered) string { return n.number })
	if err != nil {
		return nil, err
	}
	out := &ListKeyRotationsOutput{Rotations: make([]RotationsListEntry, 0, len(some)), NextMarker: next, Truncated: next != ""}
	for _, n := range some {
		entry := k.v.rotationEntry(n.Generation)
		if n.State == materialPending && !everywhere(versions(s.relatedTo(k.e)), n.ID) {
			entry.KeyMaterialState = materialPendingRegions
		}
		out.Rotations = append(out.Rotations, entry)
	}
	return out, nil
}

// rotationEntry describes a key material. That KeyId is the bare id is what AWS's examples
// show.
func (k *Key) rotationEntry(g *Generation) RotationsListEntry {
	out := RotationsListEntry{
		KeyId: k.ID, KeyMaterialId: g.ID, KeyMaterialState: g.State, RotationDate: g.Rotated, RotationType: g.RotationType,
	}
	if k.Origin != OriginExternal {
		return out
	}
	out.KeyMaterialDescription, out.ImportState = g.Description, "PENDING_IMPORT"
	if g.Imported {
		out.ImportState, out.ExpirationModel, out.ValidTo = "IMPORTED", expires(g), g.ValidTo
	}
	return out
}
