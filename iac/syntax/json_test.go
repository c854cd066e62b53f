package syntax

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// dump prints a tree with kinds and positions, one node after another.
func dump(n *Node) string {
	var b strings.Builder
	var walk func(n *Node)
	walk = func(n *Node) {
		fmt.Fprintf(&b, "%s%s@%d:%d", n.Tag, [...]string{"?", "null", "bool", "num", "str", "list", "map"}[n.Kind], n.Line, n.Column)
		if n.Kind <= String {
			fmt.Fprintf(&b, "%q", n.Text)
			return
		}
		b.WriteByte('(')
		for i := range n.Items {
			if i > 0 {
				b.WriteByte(' ')
			}
			walk(&n.Items[i])
		}
		b.WriteByte(')')
	}
	walk(n)
	return b.String()
}

func TestParseJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                               `map@1:1()`,
		` [1, -2.5e+3,"a"]`:                `list@1:2(num@1:3"1" num@1:6"-2.5e+3" str@1:14"a")`,
		"{\r\n\t\"a\": true,\n\"b\":null}": `map@1:1(str@2:2"a" bool@2:7"true" str@3:1"b" null@3:5"null")`,
		`"é\u00e9\ud83d\ude00\ud83d\n\/"`:  `str@1:1"éé😀�\n/"`,
		`["é", 1]`:                         `list@1:1(str@1:2"é" num@1:8"1")`,
		`"\"\\"`:                           `str@1:1"\"\\"`,
		`0`:                                `num@1:1"0"`,
	} {
		n, err := ParseJSON("f.json", []byte(in), Limits{})
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := dump(n); got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestJSONErrors(t *testing.T) {
	long := strings.Repeat(`"k%d":0,`, 1)
	var many strings.Builder
	many.WriteString("{\n")
	for i := range 40 {
		fmt.Fprintf(&many, strings.Replace(long, ",", ",\n", 1), i)
	}
	many.WriteString(`"k7":1}`)
	for _, c := range []struct{ in, want, hint string }{
		{"", `f.json:1:1: the file is empty`, ""},
		{" \n", `f.json:1:1: the file is empty`, ""},
		{"{\n  \"a\": 1,\n}", `f.json:3:1: '}' where a key in double quotes is expected`, "remove the comma before it"},
		{`{"a": 1 "b": 2}`, `f.json:1:9: '"' where ',' or '}' is expected`, "a comma is missing before it"},
		{"{\"a\":\n{\"b\":1},\n \"a\":2}", `f.json:3:2: duplicate key "a", first at line 1 column 2`, "rename or remove one of the two: which one counts depends on the tool that reads the file"},
		{many.String(), `f.json:42:1: duplicate key "k7", first at line 9 column 1`, "rename or remove one of the two: which one counts depends on the tool that reads the file"},
		{"{\"a\": \"x\ny\"}", `f.json:1:7: the string is not closed at the end of the line`, `close the string with " or write the line break as \n`},
		{"{\"a\": \"\"\"x\ny\"\"\"}", `f.json:1:9: '"' where ',' or '}' is expected`, `JSON has no """ strings: write one string with \n for the line breaks`},
		{"\"a\tb\"", `f.json:1:3: control character 0x09 inside a string`, `write it as \u0009`},
		{`{"a": {{ x }}}`, `f.json:1:8: '{' where a key in double quotes is expected`, rawTemplate},
		{`{'a': 1}`, `f.json:1:2: '\'' where a key in double quotes is expected`, "JSON strings stand in double quotes"},
		{"{} x", `f.json:1:4: text after the end of the JSON value`, "a file holds exactly one JSON value"},
		{"[1, // c\n2]", `f.json:1:5: '/' where a value is expected`, "JSON has no comments: remove it"},
		{`{"a":True}`, `f.json:1:6: 'T' where a value is expected`, "JSON writes true, false and null"},
		{`["\x"]`, `f.json:1:3: \x is not an escape of JSON`, `write a backslash as \\`},
		{`[01]`, `f.json:1:3: '1' where the end of the number is expected`, ""},
		{`[1`, `f.json:1:3: the file ends where ',' or ']' is expected`, "the file may have been cut off"},
		{`["a`, `f.json:1:2: the string is not closed`, `close the string with "`},
		{strings.Repeat("[", 100_000), `f.json:1:257: lists and maps are nested deeper than 256 levels`, ""},
		{strings.Repeat(`{"a":`, 100_000), `f.json:1:1281: lists and maps are nested deeper than 256 levels`, ""},
		{"{\"a\": \"\xff\"}", `f.json:1:8: byte 0xff is not valid UTF-8`, saveAsUTF8},
	} {
		n, err := ParseJSON("f.json", []byte(c.in), Limits{})
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

func TestLimits(t *testing.T) {
	_, err := ParseJSON("f", []byte(`[1,2,3,4]`), Limits{MaxNodes: 4})
	if got := fmt.Sprint(err); got != "f:1:8: the file has more than 4 values" {
		t.Error(got)
	}
	_, err = Parse("f", []byte(`[1,2,3,4]`), Limits{MaxBytes: 8})
	if got := fmt.Sprint(err); got != "f:1:1: the file has 9 bytes, more than the limit of 8" {
		t.Error(got)
	}
	_, err = ParseYAML("f", []byte("a: bcd"), Limits{MaxYAMLBytes: 5})
	if got := fmt.Sprint(err); got != "f:1:1: the file has 6 bytes, more than the limit of 5" {
		t.Error(got)
	}
}

// duplicates reports whether any object of a valid JSON text has a key twice.
func duplicates(data []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	type frame struct {
		object bool
		keys   map[string]bool
		isKey  bool
	}
	stack := []frame{{}}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return false
		}
		if err != nil {
			return true // not asked for invalid texts
		}
		top := &stack[len(stack)-1]
		if d, ok := tok.(json.Delim); ok && (d == '}' || d == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if top.object && top.isKey {
			key := tok.(string)
			if top.keys[key] {
				return true
			}
			top.keys[key], top.isKey = true, false
			continue
		}
		top.isKey = top.object
		if d, ok := tok.(json.Delim); ok {
			stack = append(stack, frame{object: d == '{', isKey: d == '{', keys: map[string]bool{}})
		}
	}
}

func depth(data []byte) int {
	n, most, text := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case !text && (c == '{' || c == '['):
			n++
			most = max(most, n)
		case !text && (c == '}' || c == ']'):
			n--
		}
	}
	return most
}

// toAny is the tree as encoding/json would deliver it.
func toAny(n *Node) any {
	switch n.Kind {
	case Bool:
		return n.Text == "true"
	case Number:
		return json.Number(n.Text)
	case String:
		return n.Text
	case List:
		list := make([]any, len(n.Items))
		for i := range n.Items {
			list[i] = toAny(&n.Items[i])
		}
		return list
	case Map:
		m := make(map[string]any, len(n.Items)/2)
		for i := 0; i < len(n.Items); i += 2 {
			m[n.Items[i].Text] = toAny(&n.Items[i+1])
		}
		return m
	}
	return nil
}

func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{
		`{"Resources":{"Key":{"Type":"AWS::KMS::Key","Properties":{"EnableKeyRotation":"true"}}}}`,
		`{"format_version":"1.2","planned_values":{"root_module":{"resources":[{"address":"aws_kms_key.a[\"x\"]","values":{"deletion_window_in_days":7.0e0}}]}}}`,
		`["\ud83d\ude00\ud83d", -0.0E-1, null, false]`, `{"a":1,"a":2}`, "[1,\n2,]", `{{ x }}`, "\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := ParseJSON("f", data, Limits{})
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.At.Line < 1 || e.At.Column < 1) {
			t.Fatalf("no position: %#v", err)
		}
		if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 || bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
			return // encoding/json takes no other encodings
		}
		want := json.Valid(data) && !duplicates(data) && depth(data) <= 256
		if want != (err == nil) {
			t.Fatalf("accepted here: %v (%v), by encoding/json: %v", err == nil, err, want)
		}
		if err != nil {
			return
		}
		var v any
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(toAny(n)), fmt.Sprint(v); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

// plan is a JSON text that resembles a Terraform plan, of about size bytes.
func plan(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"format_version":"1.2","terraform_version":"1.9.0","resource_changes":[`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"address":"module.m[%d].aws_s3_bucket.this[0]","mode":"managed","type":"aws_s3_bucket","name":"this","index":0,`+
			`"provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],"before":null,"after":{"bucket":"logs-%d",`+
			`"force_destroy":false,"tags":{"Team":"a","Env":"prod"},"policy":"{\"Version\":\"2012-10-17\"}"},"after_unknown":{"arn":true,"id":true},`+
			`"before_sensitive":false,"after_sensitive":{"tags":{}}}}`, i, i)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func BenchmarkParseJSON(b *testing.B) {
	for _, size := range []int{1 << 20, 100 << 20} {
		data := plan(size)
		b.Run(fmt.Sprintf("plan-%dMiB", size>>20), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseJSON("f", data, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
