package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	admin = "AKIAADMIN0000000"
	exact = "AKIAEXACT0000000"
	role  = "arn:aws:iam::111122223333:role/config"
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: exact
        access-keys: [{id: AKIAEXACT0000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "config:*", Resource: "*"}]}
    roles:
      - name: config
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: config.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          reads: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["rds:DescribeDBInstances", "cloudtrail:DescribeTrails", "logs:DescribeLogGroups", "s3:PutObject", "s3:PutObjectAcl"], Resource: "*"}]}
      - name: stranger
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/turning, rotation: true}
      - {region: eu-west-1, alias: alias/still}
      - {region: eu-west-1, alias: alias/signing, spec: ECC_NIST_P256, usage: SIGN_VERIFY}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "s3:CreateBucket", with: {Bucket: audit-of-wards, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
`

// recorded is a plane with a recorder that records.
func recorded(t *testing.T, change ...func(*local.Options)) (*localtest.Plane, *localtest.API) {
	t.Helper()
	p := localtest.Open(t, seed, change...)
	api := p.API("config", admin)
	api.Do(t, "PutConfigurationRecorder", `{"ConfigurationRecorder":{"name":"default","roleARN":"`+role+`"}}`)
	api.Do(t, "PutDeliveryChannel", `{"DeliveryChannel":{"name":"default","s3BucketName":"audit-of-wards"}}`)
	api.Do(t, "StartConfigurationRecorder", `{"ConfigurationRecorderName":"default"}`)
	return p, api
}

func put(t *testing.T, api *localtest.API, name, identifier, more string) {
	t.Helper()
	api.Do(t, "PutConfigRule", ruleInput(name, identifier, more))
}

func ruleInput(name, identifier, more string) string {
	return fmt.Sprintf(`{"ConfigRule":{"ConfigRuleName":"%s","Source":{"Owner":"AWS","SourceIdentifier":"%s"}%s}}`, name, identifier, more)
}

// says is what a rule says: its compliance, and that of each resource by the end of its id.
func says(t *testing.T, api *localtest.API, name string) string {
	t.Helper()
	out := api.Do(t, "DescribeComplianceByConfigRule", `{"ConfigRuleNames":["`+name+`"]}`).Objects("ComplianceByConfigRules")[0].Object("Compliance")
	text := out.Text("ComplianceType")
	if out.Has("ComplianceContributorCount") {
		text += fmt.Sprintf(" %d", out.Int("ComplianceContributorCount.CappedCount"))
	}
	return text
}

func details(t *testing.T, api *localtest.API, name string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, o := range api.Do(t, "GetComplianceDetailsByConfigRule", `{"ConfigRuleName":"`+name+`"}`).Objects("EvaluationResults") {
		q := o.Object("EvaluationResultIdentifier.EvaluationResultQualifier")
		out[q.Text("ResourceId")] = q.Text("ResourceType") + " " + o.Text("ComplianceType")
	}
	return out
}

func keyID(p *localtest.Plane, alias string) string {
	arn := p.KeyARN("111122223333", localtest.Region, alias)
	return arn[strings.LastIndexByte(arn, '/')+1:]
}

func TestRules(t *testing.T) {
	p, api := recorded(t)
	put(t, api, "rotation", "CMK_BACKING_KEY_ROTATION_ENABLED", "")
	put(t, api, "kept", "KMS_CMK_NOT_SCHEDULED_FOR_DELETION", "")
	put(t, api, "one", "KMS_CMK_NOT_SCHEDULED_FOR_DELETION", `,"InputParameters":"{\"kmsKeyIds\":\"`+keyID(p, "alias/turning")+`\"}"`)
	put(t, api, "storage", "RDS_STORAGE_ENCRYPTED", "")
	put(t, api, "logs", "CLOUDWATCH_LOG_GROUP_ENCRYPTED", "")
	put(t, api, "secrets", "SECRETSMANAGER_USING_CMK", "")
	want := func(rule, text string) {
		t.Helper()
		if got := says(t, api, rule); got != text {
			t.Errorf("%s says %s, want %s", rule, got, text)
		}
	}
	want("rotation", "NON_COMPLIANT 1")
	got := details(t, api, "rotation")
	if len(got) != 2 || got[keyID(p, "alias/turning")] != "AWS::KMS::Key COMPLIANT" || got[keyID(p, "alias/still")] != "AWS::KMS::Key NON_COMPLIANT" {
		t.Errorf("rotation: %v", got)
	}
	p.API("kms", admin).Do(t, "EnableKeyRotation", `{"KeyId":"`+keyID(p, "alias/still")+`"}`)
	want("rotation", "COMPLIANT")
	want("kept", "COMPLIANT")
	p.API("kms", admin).Do(t, "ScheduleKeyDeletion", `{"KeyId":"`+keyID(p, "alias/still")+`"}`)
	want("kept", "NON_COMPLIANT 1")
	want("one", "COMPLIANT")

	want("storage", "INSUFFICIENT_DATA")
	rds := p.API("rds", admin)
	instance := `"DBInstanceClass":"db.t4g.micro","Engine":"postgres","MasterUsername":"o","MasterUserPassword":"password"`
	plain := rds.Do(t, "CreateDBInstance", `{"DBInstanceIdentifier":"plain",`+instance+`}`).Text("DBInstance.DbiResourceId")
	rds.Do(t, "CreateDBInstance", `{"DBInstanceIdentifier":"kept","StorageEncrypted":true,"KmsKeyId":"alias/turning",`+instance+`}`)
	want("storage", "NON_COMPLIANT 1")
	if got := details(t, api, "storage"); len(got) != 2 || got[plain] != "AWS::RDS::DBInstance NON_COMPLIANT" {
		t.Errorf("storage: %v", got)
	}
	put(t, api, "storage", "RDS_STORAGE_ENCRYPTED", `,"InputParameters":"{\"kmsKeyId\":\"arn:aws:kms:eu-west-1:111122223333:key/other\"}"`)
	want("storage", "NON_COMPLIANT 2")
	put(t, api, "storage", "RDS_STORAGE_ENCRYPTED", `,"Scope":{"ComplianceResourceTypes":["AWS::RDS::DBInstance"],"ComplianceResourceId":"`+plain+`"}`)
	want("storage", "NON_COMPLIANT 1")
	put(t, api, "storage", "RDS_STORAGE_ENCRYPTED", `,"Scope":{"ComplianceResourceTypes":["AWS::S3::Bucket"]}`)
	want("storage", "INSUFFICIENT_DATA")

	p.API("logs", admin).Do(t, "CreateLogGroup", `{"logGroupName":"/ward"}`)
	want("logs", "NON_COMPLIANT 1")
	put(t, api, "trails", "CLOUD_TRAIL_ENCRYPTION_ENABLED", "")
	want("trails", "INSUFFICIENT_DATA")
	s3(t, p, "PutBucketPolicy", `{"Bucket":"audit-of-wards","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"s3:*\",\"Resource\":[\"arn:aws:s3:::audit-of-wards\",\"arn:aws:s3:::audit-of-wards/*\"]}]}"}`)
	trail := p.API("cloudtrail", admin).Do(t, "CreateTrail", `{"Name":"wards","S3BucketName":"audit-of-wards"}`).Text("TrailARN")
	want("trails", "NON_COMPLIANT 1")
	if got := details(t, api, "trails"); got[trail] != "AWS::CloudTrail::Trail NON_COMPLIANT" {
		t.Errorf("trails: %v", got)
	}
	// The role may not list secrets.
	p.API("secretsmanager", admin).Do(t, "CreateSecret", `{"Name":"s","ClientRequestToken":"11111111-1111-1111-1111-111111111111"}`)
	want("secrets", "INSUFFICIENT_DATA")

	put(t, api, "storage", "RDS_STORAGE_ENCRYPTED", "")
	want("storage", "NON_COMPLIANT 1")
	api.Do(t, "StopConfigurationRecorder", `{"ConfigurationRecorderName":"default"}`)
	want("storage", "INSUFFICIENT_DATA")
	want("kept", "NON_COMPLIANT 1")

	only := api.Do(t, "DescribeComplianceByConfigRule", `{"ComplianceTypes":["COMPLIANT"]}`).Objects("ComplianceByConfigRules")
	if len(only) != 2 || only[0].Text("ConfigRuleName") != "rotation" || only[1].Text("ConfigRuleName") != "one" {
		t.Errorf("compliant: %v", only)
	}
}

func TestRule(t *testing.T) {
	_, api := recorded(t, func(o *local.Options) { o.Settle = time.Minute })
	put(t, api, "r", "CMK_BACKING_KEY_ROTATION_ENABLED", `,"Description":"d","MaximumExecutionFrequency":"One_Hour"`)
	first := api.Do(t, "DescribeConfigRules", `{}`).Objects("ConfigRules")[0]
	localtest.Same(t, "rule", first, `{"ConfigRuleName":"r","ConfigRuleState":"ACTIVE","Description":"d","MaximumExecutionFrequency":"One_Hour","Source":{"Owner":"AWS","SourceIdentifier":"CMK_BACKING_KEY_ROTATION_ENABLED"},"EvaluationModes":[{"Mode":"DETECTIVE"}]}`)
	arn := first.Text("ConfigRuleArn")
	if arn != "arn:aws:config:eu-west-1:111122223333:config-rule/"+first.Text("ConfigRuleId") || len(first.Text("ConfigRuleId")) != 18 {
		t.Errorf("rule %v", first)
	}
	put(t, api, "r", "KMS_CMK_NOT_SCHEDULED_FOR_DELETION", "")
	second := api.Do(t, "DescribeConfigRules", `{"ConfigRuleNames":["r"]}`).Objects("ConfigRules")[0]
	localtest.Same(t, "replaced", second, `{"ConfigRuleArn":"`+arn+`","Description":null,"MaximumExecutionFrequency":null,"Source":{"Owner":"AWS","SourceIdentifier":"KMS_CMK_NOT_SCHEDULED_FOR_DELETION"}}`)

	api.Do(t, "TagResource", `{"ResourceArn":"`+arn+`","Tags":[{"Key":"a","Value":"b"},{"Key":"c","Value":"d"}]}`)
	api.Do(t, "UntagResource", `{"ResourceArn":"`+arn+`","TagKeys":["a"]}`)
	localtest.Same(t, "tags", api.Do(t, "ListTagsForResource", `{"ResourceArn":"`+arn+`"}`), `{"Tags":[{"Key":"c","Value":"d"}]}`)
	if got := api.Refused(t, admin, "ListTagsForResource", `{"ResourceArn":"arn:aws:config:eu-west-1:111122223333:config-rule/x"}`, "ResourceNotFoundException"); got != "ResourceArn 'arn:aws:config:eu-west-1:111122223333:config-rule/x' does not exist" {
		t.Error(got)
	}
	for name, try := range map[string]struct{ in, code, text string }{
		"another rule":      {ruleInput("x", "ROOT_ACCOUNT_MFA_ENABLED", ""), "InvalidParameterValueException", "not implemented by the local plane: the managed rule ROOT_ACCOUNT_MFA_ENABLED"},
		"a function":        {`{"ConfigRule":{"ConfigRuleName":"x","Source":{"Owner":"CUSTOM_LAMBDA"}}}`, "InvalidParameterValueException", "not implemented by the local plane: rules of the owner CUSTOM_LAMBDA"},
		"a scope":           {ruleInput("x", "RDS_STORAGE_ENCRYPTED", `,"Scope":{"TagKey":"a"}`), "InvalidParameterValueException", "not implemented by the local plane: a scope by tags or services"},
		"parameters":        {ruleInput("x", "RDS_STORAGE_ENCRYPTED", `,"InputParameters":"x"`), "InvalidParameterValueException", "Invalid json x passed in the inputParameters field."},
		"another parameter": {ruleInput("x", "RDS_STORAGE_ENCRYPTED", `,"InputParameters":"{\"a\":\"b\"}"`), "InvalidParameterValueException", "Unknown parameters provided in the inputParameters: a."},
		"before the fact":   {ruleInput("x", "RDS_STORAGE_ENCRYPTED", `,"EvaluationModes":[{"Mode":"PROACTIVE"}]`), "InvalidParameterValueException", "not implemented by the local plane: proactive evaluation"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := api.Refused(t, admin, "PutConfigRule", try.in, try.code); got != try.text {
				t.Error(got)
			}
		})
	}
	api.Do(t, "DeleteConfigRule", `{"ConfigRuleName":"r"}`)
	localtest.Same(t, "deleting", api.Do(t, "DescribeConfigRules", `{}`).Objects("ConfigRules")[0], `{"ConfigRuleState":"DELETING"}`)
	api.Refused(t, admin, "DeleteConfigRule", `{"ConfigRuleName":"r"}`, "ResourceInUseException")
	for _, operation := range []string{"DeleteConfigRule", "GetComplianceDetailsByConfigRule"} {
		if got := api.Refused(t, admin, operation, `{"ConfigRuleName":"none"}`, "NoSuchConfigRuleException"); got != "The ConfigRule 'none' provided in the request is invalid. Please check the configRule name" {
			t.Error(got)
		}
	}
}

// TestScope: whose keys and how many resources a rule judges.
func TestScope(t *testing.T) {
	p, api := recorded(t)
	put(t, api, "rotation", "CMK_BACKING_KEY_ROTATION_ENABLED", "")
	if _, err := p.KMS.Managed(t.Context(), "111122223333", localtest.Region, "rds"); err != nil {
		t.Fatal(err)
	}
	p.API("kms", admin).Do(t, "CreateKey", `{"Origin":"EXTERNAL"}`)
	off := p.API("kms", admin).Do(t, "CreateKey", `{}`).Text("KeyMetadata.KeyId")
	p.API("kms", admin).Do(t, "DisableKey", `{"KeyId":"`+off+`"}`)
	if got := details(t, api, "rotation"); len(got) != 2 {
		t.Errorf("keys of AWS, with imported material or disabled are judged: %v", got)
	}
	put(t, api, "kept", "KMS_CMK_NOT_SCHEDULED_FOR_DELETION", "")
	if got := details(t, api, "kept"); len(got) != 5 {
		t.Errorf("all keys of the customer: %v", got)
	}

	put(t, api, "logs", "CLOUDWATCH_LOG_GROUP_ENCRYPTED", "")
	for i := range 51 { // one more than a page of DescribeLogGroups
		p.API("logs", admin).Do(t, "CreateLogGroup", fmt.Sprintf(`{"logGroupName":"/ward/%02d"}`, i))
	}
	if got := details(t, api, "logs"); len(got) != 51 {
		t.Errorf("%d log groups", len(got))
	}
	localtest.Same(t, "many", api.Do(t, "DescribeComplianceByConfigRule", `{"ConfigRuleNames":["logs"]}`).Objects("ComplianceByConfigRules")[0],
		`{"Compliance":{"ComplianceType":"NON_COMPLIANT","ComplianceContributorCount":{"CappedCount":25,"CapExceeded":true}}}`)

	put(t, api, "secrets", "SECRETSMANAGER_USING_CMK", "")
	p.API("iam", admin).Do(t, "PutRolePolicy", `{"RoleName":"config","PolicyName":"secrets","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"secretsmanager:ListSecrets\",\"Resource\":\"*\"}]}"}`)
	own := p.KeyARN("111122223333", localtest.Region, "alias/turning")
	for i, key := range []string{"", `,"KmsKeyId":"alias/aws/secretsmanager"`, `,"KmsKeyId":"` + own + `"`} {
		p.API("secretsmanager", admin).Do(t, "CreateSecret", fmt.Sprintf(`{"Name":"s%d","SecretString":"x","ClientRequestToken":"11111111-1111-1111-1111-11111111111%d"%s}`, i, i, key))
	}
	if got := says(t, api, "secrets"); got != "NON_COMPLIANT 2" {
		t.Errorf("secrets: %s", got)
	}
	put(t, api, "secrets", "SECRETSMANAGER_USING_CMK", `,"InputParameters":"{\"kmsKeyArns\":\"arn:aws:kms:eu-west-1:111122223333:key/other\"}"`)
	if got := says(t, api, "secrets"); got != "NON_COMPLIANT 3" {
		t.Errorf("secrets under another key: %s", got)
	}
}

// s3 makes a call of S3 as the administrator.
func s3(t *testing.T, p *localtest.Plane, operation, input string) wire.Object {
	t.Helper()
	who := p.STS.UserCaller(p.IAM.User("111122223333", "admin"))
	return localtest.Must(p.World.Do(t.Context(), who, localtest.Region, "s3", operation, []byte(input)))(t)
}

func TestRecorder(t *testing.T) {
	p := localtest.Open(t, seed)
	api := p.API("config", admin)
	if got := api.Refused(t, admin, "PutConfigRule", ruleInput("x", "RDS_STORAGE_ENCRYPTED", ""), "NoAvailableConfigurationRecorderException"); got != "Configuration recorder is not available to put config rule." {
		t.Error(got)
	}
	channel := `{"DeliveryChannel":{"name":"default","s3BucketName":"audit-of-wards","s3KeyPrefix":"p","s3KmsKeyArn":"` + p.KeyARN("111122223333", localtest.Region, "alias/still") + `"}}`
	if got := api.Refused(t, admin, "PutDeliveryChannel", channel, "NoAvailableConfigurationRecorderException"); got != "Configuration recorder is not available to put delivery channel." {
		t.Error(got)
	}
	api.Refused(t, exact, "PutConfigurationRecorder", `{"ConfigurationRecorder":{"roleARN":"`+role+`"}}`, "AccessDeniedException")
	api.Do(t, "PutConfigurationRecorder", `{"ConfigurationRecorder":{"roleARN":"`+role+`"}}`)
	localtest.Same(t, "recorder", api.Do(t, "DescribeConfigurationRecorders", `{}`).Objects("ConfigurationRecorders")[0], `{"name":"default","roleARN":"`+role+`","recordingMode":{"recordingFrequency":"CONTINUOUS"},"Recording":null}`)
	if got := api.Refused(t, admin, "PutConfigurationRecorder", `{"ConfigurationRecorder":{"name":"two","roleARN":"`+role+`"}}`, "MaxNumberOfConfigurationRecordersExceededException"); got != "Failed to put configuration recorder 'two' because the maximum number of configuration recorders: 1 is reached." {
		t.Error(got)
	}
	start := `{"ConfigurationRecorderName":"default"}`
	if got := api.Refused(t, admin, "StartConfigurationRecorder", start, "NoAvailableDeliveryChannelException"); got != "Delivery channel is not available to start configuration recorder." {
		t.Error(got)
	}

	// The role may not use the key, which is what the channel is tried with.
	p.SetKeyPolicy("111122223333", localtest.Region, "alias/still", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"}]}`)
	if got := api.Refused(t, admin, "PutDeliveryChannel", channel, "InsufficientDeliveryPolicyException"); !strings.HasPrefix(got, "Insufficient delivery policy to s3 bucket: audit-of-wards, unable to write to bucket, provided s3 key prefix is 'p', provided kms key is 'arn:aws:kms:") {
		t.Error(got)
	}
	p.SetKeyPolicy("111122223333", localtest.Region, "alias/still", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+role+`"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"}]}`)
	api.Do(t, "PutDeliveryChannel", channel)
	file := s3(t, p, "GetObject", `{"Bucket":"audit-of-wards","Key":"p/AWSLogs/111122223333/Config/ConfigWritabilityCheckFile"}`)
	localtest.Same(t, "file", file, `{"ServerSideEncryption":"aws:kms","SSEKMSKeyId":"`+p.KeyARN("111122223333", localtest.Region, "alias/still")+`"}`)
	if got := api.Refused(t, admin, "PutDeliveryChannel", `{"DeliveryChannel":{"s3BucketName":"none-of-them"}}`, "NoSuchBucketException"); got != "Cannot find a S3 bucket with name 'none-of-them'." {
		t.Error(got)
	}
	api.Refused(t, admin, "PutDeliveryChannel", `{"DeliveryChannel":{"name":"two","s3BucketName":"audit-of-wards"}}`, "MaxNumberOfDeliveryChannelsExceededException")
	localtest.Same(t, "channel", api.Do(t, "DescribeDeliveryChannels", `{"DeliveryChannelNames":["default"]}`).Objects("DeliveryChannels")[0], `{"name":"default","s3BucketName":"audit-of-wards","s3KeyPrefix":"p"}`)

	api.Do(t, "StartConfigurationRecorder", start)
	status := func() wire.Object {
		return api.Do(t, "DescribeConfigurationRecorderStatus", `{"ConfigurationRecorderNames":["default"]}`).Objects("ConfigurationRecordersStatus")[0]
	}
	if s := status(); !s.Bool("recording") || !s.Time("lastStartTime").Equal(p.Now().Truncate(time.Millisecond)) || s.Has("lastStopTime") {
		t.Errorf("status %v", s)
	}
	if got := api.Refused(t, admin, "DeleteDeliveryChannel", `{"DeliveryChannelName":"default"}`, "LastDeliveryChannelDeleteFailedException"); got != "Failed to delete last specified delivery channel with name 'default', because there is a running configuration recorder." {
		t.Error(got)
	}
	api.Do(t, "StopConfigurationRecorder", start)
	if s := status(); s.Bool("recording") || !s.Has("lastStopTime") {
		t.Errorf("status %v", s)
	}
	api.Do(t, "DeleteDeliveryChannel", `{"DeliveryChannelName":"default"}`)
	if got := api.Refused(t, admin, "DeleteDeliveryChannel", `{"DeliveryChannelName":"default"}`, "NoSuchDeliveryChannelException"); got != "Cannot find delivery channel with specified name 'default'." {
		t.Error(got)
	}
	api.Do(t, "DeleteConfigurationRecorder", start)
	if got := api.Refused(t, admin, "DeleteConfigurationRecorder", start, "NoSuchConfigurationRecorderException"); got != "Cannot find configuration recorder with the specified name 'default'." {
		t.Error(got)
	}
	// Roles that Config may not assume deliver by the policy of the bucket alone.
	api.Do(t, "PutConfigurationRecorder", `{"ConfigurationRecorder":{"roleARN":"arn:aws:iam::111122223333:role/stranger"}}`)
	if got := api.Refused(t, admin, "PutDeliveryChannel", `{"DeliveryChannel":{"s3BucketName":"audit-of-wards"}}`, "InsufficientDeliveryPolicyException"); got != "Insufficient delivery policy to s3 bucket: audit-of-wards, unable to write to bucket, provided s3 key prefix is 'null'." {
		t.Error(got)
	}
	s3(t, p, "PutBucketPolicy", `{"Bucket":"audit-of-wards","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"config.amazonaws.com\"},\"Action\":[\"s3:PutObject\",\"s3:PutObjectAcl\"],\"Resource\":\"arn:aws:s3:::audit-of-wards/*\"}]}"}`)
	api.Do(t, "PutDeliveryChannel", `{"DeliveryChannel":{"s3BucketName":"audit-of-wards"}}`)
}
