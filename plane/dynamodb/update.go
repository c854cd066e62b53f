package dynamodb

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// changeable are the members of UpdateTable that are done.
var changeable = []string{"TableName", "AttributeDefinitions", "BillingMode", "ProvisionedThroughput", "StreamSpecification", "SSESpecification", "ReplicaUpdates", "TableClass", "DeletionProtectionEnabled"}

func updateTable(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	for name := range r.In {
		if !slices.Contains(changeable, name) {
			return nil, r.Fail(invalid, "not implemented by the local plane: %s", name)
		}
	}
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	if rec.Doc.Text("TableStatus") != "ACTIVE" {
		return nil, busy(r, rec)
	}
	set, err := settings(r, rec)
	if err != nil {
		return nil, err
	}
	if r.In.Has("DeletionProtectionEnabled") {
		set["DeletionProtectionEnabled"] = r.In.Bool("DeletionProtectionEnabled")
	}
	switch {
	case r.In.Has("SSESpecification") && (len(set) > 0 || r.In.Has("ReplicaUpdates")):
		return nil, r.Fail(invalid, "not implemented by the local plane: SSESpecification together with other changes")
	case r.In.Has("SSESpecification"):
		return updateKey(ctx, r, rec)
	case r.In.Has("ReplicaUpdates"):
		return updateReplicas(ctx, r, rec, set)
	}
	set["TableStatus"] = "UPDATING"
	return settled(ctx, r, set, wire.Object{"TableStatus": "ACTIVE"}, nil)
}

// settled changes a table now and again when it has settled.
func settled(ctx context.Context, r *emulate.Request, now, then wire.Object, also func(tx *records.Tx, rec *records.Record) error) (wire.Object, error) {
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		if rec.Doc.Text("TableStatus") != "ACTIVE" {
			return busy(r, rec)
		}
		rec = rec.Change(tx.Now(), now)
		rec.Next = next(r, then)
		if also != nil {
			if err := also(tx, rec); err != nil {
				return err
			}
		}
		tx.Put(rec)
		out = wire.Object{"TableDescription": described(r, rec)}
		return nil
	})
	return out, err
}

// updateKey gives a table another key and seals its items again. The table stays ACTIVE, and its
// description has the old key until it has settled: DDB-TABLE-082, 141.
func updateKey(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	before := rec.Sealed[slot]
	spec := r.In.Object("SSESpecification")
	switch {
	case rec.Doc.Text("SSEDescription.Status") == "UPDATING":
		return nil, r.Fail(inUse, "Server-Side Encryption is still being updated")
	case !spec.Bool("Enabled") && before.Key == "":
		return nil, r.Fail(invalid, "One or more parameter values were invalid: Table is already encrypted by default")
	case before.Key != "" && spec.Text("KMSMasterKeyId") == before.Key:
		return nil, r.Fail(invalid, "One or more parameter values were invalid: Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key")
	}
	key, err := wantedKey(ctx, r, rec, spec)
	if err != nil {
		return nil, err
	}
	old, place, err := unlock(ctx, r, rec)
	if err != nil {
		return nil, err
	}
	s := subject(r, rec)
	sealed, err := r.Service.Keys.Seal(ctx, r.Call, s, key, "use", place)
	if err != nil {
		return nil, err
	}
	unlocked, err := r.Service.Keys.Unlock(ctx, r.Call, s, sealed, "use")
	if err != nil {
		return nil, err
	}
	then := wire.Object{}
	if sealed.Key != "" {
		then = sse("ENABLED", sealed.Key)
	}
	now := wire.Object{"SSEDescription": sse("UPDATING", before.Key), goneMember: nil}
	return settled(ctx, r, now, wire.Object{"SSEDescription": then}, func(tx *records.Tx, rec *records.Record) error {
		rec.Sealed[slot] = sealed
		return again(tx, rec, old, unlocked)
	})
}

// again seals the items of a table under another data key.
func again(tx *records.Tx, table *records.Record, from, to *behalf.Unlocked) error {
	for _, item := range tx.List(api, itemKind(table), table.Account, table.Region) {
		content, err := from.Open(item.Sealed[slot])
		if err != nil {
			return err
		}
		n := item.Change(item.Updated, nil)
		n.Sealed[slot] = to.Seal(content)
		tx.Put(n)
	}
	return nil
}

// updateReplicas adds and removes replicas, which are settings of the table. The texts are
// recorded: DDB-TABLE-309.
func updateReplicas(ctx context.Context, r *emulate.Request, rec *records.Record, set wire.Object) (wire.Object, error) {
	list := rec.Doc.Objects("Replicas")
	made := map[string]*records.Sealed{}
	for _, u := range r.In.Objects("ReplicaUpdates") {
		switch {
		case u.Has("Create"):
			region := u.Text("Create.RegionName")
			if slices.ContainsFunc(list, func(o wire.Object) bool { return o.Text("RegionName") == region }) || region == rec.Region {
				return nil, r.Fail(invalid, "Failed to create a the new replica of table with name: '%s' because one or more replicas already existed as tables.", rec.ID)
			}
			replica, sealed, err := newReplica(ctx, r, rec, u.Object("Create"))
			if err != nil {
				return nil, err
			}
			list, made[region] = append(list, replica), sealed
		case u.Has("Delete"):
			region := u.Text("Delete.RegionName")
			n := len(list)
			list = slices.DeleteFunc(slices.Clone(list), func(o wire.Object) bool { return o.Text("RegionName") == region })
			if len(list) == n {
				// The text is unconfirmed.
				return nil, r.Fail(invalid, "Update global table operation failed because one or more replicas were not part of the global table.")
			}
			made[region] = nil
		case u.Has("Update.KMSMasterKeyId"):
			return nil, noReplicaKey(r)
		default:
			return nil, r.Fail(invalid, "not implemented by the local plane: this update of replicas")
		}
	}
	now, then := []any{}, []any{}
	for _, o := range list {
		now, then = append(now, o), append(then, o.With(wire.Object{"ReplicaStatus": "ACTIVE"}))
	}
	set = set.With(wire.Object{"Replicas": now, "TableStatus": "UPDATING", "GlobalTableVersion": "2019.11.21"})
	return settled(ctx, r, set, wire.Object{"Replicas": then, "TableStatus": "ACTIVE"}, func(_ *records.Tx, rec *records.Record) error {
		for region, sealed := range made {
			if delete(rec.Sealed, replicaSlot+"/"+region); sealed != nil {
				rec.Sealed[replicaSlot+"/"+region] = sealed
			}
		}
		return nil
	})
}

func noReplicaKey(r *emulate.Request) error {
	return r.Fail(invalid, "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica.")
}

// newReplica makes a replica with its data key. All replicas have keys of one kind: none, those
// of AWS, or customers'.
func newReplica(ctx context.Context, r *emulate.Request, rec *records.Record, want wire.Object) (wire.Object, *records.Sealed, error) {
	region, key := want.Text("RegionName"), want.Text("KMSMasterKeyId")
	k := rec.Key
	k.Region = region
	replica := &records.Record{Key: k}
	own := rec.Sealed[slot].Key
	managed, err := r.Service.KMS.Managed(ctx, rec.Account, rec.Region, api)
	if err != nil {
		return nil, nil, err
	}
	customer := own != "" && own != managed.ARN()
	switch {
	case customer && key == "":
		return nil, nil, noReplicaKey(r)
	case customer == strings.HasSuffix(key, managedKey) && key != "" || own == "" && key != "":
		return nil, nil, r.Fail(invalid, "One or more parameter values were invalid: All replica keys must either be Customer Managed CMK or AWS Managed CMK.")
	case own != "" && !customer:
		if key, err = wantedKey(ctx, r, replica, wire.Object{"Enabled": true}); err != nil {
			return nil, nil, err
		}
	}
	s := subject(r, replica)
	s.Slot = replicaSlot
	sealed, err := r.Service.Keys.Seal(ctx, in(r, region), s, key, "use", nil)
	if err != nil {
		return nil, nil, err
	}
	out := wire.Object{"RegionName": region, "ReplicaStatus": "CREATING", "ReplicaArn": tableARN(r, k)}
	if sealed.Key != "" {
		out["KMSMasterKeyId"] = sealed.Key
	}
	return out, sealed, nil
}
