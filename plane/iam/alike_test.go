package iam

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// three makes a user, a group and a role of one name, each with an inline policy.
func three(t *testing.T) (l *local, user, group, role string) {
	t.Helper()
	l = newLocal(t, Options{})
	ctx, x := t.Context(), str("x")
	user, group, role = allowing(`"a:User"`), allowing(`"a:Group"`), allowing(`"a:Role"`)
	must(t, errOf(l.admin.CreateUser(ctx, &awsiam.CreateUserInput{UserName: x})))
	must(t, errOf(l.admin.CreateGroup(ctx, &awsiam.CreateGroupInput{GroupName: x})))
	must(t, errOf(l.admin.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: x, AssumeRolePolicyDocument: str(trustHome)})))
	must(t, errOf(l.admin.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: x, PolicyName: str("u"), PolicyDocument: &user})))
	must(t, errOf(l.admin.PutGroupPolicy(ctx, &awsiam.PutGroupPolicyInput{GroupName: x, PolicyName: str("g"), PolicyDocument: &group})))
	must(t, errOf(l.admin.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: x, PolicyName: str("r"), PolicyDocument: &role})))
	return l, user, group, role
}

func TestInlineDocuments(t *testing.T) {
	l, user, group, role := three(t)
	ctx, x := t.Context(), str("x")
	u, err := l.admin.GetUserPolicy(ctx, &awsiam.GetUserPolicyInput{UserName: x, PolicyName: str("u")})
	must(t, err)
	g, err := l.admin.GetGroupPolicy(ctx, &awsiam.GetGroupPolicyInput{GroupName: x, PolicyName: str("g")})
	must(t, err)
	r, err := l.admin.GetRolePolicy(ctx, &awsiam.GetRolePolicyInput{RoleName: x, PolicyName: str("r")})
	must(t, err)
	for i, got := range []*string{u.PolicyDocument, g.PolicyDocument, r.PolicyDocument} {
		if plain, _ := url.PathUnescape(*got); plain != []string{user, group, role}[i] {
			t.Error(plain)
		}
	}
	if *u.UserName+*u.PolicyName+*g.GroupName+*g.PolicyName+*r.RoleName+*r.PolicyName != "xuxgxr" {
		t.Errorf("%+v %+v %+v", u, g, r)
	}
}

// seen is what the user, group and role x have: attached and inline policies, tags,
// boundaries, a letter for each.
func (l *local) seen() [4]string {
	t, ctx, x := l.t, l.t.Context(), str("x")
	repeat := func(user, group, role int) string {
		return strings.Repeat("u", user) + strings.Repeat("g", group) + strings.Repeat("r", role)
	}
	au, err := l.admin.ListAttachedUserPolicies(ctx, &awsiam.ListAttachedUserPoliciesInput{UserName: x})
	must(t, err)
	ag, err := l.admin.ListAttachedGroupPolicies(ctx, &awsiam.ListAttachedGroupPoliciesInput{GroupName: x})
	must(t, err)
	ar, err := l.admin.ListAttachedRolePolicies(ctx, &awsiam.ListAttachedRolePoliciesInput{RoleName: x})
	must(t, err)
	pu, err := l.admin.ListUserPolicies(ctx, &awsiam.ListUserPoliciesInput{UserName: x})
	must(t, err)
	pg, err := l.admin.ListGroupPolicies(ctx, &awsiam.ListGroupPoliciesInput{GroupName: x})
	must(t, err)
	pr, err := l.admin.ListRolePolicies(ctx, &awsiam.ListRolePoliciesInput{RoleName: x})
	must(t, err)
	tu, err := l.admin.ListUserTags(ctx, &awsiam.ListUserTagsInput{UserName: x})
	must(t, err)
	tr, err := l.admin.ListRoleTags(ctx, &awsiam.ListRoleTagsInput{RoleName: x})
	must(t, err)
	user, err := l.admin.GetUser(ctx, &awsiam.GetUserInput{UserName: x})
	must(t, err)
	role, err := l.admin.GetRole(ctx, &awsiam.GetRoleInput{RoleName: x})
	must(t, err)
	boundaries := ""
	if user.User.PermissionsBoundary != nil {
		boundaries = "u"
	}
	if role.Role.PermissionsBoundary != nil {
		boundaries += "r"
	}
	return [4]string{
		repeat(len(au.AttachedPolicies), len(ag.AttachedPolicies), len(ar.AttachedPolicies)),
		strings.Join(slices.Concat(pu.PolicyNames, pg.PolicyNames, pr.PolicyNames), ""),
		repeat(len(tu.Tags), 0, len(tr.Tags)), boundaries,
	}
}

// TestAlike: what users, groups and roles have alike acts on the one of its kind, when all
// three have one name.
func TestAlike(t *testing.T) {
	l, _, _, _ := three(t)
	ctx, x, arn := t.Context(), str("x"), "arn:aws:iam::aws:policy/AdministratorAccess"
	tag := []types.Tag{{Key: str("k"), Value: str("v")}}
	for _, step := range []struct {
		do                                func() error
		attached, names, tags, boundaries string
	}{
		{func() error {
			return errOf(l.admin.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: x, PolicyArn: &arn}))
		}, "r", "ugr", "", ""},
		{func() error {
			return errOf(l.admin.AttachGroupPolicy(ctx, &awsiam.AttachGroupPolicyInput{GroupName: x, PolicyArn: &arn}))
		}, "gr", "ugr", "", ""},
		{func() error {
			return errOf(l.admin.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: x, PolicyArn: &arn}))
		}, "ugr", "ugr", "", ""},
		{func() error {
			return errOf(l.admin.DetachRolePolicy(ctx, &awsiam.DetachRolePolicyInput{RoleName: x, PolicyArn: &arn}))
		}, "ug", "ugr", "", ""},
		{func() error {
			return errOf(l.admin.DetachGroupPolicy(ctx, &awsiam.DetachGroupPolicyInput{GroupName: x, PolicyArn: &arn}))
		}, "u", "ugr", "", ""},
		{func() error {
			return errOf(l.admin.DetachUserPolicy(ctx, &awsiam.DetachUserPolicyInput{UserName: x, PolicyArn: &arn}))
		}, "", "ugr", "", ""},
		{func() error {
			return errOf(l.admin.DeleteGroupPolicy(ctx, &awsiam.DeleteGroupPolicyInput{GroupName: x, PolicyName: str("g")}))
		}, "", "ur", "", ""},
		{func() error {
			return errOf(l.admin.DeleteRolePolicy(ctx, &awsiam.DeleteRolePolicyInput{RoleName: x, PolicyName: str("r")}))
		}, "", "u", "", ""},
		{func() error {
			return errOf(l.admin.DeleteUserPolicy(ctx, &awsiam.DeleteUserPolicyInput{UserName: x, PolicyName: str("u")}))
		}, "", "", "", ""},
		{func() error { return errOf(l.admin.TagRole(ctx, &awsiam.TagRoleInput{RoleName: x, Tags: tag})) }, "", "", "r", ""},
		{func() error { return errOf(l.admin.TagUser(ctx, &awsiam.TagUserInput{UserName: x, Tags: tag})) }, "", "", "ur", ""},
		{func() error {
			return errOf(l.admin.UntagRole(ctx, &awsiam.UntagRoleInput{RoleName: x, TagKeys: []string{"k"}}))
		}, "", "", "u", ""},
		{func() error {
			return errOf(l.admin.UntagUser(ctx, &awsiam.UntagUserInput{UserName: x, TagKeys: []string{"k"}}))
		}, "", "", "", ""},
		{func() error {
			return errOf(l.admin.PutRolePermissionsBoundary(ctx, &awsiam.PutRolePermissionsBoundaryInput{RoleName: x, PermissionsBoundary: &arn}))
		}, "", "", "", "r"},
		{func() error {
			return errOf(l.admin.PutUserPermissionsBoundary(ctx, &awsiam.PutUserPermissionsBoundaryInput{UserName: x, PermissionsBoundary: &arn}))
		}, "", "", "", "ur"},
		{func() error {
			return errOf(l.admin.DeleteRolePermissionsBoundary(ctx, &awsiam.DeleteRolePermissionsBoundaryInput{RoleName: x}))
		}, "", "", "", "u"},
		{func() error {
			return errOf(l.admin.DeleteUserPermissionsBoundary(ctx, &awsiam.DeleteUserPermissionsBoundaryInput{UserName: x}))
		}, "", "", "", ""},
		{func() error { return errOf(l.admin.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: x})) }, "", "", "", ""},
	} {
		must(t, step.do())
		if l.iam.Role(home, "x") == nil {
			break
		}
		want := [4]string{step.attached, step.names, step.tags, step.boundaries}
		if got := l.seen(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if l.iam.User(home, "x") == nil || l.iam.Role(home, "x") != nil || l.iam.view(home).entity(kindGroup, "x") == nil {
		t.Error("another one than the role was deleted")
	}
}
