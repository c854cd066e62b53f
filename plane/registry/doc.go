// Package registry is AWS Agent Registry in the local plane: the API agent-registry-control,
// with registries, their records and the approval of records, and tags.
//
// The descriptors of records are kept under the key of the registry, and artifacts with them.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/registry-configure-encryption.html
//
// AWS wants the service-linked role AWSServiceRoleForAgentRegistry before a registry has a key;
// here nothing asks for it. Publishers, the synchronization of records and the detection of
// agents are missing. The texts of errors are the plane's own; their codes are those of the
// model.
package registry
