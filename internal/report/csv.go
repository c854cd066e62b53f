package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
)

// columns is the header of the csv format. Its order is a contract: new columns
// are added at the end only. docs/stream.md describes each.
var columns = [...]string{
	"record", "type", "name", "slot", "id", "account", "region", "file", "line", "column",
	"rung", "key", "severity", "status", "rule", "message", "remediation", "lift",
	"unjudged", "service", "change", "fingerprint", "exception",
}

// csvRows writes one row per slot and one per finding, as they come. The record
// column says which; id and slot join them.
type csvRows struct {
	buf *bufio.Writer
	w   *csv.Writer
	row [len(columns)]string
}

func newCSV(w io.Writer) *csvRows {
	buf := bufio.NewWriterSize(w, 64<<10)
	return &csvRows{buf: buf, w: csv.NewWriter(buf)}
}

func (c *csvRows) message(m bedlock.Message) error {
	switch {
	case m.Config != nil:
		return c.write(columns[:])
	case m.Slot != nil:
		s := m.Slot
		c.subject("slot", s.Subject, s.Rung)
		c.set("key", s.Key)
		if len(s.Evidence) > 0 {
			c.set("message", s.Evidence[0].Text)
		}
		c.set("lift", fold(s.Lift))
		c.set("unjudged", strings.Join(s.Unjudged, " "))
		c.set("service", s.Service)
		c.set("change", s.Change)
	case m.Finding != nil:
		f := m.Finding
		c.subject("finding", f.Subject, f.Rung)
		c.set("severity", f.Severity.String())
		c.set("status", string(f.Status))
		c.set("rule", f.Rule)
		c.set("message", f.Message)
		c.set("remediation", fold(f.Remediation))
		c.set("fingerprint", f.Fingerprint)
		c.set("exception", fold(f.Exception))
	default:
		return nil
	}
	return c.write(c.row[:])
}

func (c *csvRows) close() error {
	c.w.Flush()
	if err := c.w.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return c.buf.Flush()
}

func (c *csvRows) write(row []string) error {
	if err := c.w.Write(row); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// subject starts a row.
func (c *csvRows) subject(record string, s bedlock.Subject, r bedlock.Rung) {
	c.row = [len(columns)]string{}
	c.set("record", record)
	c.set("type", s.Type)
	c.set("name", s.Name)
	c.set("slot", s.Slot)
	c.set("id", s.ID)
	c.set("account", s.Account)
	c.set("region", s.Region)
	c.set("file", s.At.File)
	if s.At.Line > 0 {
		c.set("line", strconv.Itoa(int(s.At.Line)))
	}
	if s.At.Column > 0 {
		c.set("column", strconv.Itoa(int(s.At.Column)))
	}
	if r != 0 {
		c.set("rung", r.String())
	}
}

func (c *csvRows) set(column, value string) {
	for i := range columns {
		if columns[i] == column {
			c.row[i] = cell(value)
			return
		}
	}
	panic("report: no csv column " + column)
}

// cell disarms what spreadsheets would run: a text that begins like a formula
// gets an apostrophe in front, which they hide. The full-width forms count, as
// some programs fold them.
// See https://owasp.org/www-community/attacks/CSV_Injection.
func cell(s string) string {
	s = markup.Visible(s)
	trimmed := strings.TrimLeft(s, " \u00a0\u3000")
	for _, p := range []string{"=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(trimmed, p) {
			return "'" + s
		}
	}
	return s
}
