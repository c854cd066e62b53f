package sns

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// slot is that of the catalogue, for the bodies of messages.
const slot = "messages"

// maxMessage is the largest message in bytes, with its attributes.
const maxMessage = 256 << 10

// message is what is published.
type message struct {
	id, subject, text string
	attributes        wire.Object
}

func publish(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if r.In.Has("PhoneNumber") {
		return nil, r.Fail(invalid, "not implemented by the local plane: SMS")
	}
	topic, err := find(r, "TopicArn", r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	m, err := read(r, topic, r.In)
	if err != nil {
		return nil, err
	}
	if err := seal(ctx, r, topic, m); err != nil {
		return nil, err
	}
	deliver(ctx, r, topic, m)
	return wire.Object{"MessageId": m.id}, nil
}

// read is the message in an input or in an entry of a batch. The texts of what is wrong with it
// are recorded by clients.
func read(r *emulate.Request, topic *records.Record, in wire.Object) (*message, error) {
	m := &message{id: r.Service.UUID(), subject: in.Text("Subject"), text: in.Text("Message"), attributes: in.Object("MessageAttributes")}
	size := len(m.text)
	for name := range m.attributes {
		a := m.attributes.Object(name)
		size += len(name) + len(a.Text("DataType")) + len(a.Text("StringValue")) + len(a.Blob("BinaryValue"))
	}
	switch {
	case strings.HasSuffix(topic.ID, ".fifo"):
		return nil, r.Fail(invalid, "not implemented by the local plane: messages of FIFO topics")
	case m.text == "":
		return nil, r.Fail(invalid, "Invalid parameter: Empty message")
	case size > maxMessage:
		return nil, r.Fail(invalid, "Invalid parameter: Message too long")
	case in.Has("Subject") && (m.subject == "" || len(m.subject) > 100 || strings.ContainsAny(m.subject, "\r\n")):
		return nil, r.Fail(invalid, "Invalid parameter: Subject")
	case in.Has("MessageStructure") && in.Text("MessageStructure") != "json":
		return nil, r.Fail(invalid, "Invalid parameter: MessageStructure")
	}
	if in.Has("MessageStructure") {
		var of map[string]any
		if err := json.Unmarshal([]byte(m.text), &of); err != nil {
			return nil, r.Fail(invalid, "Invalid parameter: Message Structure - JSON message body failed to parse")
		}
		text, ok := of["default"].(string)
		if !ok {
			return nil, r.Fail(invalid, "Invalid parameter: Message Structure - No default entry in JSON message body")
		}
		if own, ok := of["sqs"].(string); ok {
			text = own
		}
		m.text = text
	}
	return m, nil
}

// seal uses the key of the topic for a message, as who publishes it. Nothing is kept: the
// message is on its way before the call is answered.
func seal(ctx context.Context, r *emulate.Request, topic *records.Record, m *message) error {
	key := attributesOf(topic).Text("KmsMasterKeyId")
	if strings.HasSuffix(key, "alias/aws/sns") {
		managed, err := r.Service.KMS.Managed(ctx, topic.Account, topic.Region, "sns")
		if err != nil {
			return err
		}
		key = managed.ARN()
	}
	s := r.Subject("AWS::SNS::Topic", slot, arnOf(r, topic.Key))
	s.Account, s.Region, s.Name = topic.Account, topic.Region, topic.ID
	_, err := r.Service.Keys.Seal(ctx, r.Call, s, key, "use", []byte(m.text))
	return err
}

// mostEntries is the largest batch.
const mostEntries = 10

// publishBatch publishes each entry by itself. One that fails is answered with its code; the
// call does not fail for it.
func publishBatch(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	topic, err := find(r, "TopicArn", r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	entries := r.In.Objects("PublishBatchRequestEntries")
	ids := map[string]bool{}
	for _, e := range entries {
		ids[e.Text("Id")] = true
	}
	switch {
	case len(entries) == 0:
		return nil, r.Fail("EmptyBatchRequest", "The batch request doesn't contain any entries.")
	case len(entries) > mostEntries:
		return nil, r.Fail("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
	case len(ids) < len(entries):
		return nil, r.Fail("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
	}
	done, failed := []any{}, []any{}
	for _, e := range entries {
		id := wire.Object{"Id": e.Text("Id")}
		m, err := read(r, topic, e)
		if err == nil {
			err = seal(ctx, r, topic, m)
		}
		var key *behalf.Error
		if errors.As(err, &key) {
			err = refused(r, key)
		}
		var refusal *wire.Error
		switch {
		case err == nil:
			deliver(ctx, r, topic, m)
			done = append(done, id.With(wire.Object{"MessageId": m.id}))
		case errors.As(err, &refusal):
			failed = append(failed, id.With(wire.Object{"Code": refusal.Code, "Message": refusal.Message, "SenderFault": true}))
		default:
			return nil, err
		}
	}
	return wire.Object{"Successful": done, "Failed": failed}, nil
}
