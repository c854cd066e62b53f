package catalog

import (
	"slices"
	"strings"
	"testing"
)

func TestLookups(t *testing.T) {
	c := embedded(t)
	e := c.Type("AWS::Bedrock::Guardrail")
	if e == nil || c.Terraform("awscc_bedrock_guardrail") != e || c.Lookup("aws_bedrock_guardrail") != e || c.Lookup("Guardrail") != e {
		t.Fatalf("the guardrail is not found by all its names: %v", e)
	}
	if c.Type("AWS::Bedrock::Nothing") != nil || c.Terraform("aws_nothing") != nil || c.Lookup("nothing") != nil {
		t.Error("found what is not there")
	}
	bucket, comp := c.Companion("aws_s3_bucket_server_side_encryption_configuration")
	if bucket != c.Type("AWS::S3::Bucket") || comp.By.String() != "bucket" {
		t.Errorf("companion of the bucket: %v by %s", bucket, comp.By)
	}
	key, comp := c.Companion("aws_kms_key_policy")
	if key != c.Type("AWS::KMS::Key") || comp.By.String() != "key_id" {
		t.Errorf("companion of the key: %v by %s", key, comp.By)
	}
	if e, comp := c.Companion("aws_s3_bucket"); e != nil || comp.Type != "" {
		t.Errorf("aws_s3_bucket is a companion of %v", e)
	}
	if s := e.Slot("nothing"); s != nil {
		t.Errorf("slot nothing: %v", s)
	}
}

// pathsIn gives the path of a slot's key and mode in one dialect; "-" when the
// dialect has none.
func pathsIn(s *Slot, dialect string) string {
	text := func(a At) string {
		if p, ok := a.Path(dialect); ok {
			return p.String()
		}
		return "-"
	}
	if s.Mode == nil {
		return text(s.At)
	}
	return text(s.At) + " | " + text(s.Mode.At)
}

func TestPathsPerDialect(t *testing.T) {
	const s3 = "apply_server_side_encryption_by_default.kms_master_key_id | "
	for _, x := range []struct{ entry, slot, dialect, want string }{
		{"AWS::Bedrock::Guardrail", "configuration", "cloudformation", "KmsKeyArn"},
		{"AWS::Bedrock::Guardrail", "configuration", "aws_bedrock_guardrail", "kms_key_arn"},
		{"AWS::Bedrock::Guardrail", "configuration", "awscc_bedrock_guardrail", "kms_key_arn"},
		{"AWS::S3::Bucket", "default-encryption", "cloudformation",
			"BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.KMSMasterKeyID | " +
				"BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.SSEAlgorithm"},
		{"AWS::S3::Bucket", "default-encryption", "awscc_s3_bucket",
			"bucket_encryption.server_side_encryption_configuration.server_side_encryption_by_default.kms_master_key_id | " +
				"bucket_encryption.server_side_encryption_configuration.server_side_encryption_by_default.sse_algorithm"},
		{"AWS::S3::Bucket", "default-encryption", "aws_s3_bucket",
			"server_side_encryption_configuration.rule." + s3 + "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm"},
		{"AWS::S3::Bucket", "default-encryption", "aws_s3_bucket_server_side_encryption_configuration",
			"rule." + s3 + "rule.apply_server_side_encryption_by_default.sse_algorithm"},
		{"AWS::Logs::LogGroup", "log-group", "aws_cloudwatch_log_group", "kms_key_id"},
		{"AWS::OpenSearchServerless::SecurityPolicy", "encryption", "cloudformation", "Policy:json.KmsARN | Policy:json.AWSOwnedKey"},
		{"AWS::OpenSearchServerless::SecurityPolicy", "encryption", "awscc_opensearchserverless_security_policy", "policy:json.KmsARN | policy:json.AWSOwnedKey"},
		{"AWS::OpenSearchServerless::Collection", "encryption", "awscc_opensearchserverless_collection", "encryption_config.kms_key_arn | encryption_config.aws_owned_key"},
		{"AWS::S3Vectors::Index", "encryption", "aws_s3vectors_index", "encryption_configuration.kms_key_arn | encryption_configuration.sse_type"},
		{"AWS::Neptune::DBCluster", "storage", "aws_neptune_cluster", "kms_key_arn | storage_encrypted"},
		{"AWS::Neptune::DBCluster", "storage", "awscc_neptune_db_cluster", "kms_key_id | storage_encrypted"},
		{"AWS::RDS::DBInstance", "performance-insights", "awscc_rds_db_instance", "performance_insights_kms_key_id"},
		{"AWS::RDS::DBInstance", "storage", "aws_rds_cluster_instance", "- | -"},
		{"AWS::DynamoDB::Table", "table", "cloudformation", "SSESpecification.KMSMasterKeyId | SSESpecification.SSEEnabled"},
		{"AWS::DynamoDB::Table", "table", "awscc_dynamodb_table", "sse_specification.kms_master_key_id | sse_specification.sse_enabled"},
		{"AWS::SSM::Parameter", "value", "cloudformation", "- | Type"},
		{"AWS::SSM::Parameter", "value", "aws_ssm_parameter", "key_id | type"},
		{"AWS::KinesisFirehose::DeliveryStream", "stream", "awscc_kinesisfirehose_delivery_stream",
			"delivery_stream_encryption_configuration_input.key_arn | delivery_stream_encryption_configuration_input.key_type"},
		{"AWS::KinesisFirehose::DeliveryStream", "s3-destination", "awscc_kinesisfirehose_delivery_stream",
			"extended_s3_destination_configuration.encryption_configuration.kms_encryption_config.awskms_key_arn"},
		{"AWS::Lambda::Function", "code", "awscc_lambda_function", "code.source_kms_key_arn"},
		{"AWS::CloudTrail::Trail", "logs", "cloudformation", "KMSKeyId"},
		{"AWS::SNS::Topic", "messages", "cloudformation", "KmsMasterKeyId"},
		{"AWS::SQS::Queue", "messages", "aws_sqs_queue", "kms_master_key_id | sqs_managed_sse_enabled"},
	} {
		e := embedded(t).Type(x.entry)
		if e == nil || e.Slot(x.slot) == nil {
			t.Errorf("%s has no slot %s", x.entry, x.slot)
			continue
		}
		if got := pathsIn(e.Slot(x.slot), x.dialect); got != x.want {
			t.Errorf("%s %s in %s = %q, want %q", x.entry, x.slot, x.dialect, got, x.want)
		}
	}
}

// keyAttributes are the names that package graph asks for.
func TestAttributesOfKeys(t *testing.T) {
	for _, x := range []struct{ entry, dialect, want string }{
		{"AWS::KMS::Key", "cloudformation", "deletionDays=PendingWindowInDays description=Description enabled=Enabled multiRegion=MultiRegion origin=Origin " +
			"policy=KeyPolicy rotation=EnableKeyRotation rotationDays=RotationPeriodInDays spec=KeySpec tags=Tags usage=KeyUsage"},
		{"AWS::KMS::Key", "aws_kms_key", "customKeyStore=custom_key_store_id deletionDays=deletion_window_in_days description=description enabled=is_enabled " +
			"externalKey=xks_key_id multiRegion=multi_region policy=policy rotation=enable_key_rotation rotationDays=rotation_period_in_days " +
			"spec=customer_master_key_spec tags=tags usage=key_usage"},
		{"AWS::KMS::Key", "aws_kms_external_key", "deletionDays=deletion_window_in_days description=description enabled=enabled material=key_material_base64 " +
			"multiRegion=multi_region policy=policy spec=key_spec tags=tags usage=key_usage validTo=valid_to"},
		{"AWS::KMS::Key", "awscc_kms_key", "deletionDays=pending_window_in_days description=description enabled=enabled multiRegion=multi_region origin=origin " +
			"policy=key_policy rotation=enable_key_rotation rotationDays=rotation_period_in_days spec=key_spec tags=tags usage=key_usage"},
		{"AWS::KMS::Key", "aws_kms_key_policy", "policy=policy"},
		{"AWS::KMS::ReplicaKey", "aws_kms_replica_external_key", "deletionDays=deletion_window_in_days description=description enabled=enabled " +
			"material=key_material_base64 policy=policy primary=primary_key_arn tags=tags validTo=valid_to"},
		{"AWS::KMS::ReplicaKey", "cloudformation", "deletionDays=PendingWindowInDays description=Description enabled=Enabled policy=KeyPolicy primary=PrimaryKeyArn tags=Tags"},
		{"AWS::KMS::Alias", "aws_kms_alias", "name=name namePrefix=name_prefix target=target_key_id"},
		{"AWS::KMS::Alias", "awscc_kms_alias", "name=alias_name target=target_key_id"},
		{"AWS::KMS::Grant", "aws_kms_grant", "contextEquals=constraints.encryption_context_equals contextSubset=constraints.encryption_context_subset " +
			"grantee=grantee_principal key=key_id name=name operations=operations retiring=retiring_principal"},
	} {
		var got []string
		for name, at := range embedded(t).Type(x.entry).Attributes {
			if p, ok := at.Path(x.dialect); ok {
				got = append(got, name+"="+p.String())
			}
		}
		slices.Sort(got)
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%s in %s = %s\nwant %s", x.entry, x.dialect, s, x.want)
		}
	}
}

// The slots of stores that a declared dialect cannot name a key in. An addition
// here must be on purpose: such a slot is not seen in that dialect.
func TestStoreSlotsWithoutAPath(t *testing.T) {
	var got []string
	for _, e := range embedded(t).Entries() {
		if e.Family != FamilyStore {
			continue
		}
		dialects := slices.Clone(e.Terraform)
		if e.CloudFormation == Registered {
			dialects = append(dialects, Dialect)
		}
		for _, s := range e.Slots {
			for _, d := range dialects {
				found := false
				_, found = s.At.Path(d)
				for _, th := range s.Through {
					if _, ok := th.At.Path(d); ok {
						found = true
					}
				}
				if !found {
					got = append(got, e.Type+" "+s.Name+" "+d)
				}
			}
		}
	}
	want := []string{
		"AWS::DynamoDB::Table replica awscc_dynamodb_table",
		"AWS::DynamoDB::Table replica cloudformation",
		"AWS::Lambda::Function durable-execution aws_lambda_function",
		"AWS::RDS::DBInstance storage aws_rds_cluster_instance",
		"AWS::RDS::DBInstance cluster-storage aws_db_instance",
		"AWS::RDS::DBInstance master-secret aws_rds_cluster_instance",
		"AWS::SSM::Parameter value awscc_ssm_parameter",
		"AWS::SSM::Parameter value cloudformation",
	}
	if !slices.Equal(got, want) {
		t.Errorf("slots without a path:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The stores that the project promises to know.
func TestPromisedStores(t *testing.T) {
	for name, slot := range map[string]string{
		"AWS::S3::Bucket": "default-encryption", "AWS::Logs::LogGroup": "log-group",
		"AWS::OpenSearchServerless::Collection": "encryption", "AWS::OpenSearchServerless::SecurityPolicy": "encryption",
		"AWS::S3Vectors::VectorBucket": "encryption", "AWS::S3Vectors::Index": "encryption",
		"AWS::RDS::DBCluster": "storage", "AWS::RDS::DBInstance": "storage", "AWS::Neptune::DBCluster": "storage",
		"AWS::NeptuneGraph::Graph": "storage", "AWS::OpenSearchService::Domain": "storage", "AWS::Kendra::Index": "storage",
		"AWS::Redshift::Cluster": "storage", "AWS::RedshiftServerless::Namespace": "storage",
		"AWS::SecretsManager::Secret": "secret", "AWS::DynamoDB::Table": "table", "AWS::DynamoDB::GlobalTable": "table",
		"AWS::SSM::Parameter": "value", "AWS::KinesisFirehose::DeliveryStream": "stream", "AWS::Kinesis::Stream": "stream",
		"AWS::Lambda::Function": "environment", "AWS::StepFunctions::StateMachine": "definition",
		"AWS::StepFunctions::Activity": "tasks", "AWS::CloudTrail::Trail": "logs", "AWS::CloudTrail::EventDataStore": "events",
		"AWS::SNS::Topic": "messages", "AWS::SQS::Queue": "messages",
	} {
		e := embedded(t).Type(name)
		if e == nil || e.Family != FamilyStore || e.Slot(slot) == nil {
			t.Errorf("%s slot %s is missing", name, slot)
		}
	}
}
