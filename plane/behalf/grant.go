package behalf

import (
	"context"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/records"
)

// Grant meets the needs of a slot for "validate" and a purpose that has CreateGrant, for
// something that the service does once and that ends with [Keys.Retire]. It returns the grant;
// nil: without a key there is none.
func (k *Keys) Grant(ctx context.Context, c *plane.Call, s *Subject, key, purpose string) (*records.Sealed, error) {
	if key == "" {
		return nil, nil
	}
	slot, err := k.slot(s)
	if err != nil {
		return nil, err
	}
	u := &use{keys: k, subject: s, call: c, key: key}
	for _, of := range []string{validate, purpose} {
		for i := range slot.Needs {
			if n := &slot.Needs[i]; n.For == of {
				if err := u.meet(ctx, n, nil); err != nil && !n.Optional {
					return nil, err
				}
			}
		}
	}
	u.sealed.Key = u.key
	return &u.sealed, nil
}
