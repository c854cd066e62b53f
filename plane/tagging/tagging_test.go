package tagging_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	admin  = "AKIAADMIN0000000"
	tagger = "AKIATAGGER000000"
	other  = "AKIAOTHER0000000"
	queue  = "arn:aws:sqs:eu-west-1:111122223333:jobs"
	bucket = "arn:aws:s3:::records-of-wards"
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: tagger
        access-keys: [{id: AKIATAGGER000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["tag:*", "sqs:TagQueue"], Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/records, tags: {team: red, data: health}}
      - {region: us-east-1, alias: alias/elsewhere, tags: {team: red}}
  "444455556666":
    users:
      - name: other
        access-keys: [{id: AKIAOTHER0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "sqs:CreateQueue", with: {QueueName: jobs, tags: {team: blue}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "s3:CreateBucket", with: {Bucket: records-of-wards, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "s3:PutBucketTagging", with: {Bucket: records-of-wards, Tagging: {TagSet: [{Key: team, Value: blue}, {Key: data, Value: none}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: ward, blockedInputMessaging: no, blockedOutputsMessaging: no, wordPolicyConfig: {wordsConfig: [{text: secret}]}, tags: [{key: team, value: ml}]}}
`

// found are the resources of an answer, short, with their tags.
func found(out wire.Object) string {
	var lines []string
	for _, o := range out.Objects("ResourceTagMappingList") {
		line := strings.Split(o.Text("ResourceARN"), ":")[2]
		for _, t := range o.Objects("Tags") {
			line += " " + t.Text("Key") + "=" + t.Text("Value")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

func TestGetResources(t *testing.T) {
	p := localtest.Open(t, seed)
	api := p.API("resourcegroupstaggingapi", admin)
	key := p.KeyARN("111122223333", localtest.Region, "alias/records")
	for name, try := range map[string]struct{ in, want string }{
		"all":               {`{}`, "bedrock team=ml, kms data=health team=red, s3 data=none team=blue, sqs team=blue"},
		"a key":             {`{"TagFilters":[{"Key":"data"}]}`, "kms data=health team=red, s3 data=none team=blue"},
		"values":            {`{"TagFilters":[{"Key":"team","Values":["red","ml"]}]}`, "bedrock team=ml, kms data=health team=red"},
		"two tags":          {`{"TagFilters":[{"Key":"team","Values":["blue"]},{"Key":"data"}]}`, "s3 data=none team=blue"},
		"a service":         {`{"ResourceTypeFilters":["sqs"]}`, "sqs team=blue"},
		"types":             {`{"ResourceTypeFilters":["kms:key","bedrock:guardrail","s3:bucket"]}`, "bedrock team=ml, kms data=health team=red, s3 data=none team=blue"},
		"another type":      {`{"ResourceTypeFilters":["bedrock:agent","kms:alias"]}`, ""},
		"ARNs":              {`{"ResourceARNList":["` + queue + `","` + key + `","arn:aws:sqs:eu-west-1:111122223333:none"]}`, "kms data=health team=red, sqs team=blue"},
		"a type and a team": {`{"ResourceTypeFilters":["s3"],"TagFilters":[{"Key":"team","Values":["red"]}]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			out := api.Do(t, "GetResources", try.in)
			if got := found(out); got != try.want || out["PaginationToken"] != "" {
				t.Errorf("%s, token %q; want %s", got, out["PaginationToken"], try.want)
			}
		})
	}
	out, err := api.As(t, other, "GetResources", `{}`)
	if err != nil || found(out) != "" {
		t.Errorf("the other account sees %s, %v", found(out), err)
	}

	first := api.Do(t, "GetResources", `{"ResourcesPerPage":3}`)
	if found(first) != "bedrock team=ml, kms data=health team=red, s3 data=none team=blue" {
		t.Errorf("first page %s", found(first))
	}
	second := api.Do(t, "GetResources", `{"ResourcesPerPage":3,"PaginationToken":"`+first.Text("PaginationToken")+`"}`)
	if found(second) != "sqs team=blue" || second.Text("PaginationToken") != "" {
		t.Errorf("second page %v", second)
	}
	for in, text := range map[string]string{
		`{"ResourceARNList":["` + queue + `"],"TagFilters":[{"Key":"a"}]}`: "ResourceARNList cannot be used with TagFilters, ResourceTypeFilters, ResourcesPerPage or TagsPerPage.",
		`{"IncludeComplianceDetails":true}`:                                "not implemented by the local plane: IncludeComplianceDetails",
		`{"TagsPerPage":150}`:                                              "TagsPerPage must be a multiple of 100 between 100 and 500.",
	} {
		if got := api.Refused(t, admin, "GetResources", in, "InvalidParameterException"); got != text {
			t.Errorf("%s: %s", in, got)
		}
	}
	api.Refused(t, admin, "GetResources", `{"PaginationToken":"x"}`, "PaginationTokenExpiredException")

	localtest.Same(t, "keys", api.Do(t, "GetTagKeys", `{}`), `{"TagKeys":["data","team"],"PaginationToken":""}`)
	localtest.Same(t, "values", api.Do(t, "GetTagValues", `{"Key":"team"}`), `{"TagValues":["blue","ml","red"]}`)
	localtest.Same(t, "no values", api.Do(t, "GetTagValues", `{"Key":"none"}`), `{"TagValues":[]}`)
}

func TestTagResources(t *testing.T) {
	p := localtest.Open(t, seed)
	api := p.API("resourcegroupstaggingapi", admin)
	key := p.KeyARN("111122223333", localtest.Region, "alias/records")
	guardrail := api.Do(t, "GetResources", `{"ResourceTypeFilters":["bedrock"]}`).Objects("ResourceTagMappingList")[0].Text("ResourceARN")
	list := `"ResourceARNList":["` + strings.Join([]string{queue, bucket, key, guardrail}, `","`) + `"]`
	localtest.Same(t, "tagged", api.Do(t, "TagResources", `{`+list+`,"Tags":{"stage":"test","team":"all"}}`), `{"FailedResourcesMap":{}}`)
	if got := found(api.Do(t, "GetResources", `{}`)); got != "bedrock stage=test team=all, kms data=health stage=test team=all, s3 data=none stage=test team=all, sqs stage=test team=all" {
		t.Error(got)
	}
	localtest.Same(t, "the key's own", p.API("kms", admin).Do(t, "ListResourceTags", `{"KeyId":"`+key+`"}`), `{"Tags":[{"TagKey":"data","TagValue":"health"},{"TagKey":"team","TagValue":"all"},{"TagKey":"stage","TagValue":"test"}]}`)
	localtest.Same(t, "untagged", api.Do(t, "UntagResources", `{`+list+`,"TagKeys":["team","data"]}`), `{"FailedResourcesMap":{}}`)
	if got := found(api.Do(t, "GetResources", `{}`)); got != "bedrock stage=test, kms stage=test, s3 stage=test, sqs stage=test" {
		t.Error(got)
	}
	api.Do(t, "UntagResources", `{`+list+`,"TagKeys":["stage"]}`)
	if got := found(api.Do(t, "GetResources", `{}`)); got != "" {
		t.Error(got)
	}
}

// TestFailures: each resource is changed with the permissions of its service, or says why not.
func TestFailures(t *testing.T) {
	p := localtest.Open(t, seed)
	api := p.API("resourcegroupstaggingapi", tagger)
	key := p.KeyARN("111122223333", localtest.Region, "alias/records")
	none := "arn:aws:sqs:eu-west-1:111122223333:none"
	elsewhere := "arn:aws:sqs:us-east-1:111122223333:jobs"
	unknown := "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
	theirs := "arn:aws:sqs:eu-west-1:444455556666:jobs"
	list := `"ResourceARNList":["` + strings.Join([]string{queue, bucket, key, none, elsewhere, theirs, unknown}, `","`) + `"]`
	failed := api.Do(t, "TagResources", `{`+list+`,"Tags":{"stage":"test"}}`).Object("FailedResourcesMap")
	for resource, text := range map[string]string{
		bucket:    "AccessDenied: User: arn:aws:iam::111122223333:user/tagger is not authorized to perform: s3:PutBucketTagging",
		key:       "AccessDeniedException: User: arn:aws:iam::111122223333:user/tagger is not authorized to perform: kms:TagResource",
		none:      "QueueDoesNotExist: The specified queue does not exist.",
		elsewhere: "InvalidParameterException: " + elsewhere + " is not a resource of the account in the Region.",
		theirs:    "InvalidParameterException: " + theirs + " is not a resource of the account in the Region.",
		unknown:   "InvalidParameterException: not implemented by the local plane: tags of ec2",
	} {
		f, _ := failed[resource].(wire.Object)
		if f.Text("ErrorCode") != "InvalidParameterException" || !strings.HasPrefix(f.Text("ErrorMessage"), text) {
			t.Errorf("%s: %v, want %s", resource, f, text)
		}
	}
	if len(failed) != 6 {
		t.Errorf("failed %v", failed)
	}
	if got := found(api.Do(t, "GetResources", `{"TagFilters":[{"Key":"stage"}]}`)); got != "sqs stage=test team=blue" {
		t.Error(got)
	}
}

// TestEveryService: a resource of each service that has tags in the plane is tagged.
func TestEveryService(t *testing.T) {
	p := localtest.Open(t, strings.Split(seed, "calls:")[0])
	api := p.API("resourcegroupstaggingapi", admin)
	for _, of := range []struct{ api, operation, in, at, arn string }{
		{"bedrock-agent", "CreatePrompt", `{"name":"triage"}`, "arn", ""},
		{"bedrock-agentcore-control", "CreateMemory", `{"name":"ward","eventExpiryDuration":30}`, "memory.arn", ""},
		{"bedrock-data-automation", "CreateBlueprint", `{"blueprintName":"form","type":"DOCUMENT","schema":"{}"}`, "blueprint.blueprintArn", ""},
		{"cloudwatch", "PutMetricAlarm", `{"AlarmName":"a","ComparisonOperator":"GreaterThanThreshold","EvaluationPeriods":1,"MetricName":"m","Namespace":"n","Period":60,"Statistic":"Sum","Threshold":1}`, "", "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a"},
		{"cloudtrail", "CreateEventDataStore", `{"Name":"store"}`, "EventDataStoreArn", ""},
		{"dynamodb", "CreateTable", `{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],"KeySchema":[{"AttributeName":"k","KeyType":"HASH"}]}`, "TableDescription.TableArn", ""},
		{"logs", "CreateLogGroup", `{"logGroupName":"/ward"}`, "", "arn:aws:logs:eu-west-1:111122223333:log-group:/ward"},
		{"rds", "CreateDBInstance", `{"DBInstanceIdentifier":"app","DBInstanceClass":"db.t4g.micro","Engine":"postgres","MasterUsername":"o","MasterUserPassword":"password"}`, "DBInstance.DBInstanceArn", ""},
		{"s3vectors", "CreateVectorBucket", `{"vectorBucketName":"vectors"}`, "", "arn:aws:s3vectors:eu-west-1:111122223333:bucket/vectors"},
		{"secretsmanager", "CreateSecret", `{"Name":"s","ClientRequestToken":"11111111-1111-1111-1111-111111111111"}`, "ARN", ""},
		{"sns", "CreateTopic", `{"Name":"news"}`, "TopicArn", ""},
		{"ssm", "PutParameter", `{"Name":"/a/b","Value":"v","Type":"String"}`, "", "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"},
	} {
		t.Run(of.api, func(t *testing.T) {
			resource := of.arn
			if out := p.API(of.api, admin).Do(t, of.operation, of.in); resource == "" {
				resource = out.Text(of.at)
			}
			named := `"ResourceARNList":["` + resource + `"]`
			localtest.Same(t, "tagged", api.Do(t, "TagResources", `{`+named+`,"Tags":{"stage":"test","b":"c"}}`), `{"FailedResourcesMap":{}}`)
			localtest.Same(t, "untagged", api.Do(t, "UntagResources", `{`+named+`,"TagKeys":["b"]}`), `{"FailedResourcesMap":{}}`)
			if got := api.Do(t, "GetResources", `{`+named+`}`).Objects("ResourceTagMappingList"); len(got) != 1 || got[0].Text("Tags") != "" || len(got[0].Objects("Tags")) != 1 || got[0].Objects("Tags")[0].Text("Value") != "test" {
				t.Errorf("it has %v", got)
			}
		})
	}
}

// TestGlobal: what has no Region is in us-east-1.
func TestGlobal(t *testing.T) {
	p := localtest.Open(t, strings.Split(seed, "calls:")[0]+`organization:
  id: o-a1b2c3d4e5
  management: "111122223333"
  root: {id: r-ab12, accounts: ["111122223333"]}
`)
	who := p.STS.UserCaller(p.IAM.User("111122223333", "admin"))
	do := func(region, api, operation, in string) wire.Object {
		t.Helper()
		return localtest.Must(p.World.Do(t.Context(), who, region, api, operation, []byte(in)))(t)
	}
	root := `"ResourceARNList":["arn:aws:organizations::111122223333:root/o-a1b2c3d4e5/r-ab12"]`
	localtest.Same(t, "tagged", do("us-east-1", "resourcegroupstaggingapi", "TagResources", `{`+root+`,"Tags":{"a":"b"}}`), `{"FailedResourcesMap":{}}`)
	if got := found(do("us-east-1", "resourcegroupstaggingapi", "GetResources", `{"TagFilters":[{"Key":"a"}]}`)); got != "organizations a=b" {
		t.Error(got)
	}
	if got := found(do("eu-west-1", "resourcegroupstaggingapi", "GetResources", `{"TagFilters":[{"Key":"a"}]}`)); got != "" {
		t.Error(got)
	}
}

// TestGone: the tags of a secret go with it, and stay when it is restored.
func TestGone(t *testing.T) {
	p := localtest.Open(t, strings.Split(seed, "calls:")[0])
	api, secrets := p.API("resourcegroupstaggingapi", admin), p.API("secretsmanager", admin)
	secrets.Do(t, "CreateSecret", `{"Name":"s","Tags":[{"Key":"a","Value":"b"}],"ClientRequestToken":"11111111-1111-1111-1111-111111111111"}`)
	tags := func() string { return found(api.Do(t, "GetResources", `{"ResourceTypeFilters":["secretsmanager"]}`)) }
	secrets.Do(t, "DeleteSecret", `{"SecretId":"s","RecoveryWindowInDays":7}`)
	if got := tags(); got != "secretsmanager a=b" {
		t.Errorf("while it can be restored: %q", got)
	}
	secrets.Do(t, "RestoreSecret", `{"SecretId":"s"}`)
	p.Pass(8 * 24 * time.Hour)
	if got := tags(); got != "secretsmanager a=b" {
		t.Errorf("restored: %q", got)
	}
	secrets.Do(t, "DeleteSecret", `{"SecretId":"s","RecoveryWindowInDays":7}`)
	p.Pass(8 * 24 * time.Hour)
	if got := tags(); got != "" {
		t.Errorf("gone: %q", got)
	}
}
