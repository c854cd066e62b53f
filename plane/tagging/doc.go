// Package tagging is the Resource Groups Tagging API in the local plane: which resources of all
// services and which KMS keys have which tags, and changes of several at once.
//
// A change is one by the service of each resource, as its own operations make it: with the
// permissions that they ask for and their refusals. Resources that never had tags are not
// listed, as on AWS; those whose tags are all gone are not listed either, which AWS does for a
// while.
//
// What AWS has and this has not: tag policies (compliance, reports, required tags); resources of
// IAM; changes of AgentCore's and Bedrock's sessions; splitting pages by the number of tags.
//
// Operations: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/overview.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html.
// The texts of errors are unconfirmed.
package tagging
