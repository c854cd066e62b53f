package rds_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/plane/local/localtest/sdktest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	admin   = "AKIAADMIN0000000"
	exact   = "AKIAEXACT0000000"
	alias   = "alias/storage"
	other   = "alias/other"
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: exact
        access-keys: [{id: AKIAEXACT0000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "rds:*", Resource: "arn:aws:rds:eu-west-1:111122223333:db:app*", Condition: {StringNotEquals: {"rds:DatabaseEngine": mysql}}}]}
    keys:
      - {region: eu-west-1, alias: alias/storage}
      - {region: eu-west-1, alias: alias/other}
`

func client(p *localtest.Plane, accessKey string) *rds.Client {
	return rds.NewFromConfig(sdktest.Config(p, accessKey, "rds"))
}

func instance(name string, change ...func(*rds.CreateDBInstanceInput)) *rds.CreateDBInstanceInput {
	in := &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &name, DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"), AllocatedStorage: aws.Int32(20),
		MasterUsername: aws.String("owner"), MasterUserPassword: aws.String("chosen-password"),
	}
	for _, f := range change {
		f(in)
	}
	return in
}

func encrypted(key string) func(*rds.CreateDBInstanceInput) {
	return func(in *rds.CreateDBInstanceInput) {
		in.StorageEncrypted = aws.Bool(true)
		if key != "" {
			in.KmsKeyId = &key
		}
	}
}

func managed(in *rds.CreateDBInstanceInput) {
	in.ManageMasterUserPassword, in.MasterUserPassword = aws.Bool(true), nil
}

func get(t *testing.T, c *rds.Client, name string) types.DBInstance {
	t.Helper()
	out := localtest.Must(c.DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name}))(t)
	return out.DBInstances[0]
}

func TestInstance(t *testing.T) {
	p := localtest.Open(t, seed, func(o *local.Options) { o.Settle = time.Minute })
	c, ctx := client(p, admin), t.Context()
	key := p.KeyARN(account, region, alias)
	made := localtest.Must(c.CreateDBInstance(ctx, instance("App", encrypted(alias), func(in *rds.CreateDBInstanceInput) {
		in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}
		in.EnablePerformanceInsights, in.PerformanceInsightsKMSKeyId = aws.Bool(true), aws.String(other)
	})))(t).DBInstance
	if *made.DBInstanceIdentifier != "app" || *made.DBInstanceStatus != "creating" || *made.DBInstanceArn != "arn:aws:rds:eu-west-1:111122223333:db:app" || *made.KmsKeyId != key || !*made.StorageEncrypted || *made.PerformanceInsightsKMSKeyId != p.KeyARN(account, region, other) || *made.MasterUsername != "owner" || made.MasterUserSecret != nil || *made.BackupRetentionPeriod != 1 || len(*made.DbiResourceId) != 29 {
		t.Errorf("made %+v", made)
	}
	_, err := c.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("app"), MultiAZ: aws.Bool(true)})
	localtest.Refused(t, err, "InvalidDBInstanceState", "DBInstance app is not in available or stopped state.")
	p.Pass(time.Minute)
	is := get(t, c, "APP")
	if *is.DBInstanceStatus != "available" || len(is.TagList) != 1 || *is.TagList[0].Value != "blue" || !is.InstanceCreateTime.Equal(p.Now().Add(-time.Minute)) {
		t.Errorf("it is %+v", is)
	}
	_, err = c.CreateDBInstance(ctx, instance("app"))
	localtest.Refused(t, err, "DBInstanceAlreadyExists", "DB instance already exists")

	modified := localtest.Must(c.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{
		DBInstanceIdentifier: aws.String("app"), AllocatedStorage: aws.Int32(40), DeletionProtection: aws.Bool(true), CopyTagsToSnapshot: aws.Bool(true), MasterUserPassword: aws.String("another-one"),
	}))(t).DBInstance
	if *modified.DBInstanceStatus != "modifying" || *modified.AllocatedStorage != 20 || *modified.PendingModifiedValues.AllocatedStorage != 40 || !*modified.DeletionProtection || *modified.DBInstanceClass != "db.t4g.micro" {
		t.Errorf("modified %+v", modified)
	}
	p.Pass(time.Minute)
	now := localtest.Must(c.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("app"), AllocatedStorage: aws.Int32(60), ApplyImmediately: aws.Bool(true)}))(t).DBInstance
	if *now.AllocatedStorage != 60 {
		t.Errorf("modified at once %+v", now)
	}
	p.Pass(time.Minute)
	_, err = c.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("app"), EnablePerformanceInsights: aws.Bool(true), PerformanceInsightsKMSKeyId: aws.String(alias)})
	localtest.Refused(t, err, "InvalidParameterCombination", "You can't change the KMS key of Performance Insights while it is enabled.")
	_, err = c.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("app"), SkipFinalSnapshot: aws.Bool(true)})
	localtest.Refused(t, err, "InvalidParameterCombination", "Cannot delete protected DB Instance, please disable deletion protection and try again.")
	localtest.Must(c.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("app"), DeletionProtection: aws.Bool(false)}))(t)
	p.Pass(time.Minute)

	localtest.Must(c.AddTagsToResource(ctx, &rds.AddTagsToResourceInput{ResourceName: made.DBInstanceArn, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}))(t)
	localtest.Must(c.RemoveTagsFromResource(ctx, &rds.RemoveTagsFromResourceInput{ResourceName: made.DBInstanceArn, TagKeys: []string{"team"}}))(t)
	if tags := localtest.Must(c.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: made.DBInstanceArn}))(t).TagList; len(tags) != 1 || *tags[0].Key != "a" {
		t.Errorf("tags %+v", tags)
	}

	_, err = c.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("app")})
	localtest.Refused(t, err, "InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
	if n := grants(t, p, alias); n != 1 {
		t.Errorf("%d grants before the instance is deleted", n)
	}
	gone := localtest.Must(c.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("app"), FinalDBSnapshotIdentifier: aws.String("last")}))(t).DBInstance
	if *gone.DBInstanceStatus != "deleting" {
		t.Errorf("deleted %+v", gone)
	}
	p.Pass(time.Minute)
	_, err = c.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("app")})
	localtest.Refused(t, err, "DBInstanceNotFound", "DBInstance app not found.")
	s := localtest.Must(c.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: aws.String("app")}))(t).DBSnapshots
	if len(s) != 1 || *s[0].DBSnapshotIdentifier != "last" || *s[0].KmsKeyId != key || !*s[0].Encrypted || *s[0].Status != "available" || len(s[0].TagList) != 1 {
		t.Errorf("snapshots %+v", s)
	}
	if n := grants(t, p, alias); n != 1 {
		t.Errorf("%d grants while there is a snapshot", n)
	}
	localtest.Must(c.DeleteDBSnapshot(ctx, &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: aws.String("last")}))(t)
	if n := grants(t, p, alias); n != 0 {
		t.Errorf("%d grants in the end", n)
	}
}

func grants(t *testing.T, p *localtest.Plane, alias string) int {
	t.Helper()
	arn := p.KeyARN(account, region, alias)
	return len(p.KMS.View(account, region, arn[strings.LastIndexByte(arn, '/')+1:]).Grants)
}

// TestGrants: each database has a grant of its own.
func TestGrants(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	for _, name := range []string{"one", "two"} {
		localtest.Must(c.CreateDBInstance(ctx, instance(name, encrypted(alias))))(t)
	}
	_, err := c.CreateDBInstance(ctx, instance("three", encrypted(alias), managed, func(in *rds.CreateDBInstanceInput) { in.MasterUserSecretKmsKeyId = aws.String("alias/none") }))
	localtest.Refused(t, err, "KMSKeyNotAccessibleFault", "The specified KMS key [alias/none] does not exist, is not enabled or you do not have permissions to access it. ")
	if n := grants(t, p, alias); n != 2 {
		t.Errorf("%d grants of two instances", n)
	}
	localtest.Must(c.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("one"), SkipFinalSnapshot: aws.Bool(true)}))(t)
	if n := grants(t, p, alias); n != 1 {
		t.Errorf("%d grants of one instance", n)
	}
	arn := p.KeyARN(account, region, alias)
	grant := p.KMS.View(account, region, arn[strings.LastIndexByte(arn, '/')+1:]).Grants[0]
	if grant.Grantee != "rds.amazonaws.com" || grant.Retiring != "rds.amazonaws.com" || !strings.HasPrefix(grant.ContextSubset["aws:rds:db-id"], "db-") {
		t.Errorf("grant %+v", grant)
	}
	p.API("kms", admin).Do(t, "RevokeGrant", `{"KeyId":"`+arn+`","GrantId":"`+grant.ID+`"}`)
	if is := get(t, c, "two"); *is.DBInstanceStatus != "inaccessible-encryption-credentials-recoverable" {
		t.Errorf("without its grant it is %s", *is.DBInstanceStatus)
	}
}

func TestRefusals(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	for name, try := range map[string]struct {
		change        func(*rds.CreateDBInstanceInput)
		code, message string
	}{
		"a key without encryption": {func(in *rds.CreateDBInstanceInput) { in.KmsKeyId = aws.String(alias) }, "InvalidParameterCombination", "You can specify KmsKeyId only when StorageEncrypted is true."},
		"no such key":              {encrypted("alias/none"), "KMSKeyNotAccessibleFault", "The specified KMS key [alias/none] does not exist, is not enabled or you do not have permissions to access it. "},
		"no password":              {func(in *rds.CreateDBInstanceInput) { in.MasterUserPassword = nil }, "InvalidParameterValue", "The parameter MasterUserPassword must be provided and must not be blank."},
		"two passwords":            {func(in *rds.CreateDBInstanceInput) { in.ManageMasterUserPassword = aws.Bool(true) }, "InvalidParameterCombination", "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."},
		"no user":                  {func(in *rds.CreateDBInstanceInput) { in.MasterUsername = nil }, "InvalidParameterValue", "The parameter MasterUsername must be provided and must not be blank."},
		"an engine":                {func(in *rds.CreateDBInstanceInput) { in.Engine = aws.String("paper") }, "InvalidParameterValue", "Invalid DB engine: paper"},
		"Aurora alone":             {func(in *rds.CreateDBInstanceInput) { in.Engine = aws.String("aurora-mysql") }, "InvalidParameterCombination", "You must specify a DBClusterIdentifier for the engine aurora-mysql."},
		"a subnet group":           {func(in *rds.CreateDBInstanceInput) { in.DBSubnetGroupName = aws.String("g") }, "DBSubnetGroupNotFoundFault", "DBSubnetGroupName g not found."},
		"a domain":                 {func(in *rds.CreateDBInstanceInput) { in.Domain = aws.String("d") }, "InvalidParameterValue", "not implemented by the local plane: Domain"},
		"a key for insights":       {func(in *rds.CreateDBInstanceInput) { in.PerformanceInsightsKMSKeyId = aws.String(alias) }, "InvalidParameterCombination", "You can specify PerformanceInsightsKMSKeyId only when Performance Insights is enabled."},
		"a key for no secret":      {func(in *rds.CreateDBInstanceInput) { in.MasterUserSecretKmsKeyId = aws.String(alias) }, "InvalidParameterCombination", "You can specify MasterUserSecretKmsKeyId only when ManageMasterUserPassword is enabled."},
		"no such cluster":          {func(in *rds.CreateDBInstanceInput) { in.DBClusterIdentifier = aws.String("none") }, "DBClusterNotFoundFault", "DBCluster none not found."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.CreateDBInstance(ctx, instance("app", try.change))
			localtest.Refused(t, err, try.code, try.message)
		})
	}
	byDefault := localtest.Must(c.CreateDBInstance(ctx, instance("default", encrypted(""))))(t).DBInstance
	if *byDefault.KmsKeyId != p.KeyARN(account, region, "alias/aws/rds") || string(byDefault.StorageEncryptionType) != "sse-kms" {
		t.Errorf("without a key of its own %+v", byDefault)
	}
	localtest.Must(c.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("default"), SkipFinalSnapshot: aws.Bool(true)}))(t)
	_, err := c.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{Filters: []types.Filter{{Name: aws.String("x"), Values: []string{"y"}}}})
	if err != nil {
		t.Errorf("without instances nothing is filtered: %v", err)
	}
	localtest.Must(c.CreateDBInstance(ctx, instance("app")))(t)
	_, err = c.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{Filters: []types.Filter{{Name: aws.String("x"), Values: []string{"y"}}}})
	localtest.Refused(t, err, "InvalidParameterValue", "Unrecognized filter name: x")
	some := localtest.Must(c.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{Filters: []types.Filter{{Name: aws.String("engine"), Values: []string{"mysql"}}}}))(t)
	if len(some.DBInstances) != 0 {
		t.Errorf("filtered %+v", some.DBInstances)
	}
	_, err = c.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{Marker: aws.String("x")})
	localtest.Refused(t, err, "InvalidParameterValue", "The pagination token is not valid.")
}

// needed is a key policy with what the catalogue says that RDS's caller needs, but for one part.
func needed(without string) string {
	via, context, actions := "rds.eu-west-1.amazonaws.com", "true", []string{"kms:CreateGrant", "kms:DescribeKey"}
	switch without {
	case "via":
		via = "other"
	case "CreateGrant":
		actions = actions[1:]
	case "DescribeKey":
		actions = actions[:1]
	}
	text, _ := json.Marshal(actions)
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/exact"},"Action":%s,"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"%s"}}},
		{"Effect":"Deny","Principal":"*","Action":"kms:CreateGrant","Resource":"*","Condition":{"Null":{"kms:EncryptionContext:aws:rds:db-id":"%s"}}}]}`, text, via, context)
}

// TestExact: a caller with exactly what the needs say, and without any part of it.
func TestExact(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, exact), t.Context()
	key := p.KeyARN(account, region, alias)
	for _, without := range []string{"CreateGrant", "DescribeKey", "via"} {
		p.SetKeyPolicy(account, region, alias, needed(without))
		_, err := c.CreateDBInstance(ctx, instance("app", encrypted(key)))
		localtest.Refused(t, err, "KMSKeyNotAccessibleFault", "The specified KMS key ["+key+"] does not exist, is not enabled or you do not have permissions to access it. ")
	}
	p.SetKeyPolicy(account, region, alias, needed(""))
	localtest.Must(c.CreateDBInstance(ctx, instance("app", encrypted(key))))(t)

	_, err := c.CreateDBInstance(ctx, instance("app3", func(in *rds.CreateDBInstanceInput) {
		in.EnablePerformanceInsights, in.PerformanceInsightsKMSKeyId = aws.Bool(true), aws.String(other)
	}))
	localtest.Refused(t, err, "KMSKeyNotAccessibleFault", "The specified KMS key [alias/other] does not exist, is not enabled or you do not have permissions to access it. ")
	_, err = c.CreateDBInstance(ctx, instance("web"))
	localtest.Refused(t, err, "AccessDenied", "User: arn:aws:iam::111122223333:user/exact is not authorized to perform: rds:CreateDBInstance on resource: arn:aws:rds:eu-west-1:111122223333:db:web because no identity-based policy allows the rds:CreateDBInstance action")
	_, err = c.CreateDBInstance(ctx, instance("app2", func(in *rds.CreateDBInstanceInput) { in.Engine = aws.String("mysql") }))
	if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("an engine that is not allowed: %v", err)
	}
}

// TestInaccessible: an instance whose key is disabled, has it again, and loses it for good.
func TestInaccessible(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	localtest.Must(c.CreateDBInstance(ctx, instance("app", encrypted(alias))))(t)
	start := &rds.StartDBInstanceInput{DBInstanceIdentifier: aws.String("app")}
	_, err := c.StartDBInstance(ctx, start)
	localtest.Refused(t, err, "InvalidDBInstanceState", "DBInstance app is not in stopped or inaccessible-encryption-credentials-recoverable state.")
	p.DisableKey(account, region, alias)
	if is := get(t, c, "app"); *is.DBInstanceStatus != "inaccessible-encryption-credentials-recoverable" {
		t.Errorf("with a disabled key it is %s", *is.DBInstanceStatus)
	}
	_, err = c.StartDBInstance(ctx, start)
	localtest.Refused(t, err, "KMSKeyNotAccessibleFault", "The specified KMS key ["+p.KeyARN(account, region, alias)+"] does not exist, is not enabled or you do not have permissions to access it. ")
	_, err = c.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{DBInstanceIdentifier: aws.String("app"), DBSnapshotIdentifier: aws.String("s")})
	localtest.Refused(t, err, "InvalidDBInstanceState", "DBInstance app is not in available or stopped state.")
	p.Pass(6 * 24 * time.Hour)
	p.EnableKey(account, region, alias)
	if is := get(t, c, "app"); *is.DBInstanceStatus != "inaccessible-encryption-credentials-recoverable" {
		t.Errorf("before it is started it is %s", *is.DBInstanceStatus)
	}
	if s := localtest.Must(c.StartDBInstance(ctx, start))(t).DBInstance; *s.DBInstanceStatus != "starting" {
		t.Errorf("started %s", *s.DBInstanceStatus)
	}
	if is := get(t, c, "app"); *is.DBInstanceStatus != "available" {
		t.Errorf("started it is %s", *is.DBInstanceStatus)
	}
	p.DisableKey(account, region, alias)
	get(t, c, "app")
	p.Pass(7 * 24 * time.Hour)
	p.EnableKey(account, region, alias)
	if is := get(t, c, "app"); *is.DBInstanceStatus != "inaccessible-encryption-credentials" {
		t.Errorf("after a week it is %s", *is.DBInstanceStatus)
	}
	_, err = c.StartDBInstance(ctx, start)
	localtest.Refused(t, err, "InvalidDBInstanceState", "DBInstance app is not in stopped or inaccessible-encryption-credentials-recoverable state.")

	p.DisableKey(account, region, alias)
	remove := &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("app"), FinalDBSnapshotIdentifier: aws.String("last")}
	_, err = c.DeleteDBInstance(ctx, remove)
	localtest.Refused(t, err, "KMSKeyNotAccessibleFault", "The specified KMS key ["+p.KeyARN(account, region, alias)+"] does not exist, is not enabled or you do not have permissions to access it. ")
	remove.FinalDBSnapshotIdentifier, remove.SkipFinalSnapshot = nil, aws.Bool(true)
	localtest.Must(c.DeleteDBInstance(ctx, remove))(t)
	if n := grants(t, p, alias); n != 0 {
		t.Errorf("%d grants of what is deleted", n)
	}
}

func TestManagedPassword(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	secrets := p.API("secretsmanager", admin)
	made := localtest.Must(c.CreateDBInstance(ctx, instance("app", managed, func(in *rds.CreateDBInstanceInput) { in.MasterUserSecretKmsKeyId = aws.String(alias) })))(t).DBInstance
	arn := *made.MasterUserSecret.SecretArn
	if !strings.HasPrefix(arn, "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!db-") || *made.MasterUserSecret.KmsKeyId != p.KeyARN(account, region, alias) || *made.MasterUserSecret.SecretStatus != "active" || *made.StorageEncrypted {
		t.Errorf("made %+v %+v", made, made.MasterUserSecret)
	}
	value := func() string {
		t.Helper()
		return secrets.Do(t, "GetSecretValue", `{"SecretId":"`+arn+`"}`).Text("SecretString")
	}
	before := value()
	var content map[string]string
	if err := json.Unmarshal([]byte(before), &content); err != nil || content["username"] != "owner" || len(content["password"]) != 28 {
		t.Errorf("the secret is %s", before)
	}
	described := secrets.Do(t, "DescribeSecret", `{"SecretId":"`+arn+`"}`)
	localtest.Same(t, "secret", described, `{"KmsKeyId":"`+p.KeyARN(account, region, alias)+`","Tags":[{"Key":"aws:rds:primaryDBInstanceArn","Value":"arn:aws:rds:eu-west-1:111122223333:db:app"},{"Key":"aws:secretsmanager:owningService","Value":"rds"}]}`)

	modify := func(f func(*rds.ModifyDBInstanceInput)) error {
		in := &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("app")}
		f(in)
		_, err := c.ModifyDBInstance(ctx, in)
		return err
	}
	localtest.Refused(t, modify(func(in *rds.ModifyDBInstanceInput) { in.MasterUserPassword = aws.String("mine") }), "InvalidParameterCombination", "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.")
	localtest.Refused(t, modify(func(in *rds.ModifyDBInstanceInput) { in.MasterUserSecretKmsKeyId = aws.String(other) }), "InvalidParameterCombination", "You can't change the KMS key of a secret that is managed already.")
	if err := modify(func(in *rds.ModifyDBInstanceInput) { in.RotateMasterUserPassword = aws.Bool(true) }); err != nil {
		t.Fatal(err)
	}
	if value() == before {
		t.Error("the password was not rotated")
	}
	if err := modify(func(in *rds.ModifyDBInstanceInput) {
		in.ManageMasterUserPassword, in.MasterUserPassword = aws.Bool(false), aws.String("mine-mine")
	}); err != nil {
		t.Fatal(err)
	}
	if is := get(t, c, "app"); is.MasterUserSecret != nil {
		t.Errorf("it is managed: %+v", is.MasterUserSecret)
	}
	secrets.Refused(t, admin, "GetSecretValue", `{"SecretId":"`+arn+`"}`, "ResourceNotFoundException")
	if err := modify(func(in *rds.ModifyDBInstanceInput) { in.ManageMasterUserPassword = aws.Bool(true) }); err != nil {
		t.Fatal(err)
	}
	is := get(t, c, "app")
	if !strings.HasPrefix(*is.MasterUserSecret.KmsKeyId, "arn:aws:kms:") || *is.MasterUserSecret.KmsKeyId == p.KeyARN(account, region, alias) {
		t.Errorf("managed by the account's key: %s", *is.MasterUserSecret.KmsKeyId)
	}
	localtest.Must(c.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("app"), SkipFinalSnapshot: aws.Bool(true)}))(t)
	secrets.Refused(t, admin, "GetSecretValue", `{"SecretId":"`+*is.MasterUserSecret.SecretArn+`"}`, "ResourceNotFoundException")

	_, err := client(p, exact).CreateDBInstance(ctx, instance("app", managed))
	if err == nil || !strings.Contains(err.Error(), "secretsmanager:CreateSecret") {
		t.Errorf("whoever may not make the secret: %v", err)
	}
}

// TestSnapshots: a copy under another key outlives the first key.
func TestSnapshots(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	c, ctx := client(p, admin), t.Context()
	localtest.Must(c.CreateDBInstance(ctx, instance("app", encrypted(alias))))(t)
	snapshot := &rds.CreateDBSnapshotInput{DBInstanceIdentifier: aws.String("app"), DBSnapshotIdentifier: aws.String("one")}
	s := localtest.Must(c.CreateDBSnapshot(ctx, snapshot))(t).DBSnapshot
	if *s.Status != "creating" || *s.DBSnapshotArn != "arn:aws:rds:eu-west-1:111122223333:snapshot:one" || *s.SnapshotType != "manual" || *s.DBInstanceIdentifier != "app" || *s.Engine != "postgres" {
		t.Errorf("snapshot %+v", s)
	}
	_, err := c.CreateDBSnapshot(ctx, snapshot)
	localtest.Refused(t, err, "DBSnapshotAlreadyExists", "Cannot create the snapshot because a snapshot with the identifier one already exists.")
	same := localtest.Must(c.CopyDBSnapshot(ctx, &rds.CopyDBSnapshotInput{SourceDBSnapshotIdentifier: aws.String("one"), TargetDBSnapshotIdentifier: aws.String("same")}))(t).DBSnapshot
	moved := localtest.Must(c.CopyDBSnapshot(ctx, &rds.CopyDBSnapshotInput{SourceDBSnapshotIdentifier: s.DBSnapshotArn, TargetDBSnapshotIdentifier: aws.String("moved"), KmsKeyId: aws.String(other)}))(t).DBSnapshot
	if *same.KmsKeyId != p.KeyARN(account, region, alias) || *moved.KmsKeyId != p.KeyARN(account, region, other) || *moved.SourceDBSnapshotIdentifier != *s.DBSnapshotArn {
		t.Errorf("copies %+v %+v", same, moved)
	}
	p.DeleteKey(account, region, alias)
	p.Close()
	now := p.Now()
	p = localtest.OpenKept(t, dir, seed)
	p.Pass(now.Sub(p.Now()))
	c = client(p, admin)
	restore := func(from, to string) error {
		_, err := c.RestoreDBInstanceFromDBSnapshot(ctx, &rds.RestoreDBInstanceFromDBSnapshotInput{DBInstanceIdentifier: &to, DBSnapshotIdentifier: &from})
		return err
	}
	localtest.Refused(t, restore("same", "back"), "KMSKeyNotAccessibleFault", "The specified KMS key ["+*same.KmsKeyId+"] does not exist, is not enabled or you do not have permissions to access it. ")
	if err := restore("moved", "back"); err != nil {
		t.Fatal(err)
	}
	is := get(t, c, "back")
	if *is.DBInstanceStatus != "available" || *is.KmsKeyId != p.KeyARN(account, region, other) || *is.MasterUsername != "owner" || *is.Engine != "postgres" || *is.AllocatedStorage != 20 {
		t.Errorf("restored %+v", is)
	}
	if is := get(t, c, "app"); !strings.HasPrefix(*is.DBInstanceStatus, "inaccessible-encryption-credentials") {
		t.Errorf("without its key it is %s", *is.DBInstanceStatus)
	}
	if list := localtest.Must(c.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{}))(t).DBSnapshots; len(list) != 3 {
		t.Errorf("%d snapshots", len(list))
	}
	_, err = c.CopyDBSnapshot(ctx, &rds.CopyDBSnapshotInput{SourceDBSnapshotIdentifier: aws.String("none"), TargetDBSnapshotIdentifier: aws.String("x")})
	localtest.Refused(t, err, "DBSnapshotNotFound", "DBSnapshot none not found.")
}

func TestCluster(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	in := &rds.CreateDBClusterInput{DBClusterIdentifier: aws.String("main"), Engine: aws.String("aurora-postgresql"), MasterUsername: aws.String("owner"), ManageMasterUserPassword: aws.Bool(true)}
	plain := localtest.Must(c.CreateDBCluster(ctx, in))(t).DBCluster
	if *plain.StorageEncrypted || string(plain.StorageEncryptionType) != "sse-rds" || plain.KmsKeyId != nil || !strings.Contains(*plain.MasterUserSecret.SecretArn, ":secret:rds!cluster-") || *plain.Status != "creating" {
		t.Errorf("a cluster without a key %+v", plain)
	}
	in.DBClusterIdentifier, in.StorageEncrypted, in.KmsKeyId = aws.String("kept"), aws.Bool(true), aws.String(alias)
	kept := localtest.Must(c.CreateDBCluster(ctx, in))(t).DBCluster
	if *kept.KmsKeyId != p.KeyARN(account, region, alias) || string(kept.StorageEncryptionType) != "sse-kms" || *kept.DBClusterArn != "arn:aws:rds:eu-west-1:111122223333:cluster:kept" {
		t.Errorf("a cluster with a key %+v", kept)
	}
	member := &rds.CreateDBInstanceInput{DBInstanceIdentifier: aws.String("kept-1"), DBInstanceClass: aws.String("db.r6g.large"), Engine: aws.String("aurora-postgresql"), DBClusterIdentifier: aws.String("kept"), KmsKeyId: aws.String(other)}
	_, err := c.CreateDBInstance(ctx, member)
	localtest.Refused(t, err, "InvalidParameterCombination", "The requested DB Instance will be a member of a DB Cluster. Set KmsKeyId for the DB Cluster.")
	member.KmsKeyId = nil
	made := localtest.Must(c.CreateDBInstance(ctx, member))(t).DBInstance
	if *made.KmsKeyId != *kept.KmsKeyId || !*made.StorageEncrypted || *made.DBClusterIdentifier != "kept" {
		t.Errorf("a member %+v", made)
	}
	list := localtest.Must(c.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: aws.String("kept")}))(t).DBClusters
	if len(list) != 1 || len(list[0].DBClusterMembers) != 1 || *list[0].DBClusterMembers[0].DBInstanceIdentifier != "kept-1" || !*list[0].DBClusterMembers[0].IsClusterWriter || *list[0].Status != "available" {
		t.Errorf("clusters %+v", list)
	}
	_, err = c.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{DBClusterIdentifier: aws.String("kept"), SkipFinalSnapshot: aws.Bool(true)})
	localtest.Refused(t, err, "InvalidDBClusterStateFault", "Cluster cannot be deleted, it still contains DB instances in non-deleting state.")
	_, err = c.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{DBInstanceIdentifier: aws.String("kept-1"), DBSnapshotIdentifier: aws.String("s")})
	localtest.Refused(t, err, "InvalidParameterValue", "The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the CreateDBClusterSnapshot API instead.")

	p.DisableKey(account, region, alias)
	if is := get(t, c, "kept-1"); *is.DBInstanceStatus != "inaccessible-encryption-credentials-recoverable" {
		t.Errorf("the member is %s", *is.DBInstanceStatus)
	}
	p.EnableKey(account, region, alias)
	localtest.Must(c.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("kept-1")}))(t)

	s := localtest.Must(c.CreateDBClusterSnapshot(ctx, &rds.CreateDBClusterSnapshotInput{DBClusterIdentifier: aws.String("main"), DBClusterSnapshotIdentifier: aws.String("plain")}))(t).DBClusterSnapshot
	if *s.StorageEncrypted || *s.DBClusterSnapshotArn != "arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:plain" {
		t.Errorf("snapshot %+v", s)
	}
	back := localtest.Must(c.RestoreDBClusterFromSnapshot(ctx, &rds.RestoreDBClusterFromSnapshotInput{DBClusterIdentifier: aws.String("back"), SnapshotIdentifier: aws.String("plain"), Engine: aws.String("aurora-postgresql"), KmsKeyId: aws.String(other)}))(t).DBCluster
	if *back.KmsKeyId != p.KeyARN(account, region, other) || !*back.StorageEncrypted {
		t.Errorf("restored %+v", back)
	}
	localtest.Must(c.StopDBCluster(ctx, &rds.StopDBClusterInput{DBClusterIdentifier: aws.String("back")}))(t)
	if s := localtest.Must(c.StartDBCluster(ctx, &rds.StartDBClusterInput{DBClusterIdentifier: aws.String("back")}))(t).DBCluster; *s.Status != "starting" {
		t.Errorf("started %s", *s.Status)
	}
	deleted := localtest.Must(c.DeleteDBClusterSnapshot(ctx, &rds.DeleteDBClusterSnapshotInput{DBClusterSnapshotIdentifier: aws.String("plain")}))(t).DBClusterSnapshot
	if *deleted.Status != "deleted" {
		t.Errorf("deleted %+v", deleted)
	}
	localtest.Must(c.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{DBClusterIdentifier: aws.String("main"), SkipFinalSnapshot: aws.Bool(true)}))(t)
	_, err = c.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: aws.String("main")})
	localtest.Refused(t, err, "DBClusterNotFoundFault", "DBCluster main not found.")
}
