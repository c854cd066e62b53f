package cloudtrail

import (
	"encoding/xml"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sts"
	"github.com/bedlock/bedlock/policy/authz"
)

// directory has one role.
type directory struct {
	people
	role *sts.Entity
}

func (d *directory) Role(account, name string) *sts.Entity {
	if account == d.role.Account && name == d.role.Name {
		return d.role
	}
	return nil
}
func (*directory) User(string, string) *sts.Entity            { return nil }
func (*directory) Root(string) *plane.Caller                  { return nil }
func (*directory) ManagedPolicy(string, string) *authz.Policy { return nil }

// TestSTS: what AssumeRole returned is recorded without its secrets, in both accounts.
func TestSTS(t *testing.T) {
	d := &directory{people: newPeople(t), role: &sts.Entity{
		ARN: "arn:aws:iam::444455556666:role/ci/Builder", ID: "AROABUILDER", Name: "Builder", Account: abroad, MaxSession: time.Hour,
		Trust: compiled(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}`),
	}}
	service, err := sts.New(sts.Options{Directory: d, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	api, err := service.API()
	if err != nil {
		t.Fatal(err)
	}
	l := newLocal(t, Options{}, api)
	form := url.Values{"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {d.role.ARN}, "RoleSessionName": {"run"}, "DurationSeconds": {"900"}, "ExternalId": {"xyz"}}
	answer := l.call("AKIAALICE", "sts", "", form.Encode())
	var out struct {
		Result struct {
			Credentials struct{ AccessKeyId, SecretAccessKey, SessionToken string }
		} `xml:"AssumeRoleResult"`
	}
	if err := xml.Unmarshal([]byte(answer), &out); err != nil || out.Result.Credentials.SecretAccessKey == "" {
		t.Fatalf("%s: %v", answer, err)
	}
	all := l.records()
	if len(all) != 2 {
		t.Fatalf("%d records, want 2", len(all))
	}
	shared := all[0][strings.Index(all[0], `"sharedEventID"`):][:54]
	middle := `,"eventTime":"2026-11-05T12:04:09Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"eu-west-1","sourceIPAddress":"127.0.0.1","userAgent":"test/1 (\"quoted\")",
		"requestParameters":{"roleArn":"arn:aws:iam::444455556666:role/ci/Builder","roleSessionName":"run","durationSeconds":900,"externalId":"xyz"},
		"responseElements":{"assumedRoleUser":{"assumedRoleId":"AROABUILDER:run","arn":"arn:aws:sts::444455556666:assumed-role/Builder/run"},
		"credentials":{"accessKeyId":"` + out.Result.Credentials.AccessKeyId + `","expiration":"Nov 5, 2026, 12:19:09 PM"}},"requestID":"REQUEST","eventID":"EVENT","readOnly":true,
		"resources":[{"accountId":"444455556666","type":"AWS::IAM::Role","ARN":"arn:aws:iam::444455556666:role/ci/Builder"}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"`
	for i, want := range []string{
		`{"eventVersion":"1.11",` + alice + middle + home + `",` + shared + `,"eventCategory":"Management"}`,
		`{"eventVersion":"1.11","userIdentity":{"type":"AWSAccount","principalId":"AIDAALICE","accountId":"111122223333"}` + middle + abroad + `",` + shared + `,"eventCategory":"Management"}`,
	} {
		if got := l.normal(all[i]); got != oneLine(t, want) {
			t.Errorf("got\n%s\nwant\n%s", got, oneLine(t, want))
		}
	}

	form.Set("RoleSessionName", "again")
	l.call("AKIAEVE", "sts", "", form.Encode())
	if got := l.last(); len(l.records()) != 3 || !strings.Contains(got, `"errorCode":"AccessDenied","errorMessage":"User: arn:aws:iam::111122223333:user/team/eve is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/ci/Builder","requestParameters":null,"responseElements":null`) {
		t.Errorf("%d records: %s", len(l.records()), got)
	}
	d.role = &sts.Entity{ARN: "arn:aws:iam::111122223333:role/Next", ID: "AROANEXT", Name: "Next", Account: home, MaxSession: time.Hour, Trust: d.role.Trust}
	form.Set("RoleArn", d.role.ARN)
	l.people["ASIAROLE"].Session.Transitive = map[string]string{"team": "a", "cost": "7"}
	l.call("ASIAROLE", "sts", "", form.Encode())
	if got, want := l.last(), `"requestParameters":{"incomingTransitiveTags":{"cost":"7","team":"a"},"roleArn":"arn:aws:iam::111122223333:role/Next",`; !strings.Contains(got, want) {
		t.Errorf("%s has no %s", got, want)
	}
	l.call("AKIAALICE", "sts", "", "Action=GetCallerIdentity&Version=2011-06-15")
	if got := l.last(); !strings.Contains(got, `"requestParameters":null,"responseElements":null,"requestID":"REQUEST","eventID":"EVENT","readOnly":true,"eventType"`) {
		t.Errorf("%s", got)
	}
}

// TestSecretAccessKey: whatever the Go type, what the model calls sensitive is left out.
func TestSecretAccessKey(t *testing.T) {
	trail, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	type accessKey struct {
		UserName, AccessKeyId, Status, SecretAccessKey string
		CreateDate                                     time.Time
	}
	c := &plane.Call{
		Service: &plane.Service{Name: "iam", Global: true}, Operation: "CreateAccessKey", Account: home, Region: "us-east-1", Began: noon, EventID: "E", RequestID: "R",
		Caller: &plane.Caller{Principal: authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::111122223333:root", Account: home}},
		Input:  &struct{ UserName string }{"alice"}, Output: &struct{ AccessKey *accessKey }{&accessKey{"alice", "AKIAALICE", "Active", "the secret", noon}},
	}
	trail.Observe(c)
	head := `{"eventVersion":"1.11","userIdentity":{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","accessKeyId":""},"eventTime":"2026-11-05T12:04:09Z","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":"","userAgent":"",`
	tail := `,"requestID":"R","eventID":"E","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`
	if got, want := string(trail.ring.slots[0].record), head+`"requestParameters":{"userName":"alice"},"responseElements":{"accessKey":{"userName":"alice","accessKeyId":"AKIAALICE","status":"Active","createDate":"Nov 5, 2026 12:04:09 PM"}}`+tail; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	c.Code, c.Message, c.Output = "LimitExceeded", "m", nil
	trail.Observe(c)
	if got, want := string(trail.ring.slots[1].record), head+`"errorCode":"LimitExceededException","errorMessage":"m","requestParameters":{"userName":"alice"},"responseElements":null`+tail; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
