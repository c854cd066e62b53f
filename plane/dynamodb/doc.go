// Package dynamodb is Amazon DynamoDB of the local plane: tables with their encryption, streams,
// replicas, time to live, backups, tags and policies as settings, and items that are put, read,
// deleted, queried and scanned by their keys.
//
// Items are sealed under the data key of their table, also the values of their keys. The data
// key is under alias/aws/dynamodb or a customer's key; DynamoDB uses it for its caller with the
// table's name and account as encryption context, and gives itself a grant:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html.
// When a table changes its key, its items are sealed again. When the key is found not to be
// there, the table says since when, and is archived after seven days.
//
// What AWS has and this has not: the data key is not cached for five minutes, so that what
// becomes of a key counts at once; UpdateItem, batches, transactions, PartiQL; expressions
// other than conditions of keys; queries of indexes; consumed capacity; items of replicas,
// which are settings of the table only; streams are not read, nothing expires, no backup is
// made; numbers stay as they were written; quotas of changes. Texts of refusals that name a
// DDB-TABLE number are as recorded in notes on AWS's Kubernetes controller (ack-api-quirks).
//
// Operations: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html.
package dynamodb
