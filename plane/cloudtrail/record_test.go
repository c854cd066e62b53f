package cloudtrail

import (
	"strings"
	"testing"
)

const alice = `"userIdentity":{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::111122223333:user/team/alice","accountId":"111122223333","accessKeyId":"AKIAALICE","userName":"alice"}`

// of is a record of KMS in the home account: who asked for what, and what is between the
// agent and requestID, and between readOnly and the end.
func of(who, operation, middle, readOnly, resources string) string {
	return `{"eventVersion":"1.11",` + who + `,"eventTime":"2026-11-05T12:04:09Z","eventSource":"kms.amazonaws.com","eventName":"` + operation + `",
		"awsRegion":"eu-west-1","sourceIPAddress":"127.0.0.1","userAgent":"test/1 (\"quoted\")",` + middle + `,"requestID":"REQUEST","eventID":"EVENT","readOnly":` + readOnly + resources + `,
		"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`
}

func about(arns ...string) string {
	var all []string
	for _, a := range arns {
		all = append(all, `{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"`+a+`"}`)
	}
	return `,"resources":[` + strings.Join(all, ",") + `]`
}

func TestRecords(t *testing.T) {
	l := newLocal(t, Options{})
	id := l.newKey(`{"Description":"a \"b\" <é>","Tags":[{"TagKey":"team","TagValue":""}]}`)
	key := "arn:aws:kms:eu-west-1:111122223333:key/" + id
	material := l.fields(l.kmsCall("AKIAALICE", "DescribeKey", `{"KeyId":"`+id+`"}`))["KeyMetadata"].(map[string]any)["CurrentKeyMaterialId"].(string)
	all := l.records()
	created := all[len(all)-2]
	l.want(of(alice, "DescribeKey", `"requestParameters":{"keyId":"`+id+`"},"responseElements":null`, "true", about(key)))

	t.Run("CreateKey", func(t *testing.T) {
		want := oneLine(t, of(alice, "CreateKey", `"requestParameters":{"description":"a \"b\" <é>","keyUsage":"ENCRYPT_DECRYPT","customerMasterKeySpec":"SYMMETRIC_DEFAULT","keySpec":"SYMMETRIC_DEFAULT",
			"origin":"AWS_KMS","bypassPolicyLockoutSafetyCheck":false,"tags":[{"tagKey":"team","tagValue":""}],"multiRegion":false},
			"responseElements":{"keyMetadata":{"aWSAccountId":"111122223333","keyId":"`+id+`","arn":"`+key+`","creationDate":"Nov 5, 2026, 12:04:09 PM","enabled":true,"description":"a \"b\" <é>",
			"keyUsage":"ENCRYPT_DECRYPT","keyState":"Enabled","origin":"AWS_KMS","keyManager":"CUSTOMER","customerMasterKeySpec":"SYMMETRIC_DEFAULT","keySpec":"SYMMETRIC_DEFAULT",
			"encryptionAlgorithms":["SYMMETRIC_DEFAULT"],"multiRegion":false,"currentKeyMaterialId":"`+material+`"}}`, "false", about(key)))
		// The request is not the last one.
		l.request = created[strings.Index(created, `"requestID":"`)+13:][:36]
		if got := l.normal(created); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
	t.Run("cryptography", func(t *testing.T) {
		blob := l.fields(l.kmsCall("AKIAALICE", "Encrypt", `{"KeyId":"`+id+`","Plaintext":"cGF0aWVudA==","EncryptionContext":{"b":"2","a":"1"},"GrantTokens":[]}`))["CiphertextBlob"].(string)
		l.want(of(alice, "Encrypt", `"requestParameters":{"keyId":"`+id+`","encryptionContext":{"a":"1","b":"2"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null`, "true", about(key)))
		l.kmsCall("AKIAALICE", "Decrypt", `{"CiphertextBlob":"`+blob+`","EncryptionContext":{"a":"1","b":"2"}}`)
		l.want(of(alice, "Decrypt", `"requestParameters":{"encryptionContext":{"a":"1","b":"2"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null,
			"additionalEventData":{"keyMaterialId":"`+material+`"}`, "true", about(key)))
		other := l.newKey(`{}`)
		l.kmsCall("AKIAALICE", "ReEncrypt", `{"CiphertextBlob":"`+blob+`","SourceEncryptionContext":{"a":"1","b":"2"},"DestinationKeyId":"`+other+`"}`)
		l.want(of(alice, "ReEncrypt", `"requestParameters":{"sourceEncryptionContext":{"a":"1","b":"2"},"destinationKeyId":"`+other+`","sourceEncryptionAlgorithm":"SYMMETRIC_DEFAULT",
			"destinationEncryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null`, "true", about(key, "arn:aws:kms:eu-west-1:111122223333:key/"+other)))
		l.kmsCall("AKIAALICE", "GenerateDataKey", `{"KeyId":"`+key+`","NumberOfBytes":64,"DryRun":false}`)
		l.want(of(alice, "GenerateDataKey", `"requestParameters":{"keyId":"`+key+`","numberOfBytes":64},"responseElements":null`, "true", about(key)))
		l.kmsCall("AKIAALICE", "GenerateRandom", `{"NumberOfBytes":16}`)
		l.want(of(alice, "GenerateRandom", `"requestParameters":null,"responseElements":null`, "true", about()))
		signer := l.newKey(`{"CustomerMasterKeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY"}`)
		if !strings.Contains(l.last(), `"keyUsage":"SIGN_VERIFY","customerMasterKeySpec":"ECC_NIST_P256","keySpec":"ECC_NIST_P256","origin":"AWS_KMS","bypass`) {
			t.Errorf("%s", l.last())
		}
		l.kmsCall("AKIAALICE", "Sign", `{"KeyId":"`+signer+`","Message":"cGF0aWVudA==","SigningAlgorithm":"ECDSA_SHA_256"}`)
		l.want(of(alice, "Sign", `"requestParameters":{"keyId":"`+signer+`","messageType":"RAW","signingAlgorithm":"ECDSA_SHA_256"},"responseElements":null`, "true", about("arn:aws:kms:eu-west-1:111122223333:key/"+signer)))
	})
	t.Run("management", func(t *testing.T) {
		named := `{"keyId":"` + key + `"}`
		alias := "arn:aws:kms:eu-west-1:111122223333:alias/a"
		l.kmsCall("AKIAALICE", "CreateAlias", `{"AliasName":"alias/a","TargetKeyId":"`+id+`"}`)
		l.want(of(alice, "CreateAlias", `"requestParameters":{"aliasName":"alias/a","targetKeyId":"`+id+`"},"responseElements":`+named, "false", about(key, alias)))
		l.kmsCall("AKIAALICE", "ListAliases", `{"KeyId":"`+id+`","Limit":5}`)
		l.want(of(alice, "ListAliases", `"requestParameters":{"keyId":"`+id+`","limit":5},"responseElements":null`, "true", about()))
		l.kmsCall("AKIAALICE", "ListKeys", `{}`)
		l.want(of(alice, "ListKeys", `"requestParameters":null,"responseElements":null`, "true", about()))
		other := l.newKey(`{}`)
		otherARN := "arn:aws:kms:eu-west-1:111122223333:key/" + other
		l.kmsCall("AKIAALICE", "UpdateAlias", `{"AliasName":"alias/a","TargetKeyId":"`+other+`"}`)
		l.want(of(alice, "UpdateAlias", `"requestParameters":{"aliasName":"alias/a","targetKeyId":"`+other+`"},"responseElements":{"keyId":"`+otherARN+`"}`, "false", about(alias, otherARN)))
		l.kmsCall("AKIAALICE", "DeleteAlias", `{"AliasName":"alias/a"}`)
		l.want(of(alice, "DeleteAlias", `"requestParameters":{"aliasName":"alias/a"},"responseElements":{"keyId":"`+otherARN+`"}`, "false", about(alias, otherARN)))
		l.kmsCall("AKIAALICE", "DisableKey", `{"KeyId":"`+id+`"}`)
		l.want(of(alice, "DisableKey", `"requestParameters":`+`{"keyId":"`+id+`"}`+`,"responseElements":`+named, "false", about(key)))
		l.kmsCall("AKIAALICE", "EnableKey", `{"KeyId":"`+id+`"}`)
		l.kmsCall("AKIAALICE", "UpdateKeyDescription", `{"KeyId":"`+id+`","Description":""}`)
		l.want(of(alice, "UpdateKeyDescription", `"requestParameters":{"keyId":"`+id+`","description":""},"responseElements":`+named, "false", about(key)))
		grant := l.fields(l.kmsCall("AKIAALICE", "CreateGrant", `{"KeyId":"`+id+`","GranteePrincipal":"arn:aws:iam::111122223333:user/team/eve","Operations":["Encrypt"],"Constraints":{"EncryptionContextSubset":{"a":"1"}}}`))
		l.want(of(alice, "CreateGrant", `"requestParameters":{"keyId":"`+id+`","granteePrincipal":"arn:aws:iam::111122223333:user/team/eve","operations":["Encrypt"],"constraints":{"encryptionContextSubset":{"a":"1"}}},
			"responseElements":{"grantId":"`+grant["GrantId"].(string)+`","keyId":"`+key+`"}`, "false", about(key)))
		l.kmsCall("AKIAALICE", "RetireGrant", `{"GrantToken":"`+grant["GrantToken"].(string)+`"}`)
		l.want(of(alice, "RetireGrant", `"requestParameters":null,"responseElements":`+named+`,"additionalEventData":{"grantId":"`+grant["GrantId"].(string)+`"}`, "false", about(key)))
		l.kmsCall("AKIAALICE", "PutKeyPolicy", `{"KeyId":"`+id+`","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}}"}`)
		l.want(of(alice, "PutKeyPolicy", `"requestParameters":{"keyId":"`+id+`","policyName":"default","policy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}}","bypassPolicyLockoutSafetyCheck":false},
			"responseElements":`+named, "false", about(key)))
		l.kmsCall("AKIAALICE", "ScheduleKeyDeletion", `{"KeyId":"`+other+`","PendingWindowInDays":7}`)
		l.want(of(alice, "ScheduleKeyDeletion", `"requestParameters":{"keyId":"`+other+`","pendingWindowInDays":7},
			"responseElements":{"keyId":"`+otherARN+`","deletionDate":"Nov 12, 2026, 12:04:09 PM","keyState":"PendingDeletion","pendingWindowInDays":7}`, "false", about(otherARN)))
		l.kmsCall("AKIAALICE", "DescribeCustomKeyStores", `{}`)
		l.want(of(alice, "DescribeCustomKeyStores", `"requestParameters":null,"responseElements":null`, "true", ""))
		l.kmsCall("AKIAALICE", "CreateCustomKeyStore", `{"CustomKeyStoreName":"s","CloudHsmClusterId":"cluster-2a23b4cdefg","KeyStorePassword":"kmsPswd1","TrustAnchorCertificate":"c"}`)
		if got := l.last(); !strings.Contains(got, `"requestParameters":{"customKeyStoreName":"s","clusterId":"cluster-2a23b4cdefg","trustAnchorCertificate":"c"},"responseElements":null,"requestID"`) {
			t.Errorf("%s", got)
		}
	})
	t.Run("failures", func(t *testing.T) {
		eve := strings.NewReplacer("alice", "eve", "ALICE", "EVE").Replace(alice)
		l.kmsCall("AKIAEVE", "Encrypt", `{"KeyId":"`+id+`","Plaintext":"cGF0aWVudA=="}`)
		l.want(of(eve, "Encrypt", `"errorCode":"AccessDenied","errorMessage":"User: arn:aws:iam::111122223333:user/team/eve is not authorized to perform: kms:Encrypt on resource: `+key+` because no identity-based policy allows the kms:Encrypt action",
			"requestParameters":null,"responseElements":null`, "true", about(key)))
		l.kmsCall("AKIAALICE", "Decrypt", `{"CiphertextBlob":"cGF0aWVudA=="}`)
		l.want(of(alice, "Decrypt", `"errorCode":"InvalidCiphertextException","requestParameters":{"encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null`, "true", about()))
		l.kmsCall("AKIAALICE", "Sign", `{"KeyId":"`+id+`","Message":"cGF0aWVudA==","SigningAlgorithm":"ECDSA_SHA_256"}`)
		l.want(of(alice, "Sign", `"errorCode":"InvalidKeyUsageException","errorMessage":"`+key+` key usage is ENCRYPT_DECRYPT which is not valid for Sign.","requestParameters":{"keyId":"`+id+`","messageType":"RAW","signingAlgorithm":"ECDSA_SHA_256"},"responseElements":null`, "true", about(key)))
		l.kmsCall("AKIAALICE", "CreateKey", `{"Origin":"NOWHERE"}`)
		if got := l.last(); !strings.Contains(got, `"errorCode":"ValidationException","errorMessage":"1 validation error detected: Value 'NOWHERE' at 'origin'`) || !strings.Contains(got, `"requestParameters":null,"responseElements":null,"requestID":"REQUEST","eventID":"EVENT","readOnly":false,"resources":[],`) {
			t.Errorf("%s", got)
		}
	})
}
