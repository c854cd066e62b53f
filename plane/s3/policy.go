package s3

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// maxPolicy is the largest policy of a bucket, in bytes.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
const maxPolicy = 20 << 10

// effective is the policy of the bucket as it counts for a caller; nil: there is none. Where
// public buckets are restricted a public one counts only for the owner's account and services.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func (b *bucket) effective(r *emulate.Request) *authz.Policy {
	text := b.rec.Doc.Text("policy")
	outside := r.Caller.Principal.Kind != authz.Service && r.Account != b.owner()
	if outside && b.rec.Doc.Bool("publicAccess.RestrictPublicBuckets") && public(text) {
		return nil
	}
	return emulate.PolicyOf("bucket policy", text)
}

func putPolicy(ctx context.Context, c *call) (wire.Object, error) {
	text := c.In.Text("Policy")
	if err := c.checkDigest(); err != nil {
		return nil, err
	}
	d, err := policy.Parse(text)
	switch {
	case text == "" || strings.TrimSpace(text)[0] != '{':
		return nil, malformedPolicy.with("Policies must be valid JSON and the first byte must be '{'")
	case len(text) > maxPolicy:
		return nil, &wire.Error{Status: http.StatusBadRequest, Code: "PolicyTooLarge", Message: "The policy exceeds the allowed maximum size"}
	case err != nil:
		return nil, malformedPolicy.with(err.Error())
	case len(d.Problems) > 0:
		return nil, malformedPolicy.with(d.Problems[0].Text)
	case !c.ownResources(d):
		return nil, malformedPolicy.with("Policy has invalid resource")
	case c.rec.Doc.Bool("publicAccess.BlockPublicPolicy") && public(text):
		return nil, publicPolicyBlocked.with(c.Caller.Principal.ARN, c.bucketARN())
	}
	for i := range d.Statements {
		if d.Statements[i].Principals == nil && d.Statements[i].NotPrincipals == nil {
			return nil, malformedPolicy.with("Missing required field Principal")
		}
	}
	return nil, c.change(ctx, wire.Object{"policy": text})
}

// ownResources says whether all resources of a policy are the bucket or objects of it.
func (c *call) ownResources(d *policy.Document) bool {
	for i := range d.Statements {
		s := &d.Statements[i]
		for _, resource := range append(slices.Clone(s.Resources), s.NotResources...) {
			if resource != c.bucketARN() && !strings.HasPrefix(resource, c.bucketARN()+"/") && resource != "*" && !strings.HasPrefix(resource, c.bucketARN()+"*") {
				return false
			}
		}
	}
	return true
}

func (c *call) policyText() (string, error) {
	text := c.rec.Doc.Text("policy")
	if text == "" {
		return "", c.say(missing("NoSuchBucketPolicy", "The bucket policy does not exist"), wire.Object{"BucketName": c.name()})
	}
	return text, nil
}

func getPolicy(_ context.Context, c *call) (wire.Object, error) {
	text, err := c.policyText()
	return wire.Object{"Policy": text}, err
}

func deletePolicy(ctx context.Context, c *call) (wire.Object, error) {
	return nil, c.change(ctx, wire.Object{"policy": nil})
}

func getPolicyStatus(_ context.Context, c *call) (wire.Object, error) {
	text, err := c.policyText()
	return wire.Object{"PolicyStatus": wire.Object{"IsPublic": public(text)}}, err
}

// fixed are the condition keys whose fixed values make a statement for everyone not public.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
var fixed = []string{
	"aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourceorgid",
	"aws:sourceorgpaths", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:userid", "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:x-amz-server-side-encryption-aws-kms-key-id",
}

// public says whether a policy allows something to everyone.
func public(text string) bool {
	d, err := policy.Parse(text)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(d.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && everyone(&s) && !slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool {
			return slices.Contains(fixed, strings.ToLower(c.Key)) && !strings.Contains(c.Operator.Base, "Not") && !slices.ContainsFunc(c.Values, func(v string) bool { return strings.Trim(v, "*?") == "" || v == "0.0.0.0/0" || v == "::/0" })
		})
	})
}

func everyone(s *policy.Statement) bool {
	p := s.Principals
	return s.NotPrincipals != nil || p != nil && (p.Any || slices.Contains(p.AWS, "*"))
}
