package rds

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// pass changes the status of a database, by way of another.
func (k *kind) pass(ctx context.Context, r *emulate.Request, rec *records.Record, by, to string) (wire.Object, error) {
	next := k.changing(r, rec.Change(r.Service.Now(), nil), by, to)
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		if now == nil {
			return r.Fail(k.notFound, "%s %s not found.", k.spoken, rec.ID)
		}
		tx.Put(next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return k.shown(r, next), nil
}

// start starts a database that was stopped, or that lost its key and has it again.
func start(k *kind) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := found(ctx, r, k)
		if err != nil {
			return nil, err
		}
		if err := k.inState(r, rec, stopped, recoverable); err != nil {
			return nil, err
		}
		if !usable(r, rec) {
			return nil, inaccessible(r, rec.Doc.Text("KmsKeyId"))
		}
		return k.pass(ctx, r, rec, "starting", available)
	}
}

func stop(k *kind) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := found(ctx, r, k)
		if err != nil {
			return nil, err
		}
		if r.In.Has("DBSnapshotIdentifier") {
			return nil, r.Fail(badValue, "not implemented by the local plane: DBSnapshotIdentifier")
		}
		if err := k.inState(r, rec, available); err != nil {
			return nil, err
		}
		return k.pass(ctx, r, rec, "stopping", stopped)
	}
}

// remove deletes a database, after a last snapshot of it unless none is wanted.
func remove(k *kind) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := found(ctx, r, k)
		if err != nil {
			return nil, err
		}
		final, skip, member := r.In.Text("FinalDBSnapshotIdentifier"), r.In.Bool("SkipFinalSnapshot"), rec.Doc.Has("inherits")
		switch {
		case rec.Doc.Bool("DeletionProtection") && k == instances:
			return nil, r.Fail(badCombination, "Cannot delete protected DB Instance, please disable deletion protection and try again.")
		case rec.Doc.Bool("DeletionProtection"):
			return nil, r.Fail(badCombination, "Cannot delete protected Cluster, please disable deletion protection and try again.")
		case k == clusters && len(membersOf(r, rec.ID)) > 0:
			return nil, r.Fail(k.state, "Cluster cannot be deleted, it still contains DB instances in non-deleting state.")
		case skip && final != "":
			return nil, r.Fail(badCombination, "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is enabled.")
		case !skip && final == "" && !member:
			return nil, r.Fail(badCombination, "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
		case rec.Doc.Text(k.status) == deleting:
			return nil, r.Fail(k.state, "%s %s is already being deleted.", k.spoken, rec.ID)
		}
		if final != "" && !member {
			if err := k.snapshot(ctx, r, rec, final); err != nil {
				return nil, err
			}
		}
		if err := unmanage(ctx, r, rec.Doc); err != nil {
			return nil, err
		}
		next := rec.Change(r.Service.Now(), wire.Object{k.status: deleting})
		next.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Gone: true}
		out := k.shown(r, next)
		err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
			tx.Put(next)
			emulate.PutTags(tx, rec.Doc.Text(k.arn), nil)
			return nil
		})
		if err != nil {
			return nil, err
		}
		return out, release(ctx, r, k, next)
	}
}
