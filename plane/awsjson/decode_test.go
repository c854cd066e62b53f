package awsjson

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/google/go-cmp/cmp"
)

type tag struct{ TagKey, TagValue string }

type createKeyInput struct {
	Policy                         string  `json:",omitempty"`
	Description                    *string `json:",omitempty"`
	KeyUsage                       usage   `json:",omitempty"`
	CustomerMasterKeySpec          string  `json:",omitempty"`
	Spec                           string  `json:"KeySpec,omitempty"` // another name
	Origin                         string  `json:",omitempty"`
	CustomKeyStoreId               string  `json:",omitempty"`
	BypassPolicyLockoutSafetyCheck *bool   `json:",omitempty"`
	Tags                           []tag   `json:",omitempty"`
	MultiRegion                    bool    `json:",omitempty"`
	XksKeyId                       string  `json:",omitempty"`
	Note                           string  `json:"-"`
}

type usage string

type importInput struct {
	KeyId                             string
	ImportToken, EncryptedKeyMaterial []byte
	ValidTo                           time.Time
	ExpirationModel, ImportType       string
	KeyMaterialDescription            *string
	KeyMaterialId                     string
}

func TestDecode(t *testing.T) {
	s := kms(t)
	createKey := newDecoder[createKeyInput](t, s, "CreateKey")
	yes, empty := true, ""
	for body, want := range map[string]createKeyInput{
		`{}`:      {},
		" {\t}\n": {},
		// Unknown members are ignored whatever they hold, names are case-sensitive.
		`{"Unknown":{"a":[1,{"b":"}]"}]},"keyspec":5,"MultiRegion":true,"":null}`: {MultiRegion: true},
		// null is absent, also for a pointer; an empty string is not.
		`{"Description":null,"Tags":null,"MultiRegion":null,"BypassPolicyLockoutSafetyCheck":null}`: {},
		`{"Description":"","BypassPolicyLockoutSafetyCheck":true}`:                                  {Description: &empty, BypassPolicyLockoutSafetyCheck: &yes},
		// The last of a repeated member counts, also a null.
		`{"KeySpec":"FOO","KeySpec":"RSA_2048","MultiRegion":true,"MultiRegion":null}`: {Spec: "RSA_2048"},
		// An empty list is not absent; null in a list is skipped.
		`{"Tags":[]}`: {Tags: []tag{}},
		`{"Tags":[null, {"TagKey":"a\u0062\"\/","TagValue":"\ud83d\ude00"} ,null]}`: {Tags: []tag{{`ab"/`, "😀"}}},
		`{"K\u0065yUsage" : "SIGN_VERIFY"}`:                                         {KeyUsage: "SIGN_VERIFY"},
		`{"Tags":[{"TagKey":"a","TagValue":"","Extra":[[]]}]}`:                      {Tags: []tag{{"a", ""}}},
		// Words for booleans.
		`{"MultiRegion":"Yes"}`: {MultiRegion: true},
		`{"MultiRegion":"0","BypassPolicyLockoutSafetyCheck":"\u0054"}`: {BypassPolicyLockoutSafetyCheck: &yes},
	} {
		got, err := createKey.Decode([]byte(body))
		if err != nil {
			t.Errorf("%s: %v", body, err)
		} else if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
	description := "d"
	got, err := newDecoder[importInput](t, s, "ImportKeyMaterial").Decode([]byte(
		`{"KeyId":"k","ImportToken":"AAEC","EncryptedKeyMaterial":"\u002f\/8=","ValidTo":1571767572.3176,"KeyMaterialDescription":"d"}`))
	want := &importInput{KeyId: "k", ImportToken: []byte{0, 1, 2}, EncryptedKeyMaterial: []byte{0xff, 0xff},
		ValidTo: time.UnixMilli(1571767572318).UTC(), KeyMaterialDescription: &description}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestDecodeContext(t *testing.T) {
	d := newDecoder[encryptInput](t, kms(t), "Encrypt")
	got, err := d.Decode([]byte(`{"KeyId":"k","Plaintext":"AA==","EncryptionContext":{"a":"bc","":"","ab":"c","a":"d"},"GrantTokens":["x"]}`))
	want := &encryptInput{KeyId: "k", Plaintext: []byte{0}, EncryptionContext: map[string]string{"a": "d", "": "", "ab": "c"}, GrantTokens: []string{"x"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	// The input keeps nothing of the body.
	body := []byte(`{"KeyId":"key-1","Plaintext":"AAAA","EncryptionContext":{"aa":"bb"}}`)
	in, err := d.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	if in.KeyId != "key-1" || in.EncryptionContext["aa"] != "bb" {
		t.Errorf("the input changed with the body: %+v", in)
	}
}

func TestSerializationException(t *testing.T) {
	const list, object = "Start of list found where not expected", "Start of structure or map found where not expected."
	const encrypt, lastPad = `{"KeyId":"k","Plaintext":`, "Invalid last non-pad Base64 character dectected"
	roots := inputs(t, kms(t))
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tt := range []struct{ operation, body, message string }{
		// No JSON, no object.
		{"ListKeys", ``, ""},
		{"ListKeys", ` `, ""},
		{"ListKeys", `null`, ""},
		{"ListKeys", `"x"`, ""},
		{"ListKeys", `1`, ""},
		{"ListKeys", `true`, ""},
		{"ListKeys", `{`, ""},
		{"ListKeys", `{"Limit":1,}`, ""},
		{"ListKeys", `{'Limit':1}`, ""},
		{"ListKeys", `{"Limit":01}`, ""},
		{"ListKeys", `{"Limit":NaN}`, ""},
		{"ListKeys", `{"Limit":1}//`, ""},
		{"ListKeys", `[]`, list},
		// Something after the end.
		{"ListKeys", `{} {}`, ""},
		{"ListKeys", `{}}`, ""},
		{"ListKeys", "{}\x00", ""},
		// No UTF-8, anywhere; half a surrogate pair.
		{"ListKeys", "{\"Marker\":\"\xff\"}", ""},
		{"ListKeys", "{\"x\xc3\":1}", ""},
		{"ListKeys", "{\"Marker\":\"\xed\xa0\x80\"}", ""},
		{"ListKeys", `{"Marker":"\ud800"}`, ""},
		{"ListKeys", "\ufeff{}", ""},
		// Ill-formed where nobody looks.
		{"ListKeys", `{"Unknown":[1,}}`, ""},
		{"ListKeys", `{"Unknown":` + deep(20_000) + `}`, ""},
		// Base64.
		{"Encrypt", encrypt + `"A"}`, "Base64 encoded length is expected a multiple of 4 bytes but found: 1"},
		{"Encrypt", encrypt + `"AAAAA"}`, "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
		{"Encrypt", encrypt + `"AA"}`, "Base64 encoded length is expected a multiple of 4 bytes but found: 2"},
		{"Encrypt", encrypt + `"AA-_"}`, "Invalid Base64 character: '-'"},
		{"Encrypt", encrypt + `"=+/="}`, "Invalid Base64 character: '='"},
		{"Encrypt", encrypt + `"AAé"}`, "Invalid Base64 character: 'é'"},
		{"Encrypt", encrypt + `"AAAA\nAAA"}`, "Invalid Base64 character: '\n'"},
		{"Encrypt", encrypt + `"\r\n\r\nAAAA"}`, "Invalid Base64 character: '\r'"},
		{"Encrypt", encrypt + `"+/+="}`, lastPad},
		{"Encrypt", encrypt + `"AB=="}`, lastPad},
		{"Encrypt", encrypt + `"===="}`, "Invalid Base64 character: '='"},
		// Numbers out of range; the text is not known.
		{"ListKeys", `{"Limit":2147483648}`, ""},
		{"ListKeys", `{"Limit":-2147483649}`, ""},
		{"ListKeys", `{"Limit":99999999999999999999}`, ""},
		{"ListKeys", `{"Limit":1e999}`, ""},
		// Timestamps are numbers.
		{"ImportKeyMaterial", `{"ValidTo":"2026-01-01T00:00:00Z"}`, "STRING_VALUE can not be converted to milliseconds since epoch"},
		{"ImportKeyMaterial", `{"ValidTo":"1571767572"}`, "STRING_VALUE can not be converted to milliseconds since epoch"},
		{"ImportKeyMaterial", `{"ValidTo":253402300800}`, ""},
		{"ImportKeyMaterial", `{"ValidTo":-1e300}`, ""},
		// Maps and lists.
		{"Encrypt", `{"EncryptionContext":{"a":null}}`, ""},
		{"Encrypt", `{"EncryptionContext":{"a":1}}`, "NUMBER_VALUE can not be converted to a String"},
		{"Encrypt", `{"EncryptionContext":{"a":{}}}`, object},
		{"Encrypt", `{"GrantTokens":["a",false]}`, "FALSE_VALUE can not be converted to a String"},
		{"Encrypt", `{"GrantTokens":[["a"]]}`, list},
		{"TagResource", `{"Tags":["a"]}`, "Expected null"},
		{"TagResource", `{"Tags":[{"TagKey":1}]}`, "NUMBER_VALUE can not be converted to a String"},
		{"CreateKey", `{"MultiRegion":"maybe"}`, "STRING_VALUE can not be converted to an Boolean"},
		{"CreateKey", `{"MultiRegion":1}`, "NUMBER_VALUE can not be converted to a Boolean"},
		{"TagResource", `{"Tags":[` + strings.Repeat("{},", 10_000) + `{}]}`, "More than 10000 entries."},
		// It comes before any constraint.
		{"PutKeyPolicy", `{"PolicyName":"a-b","BypassPolicyLockoutSafetyCheck":2}`, "NUMBER_VALUE can not be converted to a Boolean"},
	} {
		if _, code, message := read(roots[tt.operation], tt.body); code != SerializationException || message != tt.message {
			t.Errorf("%s %.80q: %s %q, want %q", tt.operation, tt.body, code, message, tt.message)
		}
	}
}

func TestDeepUnknownMembersAreSkipped(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 2_000) + strings.Repeat(`]}`, 2_000)
	v, code, message := read(inputs(t, kms(t))["ListKeys"], `{"Unknown":`+deep+`,"Limit":7}`)
	if code != "" || v.FieldByName("Limit").Int() != 7 {
		t.Errorf("%s %q", code, message)
	}
}

func TestBodyBound(t *testing.T) {
	root := inputs(t, kms(t))["ListKeys"]
	fill := func(n int) string { return `{"Limit":5` + strings.Repeat(" ", n-11) + `}` }
	if v, code, message := read(root, fill(MaxBody)); code != "" || v.FieldByName("Limit").Int() != 5 {
		t.Errorf("%s %q", code, message)
	}
	err := decode(root, []byte(fill(MaxBody+1)), reflect.New(root.Base).Elem())
	var e *Error
	if !errors.As(err, &e) || e.Code != RequestEntityTooLarge || e.Status() != 413 {
		t.Errorf("%v", err)
	}
	// The largest key policy fits, however it is written.
	policy := `{"KeyId":"k","Policy":"` + strings.Repeat(`\u0020`, 131072) + `"}`
	if v, code, message := read(inputs(t, kms(t))["PutKeyPolicy"], policy); code != "" || v.FieldByName("Policy").Len() != 131072 {
		t.Errorf("%s %.200q", code, message)
	}
}

// attribute is recursive, as the values of DynamoDB are.
type attribute struct {
	S, N string
	B    []byte
	SS   []string
	NS   []string
	BS   [][]byte
	M    map[string]attribute
	L    []*attribute
	NULL bool
	BOOL *bool
}

type getItemInput struct {
	TableName string
	Key       map[string]attribute
}

func TestRecursiveShapes(t *testing.T) {
	m, err := model.Load("dynamodb")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(m, Observed{})
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder[getItemInput](t, s, "GetItem")
	got, err := d.Decode([]byte(`{"TableName":"t-1","Key":{"k":{"M":{"a":{"L":[{"S":"x"},null,{"BS":["AQ=="]}]}}},"z":{"BOOL":false}}}`))
	no := false
	want := &getItemInput{TableName: "t-1", Key: map[string]attribute{
		"k": {M: map[string]attribute{"a": {L: []*attribute{{S: "x"}, {BS: [][]byte{{1}}}}}}},
		"z": {BOOL: &no},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if !slices.Contains(d.Ignored(), "ConsistentRead") {
		t.Errorf("ignored: %q", d.Ignored())
	}
	nested := func(n int) []byte {
		return []byte(`{"TableName":"t-1","Key":{"k":` + strings.Repeat(`{"L":[`, n) + `{"S":"x"}` + strings.Repeat(`]}`, n) + `}}`)
	}
	if _, err := d.Decode(nested(30)); err != nil {
		t.Errorf("30 levels: %v", err)
	}
	var e *Error
	if _, err := d.Decode(nested(31)); !errors.As(err, &e) || e.Message != "More than 64 levels." {
		t.Errorf("31 levels: %v", err)
	}
	// Map keys and the paths through maps, as DynamoDB prints them.
	_, err = d.Decode([]byte(`{"TableName":"t-1","Key":{"` + strings.Repeat("k", 65536) + `":{}}}`))
	if !errors.As(err, &e) || !strings.HasSuffix(e.Message, "at 'key' failed to satisfy constraint: Map keys must satisfy constraint: "+
		"[Member must have length less than or equal to 65535]") {
		t.Errorf("%.200v", err)
	}
}

func TestNewDecoderFails(t *testing.T) {
	s := kms(t)
	fails := func(err error, want string) {
		t.Helper()
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	_, err := NewDecoder[struct{}](s, "Fly")
	fails(err, "awsjson decoder Fly: no such operation")
	_, err = NewDecoder[struct{}](s, "EnableKey")
	fails(err, "awsjson decoder EnableKey: KeyId: required, but struct {} has no field for it")
	_, err = NewDecoder[struct{ KeyId, Extra string }](s, "EnableKey")
	fails(err, "awsjson decoder EnableKey: Extra: the model has no such member")
	_, err = NewDecoder[struct{ KeyId []byte }](s, "EnableKey")
	fails(err, "awsjson decoder EnableKey: KeyId: a string does not fit into []uint8")
	_, err = NewDecoder[struct {
		KeyId string
		Tags  []struct{ TagKey string }
	}](s, "TagResource")
	fails(err, `awsjson decoder TagResource: Tags[].TagValue: required, but struct { TagKey string } has no field for it`)
	_, err = NewDecoder[struct {
		KeyId string
		small bool
	}](s, "EnableKey")
	fails(err, "awsjson decoder EnableKey: field small of struct { KeyId string; small bool } is embedded or not exported")
	_, err = NewDecoder[string](s, "EnableKey")
	fails(err, "awsjson decoder EnableKey: a structure does not fit into string")
	_, err = NewEncoder[struct{}](s, "EnableKey")
	fails(err, `awsjson encoder EnableKey: no output`)
	sts, err := model.Load("sts")
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(sts, Observed{})
	fails(err, "awsjson service sts: protocol is query, not json")
}

func TestIgnored(t *testing.T) {
	d := newDecoder[struct{ Limit int }](t, kms(t), "ListKeys")
	if got := d.Ignored(); !slices.Equal(got, []string{"Marker", "ResourceOwners"}) {
		t.Errorf("%q", got)
	}
	if in, err := d.Decode([]byte(`{"Limit":3,"ResourceOwners":7}`)); err != nil || in.Limit != 3 {
		t.Errorf("%v %v", in, err)
	}
}

func TestLengthIsInCharacters(t *testing.T) {
	root := inputs(t, kms(t))["UpdateKeyDescription"]
	for size, want := range map[int]string{8192: "", 8193: ValidationException} {
		if _, code, message := read(root, `{"KeyId":"k","Description":"`+strings.Repeat("😀", size)+`"}`); code != want {
			t.Errorf("%d characters: %s %.300s", size, code, message)
		}
	}
}

func TestSymmetricDefaultPassesAsSigningAlgorithm(t *testing.T) {
	_, code, message := read(inputs(t, kms(t))["Sign"], `{"KeyId":"k","Message":"AAAA","SigningAlgorithm":"SYMMETRIC_DEFAULT"}`)
	if code != "" {
		t.Errorf("%s %s", code, message)
	}
}

type flight struct {
	Height int8
	KeyId  string
	Legs   map[string]flight
}

// TestObserved gives a service an operation that its model lacks.
func TestObserved(t *testing.T) {
	m, err := model.Load("kms")
	if err != nil {
		t.Fatal(err)
	}
	one, two := 1.0, 2.0
	s, err := New(m, Observed{
		Operations: map[string]*model.Operation{"Fly": {Name: "Fly", Input: "FlyRequest"}, "Land": {Name: "Land"}},
		Shapes: map[string]*model.Shape{
			"FlyRequest": {Name: "FlyRequest", Type: model.TypeStructure, Members: []model.Member{{Name: "Height", Shape: "Height", Required: true}, {Name: "KeyId", Shape: "KeyIdType"}, {Name: "Legs", Shape: "Legs"}}},
			"Legs":       {Name: "Legs", Type: model.TypeMap, Key: &model.Member{Shape: "KeyIdType"}, Value: &model.Member{Shape: "FlyRequest"}},
			"Height":     {Name: "Height", Type: model.TypeInteger, Min: &one, Max: &two},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder[flight](t, s, "Fly")
	_, err = d.Decode([]byte(`{"Height":3}`))
	if want := "ValidationException: 1 validation error detected: Value '3' at 'height' failed to satisfy constraint: Member must have value less than or equal to 2"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	_, err = d.Decode([]byte(`{"Height":1,"Legs":{"home":{"Legs":{"on":{}}},"off":{"Height":1}}}`))
	if want := "ValidationException: 2 validation errors detected: Value null at 'legs.home.member.height' failed to satisfy constraint: Member must not be null; " +
		"Value null at 'legs.home.member.legs.on.member.height' failed to satisfy constraint: Member must not be null"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	var e *Error
	if _, err = d.Decode([]byte(`{"Height":300}`)); !errors.As(err, &e) || e.Code != SerializationException {
		t.Errorf("300 in an int8: %v", err)
	}
	if _, err := newDecoder[struct{}](t, s, "Land").Decode([]byte(`{"x":1}`)); err != nil {
		t.Errorf("an operation without input: %v", err)
	}
	if m.Operations["Fly"] != nil || m.Shapes["Height"] != nil {
		t.Error("the model was changed")
	}
}

func TestUncheckedIsSaid(t *testing.T) {
	m, err := model.Load("stepfunctions")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(m, Observed{Shapes: map[string]*model.Shape{"Arn": {Name: "Arn", Type: model.TypeString, Pattern: `(?=x).*`}}})
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder[struct {
		StateMachineArn string `json:"stateMachineArn"`
	}](t, s, "DeleteStateMachine")
	if got := d.Unchecked(); !slices.Equal(got, []string{"Arn"}) {
		t.Errorf("%q", got)
	}
	if _, err := d.Decode([]byte(`{"stateMachineArn":"anything"}`)); err != nil {
		t.Error(err)
	}
}
