package sts_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/sts"
)

const (
	account    = "111122223333"
	everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	trust      = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	encrypts   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"blue"}}}]}`
)

// whole is a plane of IAM, STS and KMS.
type whole struct {
	testing.TB
	iam    *iam.Service
	server *httptest.Server
}

func newWhole(t testing.TB) *whole {
	t.Helper()
	people, err := iam.Open(t.Context(), iam.Options{})
	must(t, err)
	sessions, err := sts.New(sts.Options{Directory: people})
	must(t, err)
	keys, err := kms.Open(t.Context(), kms.Options{Authorizer: plane.Authorizer{Identities: sessions}})
	must(t, err)
	kmsAPI, err := plane.KMS(keys)
	must(t, err)
	stsAPI, err := sessions.API()
	must(t, err)
	iamAPI, err := people.API()
	must(t, err)
	h, err := plane.New(plane.Options{Services: []*plane.Service{kmsAPI, stsAPI, iamAPI}, Identities: sessions, Observers: []plane.Observer{people}})
	must(t, err)
	w := &whole{t, people, httptest.NewServer(h)}
	t.Cleanup(w.server.Close)
	must(t, people.EnsureUser(t.Context(), account, iam.UserSeed{Name: "admin", Policies: map[string]string{"all": everything}, AccessKeys: []iam.KeySeed{{ID: "AKIAADMINADMINADMIN1", Secret: "secret-of-admin"}}}))
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *whole) config(c aws.Credentials) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(w.server.URL), HTTPClient: w.server.Client(), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c, nil }),
	}
}

func code(t testing.TB, err error, want, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != want || !strings.Contains(e.ErrorMessage(), message) {
		t.Errorf("%v, want %s %s", err, want, message)
	}
}

// TestWithIAM: a role made by IAM's API is assumed, its session obeys what IAM says now,
// and ends with the role.
func TestWithIAM(t *testing.T) {
	w, ctx := newWhole(t), t.Context()
	admin := w.config(aws.Credentials{AccessKeyID: "AKIAADMINADMINADMIN1", SecretAccessKey: "secret-of-admin"})
	people := awsiam.NewFromConfig(admin)
	create := &awsiam.CreateRoleInput{RoleName: aws.String("app"), Path: aws.String("/team/"), AssumeRolePolicyDocument: aws.String(trust), MaxSessionDuration: aws.Int32(7200), Tags: []iamtypes.Tag{{Key: aws.String("Team"), Value: aws.String("blue")}}}
	role, err := people.CreateRole(ctx, create)
	must(t, err)
	_, err = people.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: aws.String("app"), PolicyName: aws.String("own"), PolicyDocument: aws.String(encrypts)})
	must(t, err)
	key, err := awskms.NewFromConfig(admin).CreateKey(ctx, nil)
	must(t, err)

	assume := func(how func(*awssts.AssumeRoleInput)) (aws.Config, *types.Credentials) {
		in := &awssts.AssumeRoleInput{RoleArn: role.Role.Arn, RoleSessionName: aws.String("run"), DurationSeconds: aws.Int32(7200)}
		how(in)
		out, err := awssts.NewFromConfig(admin).AssumeRole(ctx, in)
		must(t, err)
		c := out.Credentials
		return w.config(aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}), c
	}
	encrypt := func(c aws.Config) error {
		_, err := awskms.NewFromConfig(c).Encrypt(ctx, &awskms.EncryptInput{KeyId: key.KeyMetadata.KeyId, Plaintext: []byte("x")})
		return err
	}
	blue, made := assume(func(*awssts.AssumeRoleInput) {})
	if left := time.Until(*made.Expiration); left < 119*time.Minute || left > 2*time.Hour {
		t.Errorf("the session lasts %v", left)
	}
	must(t, encrypt(blue))
	red, _ := assume(func(in *awssts.AssumeRoleInput) {
		in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}}
	})
	code(t, encrypt(red), "AccessDeniedException", "because no identity-based policy allows the kms:Encrypt action")
	reader, _ := assume(func(in *awssts.AssumeRoleInput) {
		in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")}}
	})
	code(t, encrypt(reader), "AccessDeniedException", "because no session policy allows the kms:Encrypt action")

	info, err := awssts.NewFromConfig(admin).GetAccessKeyInfo(ctx, &awssts.GetAccessKeyInfoInput{AccessKeyId: made.AccessKeyId})
	if err != nil || *info.Account != account {
		t.Errorf("%+v %v", info, err)
	}

	_, err = people.DeleteRolePolicy(ctx, &awsiam.DeleteRolePolicyInput{RoleName: aws.String("app"), PolicyName: aws.String("own")})
	must(t, err)
	code(t, encrypt(blue), "AccessDeniedException", "because no identity-based policy allows the kms:Encrypt action")
	_, err = people.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: aws.String("app")})
	must(t, err)
	code(t, encrypt(blue), "UnrecognizedClientException", "The security token included in the request is invalid")
	_, err = people.CreateRole(ctx, create)
	must(t, err)
	code(t, encrypt(blue), "UnrecognizedClientException", "The security token included in the request is invalid")

	bound := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`
	must(t, w.iam.SetOrganization(account, iam.Organization{ID: "o-a1b2c3d4e5", Path: "o-a1b2c3d4e5/r-ab12/", SCPs: [][]iam.NamedPolicy{{{Name: "kms-only", Document: bound}}}}))
	_, err = awssts.NewFromConfig(admin).AssumeRole(ctx, &awssts.AssumeRoleInput{RoleArn: role.Role.Arn, RoleSessionName: aws.String("run")})
	code(t, err, "AccessDenied", "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/team/app")
}

// TestIAMWithoutMFA: sessions of users and root users do not call IAM, those of roles do.
func TestIAMWithoutMFA(t *testing.T) {
	w, ctx := newWhole(t), t.Context()
	must(t, w.iam.EnsureRootKey(ctx, account, iam.KeySeed{ID: "AKIAROOTROOTROOTROO1", Secret: "secret-of-root"}))
	must(t, w.iam.EnsureRole(ctx, account, iam.RoleSeed{Name: "app", Trust: trust, Policies: map[string]string{"all": everything}}))
	admin := awssts.NewFromConfig(w.config(aws.Credentials{AccessKeyID: "AKIAADMINADMINADMIN1", SecretAccessKey: "secret-of-admin"}))
	root := awssts.NewFromConfig(w.config(aws.Credentials{AccessKeyID: "AKIAROOTROOTROOTROO1", SecretAccessKey: "secret-of-root"}))
	lists := func(c *types.Credentials) error {
		_, err := awsiam.NewFromConfig(w.config(aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken})).ListUsers(ctx, nil)
		return err
	}
	for _, from := range []*awssts.Client{admin, root} {
		session, err := from.GetSessionToken(ctx, nil)
		must(t, err)
		code(t, lists(session.Credentials), "InvalidClientTokenId", "The security token included in the request is invalid")
		federated, err := from.GetFederationToken(ctx, &awssts.GetFederationTokenInput{Name: aws.String("somebody"), Policy: aws.String(everything)})
		must(t, err)
		code(t, lists(federated.Credentials), "InvalidClientTokenId", "The security token included in the request is invalid")
	}
	assumed, err := admin.AssumeRole(ctx, &awssts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/app"), RoleSessionName: aws.String("run")})
	must(t, err)
	must(t, lists(assumed.Credentials))
}
