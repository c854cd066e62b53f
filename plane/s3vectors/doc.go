// Package s3vectors is Amazon S3 Vectors in the local plane: vector buckets with their
// policies, indexes, and vectors that are put, read, listed, deleted and queried.
//
// Queries are exact: AWS's are approximate, so that a large index can answer other vectors
// there. Text search and the enhanced mode of indexes are not here: members that ask for them
// are refused.
//
// Vectors and their metadata are sealed under the key of the index, else under that of its
// bucket; the keys of vectors are not, because AWS lists them without KMS. What is put by one
// request is sealed once.
//
// Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors.html,
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-data-encryption.html,
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3vectors.html.
// The texts of refusals are those that moto verified against AWS
// (https://github.com/getmoto/moto, tests/test_s3vectors), where it has them.
package s3vectors
