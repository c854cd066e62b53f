package sqs

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const queueKind = "queue"

// The codes of refusals.
const (
	invalidValue = "InvalidAttributeValue"
	noQueue      = "QueueDoesNotExist"
)

// operations are those of a queue, with the actions that they are where those have other names.
var operations = map[string]struct {
	action string
	do     func(context.Context, *emulate.Request) (wire.Object, error)
}{
	"CreateQueue":                  {"", createQueue},
	"DeleteQueue":                  {"", deleteQueue},
	"PurgeQueue":                   {"", purgeQueue},
	"GetQueueUrl":                  {"", getURL},
	"GetQueueAttributes":           {"", getAttributes},
	"SetQueueAttributes":           {"", setAttributes},
	"ListDeadLetterSourceQueues":   {"", listSources},
	"TagQueue":                     {"", tagger.Tag},
	"UntagQueue":                   {"", tagger.Untag},
	"ListQueueTags":                {"", listTags},
	"SendMessage":                  {"", sendMessage},
	"SendMessageBatch":             {"SendMessage", batch(send)},
	"ReceiveMessage":               {"", receiveMessage},
	"DeleteMessage":                {"", deleteMessage},
	"DeleteMessageBatch":           {"DeleteMessage", batch(remove)},
	"ChangeMessageVisibility":      {"", changeVisibility},
	"ChangeMessageVisibilityBatch": {"ChangeMessageVisibility", batch(hide)},
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: "sqs", Refused: refused, Denied: "AccessDenied"})
	if err != nil {
		return nil, fmt.Errorf("sqs: %w", err)
	}
	for name, o := range operations {
		action := o.action
		if action == "" {
			action = name
		}
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if err := allow(ctx, r, action); err != nil {
				return nil, err
			}
			return o.do(ctx, r)
		}})
	}
	s.Handle("ListQueues", emulate.Op{Do: listQueues})
	return []*emulate.Service{s}, nil
}

// queueKey names the queue of a request, by its URL or its name.
func queueKey(r *emulate.Request) records.Key {
	k := r.Key(queueKind, r.In.Text("QueueName"))
	if owner := r.In.Text("QueueOwnerAWSAccountId"); owner != "" {
		k.Account = owner
	}
	if url := r.In.Text("QueueUrl"); url != "" {
		// The end of it is /ACCOUNT/NAME.
		parts := strings.Split(url, "/")
		k.ID = parts[len(parts)-1]
		if len(parts) > 1 {
			k.Account = parts[len(parts)-2]
		}
	}
	return k
}

func queueARN(r *emulate.Request, k records.Key) string {
	return strings.Replace(r.ARN(k.ID), ":"+r.Account+":", ":"+k.Account+":", 1)
}

// queueURL is that of a queue where the caller reaches the plane, since some clients call it.
func queueURL(r *emulate.Request, k records.Key) string {
	base := "https://sqs." + r.Region + ".amazonaws.com"
	if r.Host != "" {
		base = "http://" + r.Host
		if r.TLS != nil {
			base = "https://" + r.Host
		}
	}
	return base + "/" + k.Account + "/" + k.ID
}

// allow authorizes an operation on a queue, with the policy of the queue.
func allow(ctx context.Context, r *emulate.Request, action string) error {
	k := queueKey(r)
	asked := &plane.Asked{Action: "sqs:" + action, Resource: queueARN(r, k)}
	if rec := r.Service.Records.Get(k); rec != nil {
		asked.Policy = emulate.PolicyOf(asked.Resource, attributesOf(rec).Text("Policy"))
	}
	return r.AllowAs(ctx, asked)
}

// find is the queue of a request.
func find(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	if rec := get(queueKey(r)); rec != nil {
		return rec, nil
	}
	return nil, fail(r, noQueue, "The specified queue does not exist.")
}

// queryCodes are what errors were called in the query protocol; clients still go by that.
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-api-responses.html
// for the header; the codes are those of the query API's model.
var queryCodes = map[string]string{
	"QueueDoesNotExist":            "AWS.SimpleQueueService.NonExistentQueue",
	"QueueNameExists":              "QueueAlreadyExists",
	"QueueDeletedRecently":         "AWS.SimpleQueueService.QueueDeletedRecently",
	"PurgeQueueInProgress":         "AWS.SimpleQueueService.PurgeQueueInProgress",
	"MessageNotInflight":           "AWS.SimpleQueueService.MessageNotInflight",
	"UnsupportedOperation":         "AWS.SimpleQueueService.UnsupportedOperation",
	"EmptyBatchRequest":            "AWS.SimpleQueueService.EmptyBatchRequest",
	"TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
	"BatchEntryIdsNotDistinct":     "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
	"BatchRequestTooLong":          "AWS.SimpleQueueService.BatchRequestTooLong",
	"KmsAccessDenied":              "KMS.AccessDeniedException",
	"KmsDisabled":                  "KMS.DisabledException",
	"KmsInvalidKeyUsage":           "KMS.InvalidKeyUsageException",
	"KmsInvalidState":              "KMS.KMSInvalidStateException",
	"KmsNotFound":                  "KMS.NotFoundException",
}

// fail makes a refusal, and says its old code in the header for that.
func fail(r *emulate.Request, code, format string, args ...any) error {
	if old := queryCodes[code]; old != "" {
		if r.Call.Header == nil {
			r.Call.Header = http.Header{}
		}
		r.Call.Header.Set("X-Amzn-Query-Error", old+";Sender")
	}
	return r.Fail(code, format, args...)
}

// kmsCodes are the refusals of KMS as those of the service.
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
var kmsCodes = map[string]string{
	"DisabledException":        "KmsDisabled",
	"InvalidKeyUsageException": "KmsInvalidKeyUsage",
	"KMSInvalidStateException": "KmsInvalidState",
	"NotFoundException":        "KmsNotFound",
}

// refused is how the service answers when a key is not there for it. The form of the text is
// recorded: https://github.com/opensearch-project/data-prepper/issues/2422.
func refused(r *emulate.Request, e *behalf.Error) error {
	code := kmsCodes[e.Code]
	if e.Denied() {
		code = "KmsAccessDenied"
	}
	if code == "" {
		code = "KmsInvalidState"
	}
	return fail(r, code, "%s (Service: AWSKMS; Status Code: 400; Error Code: %s; Request ID: %s; Proxy: null)", e.Message, e.Code, r.Service.UUID())
}
