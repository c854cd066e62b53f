package iam

import (
	"net/url"
	"strings"
	"testing"
	"time"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/bedlock/bedlock/plane"
)

const trustHome = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + home + `:root"},"Action":"sts:AssumeRole"}]}`

func TestRoles(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	made, err := l.admin.CreateRole(ctx, &awsiam.CreateRoleInput{
		RoleName: str("agent"), Path: str("/svc/"), AssumeRolePolicyDocument: str(trustHome), Description: str("does it"),
		Tags: []types.Tag{{Key: str("Team"), Value: str("ml")}}, PermissionsBoundary: str("arn:aws:iam::aws:policy/AdministratorAccess"),
	})
	must(t, err)
	r := made.Role
	plain, _ := url.PathUnescape(*r.AssumeRolePolicyDocument)
	if *r.Arn != "arn:aws:iam::"+home+":role/svc/agent" || !strings.HasPrefix(*r.RoleId, "AROA") || plain != trustHome || *r.Tags[0].Value != "ml" || r.MaxSessionDuration != nil || *r.PermissionsBoundary.PermissionsBoundaryArn != "arn:aws:iam::aws:policy/AdministratorAccess" || r.PermissionsBoundary.PermissionsBoundaryType != "Policy" {
		t.Errorf("%+v", r)
	}
	_, err = l.admin.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: str("agent"), AssumeRolePolicyDocument: str(trustHome)})
	refused(t, err, "EntityAlreadyExists", "Role with name agent already exists.")
	_, err = l.admin.UpdateRole(ctx, &awsiam.UpdateRoleInput{RoleName: str("agent"), MaxSessionDuration: int32Of(7200)})
	must(t, err)
	_, err = l.admin.UpdateRole(ctx, &awsiam.UpdateRoleInput{RoleName: str("agent"), MaxSessionDuration: int32Of(3599)})
	refused(t, err, "ValidationError", "1 validation error detected: Value '3599' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600")
	got, err := l.admin.GetRole(ctx, &awsiam.GetRoleInput{RoleName: str("agent")})
	must(t, err)
	if g := got.Role; *g.MaxSessionDuration != 7200 || *g.Description != "does it" || g.RoleLastUsed == nil || g.RoleLastUsed.LastUsedDate != nil {
		t.Errorf("%+v", g)
	}
	described, err := l.admin.UpdateRoleDescription(ctx, &awsiam.UpdateRoleDescriptionInput{RoleName: str("agent"), Description: str("again")})
	must(t, err)
	if *described.Role.Description != "again" {
		t.Errorf("%+v", described.Role)
	}
	trustStray := strings.Replace(trustHome, home, abroad, 1)
	_, err = l.admin.UpdateAssumeRolePolicy(ctx, &awsiam.UpdateAssumeRolePolicyInput{RoleName: str("agent"), PolicyDocument: &trustStray})
	must(t, err)
	if text := l.iam.Role(home, "agent").Trust.Document().Text(); text != trustStray {
		t.Error(text)
	}
	listed, err := l.admin.ListRoles(ctx, &awsiam.ListRolesInput{PathPrefix: str("/svc/")})
	must(t, err)
	if len(listed.Roles) != 1 || *listed.Roles[0].MaxSessionDuration != 7200 || listed.Roles[0].Tags != nil {
		t.Errorf("%+v", listed.Roles)
	}
	profiles, err := l.admin.ListInstanceProfilesForRole(ctx, &awsiam.ListInstanceProfilesForRoleInput{RoleName: str("agent")})
	if err != nil || profiles.InstanceProfiles == nil || len(profiles.InstanceProfiles) != 0 || profiles.IsTruncated {
		t.Errorf("%+v %v", profiles, err)
	}
	_, err = l.admin.ListInstanceProfilesForRole(ctx, &awsiam.ListInstanceProfilesForRoleInput{RoleName: str("nobody")})
	refused(t, err, "NoSuchEntity", "The role with name nobody cannot be found.")
	if every, err := l.admin.ListInstanceProfiles(ctx, nil); err != nil || len(every.InstanceProfiles) != 0 {
		t.Errorf("%+v %v", every, err)
	}
	for _, name := range []string{"b", "a"} {
		_, err = l.admin.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: str("agent"), PolicyName: &name, PolicyDocument: str(everything)})
		must(t, err)
	}
	names, err := l.admin.ListRolePolicies(ctx, &awsiam.ListRolePoliciesInput{RoleName: str("agent")})
	must(t, err)
	if strings.Join(names.PolicyNames, " ") != "a b" {
		t.Errorf("%v", names.PolicyNames)
	}
	_, err = l.admin.GetRolePolicy(ctx, &awsiam.GetRolePolicyInput{RoleName: str("agent"), PolicyName: str("c")})
	refused(t, err, "NoSuchEntity", "The role policy with name c cannot be found.")
	_, err = l.admin.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: str("agent")})
	refused(t, err, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	for _, name := range []string{"b", "a"} {
		_, err = l.admin.DeleteRolePolicy(ctx, &awsiam.DeleteRolePolicyInput{RoleName: str("agent"), PolicyName: &name})
		must(t, err)
	}
	_, err = l.admin.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: str("agent")})
	must(t, err)
	_, err = l.admin.DeleteRole(ctx, &awsiam.DeleteRoleInput{RoleName: str("agent")})
	refused(t, err, "NoSuchEntity", "The role with name agent cannot be found.")
}

func int32Of(n int32) *int32 { return &n }

func TestTrustPolicies(t *testing.T) {
	l := newLocal(t, Options{})
	statement := func(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }
	allow := func(principal string) string {
		return statement(`{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"}`)
	}
	who := func(principal string) string { return `Invalid principal in policy: "AWS":"` + principal + `"` }
	nobody := "arn:aws:iam::" + home + ":user/nobody"
	for _, tt := range []struct{ document, code, message string }{
		{"{", "MalformedPolicyDocument", "This policy contains invalid Json"},
		{statement(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}`), "MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions."},
		{statement(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}`), "MalformedPolicyDocument", "Has prohibited field Resource"},
		{statement(`{"Effect":"Allow","Action":"sts:AssumeRole"}`), "MalformedPolicyDocument", "Missing required field Principal"},
		{allow(nobody), "MalformedPolicyDocument", who(nobody)},
		{allow("arn:aws:iam::" + abroad + ":role/nobody"), "MalformedPolicyDocument", who("arn:aws:iam::" + abroad + ":role/nobody")},
		{allow("nobody"), "MalformedPolicyDocument", who("nobody")},
		{allow("arn:aws:iam::" + abroad + ":user/admin"), "", ""},
		{allow("arn:aws:iam::999988887777:user/elsewhere"), "", ""},
		{allow(home), "", ""},
		{allow("*"), "", ""},
		{statement(`{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"` + home + `"}}}`), "", ""},
		{strings.Replace(allow(home), "sts:AssumeRole", `sts:AssumeRole","Condition":{"StringLike":{"aws:userid":"`+strings.Repeat("x", 2048)+`"}},"Sid":"A`, 1), "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"},
	} {
		_, err := l.admin.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: str("r"), AssumeRolePolicyDocument: &tt.document})
		if tt.code != "" {
			refused(t, err, tt.code, tt.message)
			continue
		}
		must(t, err)
		_, err = l.admin.DeleteRole(t.Context(), &awsiam.DeleteRoleInput{RoleName: str("r")})
		must(t, err)
	}
}

// TestRoleLastUsed: calls by a session count for its role.
func TestRoleLastUsed(t *testing.T) {
	l := newLocal(t, Options{})
	furnish(t, l.iam)
	at := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	l.iam.Observe(&plane.Call{
		Service: &plane.Service{Name: "kms"}, Region: "eu-west-1", Began: at, AccessKeyID: "ASIASESSIONSESSION00",
		Caller: &plane.Caller{Session: &plane.Session{IssuerID: l.iam.Role(home, "agent").ID}},
	})
	got, err := l.admin.GetRole(t.Context(), &awsiam.GetRoleInput{RoleName: str("agent")})
	must(t, err)
	if last := got.Role.RoleLastUsed; !last.LastUsedDate.Equal(at) || *last.Region != "eu-west-1" {
		t.Errorf("%+v", last)
	}
}
