package awsapi

// quotas are the requests a second that AWS documents for what is called here, the least of an
// API's operations where they differ; those with a rate of their own are service:Operation. Only
// a half is used: the other is for those who work in the account.
var quotas = map[string]float64{
	// The least are ListGrants' 100 and GetKeyLastUsage's 5:
	// https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
	"kms":                 100,
	"kms:GetKeyLastUsage": 5,
	// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
	"cloudtrail:LookupEvents": 2,
	// "the remainder of the control plane API requests":
	// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
	"lambda": 15,
	// Lists and gets have 5 or more:
	// https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html
	"bedrock-agentcore-control": 5,
}

// cautious is the quota of APIs for which none was found documented.
const cautious = 10

// quota is the rate at which calls of an operation begin, and the name of the bucket they share.
func quota(service, operation string, override float64) (bucket string, perSecond float64) {
	bucket = service
	if _, own := quotas[service+":"+operation]; own {
		bucket += ":" + operation
	}
	if override > 0 {
		return bucket, override
	}
	if q, ok := quotas[bucket]; ok {
		return bucket, q / 2
	}
	return bucket, cautious / 2
}
