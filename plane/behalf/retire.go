package behalf

import (
	"context"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/records"
)

// Retire retires the grant of content as the service, which is the grant's retiring principal:
// when the content is replaced, or was never kept. Content without a grant has nothing to
// retire. Where the caller of the service must be allowed to retire it, see [Keys.Meet].
func (k *Keys) Retire(ctx context.Context, c *plane.Call, s *Subject, sealed *records.Sealed) error {
	if sealed == nil || sealed.Grant == "" {
		return nil
	}
	a := &actor{before: c, who: Principal(s.Service), service: s.Service, context: s.roleContext()}
	return silent(ctx, k, a, "RetireGrant", k.opts.KMS.RetireGrant, &kms.RetireGrantInput{KeyId: sealed.Key, GrantId: sealed.Grant})
}
