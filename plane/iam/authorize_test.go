package iam

import (
	"strings"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
)

// TestLayers: a user who may use a key is denied by one layer after the other, in AWS's
// words, and each change counts at the next call.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func TestLayers(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	must(t, l.iam.EnsureRootKey(ctx, home, KeySeed{"ROOTROOTROOTROOT", "secret-of-root"}))
	root := l.kms("ROOTROOTROOTROOT", "secret-of-root")
	made, err := root.CreateKey(ctx, &awskms.CreateKeyInput{})
	must(t, err)
	arn := *made.KeyMetadata.Arn
	_, ada := l.user("ada", "")
	who := "User: arn:aws:iam::" + home + ":user/ada is not authorized to perform: kms:Encrypt on resource: " + arn
	encrypt := func() error {
		_, err := ada.Encrypt(ctx, &awskms.EncryptInput{KeyId: &arn, Plaintext: []byte("x")})
		return err
	}
	put := func(document string) {
		t.Helper()
		_, err := l.admin.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: str("ada"), PolicyName: str("p"), PolicyDocument: &document})
		must(t, err)
	}

	refused(t, encrypt(), "AccessDeniedException", who+" because no identity-based policy allows the kms:Encrypt action")
	put(allowing(`"kms:*"`))
	must(t, encrypt())
	put(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}]}`)
	refused(t, encrypt(), "AccessDeniedException", who+" with an explicit deny in an identity-based policy")
	put(allowing(`"kms:*"`))

	boundary, err := l.admin.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: str("boundary"), PolicyDocument: str(allowing(`"kms:Decrypt"`))})
	must(t, err)
	_, err = l.admin.PutUserPermissionsBoundary(ctx, &awsiam.PutUserPermissionsBoundaryInput{UserName: str("ada"), PermissionsBoundary: boundary.Policy.Arn})
	must(t, err)
	refused(t, encrypt(), "AccessDeniedException", who+" because no permissions boundary allows the kms:Encrypt action")
	_, err = l.admin.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: boundary.Policy.Arn, PolicyDocument: str(allowing(`"kms:*"`)), SetAsDefault: true})
	must(t, err)
	must(t, encrypt())
	_, err = l.admin.DeletePolicy(ctx, &awsiam.DeletePolicyInput{PolicyArn: boundary.Policy.Arn})
	refused(t, err, "DeleteConflict", "Cannot delete a policy attached to entities.")
	_, err = l.admin.DeleteUserPermissionsBoundary(ctx, &awsiam.DeleteUserPermissionsBoundaryInput{UserName: str("ada")})
	must(t, err)

	const scp = "arn:aws:organizations::999988887777:policy/o-a1b2c3d4e5/service_control_policy/p-12345678"
	must(t, l.iam.SetOrganization(home, Organization{ID: "o-a1b2c3d4e5", SCPs: [][]NamedPolicy{{{scp, allowing(`"iam:*"`)}}}}))
	refused(t, encrypt(), "AccessDeniedException", who+" because no service control policy allows the kms:Encrypt action")
	deny := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}]}`
	must(t, l.iam.SetOrganization(home, Organization{SCPs: [][]NamedPolicy{{{scp, deny}}}}))
	refused(t, encrypt(), "AccessDeniedException", who+" with an explicit deny in a service control policy: "+scp)
	denyAll := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt","Resource":"*"}]}`
	must(t, l.iam.SetOrganization(home, Organization{RCPs: [][]NamedPolicy{{{"rcp", denyAll}}}}))
	refused(t, encrypt(), "AccessDeniedException", who+" with an explicit deny in a resource control policy")
	must(t, l.iam.SetOrganization(home, Organization{}))
	must(t, encrypt())

	// The key policy names nobody but the root user and does not delegate.
	strict := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + home + `:user/admin"},"Action":"kms:*","Resource":"*"}]}`
	_, err = l.kms(adminKey, adminSecret).PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: &arn, Policy: &strict})
	must(t, err)
	refused(t, encrypt(), "AccessDeniedException", who+" because no resource-based policy allows the kms:Encrypt action")
}

// TestGroupsAndTags: what a group and tags give counts at the next call.
func TestGroupsAndTags(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	ada, keys := l.user("ada", "")
	list := func() error {
		_, err := keys.ListKeys(ctx, &awskms.ListKeysInput{})
		return err
	}
	who := "User: arn:aws:iam::" + home + ":user/ada is not authorized to perform: "
	denied := who + "kms:ListKeys on resource: * because no identity-based policy allows the kms:ListKeys action"
	refused(t, list(), "AccessDeniedException", denied)
	_, err := l.admin.CreateGroup(ctx, &awsiam.CreateGroupInput{GroupName: str("g")})
	must(t, err)
	tagged := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["kms:ListKeys","iam:GetUser"],"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"ml"}}}}`
	_, err = l.admin.PutGroupPolicy(ctx, &awsiam.PutGroupPolicyInput{GroupName: str("g"), PolicyName: str("p"), PolicyDocument: &tagged})
	must(t, err)
	_, err = l.admin.AddUserToGroup(ctx, &awsiam.AddUserToGroupInput{GroupName: str("g"), UserName: str("ada")})
	must(t, err)
	refused(t, list(), "AccessDeniedException", denied)
	_, err = l.admin.TagUser(ctx, &awsiam.TagUserInput{UserName: str("ada"), Tags: []types.Tag{{Key: str("team"), Value: str("ml")}}})
	must(t, err)
	must(t, list())
	_, err = ada.GetUser(ctx, &awsiam.GetUserInput{})
	must(t, err)
	_, err = l.admin.UpdateGroup(ctx, &awsiam.UpdateGroupInput{GroupName: str("g"), NewGroupName: str("h")})
	must(t, err)
	must(t, list())
	_, err = l.admin.RemoveUserFromGroup(ctx, &awsiam.RemoveUserFromGroupInput{GroupName: str("h"), UserName: str("ada")})
	must(t, err)
	refused(t, list(), "AccessDeniedException", denied)
}

// TestDeniedMessages: what AWS calls resources, in reports of users.
func TestDeniedMessages(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	ada, _ := l.user("ada", "")
	denied := func(err error, action, resource string) {
		t.Helper()
		refused(t, err, "AccessDenied", "User: arn:aws:iam::"+home+":user/ada is not authorized to perform: iam:"+action+" on resource: "+resource+" because no identity-based policy allows the iam:"+action+" action")
	}
	_, err := ada.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str("eve"), Path: str("/x/")})
	denied(err, "CreateUser", "arn:aws:iam::"+home+":user/x/eve")
	_, err = ada.ListUsers(ctx, &awsiam.ListUsersInput{})
	denied(err, "ListUsers", "arn:aws:iam::"+home+":user/")
	_, err = ada.GetRole(ctx, &awsiam.GetRoleInput{RoleName: str("none")})
	denied(err, "GetRole", "role none")
	_, err = ada.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{UserName: str("admin")})
	denied(err, "CreateAccessKey", "user admin")
	_, err = ada.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: str("p"), PolicyDocument: str(everything)})
	denied(err, "CreatePolicy", "policy p")
	_, err = ada.AddUserToGroup(ctx, &awsiam.AddUserToGroupInput{GroupName: str("g"), UserName: str("none")})
	denied(err, "AddUserToGroup", "group g")
	_, err = ada.ListAccountAliases(ctx, &awsiam.ListAccountAliasesInput{})
	denied(err, "ListAccountAliases", "*")
}

// TestConditions: the condition keys of IAM that keep an administrator of users within a
// boundary.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
func TestConditions(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	made, err := l.admin.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: str("xb"), PolicyDocument: str(allowing(`"kms:*"`))})
	must(t, err)
	xb := made.Policy.Arn
	ada, _ := l.user("ada", "")
	put := func(document string) {
		t.Helper()
		_, err := l.admin.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: str("ada"), PolicyName: str("p"), PolicyDocument: &document})
		must(t, err)
	}
	put(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateUser","iam:PutUserPolicy","iam:AttachUserPolicy","iam:PutUserPermissionsBoundary"],"Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"` + *xb + `"}}}]}`)
	denied := func(err error, action string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "because no identity-based policy allows the iam:"+action+" action") {
			t.Errorf("%s: %v", action, err)
		}
	}
	_, err = ada.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str("free")})
	denied(err, "CreateUser")
	_, err = ada.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str("bound"), PermissionsBoundary: xb})
	must(t, err)
	_, err = ada.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: str("bound"), PolicyName: str("p"), PolicyDocument: str(everything)})
	must(t, err)
	_, err = ada.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: str("ada"), PolicyName: str("q"), PolicyDocument: str(everything)})
	denied(err, "PutUserPolicy")
	_, err = ada.PutUserPermissionsBoundary(ctx, &awsiam.PutUserPermissionsBoundaryInput{UserName: str("admin"), PermissionsBoundary: str("arn:aws:iam::aws:policy/AdministratorAccess")})
	denied(err, "PutUserPermissionsBoundary")

	put(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"arn:aws:iam::*:user/bound","Condition":{"ArnEquals":{"iam:PolicyARN":"` + *xb + `"}}},
		{"Effect":"Allow","Action":["iam:TagUser","iam:CreateUser"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/Team":"ml"},"ForAllValues:StringEquals":{"aws:TagKeys":["Team"]}}},
		{"Effect":"Allow","Action":"iam:DeleteUser","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/Team":"ml","aws:ResourceTag/Team":"ml"}}}]}`)
	_, err = ada.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: str("bound"), PolicyArn: str("arn:aws:iam::aws:policy/AdministratorAccess")})
	denied(err, "AttachUserPolicy")
	_, err = ada.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: str("bound"), PolicyArn: xb})
	must(t, err)
	_, err = ada.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str("t"), Tags: []types.Tag{{Key: str("Team"), Value: str("hr")}}})
	denied(err, "CreateUser")
	_, err = ada.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str("t"), Tags: []types.Tag{{Key: str("Team"), Value: str("ml")}}})
	must(t, err)
	_, err = ada.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: str("admin")})
	denied(err, "DeleteUser")
	_, err = ada.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: str("t")})
	must(t, err)

	// A user is renamed with the right to both names.
	put(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:UpdateUser","Resource":"arn:aws:iam::*:user/bound"}}`)
	_, err = ada.UpdateUser(ctx, &awsiam.UpdateUserInput{UserName: str("bound"), NewUserName: str("free")})
	refused(t, err, "AccessDenied", "User: arn:aws:iam::"+home+":user/ada is not authorized to perform: iam:UpdateUser on resource: arn:aws:iam::"+home+":user/free because no identity-based policy allows the iam:UpdateUser action")

	// Tags at creation need the action that tags.
	put(allowing(`"iam:CreateUser"`))
	_, err = ada.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str("t"), Tags: []types.Tag{{Key: str("Team"), Value: str("ml")}}})
	denied(err, "TagUser")
}

func TestAllowAll(t *testing.T) {
	l := newLocal(t, Options{AllowAll: true})
	ada, _ := l.user("ada", "")
	_, err := ada.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: str("eve")})
	must(t, err)
}
