package cloudtrail

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

// TestSecrets: nothing that was encrypted, signed or returned as a secret is in a record,
// in no form of it.
func TestSecrets(t *testing.T) {
	l := newLocal(t, Options{})
	secrets := map[string]string{}
	keep := func(what, blob string) string {
		if blob == "" {
			t.Fatalf("no %s", what)
		}
		secrets[what] = blob
		return blob
	}
	blobs := func(answer string, names ...string) map[string]any {
		out := l.fields(answer)
		for _, name := range names {
			s, _ := out[name].(string)
			keep(name, s)
		}
		return out
	}
	text := keep("plaintext", base64.StdEncoding.EncodeToString([]byte("the patient is well")))
	key := l.newKey(`{}`)
	cipher := blobs(l.kmsCall("AKIAALICE", "Encrypt", `{"KeyId":"`+key+`","Plaintext":"`+text+`"}`), "CiphertextBlob")["CiphertextBlob"].(string)
	l.kmsCall("AKIAALICE", "Decrypt", `{"CiphertextBlob":"`+cipher+`"}`)
	l.kmsCall("AKIAALICE", "Decrypt", `{"CiphertextBlob":"`+cipher+`","EncryptionContext":{"a":"b"}}`)
	l.kmsCall("AKIAEVE", "Decrypt", `{"CiphertextBlob":"`+cipher+`"}`)
	blobs(l.kmsCall("AKIAALICE", "ReEncrypt", `{"CiphertextBlob":"`+cipher+`","DestinationKeyId":"`+key+`"}`), "CiphertextBlob")
	blobs(l.kmsCall("AKIAALICE", "GenerateDataKey", `{"KeyId":"`+key+`","KeySpec":"AES_256"}`), "CiphertextBlob", "Plaintext")
	blobs(l.kmsCall("AKIAALICE", "GenerateDataKeyPair", `{"KeyId":"`+key+`","KeyPairSpec":"ECC_NIST_P256"}`), "PrivateKeyPlaintext", "PrivateKeyCiphertextBlob", "PublicKey")
	blobs(l.kmsCall("AKIAALICE", "GenerateRandom", `{"NumberOfBytes":32}`), "Plaintext")
	signer := l.newKey(`{"KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY"}`)
	signature := blobs(l.kmsCall("AKIAALICE", "Sign", `{"KeyId":"`+signer+`","Message":"`+text+`","SigningAlgorithm":"ECDSA_SHA_256"}`), "Signature")["Signature"].(string)
	l.kmsCall("AKIAALICE", "Verify", `{"KeyId":"`+signer+`","Message":"`+text+`","Signature":"`+signature+`","SigningAlgorithm":"ECDSA_SHA_256"}`)
	macs := l.newKey(`{"KeySpec":"HMAC_256","KeyUsage":"GENERATE_VERIFY_MAC"}`)
	mac := blobs(l.kmsCall("AKIAALICE", "GenerateMac", `{"KeyId":"`+macs+`","Message":"`+text+`","MacAlgorithm":"HMAC_SHA_256"}`), "Mac")["Mac"].(string)
	l.kmsCall("AKIAALICE", "VerifyMac", `{"KeyId":"`+macs+`","Message":"`+text+`","Mac":"`+mac+`","MacAlgorithm":"HMAC_SHA_256"}`)
	imported := l.newKey(`{"Origin":"EXTERNAL"}`)
	token := blobs(l.kmsCall("AKIAALICE", "GetParametersForImport", `{"KeyId":"`+imported+`","WrappingAlgorithm":"RSAES_OAEP_SHA_256","WrappingKeySpec":"RSA_2048"}`), "ImportToken", "PublicKey")["ImportToken"].(string)
	l.kmsCall("AKIAALICE", "ImportKeyMaterial", `{"KeyId":"`+imported+`","ImportToken":"`+token+`","EncryptedKeyMaterial":"`+text+`"}`)
	granted := blobs(l.kmsCall("AKIAALICE", "CreateGrant", `{"KeyId":"`+key+`","GranteePrincipal":"arn:aws:iam::111122223333:user/team/eve","Operations":["Encrypt"]}`), "GrantToken")["GrantToken"].(string)
	l.kmsCall("AKIAEVE", "Encrypt", `{"KeyId":"`+key+`","Plaintext":"`+text+`","GrantTokens":["`+granted+`"]}`)
	l.kmsCall("AKIAALICE", "RetireGrant", `{"GrantToken":"`+granted+`"}`)
	keep("store password", "kmsPswd1")
	l.kmsCall("AKIAALICE", "CreateCustomKeyStore", `{"CustomKeyStoreName":"s","CloudHsmClusterId":"cluster-2a23b4cdefg","KeyStorePassword":"kmsPswd1","TrustAnchorCertificate":"c"}`)
	keep("proxy secret", "DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H/u9pSo=")
	keep("proxy access key", "ABCDE12345670EXAMPLE")
	l.kmsCall("AKIAALICE", "CreateCustomKeyStore", `{"CustomKeyStoreName":"x","CustomKeyStoreType":"EXTERNAL_KEY_STORE","XksProxyUriEndpoint":"https://proxy.example.com","XksProxyUriPath":"/kms/xks/v1","XksProxyConnectivity":"PUBLIC_ENDPOINT",
		"XksProxyAuthenticationCredential":{"AccessKeyId":"ABCDE12345670EXAMPLE","RawSecretAccessKey":"DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H/u9pSo="}}`)

	records := l.records()
	if len(records) != 23 {
		t.Errorf("%d records", len(records))
	}
	all := strings.Join(records, "\n") + fmt.Sprint(l.trail.Recent(100))
	for what, s := range secrets {
		forms := []string{s, strings.TrimRight(s, "=")}
		if raw, err := base64.StdEncoding.DecodeString(s); err == nil {
			forms = append(forms, string(raw), base64.RawURLEncoding.EncodeToString(raw), fmt.Sprintf("%x", raw))
		}
		for _, form := range forms {
			if strings.Contains(all, form) {
				t.Errorf("a record tells a %s: %q", what, form)
			}
		}
	}
	for _, r := range records {
		if !json.Valid([]byte(r)) {
			t.Errorf("no JSON: %s", r)
		}
	}
}

// TestHiddenShapes: what is hidden by name exists, so that a new model is noticed.
func TestHiddenShapes(t *testing.T) {
	missing := map[string]bool{}
	for name := range hiddenShapes {
		missing[name] = true
	}
	for _, service := range []string{"kms", "sts", "iam", "cloudtrail"} {
		m, err := model.Load(service)
		if err != nil {
			t.Fatal(err)
		}
		for name := range m.Shapes {
			delete(missing, name)
		}
	}
	if len(missing) != 0 {
		t.Errorf("no such shapes: %v", missing)
	}
}
