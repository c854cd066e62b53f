package kms

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// TestDescribeKey: the recorded answer for a symmetric key, member by member.
func TestDescribeKey(t *testing.T) {
	w := newWorld(t)
	created := w.create(t, &CreateKeyInput{Description: "test key 123"})
	id, current := created.KeyId, created.CurrentKeyMaterialId
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("key id %s", id)
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(current) {
		t.Errorf("key material id %s", current)
	}
	want := `{"AWSAccountId":"111122223333","Arn":"arn:aws:kms:us-east-1:111122223333:key/` + id + `","CreationDate":"2026-11-25T12:00:00Z",` +
		`"CurrentKeyMaterialId":"` + current + `","CustomerMasterKeySpec":"SYMMETRIC_DEFAULT","Description":"test key 123","Enabled":true,` +
		`"EncryptionAlgorithms":["SYMMETRIC_DEFAULT"],"KeyId":"` + id + `","KeyManager":"CUSTOMER","KeySpec":"SYMMETRIC_DEFAULT",` +
		`"KeyState":"Enabled","KeyUsage":"ENCRYPT_DECRYPT","MultiRegion":false,"Origin":"AWS_KMS"}`
	for name, m := range map[string]*KeyMetadata{"CreateKey": created, "DescribeKey": w.describe(t, id), "by ARN": w.describe(t, created.Arn)} {
		if got := sortedJSON(t, m); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", name, got, want)
		}
	}
}

// sortedJSON is a value in JSON, members in the order of their names.
func sortedJSON(t testing.TB, v any) string {
	t.Helper()
	var any map[string]any
	if err := json.Unmarshal([]byte(inJSON(t, v)), &any); err != nil {
		t.Fatal(err)
	}
	return inJSON(t, any)
}

// kinds are all that CreateKey can be asked for, with the one list of algorithms that its
// metadata has.
var kinds = []struct {
	spec       material.Spec
	usage      material.Usage
	list       string
	algorithms string
}{
	{"SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", "SYMMETRIC_DEFAULT"},
	{"RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", "RSAES_OAEP_SHA_1 RSAES_OAEP_SHA_256"},
	{"RSA_2048", "SIGN_VERIFY", "SigningAlgorithms", "RSASSA_PKCS1_V1_5_SHA_256 RSASSA_PKCS1_V1_5_SHA_384 RSASSA_PKCS1_V1_5_SHA_512 RSASSA_PSS_SHA_256 RSASSA_PSS_SHA_384 RSASSA_PSS_SHA_512"},
	{"RSA_3072", "SIGN_VERIFY", "SigningAlgorithms", "RSASSA_PKCS1_V1_5_SHA_256 RSASSA_PKCS1_V1_5_SHA_384 RSASSA_PKCS1_V1_5_SHA_512 RSASSA_PSS_SHA_256 RSASSA_PSS_SHA_384 RSASSA_PSS_SHA_512"},
	{"ECC_NIST_P256", "SIGN_VERIFY", "SigningAlgorithms", "ECDSA_SHA_256"},
	{"ECC_NIST_P256", "KEY_AGREEMENT", "KeyAgreementAlgorithms", "ECDH"},
	{"ECC_NIST_P384", "SIGN_VERIFY", "SigningAlgorithms", "ECDSA_SHA_384"},
	{"ECC_NIST_P384", "KEY_AGREEMENT", "KeyAgreementAlgorithms", "ECDH"},
	{"ECC_NIST_P521", "SIGN_VERIFY", "SigningAlgorithms", "ECDSA_SHA_512"},
	{"ECC_NIST_P521", "KEY_AGREEMENT", "KeyAgreementAlgorithms", "ECDH"},
	{"ECC_SECG_P256K1", "SIGN_VERIFY", "SigningAlgorithms", "ECDSA_SHA_256"},
	{"ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "SigningAlgorithms", "ED25519_SHA_512 ED25519_PH_SHA_512"},
	{"HMAC_224", "GENERATE_VERIFY_MAC", "MacAlgorithms", "HMAC_SHA_224"},
	{"HMAC_256", "GENERATE_VERIFY_MAC", "MacAlgorithms", "HMAC_SHA_256"},
	{"HMAC_384", "GENERATE_VERIFY_MAC", "MacAlgorithms", "HMAC_SHA_384"},
	{"HMAC_512", "GENERATE_VERIFY_MAC", "MacAlgorithms", "HMAC_SHA_512"},
	{"ML_DSA_44", "SIGN_VERIFY", "SigningAlgorithms", "ML_DSA_SHAKE_256"},
	{"ML_DSA_65", "SIGN_VERIFY", "SigningAlgorithms", "ML_DSA_SHAKE_256"},
	{"ML_DSA_87", "SIGN_VERIFY", "SigningAlgorithms", "ML_DSA_SHAKE_256"},
	{"ML_KEM_512", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", "ML_KEM"},
	{"ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", "ML_KEM"},
	{"ML_KEM_1024", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", "ML_KEM"},
}

// TestCreateKeyKinds: every spec with every usage either makes a key with exactly its one
// list of algorithms, or is refused to the letter (T27).
func TestCreateKeyKinds(t *testing.T) {
	w := newWorld(t)
	lists := []string{"EncryptionAlgorithms", "SigningAlgorithms", "MacAlgorithms", "KeyAgreementAlgorithms", "EncapsulationAlgorithms"}
	usages := []material.Usage{"ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"}
	good := map[string]bool{}
	for _, k := range kinds {
		good[string(k.spec)+string(k.usage)] = true
		out := w.create(t, &CreateKeyInput{KeySpec: k.spec, KeyUsage: k.usage})
		var m map[string]any
		if err := json.Unmarshal([]byte(inJSON(t, out)), &m); err != nil {
			t.Fatal(err)
		}
		for _, list := range lists {
			want := "<nil>"
			if list == k.list {
				want = "[" + k.algorithms + "]"
			}
			if got := fmt.Sprint(m[list]); got != want {
				t.Errorf("%s %s: %s is %s, want %s", k.spec, k.usage, list, got, want)
			}
		}
		if out.KeySpec != k.spec || out.CustomerMasterKeySpec != k.spec || out.KeyUsage != k.usage || !out.Enabled {
			t.Errorf("%s %s: %+v", k.spec, k.usage, out)
		}
		if (out.CurrentKeyMaterialId != "") != (k.spec == "SYMMETRIC_DEFAULT") {
			t.Errorf("%s: CurrentKeyMaterialId %q", k.spec, out.CurrentKeyMaterialId)
		}
	}
	for _, spec := range material.Specs() {
		for _, usage := range usages {
			if good[string(spec.Spec)+string(usage)] || strings.HasPrefix(string(spec.Spec), "RSA_") && slices.Contains(usages[:2], usage) {
				continue
			}
			_, err := w.CreateKey(t.Context(), user("admin"), &CreateKeyInput{KeySpec: spec.Spec, KeyUsage: usage})
			wantError(t, err, Validation, fmt.Sprintf("KeyUsage %s is not compatible with KeySpec %s", usage, spec.Spec))
		}
	}
}

// TestCreateKeyRefusals: T26 and what else the parameters can be wrong about.
func TestCreateKeyRefusals(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		in      *CreateKeyInput
		code    Code
		message string
	}{
		"T26 HMAC without a usage":  {&CreateKeyInput{KeySpec: "HMAC_256"}, Validation, "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."},
		"RSA without a usage":       {&CreateKeyInput{CustomerMasterKeySpec: "RSA_2048"}, Validation, "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."},
		"T27":                       {&CreateKeyInput{KeySpec: "RSA_2048", KeyUsage: "KEY_AGREEMENT"}, Validation, "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048"},
		"both specs":                {&CreateKeyInput{KeySpec: "RSA_2048", CustomerMasterKeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY"}, Validation, "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated."},
		"SM2":                       {&CreateKeyInput{KeySpec: "SM2", KeyUsage: "SIGN_VERIFY"}, UnsupportedOperation, "KeySpec SM2 is not supported in this Region"},
		"store without origin":      {&CreateKeyInput{CustomKeyStoreId: "cks-1"}, Validation, "A KMS key with Origin AWS_KMS cannot be created in a custom key store."},
		"origin without store":      {&CreateKeyInput{Origin: OriginXKS, XksKeyId: "x"}, Validation, "You must specify a CustomKeyStoreId for a KMS key with Origin EXTERNAL_KEY_STORE."},
		"external id without store": {&CreateKeyInput{XksKeyId: "x"}, Validation, "XksKeyId is valid only for a KMS key with Origin EXTERNAL_KEY_STORE."},
		"RSA in a store":            {&CreateKeyInput{Origin: OriginXKS, CustomKeyStoreId: "cks-1", XksKeyId: "x", KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY"}, UnsupportedOperation, "KeySpec RSA_2048 is not supported in custom key stores."},
		"multi-Region in a store":   {&CreateKeyInput{Origin: OriginXKS, CustomKeyStoreId: "cks-1", XksKeyId: "x", MultiRegion: true}, UnsupportedOperation, "Multi-Region keys are not supported in custom key stores."},
		"T33 duplicate tags":        {&CreateKeyInput{Tags: []Tag{{"a", "1"}, {"a", "2"}}}, InvalidTag, "Duplicate tag keys"},
		"T33 reserved tag":          {&CreateKeyInput{Tags: []Tag{{"AWS:a", "1"}}}, InvalidTag, "Tags beginning with aws: are reserved"},
		"T33 51 tags":               {&CreateKeyInput{Tags: tags(51)}, InvalidTag, "Too many tags"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.CreateKey(t.Context(), user("admin"), c.in)
			wantError(t, err, c.code, c.message)
		})
	}
	if out := ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), user("admin"), &ListKeysInput{})); len(out.Keys) != 0 {
		t.Errorf("refused, but there: %v", out.Keys)
	}
}

func tags(n int) []Tag {
	out := make([]Tag, n)
	for i := range out {
		out[i] = Tag{fmt.Sprintf("k%02d", i), "v"}
	}
	return out
}

// TestCreateKeyExternal: a key for imported material waits for it.
func TestCreateKeyExternal(t *testing.T) {
	w := newWorld(t)
	m := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	want := `{"AWSAccountId":"111122223333","Arn":"` + m.Arn + `","CreationDate":"2026-11-25T12:00:00Z","CustomerMasterKeySpec":"SYMMETRIC_DEFAULT",` +
		`"Description":"","Enabled":false,"EncryptionAlgorithms":["SYMMETRIC_DEFAULT"],"KeyId":"` + m.KeyId + `","KeyManager":"CUSTOMER",` +
		`"KeySpec":"SYMMETRIC_DEFAULT","KeyState":"PendingImport","KeyUsage":"ENCRYPT_DECRYPT","MultiRegion":false,"Origin":"EXTERNAL"}`
	if got := sortedJSON(t, m); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	for _, k := range kinds {
		if m := w.create(t, &CreateKeyInput{Origin: OriginExternal, KeySpec: k.spec, KeyUsage: k.usage}); m.KeyState != PendingImport {
			t.Errorf("%s: %s", k.spec, m.KeyState)
		}
	}
}

// T52: a primary key without replicas has an empty list of them, other keys no
// configuration at all.
func TestCreateKeyMultiRegion(t *testing.T) {
	w := newWorld(t)
	m := w.create(t, &CreateKeyInput{MultiRegion: true})
	if !regexp.MustCompile(`^mrk-[0-9a-f]{32}$`).MatchString(m.KeyId) || !m.MultiRegion {
		t.Errorf("%+v", m)
	}
	want := `{"MultiRegionKeyType":"PRIMARY","PrimaryKey":{"Arn":"` + m.Arn + `","Region":"us-east-1"},"ReplicaKeys":[]}`
	if got := inJSON(t, m.MultiRegionConfiguration); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	if m := w.create(t, nil); m.MultiRegionConfiguration != nil {
		t.Errorf("%+v", m.MultiRegionConfiguration)
	}
}

// TestCreateKeyQuota: customer managed keys of an account in a Region are counted, the
// deleted ones no more, those of other Regions and accounts apart.
func TestCreateKeyQuota(t *testing.T) {
	w := newWorld(t)
	w.limits.keys = 2
	first := w.create(t, nil)
	w.create(t, nil)
	if _, err := w.Managed(t.Context(), testAccount, testRegion, "s3"); err != nil {
		t.Fatal(err)
	}
	_, err := w.CreateKey(t.Context(), user("admin"), &CreateKeyInput{})
	wantError(t, err, LimitExceeded, "")
	ok[*CreateKeyOutput](t)(w.CreateKey(t.Context(), user("admin").in(otherRegion), &CreateKeyInput{}))
	ok[*CreateKeyOutput](t)(w.CreateKey(t.Context(), userOf(otherAccount, "admin"), &CreateKeyInput{}))
	ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("admin"), &ScheduleKeyDeletionInput{KeyId: first.KeyId, PendingWindowInDays: 7}))
	_, err = w.CreateKey(t.Context(), user("admin"), &CreateKeyInput{})
	wantError(t, err, LimitExceeded, "")
	w.clock.days(7)
	ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), user("admin"), &ListKeysInput{}))
	w.create(t, nil)
	w.open(t)
	w.limits.keys = 2
	_, err = w.CreateKey(t.Context(), user("admin"), &CreateKeyInput{})
	wantError(t, err, LimitExceeded, "")
}
