package iam

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
)

// accountOf reads the account out of an access key id, as
// https://awsteele.com/blog/2020/09/26/aws-access-key-format.html does.
func accountOf(t *testing.T, id string) string {
	t.Helper()
	b, err := alphabet.DecodeString(id[4:])
	must(t, err)
	var head uint64
	for _, c := range b[:6] {
		head = head<<8 | uint64(c)
	}
	if head>>47 != 1 {
		t.Errorf("%s is of the old form", id)
	}
	return strconv.FormatUint(head>>7&(1<<40-1), 10)
}

func TestAccessKeys(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	self := l.admin
	made, err := self.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{})
	must(t, err)
	k := made.AccessKey
	if !regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`).MatchString(*k.AccessKeyId) || accountOf(t, *k.AccessKeyId) != home || len(*k.SecretAccessKey) != 40 || *k.UserName != "admin" || k.Status != types.StatusTypeActive {
		t.Errorf("%+v", k)
	}
	_, err = self.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{UserName: str("admin")})
	refused(t, err, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
	unused, err := self.GetAccessKeyLastUsed(ctx, &awsiam.GetAccessKeyLastUsedInput{AccessKeyId: k.AccessKeyId})
	must(t, err)
	if u := unused.AccessKeyLastUsed; *unused.UserName != "admin" || *u.Region != "N/A" || *u.ServiceName != "N/A" || u.LastUsedDate != nil {
		t.Errorf("%+v", unused)
	}

	second := l.kms(*k.AccessKeyId, *k.SecretAccessKey)
	list := func() error {
		_, err := second.ListKeys(ctx, &awskms.ListKeysInput{})
		return err
	}
	must(t, list())
	used, err := self.GetAccessKeyLastUsed(ctx, &awsiam.GetAccessKeyLastUsedInput{AccessKeyId: k.AccessKeyId})
	must(t, err)
	if u := used.AccessKeyLastUsed; *u.Region != "eu-west-1" || *u.ServiceName != "kms" || time.Since(*u.LastUsedDate).Abs() > time.Minute {
		t.Errorf("%+v", u)
	}
	status := func(to types.StatusType) {
		t.Helper()
		_, err := self.UpdateAccessKey(ctx, &awsiam.UpdateAccessKeyInput{UserName: str("admin"), AccessKeyId: k.AccessKeyId, Status: to})
		must(t, err)
	}
	status(types.StatusTypeInactive)
	refused(t, list(), "UnrecognizedClientException", "The security token included in the request is invalid.")
	_, err = l.client(*k.AccessKeyId, *k.SecretAccessKey).ListUsers(ctx, &awsiam.ListUsersInput{})
	refused(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	listed, err := self.ListAccessKeys(ctx, &awsiam.ListAccessKeysInput{})
	must(t, err)
	byID := map[string]types.StatusType{}
	for _, m := range listed.AccessKeyMetadata {
		byID[*m.AccessKeyId] = m.Status
	}
	if len(byID) != 2 || byID[*k.AccessKeyId] != types.StatusTypeInactive || byID[adminKey] != types.StatusTypeActive {
		t.Errorf("%+v", byID)
	}
	status(types.StatusTypeActive)
	must(t, list())
	_, err = self.DeleteAccessKey(ctx, &awsiam.DeleteAccessKeyInput{AccessKeyId: k.AccessKeyId})
	must(t, err)
	refused(t, list(), "UnrecognizedClientException", "The security token included in the request is invalid.")
	_, err = self.DeleteAccessKey(ctx, &awsiam.DeleteAccessKeyInput{AccessKeyId: k.AccessKeyId})
	refused(t, err, "NoSuchEntity", "The Access Key with id "+*k.AccessKeyId+" cannot be found.")
	_, err = self.UpdateAccessKey(ctx, &awsiam.UpdateAccessKeyInput{UserName: str("admin"), AccessKeyId: str(strayKey), Status: types.StatusTypeInactive})
	refused(t, err, "NoSuchEntity", "The Access Key with id "+strayKey+" cannot be found.")
	_, err = self.GetAccessKeyLastUsed(ctx, &awsiam.GetAccessKeyLastUsedInput{AccessKeyId: str(strayKey)})
	refused(t, err, "AccessDenied", "User: arn:aws:iam::"+home+":user/admin is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key "+strayKey)
	_, err = self.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{UserName: str("none")})
	refused(t, err, "NoSuchEntity", "The user with name none cannot be found.")

	// An id that was deleted is free again, in any account.
	must(t, l.iam.EnsureRootKey(ctx, abroad, KeySeed{*k.AccessKeyId, "another-secret"}))
	c, err := l.iam.Caller(ctx, *k.AccessKeyId, "")
	must(t, err)
	if c.Principal.Account != abroad || c.Secret != "another-secret" {
		t.Errorf("%+v", c.Principal)
	}
}
