package behalf

import (
	"context"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/records"
)

// UnlockGranted is [Keys.Unlock] by the service itself, whoever its caller is: it has a grant
// for the content.
func (k *Keys) UnlockGranted(ctx context.Context, c *plane.Call, s *Subject, sealed *records.Sealed) (*Unlocked, error) {
	if sealed.Key == "" {
		return k.owned(s), nil
	}
	u := &use{keys: k, subject: s, call: c, key: sealed.Key, sealed: *sealed}
	if err := u.meet(ctx, nil, []string{"Decrypt"}); err != nil {
		return nil, err
	}
	return unlock(s, sealed, u.plain)
}
