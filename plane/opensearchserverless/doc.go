// Package opensearchserverless is Amazon OpenSearch Serverless in the local plane: collections
// with their keys, encryption, network and data access policies, indexes by their schema, tags.
//
// A collection is made under the key in its request, else under that of the encryption policy
// that matches its name best; without either it is refused. It gives the service a grant for the
// key, and the schemas and the documents of its indexes are sealed under it. There are no
// endpoints: documents are what other services of the plane store and read, such as knowledge
// bases, as data access policies let them. Network policies decide nothing.
//
// Not here: lifecycle policies, security configurations, VPC endpoints, collection groups,
// ingestion, account settings.
//
// Sources: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-encryption.html,
// https://docs.aws.amazon.com/opensearch-service/latest/ServerlessAPIReference/Welcome.html,
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonopensearchserverless.html.
// The texts of refusals are those that moto has (https://github.com/getmoto/moto,
// moto/opensearchserverless), but for those that say they are unconfirmed.
package opensearchserverless
