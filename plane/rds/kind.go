package rds

import (
	"cmp"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// kind is what instances, clusters and their snapshots differ in: the names of their members,
// codes and texts.
type kind struct {
	record string // the kind of the records
	typ    string // of the catalogue
	noun   string // the word of ARNs
	member string // of answers
	id     string // the member with the identifier
	status string
	arn    string
	unique string // the member with the id that never changes
	prefix string // of that id
	made   string // the member with the time
	spoken string

	notFound, exists, state string // codes
	existsText              string
}

var instances = &kind{
	record: "db", typ: "AWS::RDS::DBInstance", noun: "db", member: "DBInstance", id: "DBInstanceIdentifier", status: "DBInstanceStatus",
	arn: "DBInstanceArn", unique: "DbiResourceId", prefix: "db-", made: "InstanceCreateTime", spoken: "DBInstance",
	notFound: "DBInstanceNotFound", exists: "DBInstanceAlreadyExists", state: "InvalidDBInstanceState", existsText: "DB instance already exists",
}

var clusters = &kind{
	record: "cluster", typ: "AWS::RDS::DBCluster", noun: "cluster", member: "DBCluster", id: "DBClusterIdentifier", status: "Status",
	arn: "DBClusterArn", unique: "DbClusterResourceId", prefix: "cluster-", made: "ClusterCreateTime", spoken: "DBCluster",
	notFound: "DBClusterNotFoundFault", exists: "DBClusterAlreadyExistsFault", state: "InvalidDBClusterStateFault", existsText: "DB Cluster already exists",
}

// snapshots are those of instances and of clusters.
var (
	snapshots = &kind{
		record: "snapshot", typ: "AWS::RDS::DBInstance", noun: "snapshot", member: "DBSnapshot", id: "DBSnapshotIdentifier", status: "Status",
		arn: "DBSnapshotArn", unique: "DbiResourceId", made: "SnapshotCreateTime", spoken: "DBSnapshot",
		notFound: "DBSnapshotNotFound", exists: "DBSnapshotAlreadyExists", state: "InvalidDBSnapshotState", existsText: "Cannot create the snapshot because a snapshot with the identifier %s already exists.",
	}
	clusterSnapshots = &kind{
		record: "cluster-snapshot", typ: "AWS::RDS::DBCluster", noun: "cluster-snapshot", member: "DBClusterSnapshot", id: "DBClusterSnapshotIdentifier", status: "Status",
		arn: "DBClusterSnapshotArn", unique: "DbClusterResourceId", made: "SnapshotCreateTime", spoken: "DBClusterSnapshot",
		notFound: "DBClusterSnapshotNotFoundFault", exists: "DBClusterSnapshotAlreadyExistsFault", state: "InvalidDBClusterSnapshotStateFault", existsText: "Cannot create the snapshot because a snapshot with the identifier %s already exists.",
	}
)

// kinds are all of them.
var kinds = []*kind{instances, clusters, snapshots, clusterSnapshots}

// isSnapshot says whether it is a kind of snapshots.
func (k *kind) isSnapshot() bool { return k == snapshots || k == clusterSnapshots }

// snapshots is the kind of snapshots of a database.
func (k *kind) snapshots() *kind {
	if k == instances {
		return snapshots
	}
	return clusterSnapshots
}

// name is an identifier as it is kept: in lower case, and without the ARN around it.
func (k *kind) name(r *emulate.Request, id string) string {
	return strings.ToLower(strings.TrimPrefix(id, r.ARN(k.noun+":")))
}

func (k *kind) arnOf(r *emulate.Request, name string) string { return r.ARN(k.noun + ":" + name) }

func (k *kind) key(r *emulate.Request, id string) records.Key { return r.Key(k.record, k.name(r, id)) }

// find is a record by its identifier.
func (k *kind) find(r *emulate.Request, get func(records.Key) *records.Record, id string) (*records.Record, error) {
	if rec := get(k.key(r, id)); rec != nil {
		return rec, nil
	}
	return nil, r.Fail(k.notFound, "%s %s not found.", k.spoken, k.name(r, id))
}

func (k *kind) taken(r *emulate.Request, name string) error {
	if strings.Contains(k.existsText, "%s") {
		return r.Fail(k.exists, k.existsText, name)
	}
	return r.Fail(k.exists, "%s", k.existsText)
}

// inState refuses a record that is not available. The text is unconfirmed.
func (k *kind) inState(r *emulate.Request, rec *records.Record, wanted ...string) error {
	is := rec.Doc.Text(k.status)
	for _, w := range wanted {
		if is == w {
			return nil
		}
	}
	return r.Fail(k.state, "%s %s is not in %s state.", k.spoken, rec.ID, cmp.Or(strings.Join(wanted, " or "), available))
}

// The statuses.
const (
	creating    = "creating"
	available   = "available"
	modifying   = "modifying"
	deleting    = "deleting"
	stopped     = "stopped"
	recoverable = "inaccessible-encryption-credentials-recoverable"
	lost        = "inaccessible-encryption-credentials"
)

// changing is a record that has a status until it gets another by itself.
func (k *kind) changing(r *emulate.Request, rec *records.Record, now, then string) *records.Record {
	rec.Doc[k.status] = now
	rec.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: wire.Object{k.status: then}}
	return rec
}

// shown is what is answered of a record.
func (k *kind) shown(r *emulate.Request, rec *records.Record) wire.Object {
	out := rec.Doc.Without(hidden...)
	if tags := emulate.TagList(r.Service.Tags(rec.Doc.Text(k.arn))); len(tags) > 0 {
		out["TagList"] = tags
	}
	if k == clusters {
		out["DBClusterMembers"] = membersOf(r, rec.ID)
	}
	return wire.Object{k.member: out}
}

// hidden are members of documents that are not of the API: inherits is the cluster whose storage
// an instance has.
var hidden = []string{"inherits"}

// membersOf are the instances of a cluster; the first one writes.
func membersOf(r *emulate.Request, cluster string) []any {
	out := []any{}
	for _, rec := range r.List(instances.record) {
		if rec.Doc.Text("DBClusterIdentifier") == cluster {
			out = append(out, wire.Object{"DBInstanceIdentifier": rec.ID, "IsClusterWriter": len(out) == 0, "DBClusterParameterGroupStatus": "in-sync", "PromotionTier": int64(1)})
		}
	}
	return out
}
