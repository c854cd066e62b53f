// Package metrics counts the calls of a plane for Prometheus. [Metrics] is a
// [plane.Observer] and has the handler of the endpoint.
//
// Every call is in bedlock_calls_total and bedlock_call_duration_seconds. What CloudWatch
// has for KMS is here by the names and dimensions of CloudWatch, as far as there is
// something to tell on one machine:
//
//	aws_kms_successful_request_total               SuccessfulRequest of AWS/KMS
//	aws_kms_seconds_until_key_material_expiration  SecondsUntilKeyMaterialExpiration of AWS/KMS
//	aws_usage_call_count_total                     CallCount of AWS/Usage
//
// Nobody's name is in a label, and no encryption context. The number of keys in labels is
// bounded.
//
// The metrics of calls are also kept by the minute, with what callers put, for the API of
// CloudWatch: see [Series].
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html
package metrics
