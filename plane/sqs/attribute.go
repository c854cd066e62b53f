package sqs

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// Members of a queue's document: its attributes as text, and when it was purged.
const (
	attributes   = "attributes"
	purgedMember = "purged"
)

func attributesOf(rec *records.Record) wire.Object { return rec.Doc.Object(attributes) }

// numbers are the attributes that are numbers, with their bounds and defaults.
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
var numbers = map[string]struct{ least, most, otherwise int }{
	"DelaySeconds":                  {0, 900, 0},
	"MaximumMessageSize":            {1024, 1048576, 1048576},
	"MessageRetentionPeriod":        {60, 1209600, 345600},
	"ReceiveMessageWaitTimeSeconds": {0, 20, 0},
	"VisibilityTimeout":             {0, 43200, 30},
	"KmsDataKeyReusePeriodSeconds":  {60, 86400, 300},
}

// others are the attributes with other values; a check says whether one is good.
var others = map[string]func(value string) bool{
	"Policy":                    func(v string) bool { return v == "" || emulate.PolicyProblem(v) == "" },
	"RedrivePolicy":             isObject,
	"RedriveAllowPolicy":        isObject,
	"KmsMasterKeyId":            func(string) bool { return true },
	"SqsManagedSseEnabled":      isBool,
	"FifoQueue":                 isBool,
	"ContentBasedDeduplication": isBool,
	"DeduplicationScope":        func(v string) bool { return v == "messageGroup" || v == "queue" },
	"FifoThroughputLimit":       func(v string) bool { return v == "perQueue" || v == "perMessageGroupId" },
}

func isBool(v string) bool { return v == "true" || v == "false" }

func isObject(v string) bool {
	var o map[string]any
	return v == "" || json.Unmarshal([]byte(v), &o) == nil
}

// changed are the attributes of a queue with those of a request. The texts are the service's.
func changed(r *emulate.Request, was wire.Object) (wire.Object, error) {
	out := maps.Clone(was)
	given := r.In.Object("Attributes")
	for name := range given {
		value := given.Text(name)
		if n, ok := numbers[name]; ok {
			if v, err := strconv.Atoi(value); err != nil || v < n.least || v > n.most {
				return nil, fail(r, invalidValue, "Invalid value for the parameter %s.", name)
			}
		} else if check := others[name]; check == nil {
			return nil, fail(r, "InvalidAttributeName", "Unknown Attribute %s.", name)
		} else if !check(value) {
			return nil, fail(r, invalidValue, "Invalid value for the parameter %s.", name)
		}
		if out[name] = value; value == "" {
			delete(out, name)
		}
	}
	key, own := given.Text("KmsMasterKeyId") != "", given.Text("SqsManagedSseEnabled") == "true"
	switch {
	case key && own:
		return nil, fail(r, invalidValue, "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")
	case key:
		out["SqsManagedSseEnabled"] = "false"
	case own:
		delete(out, "KmsMasterKeyId")
	}
	return out, nil
}

// number is the value of an attribute that is one.
func number(rec *records.Record, name string) int {
	n, err := strconv.Atoi(attributesOf(rec).Text(name))
	if err != nil {
		return numbers[name].otherwise
	}
	return n
}

func seconds(rec *records.Record, name string) time.Duration {
	return time.Duration(number(rec, name)) * time.Second
}

// shown are all attributes of a queue.
func shown(r *emulate.Request, rec *records.Record) wire.Object {
	out := wire.Object{
		"QueueArn": queueARN(r, rec.Key), "SqsManagedSseEnabled": "true",
		"CreatedTimestamp": strconv.FormatInt(rec.Created.Unix(), 10), "LastModifiedTimestamp": strconv.FormatInt(rec.Updated.Unix(), 10),
	}
	for name, n := range numbers {
		out[name] = strconv.Itoa(n.otherwise)
	}
	out = out.With(attributesOf(rec))
	if !out.Has("KmsMasterKeyId") {
		delete(out, "KmsDataKeyReusePeriodSeconds")
	}
	var visible, hidden, delayed int
	for _, m := range messagesOf(r, rec) {
		switch {
		case !r.Service.Now().Before(m.Doc.Time(visibleAt)):
			visible++
		case m.Doc.Int(receiveCount) > 0:
			hidden++
		default:
			delayed++
		}
	}
	return out.With(wire.Object{
		"ApproximateNumberOfMessages": strconv.Itoa(visible), "ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
		"ApproximateNumberOfMessagesDelayed": strconv.Itoa(delayed),
	})
}

func getAttributes(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	all, out := shown(r, rec), wire.Object{}
	for _, name := range r.In.Texts("AttributeNames") {
		if name == "All" {
			return wire.Object{"Attributes": all}, nil
		}
		if v := all.Text(name); v != "" {
			out[name] = v
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return wire.Object{"Attributes": out}, nil
}

func setAttributes(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		if r.In.Has("Attributes.FifoQueue") {
			return fail(r, "InvalidAttributeName", "Unknown Attribute FifoQueue.")
		}
		now, err := changed(r, attributesOf(rec))
		if err == nil {
			tx.Put(rec.Change(tx.Now(), wire.Object{attributes: now}))
		}
		return err
	})
}

// listSources lists the queues whose dead letters go to a queue.
func listSources(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, q := range r.Service.Records.List("sqs", queueKind, rec.Account, rec.Region) {
		var redrive struct {
			Target string `json:"deadLetterTargetArn"`
		}
		if json.Unmarshal([]byte(attributesOf(q).Text("RedrivePolicy")), &redrive) == nil && strings.EqualFold(redrive.Target, queueARN(r, rec.Key)) {
			items = append(items, wire.Object{"url": queueURL(r, q.Key)})
		}
	}
	return urls(r, items, "queueUrls")
}
