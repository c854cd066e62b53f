package rds

import (
	"context"
	"maps"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// inherited are the members that a snapshot has of its database, and a restored database of its
// snapshot.
var inherited = []string{
	"Engine", "EngineVersion", "EngineMode", "MasterUsername", "AllocatedStorage", "AvailabilityZone", "AvailabilityZones", "LicenseModel", "Iops", "StorageThroughput", "StorageType",
	"IAMDatabaseAuthenticationEnabled", "DBInstanceIdentifier", "DBClusterIdentifier", "DbiResourceId", "DbClusterResourceId", "InstanceCreateTime", "ClusterCreateTime",
}

// begun is a snapshot without storage.
func (k *kind) begun(r *emulate.Request, id string, of wire.Object) (*records.Record, error) {
	name := k.name(r, id)
	if !identifier.MatchString(name) || len(name) > 255 {
		return nil, r.Fail(badValue, "The parameter %s is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.", k.id)
	}
	if r.Service.Records.Get(k.key(r, name)) != nil {
		return nil, k.taken(r, name)
	}
	doc := of.Pick(inherited...).With(wire.Object{k.id: name, k.arn: k.arnOf(r, name), k.made: r.Service.Now(), "SnapshotType": "manual", "PercentProgress": int64(100)})
	if k == clusterSnapshots {
		delete(doc, "AvailabilityZone")
	}
	return &records.Record{Key: r.Key(k.record, name), Doc: doc}, nil
}

// put keeps a snapshot that is being made, with tags.
func (k *kind) put(ctx context.Context, r *emulate.Request, rec *records.Record, tags map[string]string) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(rec.Key) != nil {
			return k.taken(r, rec.ID)
		}
		tx.Put(k.changing(r, rec, creating, available))
		emulate.PutTags(tx, rec.Doc.Text(k.arn), tags)
		return nil
	})
}

// snapshot makes a snapshot of a database.
func (k *kind) snapshot(ctx context.Context, r *emulate.Request, of *records.Record, id string) error {
	s := k.snapshots()
	rec, err := s.begun(r, id, of.Doc)
	if err != nil {
		return err
	}
	if err := s.share(ctx, r, of, k, rec); err != nil {
		return err
	}
	tags := map[string]string{}
	if of.Doc.Bool("CopyTagsToSnapshot") {
		maps.Copy(tags, r.Service.Tags(of.Doc.Text(k.arn)))
	}
	maps.Copy(tags, r.TagsIn("Tags"))
	return s.put(ctx, r, rec, tags)
}

func createSnapshot(k *kind) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := found(ctx, r, k)
		if err != nil {
			return nil, err
		}
		if rec.Doc.Has("inherits") {
			return nil, r.Fail(badValue, "The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the CreateDBClusterSnapshot API instead.")
		}
		if err := k.inState(r, rec, available, stopped); err != nil {
			return nil, err
		}
		s := k.snapshots()
		id := r.In.Text(s.id)
		if err := k.snapshot(ctx, r, rec, id); err != nil {
			return nil, err
		}
		return s.again(r, id, creating), nil
	}
}

// again is a record that was just made, with the status that it had then.
func (k *kind) again(r *emulate.Request, id, status string) wire.Object {
	out := k.shown(r, r.Service.Records.Get(k.key(r, id)))
	out.Object(k.member)[k.status] = status
	return out
}

// copySnapshot copies a snapshot. With another key the copy is sealed anew, by a grant for that
// key; an encrypted snapshot stays encrypted.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html
func copySnapshot(k *kind) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		if err := checkMissing(r); err != nil {
			return nil, err
		}
		from, err := k.find(r, r.Service.Records.Get, r.In.Text("Source"+k.id))
		if err != nil {
			return nil, err
		}
		if err := k.inState(r, from, available); err != nil {
			return nil, err
		}
		id := r.In.Text("Target" + k.id)
		rec, err := k.begun(r, id, from.Doc)
		if err != nil {
			return nil, err
		}
		if k == snapshots {
			rec.Doc["SourceDBSnapshotIdentifier"] = from.Doc.Text(k.arn)
		} else {
			rec.Doc["SourceDBClusterSnapshotArn"] = from.Doc.Text(k.arn)
		}
		if err := k.moved(ctx, r, from, k, rec, r.In.Text("KmsKeyId")); err != nil {
			return nil, err
		}
		tags := map[string]string{}
		if r.In.Bool("CopyTags") {
			maps.Copy(tags, r.Service.Tags(from.Doc.Text(k.arn)))
		}
		maps.Copy(tags, r.TagsIn("Tags"))
		if err := k.put(ctx, r, rec, tags); err != nil {
			return nil, err
		}
		return k.again(r, id, creating), nil
	}
}

// moved gives a record the storage of another, under a key of its own when one is named.
func (k *kind) moved(ctx context.Context, r *emulate.Request, from *records.Record, of *kind, rec *records.Record, key string) error {
	if key == "" {
		return k.share(ctx, r, from, of, rec)
	}
	content, err := of.open(ctx, r, from)
	if err != nil {
		return err
	}
	return k.seal(ctx, r, rec, key, content)
}

func deleteSnapshot(k *kind) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		rec, err := k.find(r, r.Service.Records.Get, r.In.Text(k.id))
		if err != nil {
			return nil, err
		}
		if err := k.inState(r, rec, available); err != nil {
			return nil, err
		}
		out := k.shown(r, rec)
		out.Object(k.member)[k.status] = "deleted"
		err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
			tx.Delete(rec.Key)
			emulate.PutTags(tx, rec.Doc.Text(k.arn), nil)
			return nil
		})
		if err != nil {
			return nil, err
		}
		return out, release(ctx, r, k, rec)
	}
}

// restore makes a database of a snapshot. It has the snapshot's key, by a grant of its own;
// that of a cluster may be another.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterFromSnapshot.html
func restore(k *kind, member string) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		s := k.snapshots()
		from, err := s.find(r, r.Service.Records.Get, r.In.Text(member))
		if err != nil {
			return nil, err
		}
		if err := s.inState(r, from, available); err != nil {
			return nil, err
		}
		if r.In.Has("DBClusterSnapshotIdentifier") && k == instances {
			return nil, r.Fail(badValue, "not implemented by the local plane: DBClusterSnapshotIdentifier")
		}
		rec, err := k.begin(r, r.In.Text(k.id))
		if err != nil {
			return nil, err
		}
		rec.Doc = from.Doc.Pick(inherited...).Without("DBInstanceIdentifier", "DBClusterIdentifier", "DbiResourceId", "DbClusterResourceId", "InstanceCreateTime", "ClusterCreateTime").With(rec.Doc)
		defaults(rec.Doc)
		content, err := s.open(ctx, r, from)
		if err != nil {
			return nil, err
		}
		key := r.In.Text("KmsKeyId")
		if key == "" {
			key = from.Doc.Text("KmsKeyId")
		}
		if err := insights(ctx, r, rec.Doc); err != nil {
			return nil, err
		}
		if err := k.seal(ctx, r, rec, key, content); err != nil {
			return nil, err
		}
		if r.In.Bool("ManageMasterUserPassword") {
			if err := k.manage(ctx, r, rec); err != nil {
				return nil, err
			}
		}
		return finish(ctx, r, k, rec)
	}
}
