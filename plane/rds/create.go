package rds

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// Engines of instances outside of clusters, and of clusters.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html and
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
var (
	instanceEngines = []string{
		"db2-ae", "db2-se", "mariadb", "mysql", "oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb",
		"postgres", "sqlserver-ee", "sqlserver-se", "sqlserver-ex", "sqlserver-web",
	}
	clusterEngines = []string{"aurora-mysql", "aurora-postgresql", "mysql", "postgres"}
)

// kept are members of inputs that are shown as they are, by kind.
var kept = map[*kind][]string{
	instances: {
		"DBInstanceClass", "Engine", "EngineVersion", "MasterUsername", "DBName", "AllocatedStorage", "BackupRetentionPeriod", "PreferredBackupWindow", "PreferredMaintenanceWindow",
		"AvailabilityZone", "MultiAZ", "AutoMinorVersionUpgrade", "LicenseModel", "Iops", "StorageThroughput", "CharacterSetName", "PubliclyAccessible", "StorageType",
		"CopyTagsToSnapshot", "PromotionTier", "DatabaseInsightsMode", "PerformanceInsightsRetentionPeriod", "DeletionProtection", "MaxAllocatedStorage", "NetworkType", "DedicatedLogVolume", "EngineLifecycleSupport",
	},
	clusters: {
		"Engine", "EngineVersion", "EngineMode", "MasterUsername", "DatabaseName", "AllocatedStorage", "AvailabilityZones", "BackupRetentionPeriod", "PreferredBackupWindow", "PreferredMaintenanceWindow",
		"CharacterSetName", "Port", "BacktrackWindow", "DBClusterInstanceClass", "StorageType", "Iops", "PubliclyAccessible", "AutoMinorVersionUpgrade", "DeletionProtection", "CopyTagsToSnapshot",
		"NetworkType", "ServerlessV2ScalingConfiguration", "DatabaseInsightsMode", "PerformanceInsightsRetentionPeriod", "EngineLifecycleSupport",
	},
}

// renamed are members that answers have by other names.
var renamed = map[string]string{
	"EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled", "EnablePerformanceInsights": "PerformanceInsightsEnabled", "Port": "DbInstancePort", "EnableHttpEndpoint": "HttpEndpointEnabled",
}

// missing are members that name what the plane has not, with the refusals of things that are
// not there. Texts are unconfirmed.
var missing = map[string]string{
	"DBSubnetGroupName": "DBSubnetGroupNotFoundFault", "DBParameterGroupName": "DBParameterGroupNotFound", "DBClusterParameterGroupName": "DBClusterParameterGroupNotFound",
	"OptionGroupName": "OptionGroupNotFoundFault", "GlobalClusterIdentifier": "GlobalClusterNotFoundFault",
}

// absent are members whose effect the plane has not.
var absent = []string{
	"TdeCredentialArn", "Domain", "DomainFqdn", "MonitoringRoleArn", "EnableCloudwatchLogsExports", "CloudwatchLogsExportConfiguration", "ReplicationSourceIdentifier",
	"NewDBInstanceIdentifier", "NewDBClusterIdentifier", "ReplicaMode", "AwsBackupRecoveryPointArn", "DBSecurityGroups", "SourceRegion", "PreSignedUrl",
}

// checkMissing refuses what the plane has not.
func checkMissing(r *emulate.Request) error {
	for _, member := range slices.Sorted(maps.Keys(missing)) {
		if name := r.In.Text(member); name != "" {
			return r.Fail(missing[member], "%s %s not found.", member, name)
		}
	}
	for _, member := range absent {
		if r.In.Has(member) {
			return r.Fail(badValue, "not implemented by the local plane: %s", member)
		}
	}
	return nil
}

var identifier = regexp.MustCompile(`^[a-zA-Z](-?[a-zA-Z0-9])*$`)

// begin is a record as a request asks for it, without storage.
func (k *kind) begin(r *emulate.Request, id string) (*records.Record, error) {
	name := strings.ToLower(id)
	if !identifier.MatchString(name) || len(name) > 63 {
		return nil, r.Fail(badValue, "The parameter %s is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.", k.id)
	}
	if r.Service.Records.Get(k.key(r, name)) != nil {
		return nil, k.taken(r, name)
	}
	if err := checkMissing(r); err != nil {
		return nil, err
	}
	doc := wire.Object{
		k.id: name, k.arn: k.arnOf(r, name), k.unique: k.prefix + r.Service.ID(emulate.UpperDigits, 26), k.made: r.Service.Now(),
	}
	return &records.Record{Key: r.Key(k.record, name), Doc: k.take(r, doc)}, nil
}

// take takes the members of the input into a document.
func (k *kind) take(r *emulate.Request, doc wire.Object) wire.Object {
	doc = doc.With(r.In.Pick(kept[k]...))
	for from, to := range renamed {
		if r.In.Has(from) && (k == instances || from != "Port") {
			doc[to] = r.In[from]
		}
	}
	if groups := r.In.Texts("VpcSecurityGroupIds"); groups != nil {
		list := []any{}
		for _, g := range groups {
			list = append(list, wire.Object{"VpcSecurityGroupId": g, "Status": "active"})
		}
		doc["VpcSecurityGroups"] = list
	}
	return doc
}

// defaults of what is not said.
func defaults(doc wire.Object) {
	for name, v := range map[string]any{
		"BackupRetentionPeriod": int64(1), "DeletionProtection": false, "CopyTagsToSnapshot": false, "MultiAZ": false,
		"AutoMinorVersionUpgrade": true, "IAMDatabaseAuthenticationEnabled": false, "PerformanceInsightsEnabled": false,
	} {
		if !doc.Has(name) {
			doc[name] = v
		}
	}
}

func createInstance(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	engine, cluster := r.In.Text("Engine"), r.In.Text("DBClusterIdentifier")
	switch {
	case cluster == "" && strings.HasPrefix(engine, "aurora"):
		return nil, r.Fail(badCombination, "You must specify a DBClusterIdentifier for the engine %s.", engine)
	case cluster == "" && !slices.Contains(instanceEngines, engine):
		return nil, r.Fail(badValue, "Invalid DB engine: %s", engine)
	}
	rec, err := instances.begin(r, r.In.Text("DBInstanceIdentifier"))
	if err != nil {
		return nil, err
	}
	defaults(rec.Doc)
	if cluster == "" {
		return create(ctx, r, instances, rec)
	}
	owner, err := clusters.find(r, r.Service.Records.Get, cluster)
	if err != nil {
		return nil, err
	}
	for _, member := range []string{"StorageEncrypted", "KmsKeyId", "ManageMasterUserPassword", "MasterUserPassword", "MasterUsername", "AllocatedStorage"} {
		if r.In.Has(member) {
			return nil, r.Fail(badCombination, "The requested DB Instance will be a member of a DB Cluster. Set %s for the DB Cluster.", member)
		}
	}
	rec.Doc = rec.Doc.With(owner.Doc.Pick("StorageEncrypted", "KmsKeyId", "StorageEncryptionType", "MasterUsername", "EngineVersion"))
	rec.Doc["DBClusterIdentifier"], rec.Doc["inherits"] = owner.ID, owner.ID
	return finish(ctx, r, instances, rec)
}

func createCluster(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if engine := r.In.Text("Engine"); !slices.Contains(clusterEngines, engine) {
		return nil, r.Fail(badValue, "Invalid DB engine: %s", engine)
	}
	rec, err := clusters.begin(r, r.In.Text("DBClusterIdentifier"))
	if err != nil {
		return nil, err
	}
	defaults(rec.Doc)
	return create(ctx, r, clusters, rec)
}

// create makes the storage and the master password of a database.
func create(ctx context.Context, r *emulate.Request, k *kind, rec *records.Record) (wire.Object, error) {
	managed, password := r.In.Bool("ManageMasterUserPassword"), r.In.Text("MasterUserPassword")
	key := r.In.Text("KmsKeyId")
	switch {
	case r.In.Text("MasterUsername") == "":
		return nil, r.Fail(badValue, "The parameter MasterUsername must be provided and must not be blank.")
	case managed && password != "":
		return nil, r.Fail(badCombination, "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.")
	case !managed && password == "":
		return nil, r.Fail(badValue, "The parameter MasterUserPassword must be provided and must not be blank.")
	case !managed && r.In.Has("MasterUserSecretKmsKeyId"):
		return nil, r.Fail(badCombination, "You can specify MasterUserSecretKmsKeyId only when ManageMasterUserPassword is enabled.") // unconfirmed
	case key != "" && !r.In.Bool("StorageEncrypted"):
		return nil, r.Fail(badCombination, "You can specify KmsKeyId only when StorageEncrypted is true.") // unconfirmed
	case key == "" && r.In.Bool("StorageEncrypted"):
		key = defaultKey
	}
	content := wire.Object{}
	if password != "" {
		content["MasterUserPassword"] = password
	}
	if err := insights(ctx, r, rec.Doc); err != nil {
		return nil, err
	}
	if err := k.seal(ctx, r, rec, key, content); err != nil {
		return nil, err
	}
	if managed {
		if err := k.manage(ctx, r, rec); err != nil {
			return nil, errors.Join(err, release(ctx, r, k, rec))
		}
	}
	return finish(ctx, r, k, rec)
}

// finish puts a database that is being made.
func finish(ctx context.Context, r *emulate.Request, k *kind, rec *records.Record) (wire.Object, error) {
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(rec.Key) != nil {
			return k.taken(r, rec.ID)
		}
		tx.Put(k.changing(r, rec, creating, available))
		emulate.PutTags(tx, rec.Doc.Text(k.arn), r.TagsIn("Tags"))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return k.shown(r, rec), nil
}

// insights keeps the key of Performance Insights, which stays until they are off.
func insights(ctx context.Context, r *emulate.Request, doc wire.Object) error {
	key := r.In.Text("PerformanceInsightsKMSKeyId")
	switch {
	case !doc.Bool("PerformanceInsightsEnabled"):
		if key != "" {
			return r.Fail(badCombination, "You can specify PerformanceInsightsKMSKeyId only when Performance Insights is enabled.") // unconfirmed
		}
		delete(doc, "PerformanceInsightsKMSKeyId")
		return nil
	case key == "" && doc.Has("PerformanceInsightsKMSKeyId"):
		return nil
	}
	named, err := keyARN(ctx, r, key, "rds")
	if err != nil {
		return err
	}
	if old := doc.Text("PerformanceInsightsKMSKeyId"); old != "" && old != named {
		return r.Fail(badCombination, "You can't change the KMS key of Performance Insights while it is enabled.") // unconfirmed
	}
	doc["PerformanceInsightsKMSKeyId"] = named
	return nil
}
