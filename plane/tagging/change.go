package tagging

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy/authz"
)

// way is how an API changes tags. Empty operations are TagResource and UntagResource.
type way struct {
	tag, untag string
	// on is the member that names the resource, name what it is named by; nil: its ARN.
	on   string
	name func(a arn.ARN) string
	// tags and keys are the members of what is added and taken away; a list of tags has pairs of
	// the names of pair, others are maps.
	tags, keys string
	pair       []string
	// more are other members.
	more wire.Object
}

var (
	lower = []string{"key", "value"}
	upper = []string{"Key", "Value"}
)

// after is the name at the end of an ARN.
func after(prefix string) func(arn.ARN) string {
	return func(a arn.ARN) string { return strings.TrimPrefix(a.Resource, prefix) }
}

// queueURL is that of a queue; only its path counts.
func queueURL(a arn.ARN) string {
	return "https://sqs." + a.Region + ".amazonaws.com/" + a.Account + "/" + a.Resource
}

// ways are the APIs that change tags.
var ways = map[string]way{
	"agent-registry-control":    {on: "resourceArn", tags: "tags", keys: "tagKeys"},
	"bedrock":                   {on: "resourceARN", tags: "tags", keys: "tagKeys", pair: lower},
	"bedrock-agent":             {on: "resourceArn", tags: "tags", keys: "tagKeys"},
	"bedrock-agentcore-control": {on: "resourceArn", tags: "tags", keys: "tagKeys"},
	"bedrock-data-automation":   {on: "resourceARN", tags: "tags", keys: "tagKeys", pair: lower},
	"cloudtrail":                {tag: "AddTags", untag: "RemoveTags", on: "ResourceId", tags: "TagsList", keys: "TagsList", pair: upper},
	"cloudwatch":                {on: "ResourceARN", tags: "Tags", keys: "TagKeys", pair: upper},
	"config":                    {on: "ResourceArn", tags: "Tags", keys: "TagKeys", pair: upper},
	"dynamodb":                  {on: "ResourceArn", tags: "Tags", keys: "TagKeys", pair: upper},
	"firehose":                  {tag: "TagDeliveryStream", untag: "UntagDeliveryStream", on: "DeliveryStreamName", name: after("deliverystream/"), tags: "Tags", keys: "TagKeys", pair: upper},
	"lambda":                    {on: "Resource", tags: "Tags", keys: "TagKeys"},
	"logs":                      {on: "resourceArn", tags: "tags", keys: "tagKeys"},
	"opensearchserverless":      {on: "resourceArn", tags: "tags", keys: "tagKeys", pair: lower},
	"organizations":             {on: "ResourceId", name: last, tags: "Tags", keys: "TagKeys", pair: upper},
	"rds":                       {tag: "AddTagsToResource", untag: "RemoveTagsFromResource", on: "ResourceName", tags: "Tags", keys: "TagKeys", pair: upper},
	"s3vectors":                 {on: "resourceArn", tags: "tags", keys: "tagKeys"},
	"secretsmanager":            {on: "SecretId", tags: "Tags", keys: "TagKeys", pair: upper},
	"sns":                       {on: "ResourceArn", tags: "Tags", keys: "TagKeys", pair: upper},
	"stepfunctions":             {on: "resourceArn", tags: "tags", keys: "tagKeys", pair: lower},
	"sqs":                       {tag: "TagQueue", untag: "UntagQueue", on: "QueueUrl", name: queueURL, tags: "Tags", keys: "TagKeys"},
	"ssm":                       {tag: "AddTagsToResource", untag: "RemoveTagsFromResource", on: "ResourceId", tags: "Tags", keys: "TagKeys", pair: upper, more: wire.Object{"ResourceType": "Parameter"}},
}

// apis are the APIs by the word of ARNs for the service, with the kind of the resource where a
// service has several; the others are called like the service.
var apis = map[string]string{
	"aoss": "opensearchserverless", "agent-registry": "agent-registry-control", "bedrock-agentcore": "bedrock-agentcore-control", "states": "stepfunctions",
	"bedrock:agent": "bedrock-agent", "bedrock:agent-alias": "bedrock-agent", "bedrock:flow": "bedrock-agent", "bedrock:prompt": "bedrock-agent", "bedrock:knowledge-base": "bedrock-agent",
	"bedrock:data-automation-project": "bedrock-data-automation", "bedrock:blueprint": "bedrock-data-automation", "bedrock:data-automation-library": "bedrock-data-automation",
}

func apiOf(a arn.ARN) string {
	kind, _, _ := strings.Cut(a.Resource, "/")
	return cmp.Or(apis[a.Service+":"+kind], apis[a.Service], a.Service)
}

func last(a arn.ARN) string { return a.Resource[strings.LastIndexByte(a.Resource, '/')+1:] }

// change is a change of tags: what is added, or what is taken away.
type change struct {
	add    map[string]string
	remove []string
}

func tagAll(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return all(ctx, r, change{add: r.In.Map("Tags")})
}

func untagAll(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return all(ctx, r, change{remove: r.In.Texts("TagKeys")})
}

// all changes each of the resources, and says which could not be changed.
// Source: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html
func all(ctx context.Context, r *emulate.Request, c change) (wire.Object, error) {
	failed := wire.Object{}
	for _, resource := range r.In.Texts("ResourceARNList") {
		err := one(ctx, r, resource, c)
		var refused *wire.Error
		var byKey *behalf.Error
		switch {
		case err == nil:
		case errors.As(err, &refused):
			failed[resource] = failure(refused.Status, refused.Code, refused.Message)
		case errors.As(err, &byKey):
			failed[resource] = failure(http.StatusBadRequest, byKey.Code, byKey.Message)
		default:
			return nil, err
		}
	}
	return wire.Object{"FailedResourcesMap": failed}, nil
}

// failure says why a resource was not changed; the code is one of two.
func failure(status int, code, message string) wire.Object {
	if status == 0 {
		status = http.StatusBadRequest
	}
	return wire.Object{"StatusCode": int64(status), "ErrorCode": invalid, "ErrorMessage": code + ": " + message}
}

// one changes the tags of a resource by the service that has it.
func one(ctx context.Context, r *emulate.Request, resource string, c change) error {
	a, err := arn.Parse(resource)
	if err != nil || a.Region != "" && a.Region != r.Region || a.Account != "" && a.Account != r.Account {
		return r.Fail(invalid, "%s is not a resource of the account in the Region.", resource)
	}
	switch a.Service {
	case "kms":
		return key(ctx, r, resource, c)
	case "s3":
		return bucket(ctx, r, a, c)
	}
	w, ok := ways[apiOf(a)]
	if !ok {
		return r.Fail(invalid, "not implemented by the local plane: tags of %s", a.Service)
	}
	operation, in := w.call(a, c)
	return invoke(ctx, r, apiOf(a), operation, in)
}

// call is the call of the service for a change.
func (w way) call(a arn.ARN, c change) (operation string, in wire.Object) {
	in = wire.Object{w.on: a.String()}
	if w.name != nil {
		in[w.on] = w.name(a)
	}
	for name, v := range w.more {
		in[name] = v
	}
	if c.add == nil {
		in[w.keys] = wire.Strings(c.remove)
		if w.keys == w.tags { // CloudTrail names them as it names tags
			var list []any
			for _, key := range c.remove {
				list = append(list, wire.Object{"Key": key})
			}
			in[w.keys] = list
		}
		return cmp.Or(w.untag, "UntagResource"), in
	}
	in[w.tags] = wire.Of(c.add)
	if w.pair != nil {
		in[w.tags] = pairs(c.add, w.pair[0], w.pair[1])
	}
	return cmp.Or(w.tag, "TagResource"), in
}

// invoke makes the call for the caller.
func invoke(ctx context.Context, r *emulate.Request, api, operation string, in wire.Object) error {
	_, err := r.Service.Invoke(ctx, r.Call, r.Caller, principal, authz.Context{"aws:viaawsservice": {Values: []string{"true"}}}, api, operation, in)
	return err
}

// key changes the tags of a KMS key.
func key(ctx context.Context, r *emulate.Request, resource string, c change) error {
	if c.add != nil {
		return r.Service.Keys.Tag(ctx, r.Call, principal, resource, keyTags(c.add))
	}
	return r.Service.Keys.Untag(ctx, r.Call, principal, resource, c.remove)
}

// bucket changes the tags of a bucket, whose own operation replaces all.
func bucket(ctx context.Context, r *emulate.Request, a arn.ARN, c change) error {
	tags := map[string]string{}
	maps.Copy(tags, r.Service.Tags(a.String()))
	maps.Copy(tags, c.add)
	maps.DeleteFunc(tags, func(name, _ string) bool { return slices.Contains(c.remove, name) })
	if len(tags) == 0 {
		return invoke(ctx, r, "s3", "DeleteBucketTagging", wire.Object{"Bucket": a.Resource})
	}
	return invoke(ctx, r, "s3", "PutBucketTagging", wire.Object{"Bucket": a.Resource, "Tagging": wire.Object{"TagSet": pairs(tags, "Key", "Value")}})
}
