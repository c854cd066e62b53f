package simulate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Error is one fault of a request file.
type Error struct {
	File         string
	Line, Column int // from 1; 0 when the fault has no place
	Reason       string
	// Hint says what to do about it; may be empty.
	Hint string
}

// Error returns "file:line:column: reason (hint)".
func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
		if e.Column > 0 {
			s += fmt.Sprintf(":%d", e.Column)
		}
	}
	s += ": " + e.Reason
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// maxErrors is how many faults of one file are reported.
const maxErrors = 20

func (r *reading) fail(n *yaml.Node, hint, format string, args ...any) {
	r.faults = append(r.faults, &Error{File: r.file, Line: n.Line, Column: n.Column, Reason: fmt.Sprintf(format, args...), Hint: hint})
}

// err joins the faults, in the order of the file.
func (r *reading) err() error {
	slices.SortStableFunc(r.faults, func(a, b *Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	var all []error
	faults := slices.CompactFunc(r.faults, func(a, b *Error) bool { return *a == *b }) // what is shared is read again
	for i, f := range faults {
		if i == maxErrors {
			all = append(all, &Error{File: r.file, Reason: fmt.Sprintf("%d more faults", len(faults)-i)})
			break
		}
		all = append(all, f)
	}
	return errors.Join(all...)
}

// oneOf is a hint that lists what may stand in a place.
func oneOf(names []string) string { return "one of " + strings.Join(names, ", ") }
