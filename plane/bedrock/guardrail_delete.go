package bedrock

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// deleteGuardrail deletes a version, or the guardrail with all its versions.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_DeleteGuardrail.html
func deleteGuardrail(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := guardrailOf(r, r.In.Text("guardrailIdentifier"))
	if err != nil {
		return nil, err
	}
	version := r.In.Text("guardrailVersion")
	first := g.record(r.Service.World, version)
	if first == nil {
		return nil, missing(r)
	}
	if err := g.unused(r, version); err != nil {
		return nil, err
	}
	gone := []*records.Record{first}
	if version == "" {
		if err := busy(r, first); err != nil {
			return nil, err
		}
		gone = append(gone, g.versions(r.Service.World)...)
	}
	for _, rec := range gone {
		retire(ctx, r, g, rec)
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, rec := range gone {
			now := tx.Get(rec.Key)
			if now == nil {
				continue
			}
			next := now.Change(tx.Now(), wire.Object{"status": "DELETING"})
			next.Next = &records.Next{At: tx.Now().Add(r.Service.Settle), Gone: true}
			tx.Put(next)
		}
		if version == "" {
			emulate.PutTags(tx, g.arn, nil)
			if tx.Get(g.policyKey()) != nil {
				tx.Delete(g.policyKey())
			}
		}
		return nil
	})
}

// retire retires the grant for a version as the caller, whose handlers of CloudFormation have
// the permission for it; a caller without it is no obstacle, and the service retires the grant
// itself. Neither does a key that is gone keep a guardrail from being deleted.
func retire(ctx context.Context, r *emulate.Request, g *guardrail, rec *records.Record) {
	sealed, s := rec.Sealed[slot], g.subject(guardrailType)
	_ = r.Service.Keys.Meet(ctx, r.Call, s, sealed.Key, sealed, "delete", "RetireGrant")
	_ = r.Service.Keys.Retire(ctx, r.Call, s, sealed)
}
