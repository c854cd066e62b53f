package awsquery

import (
	"bytes"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxForm is the largest form that is decoded, in bytes. It is ours; AWS documents none.
// The largest input of IAM, a policy document of 131,072 characters that are all escaped,
// fits.
const MaxForm = 1 << 20

const maxParameters = 10_000

// parameter is one pair of a form.
type parameter struct{ name, text string }

// parameters yields the pairs of a form as they were sent; the error is that of an escape.
func parameters(form []byte) iter.Seq2[parameter, error] {
	return func(yield func(parameter, error) bool) {
		for len(form) > 0 {
			var pair []byte
			pair, form, _ = bytes.Cut(form, []byte("&"))
			if len(pair) == 0 {
				continue
			}
			name, text, _ := strings.Cut(string(pair), "=")
			name, err := url.QueryUnescape(name)
			if err == nil {
				text, err = url.QueryUnescape(text)
			}
			if !yield(parameter{name, text}, err) {
				return
			}
		}
	}
}

// value is what a form has at one place: the parameter of that name, those below it, or
// both. They are sorted by the segments of their names, and where names are equal in the
// order of the form.
type value struct {
	parameters []parameter
	// at is where the next segment begins in each name. The name of the place itself ends
	// before.
	at int
	// flat: the list or map is flattened where it is a member, whatever its shape says.
	flat bool
}

// parse reads a form.
func parse(form []byte) (value, *Error) {
	if len(form) > MaxForm {
		return value{}, &Error{RequestEntityTooLarge, fmt.Sprintf("The request is larger than %d bytes.", MaxForm)}
	}
	all := make([]parameter, 0, min(bytes.Count(form, []byte("&"))+1, maxParameters))
	for p, err := range parameters(form) {
		switch {
		case err != nil:
			// The text of the documentation.
			return value{}, &Error{MalformedQueryString, "The query string contains a syntax error."}
		case !utf8.ValidString(p.name) || !utf8.ValidString(p.text):
			return value{}, malformed("")
		case len(all) == maxParameters:
			return value{}, malformed(fmt.Sprintf("More than %d parameters.", maxParameters))
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b parameter) int { return compareNames(a.name, b.name) })
	return value{parameters: all}, nil
}

// compareNames orders names by their segments: a, a.b, a-b.
func compareNames(a, b string) int {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] == b[i]:
		case a[i] == '.':
			return -1
		case b[i] == '.':
			return 1
		case a[i] < b[i]:
			return -1
		default:
			return 1
		}
	}
	return len(a) - len(b)
}

// text returns the parameter of the place itself.
func (v value) text() (text string, ok bool) {
	if len(v.parameters) == 0 || len(v.parameters[0].name) >= v.at {
		return "", false
	}
	return v.parameters[0].text, true
}

// below returns v without the parameters of the place itself.
func (v value) below() value {
	for len(v.parameters) > 0 && len(v.parameters[0].name) < v.at {
		v.parameters = v.parameters[1:]
	}
	return v
}

// segment returns the next segment of a name.
func (v value) segment(p parameter) string {
	segment, _, _ := strings.Cut(p.name[v.at:], ".")
	return segment
}

// children yields what is below, in order.
func (v value) children() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		for rest := v.below().parameters; len(rest) > 0; {
			name := v.segment(rest[0])
			end := 1
			for end < len(rest) && v.segment(rest[end]) == name {
				end++
			}
			if !yield(name, value{parameters: rest[:end], at: v.at + len(name) + 1}) {
				return
			}
			rest = rest[end:]
		}
	}
}

// child returns what is below under a name.
func (v value) child(name string) (value, bool) {
	below := v.below().parameters
	start, ok := slices.BinarySearchFunc(below, name, func(p parameter, name string) int { return strings.Compare(v.segment(p), name) })
	if !ok {
		return value{}, false
	}
	end := start + 1
	for end < len(below) && v.segment(below[end]) == name {
		end++
	}
	return value{parameters: below[start:end], at: v.at + len(name) + 1}, true
}
