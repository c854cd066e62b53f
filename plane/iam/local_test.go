package iam

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
)

const strayKey, straySecret = "AKIASTRAYSTRAYSTRAY1", "secret-of-the-stray"

// local is a plane with IAM and KMS behind real HTTP, and an administrator in each of two
// accounts.
type local struct {
	t      testing.TB
	iam    *Service
	server *httptest.Server
	admin  *awsiam.Client
}

func newLocal(t testing.TB, o Options) *local {
	t.Helper()
	s := open(t, o)
	for account, key := range map[string]KeySeed{home: {adminKey, adminSecret}, abroad: {strayKey, straySecret}} {
		must(t, s.EnsureUser(t.Context(), account, UserSeed{Name: "admin", Policies: map[string]string{"all": everything}, AccessKeys: []KeySeed{key}}))
	}
	keys, err := kms.Open(t.Context(), kms.Options{Authorizer: plane.Authorizer{Identities: s}})
	must(t, err)
	kmsAPI, err := plane.KMS(keys)
	must(t, err)
	iamAPI, err := s.API()
	must(t, err)
	h, err := plane.New(plane.Options{Services: []*plane.Service{kmsAPI, iamAPI}, Identities: s, Observers: []plane.Observer{s}})
	must(t, err)
	l := &local{t: t, iam: s, server: httptest.NewServer(h)}
	t.Cleanup(l.server.Close)
	l.admin = l.client(adminKey, adminSecret)
	return l
}

func credentials(id, secret string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
	})
}

func (l *local) client(id, secret string) *awsiam.Client {
	return awsiam.New(awsiam.Options{Region: "us-east-1", BaseEndpoint: aws.String(l.server.URL), Retryer: aws.NopRetryer{}, HTTPClient: l.server.Client(), Credentials: credentials(id, secret)})
}

func (l *local) kms(id, secret string) *awskms.Client {
	return awskms.New(awskms.Options{Region: "eu-west-1", BaseEndpoint: aws.String(l.server.URL), Retryer: aws.NopRetryer{}, HTTPClient: l.server.Client(), Credentials: credentials(id, secret)})
}

// user makes a user with a key and an inline policy, and returns its clients.
func (l *local) user(name, actions string) (*awsiam.Client, *awskms.Client) {
	l.t.Helper()
	ctx := l.t.Context()
	_, err := l.admin.CreateUser(ctx, &awsiam.CreateUserInput{UserName: &name})
	must(l.t, err)
	if actions != "" {
		_, err = l.admin.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("own"), PolicyDocument: aws.String(allowing(actions))})
		must(l.t, err)
	}
	made, err := l.admin.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{UserName: &name})
	must(l.t, err)
	id, secret := *made.AccessKey.AccessKeyId, *made.AccessKey.SecretAccessKey
	return l.client(id, secret), l.kms(id, secret)
}

// refused asserts the code and message of an error of the SDK.
func refused(t testing.TB, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) {
		t.Errorf("no error of the API: %v", err)
		return
	}
	if e.ErrorCode() != code || e.ErrorMessage() != message {
		t.Errorf("%s %q, want %s %q", e.ErrorCode(), e.ErrorMessage(), code, message)
	}
}

// str is a text of the SDK.
func str(s string) *string { return &s }
