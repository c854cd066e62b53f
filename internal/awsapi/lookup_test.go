package awsapi

import "testing"

// TestContextOf: of a record the encryption context is kept, and of one that is no use nothing.
func TestContextOf(t *testing.T) {
	for name, test := range map[string]struct{ record, want string }{
		"use":       {`{"eventID":"e1","eventName":"Decrypt","sourceIPAddress":"192.0.2.1","requestParameters":{"encryptionContext":{"a":"b"},"keyId":"k"}}`, `{"eventID":"e1","requestParameters":{"encryptionContext":{"a":"b"}}}`},
		"ReEncrypt": {`{"eventID":"e1","requestParameters":{"sourceEncryptionContext":{"a":"b"},"destinationEncryptionContext":{"c":"d"}}}`, `{"eventID":"e1","requestParameters":{"encryptionContext":{"c":"d"}}}`},
		"dry run":   {`{"eventID":"e1","eventName":"Decrypt","errorCode":"DryRunOperationException","errorMessage":"The request would have succeeded, but the DryRun option is set.","requestParameters":{"encryptionContext":{"a":"b"}}}`, ""},
		"denied":    {`{"eventID":"e1","errorCode":"AccessDenied","requestParameters":{"encryptionContext":{"a":"b"}}}`, ""},
		"no id":     {`{"requestParameters":{"encryptionContext":{"a":"b"}}}`, ""},
		"no record": {`{`, ""},
	} {
		if got, ok := contextOf(test.record); got != test.want || ok != (test.want != "") {
			t.Errorf("%s: %s, %t", name, got, ok)
		}
	}
}
