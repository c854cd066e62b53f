package awsapi

import (
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/elasticsearchservice"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/kendra"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/neptune"
	"github.com/aws/aws-sdk-go-v2/service/neptunegraph"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/opensearchserverless"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3vectors"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

var storesServices = []service{
	{model: "cloudtrail", prefix: "cloudtrail", client: of(cloudtrail.NewFromConfig), reads: reads{
		"GetEventDataStore":   one((*cloudtrail.Client).GetEventDataStore),
		"GetTrail":            one((*cloudtrail.Client).GetTrail),
		"ListEventDataStores": pages(cloudtrail.NewListEventDataStoresPaginator),
		"ListTags":            pages(cloudtrail.NewListTagsPaginator),
		lookUpEvents:          one(lookUpEvent),
		"ListTrails":          pages(cloudtrail.NewListTrailsPaginator),
	}},
	{model: "dynamodb", prefix: "dynamodb", client: of(dynamodb.NewFromConfig), reads: reads{
		"DescribeTable":      one((*dynamodb.Client).DescribeTable),
		"GetResourcePolicy":  one((*dynamodb.Client).GetResourcePolicy),
		"ListTables":         pages(dynamodb.NewListTablesPaginator),
		"ListTagsOfResource": one((*dynamodb.Client).ListTagsOfResource),
	}},
	{model: "es", prefix: "es", client: of(elasticsearchservice.NewFromConfig), reads: reads{
		"DescribeElasticsearchDomain": one((*elasticsearchservice.Client).DescribeElasticsearchDomain),
		"ListDomainNames":             one((*elasticsearchservice.Client).ListDomainNames),
		"ListTags":                    one((*elasticsearchservice.Client).ListTags),
	}},
	{model: "firehose", prefix: "firehose", client: of(firehose.NewFromConfig), reads: reads{
		"DescribeDeliveryStream":    one((*firehose.Client).DescribeDeliveryStream),
		"ListDeliveryStreams":       one((*firehose.Client).ListDeliveryStreams),
		"ListTagsForDeliveryStream": one((*firehose.Client).ListTagsForDeliveryStream),
	}},
	{model: "kendra", prefix: "kendra", client: of(kendra.NewFromConfig), reads: reads{
		"DescribeIndex":       one((*kendra.Client).DescribeIndex),
		"ListIndices":         pages(kendra.NewListIndicesPaginator),
		"ListTagsForResource": one((*kendra.Client).ListTagsForResource),
	}},
	{model: "kinesis", modelless: true, prefix: "kinesis", client: of(kinesis.NewFromConfig), reads: reads{
		"DescribeStreamSummary": one((*kinesis.Client).DescribeStreamSummary),
		"ListStreams":           pages(kinesis.NewListStreamsPaginator),
		"ListTagsForStream":     one((*kinesis.Client).ListTagsForStream),
	}},
	{model: "lambda", prefix: "lambda", client: of(lambda.NewFromConfig), reads: reads{
		"GetFunction":   one((*lambda.Client).GetFunction),
		"ListFunctions": pages(lambda.NewListFunctionsPaginator),
		"ListTags":      one((*lambda.Client).ListTags),
	}},
	{model: "logs", prefix: "logs", client: of(cloudwatchlogs.NewFromConfig), reads: reads{
		"DescribeLogGroups":   pages(cloudwatchlogs.NewDescribeLogGroupsPaginator),
		"ListTagsForResource": one((*cloudwatchlogs.Client).ListTagsForResource),
	}},
	{model: "neptune", prefix: "rds", client: of(neptune.NewFromConfig), reads: reads{
		"DescribeDBClusters":  pages(neptune.NewDescribeDBClustersPaginator),
		"ListTagsForResource": one((*neptune.Client).ListTagsForResource),
	}},
	{model: "neptune-graph", prefix: "neptune-graph", client: of(neptunegraph.NewFromConfig), reads: reads{
		"GetGraph":            one((*neptunegraph.Client).GetGraph),
		"ListGraphs":          pages(neptunegraph.NewListGraphsPaginator),
		"ListTagsForResource": one((*neptunegraph.Client).ListTagsForResource),
	}},
	{model: "opensearch", prefix: "es", client: of(opensearch.NewFromConfig), reads: reads{
		"DescribeDomain":  one((*opensearch.Client).DescribeDomain),
		"ListDomainNames": one((*opensearch.Client).ListDomainNames),
		"ListTags":        one((*opensearch.Client).ListTags),
	}},
	{model: "opensearchserverless", prefix: "aoss", client: of(opensearchserverless.NewFromConfig), reads: reads{
		"BatchGetCollection":   one((*opensearchserverless.Client).BatchGetCollection),
		"GetSecurityPolicy":    one((*opensearchserverless.Client).GetSecurityPolicy),
		"ListCollections":      pages(opensearchserverless.NewListCollectionsPaginator),
		"ListSecurityPolicies": pages(opensearchserverless.NewListSecurityPoliciesPaginator),
		"ListTagsForResource":  one((*opensearchserverless.Client).ListTagsForResource),
	}},
	{model: "rds", prefix: "rds", client: of(rds.NewFromConfig), reads: reads{
		"DescribeDBClusters":  pages(rds.NewDescribeDBClustersPaginator),
		"DescribeDBInstances": pages(rds.NewDescribeDBInstancesPaginator),
		"ListTagsForResource": one((*rds.Client).ListTagsForResource),
	}},
	{model: "redshift", modelless: true, prefix: "redshift", client: of(redshift.NewFromConfig), reads: reads{
		"DescribeClusters": pages(redshift.NewDescribeClustersPaginator),
	}},
	{model: "redshift-serverless", modelless: true, lower: true, prefix: "redshift-serverless", client: of(redshiftserverless.NewFromConfig), reads: reads{
		"GetNamespace":        one((*redshiftserverless.Client).GetNamespace),
		"ListNamespaces":      pages(redshiftserverless.NewListNamespacesPaginator),
		"ListTagsForResource": one((*redshiftserverless.Client).ListTagsForResource),
	}},
	{model: "s3", prefix: "s3", client: s3Client, reads: reads{
		"GetBucketEncryption": one((*s3.Client).GetBucketEncryption),
		"GetBucketPolicy":     one((*s3.Client).GetBucketPolicy),
		"GetBucketTagging":    one((*s3.Client).GetBucketTagging),
		"ListBuckets":         pages(s3.NewListBucketsPaginator),
	}},
	{model: "s3vectors", prefix: "s3vectors", client: of(s3vectors.NewFromConfig), reads: reads{
		"GetIndex":              one((*s3vectors.Client).GetIndex),
		"GetVectorBucket":       one((*s3vectors.Client).GetVectorBucket),
		"GetVectorBucketPolicy": one((*s3vectors.Client).GetVectorBucketPolicy),
		"ListIndexes":           pages(s3vectors.NewListIndexesPaginator),
		"ListTagsForResource":   one((*s3vectors.Client).ListTagsForResource),
		"ListVectorBuckets":     pages(s3vectors.NewListVectorBucketsPaginator),
	}},
	{model: "secretsmanager", prefix: "secretsmanager", client: of(secretsmanager.NewFromConfig), reads: reads{
		"DescribeSecret":    one((*secretsmanager.Client).DescribeSecret),
		"GetResourcePolicy": one((*secretsmanager.Client).GetResourcePolicy),
		"ListSecrets":       pages(secretsmanager.NewListSecretsPaginator),
	}},
	{model: "sns", prefix: "sns", client: of(sns.NewFromConfig), reads: reads{
		"GetTopicAttributes":  one((*sns.Client).GetTopicAttributes),
		"ListTagsForResource": one((*sns.Client).ListTagsForResource),
		"ListTopics":          pages(sns.NewListTopicsPaginator),
	}},
	{model: "sqs", prefix: "sqs", client: of(sqs.NewFromConfig), reads: reads{
		"GetQueueAttributes": one((*sqs.Client).GetQueueAttributes),
		"ListQueueTags":      one((*sqs.Client).ListQueueTags),
		"ListQueues":         pages(sqs.NewListQueuesPaginator),
	}},
	{model: "ssm", prefix: "ssm", client: of(ssm.NewFromConfig), reads: reads{
		"DescribeParameters":  pages(ssm.NewDescribeParametersPaginator),
		"ListTagsForResource": one((*ssm.Client).ListTagsForResource),
	}},
	{model: "stepfunctions", prefix: "states", client: of(sfn.NewFromConfig), reads: reads{
		"DescribeActivity":     one((*sfn.Client).DescribeActivity),
		"DescribeStateMachine": one((*sfn.Client).DescribeStateMachine),
		"ListActivities":       pages(sfn.NewListActivitiesPaginator),
		"ListStateMachines":    pages(sfn.NewListStateMachinesPaginator),
		"ListTagsForResource":  one((*sfn.Client).ListTagsForResource),
	}},
}
