package secretsmanager

import (
	"context"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The recovery window, in days.
// Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
const (
	shortestWindow = 7
	longestWindow  = 30
)

func deleteSecret(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	force := r.In.Bool("ForceDeleteWithoutRecovery")
	window := int64(longestWindow)
	if r.In.Has("RecoveryWindowInDays") {
		window = r.In.Int("RecoveryWindowInDays")
		switch {
		case force:
			return nil, r.Fail(invalid, "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
		case window < shortestWindow || window > longestWindow:
			return nil, r.Fail(invalid, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
		}
	}
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := deletable(r, tx, force)
		if err != nil {
			return err
		}
		now := tx.Now()
		out = rec.Doc.Pick("ARN", "Name").With(wire.Object{"DeletionDate": now})
		if force {
			for _, v := range versionsIn(tx, rec) {
				tx.Delete(v.Key)
			}
			tx.Delete(rec.Key)
			emulate.PutTags(tx, rec.Doc.Text("ARN"), nil)
			return nil
		}
		at := now.Add(time.Duration(window) * day)
		out["DeletionDate"] = at
		leave(tx, rec.Change(now, wire.Object{"DeletedDate": at}), &records.Next{At: at, Gone: true})
		return nil
	})
	return out, err
}

// deletable is the secret of a request that may be deleted. Whoever forces it may also end the
// window of one that is to be deleted.
func deletable(r *emulate.Request, tx *records.Tx, force bool) (*records.Record, error) {
	which := live
	if force {
		which = find
	}
	rec, err := which(r, tx.Get)
	switch {
	case err != nil:
		return nil, err
	case isReplica(rec):
		return nil, r.Fail(impossible, "You can't delete a replica secret. Remove the Region from the replication of the primary secret in %s.", rec.Doc.Text("PrimaryRegion"))
	case len(rec.Doc.List(replicas)) > 0:
		return nil, r.Fail(impossible, "You can't delete secret %s that still has replica regions [%s]", rec.ID, strings.Join(replicaRegions(rec.Doc.Objects(replicas)), ", "))
	}
	return rec, nil
}

func restoreSecret(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get)
		if err == nil {
			out = rec.Doc.Pick("ARN", "Name")
			leave(tx, rec.Change(tx.Now(), wire.Object{"DeletedDate": nil}), nil)
		}
		return err
	})
	return out, err
}

// leave says what becomes of a secret, its versions and its tags.
func leave(tx *records.Tx, secret *records.Record, next *records.Next) {
	emulate.LeaveTags(tx, secret.Doc.Text("ARN"), next)
	for _, rec := range append(versionsIn(tx, secret), secret) {
		rec = rec.Change(rec.Updated, nil)
		rec.Next = next
		tx.Put(rec)
	}
}

func versionsIn(tx *records.Tx, secret *records.Record) []*records.Record {
	k := versionKey(secret, "")
	return tx.List(k.Service, k.Kind, k.Account, k.Region)
}
