package graph

import (
	"cmp"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// Kind says what a [Value] is. The zero value is [Absent]: nothing is there.
type Kind uint8

// The kinds of values.
const (
	// Absent: not set, or explicitly nothing (AWS::NoValue, JSON or HCL null).
	Absent Kind = iota
	// Bool, Number and String are scalars; Text is their text. A number keeps the
	// spelling of the source.
	Bool
	Number
	String
	// List has Items.
	List
	// Map has Members.
	Map
	// Ref refers to the attribute Text of the resource with ID Target.
	Ref
	// Concat is a string made of Items, each a String, Ref or Unknown.
	Concat
	// Choice is one of Choices, by a condition that the code does not decide.
	Choice
	// Unknown is not determined by the code; Text is the reason, a phrase such as
	// "parameter KeyArn has no default" or "known only after apply".
	Unknown
	// Unread could not be read; Text is the error of the API, such as
	// "AccessDeniedException: not authorized to perform: bedrock:GetGuardrail".
	Unread
)

// Value is one evaluated value. Values are built by readers and then only read.
type Value struct {
	Kind    Kind
	Text    string
	Target  string
	Items   []Value
	Members []Member
	Choices []Branch
	// At is where the value stands: for a reference or function, where that is
	// written.
	At bedlock.Position
}

// Member is one member of a Map, in source order.
type Member struct {
	Name string
	// At is the position of the name.
	At    bedlock.Position
	Value Value
}

// Branch is one branch of a Choice.
type Branch struct {
	// When is the branch's condition as a person reads it: "HasKey is true",
	// "var.create is false".
	When  string
	Value Value
}

// The constructors of values.

// Str returns a String.
func Str(s string, at bedlock.Position) Value { return Value{Kind: String, Text: s, At: at} }

// Reference returns a Ref to an attribute of the resource with that ID. The
// attribute is spelled as in the dialect: "Ref", "Arn", "KeyId" for
// CloudFormation; "arn", "id", "key_id" for Terraform.
func Reference(id, attribute string, at bedlock.Position) Value {
	return Value{Kind: Ref, Target: id, Text: attribute, At: at}
}

// Unresolved returns an Unknown for the reason given.
func Unresolved(reason string, at bedlock.Position) Value {
	return Value{Kind: Unknown, Text: reason, At: at}
}

// Failed returns an Unread for the error of an API call.
func Failed(err string) Value { return Value{Kind: Unread, Text: err} }

// isGap reports whether the value is one that the source could not tell or read.
func (v Value) isGap() bool { return v.Kind == Unknown || v.Kind == Unread }

// gap is the fact that such a value makes.
func gap[T any](v Value) inventory.Value[T] {
	why := cmp.Or(v.Text, "no reason is given")
	if v.Kind == Unread {
		return inventory.Unread[T](why, v.At)
	}
	return inventory.Unknown[T](why, v.At)
}

// Get returns the value of a Map's member; Absent when it is not there.
func (v Value) Get(name string) Value {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return v.Members[i].Value
		}
	}
	return Value{At: v.At}
}

// IsScalar reports whether the value is a Bool, Number or String.
func (v Value) IsScalar() bool { return v.Kind >= Bool && v.Kind <= String }

// The tokens of the inventory's texts; see package inventory. Readers put the
// first three into Strings where the source has a pseudo parameter or the
// provider's own account, Region and partition data.
const (
	TokenAccount   = "${bedlock:account}"
	TokenRegion    = "${bedlock:region}"
	TokenPartition = "${bedlock:partition}"
)

const (
	refToken     = "${bedlock:ref:"
	unknownToken = "${bedlock:unknown:"
)

// Token returns the text that stands for a Ref or Unknown inside a longer text.
func (v Value) Token() string {
	switch v.Kind {
	case Ref:
		return refToken + v.Target + "#" + v.Text + "}"
	case Unknown:
		return unknownToken + strings.NewReplacer("}", ")", "{", "(", "\"", "'", "\\", "/").Replace(v.Text) + "}"
	}
	return v.Text
}

// Print returns the value's text with tokens for what is not determined; "" for
// values that have no text.
func (v Value) Print() string {
	switch v.Kind {
	case Concat:
		var b strings.Builder
		for _, item := range v.Items {
			b.WriteString(item.Print())
		}
		return b.String()
	case Bool, Number, String, Ref, Unknown:
		return v.Token()
	}
	return ""
}
