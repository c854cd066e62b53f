package catalog

import "strings"

// Metric is a metric that KMS has in CloudWatch, in the namespace AWS/KMS.
type Metric struct {
	Name string
	// Dimensions are the sets of dimensions that it has, each complete.
	Dimensions [][]string
	// Statistic is the one that means something.
	Statistic string
}

// MetricNamespace is where the metrics of KMS are.
const MetricNamespace = "AWS/KMS"

// MetricSource is where AWS lists the metrics of KMS.
const MetricSource = "https://docs.aws.amazon.com/kms/latest/developerguide/monitoring-cloudwatch.html"

// Metrics are those that KMS has, sorted. There is none of denied requests: only CloudTrail has
// these. The metrics of custom key stores are told by the key store, not by the key.
func Metrics() []Metric {
	store := [][]string{{"CustomKeyStoreId"}, {"CustomKeyStoreId", "KmsOperation"}, {"CustomKeyStoreId", "KmsOperation", "KeySpec"}}
	return []Metric{
		{"CloudHSMKeyStoreThrottle", store, "Sum"},
		{"ExternalKeyStoreThrottle", store, "Sum"},
		{"SecondsUntilKeyMaterialExpiration", [][]string{{"KeyId"}}, "Minimum"},
		{"SuccessfulRequest", [][]string{{"KeyArn", "Operation"}, {"SourceKeyArn", "DestinationKeyArn", "Operation"}}, "Sum"},
		{"XksExternalKeyManagerStates", nil, "Sum"},
		{"XksProxyCertificateDaysToExpire", nil, "Minimum"},
		{"XksProxyCredentialAge", nil, "Maximum"},
		{"XksProxyErrors", nil, "Sum"},
		{"XksProxyLatency", nil, "Average"},
	}
}

// MetricNames are the names of [Metrics], as a sentence lists them.
func MetricNames() string {
	var names []string
	for _, m := range Metrics() {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}
