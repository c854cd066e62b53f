package firehose

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// api is the name of the model, principal that of the service.
const (
	api       = "firehose"
	principal = "firehose.amazonaws.com"
)

// The codes of refusals.
const (
	invalid  = "InvalidArgumentException"
	inUse    = "ResourceInUseException"
	notFound = "ResourceNotFoundException"
	limit    = "LimitExceededException"
)

// operations are all that there are on one stream.
var operations = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"CreateDeliveryStream":          createStream,
	"DescribeDeliveryStream":        describeStream,
	"DeleteDeliveryStream":          deleteStream,
	"UpdateDestination":             updateDestination,
	"StartDeliveryStreamEncryption": startEncryption,
	"StopDeliveryStreamEncryption":  stopEncryption,
	"PutRecord":                     putRecord,
	"PutRecordBatch":                putRecordBatch,
	"TagDeliveryStream":             tagger.Tag,
	"UntagDeliveryStream":           tagger.Untag,
	"ListTagsForDeliveryStream":     listTags,
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: api, Refused: refused})
	if err != nil {
		return nil, fmt.Errorf("firehose: %w", err)
	}
	for name, do := range operations {
		s.Handle(name, emulate.Op{Resource: func(r *emulate.Request) (string, error) { return streamARN(r), nil }, Do: do})
	}
	s.Handle("ListDeliveryStreams", emulate.Op{Do: listStreams})
	return []*emulate.Service{s}, nil
}

// refused is how the service answers when a key is not there for it. The code is documented,
// with the exceptions of KMS that it stands for, the text is unconfirmed:
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html.
func refused(r *emulate.Request, e *behalf.Error) error {
	return r.Fail("InvalidKMSResourceException", "%s", e.Message)
}

func nameOf(r *emulate.Request) string { return r.In.Text("DeliveryStreamName") }

func streamARN(r *emulate.Request) string { return r.ARN("deliverystream/" + nameOf(r)) }

func streamKey(r *emulate.Request) records.Key { return r.Key("stream", nameOf(r)) }

// find returns the stream of a request. get is that of the store or of a transaction.
func find(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	rec := get(streamKey(r))
	if rec == nil {
		// Recorded: https://github.com/turbot/steampipe-plugin-aws/issues/759
		return nil, r.Fail(notFound, "Firehose %s under account %s not found.", nameOf(r), r.Account)
	}
	return rec, nil
}

// active returns the stream of a request, which has to be ready for changes.
func active(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	rec, err := find(r, get)
	if err == nil && rec.Doc.Text("status") != "ACTIVE" {
		// The text is unconfirmed.
		err = r.Fail(inUse, "Firehose %s under account %s is in %s state.", nameOf(r), r.Account, rec.Doc.Text("status"))
	}
	return rec, err
}

// change changes the stream of a request when it is ready.
func change(ctx context.Context, r *emulate.Request, f func(rec *records.Record) (*records.Record, error)) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := active(r, tx.Get)
		if err != nil {
			return err
		}
		if rec, err = f(rec); err == nil {
			tx.Put(rec)
		}
		return err
	})
}
