package sns

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func attributesOf(rec *records.Record) wire.Object { return rec.Doc.Object(attributes) }

func sorted(o wire.Object) []string { return slices.Sorted(maps.Keys(o)) }

func anything(string) bool { return true }

func isBool(v string) bool { return v == "true" || v == "false" }

func isObject(v string) bool {
	var o map[string]any
	return v == "" || json.Unmarshal([]byte(v), &o) == nil
}

func oneOf(values ...string) func(string) bool {
	return func(v string) bool { return slices.Contains(values, v) }
}

// settings are the attributes of topics with what their values must be. Those of the status of
// deliveries are kept; nothing is logged by them.
// Source: https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
var settings = map[string]func(value string) bool{
	"ContentBasedDeduplication": isBool,
	"DeliveryPolicy":            isObject,
	"DisplayName":               func(v string) bool { return len(v) <= 100 },
	"FifoThroughputScope":       oneOf("Topic", "MessageGroup"),
	"FifoTopic":                 isBool,
	"KmsMasterKeyId":            anything,
	"Policy":                    func(v string) bool { return v == "" || emulate.PolicyProblem(v) == "" },
	"SignatureVersion":          oneOf("1", "2"),
	"TracingConfig":             oneOf("PassThrough", "Active"),
}

// isFeedback says whether an attribute is of the status of deliveries: SQSSuccessFeedbackRoleArn.
func isFeedback(name string) bool {
	for _, protocol := range []string{"HTTP", "Firehose", "Lambda", "Application", "SQS"} {
		if rest, ok := strings.CutPrefix(name, protocol); ok {
			return slices.Contains([]string{"SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn"}, rest)
		}
	}
	return false
}

// check refuses an attribute that topics do not have, or a value that it does not take. member
// is that of the input which names it. What AWS says of values is unconfirmed.
func check(r *emulate.Request, member, name, value string) error {
	good := settings[name]
	switch {
	case good == nil && !isFeedback(name):
		return r.Fail(invalid, "Invalid parameter: %s Reason: Unknown attribute %s", member, name)
	case good != nil && !good(value):
		return r.Fail(invalid, "Invalid parameter: %s", name)
	}
	return nil
}

// deliveryPolicy is what applies without a policy.
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
const deliveryPolicy = `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}`

// shown are all attributes of a topic.
func shown(r *emulate.Request, rec *records.Record) wire.Object {
	var confirmed, pending int
	for _, s := range subscriptionsOf(r, rec) {
		if s.Doc.Text(tokenMember) == "" {
			confirmed++
		} else {
			pending++
		}
	}
	return wire.Object{
		"TopicArn": arnOf(r, rec.Key), "Owner": rec.Account, "DisplayName": "", "Policy": policyOf(r, rec), "EffectiveDeliveryPolicy": deliveryPolicy,
		"SubscriptionsConfirmed": strconv.Itoa(confirmed), "SubscriptionsPending": strconv.Itoa(pending), "SubscriptionsDeleted": "0",
	}.With(attributesOf(rec))
}

func getAttributes(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, "TopicArn", r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return wire.Object{"Attributes": shown(r, rec)}, nil
}

func setAttribute(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	name, value := r.In.Text("AttributeName"), r.In.Text("AttributeValue")
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, "TopicArn", tx.Get)
		if err != nil {
			return err
		}
		if name == "FifoTopic" || settings[name] == nil && !isFeedback(name) {
			return r.Fail(invalid, "Invalid parameter: AttributeName")
		}
		if err := check(r, "AttributeName", name, value); err != nil {
			return err
		}
		change(tx, rec, name, value)
		return nil
	})
}

// change sets an attribute of a topic or subscription; an empty value takes it away.
func change(tx *records.Tx, rec *records.Record, name, value string) {
	tx.Put(rec.Change(tx.Now(), wire.Object{attributes: kept(attributesOf(rec).With(wire.Object{name: value}))}))
}
