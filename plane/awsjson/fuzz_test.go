package awsjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// bodies are requests as clients send them: with and without spaces, with escaped slashes.
var bodies = []struct{ operation, body string }{
	{"Encrypt", `{"KeyId": "alias/ExampleAlias", "Plaintext": "SGVsbG8gV29ybGQ=", "EncryptionContext": {"tenant": "t-1", "purpose": "test"}}`},
	{"Encrypt", `{"EncryptionContext":{"aws:s3:arn":"arn:aws:s3:::bucket\/key"},"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Plaintext":"AA==","EncryptionAlgorithm":"SYMMETRIC_DEFAULT","DryRun":true}`},
	{"Decrypt", `{"CiphertextBlob":"AQICAHhQ","GrantTokens":["AQpAM2Rh"],"Recipient":{"KeyEncryptionAlgorithm":"RSAES_OAEP_SHA_256","AttestationDocument":"hEShATgi"}}`},
	{"GenerateDataKey", `{"KeyId": "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "NumberOfBytes": 64}`},
	{"CreateKey", `{"Description":"für 😀","KeyUsage":"SIGN_VERIFY","KeySpec":"ECC_NIST_P256","Origin":"AWS_KMS","BypassPolicyLockoutSafetyCheck":false,"Tags":[{"TagKey":"Project","TagValue":"Alpha"},{"TagKey":"Empty","TagValue":""}],"MultiRegion":true}`},
	{"PutKeyPolicy", `{"KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","PolicyName":"default","Policy":"{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ ]\n}"}`},
	{"CreateGrant", `{"KeyId":"k","GranteePrincipal":"arn:aws:iam::111122223333:role/r","Operations":["Encrypt","Decrypt"],"Constraints":{"EncryptionContextSubset":{"Department":"IT"},"SourceArn":"arn:aws:s3:eu-central-1:111122223333:b"},"Name":"g"}`},
	{"ImportKeyMaterial", `{"KeyId":"k","ImportToken":"AAEC","EncryptedKeyMaterial":"AwQF","ValidTo":1.609459200123E9,"ExpirationModel":"KEY_MATERIAL_EXPIRES"}`},
	{"Sign", `{"KeyId":"alias/s","Message":"bWVzc2FnZQ==","MessageType":"DIGEST","SigningAlgorithm":"ECDSA_SHA_256"}`},
	{"ListKeys", `{}`},
	{"ListAliases", `{"Limit":5,"Marker":"eyJiIjoi"}`},
	{"CreateCustomKeyStore", `{"CustomKeyStoreName":"x","CustomKeyStoreType":"EXTERNAL_KEY_STORE","XksProxyUriEndpoint":"https://xks.example.com","XksProxyUriPath":"/kms/xks/v1","XksProxyConnectivity":"PUBLIC_ENDPOINT","XksProxyAuthenticationCredential":{"AccessKeyId":"ABCDEFGHIJKLMNOP2345","RawSecretAccessKey":"sssssssssssssssssssssssssssssssssssssssssss"}}`},
	// Refused.
	{"Encrypt", `{"KeyId":"","Plaintext":"AB=="}`},
	{"TagResource", `{"KeyId":"\u30ad","Tags":[null,{"TagKey":""},{"TagKey":null}],"Tags":[{"TagValue":1}]}`},
	{"EnableKeyRotation", `{"KeyId":"k","RotationPeriodInDays":89.9}`},
	{"CreateGrant", `{"KeyId":"k","Operations":["Fly",null],"Name":"ü","DryRun":"yes"}`},
	{"Decrypt", `{"CiphertextBlob":"A","EncryptionContext":{"a":null,"a":[]}} x`},
	{"UpdateCustomKeyStore", `{"KeyStorePassword":"secret","Unknown":[[[{"a":"\""}]]]}`},
}

// FuzzDecode: whatever the body, the answer is an input or an error of the protocol, and an
// input survives being written and read again.
func FuzzDecode(f *testing.F) {
	s := kms(f)
	roots := inputs(f, s)
	names := slices.Sorted(maps.Keys(roots))
	for _, b := range bodies {
		f.Add(uint8(slices.Index(names, b.operation)), []byte(b.body))
	}
	f.Fuzz(func(t *testing.T, operation uint8, body []byte) {
		root := roots[names[int(operation)%len(names)]]
		before := bytes.Clone(body)
		in := reflect.New(root.Base).Elem()
		err := decode(root, body, in)
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
		if err != nil {
			checkRefusal(t, root, body, err)
			return
		}
		again := newWriter(root, map[*shape.Node]*writer{}).append(nil, in)
		if !json.Valid(again) {
			t.Fatalf("written as %s", again)
		}
		out, code, message := read(root, string(again))
		if diff := cmp.Diff(in.Interface(), out.Interface(), cmpopts.EquateEmpty()); code != "" || diff != "" {
			t.Fatalf("%s became %s: %s %s %s", body, again, code, message, diff)
		}
	})
}

func checkRefusal(t *testing.T, root *shape.Node, body []byte, err error) {
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%T %v", err, err)
	}
	if !utf8.ValidString(e.Message) || !json.Valid(AppendError(nil, e.Code, e.Message)) {
		t.Fatalf("message %q", e.Message)
	}
	switch e.Code {
	case SerializationException:
	case ValidationException:
		if !json.Valid(body) || !strings.Contains(e.Message, " detected: Value ") || strings.Count(e.Message, "failed to satisfy constraint: Member") == 0 {
			t.Fatalf("%s: %s", body, e.Message)
		}
		checkSecrets(t, root, body, e.Message)
	case RequestEntityTooLarge:
		if len(body) <= MaxBody {
			t.Fatalf("%d bytes are too large", len(body))
		}
	default:
		t.Fatalf("code %s", e.Code)
	}
}

// checkSecrets looks for the values of sensitive members and blobs in a message.
func checkSecrets(t *testing.T, root *shape.Node, body []byte, message string) {
	var sent map[string]json.RawMessage
	if json.Unmarshal(body, &sent) != nil {
		return
	}
	for _, m := range root.Members {
		if sh := m.Value.Shape; !sh.Sensitive && sh.Type != model.TypeBlob {
			continue
		}
		var text string
		if json.Unmarshal(sent[root.Base.Field(m.Field).Name], &text) == nil && text != "" && strings.Contains(message, "'"+text+"'") && !quoted(root, sent, m, text) {
			t.Fatalf("%s is quoted in %s", m.Name, message)
		}
	}
}

// quoted says whether another member has the same value and may be quoted.
func quoted(root *shape.Node, sent map[string]json.RawMessage, secret shape.Member, text string) bool {
	for _, m := range root.Members {
		if m.Name != secret.Name && strings.Contains(string(sent[root.Base.Field(m.Field).Name]), text) || m.Name == text {
			return true
		}
	}
	return false
}

// FuzzCursor compares the walk over objects with encoding/json.
func FuzzCursor(f *testing.F) {
	for _, b := range bodies {
		f.Add([]byte(b.body))
	}
	f.Add([]byte("{\"a\\\\\":1 ,\t\"b\\\"\":[ ], \"\":\"]}\", \"c\" : {\"d\":[1,{}]}}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if !valid(body) {
			return
		}
		c := cursor{raw: body}
		raw, ok := c.element()
		if !ok || !bytes.Equal(raw, bytes.TrimSpace(body)) {
			t.Fatalf("%q in %q", raw, body)
		}
		var want map[string]json.RawMessage
		if raw[0] != '{' || json.Unmarshal(body, &want) != nil {
			return
		}
		got := map[string]json.RawMessage{}
		for c := open(raw); ; {
			name, value, ok := c.member()
			if !ok {
				break
			}
			got[string(unquoted(name))] = value
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}
