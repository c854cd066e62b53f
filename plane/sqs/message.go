package sqs

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// slot is that of the catalogue, for the bodies of messages.
const slot = "messages"

// Members of a message's document that are not shown as they are.
const (
	visibleAt    = "visibleAt"
	receiveCount = "received"
	firstMember  = "first"
	senderMember = "sender"
	bodyDigest   = "md5"
)

func messageKind(queue *records.Record) string { return "message:" + queue.Doc.Text("id") }

func messagesOf(r *emulate.Request, queue *records.Record) []*records.Record {
	return r.Service.Records.List("sqs", messageKind(queue), queue.Account, queue.Region)
}

func subject(r *emulate.Request, queue *records.Record) *behalf.Subject {
	s := r.Subject("AWS::SQS::Queue", slot, queueARN(r, queue.Key))
	s.Account, s.Region, s.Name = queue.Account, queue.Region, queue.ID
	return s
}

// keyOf is the key of a queue; empty: that of SQS.
func keyOf(ctx context.Context, r *emulate.Request, queue *records.Record) (string, error) {
	key := attributesOf(queue).Text("KmsMasterKeyId")
	if !strings.HasSuffix(key, "alias/aws/sqs") {
		return key, nil
	}
	managed, err := r.Service.KMS.Managed(ctx, queue.Account, queue.Region, "sqs")
	if err != nil {
		return "", err
	}
	return managed.ARN(), nil
}

func sendMessage(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return send(ctx, r, r.In)
}

// send sends one message; in is the call's input, or an entry of a batch.
func send(ctx context.Context, r *emulate.Request, in wire.Object) (wire.Object, error) {
	queue, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	body := in.Text("MessageBody")
	switch {
	case strings.HasSuffix(queue.ID, ".fifo"):
		return nil, fail(r, "UnsupportedOperation", "not implemented by the local plane: messages of FIFO queues")
	case body == "":
		return nil, r.Fail("InvalidParameterValue", "The request must contain the parameter MessageBody.")
	case len(body) > number(queue, "MaximumMessageSize"):
		return nil, r.Fail("InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", number(queue, "MaximumMessageSize"))
	}
	delay := seconds(queue, "DelaySeconds")
	if in.Has("DelaySeconds") {
		if delay = time.Duration(in.Int("DelaySeconds")) * time.Second; delay < 0 || delay > 15*time.Minute {
			return nil, r.Fail("InvalidParameterValue", "Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", in.Int("DelaySeconds"))
		}
	}
	key, err := keyOf(ctx, r, queue)
	if err != nil {
		return nil, err
	}
	sealed, err := r.Service.Keys.Seal(ctx, r.Call, subject(r, queue), key, "use", []byte(body))
	if err != nil {
		return nil, err
	}
	now := r.Service.Now()
	sum := md5.Sum([]byte(body))
	rec := &records.Record{
		Key: queue.Key, Sealed: map[string]*records.Sealed{slot: sealed},
		Next: &records.Next{At: now.Add(seconds(queue, "MessageRetentionPeriod")), Gone: true},
		Doc: in.Pick("MessageAttributes").With(wire.Object{
			visibleAt: now.Add(delay), bodyDigest: hex.EncodeToString(sum[:]), senderMember: r.Caller.Principal.ARN,
		}),
	}
	rec.Kind, rec.ID = messageKind(queue), r.Service.UUID()
	out := wire.Object{"MessageId": rec.ID, "MD5OfMessageBody": rec.Doc.Text(bodyDigest)}
	if a := in.Object("MessageAttributes"); len(a) > 0 {
		out["MD5OfMessageAttributes"] = digest(a)
	}
	return out, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if _, err := find(r, tx.Get); err != nil {
			return err
		}
		tx.Put(rec)
		return nil
	})
}

// digest is the MD5 of the attributes of a message: of the lengths and bytes of name, type and
// value of each, in the order of their names.
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
func digest(attributes wire.Object) string {
	h := md5.New()
	write := func(b []byte) {
		_, _ = h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b)))) // a hash takes everything
		_, _ = h.Write(b)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes.Object(name)
		write([]byte(name))
		write([]byte(a.Text("DataType")))
		if strings.HasPrefix(a.Text("DataType"), "Binary") {
			_, _ = h.Write([]byte{2})
			write(a.Blob("BinaryValue"))
			continue
		}
		_, _ = h.Write([]byte{1})
		write([]byte(a.Text("StringValue")))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func receiveMessage(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	queue, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	most, hidden := 1, seconds(queue, "VisibilityTimeout")
	if r.In.Has("MaxNumberOfMessages") {
		if most = int(r.In.Int("MaxNumberOfMessages")); most < 1 || most > 10 {
			return nil, r.Fail("InvalidParameterValue", "Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", most)
		}
	}
	if r.In.Has("VisibilityTimeout") {
		if hidden, err = timeout(r, r.In); err != nil {
			return nil, err
		}
	}
	list := []any{}
	for _, m := range messagesOf(r, queue) {
		if len(list) == most {
			break
		}
		if r.Service.Now().Before(m.Doc.Time(visibleAt)) {
			continue
		}
		body, err := r.Service.Keys.Open(ctx, r.Call, subject(r, queue), m.Sealed[slot], "use")
		if err != nil {
			return nil, err
		}
		shown, err := received(ctx, r, m, hidden)
		if err != nil {
			return nil, err
		}
		if shown != nil {
			list = append(list, shown.With(wire.Object{"Body": string(body)}))
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return wire.Object{"Messages": list}, nil
}

// received hides a message and returns how it is shown; nil: somebody else was faster.
func received(ctx context.Context, r *emulate.Request, m *records.Record, hidden time.Duration) (wire.Object, error) {
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Now()
		if m = tx.Get(m.Key); m == nil || now.Before(m.Doc.Time(visibleAt)) {
			return nil
		}
		first := m.Doc.Time(firstMember)
		if first.IsZero() {
			first = now
		}
		next := m.Next
		m = m.Change(now, wire.Object{visibleAt: now.Add(hidden), receiveCount: m.Doc.Int(receiveCount) + 1, firstMember: first})
		m.Next = next
		tx.Put(m)
		out = wire.Object{"MessageId": m.ID, "ReceiptHandle": m.ID + "/" + r.Service.ID(emulate.Letters, 32), "MD5OfBody": m.Doc.Text(bodyDigest)}
		return nil
	})
	if err != nil || out == nil {
		return nil, err
	}
	milli := func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	system := wire.Object{
		"SenderId": m.Doc.Text(senderMember), "SentTimestamp": milli(m.Created),
		"ApproximateReceiveCount": strconv.FormatInt(m.Doc.Int(receiveCount), 10), "ApproximateFirstReceiveTimestamp": milli(m.Doc.Time(firstMember)),
	}
	names := append(r.In.Texts("AttributeNames"), r.In.Texts("MessageSystemAttributeNames")...)
	if wanted := chosen(system, names); len(wanted) > 0 {
		out["Attributes"] = wanted
	}
	if wanted := chosen(m.Doc.Object("MessageAttributes"), r.In.Texts("MessageAttributeNames")); len(wanted) > 0 {
		out["MessageAttributes"], out["MD5OfMessageAttributes"] = wanted, digest(wanted)
	}
	return out, nil
}

// chosen are the attributes that a list names: by name, by a beginning with ".*", or All.
func chosen(attributes wire.Object, names []string) wire.Object {
	out := wire.Object{}
	for name, v := range attributes {
		if slices.ContainsFunc(names, func(want string) bool {
			before, any := strings.CutSuffix(want, ".*")
			return want == "All" || want == name || any && strings.HasPrefix(name, before)
		}) {
			out[name] = v
		}
	}
	return out
}

// longestHidden is the longest visibility timeout.
const longestHidden = 12 * time.Hour

func timeout(r *emulate.Request, in wire.Object) (time.Duration, error) {
	d := time.Duration(in.Int("VisibilityTimeout")) * time.Second
	if d < 0 || d > longestHidden {
		return 0, r.Fail("InvalidParameterValue", "Value %d for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.", in.Int("VisibilityTimeout"))
	}
	return d, nil
}

// handled names the message of a receipt handle.
func handled(r *emulate.Request, queue *records.Record, in wire.Object) (records.Key, error) {
	k := queue.Key
	id, _, ok := strings.Cut(in.Text("ReceiptHandle"), "/")
	if !ok {
		return k, fail(r, "ReceiptHandleIsInvalid", `The input receipt handle "%s" is not a valid receipt handle.`, in.Text("ReceiptHandle"))
	}
	k.Kind, k.ID = messageKind(queue), id
	return k, nil
}

func deleteMessage(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return remove(ctx, r, r.In)
}

// remove deletes one message. One that is not there any more is deleted already.
func remove(ctx context.Context, r *emulate.Request, in wire.Object) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		queue, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		k, err := handled(r, queue, in)
		if err == nil && tx.Get(k) != nil {
			tx.Delete(k)
		}
		return err
	})
}

func changeVisibility(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return hide(ctx, r, r.In)
}

// hide changes for how long one message is hidden from now on.
func hide(ctx context.Context, r *emulate.Request, in wire.Object) (wire.Object, error) {
	d, err := timeout(r, in)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		queue, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		k, err := handled(r, queue, in)
		if err != nil {
			return err
		}
		m := tx.Get(k)
		if m == nil || m.Doc.Int(receiveCount) == 0 || !tx.Now().Before(m.Doc.Time(visibleAt)) {
			return fail(r, "MessageNotInflight", "The specified message isn't in flight.")
		}
		next := m.Next
		m = m.Change(tx.Now(), wire.Object{visibleAt: tx.Now().Add(d)})
		m.Next = next
		tx.Put(m)
		return nil
	})
}

// mostEntries is the largest batch.
const mostEntries = 10

// batch does an operation for each entry by itself. An entry that fails is answered with its
// code; the call does not fail for it.
func batch(one func(ctx context.Context, r *emulate.Request, in wire.Object) (wire.Object, error)) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		if _, err := find(r, r.Service.Records.Get); err != nil {
			return nil, err
		}
		entries := r.In.Objects("Entries")
		ids := map[string]bool{}
		for _, e := range entries {
			ids[e.Text("Id")] = true
		}
		switch {
		case len(entries) == 0:
			return nil, fail(r, "EmptyBatchRequest", "There should be at least one entry in the request.")
		case len(entries) > mostEntries:
			return nil, fail(r, "TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent %d.", len(entries))
		case len(ids) < len(entries):
			return nil, fail(r, "BatchEntryIdsNotDistinct", "Id %s repeated.", repeated(entries))
		}
		done, failed := []any{}, []any{}
		for _, e := range entries {
			id := wire.Object{"Id": e.Text("Id")}
			out, err := one(ctx, r, e)
			var denied *behalf.Error
			if errors.As(err, &denied) {
				err = refused(r, denied)
			}
			var refusal *wire.Error
			switch {
			case err == nil:
				done = append(done, id.With(out))
			case errors.As(err, &refusal):
				code := refusal.Code
				if old := queryCodes[code]; old != "" {
					code = old
				}
				failed = append(failed, id.With(wire.Object{"Code": code, "Message": refusal.Message, "SenderFault": true}))
			default:
				return nil, err
			}
		}
		r.Call.Header = nil // what single entries were refused with
		return wire.Object{"Successful": done, "Failed": failed}, nil
	}
}

// repeated is the first id that is there twice.
func repeated(entries []wire.Object) string {
	seen := map[string]bool{}
	for _, e := range entries {
		if seen[e.Text("Id")] {
			return e.Text("Id")
		}
		seen[e.Text("Id")] = true
	}
	return ""
}
