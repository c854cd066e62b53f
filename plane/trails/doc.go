// Package trails has the trails and event data stores of AWS CloudTrail. LookupEvents, and the
// records that trails deliver, are those of package cloudtrail.
//
// A trail that is logging delivers its log files to the bucket with the first call of the plane
// that comes five minutes or more after the last delivery, and when logging is stopped: AWS
// delivers within an average of about five minutes of a call,
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html. A file has
// the records of one Region, in the documented form and under the documented name; it is written
// by cloudtrail.amazonaws.com with the trail as aws:SourceArn, under the key of the trail with
// aws:cloudtrail:arn in the encryption context. The key and the bucket are tried when a trail is
// made or changed: the service looks the key up, reads the bucket's ACL and writes an empty
// object, so that policies which are in the way are told at once. The name of that object is
// unconfirmed.
//
// What AWS has and this has not: data events, Insights and network activity events, in trails as
// in selectors; trails of an organization; digest files, for which the setting is kept. Records
// of a process that ended before they were delivered are lost. Event data stores are settings:
// their key is tried, nothing is ingested, and there are no queries.
//
// Operations: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/Welcome.html. Actions:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html.
package trails
