package bedrock

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const asyncKind = "async-invoke"

// asynchronous are the operations of invocations whose answer is an object in S3.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_StartAsyncInvoke.html
func asynchronous() operations {
	return operations{
		"StartAsyncInvoke": {Action: emulate.ByItself, Do: startAsyncInvoke},
		"GetAsyncInvoke":   {Resource: asyncARN, Do: getAsyncInvoke},
		"ListAsyncInvokes": {Do: listAsyncInvokes},
	}
}

func asyncARN(r *emulate.Request) (string, error) { return r.In.Text("invocationArn"), nil }

// startAsyncInvoke answers at once, as the plane's models do, and delivers before the status
// says that it is done. What is delivered is written by the caller, whose permissions S3 and
// the key ask for.
func startAsyncInvoke(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	m, err := invoked(r)
	if err != nil {
		return nil, err
	}
	if err := authorize(ctx, r, "InvokeModel", m, "", ""); err != nil {
		return nil, err
	}
	if !m.async {
		return nil, r.Fail("ValidationException", "The model %s does not support asynchronous invocation.", m.id) // unconfirmed text
	}
	body, err := json.Marshal(r.In["modelInput"])
	if err != nil {
		return nil, err
	}
	i, in, err := read(r, m, body)
	if err != nil {
		return nil, err
	}
	id := r.Service.ID(emulate.LowerDigits, 12)
	to := r.In.Object("outputDataConfig.s3OutputDataConfig")
	to = to.With(wire.Object{"s3Uri": strings.TrimSuffix(to.Text("s3Uri"), "/") + "/" + id})
	if err := deliver(ctx, r, to, bodies[m.speaks].embed(m, in, i)); err != nil {
		return nil, err
	}
	rec := &records.Record{
		Key: r.Key(asyncKind, id), Next: &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: wire.Object{"status": "Completed"}},
		Doc: r.In.Pick("clientRequestToken").With(wire.Object{
			"invocationArn": r.ARN("async-invoke/" + id), "modelArn": m.arn(r), "status": "InProgress", "outputDataConfig": wire.Object{"s3OutputDataConfig": to},
		}),
	}
	return rec.Doc.Pick("invocationArn"), r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.PutTags(tx, rec.Doc.Text("invocationArn"), r.TagsIn("tags"))
		tx.Put(rec)
		return nil
	})
}

// deliver writes the answer to S3. The text is reported of AWS for outputs that the caller may
// not write (https://github.com/aws-samples/amazon-nova-samples); for other refusals of S3 it
// is unconfirmed.
func deliver(ctx context.Context, r *emulate.Request, to wire.Object, answer wire.Object) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	bucket, folder, _ := strings.Cut(strings.TrimPrefix(to.Text("s3Uri"), "s3://"), "/")
	put := wire.Object{"Bucket": bucket, "Key": folder + "/output.json", "Body": text, "ContentType": contentType}
	if key := to.Text("kmsKeyId"); key != "" {
		put = put.With(wire.Object{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key})
	}
	if owner := to.Text("bucketOwner"); owner != "" {
		put["ExpectedBucketOwner"] = owner
	}
	_, err = r.Service.Invoke(ctx, r.Call, r.Caller, principal, nil, "s3", "PutObject", put)
	var refused *wire.Error
	if errors.As(err, &refused) {
		return r.Fail("ValidationException", "Invalid Output Config/Credentials: %s", refused.Message)
	}
	return err
}

// asyncOut is an invocation as it is answered.
func asyncOut(rec *records.Record) wire.Object {
	out := rec.Doc.With(wire.Object{"submitTime": rec.Created, "lastModifiedTime": rec.Updated})
	if rec.Doc.Text("status") == "Completed" {
		out["endTime"] = rec.Updated
	}
	return out
}

// asyncOf is the invocation of an ARN; nil: there is none in the account and Region.
func asyncOf(r *emulate.Request, arn string) *records.Record {
	k := r.Key(asyncKind, idOf(arn))
	k.Service = runtime
	if rec := r.Service.Records.Get(k); rec != nil && rec.Doc.Text("invocationArn") == arn {
		return rec
	}
	return nil
}

func getAsyncInvoke(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec := asyncOf(r, r.In.Text("invocationArn"))
	if rec == nil {
		return nil, r.Fail("ValidationException", "The invocation %s does not exist.", r.In.Text("invocationArn")) // unconfirmed text
	}
	return asyncOut(rec), nil
}

// listAsyncInvokes lists what was submitted last first, unless the caller says otherwise.
// Unconfirmed: that this is the order.
func listAsyncInvokes(_ context.Context, r *emulate.Request) (wire.Object, error) {
	items := []wire.Object{}
	for _, rec := range r.List(asyncKind) {
		status := cmp.Or(r.In.Text("statusEquals"), rec.Doc.Text("status"))
		after, before := r.In.Time("submitTimeAfter"), r.In.Time("submitTimeBefore")
		if rec.Doc.Text("status") == status && rec.Created.After(after) && (before.IsZero() || rec.Created.Before(before)) {
			items = append(items, asyncOut(rec))
		}
	}
	if r.In.Text("sortOrder") != "Ascending" {
		slices.Reverse(items)
	}
	return r.Page(items, mostListed, "ValidationException")
}
