package behalf

import (
	"context"
	"fmt"
	"slices"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/records"
)

// Purposes of needs that come before content is written for the first time, in this order.
const (
	validate = "validate"
	grant    = "grant"
)

// Seal encrypts content for a slot under a key: an id, an ARN or an alias, as the service
// takes them; empty: the key that AWS owns. It meets the needs of the slot for "validate",
// purpose (such as "create") and "grant", each with all its actions, or those that
// [Subject.Only] names. An error is an [*Error] when a need is not met.
func (k *Keys) Seal(ctx context.Context, c *plane.Call, s *Subject, key, purpose string, content []byte) (*records.Sealed, error) {
	if key == "" {
		return k.owned(s).Seal(content), nil
	}
	slot, err := k.slot(s)
	if err != nil {
		return nil, err
	}
	u := &use{keys: k, subject: s, call: c, key: key}
	for _, of := range []string{validate, purpose, grant} {
		for i := range slot.Needs {
			if n := &slot.Needs[i]; n.For == of {
				if err := u.meet(ctx, n, s.Only); err != nil && !n.Optional {
					return nil, err
				}
			}
		}
	}
	if u.plain == nil {
		// The key of the data is made by whoever uses the slot, when nobody who creates it does.
		if err := u.otherwise(ctx, slot); err != nil {
			return nil, err
		}
	}
	unlocked, err := unlock(s, &u.sealed, u.plain)
	if err != nil {
		return nil, err
	}
	return unlocked.Seal(content), nil
}

// Open decrypts content for a purpose, such as "use". The need for that purpose that has
// Decrypt says who decrypts; without one it is the first need of the slot that has, and else
// the service by its grant.
func (k *Keys) Open(ctx context.Context, c *plane.Call, s *Subject, sealed *records.Sealed, purpose string) ([]byte, error) {
	u, err := k.Unlock(ctx, c, s, sealed, purpose)
	if err != nil {
		return nil, err
	}
	return u.Open(sealed)
}

// Meet makes the calls of the needs of a slot for a purpose, such as "delete"; of their
// actions only those that are named, or all. key is that of the slot.
func (k *Keys) Meet(ctx context.Context, c *plane.Call, s *Subject, key string, sealed *records.Sealed, purpose string, actions ...string) error {
	if key == "" {
		return nil
	}
	slot, err := k.slot(s)
	if err != nil {
		return err
	}
	u := &use{keys: k, subject: s, call: c, key: key}
	if sealed != nil {
		u.sealed = *sealed
	}
	for i := range slot.Needs {
		if n := &slot.Needs[i]; n.For == purpose {
			if err := u.meet(ctx, n, actions); err != nil && !n.Optional {
				return err
			}
		}
	}
	return nil
}

func (k *Keys) slot(s *Subject) (*catalog.Slot, error) {
	if s.Needs != nil {
		return &catalog.Slot{Name: s.Slot, Needs: s.Needs}, nil
	}
	if e := k.opts.Catalog.Type(s.Type); e != nil {
		if slot := e.Slot(s.Slot); slot != nil {
			return slot, nil
		}
	}
	return nil, fmt.Errorf("behalf: the catalogue has no slot %s of %s", s.Slot, s.Type)
}

// opener is the need that decrypts for a purpose; nil: the service does by its grant.
func opener(slot *catalog.Slot, purpose string) *catalog.Need {
	var other *catalog.Need
	for i := range slot.Needs {
		n := &slot.Needs[i]
		if !slices.Contains(n.Actions, "Decrypt") {
			continue
		}
		if n.For == purpose {
			return n
		}
		if other == nil {
			other = n
		}
	}
	return other
}

// dataKeySpec is that of all data keys.
const dataKeySpec = "AES_256"
