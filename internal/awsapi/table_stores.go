package awsapi

// The stores behind and around Bedrock.
var storeReadings = []reading{
	{Type: "AWS::DynamoDB::GlobalTable", Skip: "a live table is read as AWS::DynamoDB::Table, replicas in their Regions"},
	{
		Type: "AWS::CloudTrail::EventDataStore", List: "ListEventDataStores", Items: "EventDataStores",
		Get: gets{{"GetEventDataStore", "EventDataStore=EventDataStoreArn"}}, ARN: "{EventDataStoreArn}", Tags: trailTags,
	},
	{
		// A trail of all Regions is listed in each; it is read at home.
		Type: "AWS::CloudTrail::Trail", List: "ListTrails", Items: "Trails", Only: "HomeRegion={region}",
		Get: gets{{"GetTrail", "Name=TrailARN"}}, ARN: "{TrailARN}", Tags: trailTags,
	},
	{
		Type: "AWS::DynamoDB::Table", List: "ListTables", Items: "TableNames",
		Get: gets{{"DescribeTable", "TableName=."}, {"GetResourcePolicy", "ResourceArn=@arn"}}, ARN: "arn:{partition}:dynamodb:{region}:{account}:table/{.}",
		Tags: tagging{get{"ListTagsOfResource", "ResourceArn=@arn"}, "Tags"},
	},
	{
		Type: "AWS::Elasticsearch::Domain", List: "ListDomainNames", With: "EngineType='Elasticsearch'", Items: "DomainNames", Only: "EngineType!=OpenSearch",
		Get: gets{{"DescribeElasticsearchDomain", "DomainName=DomainName"}}, ARN: "arn:{partition}:es:{region}:{account}:domain/{DomainName}", Tags: domainTags,
	},
	{
		Type: "AWS::OpenSearchService::Domain", List: "ListDomainNames", With: "EngineType='OpenSearch'", Items: "DomainNames", Only: "EngineType!=Elasticsearch",
		Get: gets{{"DescribeDomain", "DomainName=DomainName"}}, ARN: "arn:{partition}:es:{region}:{account}:domain/{DomainName}", Tags: domainTags,
	},
	{
		Type: "AWS::Kendra::Index", List: "ListIndices", Items: "IndexConfigurationSummaryItems",
		Get: gets{{"DescribeIndex", "Id=Id"}}, ARN: "arn:{partition}:kendra:{region}:{account}:index/{Id}",
		Tags: tagging{get{"ListTagsForResource", "ResourceARN=@arn"}, "Tags"},
	},
	{
		Type: "AWS::Kinesis::Stream", List: "ListStreams", Items: "StreamNames",
		Get: gets{{"DescribeStreamSummary", "StreamName=."}}, ARN: "arn:{partition}:kinesis:{region}:{account}:stream/{.}",
		Tags: tagging{get{"ListTagsForStream", "StreamName=."}, "Tags"},
	},
	{
		Type: "AWS::KinesisFirehose::DeliveryStream", List: "ListDeliveryStreams", Items: "DeliveryStreamNames",
		Get: gets{{"DescribeDeliveryStream", "DeliveryStreamName=."}}, ARN: "arn:{partition}:firehose:{region}:{account}:deliverystream/{.}",
		Tags: tagging{get{"ListTagsForDeliveryStream", "DeliveryStreamName=."}, "Tags"},
	},
	{
		Type: "AWS::Lambda::Function", List: "ListFunctions", Items: "Functions",
		Get: gets{{"GetFunction", "FunctionName=FunctionName"}}, ARN: "{FunctionArn}",
		Tags: tagging{get{"ListTags", "Resource=@arn"}, "Tags"},
	},
	{
		Type: "AWS::Logs::LogGroup", List: "DescribeLogGroups", Items: "logGroups",
		ARN: "arn:{partition}:logs:{region}:{account}:log-group:{logGroupName}", Tags: agentTags,
	},
	{
		// The list of Neptune has Aurora's clusters too.
		Type: "AWS::Neptune::DBCluster", List: "DescribeDBClusters", Items: "DBClusters", Only: "Engine=neptune", ARN: "{DBClusterArn}", Tags: databaseTags,
	},
	{
		Type: "AWS::NeptuneGraph::Graph", List: "ListGraphs", Items: "graphs",
		Get: gets{{"GetGraph", "graphIdentifier=id"}}, ARN: "{arn}", Tags: agentTags,
	},
	{
		Type: "AWS::OpenSearchServerless::Collection", List: "ListCollections", Items: "collectionSummaries",
		Get: gets{{"BatchGetCollection", "ids=id"}}, ARN: "{arn}", Tags: agentTags,
	},
	{
		Type: "AWS::OpenSearchServerless::SecurityPolicy", List: "ListSecurityPolicies", With: "type='encryption'", Items: "securityPolicySummaries",
		Get: gets{{"GetSecurityPolicy", "type=type name=name"}}, ARN: "arn:{partition}:aoss:{region}:{account}:security-policy/{type}/{name}",
	},
	{
		Type: "AWS::RDS::DBCluster", List: "DescribeDBClusters", Items: "DBClusters", Only: "Engine!=neptune", ARN: "{DBClusterArn}",
		Tags: databaseTags,
	},
	{
		Type: "AWS::RDS::DBInstance", List: "DescribeDBInstances", Items: "DBInstances", Only: "Engine!=neptune", ARN: "{DBInstanceArn}",
		Tags: databaseTags,
	},
	{
		Type: "AWS::Redshift::Cluster", List: "DescribeClusters", Items: "Clusters",
		ARN: "arn:{partition}:redshift:{region}:{account}:cluster:{ClusterIdentifier}",
	},
	{
		Type: "AWS::RedshiftServerless::Namespace", List: "ListNamespaces", Items: "namespaces",
		Get: gets{{"GetNamespace", "namespaceName=namespaceName"}}, ARN: "{namespaceArn}", Tags: agentTags,
	},
	{
		Type: "AWS::S3::Bucket", List: "ListBuckets", With: "BucketRegion={region}", Items: "Buckets",
		Get: gets{{"GetBucketEncryption", "Bucket=Name"}, {"GetBucketPolicy", "Bucket=Name"}}, ARN: "arn:{partition}:s3:::{Name}",
		Tags: tagging{get{"GetBucketTagging", "Bucket=Name"}, "TagSet"},
	},
	{
		Type: "AWS::S3Vectors::VectorBucket", List: "ListVectorBuckets", Items: "vectorBuckets",
		Get: gets{{"GetVectorBucket", "vectorBucketArn=vectorBucketArn"}, {"GetVectorBucketPolicy", "vectorBucketArn=vectorBucketArn"}}, ARN: "{vectorBucketArn}", Tags: agentTags,
	},
	{
		Type: "AWS::S3Vectors::Index", Of: "AWS::S3Vectors::VectorBucket", List: "ListIndexes", With: "vectorBucketArn=^vectorBucketArn", Items: "indexes",
		Get: gets{{"GetIndex", "indexArn=indexArn"}}, ARN: "{indexArn}", Tags: agentTags,
	},
	{
		Type: "AWS::SNS::Topic", List: "ListTopics", Items: "Topics",
		Get: gets{{"GetTopicAttributes", "TopicArn=TopicArn"}}, ARN: "{TopicArn}",
		Tags: tagging{get{"ListTagsForResource", "ResourceArn=@arn"}, "Tags"},
	},
	{
		Type: "AWS::SQS::Queue", List: "ListQueues", Items: "QueueUrls",
		Get: gets{{"GetQueueAttributes", "QueueUrl=. AttributeNames='All'"}}, ARN: "arn:{partition}:sqs:{region}:{account}:{/.}",
		Tags: tagging{get{"ListQueueTags", "QueueUrl=."}, "Tags"},
	},
	{
		Type: "AWS::SSM::Parameter", List: "DescribeParameters", Items: "Parameters", ARN: "{ARN}",
		Tags: tagging{get{"ListTagsForResource", "ResourceType='Parameter' ResourceId=Name"}, "TagList"},
	},
	{
		Type: "AWS::SecretsManager::Secret", List: "ListSecrets", Items: "SecretList",
		Get: gets{{"DescribeSecret", "SecretId=ARN"}, {"GetResourcePolicy", "SecretId=ARN"}}, ARN: "{ARN}", Tags: tagging{get{"DescribeSecret", "SecretId=ARN"}, "Tags"},
	},
	{
		Type: "AWS::StepFunctions::Activity", List: "ListActivities", Items: "activities",
		Get: gets{{"DescribeActivity", "activityArn=activityArn"}}, ARN: "{activityArn}", Tags: agentTags,
	},
	{
		Type: "AWS::StepFunctions::StateMachine", List: "ListStateMachines", Items: "stateMachines",
		Get: gets{{"DescribeStateMachine", "stateMachineArn=stateMachineArn includedData='METADATA_ONLY'"}}, ARN: "{stateMachineArn}", Tags: agentTags,
	},
}

var (
	trailTags    = tagging{get{"ListTags", "ResourceIdList=@arn"}, "ResourceTagList.TagsList"}
	domainTags   = tagging{get{"ListTags", "ARN=@arn"}, "TagList"}
	databaseTags = tagging{get{"ListTagsForResource", "ResourceName=@arn"}, "TagList"}
)
