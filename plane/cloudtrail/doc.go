// Package cloudtrail is the audit trail of the local plane, and the API that looks it up.
//
// A [Trail] is an observer of the plane: it turns every call into a CloudTrail record, in
// the format that AWS writes today (eventVersion 1.11), with what AWS leaves out left out:
// blobs and what the API models call sensitive. Beyond AWS it leaves out session tokens,
// grant tokens and MFA codes, which CloudTrail may show. A record is encoded before the
// call is answered, and nothing of the call is kept. What KMS does by itself, such as to
// delete a key, is recorded too, if [Trail.Event] hears of it.
//
// Records go to two places. A ring in memory has the last ones, for LookupEvents and the
// plane's page; it ends with the process. With [Options.Dir] they are also written as the
// log files of a trail in S3 are, so that tools for these read them. A file is complete or
// not there. [Trail.Close] writes what is left; a process that is killed loses at most what
// it observed in the last [Options.Every].
//
// Services that are driven by their API models are recorded by a table, [recordings]: names,
// what is hidden or left out beyond what the model calls sensitive, resources, and which
// calls are data events. Data events are in the log files, as of a trail with all of them, and
// not in memory: LookupEvents of AWS does not have them either.
//
// Calls whose signature is not good are not recorded. Missing are additionalEventData of
// services other than KMS, the accountId of buckets and the ARNPrefix of listed objects.
//
// Sources:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html,
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html,
// https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html and the
// examples of its pages
package cloudtrail
