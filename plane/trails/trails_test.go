package trails_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	alias   = "alias/trails"
	trail   = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
	admin   = "AKIAADMIN0000000"
	reader  = "AKIAREADER000000"
	tagger  = "AKIATAGGER000000"
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: reader
        access-keys: [{id: AKIAREADER000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3:*", "cloudtrail:GetTrail"], Resource: "*"}]}
      - name: tagger
        access-keys: [{id: AKIATAGGER000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "cloudtrail:CreateTrail", Resource: "*", Condition: {StringEquals: {"aws:RequestTag/team": ml}}}]}
    roles:
      - name: logs
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: cloudtrail.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/trails}
`

// world is a plane with a bucket.
type world struct {
	*localtest.Plane
	trails *localtest.API
	seen   map[string]bool
}

func open(t *testing.T) *world {
	t.Helper()
	p := localtest.Open(t, seed)
	w := &world{p, p.API("cloudtrail", admin), map[string]bool{}}
	w.bucket(t)
	return w
}

// s3Do makes a call of S3 in this process: it is none that a delivery comes with.
func (w *world) s3Do(t *testing.T, operation, input string) wire.Object {
	t.Helper()
	out, err := w.World.Do(t.Context(), w.STS.UserCaller(w.IAM.User(account, "admin")), region, "s3", operation, []byte(input))
	if err != nil {
		t.Fatalf("%s %s: %v", operation, input, err)
	}
	return out
}

// bucket makes the bucket "files" with the documented policy.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
func (w *world) bucket(t *testing.T) {
	t.Helper()
	w.s3Do(t, "CreateBucket", `{"Bucket":"files","CreateBucketConfiguration":{"LocationConstraint":"eu-west-1"}}`)
	w.policy(t, documented)
}

const documented = `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::files","Condition":{"StringEquals":{"aws:SourceArn":"` + trail + `"}}},
{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::files/AWSLogs/111122223333/*","Condition":{"StringEquals":{"aws:SourceArn":"` + trail + `","s3:x-amz-acl":"bucket-owner-full-control"}}}]}`

func (w *world) policy(t *testing.T, text string) {
	t.Helper()
	in, err := json.Marshal(map[string]string{"Bucket": "files", "Policy": text})
	if err != nil {
		t.Fatal(err)
	}
	w.s3Do(t, "PutBucketPolicy", string(in))
}

// keyPolicy is the documented policy of a key for trails, with the actions of CloudTrail.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
func keyPolicy(actions, source, encryption string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"},
{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":` + actions + `,"Resource":"*","Condition":{"StringEquals":{"aws:SourceArn":"` + source + `"},"StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"` + encryption + `"}}},
{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:DescribeKey","Resource":"*","Condition":{"StringEquals":{"aws:SourceArn":"` + source + `"}}}]}`
}

const everyTrail = "arn:aws:cloudtrail:*:111122223333:trail/*"

// files are the names and records of the log files in the bucket that were not seen before.
func (w *world) files(t *testing.T) (names []string, all []map[string]any) {
	t.Helper()
	for _, o := range w.s3Do(t, "ListObjectsV2", `{"Bucket":"files"}`).Objects("Contents") {
		if !strings.HasSuffix(o.Text("Key"), ".json.gz") || w.seen[o.Text("Key")] {
			continue
		}
		w.seen[o.Text("Key")] = true
		names = append(names, o.Text("Key"))
		z, err := gzip.NewReader(bytes.NewReader(w.s3Do(t, "GetObject", `{"Bucket":"files","Key":"`+o.Text("Key")+`"}`).Blob("Body")))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Records []map[string]any }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		all = append(all, file.Records...)
	}
	return names, all
}

// called are the operations of records.
func called(all []map[string]any) string {
	var out []string
	for _, r := range all {
		out = append(out, r["eventName"].(string))
	}
	return strings.Join(out, " ")
}

func TestTrail(t *testing.T) {
	w := open(t)
	c := w.trails
	out := c.Do(t, "CreateTrail", `{"Name":"main","S3BucketName":"files","EnableLogFileValidation":true,"TagsList":[{"Key":"a","Value":"1"}]}`)
	localtest.Same(t, "created", out, `{"Name":"main","S3BucketName":"files","TrailARN":"`+trail+`","LogFileValidationEnabled":true,"IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":false,"IsOrganizationTrail":false,"KmsKeyId":null}`)
	if got := c.Refused(t, admin, "CreateTrail", `{"Name":"main","S3BucketName":"files"}`, "TrailAlreadyExistsException"); got != "Trail main already exists for customer: 111122223333" {
		t.Errorf("again: %s", got)
	}
	if got := c.Refused(t, admin, "GetTrail", `{"Name":"other"}`, "TrailNotFoundException"); got != "Unknown trail: other for the user: 111122223333" {
		t.Errorf("unknown: %s", got)
	}
	localtest.Same(t, "got", c.Do(t, "GetTrail", `{"Name":"`+trail+`"}`), `{"Trail.Name":"main","Trail.HomeRegion":"eu-west-1","Trail.HasCustomEventSelectors":false,"Trail.HasInsightSelectors":false,"Trail.TrailARN":"`+trail+`"}`)
	localtest.Same(t, "tags", c.Do(t, "ListTags", `{"ResourceIdList":["`+trail+`"]}`), `{"ResourceTagList":[{"ResourceId":"`+trail+`","TagsList":[{"Key":"a","Value":"1"}]}]}`)
	c.Do(t, "AddTags", `{"ResourceId":"`+trail+`","TagsList":[{"Key":"b","Value":"2"}]}`)
	c.Do(t, "RemoveTags", `{"ResourceId":"`+trail+`","TagsList":[{"Key":"a"}]}`)
	localtest.Same(t, "tags", c.Do(t, "ListTags", `{"ResourceIdList":["`+trail+`"]}`), `{"ResourceTagList":[{"ResourceId":"`+trail+`","TagsList":[{"Key":"b","Value":"2"}]}]}`)

	// What is not given stays; what is given empty goes.
	w.policy(t, strings.ReplaceAll(documented, "files/AWSLogs", "files/p/AWSLogs"))
	localtest.Same(t, "updated", c.Do(t, "UpdateTrail", `{"Name":"main","S3KeyPrefix":"p","IsMultiRegionTrail":true}`), `{"S3KeyPrefix":"p","S3BucketName":"files","IsMultiRegionTrail":true,"LogFileValidationEnabled":true}`)
	w.policy(t, documented)
	localtest.Same(t, "updated", c.Do(t, "UpdateTrail", `{"Name":"main","S3KeyPrefix":""}`), `{"S3KeyPrefix":null,"IsMultiRegionTrail":true}`)

	localtest.Same(t, "described", c.Do(t, "DescribeTrails", `{}`), `{"trailList":[`+text(t, c.Do(t, "GetTrail", `{"Name":"main"}`).Object("Trail"))+`]}`)
	localtest.Same(t, "listed", c.Do(t, "ListTrails", `{}`), `{"Trails":[{"TrailARN":"`+trail+`","Name":"main","HomeRegion":"eu-west-1"}]}`)
	localtest.Same(t, "selectors", c.Do(t, "GetEventSelectors", `{"TrailName":"main"}`), `{"TrailARN":"`+trail+`","EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[],"ExcludeManagementEventSources":[]}],"AdvancedEventSelectors":null}`)
	c.Refused(t, admin, "PutEventSelectors", `{"TrailName":"main","EventSelectors":[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}]}`, "InvalidEventSelectorsException")
	c.Refused(t, reader, "DeleteTrail", `{"Name":"main"}`, "AccessDeniedException")
	// The tags of a request are condition keys, so the caller comes as far as the bucket's policy.
	c.Refused(t, tagger, "CreateTrail", `{"Name":"own","S3BucketName":"files","TagsList":[{"Key":"team","Value":"hr"}]}`, "AccessDeniedException")
	c.Refused(t, tagger, "CreateTrail", `{"Name":"own","S3BucketName":"files","TagsList":[{"Key":"team","Value":"ml"}]}`, "InsufficientS3BucketPolicyException")
	c.Do(t, "DeleteTrail", `{"Name":"main"}`)
	c.Refused(t, admin, "GetTrail", `{"Name":"main"}`, "TrailNotFoundException")
	c.Refused(t, admin, "ListTags", `{"ResourceIdList":["`+trail+`"]}`, "ResourceNotFoundException")
}

func text(t *testing.T, o wire.Object) string {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestBucket: policies that are in the way are told before there is a trail.
func TestBucket(t *testing.T) {
	w := open(t)
	if got := w.trails.Refused(t, admin, "CreateTrail", `{"Name":"main","S3BucketName":"none"}`, "S3BucketDoesNotExistException"); got != "S3 bucket none does not exist!" {
		t.Errorf("no bucket: %s", got)
	}
	for _, policy := range []string{
		strings.ReplaceAll(documented, "s3:GetBucketAcl", "s3:GetBucketPolicy"), strings.ReplaceAll(documented, "AWSLogs/111122223333", "AWSLogs/444455556666"),
		strings.ReplaceAll(documented, "trail/main", "trail/other"), strings.ReplaceAll(documented, "bucket-owner-full-control", "private"),
	} {
		w.policy(t, policy)
		if got := w.trails.Refused(t, admin, "CreateTrail", `{"Name":"main","S3BucketName":"files"}`, "InsufficientS3BucketPolicyException"); got != "Incorrect S3 bucket policy is detected for bucket: files" {
			t.Errorf("policy: %s", got)
		}
	}
	localtest.Same(t, "trails", w.trails.Do(t, "ListTrails", `{}`), `{"Trails":[]}`)
}

// TestKey: with what the documented policy of the key allows the trail is made, and without any
// part of it not.
func TestKey(t *testing.T) {
	w := open(t)
	key := w.KeyARN(account, region, alias)
	create := `{"Name":"main","S3BucketName":"files","KmsKeyId":"` + alias + `"}`
	for _, policy := range []string{
		keyPolicy(`["kms:Decrypt"]`, trail, everyTrail), keyPolicy(`["kms:GenerateDataKey*"]`, trail+"2", everyTrail), keyPolicy(`["kms:GenerateDataKey*"]`, trail, trail+"2"),
		strings.Replace(keyPolicy(`["kms:GenerateDataKey*"]`, trail, everyTrail), "kms:DescribeKey", "kms:ListGrants", 1),
	} {
		w.SetKeyPolicy(account, region, alias, policy)
		if got := w.trails.Refused(t, admin, "CreateTrail", create, "InsufficientEncryptionPolicyException"); got != "Insufficient permissions to access S3 bucket files or KMS key "+alias+"." {
			t.Errorf("key policy: %s", got)
		}
	}
	w.SetKeyPolicy(account, region, alias, keyPolicy(`["kms:GenerateDataKey*"]`, trail, everyTrail))
	w.trails.Refused(t, admin, "CreateTrail", strings.Replace(create, "alias/trails", "alias/none", 1), "KmsKeyNotFoundException")
	w.DisableKey(account, region, alias)
	w.trails.Refused(t, admin, "CreateTrail", create, "KmsException")
	w.EnableKey(account, region, alias)
	localtest.Same(t, "created", w.trails.Do(t, "CreateTrail", create), `{"KmsKeyId":"`+key+`"}`)

	w.trails.Do(t, "StartLogging", `{"Name":"main"}`)
	w.trails.Do(t, "DescribeTrails", `{}`)
	w.trails.Do(t, "StopLogging", `{"Name":"main"}`)
	names, all := w.files(t)
	if len(names) != 1 || !strings.Contains(called(all), "DescribeTrails") {
		t.Fatalf("files %v: %s", names, called(all))
	}
	head := w.s3Do(t, "HeadObject", `{"Bucket":"files","Key":"`+names[0]+`"}`)
	localtest.Same(t, "file", head, `{"ServerSideEncryption":"aws:kms","SSEKMSKeyId":"`+key+`","ContentEncoding":"gzip","ContentType":"application/json"}`)
	// The encryption context that the documented policy asks for is that of the file.
	for _, want := range []string{trail, trail + "2"} {
		w.SetKeyPolicy(account, region, alias, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/reader"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:cloudtrail:arn":"`+want+`","kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}]}`)
		_, err := w.World.Do(t.Context(), w.STS.UserCaller(w.IAM.User(account, "reader")), region, "s3", "GetObject", []byte(`{"Bucket":"files","Key":"`+names[0]+`"}`))
		if (err == nil) != (want == trail) {
			t.Errorf("with %s: %v", want, err)
		}
	}

	// Without the key there is no delivery, which the status tells; the records come later.
	w.SetKeyPolicy(account, region, alias, keyPolicy(`["kms:GenerateDataKey*"]`, trail, everyTrail))
	w.trails.Do(t, "StartLogging", `{"Name":"main"}`)
	w.trails.Do(t, "GetEventSelectors", `{"TrailName":"main"}`)
	w.DisableKey(account, region, alias)
	w.Pass(5 * time.Minute)
	w.trails.Do(t, "ListTrails", `{}`)
	localtest.Same(t, "status", w.trails.Do(t, "GetTrailStatus", `{"Name":"main"}`), `{"IsLogging":true,"LatestDeliveryError":"KMS.DisabledException"}`)
	w.EnableKey(account, region, alias)
	w.Pass(5 * time.Minute)
	w.trails.Do(t, "ListTrails", `{}`)
	localtest.Same(t, "status", w.trails.Do(t, "GetTrailStatus", `{"Name":"main"}`), `{"LatestDeliveryError":null}`)
	if names, all = w.files(t); len(names) != 1 || !strings.Contains(called(all), "GetEventSelectors") {
		t.Errorf("files %v: %s", names, called(all))
	}
	// The key can be taken away again.
	localtest.Same(t, "updated", w.trails.Do(t, "UpdateTrail", `{"Name":"main","KmsKeyId":""}`), `{"KmsKeyId":null,"S3BucketName":"files"}`)
}

// TestDelivery: a file comes with the first call after the interval, has what was called since
// logging began, and is where the documentation says.
func TestDelivery(t *testing.T) {
	w := open(t)
	c := w.trails
	c.Do(t, "CreateTrail", `{"Name":"main","S3BucketName":"files"}`)
	c.Do(t, "StartLogging", `{"Name":"main"}`)
	c.Do(t, "GetTrail", `{"Name":"main"}`)
	w.Pass(4 * time.Minute)
	c.Do(t, "ListTrails", `{}`)
	if names, _ := w.files(t); len(names) != 0 {
		t.Fatalf("too early: %v", names)
	}
	w.Pass(time.Minute)
	c.Do(t, "DescribeTrails", `{}`)
	names, all := w.files(t)
	at := w.Now()
	want := "AWSLogs/111122223333/CloudTrail/eu-west-1/" + at.Format("2006/01/02/") + "111122223333_CloudTrail_eu-west-1_" + at.Format("20060102T1504Z_")
	if len(names) != 1 || !strings.HasPrefix(names[0], want) || len(names[0]) != len(want)+16+len(".json.gz") {
		t.Fatalf("files %v, want %s", names, want)
	}
	if got := called(all); !strings.HasPrefix(got, "StartLogging GetTrail ListTrails") || !strings.HasSuffix(got, "DescribeTrails") || strings.Contains(got, "CreateTrail") || strings.Contains(got, "ListObjects") {
		t.Errorf("records %s", got)
	}
	localtest.Same(t, "status", c.Do(t, "GetTrailStatus", `{"Name":"main"}`), `{"IsLogging":true,"LatestDeliveryAttemptSucceeded":"`+at.Format(time.RFC3339)+`","LatestDeliveryError":null}`)
	c.Do(t, "PutEventSelectors", `{"TrailName":"main","EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true,"ExcludeManagementEventSources":["kms.amazonaws.com"]}]}`)
	localtest.Same(t, "got", c.Do(t, "GetTrail", `{"Name":"main"}`), `{"Trail.HasCustomEventSelectors":true}`)
	c.Do(t, "StopLogging", `{"Name":"main"}`)
	_, all = w.files(t)
	if got := called(all); got != "PutEventSelectors" {
		t.Errorf("selected %s", got)
	}
	if in, _ := all[0]["requestParameters"].(map[string]any); in["trailName"] != "main" || all[0]["eventSource"] != "cloudtrail.amazonaws.com" {
		t.Errorf("record %v", all[0])
	}
	c.Do(t, "AddTags", `{"ResourceId":"`+trail+`","TagsList":[{"Key":"a"}]}`)
	w.Pass(time.Hour)
	c.Do(t, "ListTrails", `{}`)
	if names, all = w.files(t); len(names) != 0 {
		t.Errorf("a trail that is stopped delivered %s", called(all))
	}
	localtest.Same(t, "status", c.Do(t, "GetTrailStatus", `{"Name":"main"}`), `{"IsLogging":false}`)
	// An advanced selector in the place of the others.
	c.Do(t, "PutEventSelectors", `{"TrailName":"main","AdvancedEventSelectors":[{"Name":"n","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","Equals":["false"]},{"Field":"eventName","NotEquals":["AddTags"]}]}]}`)
	c.Do(t, "StartLogging", `{"Name":"main"}`)
	c.Do(t, "AddTags", `{"ResourceId":"`+trail+`","TagsList":[{"Key":"a"}]}`)
	c.Do(t, "StopLogging", `{"Name":"main"}`)
	if _, all = w.files(t); called(all) != "StartLogging" {
		t.Errorf("selected %s", called(all))
	}
}

// TestDestinations: a topic hears of files, and a log group gets the records.
func TestDestinations(t *testing.T) {
	w := open(t)
	topics, queues, logs := w.API("sns", admin), w.API("sqs", admin), w.API("logs", admin)
	topics.Do(t, "CreateTopic", `{"Name":"files"}`)
	const topic = "arn:aws:sns:eu-west-1:111122223333:files"
	for _, name := range []string{"none", "files"} { // that topics begin with a policy is not enough
		if got := w.trails.Refused(t, admin, "CreateTrail", `{"Name":"main","S3BucketName":"files","SnsTopicName":"`+name+`"}`, "InsufficientSnsTopicPolicyException"); got != "SNS Topic does not exist or the topic policy is incorrect!" {
			t.Errorf("topic %s: %s", name, got)
		}
	}
	topics.Do(t, "SetTopicAttributes", `{"TopicArn":"`+topic+`","AttributeName":"Policy","AttributeValue":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"SNS:Publish\",\"Resource\":\"`+topic+`\",\"Condition\":{\"StringEquals\":{\"aws:SourceArn\":\"`+trail+`\"}}}]}"}`)
	queue := `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"sns.amazonaws.com\"},\"Action\":\"sqs:SendMessage\",\"Resource\":\"*\"}]}`
	url := queues.Do(t, "CreateQueue", `{"QueueName":"files","Attributes":{"Policy":"`+queue+`"}}`).Text("QueueUrl")
	logs.Do(t, "CreateLogGroup", `{"logGroupName":"trail"}`)
	w.trails.Do(t, "CreateTrail", `{"Name":"main","S3BucketName":"files","SnsTopicName":"files","CloudWatchLogsLogGroupArn":"arn:aws:logs:eu-west-1:111122223333:log-group:trail:*","CloudWatchLogsRoleArn":"arn:aws:iam::111122223333:role/logs"}`)
	localtest.Same(t, "got", w.trails.Do(t, "GetTrail", `{"Name":"main"}`), `{"Trail.SnsTopicARN":"`+topic+`","Trail.SnsTopicName":"files"}`)
	topics.Do(t, "Subscribe", `{"TopicArn":"`+topic+`","Protocol":"sqs","Endpoint":"arn:aws:sqs:eu-west-1:111122223333:files","Attributes":{"RawMessageDelivery":"true"}}`)
	w.trails.Do(t, "StartLogging", `{"Name":"main"}`)
	w.trails.Do(t, "StopLogging", `{"Name":"main"}`)
	names, _ := w.files(t)
	if got := queues.Do(t, "ReceiveMessage", `{"QueueUrl":"`+url+`"}`).Objects("Messages"); len(got) != 1 || got[0].Text("Body") != `{"s3Bucket":"files","s3ObjectKey":["`+names[0]+`"]}` {
		t.Errorf("notified of %v", got)
	}
	events := logs.Do(t, "GetLogEvents", `{"logGroupName":"trail","logStreamName":"111122223333_CloudTrail_eu-west-1"}`).Objects("events")
	if len(events) == 0 || !strings.Contains(events[0].Text("message"), `"eventName":"StartLogging"`) {
		t.Errorf("log events %v", events)
	}
}

func TestEventDataStore(t *testing.T) {
	w := open(t)
	c := w.trails
	key := w.KeyARN(account, region, alias)
	create := `{"Name":"lake","KmsKeyId":"` + alias + `"}`
	w.SetKeyPolicy(account, region, alias, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:GenerateDataKey","Resource":"*"}]}`)
	if got := c.Refused(t, admin, "CreateEventDataStore", create, "InsufficientEncryptionPolicyException"); got != "Insufficient permissions to access KMS key "+alias+"." {
		t.Errorf("key policy: %s", got)
	}
	w.SetKeyPolicy(account, region, alias, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}]}`)
	out := c.Do(t, "CreateEventDataStore", create)
	localtest.Same(t, "created", out, `{"Name":"lake","Status":"CREATED","KmsKeyId":"`+key+`","RetentionPeriod":366,"TerminationProtectionEnabled":true,"MultiRegionEnabled":true,"BillingMode":"EXTENDABLE_RETENTION_PRICING"}`)
	of := `{"EventDataStore":"` + out.Text("EventDataStoreArn") + `"`
	localtest.Same(t, "got", c.Do(t, "GetEventDataStore", of+`}`), `{"Status":"ENABLED","KmsKeyId":"`+key+`","FederationStatus":"DISABLED"}`)
	localtest.Same(t, "listed", c.Do(t, "ListEventDataStores", `{}`), `{"EventDataStores":[{"EventDataStoreArn":"`+out.Text("EventDataStoreArn")+`","Name":"lake"}]}`)
	c.Refused(t, admin, "CreateEventDataStore", create, "EventDataStoreAlreadyExistsException")
	c.Refused(t, admin, "UpdateEventDataStore", of+`,"KmsKeyId":"alias/other"}`, "InvalidParameterException")
	c.Refused(t, admin, "DeleteEventDataStore", of+`}`, "EventDataStoreTerminationProtectedException")
	localtest.Same(t, "updated", c.Do(t, "UpdateEventDataStore", of+`,"TerminationProtectionEnabled":false,"RetentionPeriod":7}`), `{"RetentionPeriod":7,"Name":"lake","KmsKeyId":"`+key+`"}`)
	c.Do(t, "UpdateEventDataStore", of+`,"RetentionPeriod":3653}`)
	c.Refused(t, admin, "UpdateEventDataStore", of+`,"BillingMode":"FIXED_RETENTION_PRICING"}`, "InvalidParameterException")
	c.Do(t, "StopEventDataStoreIngestion", of+`}`)
	localtest.Same(t, "got", c.Do(t, "GetEventDataStore", of+`}`), `{"Status":"STOPPED_INGESTION"}`)
	c.Do(t, "DeleteEventDataStore", of+`}`)
	localtest.Same(t, "deleted", c.Do(t, "GetEventDataStore", of+`}`), `{"Status":"PENDING_DELETION"}`)
	localtest.Same(t, "restored", c.Do(t, "RestoreEventDataStore", of+`}`), `{"Status":"ENABLED"}`)
	c.Refused(t, admin, "RestoreEventDataStore", of+`}`, "InvalidEventDataStoreStatusException")
	c.Do(t, "DeleteEventDataStore", of+`}`)
	w.Pass(7 * 24 * time.Hour)
	c.Refused(t, admin, "GetEventDataStore", of+`}`, "EventDataStoreNotFoundException")
}

// TestRegions: a trail of all Regions is known in each, has the records of each and is changed at
// home; another one has those of its own.
func TestRegions(t *testing.T) {
	w := open(t)
	there := func(operation, input string) (wire.Object, error) {
		return w.World.Do(t.Context(), w.STS.UserCaller(w.IAM.User(account, "admin")), "us-east-1", "cloudtrail", operation, []byte(input))
	}
	refused := func(operation, input, code string) {
		t.Helper()
		_, err := there(operation, input)
		var no *wire.Error
		if !errors.As(err, &no) || no.Code != code {
			t.Errorf("%s: %v, want %s", operation, err, code)
		}
	}
	w.trails.Do(t, "CreateTrail", `{"Name":"main","S3BucketName":"files"}`)
	w.trails.Do(t, "StartLogging", `{"Name":"main"}`)
	refused("GetTrail", `{"Name":"`+trail+`"}`, "TrailNotFoundException")
	w.trails.Do(t, "StopLogging", `{"Name":"main"}`)
	if names, _ := w.files(t); len(names) != 1 || !strings.Contains(names[0], "/eu-west-1/") {
		t.Errorf("files of one Region %v", names)
	}
	w.trails.Do(t, "UpdateTrail", `{"Name":"main","IsMultiRegionTrail":true}`)
	w.trails.Do(t, "StartLogging", `{"Name":"main"}`)
	localtest.Same(t, "there", localtest.Must(there("GetTrail", `{"Name":"`+trail+`"}`))(t), `{"Trail.HomeRegion":"eu-west-1"}`)
	localtest.Same(t, "there", localtest.Must(there("DescribeTrails", `{"includeShadowTrails":false}`))(t), `{"trailList":[]}`)
	localtest.Same(t, "there", localtest.Must(there("ListTrails", `{}`))(t), `{"Trails":[{"TrailARN":"`+trail+`","Name":"main","HomeRegion":"eu-west-1"}]}`)
	refused("UpdateTrail", `{"Name":"`+trail+`","S3KeyPrefix":"p"}`, "InvalidHomeRegionException")
	refused("DeleteTrail", `{"Name":"`+trail+`"}`, "InvalidHomeRegionException")
	w.trails.Do(t, "StopLogging", `{"Name":"main"}`)
	names, _ := w.files(t)
	if len(names) != 2 || !strings.Contains(names[0], "/eu-west-1/") || !strings.Contains(names[1], "/us-east-1/") {
		t.Errorf("files of all Regions %v", names)
	}
	if got := w.trails.Refused(t, admin, "UpdateTrail", `{"Name":"main","IncludeGlobalServiceEvents":false}`, "InvalidParameterCombinationException"); got != "Multi-Region trail must include global service events." {
		t.Errorf("without global events: %s", got)
	}
}

// TestRestart: a trail is there after a restart, and goes on.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	w := &world{p, p.API("cloudtrail", admin), map[string]bool{}}
	w.bucket(t)
	w.trails.Do(t, "CreateTrail", `{"Name":"main","S3BucketName":"files"}`)
	w.trails.Do(t, "StartLogging", `{"Name":"main"}`)
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	w = &world{p, p.API("cloudtrail", admin), map[string]bool{}}
	w.trails.Do(t, "GetTrail", `{"Name":"main"}`)
	p.Pass(5 * time.Minute)
	w.trails.Do(t, "ListTrails", `{}`)
	if _, all := w.files(t); called(all) != "GetTrail ListTrails" {
		t.Errorf("records %s", called(all))
	}
}
