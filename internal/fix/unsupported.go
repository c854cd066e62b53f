package fix

// unsupported are types whose keys can be changed in place and for which there is no recipe, with
// the reason.
var unsupported = map[string]string{
	"AWS::Bedrock::AccountDataRetentionStorage":      retentionReason,
	"AWS::Bedrock::OrganizationDataRetentionStorage": retentionReason,
	"AWS::Bedrock::ProjectDataRetentionStorage":      retentionReason,
	"AWS::DynamoDB::GlobalTable":                     "what is deployed is a table in each Region, and each of them is changed",
	"AWS::Elasticsearch::Domain":                     domainReason,
	"AWS::Kinesis::Stream":                           "Bedlock has no model of the API of Kinesis: change it by StartStreamEncryption",
	"AWS::OpenSearchService::Domain":                 domainReason,
	"AWS::RDS::DBCluster":                            databaseReason,
	"AWS::RDS::DBInstance":                           databaseReason,
	"AWS::Redshift::Cluster":                         warehouseReason,
	"AWS::RedshiftServerless::Namespace":             warehouseReason,
}

const (
	// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_DataRetentionStorageConfiguration.html
	retentionReason = "a key comes with a bucket of the customer: where Amazon manages the storage there is neither, and no list says for which model providers there is one"
	// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html
	domainReason = "enabling encryption builds the domain anew beside the old one, and it cannot be taken back: do it in a maintenance window"
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Enabling.html
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
	databaseReason = "the key is chosen when Performance Insights, or the management of the password, is turned on, which changes more than the key"
	// https://docs.aws.amazon.com/redshift/latest/mgmt/changing-cluster-encryption.html
	warehouseReason = "the warehouse moves its data to the new key in the background and is read-only or slow for that time: do it in a maintenance window"
)
