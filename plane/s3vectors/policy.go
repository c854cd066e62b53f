package s3vectors

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// policy is that of the bucket; nil: it has none.
func (t *target) policy(r *emulate.Request) *authz.Policy {
	rec := r.Service.Records.Get(t.bucketKey())
	if rec == nil {
		return nil
	}
	return emulate.PolicyOf("vector bucket policy", rec.Doc.Text("policy"))
}

func putPolicy(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	text := r.In.Text("policy")
	if problem := emulate.PolicyProblem(text); problem != "" {
		return nil, r.Fail("ValidationException", "Invalid policy document: %s", problem)
	}
	return nil, setPolicy(ctx, r, t, text)
}

// setPolicy puts a policy, or takes it away when the text is nil.
func setPolicy(ctx context.Context, r *emulate.Request, t *target, text any) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := tx.Get(t.bucketKey())
		if rec == nil {
			return noBucket(r)
		}
		tx.Put(rec.Change(tx.Now(), wire.Object{"policy": text}))
		return nil
	})
}

func getPolicy(_ context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	rec, err := t.record(r)
	if err != nil {
		return nil, err
	}
	if !rec.Doc.Has("policy") {
		return nil, r.Fail("NotFoundException", "The specified vector bucket policy could not be found")
	}
	return rec.Doc.Pick("policy"), nil
}

// deletePolicy does not mind a bucket without a policy.
func deletePolicy(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	return nil, setPolicy(ctx, r, t, nil)
}
