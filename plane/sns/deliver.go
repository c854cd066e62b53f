package sns

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// notification is the body of a message in a queue.
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
type notification struct {
	Type              string
	MessageID         string `json:"MessageId"`
	Token             string `json:",omitempty"`
	TopicARN          string `json:"TopicArn"`
	Subject           string `json:",omitempty"`
	Message           string
	SubscribeURL      string `json:",omitempty"`
	Timestamp         string
	UnsubscribeURL    string               `json:",omitempty"`
	MessageAttributes map[string]attribute `json:",omitempty"`
}

type attribute struct{ Type, Value string }

// timestamps is the format of timestamps in notifications.
const timestamps = "2006-01-02T15:04:05.000Z"

// address is where the service is called in the Region of a request.
func address(r *emulate.Request) string { return "https://sns." + r.Region + ".amazonaws.com/" }

// deliver hands a message to the queues that are subscribed.
func deliver(ctx context.Context, r *emulate.Request, topic *records.Record, m *message) {
	for _, s := range subscriptionsOf(r, topic) {
		if s.Doc.Text(tokenMember) != "" {
			continue
		}
		body, members := m.text, m.attributes
		if attributesOf(s).Text("RawMessageDelivery") != "true" {
			members = nil
			body = m.notification(arnOf(r, topic.Key), r.Service.Now(), address(r)+"?Action=Unsubscribe&SubscriptionArn="+arnOf(r, s.Key))
		}
		if send(ctx, r, topic, s.Doc.Text(endpointMember), body, members) == nil {
			continue
		}
		if dead := deadLetters(attributesOf(s).Text("RedrivePolicy")); dead != "" {
			// The publisher is told of neither, as on AWS.
			_ = send(ctx, r, topic, dead, body, members)
		}
	}
}

func (m *message) notification(topic string, now time.Time, unsubscribe string) string {
	n := notification{
		Type: "Notification", MessageID: m.id, TopicARN: topic, Subject: m.subject, Message: m.text,
		Timestamp: now.Format(timestamps), UnsubscribeURL: unsubscribe,
	}
	for name := range m.attributes {
		if n.MessageAttributes == nil {
			n.MessageAttributes = map[string]attribute{}
		}
		a := m.attributes.Object(name)
		v := attribute{a.Text("DataType"), a.Text("StringValue")}
		if a.Has("BinaryValue") {
			v.Value = base64.StdEncoding.EncodeToString(a.Blob("BinaryValue"))
		}
		n.MessageAttributes[name] = v
	}
	return text(n)
}

// askToConfirm sends the token of a subscription to its queue. A queue that does not take it
// leaves the subscription waiting.
func askToConfirm(ctx context.Context, r *emulate.Request, topic, s *records.Record) {
	of, token := arnOf(r, topic.Key), s.Doc.Text(tokenMember)
	_ = send(ctx, r, topic, s.Doc.Text(endpointMember), text(notification{
		Type: "SubscriptionConfirmation", MessageID: r.Service.UUID(), Token: token, TopicARN: of, Timestamp: r.Service.Now().Format(timestamps),
		Message:      "You have chosen to subscribe to the topic " + of + ".\nTo confirm the subscription, visit the SubscribeURL included in this message.",
		SubscribeURL: address(r) + "?Action=ConfirmSubscription&TopicArn=" + of + "&Token=" + token,
	}), nil)
}

func text(n notification) string {
	b, _ := json.Marshal(n) // strings only
	return string(b)
}

// send sends a message to a queue as the service, with the topic as its source.
func send(ctx context.Context, r *emulate.Request, topic *records.Record, queue, body string, members wire.Object) error {
	to, err := arn.Parse(queue)
	if err != nil {
		return err
	}
	in := wire.Object{"QueueUrl": "https://sqs." + to.Region + ".amazonaws.com/" + to.Account + "/" + to.Resource, "MessageBody": body}
	if len(members) > 0 {
		in["MessageAttributes"] = members
	}
	source := authz.Context{
		"aws:sourcearn":     {Values: []string{arnOf(r, topic.Key)}},
		"aws:sourceaccount": {Values: []string{topic.Account}},
	}
	_, err = r.Service.Invoke(ctx, r.Call, behalf.Principal(principal), principal, source, "sqs", "SendMessage", in)
	return err
}

// deadLetters is the queue of a redrive policy; empty: it is none.
func deadLetters(policy string) string {
	var redrive struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if json.Unmarshal([]byte(policy), &redrive) != nil {
		return ""
	}
	if a, err := arn.Parse(redrive.Target); err != nil || a.Service != "sqs" {
		return ""
	}
	return redrive.Target
}
