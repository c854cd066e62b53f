package sns

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// principal is the service, when it does something for itself.
const principal = "sns.amazonaws.com"

// alarms is the one service that the policy which topics begin with admits, for the owner's
// alarms. Others need a policy that names them, as CloudTrail does. Source:
// https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger; which other
// services send aws:SourceOwner is unconfirmed.
const alarms = "cloudwatch.amazonaws.com"

// The codes of refusals.
const (
	invalid  = "InvalidParameter"
	notFound = "NotFound"
)

type do func(context.Context, *emulate.Request) (wire.Object, error)

// onTopic are the operations on a topic that is named by its ARN, in the member of the input.
var onTopic = map[string]struct {
	member, action string
	do             do
}{
	"DeleteTopic":              {"TopicArn", "DeleteTopic", deleteTopic},
	"GetTopicAttributes":       {"TopicArn", "GetTopicAttributes", getAttributes},
	"SetTopicAttributes":       {"TopicArn", "SetTopicAttributes", setAttribute},
	"AddPermission":            {"TopicArn", "AddPermission", addPermission},
	"RemovePermission":         {"TopicArn", "RemovePermission", removePermission},
	"Subscribe":                {"TopicArn", "Subscribe", subscribe},
	"ConfirmSubscription":      {"TopicArn", "ConfirmSubscription", confirm},
	"ListSubscriptionsByTopic": {"TopicArn", "ListSubscriptionsByTopic", listByTopic},
	"Publish":                  {"TopicArn", "Publish", publish},
	"PublishBatch":             {"TopicArn", "Publish", publishBatch},
	"TagResource":              {"ResourceArn", "TagResource", tagger.Tag},
	"UntagResource":            {"ResourceArn", "UntagResource", tagger.Untag},
	"ListTagsForResource":      {"ResourceArn", "ListTagsForResource", listTags},
}

// others are the operations that are authorized for everything.
var others = map[string]do{
	"ListTopics":                listTopics,
	"ListSubscriptions":         listSubscriptions,
	"GetSubscriptionAttributes": getSubscription,
	"SetSubscriptionAttributes": setSubscription,
	"Unsubscribe":               unsubscribe,
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: "sns", Refused: refused, Denied: "AuthorizationError", Invalid: invalid})
	if err != nil {
		return nil, fmt.Errorf("sns: %w", err)
	}
	s.Handle("CreateTopic", emulate.Op{Action: emulate.ByItself, Do: createTopic})
	for name, o := range onTopic {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			k, err := topicKey(r, o.member)
			if err != nil {
				return nil, err
			}
			if err := allow(ctx, r, o.action, k); err != nil {
				return nil, err
			}
			return o.do(ctx, r)
		}})
	}
	for name, do := range others {
		s.Handle(name, emulate.Op{Action: "SNS:" + name, Do: do})
	}
	return []*emulate.Service{s}, nil
}

// named is the ARN in a member of the input. The text for one that is none is recorded by
// clients; that for one of another service or Region is not.
func named(r *emulate.Request, member string) (string, arn.ARN, error) {
	text := r.In.Text(member)
	if member == "TopicArn" {
		text = cmp.Or(text, r.In.Text("TargetArn"))
	}
	a, err := arn.Parse(text)
	if parts := strings.Count(text, ":") + 1; err != nil && parts < 6 {
		return "", a, r.Fail(invalid, "Invalid parameter: %s Reason: An ARN must have at least 6 elements, not %d", member, parts)
	}
	if err != nil || a.Service != "sns" || a.Region != r.Region {
		return "", a, r.Fail(invalid, "Invalid parameter: %s", member)
	}
	return text, a, nil
}

// topicKey names the topic whose ARN a member of the input has.
func topicKey(r *emulate.Request, member string) (records.Key, error) {
	_, a, err := named(r, member)
	if err != nil {
		return records.Key{}, err
	}
	if strings.Contains(a.Resource, ":") {
		return records.Key{}, r.Fail(invalid, "Invalid parameter: %s", member)
	}
	return records.Key{Service: "sns", Kind: topicKind, Account: a.Account, Region: a.Region, ID: a.Resource}, nil
}

// arnOf is the ARN of a topic or a subscription.
func arnOf(r *emulate.Request, k records.Key) string {
	return arn.ARN{Partition: r.Partition(), Service: "sns", Region: k.Region, Account: k.Account, Resource: k.ID}.String()
}

// find is the topic that a member of the input names.
func find(r *emulate.Request, member string, get emulate.Reader) (*records.Record, error) {
	k, err := topicKey(r, member)
	if err != nil {
		return nil, err
	}
	if rec := get(k); rec != nil {
		return rec, nil
	}
	if member == "ResourceArn" {
		return nil, r.Fail("ResourceNotFound", "Resource does not exist")
	}
	return nil, r.Fail(notFound, "Topic does not exist")
}

// allow authorizes an action on a topic, with the policy of the topic.
func allow(ctx context.Context, r *emulate.Request, action string, k records.Key) error {
	asked := &plane.Asked{Action: "SNS:" + action, Resource: arnOf(r, k), Context: authz.Context{}}
	for key, member := range map[string]string{"sns:endpoint": "Endpoint", "sns:protocol": "Protocol"} {
		if v := r.In.Text(member); v != "" {
			asked.Context[key] = authz.Value{Values: []string{v}}
		}
	}
	if r.Caller.Principal.Kind == authz.Service {
		asked.Context["aws:sourceowner"] = authz.Value{Values: []string{r.Account}}
	}
	if rec := r.Service.Records.Get(k); rec != nil {
		text := policyOf(r, rec)
		if r.Caller.Principal.ARN == alarms && !attributesOf(rec).Has("Policy") {
			text = strings.Replace(text, `{"AWS":"*"}`, `"*"`, 1)
		}
		asked.Policy = emulate.PolicyOf(asked.Resource, text)
	}
	return r.AllowAs(ctx, asked)
}

// kmsCodes are the refusals of KMS as those of the service.
// Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
var kmsCodes = map[string]string{
	"DisabledException":        "KMSDisabled",
	"KMSInvalidStateException": "KMSInvalidState",
	"NotFoundException":        "KMSNotFound",
	"OptInRequired":            "KMSOptInRequired",
	"ThrottlingException":      "KMSThrottling",
}

// refused is how the service answers when a key is not there for it. The form of the text is
// recorded in the history of an alarm whose topic was encrypted, for AccessDeniedException, with
// "null" for the message of that time:
// https://github.com/jeffreyfate/blog-markdown, notes/cloudwatch-alarms-encrypted-sns.md. What is
// said of a key that cannot encrypt is unconfirmed.
func refused(r *emulate.Request, e *behalf.Error) error {
	code := cmp.Or(kmsCodes[e.Code], "KMSInvalidState")
	if e.Denied() {
		code = "KMSAccessDenied"
	}
	return r.Fail(code, "%s (Service: AWSKMS; Status Code: 400; Error Code: %s; Request ID: %s; Proxy: null)", e.Message, e.Code, r.Service.UUID())
}
