package iam

import (
	"context"

	"github.com/bedlock/bedlock/plane"
)

type aliasInput struct{ AccountAlias string }

type aliasList struct {
	AccountAliases []string
	IsTruncated    bool
	Marker         string `json:",omitempty"`
}

type summary struct{ SummaryMap map[string]int }

func (s *Service) accountOperations(t *plane.QueryOperations) {
	plane.AddQuerySilent(t, "CreateAccountAlias", func(ctx context.Context, c *plane.Call, in *aliasInput) error {
		return s.change(ctx, c.Account, func(ch *change) error {
			if err := s.allow(ctx, c, "*", "", nil); err != nil {
				return err
			}
			for _, other := range append(ch.others(), ch.account) {
				if other.alias == in.AccountAlias {
					return alreadyExists("The account alias %s already exists.", in.AccountAlias) // the text is not confirmed
				}
			}
			ch.setAlias(in.AccountAlias)
			return nil
		})
	})
	plane.AddQuerySilent(t, "DeleteAccountAlias", func(ctx context.Context, c *plane.Call, in *aliasInput) error {
		return s.change(ctx, c.Account, func(ch *change) error {
			if err := s.allow(ctx, c, "*", "", nil); err != nil {
				return err
			}
			if ch.alias != in.AccountAlias {
				return noSuchEntity("The account alias with name %s cannot be found.", in.AccountAlias) // the text is not confirmed
			}
			ch.setAlias("")
			return nil
		})
	})
	plane.AddQuery(t, "ListAccountAliases", func(ctx context.Context, c *plane.Call, in *struct {
		Marker   string
		MaxItems int
	}) (*aliasList, error) {
		if err := s.allow(ctx, c, "*", "", nil); err != nil {
			return nil, err
		}
		out := &aliasList{AccountAliases: []string{}}
		if alias := s.view(c.Account).alias; alias != "" {
			out.AccountAliases = []string{alias}
		}
		return out, nil
	})
	plane.AddQueryPlain(t, "GetAccountSummary", s.getAccountSummary)
	plane.AddQuery(t, "GetAccountAuthorizationDetails", s.getAccountAuthorizationDetails)
}

// getAccountSummary has the keys that AWS was seen to send in February 2026:
// https://github.com/localstack/localstack, tests/aws/services/iam/test_iam_account_summary.
// What the plane does not have is 0.
func (s *Service) getAccountSummary(ctx context.Context, c *plane.Call) (*summary, error) {
	if err := s.allow(ctx, c, "*", "", nil); err != nil {
		return nil, err
	}
	a := s.view(c.Account)
	versions, rootKeys := 0, 0
	for _, p := range a.policies {
		versions += len(p.Versions)
	}
	if len(a.keysOf("")) > 0 {
		rootKeys = 1
	}
	return &summary{map[string]int{
		"Users": len(a.entities[kindUser]), "Groups": len(a.entities[kindGroup]), "Roles": len(a.entities[kindRole]),
		"Policies": len(a.policies), "PolicyVersionsInUse": versions, "AccountAccessKeysPresent": rootKeys,
		"AccountMFAEnabled": 0, "AccountPasswordPresent": 0, "AccountSigningCertificatesPresent": 0, "GlobalEndpointTokenVersion": 1,
		"InstanceProfiles": 0, "MFADevices": 0, "MFADevicesInUse": 0, "Providers": 0, "ServerCertificates": 0,
		"UsersQuota": limits[kindUser].count, "GroupsQuota": limits[kindGroup].count, "RolesQuota": limits[kindRole].count, "PoliciesQuota": maxPolicies,
		"UserPolicySizeQuota": limits[kindUser].inlineSize, "GroupPolicySizeQuota": limits[kindGroup].inlineSize, "RolePolicySizeQuota": limits[kindRole].inlineSize,
		"AttachedPoliciesPerUserQuota": maxAttached, "AttachedPoliciesPerGroupQuota": maxAttached, "AttachedPoliciesPerRoleQuota": maxAttached,
		"AccessKeysPerUserQuota": maxKeys, "GroupsPerUserQuota": maxGroups, "PolicySizeQuota": maxPolicySize, "VersionsPerPolicyQuota": maxVersions,
		"AssumeRolePolicySizeQuota": maxTrustSize, "PolicyVersionsInUseQuota": 10000, "InstanceProfilesQuota": 1000, "ServerCertificatesQuota": 20, "SigningCertificatesPerUserQuota": 2,
	}}, nil
}
