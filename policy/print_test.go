package policy

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestPrint(t *testing.T) {
	doc, err := Parse(`{"Statement":{"Condition":{"Bool":{"aws:SecureTransport":true},"StringLike":{"kms:ViaService":["s3.*.amazonaws.com"],"aws:a":["x","y\t\u0001\"<é>\\"]}},
		"NotResource":[],"Action":["kms:Decrypt"],"Principal":{"Service":["a.amazonaws.com"],"AWS":["1","2"]},"Effect":"Allow","Sid":"one"},"Id":7,"Version":"2012-10-17"}`)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "Version": "2012-10-17",
  "Id": "7",
  "Statement": [
    {
      "Sid": "one",
      "Effect": "Allow",
      "Principal": {
        "AWS": [
          "1",
          "2"
        ],
        "Service": "a.amazonaws.com"
      },
      "Action": "kms:Decrypt",
      "NotResource": [],
      "Condition": {
        "Bool": {
          "aws:SecureTransport": "true"
        },
        "StringLike": {
          "kms:ViaService": "s3.*.amazonaws.com",
          "aws:a": [
            "x",
            "y\t\u0001\"<é>\\"
          ]
        }
      }
    }
  ]
}
`
	if diff := cmp.Diff(want, doc.Print()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := (&Document{}).Print(); got != "{\n  \"Statement\": []\n}\n" {
		t.Errorf("the empty document prints as %q", got)
	}
}

// roundTrips are documents without faults, in every form that the grammar has.
var roundTrips = []string{
	`{"Statement":[]}`,
	`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}}`,
	`{"Statement":[{"Effect":"Deny","Principal":"*","NotAction":["kms:Get*","kms:List*"],"Condition":{"ForAnyValue:StringLikeIfExists":{"aws:PrincipalOrgPaths":["o-1/*"]},"Null":{"a:b":[true,false]}}}]}`,
	`{"Statement":[{"Effect":"Allow","NotPrincipal":{"Federated":"f","CanonicalUser":["c"],"Service":[],"AWS":["${bedlock:ref:t.yaml#R#Arn}"]},"Action":[],"NotResource":["x"]}]}`,
	`{"Id":"a\u00e9\ud83d\ude00 \\ / \u2028","Statement":[{"Effect":"Allow","Action":["${bedlock:unknown:x}"],"Resource":"${bedlock:unknown:r}","Condition":{"Bool":"${bedlock:unknown:c}","StringEquals":{"k":[1.50e1,2]}}}]}`,
	`{"Statement":[{"Condition":"${bedlock:unknown:c}","Action":"${bedlock:unknown:a}","Principal":"${bedlock:unknown:p}","Effect":"Deny"}]}`,
}

// faulty are documents with problems, whose print loses something.
var faulty = []string{
	`{}`, `{"Statement":["${bedlock:unknown:x}",7,null,{"effect":"${bedlock:unknown:e}","Principal":["*"],"Principal":"${bedlock:unknown:p}"}]}`,
	`{"Statement":[{"Principal":["${bedlock:unknown:p}"],"Action":"${bedlock:unknown:a}","action":["b"],"Condition":"${bedlock:unknown:c}","condition":{"Null":{}}}]}`,
	`{"Statement":[{"Effect":"allow","Principal":"arn:aws:iam::1:root","NotPrincipal":[],"Action":{},"Resource":[[]],"Condition":{"StringEquals":{"a":"1","A":"2"},"StringEquals":{"a":"3"},"stringequals":{"a":4},
	 "Bool":"${bedlock:unknown:c}","Bool":{"a":"b"},":Bool":{"a":"b"},"NullIfExists":{"a":"b"},"StringLikeifexists":{"k":[]}}}]}`,
	`{"Statement":[{"Action":["a"],"Action":"${bedlock:unknown:a}"},{"Principal":{"AWS":"a","aws":"b","Bot":"c"},"Condition":[]}]}`,
}

// TestRoundTrip: print and parse undo each other.
func TestRoundTrip(t *testing.T) {
	for _, text := range roundTrips {
		doc := roundTrip(t, text)
		if len(doc.Problems) > 0 && strings.Contains(doc.Problems[0].Text, "Resource") {
			t.Errorf("%s has problems %v", text, doc.Problems)
		}
		sameJSON(t, text, doc.Print())
	}
	for _, text := range faulty {
		if doc := roundTrip(t, text); len(doc.Problems) == 0 {
			t.Errorf("%s has no problems", text)
		}
	}
}

func roundTrip(t *testing.T, text string) *Document {
	t.Helper()
	doc, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	printed := doc.Print()
	again, err := Parse(printed)
	if err != nil {
		t.Fatalf("%s prints as %s: %v", text, printed, err)
	}
	if len(doc.Problems) == 0 || !replaced(doc) {
		if diff := cmp.Diff(doc, again, noPlaces, cmpopts.IgnoreFields(Document{}, "Problems")); diff != "" {
			t.Errorf("%s prints as\n%s (-parsed +printed and parsed)\n%s", text, printed, diff)
		}
	}
	if len(doc.Problems) == 0 && len(again.Problems) > 0 {
		t.Errorf("%s prints as\n%s with problems %v", text, printed, again.Problems)
	}
	if twice := again.Print(); twice != printed {
		t.Errorf("%s prints as\n%s and then as\n%s", text, printed, twice)
	}
	return doc
}

// replaced reports whether the text says something twice, of which one was read, or
// has a condition operator without a name, which a token for it does not keep.
func replaced(d *Document) bool {
	for _, p := range d.Problems {
		if p.Kind == Duplicate || strings.HasSuffix(p.Text, `operator ""`) {
			return true
		}
	}
	return false
}

// sameJSON compares JSON texts: a list of one as its entry, scalars as text, what
// Print leaves out as absent.
func sameJSON(t *testing.T, a, b string) {
	t.Helper()
	var left, right any
	for text, into := range map[string]*any{a: &left, b: &right} {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(into); err != nil {
			t.Fatal(err)
		}
		*into = normal(*into)
	}
	if diff := cmp.Diff(left, right); diff != "" {
		t.Errorf("%s\nprints as\n%s (-text +printed)\n%s", a, b, diff)
	}
}

func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			member = normal(member)
			v[name] = member
			empty, isMap := member.(map[string]any)
			if isMap && len(empty) == 0 || member == "" && (name == "Sid" || name == "Id") {
				delete(v, name)
			}
		}
	case []any:
		if len(v) == 1 {
			return normal(v[0])
		}
		for i := range v {
			v[i] = normal(v[i])
		}
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return v
}

// settled puts tokens for the intrinsic functions of templates.
func settled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			if len(v) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::")) {
				return "${bedlock:unknown:" + name + "}"
			}
			v[name] = settled(v[name])
		}
	case []any:
		for i := range v {
			v[i] = settled(v[i])
		}
	}
	return v
}

// TestRoundTripCorpus prints other people's policies and reads them again: as they
// are, and those from templates also with tokens for what is an object there.
func TestRoundTripCorpus(t *testing.T) {
	root := os.Getenv("BEDLOCK_CORPUS")
	if root == "" {
		t.Skip("BEDLOCK_CORPUS is not set: the corpus of real policies was NOT read")
	}
	files, faults, statements, still := 0, 0, 0, 0
	err := filepath.WalkDir(filepath.Join(root, "policies"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		doc := roundTrip(t, string(b))
		files++
		statements += len(doc.Statements)
		if len(doc.Problems) > 0 {
			faults++
			var v any
			d := json.NewDecoder(bytes.NewReader(b))
			d.UseNumber()
			if err := d.Decode(&v); err != nil {
				return err
			}
			if b, err = json.Marshal(settled(v)); err != nil {
				return err
			}
			doc = roundTrip(t, string(b))
			if len(doc.Problems) > 0 && doc.Problems[0].Kind != NotKnown {
				t.Logf("%s: %v", path, doc.Problems)
				still++
				return nil
			}
		}
		sameJSON(t, string(b), doc.Print())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files with %d statements print back equal as documents, %d of them also as JSON (%d with tokens for functions of templates)",
		files, statements, files-still, faults-still)
	if files < 200 || still > 0 {
		t.Errorf("%d files were read, %d of them have problems", files, still)
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, list := range [][]string{roundTrips, faulty} {
		for _, s := range list {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := Parse(s); err == nil {
			roundTrip(t, s)
		}
	})
}

func TestPlaceOfEntries(t *testing.T) {
	text := "{\n\"Version\":\"2012-10-17\",\n\"Statement\":[{\"Effect\":\"Allow\",\n\"Principal\":{\"AWS\":[\"1\",\n\"2\"]},\n\"Action\":[\"a\",\n \"b\"],\n\"Resource\":\"*\",\n\"Condition\":{\"Bool\":{\"k\":true},\n\"StringEquals\":{\n\"a\":[\"x\",\n\"y\"]}}}]}"
	doc, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s := doc.Statements[0]
	for _, c := range []struct {
		got          Place
		line, column int
	}{
		{doc.Place("Version"), 2, 1}, {doc.Place("Statement"), 3, 1}, {doc.Place("Id"), 0, 0},
		{s.Place("Effect"), 3, 15}, {s.Place("Principal"), 4, 1}, {s.Place("AWS"), 4, 14}, {s.Place("AWS", 0), 4, 21}, {s.Place("AWS", 1), 5, 1},
		{s.Place("Action"), 6, 1}, {s.Place("Action", 0), 6, 11}, {s.Place("Action", 1), 7, 2}, {s.Place("Action", 2), 6, 1}, {s.Place("Action", -1), 6, 1},
		{s.Place("Resource", 0), 8, 12}, {s.Place("NotResource"), 3, 14}, {s.Place("Sid", 3), 3, 14},
		{s.Place("Condition"), 9, 1}, {s.Place("Condition", 0), 9, 22}, {s.Place("Condition", 0, 0), 9, 26},
		{s.Place("Condition", 1), 11, 1}, {s.Place("Condition", 1, 0), 11, 6}, {s.Place("Condition", 1, 1), 12, 1}, {s.Place("Condition", 1, 2), 11, 1},
		{s.Place("Condition", 2), 9, 1},
	} {
		if c.got.Line != c.line || c.got.Column != c.column {
			t.Errorf("got %+v, want line %d, column %d", c.got, c.line, c.column)
		}
	}
	byHand := Statement{At: Place{Line: 4, Column: 2}, Conditions: []Condition{{At: Place{Line: 5, Column: 1}}}}
	if byHand.Place("Action", 0) != byHand.At || byHand.Place("Condition", 0, 0) != byHand.Conditions[0].At {
		t.Error("a statement made by hand has no places of its own")
	}
	if doc.Text() != text {
		t.Error("the text is not kept")
	}
}
