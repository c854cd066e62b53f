package rds

import (
	"context"
	"maps"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// later are changes that wait for the maintenance window unless they are to be made at once.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
var later = map[*kind][]string{
	instances: {"AllocatedStorage", "DBInstanceClass", "MultiAZ", "EngineVersion", "LicenseModel", "Iops", "StorageThroughput", "StorageType", "BackupRetentionPeriod"},
	clusters:  {"EngineVersion", "AllocatedStorage", "Iops", "BackupRetentionPeriod"},
}

// modify changes a database. The key of its storage cannot be changed.
func modify(k *kind) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := found(ctx, r, k)
		if err != nil {
			return nil, err
		}
		if err := k.inState(r, rec, available, stopped); err != nil {
			return nil, err
		}
		if err := checkMissing(r); err != nil {
			return nil, err
		}
		next := rec.Change(r.Service.Now(), nil)
		next.Doc = k.take(r, rec.Doc)
		if r.In.Has("DBPortNumber") {
			next.Doc["DbInstancePort"] = r.In["DBPortNumber"]
		}
		if !r.In.Bool("ApplyImmediately") {
			k.postpone(r, rec, next)
		}
		if err := insights(ctx, r, next.Doc); err != nil {
			return nil, err
		}
		if err := k.repassword(ctx, r, rec, next); err != nil {
			return nil, err
		}
		before := rec.Doc.Text(k.status)
		err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
			if tx.Get(rec.Key) == nil {
				return r.Fail(k.notFound, "%s %s not found.", k.spoken, rec.ID)
			}
			tx.Put(k.changing(r, next, modifying, before))
			return nil
		})
		if err != nil {
			return nil, err
		}
		return k.shown(r, next), nil
	}
}

// postpone leaves what waits for the maintenance window as it is.
func (k *kind) postpone(r *emulate.Request, rec, next *records.Record) {
	pending := wire.Object{}
	maps.Copy(pending, rec.Doc.Object("PendingModifiedValues"))
	for _, member := range later[k] {
		if !r.In.Has(member) || r.In[member] == rec.Doc[member] {
			continue
		}
		pending[member] = r.In[member]
		delete(next.Doc, member)
		if v, ok := rec.Doc[member]; ok {
			next.Doc[member] = v
		}
	}
	if len(pending) > 0 {
		next.Doc["PendingModifiedValues"] = pending
	}
}

// repassword changes the master password, or who manages it.
func (k *kind) repassword(ctx context.Context, r *emulate.Request, rec, next *records.Record) error {
	managed := rec.Doc.Has("MasterUserSecret")
	switch chosen := r.In.Text("MasterUserPassword"); {
	case r.In.Bool("ManageMasterUserPassword") && chosen != "":
		return r.Fail(badCombination, "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.")
	case chosen != "" && managed && (!r.In.Has("ManageMasterUserPassword")):
		return r.Fail(badCombination, "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.")
	case r.In.Has("ManageMasterUserPassword") && !r.In.Bool("ManageMasterUserPassword") && managed:
		if chosen == "" {
			return r.Fail(badCombination, "You must specify MasterUserPassword when ManageMasterUserPassword is disabled.") // unconfirmed
		}
		delete(next.Doc, "MasterUserSecret")
		if err := unmanage(ctx, r, rec.Doc); err != nil {
			return err
		}
		return k.reseal(ctx, r, next, wire.Object{"MasterUserPassword": chosen})
	case r.In.Bool("ManageMasterUserPassword") && !managed:
		if err := k.manage(ctx, r, next); err != nil {
			return err
		}
		return k.reseal(ctx, r, next, wire.Object{})
	case r.In.Has("MasterUserSecretKmsKeyId") && managed:
		// The key of a secret that is managed already cannot be changed:
		// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
		return r.Fail(badCombination, "You can't change the KMS key of a secret that is managed already.") // unconfirmed
	case r.In.Has("MasterUserSecretKmsKeyId"):
		return r.Fail(badCombination, "You can specify MasterUserSecretKmsKeyId only when ManageMasterUserPassword is enabled.") // unconfirmed
	case r.In.Bool("RotateMasterUserPassword") && managed:
		return rotate(ctx, r, rec.Doc)
	case chosen != "":
		return k.reseal(ctx, r, next, wire.Object{"MasterUserPassword": chosen})
	}
	return nil
}

// reseal replaces what storage holds, under the data key that it has.
func (k *kind) reseal(ctx context.Context, r *emulate.Request, rec *records.Record, content wire.Object) error {
	old := rec.Sealed[slot]
	if old == nil {
		return nil
	}
	u, err := k.unlock(ctx, r, rec.Doc, old)
	if err != nil {
		return err
	}
	b, err := content.MarshalJSON()
	if err != nil {
		return err
	}
	rec.Sealed = map[string]*records.Sealed{slot: u.Seal(b)}
	return nil
}

// found is the database of a request as it is.
func found(ctx context.Context, r *emulate.Request, k *kind) (*records.Record, error) {
	rec, err := k.find(r, r.Service.Records.Get, r.In.Text(k.id))
	if err != nil {
		return nil, err
	}
	return settled(ctx, r, k, rec)
}
