// Package lambda is AWS Lambda of the local plane: functions with their packages, environment
// variables and keys, versions, aliases, permissions and tags. It runs no code.
//
// Environment variables are sealed by the caller through the service, under alias/aws/lambda or
// the function's key, with the function's ARN as encryption context. For a key of the customer
// the caller makes a grant for the sessions of the execution role. Who reads the configuration
// without kms:Decrypt gets Environment.Error and the rest:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html.
// A package is sealed by the service itself:
// https://docs.aws.amazon.com/lambda/latest/dg/encrypt-zip-package.html.
//
// Invoke decrypts the environment as the role, as AWS does before code runs, and is refused where
// that is; then it says that it runs no code. A dry run is answered.
//
// What AWS has and this has not: running code, event source mappings, layers, URLs, concurrency, code signing,
// networks, the digests of images, the addresses of packages; what belongs to these in a
// configuration is kept and shown. A call takes 1 MiB, as all of the plane do; larger packages
// come from S3, read by the caller.
//
// Operations: https://docs.aws.amazon.com/lambda/latest/api/welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html.
// Texts of refusals that say nothing else are those that LocalStack recorded of AWS:
// https://github.com/localstack/localstack/blob/v4.0.0/localstack-core/localstack/services/lambda_/provider.py.
package lambda
