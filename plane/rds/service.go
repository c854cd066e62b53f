package rds

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// on is a member of an input with what of the API it names.
type on struct {
	kind   *kind
	member string
}

// operations are all that there are but for tags, with what they are authorized on.
var operations = map[string]struct {
	on []on
	do func(context.Context, *emulate.Request) (wire.Object, error)
}{
	"CreateDBInstance":    {[]on{{instances, "DBInstanceIdentifier"}, {clusters, "DBClusterIdentifier"}}, createInstance},
	"DescribeDBInstances": {[]on{{instances, "DBInstanceIdentifier"}}, describe(instances, instances.id)},
	"ModifyDBInstance":    {[]on{{instances, "DBInstanceIdentifier"}}, modify(instances)},
	"DeleteDBInstance":    {[]on{{instances, "DBInstanceIdentifier"}}, remove(instances)},
	"StartDBInstance":     {[]on{{instances, "DBInstanceIdentifier"}}, start(instances)},
	"StopDBInstance":      {[]on{{instances, "DBInstanceIdentifier"}}, stop(instances)},

	"CreateDBCluster":    {[]on{{clusters, "DBClusterIdentifier"}}, createCluster},
	"DescribeDBClusters": {[]on{{clusters, "DBClusterIdentifier"}}, describe(clusters, clusters.id)},
	"ModifyDBCluster":    {[]on{{clusters, "DBClusterIdentifier"}}, modify(clusters)},
	"DeleteDBCluster":    {[]on{{clusters, "DBClusterIdentifier"}}, remove(clusters)},
	"StartDBCluster":     {[]on{{clusters, "DBClusterIdentifier"}}, start(clusters)},
	"StopDBCluster":      {[]on{{clusters, "DBClusterIdentifier"}}, stop(clusters)},

	"CreateDBSnapshot":                {[]on{{instances, "DBInstanceIdentifier"}, {snapshots, "DBSnapshotIdentifier"}}, createSnapshot(instances)},
	"DescribeDBSnapshots":             {[]on{{snapshots, "DBSnapshotIdentifier"}}, describe(snapshots, snapshots.id)},
	"CopyDBSnapshot":                  {[]on{{snapshots, "SourceDBSnapshotIdentifier"}, {snapshots, "TargetDBSnapshotIdentifier"}}, copySnapshot(snapshots)},
	"DeleteDBSnapshot":                {[]on{{snapshots, "DBSnapshotIdentifier"}}, deleteSnapshot(snapshots)},
	"RestoreDBInstanceFromDBSnapshot": {[]on{{instances, "DBInstanceIdentifier"}, {snapshots, "DBSnapshotIdentifier"}}, restore(instances, "DBSnapshotIdentifier")},

	"CreateDBClusterSnapshot":      {[]on{{clusters, "DBClusterIdentifier"}, {clusterSnapshots, "DBClusterSnapshotIdentifier"}}, createSnapshot(clusters)},
	"DescribeDBClusterSnapshots":   {[]on{{clusterSnapshots, "DBClusterSnapshotIdentifier"}}, describe(clusterSnapshots, clusterSnapshots.id)},
	"CopyDBClusterSnapshot":        {[]on{{clusterSnapshots, "SourceDBClusterSnapshotIdentifier"}, {clusterSnapshots, "TargetDBClusterSnapshotIdentifier"}}, copySnapshot(clusterSnapshots)},
	"DeleteDBClusterSnapshot":      {[]on{{clusterSnapshots, "DBClusterSnapshotIdentifier"}}, deleteSnapshot(clusterSnapshots)},
	"RestoreDBClusterFromSnapshot": {[]on{{clusters, "DBClusterIdentifier"}, {clusterSnapshots, "SnapshotIdentifier"}}, restore(clusters, "SnapshotIdentifier")},
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: "rds", Denied: "AccessDenied"})
	if err != nil {
		return nil, fmt.Errorf("rds: %w", err)
	}
	for name, o := range operations {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if err := allow(ctx, r, name, o.on); err != nil {
				return nil, err
			}
			return o.do(ctx, r)
		}})
	}
	for name, do := range tagging {
		s.Handle(name, emulate.Op{Resource: func(r *emulate.Request) (string, error) { return r.In.Text("ResourceName"), nil }, Do: do})
	}
	return []*emulate.Service{s}, nil
}

// allow asks for an action on everything that the input names; a listing is one of all.
func allow(ctx context.Context, r *emulate.Request, action string, named []on) error {
	asked := false
	for i, o := range named {
		id := r.In.Text(o.member)
		switch {
		case id == "" && i > 0:
			continue
		case id == "":
			id = "*"
		}
		asked = true
		what := &plane.Asked{Action: "rds:" + action, Resource: o.kind.arnOf(r, o.kind.name(r, id)), Context: conditions(r)}
		if err := r.AllowAs(ctx, what); err != nil {
			return err
		}
	}
	if !asked {
		return r.Allow(ctx, "rds:"+action, "*")
	}
	return nil
}

// conditionMembers are condition keys by the members of inputs that have their values.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
var conditionMembers = map[string]string{
	"Engine": "rds:databaseengine", "DBInstanceClass": "rds:databaseclass", "DBClusterInstanceClass": "rds:databaseclass",
	"StorageEncrypted": "rds:storageencrypted", "AllocatedStorage": "rds:storagesize", "MultiAZ": "rds:multiaz",
	"Iops": "rds:piops", "ManageMasterUserPassword": "rds:managemasteruserpassword", "DBName": "rds:databasename",
}

func conditions(r *emulate.Request) authz.Context {
	out := authz.Context{}
	for member, key := range conditionMembers {
		switch v := r.In.At(member).(type) {
		case string:
			out[key] = one(v)
		case bool:
			out[key] = one(strconv.FormatBool(v))
		case int64:
			out[key] = one(strconv.FormatInt(v, 10))
		}
	}
	return out
}

func one(s string) authz.Value { return authz.Value{Values: []string{s}} }

// inaccessible is how RDS answers when a key is not there for it.
func inaccessible(r *emulate.Request, key string) error {
	return r.Fail("KMSKeyNotAccessibleFault", "The specified KMS key [%s] does not exist, is not enabled or you do not have permissions to access it. ", key)
}

// The codes that the model does not have.
const (
	badValue       = "InvalidParameterValue"
	badCombination = "InvalidParameterCombination"
)

// filters are those that the listings take, with the members that they look at.
var filters = map[string]string{
	"db-instance-id": "DBInstanceIdentifier", "db-cluster-id": "DBClusterIdentifier", "engine": "Engine",
	"db-snapshot-id": "DBSnapshotIdentifier", "db-cluster-snapshot-id": "DBClusterSnapshotIdentifier",
	"dbi-resource-id": "DbiResourceId", "db-cluster-resource-id": "DbClusterResourceId", "snapshot-type": "SnapshotType",
}

// describe makes the operation that lists a kind; named is the member with an identifier.
func describe(k *kind, named string) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		all := r.List(k.record)
		if id := r.In.Text(named); id != "" {
			rec, err := k.find(r, r.Service.Records.Get, id)
			if err != nil {
				return nil, err
			}
			all = all[:0]
			all = append(all, rec)
		}
		var items []wire.Object
		for _, rec := range all {
			rec, err := settled(ctx, r, k, rec)
			if err != nil {
				return nil, err
			}
			ok, err := passes(r, rec)
			if err != nil {
				return nil, err
			}
			if ok {
				items = append(items, k.shown(r, rec).Object(k.member))
			}
		}
		return r.Page(items, 100, badValue)
	}
}

// passes says whether a record is what the filters of a listing ask for.
func passes(r *emulate.Request, rec *records.Record) (bool, error) {
	for _, f := range r.In.Objects("Filters") {
		member, ok := filters[f.Text("Name")]
		if !ok {
			return false, r.Fail(badValue, "Unrecognized filter name: %s", f.Text("Name"))
		}
		if !has(f.Texts("Values"), rec.Doc.Text(member)) {
			return false, nil
		}
	}
	for _, member := range []string{"SnapshotType", "DbiResourceId"} {
		if v := r.In.Text(member); v != "" && rec.Doc.Text(member) != v {
			return false, nil
		}
	}
	// Snapshots of one instance or cluster.
	for _, member := range []string{"DBInstanceIdentifier", "DBClusterIdentifier"} {
		if v := r.In.Text(member); v != "" && rec.Doc.Text(member) != strings.ToLower(v[strings.LastIndexByte(v, ':')+1:]) {
			return false, nil
		}
	}
	return true, nil
}

func has(values []string, v string) bool {
	for _, one := range values {
		if strings.EqualFold(one[strings.LastIndexByte(one, ':')+1:], v) {
			return true
		}
	}
	return false
}
