package awsapi

import (
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

var accountServices = []service{
	{model: "kms", prefix: "kms", client: of(kms.NewFromConfig), reads: reads{
		"DescribeKey":          one((*kms.Client).DescribeKey),
		"GetKeyLastUsage":      one((*kms.Client).GetKeyLastUsage),
		"GetKeyPolicy":         one((*kms.Client).GetKeyPolicy),
		"GetKeyRotationStatus": one((*kms.Client).GetKeyRotationStatus),
		"ListAliases":          pages(kms.NewListAliasesPaginator),
		"ListGrants":           pages(kms.NewListGrantsPaginator),
		"ListKeys":             pages(kms.NewListKeysPaginator),
		"ListResourceTags":     pages(kms.NewListResourceTagsPaginator),
	}},
	{model: "iam", prefix: "iam", client: of(iam.NewFromConfig), global: true, reads: reads{
		"GetAccountAuthorizationDetails": pages(iam.NewGetAccountAuthorizationDetailsPaginator),
	}},
	{model: "organizations", prefix: "organizations", client: of(organizations.NewFromConfig), global: true, reads: reads{
		"DescribeOrganization":             one((*organizations.Client).DescribeOrganization),
		"DescribePolicy":                   one((*organizations.Client).DescribePolicy),
		"ListAccounts":                     pages(organizations.NewListAccountsPaginator),
		"ListAccountsForParent":            pages(organizations.NewListAccountsForParentPaginator),
		"ListOrganizationalUnitsForParent": pages(organizations.NewListOrganizationalUnitsForParentPaginator),
		"ListPoliciesForTarget":            pages(organizations.NewListPoliciesForTargetPaginator),
		"ListRoots":                        pages(organizations.NewListRootsPaginator),
	}},
	{model: "sts", prefix: "sts", client: of(sts.NewFromConfig), reads: reads{
		"GetCallerIdentity": one((*sts.Client).GetCallerIdentity),
	}},
}
