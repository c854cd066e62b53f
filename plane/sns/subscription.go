package sns

import (
	"context"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const subscriptionKind = "subscription"

// Members of a subscription's document.
const (
	endpointMember = "endpoint"
	ownerMember    = "owner"
	// tokenMember is what confirms a subscription that waits for it.
	tokenMember = "token"
)

// subscriptionSettings are the attributes of subscriptions, see
// https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html. Those of what is
// not implemented are refused.
var subscriptionSettings = map[string]func(value string) bool{
	"RawMessageDelivery": isBool,
	"RedrivePolicy":      func(v string) bool { return v == "" || deadLetters(v) != "" },
}

// topicOf is the name of a subscription's topic.
func topicOf(s *records.Record) string {
	name, _, _ := strings.Cut(s.ID, ":")
	return name
}

func subscriptionsOf(r *emulate.Request, topic *records.Record) []*records.Record {
	var out []*records.Record
	for _, s := range r.Service.Records.List("sns", subscriptionKind, topic.Account, topic.Region) {
		if topicOf(s) == topic.ID {
			out = append(out, s)
		}
	}
	return out
}

// subscribe subscribes a queue. Who owns the queue need not confirm it; else the queue gets a
// message with a token.
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html
func subscribe(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	topic, err := find(r, "TopicArn", r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	queue, err := queueNamed(r)
	if err != nil {
		return nil, err
	}
	given := r.In.Object("Attributes")
	for name := range given {
		if err := checkSubscription(r, name, given.Text(name)); err != nil {
			return nil, err
		}
	}
	rec := &records.Record{Key: topic.Key, Doc: wire.Object{endpointMember: queue.String(), ownerMember: r.Account, attributes: kept(given)}}
	rec.Kind, rec.ID = subscriptionKind, topic.ID+":"+r.Service.UUID()
	made := true
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if _, err := find(r, "TopicArn", tx.Get); err != nil {
			return err
		}
		for _, old := range tx.List("sns", subscriptionKind, topic.Account, topic.Region) {
			if topicOf(old) != topic.ID || old.Doc.Text(endpointMember) != queue.String() {
				continue
			}
			for name := range given {
				if attributesOf(old).Text(name) != given.Text(name) {
					return r.Fail(invalid, "Invalid parameter: Attributes Reason: Subscription already exists with different attributes")
				}
			}
			rec, made = old, false
			return nil
		}
		if queue.Account != r.Account {
			rec.Doc[tokenMember] = r.Service.ID(emulate.Hex, 64)
		}
		tx.Put(rec)
		return nil
	})
	if err != nil {
		return nil, err
	}
	said := arnOf(r, rec.Key)
	if rec.Doc.Text(tokenMember) == "" {
		return wire.Object{"SubscriptionArn": said}, nil
	}
	if made {
		askToConfirm(ctx, r, topic, rec)
	}
	if r.In.Bool("ReturnSubscriptionArn") {
		return wire.Object{"SubscriptionArn": said}, nil
	}
	return wire.Object{"SubscriptionArn": "pending confirmation"}, nil
}

// queueNamed is the endpoint of a request.
func queueNamed(r *emulate.Request) (arn.ARN, error) {
	protocol := r.In.Text("Protocol")
	switch protocol {
	case "sqs":
	case "http", "https", "email", "email-json", "sms", "application", "lambda", "firehose":
		return arn.ARN{}, r.Fail(invalid, "not implemented by the local plane: subscriptions of the protocol %s", protocol)
	default:
		return arn.ARN{}, r.Fail(invalid, "Invalid parameter: Amazon SNS does not support this protocol string: %s", protocol)
	}
	queue, err := arn.Parse(r.In.Text("Endpoint"))
	switch {
	case err != nil || queue.Service != "sqs":
		return queue, r.Fail(invalid, "Invalid parameter: SQS endpoint ARN")
	case queue.Region != r.Region:
		return queue, r.Fail(invalid, "not implemented by the local plane: queues of other Regions")
	}
	return queue, nil
}

func checkSubscription(r *emulate.Request, name, value string) error {
	good := subscriptionSettings[name]
	switch {
	case strings.HasPrefix(name, "FilterPolicy") || name == "ReplayPolicy" || name == "DeliveryPolicy" || name == "SubscriptionRoleArn":
		return r.Fail(invalid, "not implemented by the local plane: the attribute %s", name)
	case good == nil:
		return r.Fail(invalid, "Invalid parameter: AttributeName")
	case !good(value):
		return r.Fail(invalid, "Invalid parameter: %s", name)
	}
	return nil
}

func confirm(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	var said string
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		topic, err := find(r, "TopicArn", tx.Get)
		if err != nil {
			return err
		}
		for _, s := range tx.List("sns", subscriptionKind, topic.Account, topic.Region) {
			if topicOf(s) == topic.ID && s.Doc.Text(tokenMember) != "" && s.Doc.Text(tokenMember) == r.In.Text("Token") {
				said = arnOf(r, s.Key)
				tx.Put(s.Change(tx.Now(), wire.Object{tokenMember: nil}))
				return nil
			}
		}
		return r.Fail(invalid, "Invalid token")
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"SubscriptionArn": said}, nil
}

// findSubscription is the subscription of a request.
func findSubscription(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	_, a, err := named(r, "SubscriptionArn")
	if err != nil {
		return nil, err
	}
	rec := get(records.Key{Service: "sns", Kind: subscriptionKind, Account: a.Account, Region: a.Region, ID: a.Resource})
	if rec == nil || rec.Account != r.Account && rec.Doc.Text(ownerMember) != r.Account {
		return nil, r.Fail(notFound, "Subscription does not exist")
	}
	return rec, nil
}

// brief is a subscription as it is listed.
func brief(r *emulate.Request, s *records.Record) wire.Object {
	out := wire.Object{
		"SubscriptionArn": arnOf(r, s.Key), "Owner": s.Doc.Text(ownerMember), "Protocol": "sqs", "Endpoint": s.Doc.Text(endpointMember),
		"TopicArn": strings.TrimSuffix(arnOf(r, s.Key), strings.TrimPrefix(s.ID, topicOf(s))),
	}
	if s.Doc.Text(tokenMember) != "" {
		out["SubscriptionArn"] = "PendingConfirmation"
	}
	return out
}

func listSubscriptions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	items := []wire.Object{}
	for _, s := range r.List(subscriptionKind) {
		items = append(items, brief(r, s))
	}
	return r.Page(items, pageSize, invalid)
}

func listByTopic(_ context.Context, r *emulate.Request) (wire.Object, error) {
	topic, err := find(r, "TopicArn", r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	items := []wire.Object{}
	for _, s := range subscriptionsOf(r, topic) {
		items = append(items, brief(r, s))
	}
	return r.Page(items, pageSize, invalid)
}

func getSubscription(_ context.Context, r *emulate.Request) (wire.Object, error) {
	s, err := findSubscription(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	out := brief(r, s).With(wire.Object{
		"SubscriptionArn": arnOf(r, s.Key), "PendingConfirmation": strconv.FormatBool(s.Doc.Text(tokenMember) != ""),
		"ConfirmationWasAuthenticated": "true", "RawMessageDelivery": "false",
	})
	return wire.Object{"Attributes": out.With(attributesOf(s))}, nil
}

func setSubscription(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	name, value := r.In.Text("AttributeName"), r.In.Text("AttributeValue")
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		s, err := findSubscription(r, tx.Get)
		if err != nil {
			return err
		}
		if err := checkSubscription(r, name, value); err != nil {
			return err
		}
		change(tx, s, name, value)
		return nil
	})
}

// unsubscribe ends a subscription. One that is not there is no error.
func unsubscribe(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if _, _, err := named(r, "SubscriptionArn"); err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if s, err := findSubscription(r, tx.Get); err == nil {
			tx.Delete(s.Key)
		}
		return nil
	})
}
