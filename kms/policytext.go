package kms

import "strings"

// defaultPolicy is the policy of a key that is created without one: the account decides
// by its IAM policies.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func defaultPolicy(partition, account string) string {
	return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:` + partition + `:iam::` + account + `:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`
}

// managedPolicy is the policy of the AWS managed key of a service: everyone in the account
// through the service, whose name in kms:ViaService is via, and the account may look. The Ids and Sids of other services than
// those that AWS documents are unconfirmed.
// Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
func managedPolicy(k *Key, via string) string {
	return strings.NewReplacer("SERVICE", k.Service, "VIA", via, "REGION", k.Region, "ACCOUNT", k.Account, "PARTITION", k.Partition).Replace(`{
  "Version" : "2012-10-17",
  "Id" : "auto-SERVICE-1",
  "Statement" : [ {
    "Sid" : "Allow access through SERVICE for all principals in the account that are authorized to use SERVICE",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "*"
    },
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {
      "StringEquals" : {
        "kms:CallerAccount" : "ACCOUNT",
        "kms:ViaService" : "VIA.REGION.amazonaws.com"
      }
    }
  }, {
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:PARTITION:iam::ACCOUNT:root"
    },
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  } ]
}`)
}
