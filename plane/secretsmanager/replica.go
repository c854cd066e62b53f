package secretsmanager

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// isReplica says whether a secret is one of another Region's.
func isReplica(rec *records.Record) bool {
	p := rec.Doc.Text("PrimaryRegion")
	return p != "" && p != rec.Region
}

// replicaRegions are the Regions of a list of replicas.
func replicaRegions(list []wire.Object) []string {
	var out []string
	for _, o := range list {
		out = append(out, o.Text("Region"))
	}
	return out
}

// statuses are the replicas of a secret as they are shown.
func statuses(rec *records.Record) []any { return rec.Doc.List(replicas) }

func replicateSecret(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := primary(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	status, err := addReplicas(ctx, r, rec, r.In.Objects("AddReplicaRegions"))
	if err != nil {
		return nil, err
	}
	return wire.Object{"ARN": rec.Doc.Text("ARN"), "ReplicationStatus": status}, nil
}

// addReplicas makes replicas and returns their status as the answer has it. Naming a Region
// again gives its replica another key.
func addReplicas(ctx context.Context, r *emulate.Request, rec *records.Record, add []wire.Object) ([]any, error) {
	list := rec.Doc.Objects(replicas)
	for _, o := range add {
		region := o.Text("Region")
		if region == rec.Region {
			return nil, r.Fail(invalid, "Invalid replica region.")
		}
		list = slices.DeleteFunc(list, func(old wire.Object) bool { return old.Text("Region") == region })
		list = append(list, o.With(wire.Object{"Status": "InProgress"}))
	}
	status := make([]any, len(list))
	for i, o := range list {
		status[i] = o
	}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		if now == nil {
			return r.Fail(notFound, "Secrets Manager can't find the specified secret.")
		}
		tx.Put(now.Change(tx.Now(), wire.Object{replicas: status, "PrimaryRegion": rec.Region}))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return status, synchronize(ctx, r, rec.Key)
}

// synchronize makes the replicas of a secret what it is. A replica that cannot be made has the
// status Failed.
func synchronize(ctx context.Context, r *emulate.Request, k records.Key) error {
	rec := r.Service.Records.Get(k)
	if rec == nil || len(rec.Doc.List(replicas)) == 0 {
		return nil
	}
	status := make([]any, 0, len(rec.Doc.List(replicas)))
	for _, o := range rec.Doc.Objects(replicas) {
		o = o.With(wire.Object{"Status": "InSync", "StatusMessage": "Replication succeeded"})
		err := copyTo(ctx, r, rec, o)
		var refusal *wire.Error
		var denied *behalf.Error
		switch {
		case errors.As(err, &refusal):
			o["Status"], o["StatusMessage"] = "Failed", refusal.Message
		case errors.As(err, &denied):
			// The text is unconfirmed.
			o["Status"], o["StatusMessage"] = "Failed", "Replication failed: "+denied.Message
		case err != nil:
			return err
		}
		status = append(status, o)
	}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if now := tx.Get(k); now != nil {
			tx.Put(now.Change(now.Updated, wire.Object{replicas: status}))
		}
		return nil
	})
}

// copyTo seals the versions of a secret under the key of a replica.
func copyTo(ctx context.Context, r *emulate.Request, rec *records.Record, to wire.Object) error {
	k := rec.Key
	k.Region = to.Text("Region")
	arn := strings.Replace(rec.Doc.Text("ARN"), ":"+rec.Region+":", ":"+k.Region+":", 1)
	there := r.Service.Records.Get(k)
	if there != nil && there.Doc.Text("ARN") != arn && !r.In.Bool("ForceOverwriteReplicaSecret") {
		// The text is unconfirmed.
		return r.Fail(impossible, "Replication failed: Secret name %s already exists in region %s.", rec.ID, k.Region)
	}
	doc := rec.Doc.Without(replicas, policyMember, "KmsKeyId", "LastAccessedDate").With(to.Pick("KmsKeyId")).With(wire.Object{"ARN": arn})
	replica := &records.Record{Key: k, Doc: doc}
	var versions []*records.Record
	for _, v := range versionsOf(r, rec) {
		stages := v.Doc.Texts("VersionStages")
		if len(stages) == 0 {
			continue
		}
		content, err := open(ctx, r, rec, v)
		if err != nil {
			return err
		}
		n, err := seal(ctx, r, replica, v.ID, content, stages)
		if err != nil {
			return err
		}
		versions = append(versions, n)
	}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if old := tx.Get(k); old != nil {
			drop(tx, old)
			if policy := old.Doc.Text(policyMember); policy != "" && old.Doc.Text("ARN") == arn {
				replica.Doc[policyMember] = policy
			}
		}
		tx.Put(replica)
		for _, v := range versions {
			tx.Put(v)
		}
		emulate.PutTags(tx, arn, r.Service.Tags(rec.Doc.Text("ARN")))
		return nil
	})
}

// drop deletes a secret with its versions.
func drop(tx *records.Tx, rec *records.Record) {
	for _, v := range versionsIn(tx, rec) {
		tx.Delete(v.Key)
	}
	emulate.PutTags(tx, rec.Doc.Text("ARN"), nil)
	tx.Delete(rec.Key)
}

func removeReplicas(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	gone := r.In.Texts("RemoveReplicaRegions")
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := primary(r, tx.Get)
		if err != nil {
			return err
		}
		rest := []any{}
		for _, o := range rec.Doc.Objects(replicas) {
			if region := o.Text("Region"); !slices.Contains(gone, region) {
				rest = append(rest, o)
				continue
			}
			k := rec.Key
			k.Region = o.Text("Region")
			if replica := tx.Get(k); replica != nil && isReplica(replica) {
				drop(tx, replica)
			}
		}
		set := wire.Object{replicas: rest}
		if len(rest) == 0 {
			set = wire.Object{replicas: nil, "PrimaryRegion": nil}
		}
		tx.Put(rec.Change(tx.Now(), set))
		out = wire.Object{"ARN": rec.Doc.Text("ARN"), "ReplicationStatus": rest}
		return nil
	})
	return out, err
}

// stopReplication makes a replica a secret of its own.
func stopReplication(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := live(r, tx.Get)
		if err != nil {
			return err
		}
		if !isReplica(rec) {
			return r.Fail(impossible, "The secret %s is not a replica.", rec.ID)
		}
		k := rec.Key
		k.Region = rec.Doc.Text("PrimaryRegion")
		if p := tx.Get(k); p != nil {
			rest := slices.DeleteFunc(slices.Clone(p.Doc.List(replicas)), func(v any) bool {
				o, _ := v.(wire.Object)
				return o.Text("Region") == rec.Region
			})
			tx.Put(p.Change(tx.Now(), wire.Object{replicas: rest}))
		}
		tx.Put(rec.Change(tx.Now(), wire.Object{"PrimaryRegion": nil}))
		out = rec.Doc.Pick("ARN")
		return nil
	})
	return out, err
}
