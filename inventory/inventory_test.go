package inventory

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
)

var at = bedlock.Position{File: "a.yaml", Line: 3, Column: 5}

func parts() Parts {
	return Parts{
		Inputs: []bedlock.Input{{Path: "a.yaml", Kind: "cloudformation", Status: bedlock.InputAudited, Notes: []bedlock.Note{{Text: "n", At: at}}}},
		Resources: []Resource{
			{ID: "a.yaml#B", Type: "AWS::Bedrock::Guardrail", At: at, Name: Known("b", at),
				Place: Place{Account: Unknown[string]("not deployed", at), Region: Known("eu-west-1", bedlock.Position{})},
				Slots: []Slot{{Name: "configuration", Named: []Named{
					{When: "X is true", Text: Known("t", at), Key: "a.yaml#K", How: "by reference", Form: catalog.FormKeyARN},
					{When: "X is false", Text: Absent[string](at), Owner: catalog.OwnerAWSOwned, Default: "d"},
				}}},
				Roles: []RoleRef{{Name: "service", Text: Unread[string]("AccessDenied", bedlock.Position{}), Principal: "a.yaml#R"}}},
			{ID: "a.yaml#A", Type: "AWS::T::T", Tags: Tags{Known: map[string]string{"k": "v"}, Open: "o"}, Slots: []Slot{{Name: "s", Named: []Named{{Text: Known("x", at), Store: "a.yaml#B", StoreSlot: "configuration"}}}}},
		},
		Keys: []Key{{ID: "a.yaml#K", Rotation: Known(false, at), RotationDays: Known(365, at), Policy: Known(Policy{Text: "{}", Statements: []bedlock.Position{at}}, at),
			Manager: Known(catalog.OwnerCustomer, at), State: Known("Enabled", at), DeletionDate: Absent[string](at), ValidTo: Known("2027-01-01T00:00:00Z", at),
			LastUse: Known(KeyUse{Time: "2026-11-24T10:00:00Z", Operation: "Decrypt", EventID: "e"}, at), UseTracked: Known("2026-04-23T00:00:00Z", at)}},
		Aliases:    []Alias{{ID: "a.yaml#L", Name: Known("alias/x", at), Target: Known("k", at), Key: "a.yaml#K"}},
		Grants:     []Grant{{ID: "a.yaml#G", KeyText: Known("k", at), Key: "a.yaml#K", Grantee: Known("r", at), Operations: Known([]string{"Decrypt"}, at)}},
		Principals: []Principal{{ID: "a.yaml#R", Kind: Role, Trust: Known(Policy{Text: "{}"}, at)}},
	}
}

func mustNew(t testing.TB, p Parts) *Inventory {
	t.Helper()
	inv, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func TestJSONRoundTrip(t *testing.T) {
	inv := mustNew(t, parts())
	var b bytes.Buffer
	if err := Write(&b, inv); err != nil {
		t.Fatal(err)
	}
	again, err := Read(b.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	var b2 bytes.Buffer
	if err := Write(&b2, again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), b2.String()); diff != "" {
		t.Error(diff)
	}
	r := again.Resource("a.yaml#B")
	if v, ok := r.Slots[0].Named[0].Text.Get(); v != "t" || !ok || r.Account.Why() != "not deployed" || r.Roles[0].Text.State() != StateUnread {
		t.Errorf("facts are lost: %+v", r)
	}
	if v, ok := again.Key("a.yaml#K").Rotation.Get(); v || !ok {
		t.Error("a known false became something else")
	}
	if again.Parts().Resources[0].ID != "a.yaml#A" {
		t.Error("resources are not sorted")
	}
}

func TestReadRefuses(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, mustNew(t, parts())); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	for name, tt := range map[string]struct{ old, new, want string }{
		"syntax":           {`"resources": [`, `"resources": {[`, "line "},
		"version":          {Version, "bedlock-inventory/v9", `version is "bedlock-inventory/v9"`},
		"unknown field":    {`"when": "X is true"`, `"wen": "X is true"`, `unknown field "wen"`},
		"two states":       {`"absent": true`, `"absent": true, "unknown": "y"`, "exactly one of known, absent, unknown and unread must be set, 2 are"},
		"missing key":      {`"key": "a.yaml#K",`, `"key": "a.yaml#Z",`, "a.yaml#Z does not exist"},
		"duplicate":        {`"id": "a.yaml#A"`, `"id": "a.yaml#B"`, "a.yaml#B: id is not unique"},
		"no store":         {`"store": "a.yaml#B"`, `"store": "a.yaml#C"`, "store a.yaml#C does not exist"},
		"wrong type":       {`"slots": [`, `"slots": "none", "x": [`, "line "},
		"trailing":         {"\n}\n", "\n}\n{}", "line "},
		"unknown severity": {`"status": "audited"`, `"status": 7`, "line "},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, tt.old, tt.new, 1)
			if bad == good {
				t.Fatal("the test changes nothing")
			}
			_, err := Read([]byte(bad))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestNewReportsEveryProblem(t *testing.T) {
	p := parts()
	p.Resources[0].Slots[0].Named = nil
	p.Aliases[0].Key = "gone"
	p.Grants[0].Key = "gone"
	p.Resources[0].Roles[0].Principal = "gone"
	_, err := New(p)
	for _, want := range []string{"names nothing", "alias a.yaml#L: key gone", "grant a.yaml#G: key gone", "role gone"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported in %v", want, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, mustNew(f, parts())); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"version":"` + Version + `","inputs":null,"resources":[],"keys":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		inv, err := Read(data)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := Write(&out, inv); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := Read(out.Bytes()); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	p := Parts{Keys: []Key{{ID: "k"}}}
	for i := range 10_000 {
		p.Resources = append(p.Resources, Resource{ID: fmt.Sprintf("f#%d", i), Type: "AWS::Bedrock::Guardrail", At: at,
			Slots: []Slot{{Name: "configuration", Named: []Named{{Text: Known("t", at), Key: "k"}}}}})
	}
	var buf bytes.Buffer
	if err := Write(&buf, mustNew(b, p)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(buf.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}
