// Package ssm is Parameter Store of AWS Systems Manager in the local plane: parameters with
// their versions, labels, tiers, keys and tags.
//
// The value of a SecureString is sealed by the caller through the service under
// alias/aws/ssm or a key of the customer, with the ARN of the parameter as encryption context:
// with kms:Encrypt in the standard tier and kms:GenerateDataKey in the advanced one:
// https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html.
//
// What AWS has and this has not: everything of Systems Manager but Parameter Store; parameters
// that others share, public parameters and references to secrets; policies are kept and shown,
// and nothing expires; a value that is read without decryption is not what kms:Decrypt takes;
// the deprecated filters, but for names, types and keys.
//
// Operations: https://docs.aws.amazon.com/systems-manager/latest/APIReference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html.
package ssm
