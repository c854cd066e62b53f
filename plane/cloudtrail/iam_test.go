package cloudtrail

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/plane/iam"
)

// TestIAM: calls of IAM are recorded in us-east-1, without secrets, with the names of
// exceptions and with dates that have no comma.
func TestIAM(t *testing.T) {
	service, err := iam.Open(t.Context(), iam.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	api, err := service.API()
	if err != nil {
		t.Fatal(err)
	}
	l := newLocal(t, Options{}, api)
	call := func(form string) string { return l.call("AKIAALICE", "iam", "", form+"&Version=2010-05-08") }
	record := func(operation, middle, readOnly string) {
		t.Helper()
		l.want(strings.NewReplacer("kms.amazonaws.com", "iam.amazonaws.com", "eu-west-1", "us-east-1").Replace(of(alice, operation, middle, readOnly, "")))
	}
	var made struct {
		User struct{ UserId string }                       `xml:"CreateUserResult>User"`
		Key  struct{ AccessKeyId, SecretAccessKey string } `xml:"CreateAccessKeyResult>AccessKey"`
	}
	if err := xml.Unmarshal([]byte(call("Action=CreateUser&UserName=carol&Tags.member.1.Key=a&Tags.member.1.Value=b")), &made); err != nil {
		t.Fatal(err)
	}
	record("CreateUser", `"requestParameters":{"userName":"carol","tags":[{"key":"a","value":"b"}]},"responseElements":{"user":{"path":"/","userName":"carol","userId":"`+made.User.UserId+`",
		"arn":"arn:aws:iam::111122223333:user/carol","createDate":"Nov 5, 2026 12:04:09 PM","tags":[{"key":"a","value":"b"}]}}`, "false")
	if err := xml.Unmarshal([]byte(call("Action=CreateAccessKey&UserName=carol")), &made); err != nil || made.Key.SecretAccessKey == "" {
		t.Fatal(made, err)
	}
	record("CreateAccessKey", `"requestParameters":{"userName":"carol"},"responseElements":{"accessKey":{"userName":"carol","accessKeyId":"`+made.Key.AccessKeyId+`","status":"Active","createDate":"Nov 5, 2026 12:04:09 PM"}}`, "false")
	call("Action=GetUser&UserName=carol")
	record("GetUser", `"requestParameters":{"userName":"carol"},"responseElements":null`, "true")
	call("Action=AttachUserPolicy&UserName=carol&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess")
	record("AttachUserPolicy", `"requestParameters":{"userName":"carol","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"},"responseElements":null`, "false")
	call("Action=CreateUser&UserName=carol")
	record("CreateUser", `"errorCode":"EntityAlreadyExistsException","errorMessage":"User with name carol already exists.","requestParameters":{"userName":"carol"},"responseElements":null`, "false")
	l.call("AKIAEVE", "iam", "", "Action=ListUsers&Version=2010-05-08")
	if got := l.last(); !strings.Contains(got, `"errorCode":"AccessDenied","errorMessage":"User: arn:aws:iam::111122223333:user/team/eve is not authorized to perform: iam:ListUsers`) || !strings.Contains(got, `"requestParameters":null,"responseElements":null`) {
		t.Errorf("%s", got)
	}
	if all := strings.Join(l.records(), ""); strings.Contains(all, made.Key.SecretAccessKey) {
		t.Errorf("a record tells the secret access key: %s", all)
	}
}
