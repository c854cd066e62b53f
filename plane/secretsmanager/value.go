package secretsmanager

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func getValue(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := live(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return valueOf(ctx, r, rec)
}

// valueOf is the value of the version that a request asks for.
func valueOf(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	if rec.Account != r.Account && rec.Doc.Text("KmsKeyId") == "" {
		return nil, r.Fail(impossible, "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
	}
	id, stage := r.In.Text("VersionId"), r.In.Text("VersionStage")
	v, err := versionOf(r, rec, id, stage)
	if err != nil {
		return nil, err
	}
	content, err := open(ctx, r, rec, v)
	if err != nil {
		return nil, err
	}
	if err := accessed(ctx, r, rec, v); err != nil {
		return nil, err
	}
	return content.With(rec.Doc.Pick("ARN", "Name")).With(v.Doc.Pick("VersionStages", "CreatedDate")).With(wire.Object{"VersionId": v.ID}), nil
}

func versionOf(r *emulate.Request, rec *records.Record, id, stage string) (*records.Record, error) {
	if id != "" {
		v := r.Service.Records.Get(versionKey(rec, id))
		switch {
		case v == nil:
			return nil, r.Fail(notFound, "Secrets Manager can't find the specified secret value for VersionId: %s", id)
		case stage != "" && !slices.Contains(v.Doc.Texts("VersionStages"), stage):
			return nil, r.Fail(impossible, "You provided a VersionStage that is not associated to the provided VersionId.")
		}
		return v, nil
	}
	stage = cmp.Or(stage, current)
	for _, v := range versionsOf(r, rec) {
		if slices.Contains(v.Doc.Texts("VersionStages"), stage) {
			return v, nil
		}
	}
	return nil, r.Fail(notFound, "Secrets Manager can't find the specified secret value for staging label: %s", stage)
}

// day is the precision of the date at which a secret was last read.
const day = 24 * time.Hour

// accessed notes the day on which a secret was read.
func accessed(ctx context.Context, r *emulate.Request, rec, version *records.Record) error {
	today := r.Service.Now().Truncate(day)
	if rec.Doc.Time("LastAccessedDate").Equal(today) && version.Doc.Time("LastAccessedDate").Equal(today) {
		return nil
	}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, k := range []records.Key{rec.Key, version.Key} {
			if old := tx.Get(k); old != nil {
				tx.Put(old.Change(old.Updated, wire.Object{"LastAccessedDate": today}))
			}
		}
		return nil
	})
}

// batchGetValue answers for each secret by itself.
func batchGetValue(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	ids := r.In.Texts("SecretIdList")
	if (ids == nil) == !r.In.Has("Filters") {
		return nil, r.Fail(invalid, "Either 'SecretIdList' or 'Filters' must be provided, but not both.")
	}
	if ids == nil {
		found, err := filtered(r)
		if err != nil {
			return nil, err
		}
		for _, rec := range found {
			ids = append(ids, rec.Doc.Text("ARN"))
		}
	}
	values, failed := []any{}, []any{}
	for _, id := range ids {
		one := *r
		one.In = wire.Object{"SecretId": id}
		out, err := oneOf(ctx, &one, id)
		var refusal *wire.Error
		switch {
		case err == nil:
			values = append(values, out)
		case errors.As(err, &refusal):
			failed = append(failed, wire.Object{"SecretId": id, "ErrorCode": refusal.Code, "Message": refusal.Message})
		default:
			return nil, err
		}
	}
	return wire.Object{"SecretValues": values, "Errors": failed}, nil
}

func oneOf(ctx context.Context, r *emulate.Request, id string) (wire.Object, error) {
	if err := allow(ctx, r, "GetSecretValue", id); err != nil {
		return nil, err
	}
	out, err := getValue(ctx, r)
	var e *behalf.Error
	if errors.As(err, &e) {
		return nil, refused(r, e)
	}
	return out, err
}
