// Package s3 is Amazon S3 in the local plane: general purpose buckets and their objects.
//
// Buckets are created, listed, located and deleted; they have default encryption, versioning,
// a policy, block public access, tags, ownership controls and a logging configuration. Objects
// are put, read (with ranges and conditions), copied, deleted, listed in both versions of the
// API, tagged, and uploaded in parts. Checksums that clients send are compared, and those that
// they ask for are kept.
//
// An object is ciphertext: under a key of the plane with SSE-S3, under a data key of KMS with
// SSE-KMS, whose encryption context has aws:s3:arn with the ARN of the object, or that of the
// bucket with a bucket key (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
//
// Missing: access control lists beyond that of the owner (buckets have the owner's objects
// alone, as new ones do), SSE-C, object lock, the second layer of DSSE-KMS, the sharing of one
// call to KMS by the objects of a bucket key, lifecycle, replication, notifications, websites,
// access points, directory buckets, anonymous requests. Reading a configuration that nothing
// can set answers that there is none. Logs of a bucket with a logging configuration are not
// delivered.
//
// Codes and texts are those of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// where no other source is named; actions those of
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html.
package s3
