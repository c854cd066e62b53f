package cloudtrail

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/bedlock/bedlock/kms"
)

func TestServiceEvents(t *testing.T) {
	trail, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := "arn:aws:kms:eu-west-1:111122223333:key/K"
	head := `{"eventVersion":"1.11","userIdentity":{"accountId":"111122223333","invokedBy":"AWS Internal"},"eventTime":"2026-11-05T12:04:09Z","eventSource":"kms.amazonaws.com","eventName":"%s","awsRegion":"eu-west-1","sourceIPAddress":"AWS Internal","userAgent":"AWS Internal","requestParameters":null,"responseElements":%s"eventID":"EVENT","readOnly":false,"resources":[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"` + key + `"}],"eventType":"%s","managementEvent":true,"recipientAccountId":"111122223333",%s"eventCategory":"Management"}`
	named := `{"keyId":"` + key + `"},`
	request := regexp.MustCompile(`"requestID":"[0-9a-f-]{36}"`)
	for i, tt := range []struct {
		name, response, kind, details string
	}{
		{"DeleteKey", named, "AwsServiceEvent", ""},
		{"RotateKey", "null,", "AwsServiceEvent", `"serviceEventDetails":{"rotationType":"AUTOMATIC","keyOrigin":"AWS_KMS","previousKeyMaterialId":"P","currentKeyMaterialId":"M","keyId":"K"},`},
		{"DeleteExpiredKeyMaterial", "null,", "AwsServiceEvent", `"serviceEventDetails":{"keyId":"K","keyMaterialId":"M"},`},
		{"SynchronizeMultiRegionKey", named + `"requestID":"REQUEST",`, "AwsApiCall", ""},
	} {
		trail.Event(kms.Event{Name: tt.name, Time: noon, ARN: key, KeyID: "K", Account: home, Region: region, Origin: kms.OriginKMS, Material: "M", Previous: "P", RotationType: "AUTOMATIC"})
		got := request.ReplaceAllString(eventID.ReplaceAllString(string(trail.ring.slots[i].record), `"eventID":"EVENT"`), `"requestID":"REQUEST"`)
		if want := fmt.Sprintf(head, tt.name, tt.response, tt.kind, tt.details); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestRotationIsRecorded: a rotation on demand is recorded besides the call that asked.
func TestRotationIsRecorded(t *testing.T) {
	l := newLocal(t, Options{})
	id := l.newKey(`{}`)
	l.kmsCall("AKIAALICE", "RotateKeyOnDemand", `{"KeyId":"`+id+`"}`)
	if got := fmt.Sprint(names(l.lookup("AKIAALICE", `{}`))); got != "[RotateKeyOnDemand RotateKey CreateKey]" {
		t.Errorf("%s", got)
	}
	if got := fmt.Sprint(names(l.lookup("AKIAALICE", `{"LookupAttributes":[{"AttributeKey":"ResourceName","AttributeValue":"arn:aws:kms:eu-west-1:111122223333:key/`+id+`"}]}`))); got != "[RotateKeyOnDemand RotateKey CreateKey]" {
		t.Errorf("%s", got)
	}
}
