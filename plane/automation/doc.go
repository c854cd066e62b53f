// Package automation is Amazon Bedrock Data Automation in the local plane: the APIs
// bedrock-data-automation and bedrock-data-automation-runtime. It has projects and blueprints
// with their stages, versions of blueprints, libraries, and tags.
//
// Schemas, output configurations and descriptions are kept under the key of the resource;
// which members that are is unconfirmed, but that names are not, since lists show them. The
// customer's own encryption context is added to the service's.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-bda.html
//
// Nothing is extracted here: an asynchronous invocation makes and retires the grant that AWS
// makes, and its job ends with a ServiceError that says so. Synchronous invocations, the
// optimization of blueprints, ingestion into libraries and the public blueprints are missing.
// The texts of errors are the plane's own; their codes are those of the models.
package automation
