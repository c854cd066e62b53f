package secretsmanager_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	other   = "eu-central-1"
	alias   = "alias/secrets"
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
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "secretsmanager:*", Resource: "*"}]}
      - name: keyless
        access-keys: [{id: AKIAKEYLESS00000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "secretsmanager:*", Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/secrets}
      - {region: eu-west-1, alias: alias/next}
      - {region: eu-central-1, alias: alias/secrets}
  "444455556666":
    users:
      - name: stranger
        access-keys: [{id: AKIASTRANGER0000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

const (
	admin    = "AKIAADMIN0000000"
	exact    = "AKIAEXACT0000000"
	keyless  = "AKIAKEYLESS00000"
	stranger = "AKIASTRANGER0000"
)

func clientIn(p *localtest.Plane, accessKey, region string) *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{
		Region: region, BaseEndpoint: &p.URL, HTTPClient: p.ClientIn(region, accessKey, "secretsmanager"), Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: localtest.Secret}, nil
		}),
	})
}

func client(p *localtest.Plane, accessKey string) *secretsmanager.Client {
	return clientIn(p, accessKey, region)
}

func create(t *testing.T, c *secretsmanager.Client, name, value, key string) *secretsmanager.CreateSecretOutput {
	t.Helper()
	in := &secretsmanager.CreateSecretInput{Name: &name, SecretString: &value}
	if key != "" {
		in.KmsKeyId = &key
	}
	return localtest.Must(c.CreateSecret(t.Context(), in))(t)
}

func value(t *testing.T, c *secretsmanager.Client, id string) string {
	t.Helper()
	return *localtest.Must(c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id}))(t).SecretString
}

func get(t *testing.T, c *secretsmanager.Client, id string) error {
	_, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id})
	return err
}

func TestSecret(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	out := localtest.Must(c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String("app/db"), Description: aws.String("first"), SecretBinary: []byte{1, 2}, ClientRequestToken: aws.String(strings.Repeat("a", 32)),
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}},
	}))(t)
	if !regexp.MustCompile(`^arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-[A-Za-z0-9]{6}$`).MatchString(*out.ARN) || *out.VersionId != strings.Repeat("a", 32) {
		t.Errorf("created %s %s", *out.ARN, *out.VersionId)
	}
	for _, id := range []string{"app/db", *out.ARN, strings.TrimSuffix(*out.ARN, (*out.ARN)[len(*out.ARN)-7:])} {
		if v := localtest.Must(c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id}))(t); string(v.SecretBinary) != "\x01\x02" || v.SecretString != nil || *v.ARN != *out.ARN {
			t.Errorf("%s: %+v", id, v)
		}
	}
	// The same call again answers the same; another value or another token does not.
	again := func(token string, b byte) error {
		_, err := c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("app/db"), SecretBinary: []byte{1, b}, ClientRequestToken: &token})
		return err
	}
	if err := again(strings.Repeat("a", 32), 2); err != nil {
		t.Error(err)
	}
	localtest.Refused(t, again(strings.Repeat("a", 32), 3), "ResourceExistsException", "You can't use ClientRequestToken "+strings.Repeat("a", 32)+" because that value is already in use for a version of secret "+*out.ARN+".")
	localtest.Refused(t, again(strings.Repeat("b", 32), 2), "ResourceExistsException", "The operation failed because the secret app/db already exists.")
	_, err := c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("no spaces")})
	localtest.Refused(t, err, "ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	_, err = c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("x"), SecretString: aws.String("a"), SecretBinary: []byte{1}})
	localtest.Refused(t, err, "InvalidParameterException", "You can't specify both a binary secret value and a string secret value in the same secret.")

	localtest.Must(c.UpdateSecret(ctx, &secretsmanager.UpdateSecretInput{SecretId: out.ARN, SecretString: aws.String("new")}))(t)
	d := localtest.Must(c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: out.ARN}))(t)
	if *d.Description != "first" || d.KmsKeyId != nil || len(d.Tags) != 1 || *d.Tags[0].Value != "blue" || !d.LastAccessedDate.Equal(p.Now().Truncate(24*time.Hour)) {
		t.Errorf("described %+v", d)
	}
	if old := d.VersionIdsToStages[strings.Repeat("a", 32)]; len(d.VersionIdsToStages) != 2 || !slices.Equal(old, []string{"AWSPREVIOUS"}) {
		t.Errorf("stages %v", d.VersionIdsToStages)
	}
	if got := value(t, c, "app/db"); got != "new" {
		t.Errorf("current %q", got)
	}
	localtest.Refused(t, get(t, c, "none"), "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	localtest.Must(c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("empty")}))(t)
	localtest.Refused(t, get(t, c, "empty"), "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")
}

func TestStages(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	token := func(s string) *string { return aws.String(strings.Repeat(s, 32)) }
	put := func(id, v string, stages ...string) {
		t.Helper()
		localtest.Must(c.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("s"), ClientRequestToken: token(id), SecretString: &v, VersionStages: stages}))(t)
	}
	stages := func() string {
		t.Helper()
		var out []string
		for _, v := range localtest.Must(c.ListSecretVersionIds(ctx, &secretsmanager.ListSecretVersionIdsInput{SecretId: aws.String("s"), IncludeDeprecated: aws.Bool(true)}))(t).Versions {
			slices.Sort(v.VersionStages)
			out = append(out, (*v.VersionId)[:1]+strings.Join(v.VersionStages, "+")+"@"+v.KmsKeyIds[0])
		}
		return strings.ReplaceAll(strings.Join(out, " "), "@DefaultEncryptionKey", "")
	}
	localtest.Must(c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("s")}))(t)
	put("1", "one", "MINE")
	put("2", "two")
	put("3", "three", "AWSPENDING")
	if got := stages(); got != "1AWSPREVIOUS+MINE 2AWSCURRENT 3AWSPENDING" {
		t.Error(got)
	}
	move := func(stage string, from, to *string) error {
		_, err := c.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{SecretId: aws.String("s"), VersionStage: &stage, RemoveFromVersionId: from, MoveToVersionId: to})
		return err
	}
	localtest.Refused(t, move("AWSCURRENT", token("2"), nil), "InvalidParameterException", "You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.")
	localtest.Refused(t, move("AWSCURRENT", nil, token("3")), "InvalidParameterException", "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "+*token("2")+", so you must explicitly reference that version in RemoveFromVersionId.")
	localtest.Refused(t, move("X", nil, token("9")), "ResourceNotFoundException", "Secrets Manager can't find the specified secret version: "+*token("9")+".")
	if err := errors.Join(move("AWSCURRENT", token("2"), token("3")), move("MINE", token("1"), nil), move("AWSPENDING", token("3"), nil)); err != nil {
		t.Fatal(err)
	}
	if got := stages(); got != "1 2AWSPREVIOUS 3AWSCURRENT" {
		t.Error(got)
	}
	v := localtest.Must(c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("s"), VersionStage: aws.String("AWSPREVIOUS")}))(t)
	if *v.SecretString != "two" {
		t.Errorf("previous %q", *v.SecretString)
	}
	_, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("s"), VersionStage: aws.String("AWSPREVIOUS"), VersionId: token("3")})
	localtest.Refused(t, err, "InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.")
	_, err = c.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("s")})
	localtest.Refused(t, err, "InvalidRequestException", "You must provide either SecretString or SecretBinary.")
}

func TestDelete(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	arn := create(t, c, "s", "v", "").ARN
	marked := "You can't perform this operation on the secret because it was marked for deletion."
	_, err := c.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: arn, RecoveryWindowInDays: aws.Int64(6)})
	localtest.Refused(t, err, "InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
	_, err = c.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: arn, RecoveryWindowInDays: aws.Int64(7), ForceDeleteWithoutRecovery: aws.Bool(true)})
	localtest.Refused(t, err, "InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
	out := localtest.Must(c.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: arn, RecoveryWindowInDays: aws.Int64(7)}))(t)
	if !out.DeletionDate.Equal(p.Now().AddDate(0, 0, 7)) {
		t.Errorf("deletion %v", out.DeletionDate)
	}
	localtest.Refused(t, get(t, c, "s"), "InvalidRequestException", marked)
	_, err = c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("s")})
	localtest.Refused(t, err, "InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
	names := func(all bool) int {
		return len(localtest.Must(c.ListSecrets(ctx, &secretsmanager.ListSecretsInput{IncludePlannedDeletion: &all}))(t).SecretList)
	}
	if names(false) != 0 || names(true) != 1 {
		t.Errorf("listed %d and %d", names(false), names(true))
	}
	p.Pass(6 * 24 * time.Hour)
	localtest.Must(c.RestoreSecret(ctx, &secretsmanager.RestoreSecretInput{SecretId: arn}))(t)
	p.Pass(6 * 24 * time.Hour)
	if got := value(t, c, "s"); got != "v" {
		t.Errorf("restored %q", got)
	}
	localtest.Must(c.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: arn}))(t)
	p.Pass(30 * 24 * time.Hour)
	localtest.Refused(t, get(t, c, "s"), "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	next := create(t, c, "s", "w", "").ARN
	if *next == *arn {
		t.Error("the ARN is the same again")
	}
	localtest.Must(c.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: next, ForceDeleteWithoutRecovery: aws.Bool(true)}))(t)
	create(t, c, "s", "x", "")
}

func TestList(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, keyless) // it needs no KMS
	for _, name := range []string{"b/1", "a/1", "a/2", "c"} {
		create(t, c, name, "v", "")
	}
	names := func(in *secretsmanager.ListSecretsInput) string {
		var out []string
		for pages := secretsmanager.NewListSecretsPaginator(c, in); pages.HasMorePages(); {
			for _, s := range localtest.Must(pages.NextPage(t.Context()))(t).SecretList {
				out = append(out, *s.Name)
			}
		}
		return strings.Join(out, " ")
	}
	filter := func(key string, values ...string) []types.Filter {
		return []types.Filter{{Key: types.FilterNameStringType(key), Values: values}}
	}
	for want, in := range map[string]*secretsmanager.ListSecretsInput{
		"b/1 a/1 a/2 c": {MaxResults: aws.Int32(3)},
		"c a/2 a/1 b/1": {SortOrder: types.SortOrderTypeDesc},
		"a/1 a/2":       {Filters: filter("name", "a/")},
		"b/1 c":         {Filters: filter("name", "!a/")},
	} {
		if got := names(in); got != want {
			t.Errorf("%+v: %q, want %q", in, got, want)
		}
	}
	_, err := c.ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{Filters: filter("all", "x")})
	localtest.Refused(t, err, "InvalidParameterException", "not implemented by the local plane: filter all")
}

// allowing is a key policy for what a user does through the service with the secret.
func allowing(actions, via, secret string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"},
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/exact"},"Action":` + actions + `,"Resource":"*",
"Condition":{"StringEquals":{"kms:ViaService":"` + via + `"},"StringLike":{"kms:EncryptionContext:SecretARN":"` + secret + `"},"Null":{"kms:EncryptionContext:SecretVersionId":"false"}}}]}`
}

func TestKey(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, exact), t.Context()
	key := p.KeyARN(account, region, alias)
	const via, secret = "secretsmanager.eu-west-1.amazonaws.com", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-??????"
	try := func() error {
		_, err := c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("s"), SecretString: aws.String("v"), KmsKeyId: &key})
		return err
	}
	for _, policy := range []string{
		allowing(`["kms:GenerateDataKey"]`, via, secret), allowing(`["kms:Decrypt"]`, via, secret),
		allowing(`["kms:GenerateDataKey","kms:Decrypt"]`, "ssm.eu-west-1.amazonaws.com", secret),
		allowing(`["kms:GenerateDataKey","kms:Decrypt"]`, via, "arn:aws:secretsmanager:eu-west-1:111122223333:secret:other-??????"),
	} {
		p.SetKeyPolicy(account, region, alias, policy)
		localtest.Refused(t, try(), "AccessDeniedException", "Access to KMS is not allowed")
	}
	p.SetKeyPolicy(account, region, alias, allowing(`["kms:GenerateDataKey","kms:Decrypt"]`, via, secret))
	if err := try(); err != nil {
		t.Fatal(err)
	}
	p.SetKeyPolicy(account, region, alias, allowing(`["kms:Decrypt"]`, via, secret))
	if got := value(t, c, "s"); got != "v" {
		t.Errorf("read %q", got)
	}
	localtest.Refused(t, get(t, client(p, keyless), "s"), "AccessDeniedException", "Access to KMS is not allowed")

	p.DisableKey(account, region, alias)
	localtest.Refused(t, get(t, c, "s"), "DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key: "+key+" is disabled.")
	a := client(p, admin)
	_, err := a.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("s"), SecretString: aws.String("w")})
	localtest.Refused(t, err, "EncryptionFailure", "Secrets Manager can't encrypt the protected secret text using the provided KMS key: "+key+" is disabled.")
	p.EnableKey(account, region, alias)

	// Another key: what is current is encrypted again, and the old key is not needed any more.
	next := p.KeyARN(account, region, "alias/next")
	localtest.Must(a.UpdateSecret(ctx, &secretsmanager.UpdateSecretInput{SecretId: aws.String("s"), KmsKeyId: aws.String("alias/next")}))(t)
	v := localtest.Must(a.ListSecretVersionIds(ctx, &secretsmanager.ListSecretVersionIdsInput{SecretId: aws.String("s")}))(t).Versions[0]
	if v.KmsKeyIds[0] != next {
		t.Errorf("under %v", v.KmsKeyIds)
	}
	p.DeleteKey(account, region, alias)
	if got := value(t, a, "s"); got != "v" {
		t.Errorf("read %q", got)
	}
	p.DeleteKey(account, region, "alias/next")
	localtest.Refused(t, get(t, a, "s"), "DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key: Key '"+next+"' does not exist")
	d := localtest.Must(a.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String("s")}))(t)
	if *d.KmsKeyId != "alias/next" {
		t.Errorf("described %s", *d.KmsKeyId)
	}
}

func TestCrossAccount(t *testing.T) {
	p := localtest.Open(t, seed)
	a, s, ctx := client(p, admin), client(p, stranger), t.Context()
	key := p.KeyARN(account, region, alias)
	keyed, unkeyed := *create(t, a, "keyed", "v", key).ARN, *create(t, a, "unkeyed", "v", "").ARN
	denied := "User: arn:aws:iam::444455556666:user/stranger is not authorized to perform: secretsmanager:GetSecretValue on resource: " + keyed + " because no resource-based policy allows the secretsmanager:GetSecretValue action"
	localtest.Refused(t, get(t, s, keyed), "AccessDeniedException", denied)
	share := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	for _, id := range []string{keyed, unkeyed} {
		localtest.Must(a.PutResourcePolicy(ctx, &secretsmanager.PutResourcePolicyInput{SecretId: &id, ResourcePolicy: &share}))(t)
	}
	localtest.Refused(t, get(t, s, keyed), "AccessDeniedException", "Access to KMS is not allowed")
	localtest.Refused(t, get(t, s, unkeyed), "InvalidRequestException", "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
	p.SetKeyPolicy(account, region, alias, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","444455556666"]},"Action":"kms:*","Resource":"*"}]}`)
	if got := value(t, s, keyed); got != "v" {
		t.Errorf("read %q", got)
	}
	if got := *localtest.Must(a.GetResourcePolicy(ctx, &secretsmanager.GetResourcePolicyInput{SecretId: &keyed}))(t).ResourcePolicy; got != share {
		t.Errorf("policy %s", got)
	}
	_, err := a.PutResourcePolicy(ctx, &secretsmanager.PutResourcePolicyInput{SecretId: &keyed, BlockPublicPolicy: aws.Bool(true), ResourcePolicy: aws.String(strings.Replace(share, "444455556666", "*", 1))})
	localtest.Refused(t, err, "PublicPolicyException", "You can't attach a resource policy that allows broad access to the secret.")
	localtest.Must(a.DeleteResourcePolicy(ctx, &secretsmanager.DeleteResourcePolicyInput{SecretId: &keyed}))(t)
	localtest.Refused(t, get(t, s, keyed), "AccessDeniedException", denied)
}

func TestBatch(t *testing.T) {
	p := localtest.Open(t, seed)
	create(t, client(p, admin), "keyed", "k", p.KeyARN(account, region, alias))
	c := client(p, keyless)
	create(t, c, "plain", "v", "")
	out := localtest.Must(c.BatchGetSecretValue(t.Context(), &secretsmanager.BatchGetSecretValueInput{SecretIdList: []string{"plain", "keyed", "none"}}))(t)
	if len(out.SecretValues) != 1 || *out.SecretValues[0].SecretString != "v" {
		t.Errorf("values %+v", out.SecretValues)
	}
	var failed []string
	for _, e := range out.Errors {
		failed = append(failed, *e.SecretId+" "+*e.ErrorCode+" "+*e.Message)
	}
	if want := "keyed AccessDeniedException Access to KMS is not allowed,none ResourceNotFoundException Secrets Manager can't find the specified secret."; strings.Join(failed, ",") != want {
		t.Errorf("errors %q", failed)
	}
}

func TestReplica(t *testing.T) {
	p := localtest.Open(t, seed)
	a, there, ctx := client(p, admin), clientIn(p, admin, other), t.Context()
	key := p.KeyARN(account, other, alias)
	create(t, a, "s", "one", "")
	create(t, there, "taken", "mine", "")
	out := localtest.Must(a.ReplicateSecretToRegions(ctx, &secretsmanager.ReplicateSecretToRegionsInput{SecretId: aws.String("s"), AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String(other), KmsKeyId: &key}}}))(t)
	if s := out.ReplicationStatus[0]; s.Status != "InProgress" || *s.Region != other || *s.KmsKeyId != key {
		t.Errorf("answered %+v", s)
	}
	status := func(name string) string {
		t.Helper()
		s := localtest.Must(a.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name}))(t).ReplicationStatus[0]
		return string(s.Status) + ": " + *s.StatusMessage
	}
	if got := status("s"); got != "InSync: Replication succeeded" {
		t.Error(got)
	}
	localtest.Must(a.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("s"), SecretString: aws.String("two")}))(t)
	if got := value(t, there, "s"); got != "two" {
		t.Errorf("replica has %q", got)
	}
	d := localtest.Must(there.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String("s")}))(t)
	if *d.PrimaryRegion != region || *d.KmsKeyId != key || !strings.HasPrefix(*d.ARN, "arn:aws:secretsmanager:eu-central-1:") {
		t.Errorf("replica %+v", d)
	}
	_, err := there.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("s"), SecretString: aws.String("x")})
	localtest.Refused(t, err, "InvalidRequestException", "You can't perform this operation on a replica secret. Use the primary secret in eu-west-1.")
	_, err = a.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: aws.String("s")})
	localtest.Refused(t, err, "InvalidRequestException", "You can't delete secret s that still has replica regions [eu-central-1]")

	p.DisableKey(account, other, alias)
	localtest.Must(a.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("s"), SecretString: aws.String("three")}))(t)
	if got := status("s"); got != "Failed: Replication failed: "+key+" is disabled." {
		t.Error(got)
	}
	p.EnableKey(account, other, alias)
	localtest.Must(a.RemoveRegionsFromReplication(ctx, &secretsmanager.RemoveRegionsFromReplicationInput{SecretId: aws.String("s"), RemoveReplicaRegions: []string{other}}))(t)
	localtest.Refused(t, get(t, there, "s"), "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")

	create(t, a, "taken", "theirs", "")
	add := &secretsmanager.ReplicateSecretToRegionsInput{SecretId: aws.String("taken"), AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String(other)}}}
	localtest.Must(a.ReplicateSecretToRegions(ctx, add))(t)
	if got := status("taken"); got != "Failed: Replication failed: Secret name taken already exists in region eu-central-1." {
		t.Error(got)
	}
	add.ForceOverwriteReplicaSecret = true
	localtest.Must(a.ReplicateSecretToRegions(ctx, add))(t)
	if got := value(t, there, "taken"); got != "theirs" {
		t.Errorf("overwritten %q", got)
	}
	localtest.Must(there.StopReplicationToReplica(ctx, &secretsmanager.StopReplicationToReplicaInput{SecretId: aws.String("taken")}))(t)
	localtest.Must(there.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("taken"), SecretString: aws.String("own")}))(t)
}

func TestTags(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	id := create(t, c, "s", "v", "").ARN
	localtest.Must(c.TagResource(ctx, &secretsmanager.TagResourceInput{SecretId: id, Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}, {Key: aws.String("a"), Value: aws.String("1")}}}))(t)
	localtest.Must(c.UntagResource(ctx, &secretsmanager.UntagResourceInput{SecretId: id, TagKeys: []string{"b"}}))(t)
	tags := localtest.Must(c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: id}))(t).Tags
	if text := string(localtest.Must(json.Marshal(tags))(t)); text != `[{"Key":"a","Value":"1"}]` {
		t.Errorf("tags %s", text)
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	create(t, client(p, admin), "s", "v", p.KeyARN(account, region, alias))
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	if got := value(t, client(p, admin), "s"); got != "v" {
		t.Errorf("after a restart: %q", got)
	}
}
