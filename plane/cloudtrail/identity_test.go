package cloudtrail

import (
	"crypto/tls"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

func TestIdentity(t *testing.T) {
	user := authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/a/alice", Account: home, ID: "AIDAALICE"}
	root := authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::111122223333:root", Account: home}
	role := authz.Principal{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/Builder/run-7", Account: home, ID: "AROABUILDER:run-7"}
	guest := authz.Principal{Kind: authz.Federated, ARN: "arn:aws:sts::111122223333:federated-user/bob", Account: home}
	for name, tt := range map[string]struct {
		p              authz.Principal
		s              *plane.Session
		want, username string
	}{
		"user":            {user, nil, `{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::111122223333:user/a/alice","accountId":"111122223333","accessKeyId":"K","userName":"alice"}`, "alice"},
		"user's session":  {user, &plane.Session{Issuer: user.ARN, IssuerID: "AIDAALICE", Created: "T"}, `{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::111122223333:user/a/alice","accountId":"111122223333","accessKeyId":"K","userName":"alice","sessionContext":{"attributes":{"creationDate":"T","mfaAuthenticated":"false"}}}`, "alice"},
		"root":            {root, nil, `{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","accessKeyId":"K"}`, "root"},
		"role":            {role, &plane.Session{Issuer: "arn:aws:iam::111122223333:role/ci/Builder", IssuerID: "AROABUILDER", Created: "T", MFA: true, SourceIdentity: "alice"}, `{"type":"AssumedRole","principalId":"AROABUILDER:run-7","arn":"arn:aws:sts::111122223333:assumed-role/Builder/run-7","accountId":"111122223333","accessKeyId":"K","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROABUILDER","arn":"arn:aws:iam::111122223333:role/ci/Builder","accountId":"111122223333","userName":"Builder"},"attributes":{"creationDate":"T","mfaAuthenticated":"true"},"sourceIdentity":"alice"}}`, "run-7"},
		"role, unknown":   {role, nil, `{"type":"AssumedRole","principalId":"AROABUILDER:run-7","arn":"arn:aws:sts::111122223333:assumed-role/Builder/run-7","accountId":"111122223333","accessKeyId":"K"}`, "run-7"},
		"federated":       {guest, &plane.Session{Issuer: user.ARN, IssuerID: "AIDAALICE", Created: "T"}, `{"type":"FederatedUser","principalId":"111122223333:bob","arn":"arn:aws:sts::111122223333:federated-user/bob","accountId":"111122223333","accessKeyId":"K","sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::111122223333:user/a/alice","accountId":"111122223333","userName":"alice"},"attributes":{"creationDate":"T","mfaAuthenticated":"false"}}}`, "bob"},
		"federated, root": {guest, &plane.Session{Issuer: root.ARN, IssuerID: home, Created: "T"}, `{"type":"FederatedUser","principalId":"111122223333:bob","arn":"arn:aws:sts::111122223333:federated-user/bob","accountId":"111122223333","accessKeyId":"K","sessionContext":{"sessionIssuer":{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"},"attributes":{"creationDate":"T","mfaAuthenticated":"false"}}}`, "bob"},
		"service":         {authz.Principal{Kind: authz.Service, ARN: "bedrock.amazonaws.com"}, nil, `{"type":"AWSService","invokedBy":"bedrock.amazonaws.com"}`, ""},
	} {
		got := string(appendIdentity(nil, &plane.Call{Caller: &plane.Caller{Principal: tt.p, Session: tt.s}, AccessKeyID: "K"}, ""))
		if got != tt.want || username(&tt.p) != tt.username {
			t.Errorf("%s: %s %q, want %s %q", name, got, username(&tt.p), tt.want, tt.username)
		}
	}
}

// TestAcrossAccounts: what is done with the key of another account is in the records of
// both, what is denied in those of the caller.
func TestAcrossAccounts(t *testing.T) {
	l := newLocal(t, Options{})
	id := l.newKey(`{"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"},\"Action\":[\"kms:Encrypt\",\"kms:Sign\"],\"Resource\":\"*\"}]}"}`)
	key := "arn:aws:kms:eu-west-1:111122223333:key/" + id
	l.kmsCall("AKIABOB", "Encrypt", `{"KeyId":"`+key+`","Plaintext":"cGF0aWVudA=="}`)
	all := l.records()
	if len(all) != 3 {
		t.Fatalf("%d records, want 3", len(all))
	}
	var of [2]struct{ SharedEventID, EventID, RequestID string }
	for i := range of {
		if err := json.Unmarshal([]byte(all[1+i]), &of[i]); err != nil {
			t.Fatal(err)
		}
	}
	if of[0].SharedEventID == "" || of[0].SharedEventID != of[1].SharedEventID || of[0].EventID == of[1].EventID || of[0].SharedEventID == of[0].EventID || of[0].RequestID != of[1].RequestID {
		t.Errorf("%+v", of)
	}
	middle := `"eventTime":"2026-11-05T12:04:09Z","eventSource":"kms.amazonaws.com","eventName":"Encrypt","awsRegion":"eu-west-1","sourceIPAddress":"127.0.0.1","userAgent":"test/1 (\"quoted\")",
		"requestParameters":{"keyId":"` + key + `","encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null,"requestID":"REQUEST","eventID":"EVENT","readOnly":true` + about(key) + `,"eventType":"AwsApiCall","managementEvent":true,`
	end := `","sharedEventID":"` + of[0].SharedEventID + `","eventCategory":"Management"}`
	bob := `{"type":"IAMUser","principalId":"AIDABOB","arn":"arn:aws:iam::444455556666:user/team/bob","accountId":"444455556666","accessKeyId":"AKIABOB","userName":"bob"}`
	for i, want := range []string{
		`{"eventVersion":"1.11","userIdentity":` + bob + `,` + middle + `"recipientAccountId":"444455556666` + end,
		`{"eventVersion":"1.11","userIdentity":{"type":"AWSAccount","principalId":"AIDABOB","accountId":"444455556666"},` + middle + `"recipientAccountId":"111122223333` + end,
	} {
		if got := l.normal(all[1+i]); got != oneLine(t, want) {
			t.Errorf("got\n%s\nwant\n%s", got, oneLine(t, want))
		}
	}
	recent := l.trail.Recent(2)
	if recent[0].Account != home || recent[1].Account != abroad || recent[0].Who != "arn:aws:iam::444455556666:user/team/bob" || recent[0].ID == recent[1].ID {
		t.Errorf("%+v", recent)
	}

	// A failure that is no denial is in both.
	l.kmsCall("AKIABOB", "Sign", `{"KeyId":"`+key+`","Message":"cGF0aWVudA==","SigningAlgorithm":"ECDSA_SHA_256"}`)
	if n := len(l.records()); n != 5 {
		t.Errorf("%d records, want 5", n)
	}
	l.kmsCall("AKIABOB", "Decrypt", `{"KeyId":"`+key+`","CiphertextBlob":"cGF0aWVudA=="}`)
	l.kmsCall("AKIABOB", "GenerateDataKey", `{"KeyId":"`+key+`","KeySpec":"AES_256"}`)
	if all = l.records(); len(all) != 7 || !strings.Contains(all[6], `"errorCode":"AccessDenied"`) || !strings.Contains(all[6], `"recipientAccountId":"444455556666","eventCategory"`) {
		t.Errorf("%d records, want 7; the last %s", len(all), all[len(all)-1])
	}
}

func TestTLS(t *testing.T) {
	l := newLocal(t, Options{})
	plain := l.server.Config.Handler
	l.server = httptest.NewUnstartedServer(plain)
	l.server.TLS = &tls.Config{MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519MLKEM768}}
	l.server.StartTLS()
	defer l.server.Close()
	l.kmsCall("ASIAROLE", "ListKeys", `{}`)
	got := l.last()
	if want := `"eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"` + strings.TrimPrefix(l.server.URL, "https://") + `","keyExchange":"X25519MLKEM768"}}`; !strings.HasSuffix(got, want) {
		t.Errorf("%s does not end with %s", got, want)
	}
	if !strings.Contains(got, `"sourceIdentity":"alice"}},"eventTime"`) || l.trail.Recent(1)[0].Username != "run-7" {
		t.Errorf("%s", got)
	}
}

func TestAdditional(t *testing.T) {
	enclave := &material.Attestation{ModuleID: "i-1-enc2", PCRs: map[int][]byte{0: {0xab, 0xcd}}}
	for want, c := range map[string]*kms.Call{
		`^`: {},
		`^,"additionalEventData":{"grantId":"G"}`: {Grant: "G"},
		`^,"additionalEventData":{"keyMaterialId":"M","recipient":{"attestationDocumentModuleId":"i-1-enc2","attestationDocumentEnclaveImageDigest":"abcd"}}`: {Material: "M", Attestation: enclave},
	} {
		if got := string(appendAdditional([]byte("^"), &plane.Call{KMS: c})); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestBounds: fields are as long as AWS has them, and what is not UTF-8 is replaced.
func TestBounds(t *testing.T) {
	trail, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := &plane.Call{
		Service: &plane.Service{Name: "kms"}, Operation: "UpdateKeyDescription", Account: home, Region: region, Began: noon, EventID: "E", RequestID: "R",
		Caller: &plane.Caller{Principal: authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::111122223333:root", Account: home}},
		// The bound is in the middle of a character.
		UserAgent: strings.Repeat("x", 1023) + "é", Code: "X", Message: strings.Repeat("é", 600), Host: "h",
		Input: &kms.UpdateKeyDescriptionInput{KeyId: "\xff", Description: strings.Repeat("d", 100<<10)},
	}
	trail.Observe(c)
	head, tail := `{"eventVersion":"1.11","userIdentity":{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","accessKeyId":""},"eventTime":"2026-11-05T12:04:09Z","eventSource":"kms.amazonaws.com","eventName":"UpdateKeyDescription","awsRegion":"eu-west-1","sourceIPAddress":"","userAgent":"`+strings.Repeat("x", 1023)+`","errorCode":"X","errorMessage":"`+strings.Repeat("é", 512)+`","requestParameters":`,
		`,"responseElements":null,"requestID":"R","eventID":"E","readOnly":false,"resources":[],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`
	if got := string(trail.ring.slots[0].record); got != head+`{"omitted":true}`+tail {
		t.Errorf("%s", got)
	}
	c.Input.(*kms.UpdateKeyDescriptionInput).Description = "d"
	trail.Observe(c)
	if got, want := string(trail.ring.slots[1].record), head+`{"keyId":"`+"\ufffd"+`","description":"d"}`+tail; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
