package awsjson

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/model"
)

func encoded[T any](t *testing.T, operation string, out T) string {
	t.Helper()
	e, err := NewEncoder[T](kms(t), operation)
	if err != nil {
		t.Fatal(err)
	}
	got := string(e.Append([]byte("^"), &out))
	if !json.Valid([]byte(got[1:])) {
		t.Errorf("%s: no JSON: %s", operation, got)
	}
	return got
}

type keyMetadata struct {
	KeyId                    string    `json:",omitempty"`
	CreationDate             time.Time `json:",omitzero"`
	Enabled                  bool
	Description              string
	DeletionDate             time.Time
	EncryptionAlgorithms     []string       `json:",omitempty"`
	MultiRegionConfiguration *configuration `json:",omitempty"`
}

type configuration struct {
	MultiRegionKeyType string `json:",omitempty"`
	PrimaryKey         *struct{ Arn, Region string }
	ReplicaKeys        []struct{ Arn, Region string }
}

type grants struct {
	Grants []struct {
		Constraints *struct {
			EncryptionContextSubset map[string]string `json:",omitempty"`
			EncryptionContextEquals map[string]string
		} `json:",omitempty"`
	}
	NextMarker *string `json:",omitempty"`
	Truncated  bool
}

func TestEncode(t *testing.T) {
	type describe struct{ KeyMetadata *keyMetadata }
	created := time.Date(2016, 12, 7, 19, 9, 35, 0, time.UTC)
	var withGrant grants
	if err := json.Unmarshal([]byte(`{"Grants":[{},{"Constraints":{"EncryptionContextEquals":{"b":"<&>\u2028é","d":"","a":"\u0001\"\\","c":""}}}]}`), &withGrant); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ got, want string }{
		{encoded(t, "DescribeKey", describe{}), `^{}`},
		{encoded(t, "DescribeKey", describe{&keyMetadata{}}), `^{"KeyMetadata":{"Enabled":false,"Description":""}}`},
		{encoded(t, "DescribeKey", describe{&keyMetadata{EncryptionAlgorithms: []string{}}}), `^{"KeyMetadata":{"Enabled":false,"Description":""}}`},
		{encoded(t, "DescribeKey", describe{&keyMetadata{KeyId: "k", CreationDate: created, DeletionDate: created.Add(1500 * time.Microsecond),
			EncryptionAlgorithms: []string{"A", "B"}, MultiRegionConfiguration: &configuration{}}}),
			`^{"KeyMetadata":{"KeyId":"k","CreationDate":1.481137775E9,"Enabled":false,"Description":"","DeletionDate":1.481137775001E9,` +
				`"EncryptionAlgorithms":["A","B"],"MultiRegionConfiguration":{"ReplicaKeys":[]}}}`},
		{encoded(t, "ListGrants", grants{}), `^{"Grants":[],"Truncated":false}`},
		{encoded(t, "ListGrants", withGrant), "^" + `{"Grants":[{},{"Constraints":{"EncryptionContextEquals":{"a":"\u0001\"\\","b":"<&>` + "\u2028" + `é","c":"","d":""}}}],"Truncated":false}`},
		{encoded(t, "Encrypt", encryptOutput{CiphertextBlob: []byte{0xfb, 0xff}, KeyId: "k"}), `^{"CiphertextBlob":"+/8=","KeyId":"k"}`},
		{encoded(t, "GenerateRandom", struct{ Plaintext []byte }{}), `^{"Plaintext":""}`},
		{encoded(t, "ConnectCustomKeyStore", struct{}{}), `^{}`},
		{encoded(t, "GetKeyRotationStatus", struct {
			KeyRotationEnabled   bool
			RotationPeriodInDays int16 `json:",omitempty"`
		}{true, 90}), `^{"KeyRotationEnabled":true,"RotationPeriodInDays":90}`},
	} {
		if tt.got != tt.want {
			t.Errorf("got  %s\nwant %s", tt.got, tt.want)
		}
	}
}

func TestAppendDouble(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", -2.5: "-2.5", 0.001: "0.001", 0.00099: "9.9E-4", 9999999.5: "9999999.5",
		1e7: "1.0E7", -1e7: "-1.0E7", 1571767572.317: "1.571767572317E9", 1.6e9: "1.6E9", 1e100: "1.0E100",
		math.Inf(1): `"Infinity"`, math.Inf(-1): `"-Infinity"`,
	} {
		if got := string(appendDouble(nil, f)); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
	if got := string(appendDouble(nil, math.NaN())); got != `"NaN"` {
		t.Errorf("NaN: %s", got)
	}
	for _, ms := range []int64{0, 1, 1571767572317, 1571767572310, 253402300799999, -1} {
		raw := appendTimestamp(nil, time.UnixMilli(ms))
		if got, ok := parseTimestamp(raw); ms <= 253402300799000 && (!ok || got.UnixMilli() != ms) {
			t.Errorf("%d came back as %v from %s", ms, got, raw)
		}
	}
}

func TestAppendError(t *testing.T) {
	for _, tt := range []struct{ code, message, want string }{
		{"NotFoundException", `Invalid keyId '"x"'`, `{"__type":"NotFoundException","message":"Invalid keyId '\"x\"'"}`},
		{"InvalidCiphertextException", "", `{"__type":"InvalidCiphertextException"}`},
		{AccessDeniedException, "no", `{"__type":"AccessDeniedException","Message":"no"}`},
		{ValidationException, "v", `{"__type":"ValidationException","message":"v"}`},
		{SerializationException, "s", `{"__type":"SerializationException","Message":"s"}`},
		{SerializationException, "", `{"__type":"SerializationException"}`},
		{"X", "\xff", `{"__type":"X","message":"` + "\ufffd" + `"}`},
	} {
		if got := string(AppendError(nil, tt.code, tt.message)); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

func TestService(t *testing.T) {
	s := kms(t)
	for header, want := range map[string]string{
		"TrentService.Encrypt": "Encrypt", "TrentService.GetKeyLastUsage": "GetKeyLastUsage",
		"TrentService.Fly": "", "TrentService.": "", "TrentService": "", "": "", "KMS.Encrypt": "", "trentservice.Encrypt": "", "TrentService.Encrypt.x": "",
	} {
		if got, ok := s.Target(header); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %t", header, got, ok)
		}
	}
	dots := &Service{meta: model.Metadata{TargetPrefix: "com.example.v1.Trail"}, api: s.api}
	for header, want := range map[string]bool{"com.example.v1.Trail.Encrypt": true, "com.example.v1.TrailEncrypt": false, "com.example.v1.Trail": false, ".Encrypt": false, "v1.Trail.Encrypt": false} {
		if got, ok := dots.Target(header); ok != want || ok && got != "Encrypt" {
			t.Errorf("%q: %q, %t", header, got, ok)
		}
	}
	without := 0
	for name := range s.api.Operations {
		if !s.HasOutput(name) {
			without++
		}
	}
	if without != 14 || s.HasOutput("EnableKey") || s.HasOutput("Fly") || !s.HasOutput("ConnectCustomKeyStore") {
		t.Errorf("%d operations without output, want 14", without)
	}
	var b strings.Builder
	h := http.Header{}
	s.SetHeader(h, "4f6f7b3e-0000-4000-8000-1234567890ab")
	if err := h.Write(&b); err != nil {
		t.Fatal(err)
	}
	if want := "Content-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: 4f6f7b3e-0000-4000-8000-1234567890ab\r\n"; b.String() != want {
		t.Errorf("%q", b.String())
	}
}
