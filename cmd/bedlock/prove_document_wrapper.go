package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bedlock/bedlock/policy"
)

// maxPolicyFile is the longest policy file that is read, in bytes: the longest
// document, with room for its escapes.
const maxPolicyFile = 4 * policy.MaxSize

// wrappers are the forms in which commands of the AWS CLI print policies. Sources:
// the output sections of
// https://docs.aws.amazon.com/cli/latest/reference/kms/get-key-policy.html,
// …/iam/get-role-policy.html, get-user-policy.html, get-group-policy.html,
// get-policy-version.html, …/organizations/describe-policy.html and
// …/secretsmanager/get-resource-policy.html
var wrappers = []wrapper{
	{member: "Policy", beside: []string{"PolicyName"}},
	{outer: "Policy", member: "Content", beside: []string{"PolicySummary"}},
	{member: "PolicyDocument", object: true, beside: []string{"PolicyName", "RoleName", "UserName", "GroupName"}},
	{outer: "PolicyVersion", member: "Document", object: true, beside: []string{"VersionId", "IsDefaultVersion", "CreateDate"}},
	{member: "ResourcePolicy", beside: []string{"ARN", "Name"}},
}

// wrapper says where a policy is in an object.
type wrapper struct {
	// outer is the member of the object in which member is; empty: the object itself.
	outer, member string
	// object: the policy may be an object, as well as a text that is JSON.
	object bool
	// beside are the other members that may stand beside member.
	beside []string
}

// unwrap finds the policy document in the file. What is no wrapper is left as it
// is, for the parser of policies to judge. The error is a [*documentError].
func (d *document) unwrap() error {
	if strings.HasPrefix(d.raw, "\xff\xfe") || strings.HasPrefix(d.raw, "\xfe\xff") {
		return d.fault(0, "the file is UTF-16; save it as UTF-8")
	}
	if strings.HasPrefix(d.raw, byteOrderMark) {
		d.base = len(byteOrderMark)
	}
	d.text = d.raw[d.base:]
	v := valueIn(d.text, d.base)
	for _, w := range wrappers {
		inner, fault := w.find(v)
		if fault != nil {
			return d.fault(fault.at, fmt.Sprintf("no command prints a member %q beside a policy in %s", fault.name, w.member))
		}
		if inner.text != "" {
			d.text, d.base = inner.text, inner.at
			v = inner
			break
		}
	}
	if v.kind() == '"' {
		return d.unquote(v)
	}
	return nil
}

// byteOrderMark is what some editors put before UTF-8.
const byteOrderMark = "\ufeff"

func (d *document) fault(offset int, reason string) error {
	return &documentError{d.place(offset), printable(reason)}
}

// find returns the value that holds the policy; none when the value is not of the
// wrapper's form. fault is a member that its command does not print.
func (w *wrapper) find(v jsonValue) (inner jsonValue, fault *jsonMember) {
	all := v.members()
	if slices.ContainsFunc(all, func(m jsonMember) bool { return strings.EqualFold(m.name, "Statement") }) {
		return inner, nil // a policy, which may have members that policies do not have
	}
	var around, beside []jsonMember
	if w.outer != "" {
		v, around = pick(all, w.outer)
		all = v.members()
	}
	inner, beside = pick(all, w.member)
	if k := inner.kind(); k != '"' && (k != '{' || !w.object) {
		return jsonValue{}, nil
	}
	if fault = unknown(around, nil); fault == nil {
		fault = unknown(beside, w.beside)
	}
	return inner, fault
}

// unknown returns a member that is neither known nor of every answer of AWS.
func unknown(all []jsonMember, known []string) *jsonMember {
	for i := range all {
		if name := all[i].name; name != "ResponseMetadata" && !slices.Contains(known, name) {
			return &all[i]
		}
	}
	return nil
}

// pick returns the value of a member, and the others.
func pick(all []jsonMember, name string) (v jsonValue, others []jsonMember) {
	for _, m := range all {
		if m.name == name && v.text == "" {
			v = m.value
		} else {
			others = append(others, m)
		}
	}
	return v, others
}

// unquote takes the policy from a JSON text, and from the URL encoding of IAM.
func (d *document) unquote(v jsonValue) error {
	text, offsets := unescape(v)
	if strings.HasPrefix(strings.TrimSpace(string(text)), "%") {
		bad := 0
		if text, offsets, bad = unpercent(text, offsets); bad > 0 {
			return d.fault(bad, "the policy begins like URL encoding, which ends here: % and two hexadecimal digits are expected")
		}
	}
	d.text, d.offsets = string(text), offsets
	return nil
}

// unescape reads a JSON string, with the offset of every byte of the result and of
// its end.
func unescape(v jsonValue) (text []byte, offsets []int32) {
	s := v.text
	for i := 1; i < len(s)-1; {
		part, n := s[i:i+1], 1
		if s[i] == '\\' {
			part, n = escape(s[i : len(s)-1])
		}
		for range len(part) {
			offsets = append(offsets, int32(v.at+i))
		}
		text = append(text, part...)
		i += n
	}
	return text, append(offsets, int32(v.at+len(s)-1))
}

// escape reads the escape sequence at the start of a text, of n bytes; two that
// are halves of one character are one.
func escape(s string) (text string, n int) {
	n = 2
	if s[1] == 'u' {
		n = 6
	}
	if n == 6 && strings.HasPrefix(s[n:], `\u`) {
		if both := unquoted(s[:2*n]); both != unquoted(s[:n])+unquoted(s[n:2*n]) {
			return both, 2 * n
		}
	}
	return unquoted(s[:n]), n
}

func unquoted(escapes string) (text string) {
	_ = json.Unmarshal([]byte(`"`+escapes+`"`), &text) // it is well formed
	return text
}

// unpercent undoes the URL encoding (RFC 3986) in which IAM returns policies. bad
// is the offset of what is none, 0 when all is.
func unpercent(s []byte, at []int32) (text []byte, offsets []int32, bad int) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		offsets = append(offsets, at[i])
		if c == '%' {
			v, err := strconv.ParseUint(string(s[i+1:min(i+3, len(s))]), 16, 8)
			if err != nil || i+2 >= len(s) {
				return nil, nil, int(at[i])
			}
			c = byte(v)
			i += 2
		}
		text = append(text, c)
	}
	return text, append(offsets, at[len(s)]), 0
}

// jsonValue is a JSON value and where it begins in the file.
type jsonValue struct {
	text string
	at   int
}

type jsonMember struct {
	name  string
	at    int
	value jsonValue
}

// kind is the first byte: { or " and the like; 0 for no value.
func (v jsonValue) kind() byte {
	if v.text == "" {
		return 0
	}
	return v.text[0]
}

// valueIn returns the value of a text that is JSON, and none of another text.
func valueIn(s string, at int) (v jsonValue) {
	if json.Valid([]byte(s)) {
		v.text = strings.Trim(s, " \t\r\n")
		v.at = at + strings.Index(s, v.text)
	}
	return v
}

// members returns the members of an object, and nothing for other values.
func (v jsonValue) members() (all []jsonMember) {
	if v.kind() != '{' {
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader([]byte(v.text)), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() == '"' {
		var m jsonMember
		var name, value jsontext.Value
		if name, err = d.ReadValue(); err != nil {
			break
		}
		m.name = unquoted(string(name[1 : len(name)-1]))
		m.at = v.at + int(d.InputOffset()) - len(name)
		if value, err = d.ReadValue(); err == nil {
			end := int(d.InputOffset())
			m.value = jsonValue{v.text[end-len(value) : end], v.at + end - len(value)}
			all = append(all, m)
		}
	}
	return all
}
