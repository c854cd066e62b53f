package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/policy"
)

// delegation is a key policy as KMS writes it, with characters that JSON escapes.
const delegation = `{
  "Version" : "2012-10-17",
  "Statement" : [ {
    "Sid" : "Grüße \"<&>\" 😀\t",
    "Effect" : "Allow",
    "Principal" : { "AWS" : "arn:aws:iam::111122223333:root" },
    "Action" : "kms:*",
    "Resource" : "*"
  }, { "Sid" : "Second", "Effect" : "Deny", "Principal" : "*", "Action" : "kms:DeleteAlias", "Resource" : "*" } ]
}`

func inJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "    ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// percent encodes as IAM does: everything but letters, digits and -._~.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// ascii writes a JSON text with escapes for all that is not ASCII, as Python does.
func ascii(t testing.TB, s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(inJSON(t, s))) {
		if u < 0x80 {
			b.WriteByte(byte(u))
		} else {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	return b.String()
}

// wrapped are the forms in which the CLI prints a policy.
func wrapped(t testing.TB, text string) map[string]string {
	object := json.RawMessage(text)
	return map[string]string{
		"bare":              text,
		"marked":            "\ufeff" + text,
		"text":              inJSON(t, text),
		"ascii":             "{\"Policy\": " + ascii(t, text) + "}",
		"get-key-policy":    inJSON(t, map[string]any{"Policy": text, "PolicyName": "default"}),
		"get-bucket-policy": inJSON(t, map[string]any{"Policy": text}),
		"describe-policy":   inJSON(t, map[string]any{"Policy": map[string]any{"PolicySummary": map[string]any{"Id": "p-1", "Statement": 1}, "Content": text}}),
		"get-role-policy":   inJSON(t, map[string]any{"RoleName": "r", "PolicyName": "p", "PolicyDocument": object}),
		"get-user-policy":   inJSON(t, map[string]any{"UserName": "u", "PolicyName": "p", "PolicyDocument": percent(text), "ResponseMetadata": map[string]any{}}),
		"get-policy-version": inJSON(t, map[string]any{"PolicyVersion": map[string]any{
			"VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2024-01-01T00:00:00+00:00", "Document": object}}),
		"GetPolicyVersion":    inJSON(t, map[string]any{"PolicyVersion": map[string]any{"VersionId": "v1", "IsDefaultVersion": true, "Document": percent(text)}}),
		"get-resource-policy": inJSON(t, map[string]any{"ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:s", "Name": "s", "ResourcePolicy": text}),
	}
}

// offsetOf is the place of a position in a text.
func offsetOf(text string, p bedlock.Position) int {
	lines := strings.SplitAfter(text, "\n")
	return len(strings.Join(lines[:p.Line-1], "")) + int(p.Column) - 1
}

// TestWrappersKeepPlaces: a policy is the same in every form, and its statements
// are found where they are in the file.
func TestWrappersKeepPlaces(t *testing.T) {
	want, err := policy.Parse(delegation)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range wrapped(t, delegation) {
		d, err := parseDocument("f.json", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.doc.Print() != want.Print() {
			t.Errorf("%s: the policy is\n%s", name, d.doc.Print())
		}
		if len(d.doc.Statements) != 2 {
			t.Errorf("%s: %d statements", name, len(d.doc.Statements))
			continue
		}
		for i, sid := range []string{"Gr", "Second"} {
			at := d.at(d.doc.Statements[i].At)
			rest := text[offsetOf(text, at):]
			if !strings.HasPrefix(rest, "{") && !strings.HasPrefix(rest, "%7B") {
				t.Errorf("%s: statement %d is said to be at %s, where %.20q stands", name, i, at, rest)
			}
			if j := strings.Index(rest, sid); j < 0 || j > 120 {
				t.Errorf("%s: the Sid of statement %d is %d bytes after %s", name, i, j, at)
			}
		}
	}
}

func TestFaultsOfPolicyFiles(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "f.json:1:1: the text is empty"},
		{"empty inside", `{"Policy": ""}`, "f.json:1:13: the text is empty"},
		{"no policy", `{"Rules": []}`, "f.json:1:1: this is no policy: there is no Statement"},
		{"torn inside", "{\"PolicyName\": \"default\",\n \"Policy\": \"{\\n\\\"Statement\\\": [{]}\"}", "f.json:2:33: a member name in double quotes is missing"},
		{"torn in URL encoding", `{"PolicyDocument": "%7B%22Statement%22%3A%5B%7B%5D%7D"}`, "f.json:1:48: a member name in double quotes is missing"},
		{"bad URL encoding", `{"PolicyDocument": "%7B%22%zz"}`, "f.json:1:27: the policy begins like URL encoding, which ends here: % and two hexadecimal digits are expected"},
		{"cut URL encoding", `{"PolicyDocument": "%7B%2"}`, "f.json:1:24: the policy begins like URL encoding, which ends here: % and two hexadecimal digits are expected"},
		{"more beside", "{\"PolicyDocument\": {\"Statement\": []},\n\"Extra\": 1}", "f.json:2:1: no command prints a member \"Extra\" beside a policy in PolicyDocument"},
		{"more around", "{\"PolicyVersion\": {\"Document\": {\"Statement\": []}},\n\"Policy\": {}}", "f.json:2:1: no command prints a member \"Policy\" beside a policy in Document"},
		{"twice", `{"Policy": "{\"Statement\": []}", "Policy": "{}"}`, "f.json:1:35: no command prints a member \"Policy\" beside a policy in Policy"},
		{"get-policy", `{"Policy": {"PolicyName": "p", "DefaultVersionId": "v1"}}`, "f.json:1:1: this is no policy: there is no Statement"},
		{"wrapped twice", `{"Policy": "{\"Policy\": \"{}\"}"}`, "f.json:1:13: this is no policy: there is no Statement"},
		{"list", `[{"Statement": []}]`, "f.json:1:1: the document is a list, not an object"},
		{"UTF-16", "\xff\xfe{\x00", "f.json:1:1: the file is UTF-16; save it as UTF-8"},
		{"controls", "{\"PolicyDocument\": {},\n\"\x1b[31m\": 1}", "f.json:2:2: a control character inside a string"},
		{"escaped controls", "{\"PolicyDocument\": {},\n\"\\u001b[31m\": 1}", `f.json:2:1: no command prints a member "\x1b[31m" beside a policy in PolicyDocument`},
		{"long", strings.Repeat(" ", maxPolicyFile+1), "f.json: the file has more than 4194304 bytes"},
	} {
		_, err := parseDocument("f.json", []byte(c.text))
		var fault *documentError
		switch {
		case err == nil:
			t.Errorf("%s: no error", c.name)
		case err.Error() != c.want:
			t.Errorf("%s: error is\n%s\nnot\n%s", c.name, err, c.want)
		case !errors.As(err, &fault):
			t.Errorf("%s: error is a %T", c.name, err)
		}
	}
}

// TestPoliciesWithOddMembersStayPolicies: what has a Statement is judged as a
// policy, whatever else it has.
func TestPoliciesWithOddMembersStayPolicies(t *testing.T) {
	d, err := parseDocument("f.json", []byte(`{"Policy": "{}", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.faults(); len(d.doc.Statements) != 1 || len(got) != 1 || got[0] != `f.json:1:2: there is no element "Policy"` {
		t.Errorf("%d statements, faults %q", len(d.doc.Statements), got)
	}
}

// TestCorpusPoliciesInEveryForm reads other people's policies in all forms.
func TestCorpusPoliciesInEveryForm(t *testing.T) {
	root := os.Getenv("BEDLOCK_CORPUS")
	if root == "" {
		t.Skip("BEDLOCK_CORPUS is not set: other people's policies are not read")
	}
	read := 0
	err := filepath.WalkDir(filepath.Join(root, "policies"), func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		bare, err := parseDocument(p, b)
		if err != nil || !json.Valid(b) {
			return nil
		}
		read++
		for form, text := range wrapped(t, string(b)) {
			d, err := parseDocument(p, []byte(text))
			if err != nil || d.doc.Print() != bare.doc.Print() {
				t.Errorf("%s as %s: %v", p, form, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d policies", read)
	if read < 100 {
		t.Errorf("only %d policies were read", read)
	}
}

func FuzzParseDocument(f *testing.F) {
	for _, text := range wrapped(f, delegation) {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"Policy": "\ud83d\ude00\ud83d%7B"}`))
	f.Add([]byte(`{"PolicyDocument": "%7b%22Statement%22:[]%7d"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parseDocument("f.json", b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.json:") {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		if d.offsets != nil && len(d.offsets) != len(d.text)+1 {
			t.Fatalf("%d offsets of %d bytes", len(d.offsets), len(d.text))
		}
		for i := range d.doc.Statements {
			if p := d.at(d.doc.Statements[i].At); int(p.Line) > len(d.lines) || offsetOf(string(b), p) >= len(b) {
				t.Fatalf("statement %d is said to be at %s", i, p)
			}
		}
	})
}
