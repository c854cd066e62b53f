package firehose

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// slot is that of the catalogue, for the records that wait in a stream. Data keys that the
// stream had before, and that records may still wait under, are kept by retiring and the id of
// their grants.
const (
	slot     = "stream"
	retiring = "retiring:"
)

// customer is the type of keys that are not the service's own.
const (
	customer = "CUSTOMER_MANAGED_CMK"
	owned    = "AWS_OWNED_CMK"
)

// mostChanges is how often encryption may be started and stopped in a day.
// Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html
const (
	mostChanges = 25
	day         = 24 * time.Hour
)

func subject(r *emulate.Request) *behalf.Subject {
	s := r.Subject("AWS::KinesisFirehose::DeliveryStream", slot, streamARN(r))
	s.Name = nameOf(r)
	return s
}

// encryptionOf is the encryption that a request asks for, as it is shown, with a data key for
// the records.
func encryptionOf(ctx context.Context, r *emulate.Request) (wire.Object, map[string]*records.Sealed, error) {
	in := r.In.Object("DeliveryStreamEncryptionConfigurationInput")
	if in == nil {
		return wire.Object{"Status": "DISABLED"}, nil, nil
	}
	key := in.Text("KeyARN")
	switch of := in.Text("KeyType"); {
	case of == customer && key == "":
		// The texts are unconfirmed, that these are refused is documented.
		return nil, nil, r.Fail(invalid, "KeyARN is required when KeyType is CUSTOMER_MANAGED_CMK.")
	case of == owned && key != "":
		return nil, nil, r.Fail(invalid, "KeyARN must not be specified when KeyType is AWS_OWNED_CMK.")
	}
	sealed, err := r.SealObject(ctx, subject(r), key, "create", nil)
	if err != nil {
		return nil, nil, err
	}
	return in.With(wire.Object{"Status": "ENABLING"}), map[string]*records.Sealed{slot: sealed}, nil
}

// settled is an encryption that has come to its end.
func settled(encryption wire.Object) wire.Object {
	status, ok := strings.CutSuffix(encryption.Text("Status"), "ING")
	if !ok {
		return encryption
	}
	return encryption.With(wire.Object{"Status": status + "ED"})
}

// discard retires the grants of data keys that were never used, for the reason err.
func discard(ctx context.Context, r *emulate.Request, sealed map[string]*records.Sealed, err error) error {
	for _, s := range sealed {
		err = errors.Join(err, r.Service.Keys.Retire(ctx, r.Call, subject(r), s))
	}
	return err
}

func startEncryption(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if _, err := changeable(r, r.Service.Records.Get); err != nil {
		return nil, err
	}
	if !r.In.Has("DeliveryStreamEncryptionConfigurationInput") {
		r.In = r.In.With(wire.Object{"DeliveryStreamEncryptionConfigurationInput": wire.Object{"KeyType": owned}})
	}
	encryption, sealed, err := encryptionOf(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := encrypt(ctx, r, encryption, sealed); err != nil {
		return nil, discard(ctx, r, sealed, err)
	}
	return nil, flush(ctx, r)
}

func stopEncryption(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := changeable(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	if rec.Doc.Text("encryption.Status") == "DISABLED" {
		return nil, nil
	}
	if err := encrypt(ctx, r, rec.Doc.Object("encryption").With(wire.Object{"Status": "DISABLING"}), nil); err != nil {
		return nil, err
	}
	return nil, flush(ctx, r)
}

// changeable is the stream of a request whose encryption may be changed now.
func changeable(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	rec, err := active(r, get)
	switch {
	case err != nil:
		return nil, err
	case strings.HasSuffix(rec.Doc.Text("encryption.Status"), "ING"):
		return nil, r.Fail(inUse, "Encryption of Firehose %s under account %s is in %s state.", nameOf(r), r.Account, rec.Doc.Text("encryption.Status"))
	case len(recent(r, rec)) >= mostChanges:
		return nil, r.Fail(limit, "Encryption of a Firehose stream can be started and stopped at most %d times in 24 hours.", mostChanges)
	}
	return rec, nil
}

// recent are the times of the changes in the last day.
func recent(r *emulate.Request, rec *records.Record) []any {
	out := []any{}
	for _, v := range rec.Doc.List("changes") {
		if at, ok := v.(time.Time); ok && r.Service.Now().Sub(at) < day {
			out = append(out, at)
		}
	}
	return out
}

// encrypt gives a stream another encryption. The data key that it had is needed until nothing
// waits under it.
func encrypt(ctx context.Context, r *emulate.Request, encryption wire.Object, sealed map[string]*records.Sealed) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := changeable(r, tx.Get)
		if err != nil {
			return err
		}
		old := rec.Sealed[slot]
		rec = rec.Change(tx.Now(), wire.Object{"encryption": encryption, "changes": append(recent(r, rec), tx.Now())})
		rec.Next = becomes(r, wire.Object{"encryption": ended(encryption)})
		if rec.Sealed == nil {
			rec.Sealed = map[string]*records.Sealed{}
		}
		if old != nil && old.Grant != "" {
			rec.Sealed[retiring+old.Grant] = old
		}
		delete(rec.Sealed, slot)
		maps.Copy(rec.Sealed, sealed)
		tx.Put(rec)
		return nil
	})
}

// ended is an encryption that was started or stopped when it has settled.
func ended(encryption wire.Object) wire.Object {
	if encryption.Text("Status") == "DISABLING" {
		return wire.Object{"Status": "DISABLED"}
	}
	return settled(encryption)
}
