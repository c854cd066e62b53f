package wire

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

// TestEveryOperationIsFound: a request with what an operation requires, and no more, is found
// to be of that operation, but for those that the models do not tell apart.
func TestEveryOperationIsFound(t *testing.T) {
	// Where a request can be of two, the one on the right is found.
	ambiguous := map[string]string{
		"s3 GetBucketLifecycle":    "GetBucketLifecycleConfiguration",
		"s3 GetBucketNotification": "GetBucketNotificationConfiguration",
		"s3 PutBucketLifecycle":    "PutBucketLifecycleConfiguration",
		"s3 PutBucketNotification": "PutBucketNotificationConfiguration",
		"s3 ListDirectoryBuckets":  "ListBuckets", // told apart by the host
	}
	found, tried := map[string]string{}, 0
	for _, service := range model.Services() {
		api, err := Load(service, Observed{})
		if err != nil {
			t.Fatal(err)
		}
		if !api.rest() {
			continue
		}
		for name := range api.ops {
			op := api.operation(name)
			tried++
			r := requestOf(t, op)
			if got, ok := api.Match(r); !ok || got != name {
				found[service+" "+name] = got
			}
		}
	}
	if tried < 700 {
		t.Errorf("%d operations were tried", tried)
	}
	for name, got := range found {
		if ambiguous[name] != got {
			t.Errorf("%s is found to be %q", name, got)
		}
	}
	for name := range ambiguous {
		if found[name] == "" {
			t.Errorf("%s is not ambiguous any more", name)
		}
	}
}

// requestOf is a request with what an operation requires in its binding.
func requestOf(t *testing.T, op *operation) *http.Request {
	t.Helper()
	path, query, _ := strings.Cut(op.URI, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	for _, m := range op.in.Members {
		switch name := m.Model.WireName(); m.Model.Location {
		case model.LocationURI:
			path = strings.ReplaceAll(strings.ReplaceAll(path, "{"+name+"+}", "a/b%20c"), "{"+name+"}", "x")
		case model.LocationQuery:
			if m.Model.Required {
				values.Set(name, "1")
			}
		case model.LocationHeader:
			if m.Model.Required {
				h.Set(name, "1")
			}
		}
	}
	u, err := url.Parse("http://localhost" + path + "?" + values.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return &http.Request{Method: op.Method, URL: u, Header: h}
}

func TestMatch(t *testing.T) {
	s3, err := Load("s3", Observed{})
	if err != nil {
		t.Fatal(err)
	}
	copying := http.Header{"X-Amz-Copy-Source": {"a/b"}}
	for _, c := range []struct {
		method, path string
		header       http.Header
		want         string
	}{
		{"GET", "/", nil, "ListBuckets"},
		{"PUT", "/b", nil, "CreateBucket"},
		{"GET", "/b", nil, "ListObjects"},
		{"GET", "/b?list-type=2&prefix=x", nil, "ListObjectsV2"},
		{"GET", "/b/k/with/slashes%2F", nil, "GetObject"},
		{"GET", "/b/k?x-id=GetObject", nil, "GetObject"},
		{"PUT", "/b/k", nil, "PutObject"},
		{"PUT", "/b/k", copying, "CopyObject"},
		{"PUT", "/b/k?partNumber=1&uploadId=u", nil, "UploadPart"},
		{"PUT", "/b/k?partNumber=1&uploadId=u", copying, "UploadPartCopy"},
		{"GET", "/b/k?uploadId=u", nil, "ListParts"},
		{"POST", "/b/k?uploads", nil, "CreateMultipartUpload"},
		{"POST", "/b/k?uploads=", nil, "CreateMultipartUpload"},
		{"POST", "/b/k?uploadId=u", nil, "CompleteMultipartUpload"},
		{"DELETE", "/b/k?uploadId=u", nil, "AbortMultipartUpload"},
		{"DELETE", "/b/k", nil, "DeleteObject"},
		{"HEAD", "/b/k", nil, "HeadObject"},
		{"POST", "/b?delete", nil, "DeleteObjects"},
		{"GET", "/b?encryption", nil, "GetBucketEncryption"},
		// The parameter that is fixed counts, also without the header that is required.
		{"GET", "/b/k?attributes", nil, "GetObjectAttributes"},
		{"PATCH", "/b", nil, ""},
	} {
		u, err := url.Parse(c.path)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := s3.Match(&http.Request{Method: c.method, URL: u, Header: c.header})
		if got != c.want {
			t.Errorf("%s %s %v is %q, want %q", c.method, c.path, c.header, got, c.want)
		}
	}
}

func TestMatchByName(t *testing.T) {
	for _, c := range []struct {
		service, method, path string
		header                http.Header
		want                  string
	}{
		{"dynamodb", "POST", "/", http.Header{"X-Amz-Target": {"DynamoDB_20120810.GetItem"}}, "GetItem"},
		{"dynamodb", "POST", "/", http.Header{"X-Amz-Target": {"DynamoDB_20120810.Get"}}, ""},
		{"dynamodb", "GET", "/", http.Header{"X-Amz-Target": {"DynamoDB_20120810.GetItem"}}, ""},
		{"dynamodb", "POST", "/x", http.Header{"X-Amz-Target": {"DynamoDB_20120810.GetItem"}}, ""},
		{"cloudtrail", "POST", "/", http.Header{"X-Amz-Target": {"CloudTrail_20131101.LookupEvents"}}, "LookupEvents"},
		{"cloudtrail", "POST", "/", http.Header{"X-Amz-Target": {"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"}}, "LookupEvents"},
		{"cloudwatch", "POST", "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm", http.Header{protocolHeader: {protocolCBOR}}, "PutMetricAlarm"},
		{"cloudwatch", "POST", "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm", nil, ""},
		{"dynamodb", "POST", "/service/DynamoDB_20120810/operation/GetItem", http.Header{protocolHeader: {protocolCBOR}}, ""},
		{"cloudwatch", "POST", "/", http.Header{"X-Amz-Target": {"GraniteServiceVersion20100801.PutMetricAlarm"}}, "PutMetricAlarm"},
		{"sns", "POST", "/", nil, ""},
	} {
		api, err := Load(c.service, Observed{})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := api.Match(&http.Request{Method: c.method, URL: &url.URL{Path: c.path}, Header: c.header})
		if ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s %s %v is %q, want %q", c.service, c.path, c.header, got, c.want)
		}
	}
	if !slices.Contains(model.Services(), "cloudwatch") {
		t.Error("no CloudWatch")
	}
}
