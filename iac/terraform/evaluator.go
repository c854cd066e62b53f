package terraform

import (
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// Bounds of one evaluation.
const (
	maxSteps     = 10_000_000 // values looked at; a few seconds
	maxDepth     = 400        // expressions inside each other, across modules
	maxItems     = 100_000    // of one list or map
	maxInstances = 10_000     // of one resource or module
	maxTotal     = 200_000    // instances of everything
	maxModules   = 16         // modules inside each other
	maxNotes     = 200
)

var noPosition bedlock.Position

// evaluator is the evaluation of one root folder.
type evaluator struct {
	disk disk
	root string // the folder as given
	// rootReal is the root folder with links resolved.
	rootReal  string
	files     map[string]*file
	folders   map[string]*folder
	installed map[string]string // module key of .terraform/modules to folder
	objects   map[string]*instance
	seals     []graph.Value
	steps     int
	ended     bool
	depth     int
	total     int
	notes     []bedlock.Note
	noted     map[string]bool
	consumed  []bedlock.Input
	account   map[string]bool // paths in consumed
}

// step counts one unit of work; false when the evaluation has used up what it may.
func (ev *evaluator) step() bool { return ev.spend(1) }

func (ev *evaluator) spend(n int) bool {
	ev.steps += n
	if ev.steps < maxSteps {
		return true
	}
	if !ev.ended {
		ev.ended = true
		ev.note("the evaluation was ended: the code needs too many steps", noPosition)
	}
	return false
}

func (ev *evaluator) note(text string, at bedlock.Position) {
	key := text + at.String()
	if ev.noted[key] || len(ev.notes) >= maxNotes {
		return
	}
	ev.noted[key] = true
	ev.notes = append(ev.notes, bedlock.Note{Text: text, At: at})
}

// accept accounts for a file that was read, once.
func (ev *evaluator) accept(f *file) {
	ev.files[f.name] = f
	if ev.account[f.name] {
		return
	}
	ev.account[f.name] = true
	in := bedlock.Input{Path: f.name, Kind: kindCode, Status: bedlock.InputAudited}
	if f.err != nil {
		in.Status, in.Reason, in.Hint, in.At = bedlock.InputFailed, f.err.Message, f.err.Hint, f.err.At
		if in.At.IsZero() {
			in.At = bedlock.Position{File: f.name}
		}
	}
	ev.consumed = append(ev.consumed, in)
}

// at is the position where a range begins.
func (ev *evaluator) at(r hcl.Range) bedlock.Position {
	if f := ev.files[r.Filename]; f != nil {
		return f.position(r.Start)
	}
	return bedlock.Position{File: r.Filename, Line: int32(r.Start.Line), Column: int32(r.Start.Column)}
}

func (ev *evaluator) text(r hcl.Range) string {
	if f := ev.files[r.Filename]; f != nil {
		return f.text(r)
	}
	return ""
}

// inside reports whether a path stands in one of the folders that were loaded,
// links resolved.
func (ev *evaluator) inside(name string) bool {
	real, err := ev.disk.real(name)
	if err != nil {
		return false
	}
	for dir := range ev.folders {
		if base, err := ev.disk.real(dir); err == nil && (real == base || strings.HasPrefix(real, strings.TrimSuffix(base, "/")+"/")) {
			return true
		}
	}
	return false
}

// readText reads a file for file and templatefile.
func (ev *evaluator) readText(s *scope, name string, at bedlock.Position) (string, *graph.Value) {
	unknown := func(why string) (string, *graph.Value) {
		v := graph.Unresolved("the file "+name+" "+why, at)
		return "", &v
	}
	full := name
	if !path.IsAbs(name) {
		full = path.Join(ev.root, name)
		if name == s.m.src.dir || strings.HasPrefix(name, s.m.src.dir+"/") { // began with path.module
			full = path.Clean(name)
		}
	}
	if !ev.inside(full) {
		return unknown("is outside the folders with code, or not there")
	}
	raw, err := ev.disk.read(full)
	if err != nil {
		return unknown("cannot be read: " + err.Error())
	}
	if len(raw) > maxText {
		return unknown("is too large")
	}
	if !ev.account[full] {
		ev.account[full] = true
		ev.consumed = append(ev.consumed, bedlock.Input{Path: full, Kind: kindCode, Status: bedlock.InputAudited})
	}
	return string(raw), nil
}
