package behalf

import (
	"context"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// Tag adds tags to a key for whoever calls the service.
func (k *Keys) Tag(ctx context.Context, c *plane.Call, service, key string, tags []kms.Tag) error {
	return silent(ctx, k, forCaller(c, service), "TagResource", k.opts.KMS.TagResource, &kms.TagResourceInput{KeyId: key, Tags: tags})
}

// Untag takes tags of a key away for whoever calls the service.
func (k *Keys) Untag(ctx context.Context, c *plane.Call, service, key string, names []string) error {
	return silent(ctx, k, forCaller(c, service), "UntagResource", k.opts.KMS.UntagResource, &kms.UntagResourceInput{KeyId: key, TagKeys: names})
}

func forCaller(c *plane.Call, service string) *actor {
	return &actor{before: c, who: c.Caller, service: service, context: authz.Context{"aws:viaawsservice": one("true")}}
}
