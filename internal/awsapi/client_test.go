package awsapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/wire"
)

func (s served) client(user string, change ...func(*ClientOptions)) *Client {
	s.t.Helper()
	o := ClientOptions{Config: s.config(user), Rate: 1000}
	for _, f := range change {
		f(&o)
	}
	c, err := NewClient(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// TestClientSpeaksAllProtocols: a write and its reading in each of them.
func TestClientSpeaksAllProtocols(t *testing.T) {
	c := serve(t, company).client("admin")
	call := func(service, operation string, in wire.Object) wire.Object {
		t.Helper()
		out, err := c.Call(t.Context(), Call{Account: own, Region: region, Service: service, Operation: operation, Input: in, Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	key := call("kms", "DescribeKey", wire.Object{"KeyId": "alias/records"}).Text("KeyMetadata.Arn")
	call("s3", "CreateBucket", wire.Object{"Bucket": "ward-logs", "CreateBucketConfiguration": wire.Object{"LocationConstraint": region}})
	encryption := wire.Object{"Rules": []any{wire.Object{"ApplyServerSideEncryptionByDefault": wire.Object{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": true}}}
	call("s3", "PutBucketEncryption", wire.Object{"Bucket": "ward-logs", "ServerSideEncryptionConfiguration": encryption})
	got := call("s3", "GetBucketEncryption", wire.Object{"Bucket": "ward-logs"}).Object("ServerSideEncryptionConfiguration")
	rule := got.Objects("Rules")[0]
	if d := cmp.Diff(encryption.Objects("Rules")[0], rule.Pick("ApplyServerSideEncryptionByDefault", "BucketKeyEnabled")); d != "" {
		t.Errorf("REST XML: %s", d)
	}
	call("iam", "PutRolePolicy", wire.Object{"RoleName": "app", "PolicyName": "keys", "PolicyDocument": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}`})
	if got := call("iam", "GetRolePolicy", wire.Object{"RoleName": "app", "PolicyName": "keys"}).Text("PolicyDocument"); got != "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22kms%3ADecrypt%22%2C%22Resource%22%3A%22%2A%22%7D%7D" {
		t.Errorf("query: %s", got)
	}
	call("s3", "PutObject", wire.Object{"Bucket": "ward-logs", "Key": "2026/a b+c", "Body": []byte("text")})
	if body := call("s3", "GetObject", wire.Object{"Bucket": "ward-logs", "Key": "2026/a b+c"}).Blob("Body"); string(body) != "text" {
		t.Errorf("an object: %s", body)
	}
	call("logs", "CreateLogGroup", wire.Object{"logGroupName": "/ward"})
	call("bedrock-agent", "CreatePrompt", wire.Object{"name": "triage"})
}

// TestClientReadsAllPages: a list is whole, however many pages it has.
func TestClientReadsAllPages(t *testing.T) {
	c := serve(t, company).client("admin")
	var want []string
	for i := range 7 {
		name := "/ward/" + string(rune('a'+i))
		want = append(want, name)
		if _, err := c.Call(t.Context(), Call{Account: own, Region: region, Service: "logs", Operation: "CreateLogGroup", Input: wire.Object{"logGroupName": name}}); err != nil {
			t.Fatal(err)
		}
	}
	out, err := c.Call(t.Context(), Call{Account: own, Region: region, Service: "logs", Operation: "DescribeLogGroups", Input: wire.Object{"limit": int64(3)}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range out.Objects("logGroups") {
		got = append(got, g.Text("logGroupName"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// TestClientRefuses: what the client may not, what no account is meant by, and what the service
// refuses.
func TestClientRefuses(t *testing.T) {
	p := serve(t, company)
	only := p.client("admin", func(o *ClientOptions) { o.May = func(service, _ string) bool { return service == "kms" } })
	for _, c := range []struct {
		client *Client
		call   Call
		want   string
		code   string
	}{
		{only, Call{Account: own, Region: region, Service: "s3", Operation: "ListBuckets"}, "s3 ListBuckets is not among what this client may call", ""},
		{only, Call{Account: member, Region: region, Service: "kms", Operation: "ListKeys"}, "the credentials are of account 111122223333: name the role to use in account 444455556666", ""},
		{only, Call{Account: own, Region: region, Service: "kms", Operation: "MakeKey"}, "the model of kms has no operation MakeKey", ""},
		{
			only, Call{Account: own, Region: region, Service: "kms", Operation: "DescribeKey", Input: wire.Object{"KeyId": "alias/none"}},
			"NotFoundException: Alias arn:aws:kms:eu-west-1:111122223333:alias/none is not found.", "NotFoundException",
		},
	} {
		_, err := c.client.Call(t.Context(), c.call)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", c.want, err)
		}
		var refused interface{ ErrorCode() string }
		if errors.As(err, &refused) != (c.code != "") || c.code != "" && refused.ErrorCode() != c.code {
			t.Errorf("%s has the wrong code", c.want)
		}
	}
}

// TestClientNewerService: an answer with more than the model has is no base of an update.
func TestClientNewerService(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "/sts/") {
			_, _ = w.Write([]byte(`<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/a</Arn><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`))
			return
		}
		_, _ = w.Write([]byte(`{"name":"triage","shield":{"level":7}}`))
	}))
	defer server.Close()
	c := served{t, server.URL}.client("admin")
	call := Call{Account: own, Region: region, Service: "bedrock-agent", Operation: "GetPrompt", Input: wire.Object{"promptIdentifier": "ABCDEFGHIJ"}}
	if out, err := c.Call(context.Background(), call); err != nil || out.Text("name") != "triage" {
		t.Errorf("%v %v", out, err)
	}
	call.Whole = true
	want := "the answer to bedrock-agent GetPrompt has members that this version of Bedlock does not know and an update would lose: shield; use a newer version"
	if _, err := c.Call(context.Background(), call); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
