package verify

import "testing"

// records are of CloudTrail; the second is the example of
// https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html, shortened.
var records = []struct {
	text string
	use  bool
}{
	{`{"eventID":"e1","eventTime":"2026-11-25T15:00:00Z","eventName":"GenerateDataKey","userIdentity":{"type":"AWSService","invokedBy":"dynamodb.amazonaws.com"},"requestParameters":{"encryptionContext":{"aws:dynamodb:tableName":"t"}}}`, true},
	{`{"eventID":"e2","eventTime":"2022-07-27T22:58:24Z","eventName":"Decrypt","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/Alice"},"requestParameters":{"encryptionContext":{"Project":"Alpha"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null}`, true},
	{`{"eventID":"e3","eventName":"ReEncrypt","requestParameters":{"destinationEncryptionContext":{"a":"b"}}}`, true},
	{`{"eventID":"e4","eventName":"CreateGrant","requestParameters":{"constraints":{"encryptionContextSubset":{"a":"b"}}}}`, true},
	{`{"eventID":"e5","eventName":"Encrypt","requestParameters":{}}`, true},
	{`{"eventID":"e6","eventName":"Decrypt","errorCode":"AccessDenied","requestParameters":{"encryptionContext":{"a":"b"}}}`, false},
	{`{"eventID":"e9","eventName":"GenerateDataKey","errorCode":"DryRunOperationException","errorMessage":"The request would have succeeded, but the DryRun option is set.","requestParameters":{"encryptionContext":{"a":"b"}}}`, false},
	{`{"eventID":"e7","eventName":"DescribeKey","requestParameters":{"keyId":"k"}}`, false},
	{`{"eventName":"Decrypt"}`, false},
	{`{"eventID":"e8","eventName":"Decrypt","requestParameters":{"encryptionContext":[]}}`, false},
	{``, false},
}

func TestParse(t *testing.T) {
	for _, r := range records {
		u, ok := parse(r.text)
		if ok != r.use || ok && u.Event == "" {
			t.Errorf("%s: %t, %+v", r.text, ok, u)
		}
	}
	u, _ := parse(records[0].text)
	if u.Principal != "dynamodb.amazonaws.com" || u.Service != "dynamodb.amazonaws.com" || u.Operation != "GenerateDataKey" || u.Time != "2026-11-25T15:00:00Z" || u.Context["aws:dynamodb:tableName"] != "t" {
		t.Errorf("%+v", u)
	}
	for _, n := range []int{2, 3} {
		if u, _ := parse(records[n].text); u.Context["a"] != "b" {
			t.Errorf("%+v", u)
		}
	}
}

// FuzzParse: a record is read, or is no use.
func FuzzParse(f *testing.F) {
	for _, r := range records {
		f.Add(r.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if u, ok := parse(text); ok && (u.Event == "" || u.Context == nil && !uses(u.Operation)) {
			t.Errorf("%+v", u)
		}
	})
}
