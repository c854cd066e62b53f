package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
)

// junitFails is the severity from which an open finding fails its test case.
// Less severe ones are written to system-out, so that a build does not break
// over advice.
const junitFails = bedlock.Medium

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name       string          `xml:"name,attr"`
	Class      string          `xml:"classname,attr"`
	File       string          `xml:"file,attr,omitempty"`
	Line       string          `xml:"line,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Skipped    *junitOutcome   `xml:"skipped,omitempty"`
	Error      *junitOutcome   `xml:"error,omitempty"`
	Failure    *junitOutcome   `xml:"failure,omitempty"`
	SystemOut  string          `xml:"system-out,omitempty"`
}

type junitOutcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes one test suite for each resource type and one test case for
// each slot or subject. A case fails on open findings of medium severity or
// more; a slot that could not be judged is skipped, and an input that could not
// be read is an error in a suite of its own.
func writeJUnit(w io.Writer, r *run) error {
	doc := junitSuites{Name: markup.Visible(r.config.Tool + " " + r.config.Command)}
	if s := junitInputs(r); len(s.Cases) > 0 {
		doc.Suites = append(doc.Suites, s)
	}
	for _, k := range kinds(r.places()) {
		suite := junitSuite{Name: markup.Visible(k.name)}
		for _, p := range k.places {
			suite.Cases = append(suite.Cases, junitCaseOf(p))
		}
		doc.Suites = append(doc.Suites, suite)
	}
	stamp := r.config.Started.UTC().Format(time.RFC3339)
	for i := range doc.Suites {
		s := &doc.Suites[i]
		s.Timestamp = stamp
		s.count()
		doc.Tests += s.Tests
		doc.Failures += s.Failures
		doc.Errors += s.Errors
		doc.Skipped += s.Skipped
	}
	buf := bufio.NewWriterSize(w, 64<<10)
	_, _ = buf.WriteString(xml.Header) // bufio keeps the first error for Flush
	enc := xml.NewEncoder(buf)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write junit: %w", err)
	}
	_ = buf.WriteByte('\n')
	return buf.Flush()
}

func (s *junitSuite) count() {
	for i := range s.Cases {
		c := &s.Cases[i]
		s.Tests++
		switch {
		case c.Error != nil:
			s.Errors++
		case c.Failure != nil:
			s.Failures++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}

func junitInputs(r *run) junitSuite {
	suite := junitSuite{Name: "inputs"}
	for _, in := range r.inputs {
		if in.Status != bedlock.InputFailed {
			continue
		}
		text := in.Reason
		if in.Hint != "" {
			text += "\nhint: " + in.Hint
		}
		c := junitCase{Name: markup.Visible(in.Path), Class: "inputs", File: markup.Visible(in.Path),
			Error: &junitOutcome{Message: markup.Visible(in.Reason), Type: "input", Text: lines(text)}}
		if in.At.Line > 0 {
			c.Line = strconv.Itoa(int(in.At.Line))
		}
		suite.Cases = append(suite.Cases, c)
	}
	return suite
}

func junitCaseOf(p *place) junitCase {
	s := p.subject
	c := junitCase{Name: label(s), Class: markup.Visible(s.Type), File: markup.Visible(s.At.File)}
	if s.At.Line > 0 {
		c.Line = strconv.Itoa(int(s.At.Line))
	}
	property := func(name, value string) {
		if value != "" {
			c.Properties = append(c.Properties, junitProperty{name, markup.Visible(value)})
		}
	}
	property("id", s.ID)
	property("account", s.Account)
	property("region", s.Region)
	if p.slot != nil {
		property("rung", p.slot.Rung.String())
		property("key", p.slot.Key)
		property("unjudged", strings.Join(p.slot.Unjudged, " "))
	}
	var failing, advice []*bedlock.Finding
	for _, f := range p.open {
		if f.Severity >= junitFails {
			failing = append(failing, f)
		} else {
			advice = append(advice, f)
		}
	}
	if len(failing) > 0 {
		c.Failure = &junitOutcome{Type: markup.Visible(failing[0].Rule), Message: markup.Visible(failing[0].Message),
			Text: junitText(failing)}
	} else if p.slot != nil && !p.slot.Rung.Judged() {
		c.Skipped = &junitOutcome{Message: p.slot.Rung.String() + reason(p.slot)}
	}
	c.SystemOut = junitText(append(advice, p.covered...))
	return c
}

// reason is the first evidence after a colon, or nothing.
func reason(s *bedlock.Slot) string {
	if len(s.Evidence) == 0 {
		return ""
	}
	return ": " + markup.Visible(s.Evidence[0].Text)
}

// junitText is one finding after the other, for the body of an element.
func junitText(findings []*bedlock.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		status := ""
		if f.Status != bedlock.FindingOpen {
			status = ", " + string(f.Status)
		}
		fmt.Fprintf(&b, "%s (%s%s): %s\n", markup.Visible(f.Rule), f.Severity, status, markup.Visible(f.Message))
		for _, e := range f.Evidence {
			at := ""
			if !e.At.IsZero() {
				at = " (" + markup.Visible(e.At.String()) + ")"
			}
			fmt.Fprintf(&b, "  %s%s\n", markup.Visible(e.Text), at)
		}
		if f.Remediation != "" {
			fmt.Fprintf(&b, "  fix: %s\n", markup.Visible(f.Remediation))
		}
		if f.Exception != "" {
			fmt.Fprintf(&b, "  covered by: %s\n", markup.Visible(f.Exception))
		}
	}
	return b.String()
}

// lines is visible for text of more than one line.
func lines(s string) string {
	parts := strings.Split(s, "\n")
	for i, p := range parts {
		parts[i] = markup.Visible(p)
	}
	return strings.Join(parts, "\n")
}
