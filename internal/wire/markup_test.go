package wire

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestDecodeXML: documents of S3, as clients write them.
func TestDecodeXML(t *testing.T) {
	api := load(t, "s3")
	for name, c := range map[string]struct {
		operation, method, target, body string
		want                            Object
	}{
		"flattened list": {
			"CompleteMultipartUpload", "POST", "/b/k?uploadId=u", `<?xml version="1.0"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
	<Part><ETag>"a"</ETag><PartNumber> 1 </PartNumber></Part><Part><ETag>&quot;b&quot;</ETag><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>`,
			Object{"Bucket": "b", "Key": "k", "UploadId": "u", "MultipartUpload": Object{"Parts": []any{Object{"ETag": `"a"`, "PartNumber": int64(1)}, Object{"ETag": `"b"`, "PartNumber": int64(2)}}}},
		},
		"wrapped list": {
			"PutBucketTagging", "PUT", "/b?tagging", `<Tagging><TagSet><Tag><Key> a </Key><Value></Value></Tag><Tag><Key>b</Key><Value><![CDATA[<x>]]></Value></Tag></TagSet></Tagging>`,
			Object{"Bucket": "b", "Tagging": Object{"TagSet": []any{Object{"Key": " a ", "Value": ""}, Object{"Key": "b", "Value": "<x>"}}}},
		},
		"empty list": {
			"PutBucketTagging", "PUT", "/b?tagging", `<Tagging><TagSet/></Tagging>`,
			Object{"Bucket": "b", "Tagging": Object{"TagSet": []any{}}},
		},
		"boolean and comment": {
			"PutPublicAccessBlock", "PUT", "/b?publicAccessBlock", `<PublicAccessBlockConfiguration><!-- all --><BlockPublicAcls>TRUE</BlockPublicAcls></PublicAccessBlockConfiguration>`,
			Object{"Bucket": "b", "PublicAccessBlockConfiguration": Object{"BlockPublicAcls": true}},
		},
		"time": {
			"PutObjectRetention", "PUT", "/b/k?retention", `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2026-01-02T03:04:05.678Z</RetainUntilDate></Retention>`,
			Object{"Bucket": "b", "Key": "k", "Retention": Object{"Mode": "GOVERNANCE", "RetainUntilDate": time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)}},
		},
		"attribute": {
			"PutBucketAcl", "PUT", "/b?acl", `<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>x</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`,
			Object{"Bucket": "b", "AccessControlPolicy": Object{"Grants": []any{Object{"Grantee": Object{"Type": "CanonicalUser", "ID": "x"}, "Permission": "READ"}}}},
		},
		"twice": {
			"PutBucketVersioning", "PUT", "/b?versioning", `<VersioningConfiguration><Status>Enabled</Status><Status>Suspended</Status></VersioningConfiguration>`,
			Object{"Bucket": "b", "VersioningConfiguration": Object{"Status": "Enabled"}},
		},
		"no body": {"CreateBucket", "PUT", "/b", "", Object{"Bucket": "b"}},
		"text":    {"PutBucketPolicy", "PUT", "/b?policy", "{}", Object{"Bucket": "b", "Policy": "{}"}},
		"bytes":   {"PutObject", "PUT", "/b/a%2Fb/c%20d", "\x00\xff", Object{"Bucket": "b", "Key": "a/b/c d", "Body": []byte{0, 255}}},
	} {
		r := request(t, c.method, c.target)
		if got, ok := api.Match(r); !ok || got != c.operation {
			t.Errorf("%s: is %q", name, got)
		}
		if got, err := api.Decode(c.operation, r, []byte(c.body)); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v, want %#v: %v", name, got, c.want, err)
		}
	}
}

func TestDecodeHeaders(t *testing.T) {
	api := load(t, "s3")
	r := request(t, "PUT", "/b/k", "x-amz-meta-Color", "blue", "X-Amz-Meta-Size", "1", "Expires", "Fri, 02 Jan 2026 03:04:05 GMT", "Content-Length", "5", "x-amz-server-side-encryption-bucket-key-enabled", "true")
	got, err := api.Decode("PutObject", r, []byte("hello"))
	want := Object{
		"Bucket": "b", "Key": "k", "Body": []byte("hello"), "Metadata": Object{"color": "blue", "size": "1"}, "ContentLength": int64(5), "BucketKeyEnabled": true,
		"Expires": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%#v: %v", got, err)
	}
	r = request(t, "GET", "/b/k?attributes", "x-amz-object-attributes", "ETag, ObjectSize", "x-amz-object-attributes", "Checksum")
	if got, err = api.Decode("GetObjectAttributes", r, nil); err != nil || !reflect.DeepEqual(got.Texts("ObjectAttributes"), []string{"ETag", "ObjectSize", "Checksum"}) {
		t.Errorf("%#v: %v", got, err)
	}
	_, err = api.Decode("PutObject", request(t, "PUT", "/b/k", "Content-Length", "five"), nil)
	if got := said(t, err); got != "InvalidArgument: STRING_VALUE can not be converted to a Long" {
		t.Error(got)
	}
	_, err = api.Decode("PutObject", request(t, "PUT", "/b/k", "x-amz-server-side-encryption", "rot13"), nil)
	if got := said(t, err); got != "InvalidArgument: 1 validation error detected: Value 'rot13' at 'serverSideEncryption' failed to satisfy constraint: Member must satisfy enum value set: [AES256, aws:fsx, aws:backup, aws:kms, aws:kms:dsse]" {
		t.Error(got)
	}
}

// TestRefuseXML: what is no document of the operation.
func TestRefuseXML(t *testing.T) {
	api := load(t, "s3")
	r := request(t, "PUT", "/b?versioning")
	for name, body := range map[string]string{
		"nothing closed":  "<VersioningConfiguration>",
		"text":            "hello",
		"two roots":       "<VersioningConfiguration/><VersioningConfiguration/>",
		"text behind":     "<VersioningConfiguration/>x",
		"another root":    "<Versioning/>",
		"types":           `<!DOCTYPE a [<!ENTITY x "y">]><VersioningConfiguration/>`,
		"an entity":       "<VersioningConfiguration><Status>&x;</Status></VersioningConfiguration>",
		"elements inside": "<VersioningConfiguration><Status><a/></Status></VersioningConfiguration>",
		"too deep":        "<VersioningConfiguration>" + strings.Repeat("<a>", 80) + strings.Repeat("</a>", 80) + "</VersioningConfiguration>",
		"too many":        "<VersioningConfiguration>" + strings.Repeat("<a/>", maxElements) + "</VersioningConfiguration>",
		"too large":       "<VersioningConfiguration>" + strings.Repeat(" ", maxMarkup) + "</VersioningConfiguration>",
	} {
		_, err := api.Decode("PutBucketVersioning", r, []byte(body))
		if got := said(t, err); got != "MalformedXML: "+malformedText {
			t.Errorf("%s: %s", name, got)
		}
	}
	_, err := api.Decode("PutBucketVersioning", r, []byte("<VersioningConfiguration><Statos>Enabled</Statos></VersioningConfiguration>"))
	if got := said(t, err); got != "MalformedXML: "+malformedText+`: unknown member "Statos" of VersioningConfiguration; the local plane knows the API as of its model` {
		t.Error(got)
	}
	_, err = api.Decode("PutBucketVersioning", r, nil)
	if got := said(t, err); got != "InvalidArgument: 1 validation error detected: Value null at 'versioningConfiguration' failed to satisfy constraint: Member must not be null" {
		t.Error(got)
	}
	_, err = api.Decode("PutBucketVersioning", r, []byte("<VersioningConfiguration><Status>On</Status></VersioningConfiguration>"))
	if got := said(t, err); got != "MalformedXML: "+malformedText+": 1 validation error detected: Value 'On' at 'versioningConfiguration.status' failed to satisfy constraint: Member must satisfy enum value set: [Enabled, Suspended]" {
		t.Error(got)
	}
}

func TestEncodeXML(t *testing.T) {
	api := load(t, "s3")
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	const head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	for name, c := range map[string]struct {
		operation string
		out       Object
		status    int
		header    map[string]string
		body      string
	}{
		"lists": {
			"ListObjectsV2", Object{"Name": "b", "IsTruncated": false, "KeyCount": int64(1), "Contents": []any{Object{"Key": "<a&b>", "LastModified": at, "Size": int64(3), "ChecksumAlgorithm": []any{"CRC32"}}}, "CommonPrefixes": []any{Object{"Prefix": "x/"}, Object{"Prefix": "y/"}}},
			200, map[string]string{"Content-Type": "application/xml"},
			head + "<ListObjectsV2Output><IsTruncated>false</IsTruncated><Contents><Key>&lt;a&amp;b&gt;</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><Size>3</Size></Contents><Name>b</Name><CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>y/</Prefix></CommonPrefixes><KeyCount>1</KeyCount></ListObjectsV2Output>",
		},
		"a wrapped list": {
			"ListBuckets", Object{"Buckets": []any{Object{"Name": "b"}}}, 200, nil,
			head + "<ListBucketsOutput><Buckets><Bucket><Name>b</Name></Bucket></Buckets></ListBucketsOutput>",
		},
		"a payload": {
			"GetPublicAccessBlock", Object{"PublicAccessBlockConfiguration": Object{"BlockPublicAcls": true}}, 200, nil,
			head + "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>",
		},
		"an attribute": {
			"GetBucketAcl", Object{"Grants": []any{Object{"Grantee": Object{"Type": "CanonicalUser", "ID": "x"}}}}, 200, nil,
			head + `<GetBucketAclOutput><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>x</ID></Grantee></Grant></AccessControlList></GetBucketAclOutput>`,
		},
		"unwrapped":       {"GetBucketLocation", Object{"LocationConstraint": "eu-west-1"}, 200, nil, head + "<LocationConstraint>eu-west-1</LocationConstraint>"},
		"unwrapped empty": {"GetBucketLocation", Object{}, 200, nil, head + "<LocationConstraint></LocationConstraint>"},
		"headers only": {
			"PutObject", Object{"ETag": `"x"`, "BucketKeyEnabled": true}, 200,
			map[string]string{"ETag": `"x"`, "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled": "true", "Content-Type": ""}, "",
		},
		"no output": {"DeleteBucket", nil, 204, map[string]string{"Content-Type": ""}, ""},
		"bytes": {
			"GetObject", Object{"Body": []byte("x"), "LastModified": at, "Metadata": Object{"a": "b"}, "ContentType": "text/plain"}, 200,
			map[string]string{"Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT", "X-Amz-Meta-A": "b", "Content-Type": "text/plain"}, "x",
		},
		"bytes of no type": {"GetObject", Object{"Body": []byte("x")}, 200, map[string]string{"Content-Type": "application/octet-stream"}, "x"},
		"a part":           {"GetObject", Object{"Body": []byte("x"), "ContentRange": "bytes 0-0/9"}, 206, map[string]string{"Content-Range": "bytes 0-0/9"}, "x"},
	} {
		m, err := api.Encode(c.operation, c.out, "id")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.Status != c.status || string(m.Body) != c.body || m.Header.Get("X-Amz-Request-Id") != "id" {
			t.Errorf("%s: %d %s", name, m.Status, m.Body)
		}
		for key, want := range c.header {
			if m.Header.Get(key) != want {
				t.Errorf("%s: %s is %q", name, key, m.Header.Get(key))
			}
		}
	}
	_, err := api.Encode("ListObjectsV2", Object{"KeyCount": "one"}, "id")
	if err == nil || err.Error() != "wire encode s3 ListObjectsV2: KeyCount: a string is no integer" {
		t.Error(err)
	}
}

func TestErrorsInXML(t *testing.T) {
	for name, c := range map[string]struct {
		service, operation string
		e                  *Error
		members            Object
		status             int
		body               string
	}{
		"s3": {
			"s3", "GetObject", &Error{0, "NoSuchKey", "The specified key does not exist."}, Object{"Key": "a<b"}, http.StatusNotFound,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&lt;b</Key><RequestId>id</RequestId><HostId>id</HostId></Error>",
		},
		"sns": {
			"sns", "GetTopicAttributes", &Error{0, "NotFoundException", "Topic does not exist"}, nil, http.StatusNotFound,
			`<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error><RequestId>id</RequestId></ErrorResponse>`,
		},
		"by its code": {
			"sns", "GetTopicAttributes", &Error{0, "NotFound", ""}, nil, http.StatusNotFound,
			`<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>NotFound</Code></Error><RequestId>id</RequestId></ErrorResponse>`,
		},
		"a fault": {
			"rds", "CreateDBInstance", &Error{500, "InternalFailure", "x"}, nil, 500,
			`<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Receiver</Type><Code>InternalFailure</Code><Message>x</Message></Error><RequestId>id</RequestId></ErrorResponse>`,
		},
	} {
		if m := load(t, c.service).EncodeError(c.operation, c.e, c.members, "id"); m.Status != c.status || string(m.Body) != c.body {
			t.Errorf("%s: %d %s", name, m.Status, m.Body)
		}
	}
}
