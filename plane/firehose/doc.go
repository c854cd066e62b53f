// Package firehose is Amazon Data Firehose of the local plane: streams that records are put into
// directly, with a key for what waits in them, and that deliver to S3.
//
// A stream whose key is the customer's has a grant, which the caller makes through the service
// and which the service retires when it needs the key no more. Records are sealed by that grant
// until they are delivered, with the stream's role, under the key that the destination names
// or that of the bucket: https://docs.aws.amazon.com/firehose/latest/dev/encryption.html.
//
// Nothing is buffered: each call of PutRecord or PutRecordBatch makes one object. What cannot be
// delivered waits for the next call for a day, and is lost then, as AWS does:
// https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html.
//
// What AWS has and this has not: sources and destinations of other kinds, and of S3 everything
// that changes records or names by their content: processing, conversion, partitions, expressions
// in prefixes, backups, compression other than GZIP. A key that cannot be used is refused at once;
// AWS may say it with the status ENABLING_FAILED instead. Errors of delivery are not logged.
// A call takes 1 MiB, as all of the plane do, where AWS takes 4 MiB of records.
//
// Operations: https://docs.aws.amazon.com/firehose/latest/APIReference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisfirehose.html.
package firehose
