package emit

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// absent is the one line of what is not there.
const absent = "absent"

// lines writes a state as the script's `flat` does: sorted lines of path, tab and value. Times
// are left out, for the versions of the AWS CLI write them differently, and nothing changes them
// alone; their paths are in times. Those of texts that are JSON documents are in documents.
func lines(s *fix.State, o wire.Object) (f flattener) {
	f.json = s.JSON
	if o == nil {
		f.lines = []string{absent}
		return f
	}
	f.value("", "", o)
	slices.Sort(f.lines)
	return f
}

type flattener struct {
	json                    []string
	lines, times, documents []string
}

// value adds the lines of a value. bare is its path without the places in lists.
func (f *flattener) value(path, bare string, v any) {
	switch v := v.(type) {
	case wire.Object:
		for name, inner := range v {
			name = inside(quoted(name))
			f.value(below(path, name), below(bare, name), inner)
		}
	case []any:
		for i, inner := range v {
			f.value(fmt.Sprintf("%s[%d]", path, i), bare, inner)
		}
	case nil:
	case time.Time:
		f.times = append(f.times, bare)
	case string:
		if doc, ok := document(v); ok && slices.Contains(f.json, bare) {
			f.documents = append(f.documents, bare)
			f.value(path, "", doc)
			return
		}
		f.add(path, quoted(v))
	default:
		f.add(path, scalar(v))
	}
}

func (f *flattener) add(path, token string) { f.lines = append(f.lines, path+"\t"+token) }

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func inside(quoted string) string { return quoted[1 : len(quoted)-1] }

// document reads a text that is a JSON object or list.
func document(text string) (any, bool) {
	if s := strings.TrimLeft(text, " \t\r\n"); s == "" || s[0] != '{' && s[0] != '[' {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return nil, false
	}
	return plain(v), true
}

// plain makes objects of maps.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := wire.Object{}
		for name, inner := range v {
			if inner != nil {
				out[name] = plain(inner)
			}
		}
		return out
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

// scalar writes a value that is no text as Python writes it, in which the AWS CLI is made.
func scalar(v any) string {
	switch v := v.(type) {
	case json.Number:
		return strings.TrimSuffix(v.String(), ".0")
	case []byte:
		return quoted(base64.StdEncoding.EncodeToString(v))
	case float64:
		form := byte('f')
		if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e16) {
			form = 'e'
		}
		return strconv.FormatFloat(v, form, -1, 64)
	}
	return fmt.Sprint(v)
}

// quoted writes a string as JSON in which only what has to be is escaped.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			if r < ' ' {
				fmt.Fprintf(&b, `\u%04x`, r)
				continue
			}
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// ascii is a JSON text in which only ASCII stands, which every locale reads alike.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// input writes the input of a call as JSON that the AWS CLI takes.
func input(o wire.Object) (string, error) {
	b, err := json.MarshalIndent(ordinary(o), "", "  ")
	if err != nil {
		return "", err
	}
	return ascii(string(b)), nil
}

// ordinary is a value as JSON has it: blobs in base64, times as texts.
func ordinary(v any) any {
	switch v := v.(type) {
	case wire.Object:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[name] = ordinary(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = ordinary(inner)
		}
		return out
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return v
}
