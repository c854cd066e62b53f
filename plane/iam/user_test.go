package iam

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func TestUsers(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	made, err := l.admin.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str("ada"), Path: str("/eng/"), Tags: []types.Tag{{Key: str("Team"), Value: str("ml")}, {Key: str("Env"), Value: str("")}}})
	must(t, err)
	u := made.User
	if *u.Arn != "arn:aws:iam::"+home+":user/eng/ada" || *u.Path != "/eng/" || len(*u.UserId) != 21 || !strings.HasPrefix(*u.UserId, "AIDA") || *u.Tags[0].Key != "Env" || *u.Tags[1].Value != "ml" || u.CreateDate == nil {
		t.Errorf("%+v", u)
	}
	_, err = l.admin.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str("ADA")})
	refused(t, err, "EntityAlreadyExists", "User with name ADA already exists.")
	var conflict *types.EntityAlreadyExistsException
	var response *smithyhttp.ResponseError
	if !errors.As(err, &conflict) || !errors.As(err, &response) || response.HTTPStatusCode() != 409 {
		t.Errorf("%v", err)
	}
	_, err = l.admin.GetUser(ctx, &awsiam.GetUserInput{UserName: str("none")})
	refused(t, err, "NoSuchEntity", "The user with name none cannot be found.")
	_, err = l.admin.UpdateUser(ctx, &awsiam.UpdateUserInput{UserName: str("ada"), NewUserName: str("admin")})
	refused(t, err, "EntityAlreadyExists", "User with name admin already exists.")
	_, err = l.admin.UpdateUser(ctx, &awsiam.UpdateUserInput{UserName: str("ada"), NewUserName: str("Lovelace"), NewPath: str("/math/")})
	must(t, err)
	_, err = l.admin.GetUser(ctx, &awsiam.GetUserInput{UserName: str("ada")})
	refused(t, err, "NoSuchEntity", "The user with name ada cannot be found.")
	got, err := l.admin.GetUser(ctx, &awsiam.GetUserInput{UserName: str("Lovelace")})
	must(t, err)
	if *got.User.UserId != *u.UserId || *got.User.Arn != "arn:aws:iam::"+home+":user/math/Lovelace" || len(got.User.Tags) != 2 {
		t.Errorf("%+v", got.User)
	}
	self, err := l.admin.GetUser(ctx, &awsiam.GetUserInput{})
	must(t, err)
	if *self.User.UserName != "admin" {
		t.Errorf("%+v", self.User)
	}
	listed, err := l.admin.ListUsers(ctx, &awsiam.ListUsersInput{PathPrefix: str("/math")})
	must(t, err)
	if len(listed.Users) != 1 || *listed.Users[0].UserName != "Lovelace" || listed.Users[0].Tags != nil || listed.IsTruncated {
		t.Errorf("%+v", listed)
	}
	stray := l.client(strayKey, straySecret)
	_, err = stray.GetUser(ctx, &awsiam.GetUserInput{UserName: str("Lovelace")})
	refused(t, err, "NoSuchEntity", "The user with name Lovelace cannot be found.")
	_, err = l.admin.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: str("Lovelace")})
	must(t, err)
	_, err = l.admin.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: str("Lovelace")})
	refused(t, err, "NoSuchEntity", "The user with name Lovelace cannot be found.")
}

// TestRootUser: the root user without a name is itself.
func TestRootUser(t *testing.T) {
	l := newLocal(t, Options{})
	must(t, l.iam.EnsureRootKey(t.Context(), home, KeySeed{"ROOTROOTROOTROOT", "secret-of-root"}))
	root := l.client("ROOTROOTROOTROOT", "secret-of-root")
	got, err := root.GetUser(t.Context(), &awsiam.GetUserInput{})
	must(t, err)
	if *got.User.Arn != "arn:aws:iam::"+home+":root" || *got.User.UserId != home || got.User.UserName != nil || got.User.CreateDate != nil {
		t.Errorf("%+v", got.User)
	}
	keys, err := root.ListAccessKeys(t.Context(), &awsiam.ListAccessKeysInput{})
	must(t, err)
	if len(keys.AccessKeyMetadata) != 1 || *keys.AccessKeyMetadata[0].AccessKeyId != "ROOTROOTROOTROOT" || keys.AccessKeyMetadata[0].UserName != nil {
		t.Errorf("%+v", keys.AccessKeyMetadata)
	}
	sum, err := root.GetAccountSummary(t.Context(), &awsiam.GetAccountSummaryInput{})
	must(t, err)
	if sum.SummaryMap["Users"] != 1 || sum.SummaryMap["AccountAccessKeysPresent"] != 1 || sum.SummaryMap["RolePolicySizeQuota"] != 10240 || len(sum.SummaryMap) != 34 {
		t.Errorf("%d %v", len(sum.SummaryMap), sum.SummaryMap)
	}
}

// TestPages: lists go on where they ended, also when entries come and go.
func TestPages(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	for i := range 5 {
		_, err := l.admin.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str(fmt.Sprintf("u%d", i)), Path: str("/page/")})
		must(t, err)
	}
	in := &awsiam.ListUsersInput{PathPrefix: str("/page/"), MaxItems: new(int32)}
	*in.MaxItems = 2
	var names []string
	for {
		out, err := l.admin.ListUsers(ctx, in)
		must(t, err)
		if len(out.Users) > 2 || out.IsTruncated != (out.Marker != nil) {
			t.Fatalf("%+v", out)
		}
		for _, u := range out.Users {
			names = append(names, *u.UserName)
		}
		if !out.IsTruncated {
			break
		}
		in.Marker = out.Marker
		if len(names) == 2 {
			_, err := l.admin.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: str("u0")})
			must(t, err)
		}
	}
	if !slices.Equal(names, []string{"u0", "u1", "u2", "u3", "u4"}) {
		t.Errorf("%v", names)
	}
	in.Marker = str("*")
	_, err := l.admin.ListUsers(ctx, in)
	refused(t, err, "ValidationError", "Invalid Marker.")
}

func TestUserPolicies(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	l.user("ada", "")
	document := `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/~*"}]}`
	_, err := l.admin.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: str("ada"), PolicyName: str("p"), PolicyDocument: &document})
	must(t, err)
	got, err := l.admin.GetUserPolicy(ctx, &awsiam.GetUserPolicyInput{UserName: str("ada"), PolicyName: str("p")})
	must(t, err)
	plain, _ := url.PathUnescape(*got.PolicyDocument)
	if plain != document || !strings.HasPrefix(*got.PolicyDocument, "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B") || !strings.Contains(*got.PolicyDocument, "kms%3A%2A%22") || !strings.Contains(*got.PolicyDocument, "~") {
		t.Error(*got.PolicyDocument)
	}
	_, err = l.admin.GetUserPolicy(ctx, &awsiam.GetUserPolicyInput{UserName: str("ada"), PolicyName: str("q")})
	refused(t, err, "NoSuchEntity", "The user policy with name q cannot be found.")
	_, err = l.admin.DeleteUserPolicy(ctx, &awsiam.DeleteUserPolicyInput{UserName: str("ada"), PolicyName: str("q")})
	refused(t, err, "NoSuchEntity", "The user policy with name q cannot be found.")
	// White space does not count, and all of a user's policies together may have 2,048.
	sized := func(n int) *string {
		return str(" \n" + strings.Replace(document, `"A"`, `"`+strings.Repeat("A", n-len(document)+1)+`"`, 1))
	}
	_, err = l.admin.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: str("ada"), PolicyName: str("q"), PolicyDocument: sized(2048 - len(document))})
	must(t, err)
	_, err = l.admin.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: str("ada"), PolicyName: str("q"), PolicyDocument: sized(2049 - len(document))})
	refused(t, err, "LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user ada")

	none := "arn:aws:iam::" + home + ":policy/none"
	_, err = l.admin.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: str("ada"), PolicyArn: &none})
	refused(t, err, "NoSuchEntity", "Policy "+none+" does not exist or is not attachable.")
	_, err = l.admin.DetachUserPolicy(ctx, &awsiam.DetachUserPolicyInput{UserName: str("ada"), PolicyArn: &none})
	refused(t, err, "NoSuchEntity", "Policy "+none+" was not found.")
	for i := range 11 {
		made, err := l.admin.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: str(fmt.Sprintf("m%d", i)), PolicyDocument: &document})
		must(t, err)
		_, err = l.admin.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: str("ada"), PolicyArn: made.Policy.Arn})
		if i < 10 {
			must(t, err)
			continue
		}
		refused(t, err, "LimitExceeded", "Cannot exceed quota for PoliciesPerUser: 10")
	}
	attached, err := l.admin.ListAttachedUserPolicies(ctx, &awsiam.ListAttachedUserPoliciesInput{UserName: str("ada")})
	must(t, err)
	if len(attached.AttachedPolicies) != 10 || *attached.AttachedPolicies[3].PolicyName != "m3" || *attached.AttachedPolicies[3].PolicyArn != "arn:aws:iam::"+home+":policy/m3" {
		t.Errorf("%+v", attached)
	}
	names, err := l.admin.ListUserPolicies(ctx, &awsiam.ListUserPoliciesInput{UserName: str("ada")})
	must(t, err)
	if !slices.Equal(names.PolicyNames, []string{"p", "q"}) {
		t.Errorf("%v", names.PolicyNames)
	}
}

// TestDeleteConflicts: everything that keeps a user, in the order in which it is said.
func TestDeleteConflicts(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	l.user("ada", `"kms:*"`)
	administrator := "arn:aws:iam::aws:policy/AdministratorAccess"
	_, err := l.admin.CreateGroup(ctx, &awsiam.CreateGroupInput{GroupName: str("g")})
	must(t, err)
	_, err = l.admin.AddUserToGroup(ctx, &awsiam.AddUserToGroupInput{GroupName: str("g"), UserName: str("ada")})
	must(t, err)
	_, err = l.admin.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: str("ada"), PolicyArn: &administrator})
	must(t, err)
	keys, err := l.admin.ListAccessKeys(ctx, &awsiam.ListAccessKeysInput{UserName: str("ada")})
	must(t, err)
	deleted := func(message string) {
		t.Helper()
		_, err := l.admin.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: str("ada")})
		refused(t, err, "DeleteConflict", message)
	}
	deleted("Cannot delete entity, must delete access keys first.")
	_, err = l.admin.DeleteAccessKey(ctx, &awsiam.DeleteAccessKeyInput{UserName: str("ada"), AccessKeyId: keys.AccessKeyMetadata[0].AccessKeyId})
	must(t, err)
	deleted("Cannot delete entity, must delete policies first.")
	_, err = l.admin.DeleteUserPolicy(ctx, &awsiam.DeleteUserPolicyInput{UserName: str("ada"), PolicyName: str("own")})
	must(t, err)
	deleted("Cannot delete entity, must detach all policies first.")
	_, err = l.admin.DetachUserPolicy(ctx, &awsiam.DetachUserPolicyInput{UserName: str("ada"), PolicyArn: &administrator})
	must(t, err)
	deleted("Cannot delete entity, must remove users from group first.")
	_, err = l.admin.DeleteGroup(ctx, &awsiam.DeleteGroupInput{GroupName: str("g")})
	refused(t, err, "DeleteConflict", "Cannot delete entity, must remove users from group first.")
	_, err = l.admin.RemoveUserFromGroup(ctx, &awsiam.RemoveUserFromGroupInput{GroupName: str("g"), UserName: str("ada")})
	must(t, err)
	_, err = l.admin.RemoveUserFromGroup(ctx, &awsiam.RemoveUserFromGroupInput{GroupName: str("g"), UserName: str("ada")})
	refused(t, err, "NoSuchEntity", "User ada is not in group g.")
	_, err = l.admin.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: str("ada")})
	must(t, err)
	_, err = l.admin.DeleteGroup(ctx, &awsiam.DeleteGroupInput{GroupName: str("g")})
	must(t, err)
}

func TestUserTags(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	tags := func(pairs ...string) []types.Tag {
		var out []types.Tag
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
		return out
	}
	_, err := l.admin.TagUser(ctx, &awsiam.TagUserInput{UserName: str("admin"), Tags: tags("b", "1", "a", "2")})
	must(t, err)
	_, err = l.admin.TagUser(ctx, &awsiam.TagUserInput{UserName: str("admin"), Tags: tags("B", "3")})
	must(t, err)
	_, err = l.admin.TagUser(ctx, &awsiam.TagUserInput{UserName: str("admin"), Tags: tags("c", "3", "C", "4")})
	refused(t, err, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	got, err := l.admin.ListUserTags(ctx, &awsiam.ListUserTagsInput{UserName: str("admin")})
	must(t, err)
	if len(got.Tags) != 2 || *got.Tags[0].Key != "B" || *got.Tags[0].Value != "3" || *got.Tags[1].Key != "a" {
		t.Errorf("%+v", got.Tags)
	}
	_, err = l.admin.UntagUser(ctx, &awsiam.UntagUserInput{UserName: str("admin"), TagKeys: []string{"A", "none"}})
	must(t, err)
	got, err = l.admin.ListUserTags(ctx, &awsiam.ListUserTagsInput{UserName: str("admin")})
	must(t, err)
	if len(got.Tags) != 1 || *got.Tags[0].Key != "B" {
		t.Errorf("%+v", got.Tags)
	}
	_, err = l.admin.ListUserTags(ctx, &awsiam.ListUserTagsInput{UserName: str("none")})
	refused(t, err, "NoSuchEntity", "The user with name none cannot be found.")
}
