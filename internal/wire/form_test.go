package wire

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDecodeForm(t *testing.T) {
	for name, c := range map[string]struct {
		service, operation, form string
		want                     Object
	}{
		"texts": {"sns", "GetTopicAttributes", "Action=GetTopicAttributes&Version=2010-03-31&TopicArn=arn%3Aaws&X-Amz-Date=1", Object{"TopicArn": "arn:aws"}},
		"a map": {
			"sns", "CreateTopic", "Name=t&Attributes.entry.2.key=b&Attributes.entry.2.value=2+x&Attributes.entry.1.key=a&Attributes.entry.1.value=",
			Object{"Name": "t", "Attributes": Object{"a": "", "b": "2 x"}},
		},
		"lists": {
			"sns", "CreateTopic", "Name=t&Tags.member.10.Key=z&Tags.member.10.Value=1&Tags.member.2.Key=a&Tags.member.2.Value=2",
			Object{"Name": "t", "Tags": []any{Object{"Key": "a", "Value": "2"}, Object{"Key": "z", "Value": "1"}}},
		},
		"an empty list": {"sns", "TagResource", "ResourceArn=a&Tags=", Object{"ResourceArn": "a", "Tags": []any{}}},
		"elements with a name": {
			"rds", "CreateDBInstance", "DBInstanceIdentifier=i&DBInstanceClass=c&Engine=e&AllocatedStorage=20&StorageEncrypted=true&VpcSecurityGroupIds.VpcSecurityGroupId.1=sg",
			Object{"DBInstanceIdentifier": "i", "DBInstanceClass": "c", "Engine": "e", "AllocatedStorage": int64(20), "StorageEncrypted": true, "VpcSecurityGroupIds": []any{"sg"}},
		},
		"a time":  {"rds", "DescribeEvents", "StartTime=2026-01-02T03%3A04%3A05Z", Object{"StartTime": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
		"a blob":  {"sns", "Publish", "Message=m&MessageAttributes.entry.1.Name=n&MessageAttributes.entry.1.Value.DataType=Binary&MessageAttributes.entry.1.Value.BinaryValue=AAE%3D", Object{"Message": "m", "MessageAttributes": Object{"n": Object{"DataType": "Binary", "BinaryValue": []byte{0, 1}}}}},
		"twice":   {"sns", "GetTopicAttributes", "TopicArn=a&TopicArn=b", Object{"TopicArn": "a"}},
		"nothing": {"sns", "ListTopics", "", Object{}},
	} {
		got, err := load(t, c.service).Decode(c.operation, request(t, "POST", "/"), []byte(c.form))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v: %v", name, got, err)
		}
	}
}

func TestRefuseForm(t *testing.T) {
	for form, want := range map[string]string{
		"":                                     "ValidationError: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
		"Name=%zz":                             "MalformedQueryString: The query string contains a syntax error.",
		"Name=%ff":                             "MalformedInput",
		"Name.x=1":                             "MalformedInput: Start of structure or map found where not expected.",
		"Name=t&Nmae=t":                        `ValidationError: unknown member "Nmae" of CreateTopicInput; the local plane knows the API as of its model`,
		"Name=t&Tags.member.x.Key=a":           "MalformedInput",
		"Name=t&Tags.member.0.Key=a":           "MalformedInput",
		"Name=t&Tags.element.1.Key=a":          "MalformedInput",
		"Name=t&Tags=x":                        "MalformedInput: STRING_VALUE can not be converted to a List",
		"Name=t&Attributes.entry.1.key":        "MalformedInput",
		"Name=" + strings.Repeat("x", maxForm): "RequestEntityTooLarge: The request is larger than 1048576 bytes.",
		strings.Repeat("a=&", maxParameters+1): "MalformedInput",
		"Name=t&" + strings.Repeat("a.", 100) + "b=c": "MalformedInput",
	} {
		_, err := load(t, "sns").Decode("CreateTopic", request(t, "POST", "/"), []byte(form))
		if got := said(t, err); got != want {
			t.Errorf("%.40s: %s, want %s", form, got, want)
		}
	}
}

func TestNamed(t *testing.T) {
	api := load(t, "sns")
	for form, want := range map[string]string{
		"Action=ListTopics&Version=2010-03-31": "ListTopics",
		"Version=2010-03-31&Action=ListTopics": "ListTopics",
		"Action=ListTopics":                    "ListTopics",
		"Action=List%54opics&Action=Publish":   "ListTopics",
		"Action=ListTopics&Version=2000-01-01": "",
		"Action=None&Version=2010-03-31":       "",
		"":                                     "",
	} {
		got, ok := api.Named([]byte(form))
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s is %q", form, got)
		}
	}
}

func TestEncodeQuery(t *testing.T) {
	for name, c := range map[string]struct {
		service, operation string
		out                Object
		want               string
	}{
		"a list": {
			"sns", "ListTopics", Object{"Topics": []any{Object{"TopicArn": "a&b"}}},
			`<ListTopicsResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListTopicsResult><Topics><member><TopicArn>a&amp;b</TopicArn></member></Topics></ListTopicsResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ListTopicsResponse>`,
		},
		"a map": {
			"sns", "GetTopicAttributes", Object{"Attributes": Object{"b": "2", "a": "1"}},
			`<GetTopicAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><GetTopicAttributesResult><Attributes><entry><key>a</key><value>1</value></entry><entry><key>b</key><value>2</value></entry></Attributes></GetTopicAttributesResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetTopicAttributesResponse>`,
		},
		"elements with a name": {
			"rds", "DescribeDBInstances", Object{"DBInstances": []any{Object{"DBInstanceIdentifier": "i", "StorageEncrypted": true}}},
			`<DescribeDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceIdentifier>i</DBInstanceIdentifier><StorageEncrypted>true</StorageEncrypted></DBInstance></DBInstances></DescribeDBInstancesResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DescribeDBInstancesResponse>`,
		},
		"nothing": {
			"sns", "DeleteTopic", nil,
			`<DeleteTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DeleteTopicResponse>`,
		},
	} {
		m, err := load(t, c.service).Encode(c.operation, c.out, "id")
		if err != nil || m.Status != 200 || string(m.Body) != c.want || m.Header.Get("Content-Type") != "text/xml" {
			t.Errorf("%s: %v %v", name, m, err)
		}
	}
}
