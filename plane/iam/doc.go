// Package iam is who there is in the local plane: accounts with their users, groups, roles,
// policies and access keys, and the API IAM over them.
//
// A [Service] is the directory of package sts, which makes sessions of its roles and users.
// It keeps everything in memory, with policies compiled, so that asking who holds an access
// key costs two look-ups; a change is in the store before it is acknowledged and before
// anybody sees it. Readers never wait for the store. Accounts are made by their first use.
//
// Names, ids and ARNs have the form that AWS gives them, and access key ids carry their
// account as AWS's do. What is left out is refused as not implemented: instance profiles
// (lists of them are empty), login profiles, MFA devices, identity providers, service-linked
// roles, credential reports.
//
// Where it differs from AWS: changes count at the next call; an account is of the partition aws unless it is said that it is of another;
// a trust policy keeps the ARNs of its principals, where AWS keeps unique ids, so that a
// user made anew is trusted again; quotas are the defaults; of the AWS managed policies
// there are those of package managed, with one version each. Texts of errors that were not
// seen of AWS are marked in the code as not confirmed.
//
// Source of the API: https://docs.aws.amazon.com/IAM/latest/APIReference/
package iam
