package syntax

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParseYAML(t *testing.T) {
	for in, want := range map[string]string{
		"a: b":                                `map@1:1(str@1:1"a" str@1:4"b")`,
		"Version: 2012-10-17":                 `map@1:1(str@1:1"Version" str@1:10"2012-10-17")`,
		"a: !GetAtt Key.Arn\nb: !Sub '${X}'":  `map@1:1(str@1:1"a" !GetAttstr@1:4"Key.Arn" str@2:1"b" !Substr@2:4"${X}")`,
		"!If [C, 1, !Ref AWS::NoValue]":       `!Iflist@1:1(str@1:6"C" num@1:9"1" !Refstr@1:12"AWS::NoValue")`,
		"a: !X\n  b: 1":                       `map@1:1(str@1:1"a" !Xmap@1:4(str@2:3"b" num@2:6"1"))`,
		"[true, Yes, on, 'true', y, ~, null]": `list@1:1(bool@1:2"true" bool@1:8"Yes" bool@1:13"on" str@1:17"true" str@1:25"y" null@1:28"~" null@1:31"null")`,
		"[1, 0x1F, 1e3, -.5, 012, 012345678901, 1_000, 22:30, 1.2.3, 0o7, e5, '1', +1]": `list@1:1(num@1:2"1" num@1:5"0x1F" num@1:11"1e3" num@1:16"-.5" num@1:21"012" str@1:26"012345678901" num@1:40"1_000" str@1:47"22:30" str@1:54"1.2.3" num@1:61"0o7" str@1:66"e5" str@1:70"1" num@1:75"+1")`,
		"é: [ü, 1]":           `map@1:1(str@1:1"é" list@1:5(str@1:6"ü" num@1:10"1"))`,
		"a: &x {k: 1}\nb: *x": `map@1:1(str@1:1"a" map@1:4(str@1:8"k" num@1:11"1") str@2:1"b" map@1:4(str@1:8"k" num@1:11"1"))`,
		"d: &d {k: 1, l: 2}\nb:\n  <<: *d\n  k: 3": `map@1:1(str@1:1"d" map@1:4(str@1:8"k" num@1:11"1" str@1:14"l" num@1:17"2") str@2:1"b" map@3:3(str@4:3"k" num@4:6"3" str@1:14"l" num@1:17"2"))`,
		"<<: [{a: 1}, {a: 2, b: 3}]":               `map@1:1(str@1:7"a" num@1:10"1" str@1:21"b" num@1:24"3")`,
		"'<<': 1":                                  `map@1:1(str@1:1"<<" num@1:7"1")`,
		"1: a\ntrue: b\n!!str x: !!str 1":          `map@1:1(str@1:1"1" str@1:4"a" str@2:1"true" str@2:7"b" str@3:1"x" str@3:10"1")`,
		"a: |\n  x\n  y\n":                         `map@1:1(str@1:1"a" str@1:4"x\ny\n")`,
		"---\na: 1\n---\n":                         `map@2:1(str@2:1"a" num@2:4"1")`,
		"a: 1\r\nb: 2\r\n":                         `map@1:1(str@1:1"a" num@1:4"1" str@2:1"b" num@2:4"2")`,
		"\xef\xbb\xbfa: 1":                         `map@1:1(str@1:1"a" num@1:4"1")`,
		"\xff\xfea\x00:\x00 \x00\xe9\x00":          `map@1:1(str@1:1"a" str@1:4"é")`,
		"a\x00:\x00 \x001\x00":                     `map@1:1(str@1:1"a" num@1:4"1")`,
	} {
		n, err := ParseYAML("f.yaml", []byte(in), Limits{})
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := dump(n); got != want {
			t.Errorf("%q:\n got %s\nwant %s", in, got, want)
		}
	}
}

func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	return b.String()
}

func TestYAMLErrors(t *testing.T) {
	const indent = "compare the indentation with the lines above, and the quotes and brackets before it"
	const rename = "rename or remove one of the two: which one counts depends on the tool that reads the file"
	for _, c := range []struct{ in, want, hint string }{
		{"", "f.yaml:1:1: the file is empty", ""},
		{"# only a comment\n", "f.yaml:1:1: the file is empty", ""},
		{"a:\n  b: 1\n\tc: 2\n", "f.yaml:3:2: found a tab character that violates indentation", "YAML does not allow tabs for indentation: use spaces"},
		{"a: 1\nb:\n  c: {{ name }}\n", "f.yaml:3:7: a key that is not plain text", rawTemplate},
		{"a:\n  - Name: {{ r }}-s3\n    B: 1\n", "f.yaml:2:19: the indentation or the value before it is broken: a key is expected here", rawTemplate},
		{"a: 1\n{% if x %}\nb: 2\n", "f.yaml:2:2: a character that cannot begin a value", rawTemplate},
		{"a:\n  b: c: d\n", "f.yaml:2:7: a ':' where no key can stand", "quote a value that contains ': '"},
		{"a:\n  b: 1\n c: 2\n", "f.yaml:3:2: the indentation or the value before it is broken: a key is expected here", indent},
		{"x: 1\na:\n  - 1\n  b: 2\n", "f.yaml:4:4: the indentation is broken: a list element ('-') is expected here", indent},
		{"a: 'x\nb: 1\n", "f.yaml:1:4: a quoted text is not closed", "close the quote or bracket that was opened"},
		{"a: \"x\" y\n", "f.yaml:1:8: the indentation or the value before it is broken: a key is expected here", indent},
		{"a: @x\n", "f.yaml:1:4: a character that cannot begin a value", "quote a value that begins with this character"},
		{"R:\n  A: 1\n  B: 2\n  A: 3\n", `f.yaml:4:3: duplicate key "A", first at line 2 column 3`, rename},
		{"a: *b\n", "f.yaml:1:5: unknown anchor 'b' referenced", "define the anchor (&name) before the alias, or quote a text that begins with *"},
		{"a: &a [*a]\n", "f.yaml:1:8: anchor &a contains itself", ""},
		{"? {a: 1}\n: 2\n", "f.yaml:1:3: a key that is not plain text", "quote the key if it is meant as text"},
		{"!Ref X: 2\n", "f.yaml:1:1: a key that is not plain text", "quote the key if it is meant as text"},
		{"<<: 2\n", "f.yaml:1:5: a merge key without a map", "<< takes a map or a list of maps"},
		{"a: 1\n--- \nb: 2\n", "f.yaml:2:1: a second YAML document begins; only files with one document are read", "put each document into a file of its own"},
		{"a: \"x\x01\"\n", "f.yaml:1:6: control character U+0001", "remove it, or write it as an escape inside double quotes"},
		{"é: \xc3(\n", "f.yaml:1:5: byte 0xc3 is not valid UTF-8", saveAsUTF8},
		{strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000), "f.yaml:1:257: lists and maps are nested deeper than 256 levels", ""},
		{strings.Repeat("[", 100_000), "f.yaml:1:1: exceeded max depth of 10000", ""},
		{strings.Repeat("- ", 100_000) + "x", "f.yaml:1:1: exceeded max depth of 10000", ""},
		{bomb(9), "f.yaml:1:14: the file's aliases expand to more than 200000 values", ""},
	} {
		n, err := ParseYAML("f.yaml", []byte(c.in), Limits{})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.40q: got %v, want an error", c.in, n)
			continue
		}
		if e.Error() != c.want || e.Hint != c.hint {
			t.Errorf("%.40q:\n got %s (%s)\nwant %s (%s)", c.in, e, e.Hint, c.want, c.hint)
		}
	}
}

func TestSeveralDocuments(t *testing.T) {
	n, err := ParseYAML("f", []byte("a: 1\n---\nb: 2\n"), Limits{})
	var e *Error
	if !errors.As(err, &e) || !e.NotInput || dump(n) != `map@1:1(str@1:1"a" num@1:4"1")` {
		t.Errorf("got %v, %v", n, err)
	}
}

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1}`:                       `map@1:1(str@1:2"a" num@1:6"1")`,
		"\n{a: 1}":                      `map@2:1(str@2:2"a" num@2:5"1")`,
		"{\"a\": 1,}":                   `map@1:1(str@1:2"a" num@1:7"1")`,
		"a: 1":                          `map@1:1(str@1:1"a" num@1:4"1")`,
		"{{ x }}":                       "f:1:1: the file begins with a template expression",
		" {% if %}":                     "f:1:2: the file begins with a template expression",
		"{a: b: c}":                     "f:1:2: did not find expected ',' or '}'",
		"{\"a\": [1}\n":                 "f:1:9: '}' where ',' or ']' is expected",
		`{"a":1,"a":2}`:                 `f:1:8: duplicate key "a", first at line 1 column 2`,
		"":                              "f:1:1: the file is empty",
		"GIF\x00\x01\x02\x03":           "f:1:1: the file is binary",
		"\xff\xfe\x00\x00a\x00\x00\x00": "f:1:1: the file is encoded as UTF-32",
		"\xff\xfea\x00\x00\xd8b\x00":    "f:1:2: half of a UTF-16 surrogate pair is missing",
		"\xfe\xff\x00a\x00":             "f:1:2: the file is UTF-16 but ends in the middle of a character",
		"\xfe\xff\x00{\x00}":            `map@1:1()`,
	} {
		n, err := Parse("f", []byte(in), Limits{})
		got := fmt.Sprint(err)
		if err == nil {
			got = dump(n)
		}
		if got != want {
			t.Errorf("%q:\n got %s\nwant %s", in, got, want)
		}
	}
}

// Hostile shapes end soon: the parser underneath has had quadratic paths.
func TestYAMLTime(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for name, in := range map[string]string{
		"comments":    strings.Repeat("# c\n", 500_000),
		"anchors":     strings.Repeat("- &a x\n", 200_000),
		"keys":        strings.Repeat("? ", 500_000),
		"flow":        strings.Repeat("[a,", 5_000) + strings.Repeat("{a: 1,", 100_000),
		"open quote":  "a: '" + strings.Repeat("x\n", 500_000),
		"long line":   "a: b: " + strings.Repeat("x ", 500_000),
		"directives":  strings.Repeat("%TAG !a! b\n", 100_000),
		"dashes":      strings.Repeat("-\n", 500_000),
		"documents":   strings.Repeat("---\n", 500_000),
		"merge":       "a: &a {" + strings.Repeat("k: v, ", 1) + "}\nb:\n" + strings.Repeat("  <<: *a\n", 100_000),
		"bomb":        bomb(40),
		"wide lists":  strings.Repeat("- [1,2,3,4,5]\n", 100_000),
		"broken tail": strings.Repeat("- {a: 1, b: 2}\n", 60_000) + " x: [",
	} {
		begin := time.Now()
		_, err := ParseYAML("f", []byte(in), Limits{})
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%s: %d bytes took %v (%v)", name, len(in), took, err)
		} else {
			t.Logf("%s: %d bytes, %v: %v", name, len(in), took, err)
		}
	}
}

func FuzzParseYAML(f *testing.F) {
	for _, s := range []string{
		"AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Key:\n    Type: AWS::KMS::Key\n    Properties:\n      KeyPolicy: !Sub '${AWS::Partition}'\n",
		"a: &x\n  <<: *y\n", "a: {{ b }}\n", "{% for %}", "? [a]\n: b", "a: |2-\n   x", "%YAML 1.1\n---\na: !!bool yes\n...\n---\n", "a:\n\t- b", bomb(4), "\xfe\xff\x00a",
		"- !If\n  - C\n  - !GetAtt [a, b]\n  - 'x\n    y'\n", "\"\\x\"", "a: \x85b",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, parse := range []func(string, []byte, Limits) (*Node, error){ParseYAML, Parse} {
			n, err := parse("f", data, Limits{MaxYAMLBytes: 1 << 14})
			var e *Error
			if err != nil {
				if !errors.As(err, &e) || e.At.Line < 1 || e.At.Column < 1 || e.Message == "" {
					t.Fatalf("no position: %#v", err)
				}
				continue
			}
			check(t, n)
		}
	})
}

func check(t *testing.T, n *Node) {
	if n.Line < 1 || n.Column < 1 || n.Kind < Null || n.Kind > Map || n.Kind == Map && len(n.Items)%2 != 0 {
		t.Fatalf("bad node %+v", n)
	}
	for i := range n.Items {
		if n.Kind == Map && i%2 == 0 && n.Items[i].Kind != String {
			t.Fatalf("bad key %+v", n.Items[i])
		}
		check(t, &n.Items[i])
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"a", "\xff\xfea\x00", "\xfe\xff\x00a\xd8\x3d\xde\x00", "\xef\xbb\xbfx", "{\x00}\x00", "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := Decode("f", data)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.At.Line < 1 || e.At.Column < 1 {
				t.Fatalf("no position: %#v", err)
			}
			return
		}
		if again, err := Decode("f", out); err == nil && string(again) != string(out) && !strings.HasPrefix(string(out), "\ufeff") {
			t.Fatalf("decoding twice changes %q to %q", out, again)
		}
	})
}

func BenchmarkParseYAML(b *testing.B) {
	var s strings.Builder
	s.WriteString("Resources:\n")
	for i := range 7000 {
		fmt.Fprintf(&s, "  Key%d:\n    Type: AWS::KMS::Key\n    Properties:\n      EnableKeyRotation: true\n      Description: !Sub 'key ${AWS::StackName} %d'\n      Tags:\n        - {Key: a, Value: b}\n", i, i)
	}
	data := []byte(s.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseYAML("f", data, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
