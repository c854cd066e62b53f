package syntax

import (
	"fmt"

	"github.com/bedlock/bedlock"
)

// Kind says what a node is. The zero value is invalid.
type Kind uint8

// The kinds of nodes.
const (
	Null Kind = iota + 1
	Bool
	Number
	String
	List
	Map
)

// Node is one value of a file.
type Node struct {
	Kind Kind
	// Text is the scalar as written, unescaped: "true" for a Bool, the digits of a
	// Number, the text of a String.
	Text string
	// Tag is the YAML tag when it is an application's own: "!Sub".
	Tag string
	// Items are the elements of a List, or the keys and values of a Map in turn:
	// key, value, key, value. Keys are String nodes with positions of their own.
	Items []Node
	// Line and Column of the first byte, from 1.
	Line, Column int32
}

// Get returns the value of a Map's key, nil when it is not there or n is no Map.
func (n *Node) Get(key string) *Node {
	if n == nil || n.Kind != Map {
		return nil
	}
	for i := 0; i+1 < len(n.Items); i += 2 {
		if n.Items[i].Text == key {
			return &n.Items[i+1]
		}
	}
	return nil
}

// At returns the node's position in a file.
func (n *Node) At(file string) bedlock.Position {
	return bedlock.Position{File: file, Line: n.Line, Column: n.Column}
}

// Error is the one error of this package and of the readers above it: what is
// wrong, where, and the way out.
type Error struct {
	At      bedlock.Position
	Message string
	// Hint says what to do about it; may be empty.
	Hint string
	// NotInput is true when the file is not of the kind at all, rather than a
	// broken one.
	NotInput bool
	// everySyntax is true when no other syntax would take the file either.
	everySyntax bool
}

func (e *Error) final() *Error {
	e.everySyntax = true
	return e
}

// Error returns "file:line:column: message".
func (e *Error) Error() string {
	if e.At.IsZero() {
		return e.Message
	}
	return fmt.Sprintf("%s: %s", e.At, e.Message)
}
