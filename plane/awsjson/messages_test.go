package awsjson

import (
	"encoding/base64"
	"strings"
	"testing"
)

const keySpecs = "[RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, " +
	"ECC_NIST_EDWARDS25519, SYMMETRIC_DEFAULT, HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2, ML_DSA_44, ML_DSA_65, ML_DSA_87"

// TestRecordedMessages has the messages that were recorded of KMS. LS is a recording of
// LocalStack against AWS, LK the suite of local-kms, F https://github.com/floci-io/floci/pull/3968.
func TestRecordedMessages(t *testing.T) {
	blob := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	long := strings.Repeat("k", 129)
	for _, tt := range []struct{ source, operation, body, message string }{
		// Numbers.
		{"LS 2023-04", "GenerateRandom", `{"NumberOfBytes":0}`,
			"1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"LS 2023-04", "GenerateRandom", `{"NumberOfBytes":1025}`,
			"1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024"},
		{"F", "EnableKeyRotation", `{"KeyId":"k","RotationPeriodInDays":89}`,
			"1 validation error detected: Value '89' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value greater than or equal to 90"},
		{"F", "EnableKeyRotation", `{"KeyId":"k","RotationPeriodInDays":2561}`,
			"1 validation error detected: Value '2561' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value less than or equal to 2560"},
		// Blobs: no value.
		{"LS 2023-04", "Encrypt", `{"KeyId":"k","Plaintext":"` + blob(4097) + `"}`,
			"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"},
		{"LK, F", "Encrypt", `{"KeyId":"k","Plaintext":""}`,
			"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"F", "Verify", `{"KeyId":"k","Message":"AAAA","Signature":"` + blob(6145) + `","SigningAlgorithm":"ECDSA_SHA_256"}`,
			"1 validation error detected: Value at 'signature' failed to satisfy constraint: Member must have length less than or equal to 6144"},
		{"F", "Decrypt", `{"CiphertextBlob":""}`,
			"1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		// Missing: null, but nothing for a sensitive member.
		{"LK", "PutKeyPolicy", `{"KeyId":"k","PolicyName":"default"}`,
			"1 validation error detected: Value null at 'policy' failed to satisfy constraint: Member must not be null"},
		{"F", "DescribeKey", `{}`,
			"1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"},
		{"F", "CreateAlias", `{"AliasName":"alias/x"}`,
			"1 validation error detected: Value null at 'targetKeyId' failed to satisfy constraint: Member must not be null"},
		{"F", "ReEncrypt", `{"CiphertextBlob":"AAAA"}`,
			"1 validation error detected: Value null at 'destinationKeyId' failed to satisfy constraint: Member must not be null"},
		{"F", "Verify", `{"KeyId":"k","Message":"AAAA","SigningAlgorithm":"ECDSA_SHA_256"}`,
			"1 validation error detected: Value null at 'signature' failed to satisfy constraint: Member must not be null"},
		{"F", "Encrypt", `{"KeyId":"k"}`,
			"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must not be null"},
		{"F", "VerifyMac", `{"KeyId":"k","Mac":"AAAA","MacAlgorithm":"HMAC_SHA_256"}`,
			"1 validation error detected: Value at 'message' failed to satisfy constraint: Member must not be null"},
		// Patterns, and two at once.
		{"LK", "GetKeyPolicy", `{"KeyId":"k","PolicyName":"invalid-name"}`,
			`1 validation error detected: Value 'invalid-name' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+`},
		{"F", "DescribeKey", `{"KeyId":"\u30ad\u30fc"}`,
			`1 validation error detected: Value 'キー' at 'keyId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\p{ASCII}+$`},
		{"F", "GetPublicKey", `{"KeyId":""}`,
			`2 validation errors detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1; ` +
				`Value '' at 'keyId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\p{ASCII}+$`},
		// Enumerations.
		{"F", "Sign", `{"KeyId":"k","Message":"AAAA","SigningAlgorithm":"FOO"}`,
			"1 validation error detected: Value 'FOO' at 'signingAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: " +
				"[RSASSA_PSS_SHA_256, RSASSA_PSS_SHA_384, RSASSA_PSS_SHA_512, RSASSA_PKCS1_V1_5_SHA_256, RSASSA_PKCS1_V1_5_SHA_384, " +
				"RSASSA_PKCS1_V1_5_SHA_512, ECDSA_SHA_256, ECDSA_SHA_384, ECDSA_SHA_512, ED25519_SHA_512, ED25519_PH_SHA_512, SM2DSA, ML_DSA_SHAKE_256]"},
		{"F", "Verify", `{"KeyId":"k","Message":"AAAA","MessageType":"FOO","Signature":"AAAA","SigningAlgorithm":"ECDSA_SHA_256"}`,
			"1 validation error detected: Value 'FOO' at 'messageType' failed to satisfy constraint: Member must satisfy enum value set: [RAW, DIGEST, EXTERNAL_MU]"},
		{"F", "Decrypt", `{"CiphertextBlob":"AAAA","EncryptionAlgorithm":"FOO"}`,
			"1 validation error detected: Value 'FOO' at 'encryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: " +
				"[RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE, SYMMETRIC_DEFAULT]"},
		{"LS 2023-04, F", "GenerateMac", `{"KeyId":"k","Message":"AAAA","MacAlgorithm":"hmac_sha_256"}`,
			"1 validation error detected: Value 'hmac_sha_256' at 'macAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: " +
				"[HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512]"},
		{"LS 2024-12", "DeriveSharedSecret", `{"KeyId":"k","KeyAgreementAlgorithm":"FOO","PublicKey":"AAAA"}`,
			"1 validation error detected: Value 'FOO' at 'keyAgreementAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ECDH]"},
		// F ends after ML_DSA_87; the last three came after it and are not confirmed.
		{"F", "GenerateDataKey", `{"KeyId":"k","KeySpec":"RSA_2048"}`,
			"1 validation error detected: Value 'RSA_2048' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: " +
				keySpecs + ", ML_KEM_512, ML_KEM_768, ML_KEM_1024]"},
		{"F, for GenerateDataKey", "CreateKey", `{"KeySpec":"HMAC_random"}`,
			"1 validation error detected: Value 'HMAC_random' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: " +
				keySpecs + ", ML_KEM_512, ML_KEM_768, ML_KEM_1024]"},
		{"LS 2023-04, for the first three", "CreateKey", `{"KeyUsage":"FOO"}`,
			"1 validation error detected: Value 'FOO' at 'keyUsage' failed to satisfy constraint: Member must satisfy enum value set: " +
				"[ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC, KEY_AGREEMENT, ENCAPSULATE_DECAPSULATE]"},
		// Paths into lists.
		{"LS 2025-01", "CreateKey", `{"Tags":[{"TagKey":"` + long + `","TagValue":"v"}]}`,
			"1 validation error detected: Value '" + long + "' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{"LS 2025-01", "TagResource", `{"KeyId":"k","Tags":[{"TagKey":"a","TagValue":"` + long + long + `"}]}`,
			"1 validation error detected: Value '" + long + long + "' at 'tags.1.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256"},
	} {
		_, code, message := read(inputs(t, kms(t))[tt.operation], tt.body)
		if code != ValidationException || message != tt.message {
			t.Errorf("%s, %s %.80s\ngot  %s %s\nwant %s", tt.source, tt.operation, tt.body, code, message, tt.message)
		}
	}
}

// TestDerivedMessages has messages that follow the recorded ones, but were not seen of KMS.
func TestDerivedMessages(t *testing.T) {
	for _, tt := range []struct{ operation, body, message string }{
		{"TagResource", `{"KeyId":"k","Tags":[{"TagKey":"a","TagValue":""},{"TagKey":""},null,{"TagValue":"x"}]}`,
			"3 validation errors detected: " +
				"Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
				"Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null; " +
				"Value null at 'tags.4.member.tagKey' failed to satisfy constraint: Member must not be null"},
		{"CreateGrant", `{"KeyId":"k","GranteePrincipal":"p","Operations":["Encrypt","Fly","Walk"]}`,
			"1 validation error detected: Value '[Encrypt, Fly, Walk]' at 'operations' failed to satisfy constraint: Member must satisfy constraint: " +
				"[Member must satisfy enum value set: [Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, ReEncryptFrom, ReEncryptTo, " +
				"Sign, Verify, GetPublicKey, CreateGrant, RetireGrant, DescribeKey, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext, " +
				"GenerateMac, VerifyMac, DeriveSharedSecret, Encapsulate, Decapsulate]]"},
		{"UntagResource", `{"KeyId":"k","TagKeys":["a","",null]}`,
			"1 validation error detected: Value '[a, , null]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: " +
				"[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"},
		{"Decrypt", `{"CiphertextBlob":"AAAA","GrantTokens":["1","2","3","4","5","6","7","8","9","10","11"]}`,
			"1 validation error detected: Value '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]' at 'grantTokens' failed to satisfy constraint: " +
				"Member must have length less than or equal to 10"},
		{"Decrypt", `{"CiphertextBlob":"AAAA","Recipient":{"KeyEncryptionAlgorithm":"X","AttestationDocument":""}}`,
			"2 validation errors detected: Value 'X' at 'recipient.keyEncryptionAlgorithm' failed to satisfy constraint: " +
				"Member must satisfy enum value set: [RSAES_OAEP_SHA_256]; " +
				"Value at 'recipient.attestationDocument' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		// Order is that of the model, not that of the body.
		{"PutKeyPolicy", `{"PolicyName":"a-b"}`,
			"3 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; " +
				`Value 'a-b' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+; ` +
				"Value null at 'policy' failed to satisfy constraint: Member must not be null"},
		// Sensitive: neither password nor secret.
		{"UpdateCustomKeyStore", `{"CustomKeyStoreId":"c","KeyStorePassword":"secret"}`,
			"1 validation error detected: Value at 'keyStorePassword' failed to satisfy constraint: Member must have length greater than or equal to 7"},
		{"UpdateCustomKeyStore", `{"CustomKeyStoreId":"c","XksProxyAuthenticationCredential":{"AccessKeyId":"ABCDEFGHIJKLMNOPQRST"}}`,
			"1 validation error detected: Value at 'xksProxyAuthenticationCredential.rawSecretAccessKey' failed to satisfy constraint: Member must not be null"},
		// A fraction is cut off before the value is checked and printed.
		{"GenerateRandom", `{"NumberOfBytes":0.9}`,
			"1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"GenerateRandom", `{"NumberOfBytes":2e3}`,
			"1 validation error detected: Value '2000' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024"},
	} {
		_, code, message := read(inputs(t, kms(t))[tt.operation], tt.body)
		if code != ValidationException || message != tt.message {
			t.Errorf("%s %s\ngot  %s %s\nwant %s", tt.operation, tt.body, code, message, tt.message)
		}
	}
}

func TestAtMostTenViolations(t *testing.T) {
	body := `{"KeyId":"k","Tags":[` + strings.Repeat(`{"TagKey":"","TagValue":"v"},`, 11) + `{"TagKey":"a","TagValue":"v"}]}`
	_, code, message := read(inputs(t, kms(t))["TagResource"], body)
	if code != ValidationException || !strings.HasPrefix(message, "10 validation errors detected: ") || strings.Count(message, "; ") != 9 {
		t.Errorf("%s %s", code, message)
	}
}
