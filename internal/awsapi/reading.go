package awsapi

import (
	"slices"
	"strings"
)

// reading says how the resources of one type of the catalogue are found and read.
//
// Arguments are written "member=value …". A value is 'a literal', or the name of a member of the
// list's entry; "." is an entry that is no structure, "^x" the parent's x, "@arn" the resource's
// own ARN and {region} the Region. ARN is a text with the same names in braces, where {/x} is
// what follows the last slash of x.
type reading struct {
	Type string
	// Skip is why the type is not read on its own; the rest is then empty.
	Skip string
	// Service is the API where it is not the catalogue's.
	Service string
	// Of is the type whose resources have these as children.
	Of string
	// List is the operation that lists them, With its arguments, Items the member with the
	// entries. Without List there is one in each account and Region, or of each parent.
	List, With, Items string
	// Only keeps the entries of which it is true: "member=value" or "member!=value".
	Only string
	// Get are the operations that read one.
	Get gets
	// ARN is the resource's, or where AWS gives it none, its name in the form of one.
	ARN  string
	Tags tagging
}

// get is an operation with its arguments.
type get struct{ Op, With string }

type gets []get

// tagging says how tags are read: At is the path to a map, or to a list of pairs.
type tagging struct {
	get
	At string
}

// absent are the errors by which operations say that there is nothing, not that it could not be
// read.
var absent = map[string][]string{
	"GetBucketEncryption":   {"ServerSideEncryptionConfigurationNotFoundError"},
	"GetBucketPolicy":       {"NoSuchBucketPolicy"},
	"GetBucketTagging":      {"NoSuchTagSet"},
	"GetKeyRotationStatus":  {"UnsupportedOperationException"}, // of keys that have none
	"GetResourcePolicy":     {"PolicyNotFoundException", "ResourceNotFoundException"},
	"GetVectorBucketPolicy": {"NotFoundException"},
}

// isAbsent says whether an error of an operation means that there is nothing.
func isAbsent(operation string, err error) bool {
	return slices.Contains(absent[operation], codeOf(err))
}

// scope is what arguments and ARNs are made of: an entry of a list, with its resource's ARN, and
// the parent's.
type scope struct {
	entry  any
	arn    string
	parent *scope
	caller *caller
}

// lookup returns the text that a name stands for, "" when there is none.
func (s *scope) lookup(name string) string {
	switch {
	case name == "{region}" || name == "region":
		return s.caller.region
	case name == "account":
		return s.caller.account
	case name == "partition":
		return s.caller.partition
	case name == "@arn":
		return s.arn
	case strings.HasPrefix(name, "'"):
		return strings.Trim(name, "'")
	case strings.HasPrefix(name, "^"):
		if s.parent == nil {
			return ""
		}
		return s.parent.lookup(name[1:])
	case strings.HasPrefix(name, "/"):
		v := s.lookup(name[1:])
		return v[strings.LastIndexByte(v, '/')+1:]
	case name == ".":
		text, _ := s.entry.(string)
		return text
	}
	members, _ := s.entry.(document)
	text, _ := members[name].(string)
	return text
}

// arguments are the members of an input.
func (s *scope) arguments(with string) map[string]any {
	in := map[string]any{}
	for argument := range strings.FieldsSeq(with) {
		name, value, _ := strings.Cut(argument, "=")
		in[name] = s.lookup(value)
	}
	return in
}

// expand fills the names in braces.
func (s *scope) expand(text string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(s.lookup(name))
		text = after
	}
}

// keeps says whether an entry is one of the reading's.
func (r *reading) keeps(s *scope) bool {
	if r.Only == "" {
		return true
	}
	if name, value, ok := strings.Cut(r.Only, "!="); ok {
		return s.lookup(name) != value
	}
	name, value, _ := strings.Cut(r.Only, "=")
	return s.lookup(name) == s.expand(value)
}
