package fix

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Write writes a plan, indented so that two of them can be compared with diff.
func Write(w io.Writer, p *Plan) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(p); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Read reads a plan strictly: an unknown field, another version, or steps that do not fit
// together are errors. The error names line and column where the text is at fault.
func Read(b []byte) (*Plan, error) {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, errors.New("plan: it is empty")
	}
	// That a newer form has members of its own is no news.
	var form struct{ Version string }
	if json.Unmarshal(b, &form) == nil && form.Version != "" && form.Version != Version {
		return nil, fmt.Errorf("plan: %w", &VersionError{form.Version})
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var p Plan
	if err := d.Decode(&p); err != nil {
		return nil, fmt.Errorf("plan: %w", located(b, d.InputOffset(), err))
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("plan: %w", located(b, d.InputOffset(), errors.New("more text after the plan")))
	}
	if p.Version == "" {
		return nil, errors.New("plan: it has no version, so it is none")
	}
	if err := p.Sealed(); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return &p, nil
}

// VersionError says that a plan has the form of another version of the program.
type VersionError struct{ Version string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("version %q; this program reads %q", e.Version, Version)
}

// Sealed is [Plan.Check], and reports a plan that was changed after it was sealed.
func (p *Plan) Sealed() error {
	if err := p.Check(); err != nil {
		return err
	}
	if id := p.identity(); id != p.ID {
		return fmt.Errorf("its content was changed after it was made: id %s, content %s; make a new plan", p.ID, id)
	}
	return nil
}

// located adds line and column of an offset to an error.
func located(b []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
		if err = fmt.Errorf("%s has a JSON %s", kind.Field, kind.Value); kind.Field == "" {
			err = fmt.Errorf("a JSON %s, and no object", kind.Value)
		}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset, err = int64(len(b)), errors.New("the text ends in the middle")
	default:
		// Package json says where an unknown member is in no other way than by its name.
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			offset, err = int64(max(bytes.Index(b, []byte(name)), 0)), fmt.Errorf("unknown member %s", name)
		}
	}
	before := b[:min(int(offset), len(b))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Errorf("line %d, column %d: %w", line, len(before)-bytes.LastIndexByte(before, '\n'), err)
}

// Seal gives a plan that is complete its ID.
func (p *Plan) Seal() error {
	p.Version = Version
	if err := p.Check(); err != nil {
		return err
	}
	p.ID = p.identity()
	return nil
}

// identity is made of all that a plan does, and of whom its rehearsal is to pass over.
func (p *Plan) identity() string {
	b, err := json.Marshal(struct {
		Target   Target
		Subjects []Subject
		Steps    []Step
		Without  []string `json:",omitempty"`
	}{p.Target, p.Subjects, p.Steps, p.Without})
	if err != nil {
		panic(err) // see Digest
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// Check reports everything that keeps a plan from being done.
func (p *Plan) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	done := map[string]bool{}
	for i := range p.Steps {
		s := &p.Steps[i]
		if done[s.ID] {
			bad("step %s: there are two of this ID", s.ID)
		}
		for _, ref := range references(s) {
			if ref[1] == Taken {
				if s.Take == nil {
					bad("step %s: %s is of nothing that it takes", s.ID, ref[0])
				}
				continue
			}
			if ref[1] != Run && ref[1] != s.ID && !done[ref[1]] {
				bad("step %s: %s is of no step before it", s.ID, ref[0])
			}
		}
		done[s.ID] = true
		switch {
		case !stepID.MatchString(s.ID):
			bad("step %q: an ID is s, a number, and words: s03-update-guardrail", s.ID)
		case s.Kind == "" || s.Title == "":
			bad("step %s: no kind or title", s.ID)
		case len(s.Do) == 0:
			bad("step %s: no calls", s.ID)
		case s.Kind == ManagedKey && (len(s.Undo) > 0 || s.Lasting != ""):
			bad("step %s: a key that AWS manages stays, and harms nobody", s.ID)
		case s.Kind != ManagedKey && (len(s.Undo) == 0) == (s.Lasting == ""):
			bad("step %s: either a way back, or why there is none", s.ID)
		case s.State == nil && (s.Before != nil || s.After != nil):
			bad("step %s: states that nothing reads", s.ID)
		case s.Learn != nil && (s.State == nil || s.Before == nil || s.After == nil || s.Find != nil):
			bad("step %s: what it learns stands in no state", s.ID)
		case s.State != nil && Equal(s.Before, s.After):
			bad("step %s: it changes nothing", s.ID)
		case s.State != nil && len(s.State.Only) > 0 && len(s.State.Drop) > 0:
			bad("step %s: its state has members that count and members that do not", s.ID)
		}
	}
	return errors.Join(errs...)
}
