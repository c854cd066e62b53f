package firehose

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// mostWaiting is how long what cannot be delivered waits.
// Source: https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html
const mostWaiting = 24 * time.Hour

// gzipFormat is the only compression that there is.
const gzipFormat = "GZIP"

func putRecord(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	encrypted, err := put(ctx, r, r.In.Blob("Record.Data"))
	if err != nil {
		return nil, err
	}
	return wire.Object{"RecordId": recordID(r), "Encrypted": encrypted}, nil
}

func putRecordBatch(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	var all []byte
	answers := []any{}
	for _, o := range r.In.Objects("Records") {
		all = append(all, o.Blob("Data")...)
		answers = append(answers, wire.Object{"RecordId": recordID(r)})
	}
	encrypted, err := put(ctx, r, all)
	if err != nil {
		return nil, err
	}
	return wire.Object{"FailedPutCount": int64(0), "Encrypted": encrypted, "RequestResponses": answers}, nil
}

// recordID has the length of AWS's; what is in them is not documented.
func recordID(r *emulate.Request) string { return r.Service.ID(emulate.Letters, 224) }

// waitingKind is the kind of the records that wait in a stream.
func waitingKind(r *emulate.Request) string { return "waiting:" + nameOf(r) }

// put takes data into a stream and delivers what waits there. It says whether the data was
// encrypted while it waited. What is put is not lost when it cannot be delivered, so that is no
// refusal.
func put(ctx context.Context, r *emulate.Request, data []byte) (encrypted bool, err error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return false, err
	}
	if rec.Doc.Text("status") != "ACTIVE" {
		// The text is unconfirmed.
		return false, r.Fail("ServiceUnavailableException", "Firehose %s under account %s is in %s state.", nameOf(r), r.Account, rec.Doc.Text("status"))
	}
	under := &records.Sealed{} // a key of the plane
	if encrypted = rec.Doc.Text("encryption.Status") == "ENABLED"; encrypted {
		under = rec.Sealed[slot]
	}
	u, err := r.Service.Keys.UnlockGranted(ctx, r.Call, subject(r), under)
	if err != nil {
		return false, err
	}
	waiting := &records.Record{
		Key: r.Key(waitingKind(r), r.Service.UUID()), Doc: wire.Object{},
		Sealed: map[string]*records.Sealed{slot: u.Seal(data)},
		Next:   &records.Next{At: r.Service.Now().Add(mostWaiting), Gone: true},
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if _, err := find(r, tx.Get); err != nil {
			return err
		}
		tx.Put(waiting)
		return nil
	})
	if err != nil {
		return false, err
	}
	return encrypted, flush(ctx, r)
}

// flush delivers what waits in a stream, one after the other until one cannot be delivered. When
// nothing is left, the keys that the stream no longer has are let go.
func flush(ctx context.Context, r *emulate.Request) error {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return err
	}
	for _, w := range r.List(waitingKind(r)) {
		if deliver(ctx, r, rec, w.Sealed[slot]) != nil {
			return nil // it waits
		}
		if err := r.Service.Records.Update(ctx, func(tx *records.Tx) error { tx.Delete(w.Key); return nil }); err != nil {
			return err
		}
	}
	return release(ctx, r, rec)
}

// release retires the grants for keys that a stream had before.
func release(ctx context.Context, r *emulate.Request, rec *records.Record) error {
	gone := map[string]bool{}
	for name, sealed := range rec.Sealed {
		if strings.HasPrefix(name, retiring) && r.Service.Keys.Retire(ctx, r.Call, subject(r), sealed) == nil {
			gone[name] = true
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		next := rec.Next
		rec = rec.Change(rec.Updated, nil)
		rec.Next = next
		maps.DeleteFunc(rec.Sealed, func(name string, _ *records.Sealed) bool { return gone[name] })
		tx.Put(rec)
		return nil
	})
}

// deliver writes data to the destination as an object, with the role of the stream.
func deliver(ctx context.Context, r *emulate.Request, rec *records.Record, sealed *records.Sealed) error {
	u, err := r.Service.Keys.UnlockGranted(ctx, r.Call, subject(r), sealed)
	if err != nil {
		return err
	}
	data, err := u.Open(sealed)
	if err != nil {
		return err
	}
	to := rec.Doc.Object("destination")
	who, err := session(ctx, r, to.Text("RoleARN"))
	if err != nil {
		return err
	}
	_, bucket, _ := strings.Cut(to.Text("BucketARN"), ":::")
	in := wire.Object{"Bucket": bucket, "Key": objectName(r, rec), "Body": data, "ContentType": "application/octet-stream"}
	if to.Text("CompressionFormat") == gzipFormat {
		if in["Body"], err = compressed(data); err != nil {
			return err
		}
	}
	if key := to.Text("EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN"); key != "" {
		in["ServerSideEncryption"], in["SSEKMSKeyId"] = "aws:kms", key
	}
	_, err = r.Service.Invoke(ctx, r.Call, who, principal, nil, "s3", "PutObject", in)
	return err
}

// objectName is the name of an object of now.
// Source: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
func objectName(r *emulate.Request, rec *records.Record) string {
	to, at := rec.Doc.Object("destination"), r.Service.Now()
	suffix := to.Text("FileExtension")
	if suffix == "" && to.Text("CompressionFormat") == gzipFormat {
		suffix = ".gz"
	}
	return to.Text("Prefix") + at.Format("2006/01/02/15/") + rec.ID + "-" + version(rec) + "-" + at.Format("2006-01-02-15-04-05") + "-" + r.Service.UUID() + suffix
}

func compressed(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// session is that of the role of a stream. The service says the account by sts:ExternalId.
// Source: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
func session(ctx context.Context, r *emulate.Request, role string) (*plane.Caller, error) {
	return r.Service.Sessions.ServiceSession(ctx, principal, role, "firehose", authz.Context{
		"aws:sourceaccount": one(r.Account), "aws:sourcearn": one(streamARN(r)), "sts:externalid": one(r.Account),
	})
}

func one(s string) authz.Value { return authz.Value{Values: []string{s}} }
