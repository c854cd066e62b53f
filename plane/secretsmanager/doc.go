// Package secretsmanager is AWS Secrets Manager of the local plane: secrets with their versions
// and staging labels, keys, replicas in other Regions, resource policies and tags, with deletion
// after a recovery window.
//
// A value is sealed under the secret's key by the caller through the service, with the ARN of
// the secret and the id of the version as encryption context; without a key under
// alias/aws/secretsmanager: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html.
// When the key of a secret changes, the versions with the labels AWSCURRENT, AWSPENDING and
// AWSPREVIOUS are encrypted again.
//
// What AWS has and this has not: rotation, managed external secrets, secrets of other services,
// replicas in other accounts, random passwords, validation of policies; versions without labels
// are never removed; replicas are made before the answer that says that they are in progress.
//
// Operations: https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html.
package secretsmanager
