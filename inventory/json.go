package inventory

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Version is that of the JSON form; a reader refuses any other.
const Version = "bedlock-inventory/v1"

type file struct {
	Version string `json:"version"`
	Parts
}

// Write writes the inventory's JSON form, indented so that two of them can be
// compared with diff.
func Write(w io.Writer, inv *Inventory) error {
	bw := bufio.NewWriter(w)
	e := json.NewEncoder(bw)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(file{Version, inv.parts}); err != nil {
		return fmt.Errorf("write inventory: %w", err)
	}
	return bw.Flush()
}

// Read reads the JSON form strictly: an unknown field, another version or a
// reference to nothing is an error. The error names line and column where the
// text is at fault.
func Read(b []byte) (*Inventory, error) {
	var v struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, fmt.Errorf("read inventory: %w", place(b, err))
	}
	if v.Version != Version {
		return nil, fmt.Errorf("read inventory: version is %q, this program reads %q", v.Version, Version)
	}
	var f file
	if err := strict(b, &f); err != nil {
		return nil, fmt.Errorf("read inventory: %w", place(b, err))
	}
	return New(f.Parts)
}

func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more text after the end")
	}
	return nil
}

// place adds line and column to an error that knows its offset.
func place(b []byte, err error) error {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &typed):
		offset = typed.Offset
	}
	if offset < 0 || offset > int64(len(b)) {
		return err
	}
	before := b[:offset]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("line %d, column %d: %w", line, column, err)
}
