package iam

import (
	"net/url"
	"strings"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func TestAccountAliases(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	alias := func(c *awsiam.Client, name string) error {
		_, err := c.CreateAccountAlias(ctx, &awsiam.CreateAccountAliasInput{AccountAlias: &name})
		return err
	}
	must(t, alias(l.admin, "first"))
	must(t, alias(l.admin, "second"))
	stray := l.client(strayKey, straySecret)
	refused(t, alias(stray, "second"), "EntityAlreadyExists", "The account alias second already exists.")
	must(t, alias(stray, "first"))
	got, err := l.admin.ListAccountAliases(ctx, &awsiam.ListAccountAliasesInput{})
	must(t, err)
	if strings.Join(got.AccountAliases, " ") != "second" {
		t.Errorf("%v", got.AccountAliases)
	}
	_, err = l.admin.DeleteAccountAlias(ctx, &awsiam.DeleteAccountAliasInput{AccountAlias: str("first")})
	refused(t, err, "NoSuchEntity", "The account alias with name first cannot be found.")
	_, err = l.admin.DeleteAccountAlias(ctx, &awsiam.DeleteAccountAliasInput{AccountAlias: str("second")})
	must(t, err)
}

func TestAuthorizationDetails(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	furnish(t, l.iam)
	all := &awsiam.GetAccountAuthorizationDetailsOutput{}
	in := &awsiam.GetAccountAuthorizationDetailsInput{MaxItems: int32Of(1)}
	pages := 0
	for p := awsiam.NewGetAccountAuthorizationDetailsPaginator(l.admin, in); p.HasMorePages(); pages++ {
		page, err := p.NextPage(ctx)
		must(t, err)
		all.UserDetailList = append(all.UserDetailList, page.UserDetailList...)
		all.GroupDetailList = append(all.GroupDetailList, page.GroupDetailList...)
		all.RoleDetailList = append(all.RoleDetailList, page.RoleDetailList...)
		all.Policies = append(all.Policies, page.Policies...)
	}
	if pages != 6 || len(all.UserDetailList) != 2 || len(all.GroupDetailList) != 1 || len(all.RoleDetailList) != 1 || len(all.Policies) != 2 {
		t.Fatalf("%d pages: %+v", pages, all)
	}
	ada := all.UserDetailList[0]
	if *ada.UserName != "ada" {
		ada = all.UserDetailList[1]
	}
	document, _ := url.PathUnescape(*ada.UserPolicyList[0].PolicyDocument)
	if ada.GroupList[0] != "readers" || document != allowing(`"kms:List*"`) || *ada.AttachedManagedPolicies[0].PolicyName != "limit" || *ada.Tags[0].Value != "ml" || !strings.HasSuffix(*ada.PermissionsBoundary.PermissionsBoundaryArn, ":policy/teams/limit") {
		t.Errorf("%+v", ada)
	}
	for _, p := range all.Policies {
		if len(p.PolicyVersionList) != 1 || p.PolicyVersionList[0].Document == nil {
			t.Errorf("%+v", p)
		}
	}
	in = &awsiam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeRole}}
	roles, err := l.admin.GetAccountAuthorizationDetails(ctx, in)
	must(t, err)
	if len(roles.RoleDetailList) != 1 || len(roles.UserDetailList)+len(roles.GroupDetailList)+len(roles.Policies) != 0 {
		t.Errorf("%+v", roles)
	}
}
