package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var noPlaces = cmp.Options{cmpopts.IgnoreTypes(Place{}), cmpopts.IgnoreUnexported(Document{}, Statement{})}

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Document
	}{
		"single object": {
			`{"Version":"2012-10-17","Id":"key-default-1","Statement":{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}}`,
			Document{Version: "2012-10-17", ID: "key-default-1", Statements: []Statement{{
				Sid: "Enable IAM User Permissions", Effect: Allow, Principals: &Principals{AWS: []string{"arn:aws:iam::111122223333:root"}},
				Actions: []string{"kms:*"}, Resources: []string{"*"},
			}}},
		},
		"conditions": {
			`{"Statement":[{"Effect":"Deny","Principal":"*","NotAction":["kms:Get*"],"NotResource":[],"Condition":{"ForAnyValue:StringLikeIfExists":{"aws:PrincipalOrgPaths":["o-1/*"]},"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"kms:X":7}}}]}`,
			Document{Statements: []Statement{{
				Effect: Deny, Principals: &Principals{Any: true}, NotActions: []string{"kms:Get*"}, NotResources: []string{},
				Conditions: []Condition{
					{Operator: Operator{Set: "ForAnyValue", Base: "StringLike", IfExists: true}, Key: "aws:PrincipalOrgPaths", Values: []string{"o-1/*"}},
					{Operator: Operator{Base: "Bool"}, Key: "aws:SecureTransport", Values: []string{"false"}},
					{Operator: Operator{Base: "NumericLessThan"}, Key: "kms:X", Values: []string{"7"}},
				},
			}}},
		},
		"bare list": {
			`{"Statement":[{"Effect":"Allow","Principal":["*"],"Action":"kms:Decrypt"}]}`,
			Document{
				Statements: []Statement{{Effect: Allow, Principals: &Principals{Bare: []string{"*"}}, Actions: []string{"kms:Decrypt"}}},
				Problems:   []Problem{{Kind: BarePrincipal, Text: `Principal is a list; it must be "*" or an object such as {"AWS": …}`}},
			},
		},
		"bare string": {
			`{"Statement":[{"Effect":"Allow","Principal":"arn:aws:iam::1:root","Action":"kms:Decrypt"}]}`,
			Document{
				Statements: []Statement{{Effect: Allow, Principals: &Principals{Bare: []string{"arn:aws:iam::1:root"}}, Actions: []string{"kms:Decrypt"}}},
				Problems:   []Problem{{Kind: BarePrincipal, Text: `Principal is the string "arn:aws:iam::1:root"; only "*" may stand without a kind`}},
			},
		},
		"all kinds": {
			`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["1","2"],"Service":"a.amazonaws.com","Federated":"f","CanonicalUser":"c"},"Action":["kms:a"],"Resource":["x"]}]}`,
			Document{Statements: []Statement{{
				Effect: Allow, Actions: []string{"kms:a"}, Resources: []string{"x"},
				Principals: &Principals{AWS: []string{"1", "2"}, Service: []string{"a.amazonaws.com"}, Federated: []string{"f"}, CanonicalUser: []string{"c"}},
			}}},
		},
		"tokens": {
			`{"Statement":["${bedlock:unknown:known only after apply}",{"Effect":"${bedlock:unknown:x}","Principal":"${bedlock:unknown:p}","Action":"${bedlock:unknown:a}","Condition":"${bedlock:unknown:c}"},
			 {"Effect":"Allow","NotPrincipal":{"AWS":"${bedlock:ref:t.yaml#R#Arn}"},"Action":"kms:*","Condition":{"StringEquals":"${bedlock:unknown:c}"}}]}`,
			Document{
				Statements: []Statement{
					{Undetermined: []Undetermined{{Element: "Statement", Text: "${bedlock:unknown:known only after apply}"}}},
					{Index: 1, Principals: &Principals{}, Actions: []string{"${bedlock:unknown:a}"}, Undetermined: []Undetermined{
						{Element: "Effect", Text: "${bedlock:unknown:x}"}, {Element: "Principal", Text: "${bedlock:unknown:p}"},
						{Element: "Action", Text: "${bedlock:unknown:a}"}, {Element: "Condition", Text: "${bedlock:unknown:c}"}}},
					{Index: 2, Effect: Allow, NotPrincipals: &Principals{AWS: []string{"${bedlock:ref:t.yaml#R#Arn}"}}, Actions: []string{"kms:*"},
						Undetermined: []Undetermined{{Element: "Condition", Text: "${bedlock:unknown:c}", Operator: "StringEquals"}}},
				},
				Problems: []Problem{{Kind: NotKnown, Text: "the statement is not known"}, {Kind: NotKnown, Text: "the Effect is not known", Statement: 1}},
			},
		},
		"faults": {
			`{"version":"2013-01-01","Foo":1,"Statement":[7,{"Effect":"allow","Action":"a","NotAction":"b","action":["c",{}],"Principal":{},"NotPrincipal":null,"Condition":[]},{"Principal":{"Aws":"*","Bot":"x"},"Resource":{},"Sid":[],
			 "Condition":{"StringEqual":{"a":"b","A":"c"},"Null":1,"null":{}}}]}`,
			Document{
				Version: "2013-01-01",
				Statements: []Statement{
					{},
					{Index: 1, Principals: &Principals{}, NotPrincipals: &Principals{}, Actions: []string{"c"}, NotActions: []string{"b"}},
					{Index: 2, Principals: &Principals{AWS: []string{"*"}}, Resources: []string{}, Conditions: []Condition{
						{Operator: Operator{Base: "StringEqual"}, Key: "a", Values: []string{"b"}}, {Operator: Operator{Base: "StringEqual"}, Key: "A", Values: []string{"c"}}}},
				},
				Problems: []Problem{
					{Kind: BadElement, Text: "Version is written version", Statement: -1},
					{Kind: BadValue, Text: `Version is "2013-01-01"; there are 2012-10-17 and 2008-10-17`, Statement: -1},
					{Kind: BadElement, Text: `there is no element "Foo"`, Statement: -1},
					{Kind: BadForm, Text: "a statement is a number, not an object"},
					{Kind: BadValue, Text: `Effect is "allow"; there are Allow and Deny`, Statement: 1},
					{Kind: BadElement, Text: "Action is written action", Statement: 1},
					{Kind: Duplicate, Text: "Action is there twice; the last one is read", Statement: 1},
					{Kind: BadForm, Text: "an entry of Action is an object, not a string", Statement: 1},
					{Kind: Incomplete, Text: "Principal is empty", Statement: 1},
					{Kind: BadForm, Text: `NotPrincipal is null, not "*" or an object`, Statement: 1},
					{Kind: BadForm, Text: "Condition is a list, not an object", Statement: 1},
					{Kind: Conflict, Text: "both Principal and NotPrincipal", Statement: 1},
					{Kind: Conflict, Text: "both Action and NotAction", Statement: 1},
					{Kind: BadElement, Text: "AWS is written Aws", Statement: 2},
					{Kind: BadElement, Text: `there is no element "Bot"`, Statement: 2},
					{Kind: BadForm, Text: "Resource is an object, not a string or a list of strings", Statement: 2},
					{Kind: BadForm, Text: "Sid is a list, not a string", Statement: 2},
					{Kind: BadOperator, Text: `there is no condition operator "StringEqual"`, Statement: 2},
					{Kind: Duplicate, Text: "condition key A is there twice under StringEqual", Statement: 2},
					{Kind: BadForm, Text: "condition operator Null holds a number, not an object", Statement: 2},
					{Kind: Duplicate, Text: "condition operator null is there twice", Statement: 2},
					{Kind: Incomplete, Text: "there is no Effect", Statement: 2},
					{Kind: Incomplete, Text: "there is no Action", Statement: 2},
				},
			},
		},
		"no statement": {`{}`, Document{Problems: []Problem{{Kind: Incomplete, Text: "there is no Statement", Statement: -1}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&c.want, got, noPlaces); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	doc, err := Parse("{\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Principal\": [\"*\"],\n     \"Action\": \"kms:*\"}\n  ]\n}")
	if err != nil {
		t.Fatal(err)
	}
	if want := (Place{Offset: 23, Line: 3, Column: 5}); doc.Statements[0].At != want {
		t.Errorf("statement stands at %+v, want %+v", doc.Statements[0].At, want)
	}
	if want := (Place{Offset: 56, Line: 3, Column: 38}); len(doc.Problems) != 1 || doc.Problems[0].At != want {
		t.Errorf("problems are %+v, want one at %+v", doc.Problems, want)
	}
}

func TestParseError(t *testing.T) {
	for in, want := range map[string]string{
		"":                                       "line 1, column 1: the text is empty",
		" \n":                                    "line 2, column 1: the text is empty",
		"[]":                                     "line 1, column 1: the document is a list, not an object",
		`"x"`:                                    "line 1, column 1: the document is a string, not an object",
		"{\n\"a\":1,}":                           "line 2, column 7: a member name in double quotes is missing",
		`{"a" 1}`:                                `line 1, column 6: a colon after the member name "a" is missing`,
		`{"a":1 "b":2}`:                          "line 1, column 8: a comma or the end of the object is missing",
		`{"a":[1 2]}`:                            "line 1, column 9: a comma or the end of the list is missing",
		`{"a":`:                                  "line 1, column 6: the text ends where a value is expected",
		`{"a":nul}`:                              "line 1, column 6: 'n' where a value is expected",
		`{"a":-}`:                                "line 1, column 6: not a number",
		`{"a":1.}`:                               "line 1, column 6: not a number",
		`{"a":"x`:                                "line 1, column 6: the string has no end",
		`{"a":"x\`:                               "line 1, column 8: the string has no end",
		"{\"a\":\"x\ny\"}":                       "line 1, column 8: a control character inside a string",
		`{"a":"\q"}`:                             "line 1, column 7: an escape sequence that JSON does not have",
		`{"a":"\u12g4"}`:                         "line 1, column 7: an escape sequence without four hexadecimal digits",
		"{\"a\":\"\xff\"}":                       "line 1, column 6: the string is not valid UTF-8",
		`{} {}`:                                  "line 1, column 4: more text after the end of the document",
		strings.Repeat(`{"a":`, maxDepth+2):      "line 1, column 166: nested deeper than 32 levels",
		strings.Repeat(" ", MaxSize) + `{"a":1}`: "line 1, column 1: the text has 1048583 bytes; more than 1048576 are not read",
	} {
		_, err := Parse(in)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || err.Error() != want {
			t.Errorf("Parse(%.40q) = %v, want %s", in, err, want)
		}
	}
}

func TestEscapes(t *testing.T) {
	doc, err := Parse(`{"Id":"a\u00e9\n\ud83d\ude00\ud800x\"","Statement":[]}`)
	if err != nil {
		t.Fatal(err)
	}
	if want := "aé\n😀�x\""; doc.ID != want {
		t.Errorf("Id is %q, want %q", doc.ID, want)
	}
}

// TestCorpus reads other people's policies when they are there; the quirks found
// in them are cases of TestParse.
func TestCorpus(t *testing.T) {
	root := os.Getenv("BEDLOCK_CORPUS")
	if root == "" {
		t.Skip("BEDLOCK_CORPUS is not set: the corpus of real policies was NOT read")
	}
	read, statements := 0, 0
	err := filepath.WalkDir(filepath.Join(root, "policies"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		doc, err := Parse(string(b))
		if err != nil {
			t.Logf("%s: %v", path, err)
			return nil
		}
		read++
		statements += len(doc.Statements)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d documents, %d statements", read, statements)
	if read < 100 || statements < read/2 {
		t.Errorf("only %d documents with %d statements could be read", read, statements)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}}`,
		`{"Statement":[{"Effect":"Deny","Principal":["*"],"NotAction":["kms:Get*"],"Condition":{"ForAnyValue:StringLikeIfExists":{"aws:PrincipalOrgPaths":["o-1/*"]}}}]}`,
		`{"Statement":["${bedlock:unknown:x}",7,{"effect":"${bedlock:unknown:x}","Principal":"${bedlock:unknown:p}"}]}`,
		`{"Id":"a\u00e9\ud83d\ude00\ud800"}`, "{", strings.Repeat("[", 40),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		doc, err := Parse(s)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 || syntax.Offset > len(s) {
				t.Fatalf("error %#v has no place", err)
			}
			return
		}
		for i := range doc.Statements {
			st := &doc.Statements[i]
			if st.At.Offset >= len(s) || st.Index != i {
				t.Fatalf("statement %d: %+v", i, st)
			}
			st.Covers("kms:Decrypt")
			st.Touches("kms")
		}
	})
}
