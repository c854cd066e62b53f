package behalf

import (
	"context"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// Describe returns the ARN of a key that can encrypt content: it looks the key up for whoever
// calls the service, for content that the service does not seal here. via is the service as
// kms:ViaService says it: rds.eu-west-1.amazonaws.com.
func (k *Keys) Describe(ctx context.Context, c *plane.Call, via, key string) (string, error) {
	a := forCaller(c, principalOf(via))
	a.context["kms:viaservice"] = one(via)
	u := &use{keys: k, call: c, key: key}
	if err := u.act(ctx, a, "DescribeKey", nil); err != nil {
		return "", err
	}
	return u.key, nil
}

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
