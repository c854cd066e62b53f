// Package organizations is AWS Organizations in the local plane: an organization with its
// root, organizational units, accounts, service control policies, resource control policies and
// tags.
//
// What is attached here bounds what the plane allows, from the next request on and after a
// restart. An organization of the seed is served too; the seed's is put back at each start
// until something of it is changed here.
//
// Only the management account calls, except for DescribeOrganization.
//
// What AWS has and this has not: delegated administrators and resource policies, invitations
// (handshakes), closing accounts, the other types of policies, trusted services, effective
// policies, consolidated billing; the members of errors beside their message. The
// emails of accounts of the seed are not known and not shown. A new account has its role for the
// management account, and nobody else in it.
//
// Operations: https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html.
// Quotas: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html.
// The texts of errors are unconfirmed unless they say otherwise.
package organizations
