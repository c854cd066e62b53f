package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sort"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/policy"
)

const policyHint = "a policy file is a policy document, or what `aws kms get-key-policy`, `aws iam get-role-policy`, " +
	"`aws iam get-policy-version` and the like print"

// document is a policy file as read.
type document struct {
	file  string // as the user named it
	raw   string // the file
	lines []int  // where its lines begin
	text  string // the policy document in it
	// base is where text begins in the file; offsets, when there are some, are where
	// each byte of text is in the file, and its end.
	base    int
	offsets []int32
	doc     *policy.Document
}

// documentError is a fault of a policy file.
type documentError struct {
	at     bedlock.Position
	reason string
}

func (e *documentError) Error() string { return printable(e.at.String()) + ": " + e.reason }

// parseDocument reads the policy document of a file, also from within what the AWS
// CLI prints around one. The error is a [*documentError].
func parseDocument(file string, b []byte) (*document, error) {
	if len(b) > maxPolicyFile {
		return nil, &documentError{bedlock.Position{File: file}, fmt.Sprintf("the file has more than %d bytes", maxPolicyFile)}
	}
	d := newDocument(file, b)
	if err := d.unwrap(); err != nil {
		return nil, err
	}
	doc, err := policy.Parse(d.text)
	if err != nil {
		var syntax *policy.SyntaxError
		if errors.As(err, &syntax) {
			return nil, &documentError{d.at(syntax.Place), printable(syntax.Reason)}
		}
		return nil, &documentError{bedlock.Position{File: file}, err.Error()}
	}
	for _, p := range doc.Problems {
		if p.Statement < 0 && p.Kind == policy.Incomplete {
			return nil, &documentError{d.at(p.At), "this is no policy: " + p.Text}
		}
	}
	d.doc = doc
	return d, nil
}

func newDocument(file string, b []byte) *document {
	d := &document{file: file, raw: string(b), lines: []int{0}}
	for i, c := range b {
		if c == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	return d
}

// at is where a place of the policy document stands in the file.
func (d *document) at(p policy.Place) bedlock.Position {
	switch {
	case p.Line == 0:
		return bedlock.Position{}
	case d.offsets == nil:
		return d.place(d.base + p.Offset)
	}
	return d.place(int(d.offsets[min(p.Offset, len(d.offsets)-1)]))
}

// place is line and column of an offset in the file.
func (d *document) place(offset int) bedlock.Position {
	i := sort.SearchInts(d.lines, offset+1) - 1
	return bedlock.Position{File: d.file, Line: int32(i + 1), Column: int32(offset - d.lines[i] + 1)}
}

// faults says what IAM would refuse of the document.
func (d *document) faults() (all []string) {
	for _, p := range d.doc.Problems {
		all = append(all, printable(d.at(p.At).String()+": "+p.Text))
	}
	return all
}

// files reads the files of one command line. Standard input can be read once.
type files struct {
	env   environment
	stdin string // what has read it
}

// stdinName is what positions call standard input.
const stdinName = "stdin"

// read returns a file that the user named, and what positions call it. use says
// what the file is for.
func (f *files) read(name, use string, limit int) (file string, b []byte, err error) {
	if name != "-" {
		b, err = readLimited(name, limit)
		if err != nil {
			return name, nil, fmt.Errorf("read %s %s: %w", use, printable(name), plainError(err))
		}
		return name, b, nil
	}
	if f.stdin != "" {
		return stdinName, nil, fmt.Errorf("standard input (-) is given twice, for %s and for %s", f.stdin, use)
	}
	f.stdin = use
	if b, err = io.ReadAll(io.LimitReader(f.env.stdin, int64(limit)+1)); err != nil {
		return stdinName, nil, fmt.Errorf("read %s from standard input: %w", use, err)
	}
	return stdinName, b, nil
}

// readLimited reads a file, no more than one byte beyond the limit.
func readLimited(name string, limit int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(limit)+1))
}

// policy reads a policy file that the user named.
func (f *files) policy(name, use string) (*document, error) {
	file, b, err := f.read(name, use, maxPolicyFile)
	if err != nil {
		return nil, err
	}
	return parseDocument(file, b)
}
