package audit

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/policy"
)

// Exceptions are accepted findings, each with a reason, an owner and an end.
type Exceptions struct {
	list []Exception
}

// Exception accepts the findings of one rule on some subjects until a date.
type Exception struct {
	Rule string // the rule's id
	// Subject is a pattern with * and ? that is compared with the subject's id,
	// name, type, and "type/name".
	Subject string
	Reason  string
	Owner   string
	// Expires is the last day, in UTC, on which the exception holds.
	Expires time.Time
	At      bedlock.Position
}

const dateForm = "2006-01-02"

// String says what the exception is, for the findings that it covers.
func (e *Exception) String() string {
	return e.Reason + " (owner " + e.Owner + ", until " + e.Expires.Format(dateForm) + ")"
}

func (e *Exception) expired(now time.Time) bool { return !now.Before(e.Expires.AddDate(0, 0, 1)) }

func (e *Exception) matches(s *bedlock.Subject) bool {
	return policy.Match(e.Subject, s.ID) || policy.Match(e.Subject, s.Type) ||
		s.Name != "" && (policy.Match(e.Subject, s.Name) || policy.Match(e.Subject, s.Type+"/"+s.Name))
}

// cover returns the first exception that covers a finding and marks it as used.
func (x *Exceptions) cover(f *bedlock.Finding, now time.Time, used []bool) (found *Exception) {
	if x == nil {
		return nil
	}
	for i := range x.list {
		e := &x.list[i]
		if e.Rule == f.Rule && !e.expired(now) && e.matches(&f.Subject) {
			used[i] = true
			if found == nil {
				found = e
			}
		}
	}
	return found
}

// List returns the exceptions in the order of the file; it must not be changed.
func (x *Exceptions) List() []Exception { return x.list }

// maxInput bounds the size of exception, baseline and rule files, in bytes.
const maxInput = 64 << 20

var exceptionFields = []string{"rule", "subject", "reason", "expires", "owner"}

// ParseExceptions reads an exceptions file: a YAML list of mappings with exactly
// the fields rule, subject, reason, expires (YYYY-MM-DD) and owner, all required.
// Every problem is reported, with file and line.
func ParseExceptions(file string, b []byte) (*Exceptions, error) {
	if len(b) > maxInput {
		return nil, fmt.Errorf("read exceptions %s: the file has more than %d bytes", file, maxInput)
	}
	d := yaml.NewDecoder(strings.NewReader(string(b)))
	var root yaml.Node
	if err := d.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return &Exceptions{}, nil
		}
		return nil, fmt.Errorf("read exceptions %s: %w", file, err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read exceptions %s: more than one YAML document", file)
	}
	x := &exceptionReader{file: file}
	top := root.Content[0]
	if top.Kind != yaml.SequenceNode {
		if top.Tag == "!!null" {
			return &Exceptions{}, nil
		}
		x.fail(top, "the file is not a list of exceptions")
		return nil, errors.Join(x.errs...)
	}
	out := &Exceptions{}
	for _, n := range top.Content {
		if e, ok := x.exception(n); ok {
			out.list = append(out.list, e)
		}
	}
	if len(x.errs) > 0 {
		return nil, errors.Join(x.errs...)
	}
	return out, nil
}

type exceptionReader struct {
	file string
	errs []error
}

func (x *exceptionReader) fail(n *yaml.Node, format string, args ...any) {
	x.errs = append(x.errs, fmt.Errorf("read exceptions %s:%d:%d: %s", x.file, n.Line, n.Column, fmt.Sprintf(format, args...)))
}

func (x *exceptionReader) exception(n *yaml.Node) (e Exception, ok bool) {
	before := len(x.errs)
	if n.Kind != yaml.MappingNode {
		x.fail(n, "an exception is a mapping with the fields %s", list(exceptionFields))
		return e, false
	}
	e.At = bedlock.Position{File: x.file, Line: int32(n.Line), Column: int32(n.Column)}
	fields := map[string]*string{"rule": &e.Rule, "subject": &e.Subject, "reason": &e.Reason, "owner": &e.Owner, "expires": new(string)}
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		target := fields[name.Value]
		switch {
		case target == nil:
			x.fail(name, "there is no field %q; the fields are %s", clip(name.Value), list(exceptionFields))
		case seen[name.Value] != nil:
			x.fail(name, "field %s is there twice", name.Value)
		case value.Kind != yaml.ScalarNode:
			x.fail(value, "field %s is not a text", name.Value)
		default:
			*target = strings.TrimSpace(value.Value)
		}
		seen[name.Value] = value
	}
	for _, name := range exceptionFields {
		if value := seen[name]; value == nil {
			x.fail(n, "field %s is missing", name)
		} else if value.Kind == yaml.ScalarNode && *fields[name] == "" {
			x.fail(value, "field %s is empty", name)
		}
	}
	if v := seen["expires"]; v != nil && *fields["expires"] != "" {
		t, err := time.Parse(dateForm, *fields["expires"])
		if err != nil {
			x.fail(v, "expires is %q, not a date such as 2026-12-31", clip(*fields["expires"]))
		}
		e.Expires = t
	}
	return e, len(x.errs) == before
}
