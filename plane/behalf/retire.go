package behalf

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/records"
)

// Retire retires the grant of content as the service, which is the grant's retiring principal:
// when the content is replaced, or was never kept. Without a grant, or when the grant is gone,
// there is nothing to retire. Where the caller of the service retires it, see [Keys.Meet].
func (k *Keys) Retire(ctx context.Context, c *plane.Call, s *Subject, sealed *records.Sealed) error {
	if sealed == nil || sealed.Grant == "" || !k.granted(sealed) {
		return nil
	}
	a := &actor{before: c, who: Principal(s.Service), service: s.Service, context: s.roleContext()}
	return silent(ctx, k, a, "RetireGrant", k.opts.KMS.RetireGrant, &kms.RetireGrantInput{KeyId: sealed.Key, GrantId: sealed.Grant})
}

// granted says whether the grant of content is there.
func (k *Keys) granted(sealed *records.Sealed) bool {
	a, err := arn.Parse(sealed.Key)
	if err != nil {
		return false
	}
	v := k.opts.KMS.View(a.Account, a.Region, strings.TrimPrefix(a.Resource, "key/"))
	return v != nil && slices.ContainsFunc(v.Grants, func(g *kms.Grant) bool { return g.ID == sealed.Grant })
}
