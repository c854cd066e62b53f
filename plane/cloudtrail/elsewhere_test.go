package cloudtrail

import (
	"strings"
	"testing"
)

// TestTwoRegions: what KMS does in another Region is recorded there.
func TestTwoRegions(t *testing.T) {
	l := newLocal(t, Options{})
	id := l.newKey(`{"MultiRegion":true,"Description":"d"}`)
	there := "arn:aws:kms:eu-central-1:111122223333:key/" + id
	l.kmsCall("AKIAALICE", "ReplicateKey", `{"KeyId":"`+id+`","ReplicaRegion":"eu-central-1","Description":"e","Tags":[{"TagKey":"a","TagValue":"b"}]}`)
	all := l.records()
	if len(all) != 4 { // with that of the synchronization, before the call is answered
		t.Fatalf("%d records", len(all))
	}
	start := strings.Index(all[2], `"responseElements":{"replicaKeyMetadata":{"aWSAccountId":"111122223333","keyId":"`+id+`","arn":"`+there+`","creationDate":"Nov 5, 2026, 12:04:09 PM","enabled":false,"description":"e",`)
	end := strings.Index(all[2], `},"replicaPolicy":"{`)
	if start < 0 || end < start || !strings.Contains(all[2], `"awsRegion":"eu-west-1"`) || !strings.Contains(all[2], `"requestParameters":{"keyId":"`+id+`","replicaRegion":"eu-central-1","bypassPolicyLockoutSafetyCheck":false,"description":"e","tags":[{"tagKey":"a","tagValue":"b"}]}`) || !strings.Contains(all[2], `,"replicaTags":[{"tagKey":"a","tagValue":"b"}]},"requestID"`) {
		t.Fatalf("%s", all[2])
	}
	metadata := all[2][start+len(`"responseElements":{"replicaKeyMetadata":`) : end+1]
	byKMS := strings.Replace(alice, `"userName":"alice"`, `"userName":"alice","invokedBy":"kms.amazonaws.com"`, 1)
	in := strings.NewReplacer(`"awsRegion":"eu-west-1"`, `"awsRegion":"eu-central-1"`)
	l.want(in.Replace(of(byKMS, "CreateKey", `"requestParameters":{"description":"e","keyUsage":"ENCRYPT_DECRYPT","customerMasterKeySpec":"SYMMETRIC_DEFAULT","keySpec":"SYMMETRIC_DEFAULT","origin":"AWS_KMS","bypassPolicyLockoutSafetyCheck":false,
		"tags":[{"tagKey":"a","tagValue":"b"}],"multiRegion":true},"responseElements":{"keyMetadata":`+metadata+`}`, "false", about(there))))

	l.kmsCall("AKIAALICE", "UpdatePrimaryRegion", `{"KeyId":"`+id+`","PrimaryRegion":"eu-central-1"}`)
	if all = l.records(); len(all) != 7 {
		t.Fatalf("%d records", len(all))
	}
	here := "arn:aws:kms:eu-west-1:111122223333:key/" + id
	if got, want := l.normal(all[5]), oneLine(t, of(alice, "UpdatePrimaryRegion", `"requestParameters":{"keyId":"`+id+`","primaryRegion":"eu-central-1"},"responseElements":{"keyId":"`+here+`"}`, "false", about(here))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	l.want(in.Replace(of(byKMS, "UpdatePrimaryRegion", `"requestParameters":{"keyId":"`+there+`","primaryRegion":"eu-central-1"},"responseElements":{"keyId":"`+there+`"}`, "false", about(there))))
	l.kmsCall("AKIAEVE", "UpdatePrimaryRegion", `{"KeyId":"`+id+`","PrimaryRegion":"eu-west-1"}`)
	if n := len(l.records()); n != 8 {
		t.Errorf("%d records, want one for a denial", n-7)
	}
}
