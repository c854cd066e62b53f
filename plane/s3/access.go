package s3

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy/authz"
)

// call is a call for a bucket, and perhaps a key.
type call struct {
	*emulate.Request
	*bucket
	key string
}

// find returns the bucket that a request names. Who may not even do the action on a bucket of
// that name is not told that there is none.
func find(ctx context.Context, r *emulate.Request, action string) (*call, error) {
	c := &call{Request: r, key: r.In.Text("Key")}
	if len(c.key) > maxKey {
		return nil, keyTooLong.with()
	}
	return c, c.enter(ctx, r.In.Text("Bucket"), r.In.Text("ExpectedBucketOwner"), action)
}

// maxKey is how long a key can be, in bytes.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const maxKey = 1024

// enter makes the call one for a bucket.
func (c *call) enter(ctx context.Context, name, owner, action string) error {
	c.bucket = bucketOf(c.Service.World, name)
	switch {
	case c.bucket == nil:
		if action != "" && c.Caller.Principal.Kind != authz.Service { // a service has no policies that could say so
			if err := c.AllowAs(ctx, &plane.Asked{Action: "s3:" + action, Resource: c.arnOf(name), Account: c.Account, Called: quoted(c.arnOf(name))}); err != nil {
				return err
			}
		}
		return c.say(noSuchBucket, wire.Object{"BucketName": name})
	case owner != "" && owner != c.owner():
		return accessDenied.with()
	case c.Request.Request == nil:
		// What the plane does in its own process goes to the bucket, wherever it is.
		c.Region = c.region()
	case c.Region != c.region() && c.Operation != "GetBucketLocation":
		c.answerHeader("x-amz-bucket-region", c.region())
		if strings.HasPrefix(c.Operation, "Head") {
			return wrongRegionOfHead.with()
		}
		return c.say(wrongRegion, wire.Object{"Region": c.region()}, c.Region, c.region())
	}
	return nil
}

func (c *call) arnOf(name string) string { return "arn:" + c.Partition() + ":s3:::" + name }
func (c *call) bucketARN() string        { return c.arnOf(c.name()) }
func (c *call) objectARN() string        { return c.bucketARN() + "/" + c.key }

func quoted(s string) string { return `"` + s + `"` }

// allow decides whether the caller may do an action on the bucket or an object.
func (c *call) allow(ctx context.Context, action, resource string, more authz.Context) error {
	context := c.conditions()
	for key, v := range more {
		context[key] = v
	}
	return c.AllowAs(ctx, &plane.Asked{
		Action: "s3:" + action, Resource: resource, Called: quoted(resource), Account: c.owner(),
		Policy: c.effective(c.Request), Context: context,
	})
}

// conditions are the condition keys of a request, by the members of its input.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
func (c *call) conditions() authz.Context {
	out := authz.Context{"s3:resourceaccount": one(c.owner()), "aws:resourceaccount": one(c.owner()), "s3:signatureversion": one("AWS4-HMAC-SHA256")}
	for member, key := range map[string]string{
		"Prefix": "s3:prefix", "Delimiter": "s3:delimiter", "VersionId": "s3:versionid", "ACL": "s3:x-amz-acl",
		"ServerSideEncryption": "s3:x-amz-server-side-encryption", "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
		"CopySource": "s3:x-amz-copy-source", "MetadataDirective": "s3:x-amz-metadata-directive",
		"StorageClass": "s3:x-amz-storage-class", "ObjectOwnership": "s3:x-amz-object-ownership",
	} {
		if text := c.In.Text(member); text != "" {
			out[key] = one(text)
		}
	}
	if c.In.Has("MaxKeys") {
		out["s3:max-keys"] = one(strconv.FormatInt(c.In.Int("MaxKeys"), 10))
	}
	return out
}

func one(s string) authz.Value { return authz.Value{Values: []string{s}} }

// tagConditions are the condition keys of an object's tags, or of those in a request.
func tagConditions(key string, tags map[string]string) authz.Context {
	out := make(authz.Context, len(tags))
	for name, v := range tags {
		out[key+"/"+strings.ToLower(name)] = one(v)
	}
	return out
}

// answerHeader sets a header of the answer, also of a refusal.
func (c *call) answerHeader(name, value string) {
	if c.Call.Header == nil {
		c.Call.Header = http.Header{}
	}
	c.Call.Header.Set(name, value)
}
