package cloudformation

import (
	"path"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// Options are what an audit is given besides the templates.
type Options struct {
	// Parameters are values for the parameters of the templates that are no nested
	// stacks, by name, and for the pseudo parameters AWS::AccountId, AWS::Region,
	// AWS::Partition and AWS::StackName.
	Parameters map[string]string
	// ReadFile reads a nested template by its path: the parent's folder joined with
	// what the parent says. Nil: only templates among the inputs are nested.
	ReadFile func(path string) ([]byte, error)
}

// InputKind is the kind of the inputs of this package's modules.
const InputKind = "cloudformation"

// The bounds of one evaluation. They are far above what CloudFormation accepts
// (500 resources a template, 51,200 bytes to 1 MB).
const (
	maxEvaluations = 5_000_000 // values evaluated for one root template
	maxStacks      = 1_000     // nested stacks of one root template
	maxNesting     = 20        // nested stacks inside each other
	maxText        = 1 << 20   // bytes of one text
	maxChoices     = 5         // undecided conditions that one text depends on
	maxConditions  = 1_000     // conditions that refer to each other in a chain
	maxOutputs     = 1_000     // outputs that refer to each other in a chain
)

// Evaluate evaluates templates: one module for each that is not a nested stack of
// another one. A nested template is evaluated inside its parent, once for each
// stack, and is listed in Consumed of the first module that needs it, also when it
// could not be read. Imports are resolved across all the templates. The result is
// in the order of the templates.
func Evaluate(templates []*Template, opts Options) []graph.Module {
	r := &run{opts: opts, files: map[string]*nested{}}
	for _, t := range templates {
		r.files[path.Clean(t.File)] = &nested{template: t}
	}
	var all []*stack
	for _, t := range templates {
		all = append(all, r.root(t))
	}
	roots := chooseRoots(all)
	r.indexExports(roots)
	listed := map[string]bool{}
	for _, s := range roots {
		listed[path.Clean(s.t.File)] = true
	}
	modules := make([]graph.Module, 0, len(roots))
	for _, s := range roots {
		r.spent = 0
		m := graph.Module{Input: bedlock.Input{Path: s.t.File, Kind: InputKind, Status: bedlock.InputAudited}}
		s.emit(&m)
		m.Input.Notes = s.module.notes
		for _, f := range s.module.files {
			if key := path.Clean(f.Path); !listed[key] {
				listed[key] = true
				m.Consumed = append(m.Consumed, f)
			}
		}
		modules = append(modules, m)
	}
	return modules
}

// run is one evaluation of a set of templates.
type run struct {
	opts    Options
	files   map[string]*nested
	exports map[string][]*output
	// indexing is true while the names of exports are evaluated, which cannot
	// depend on imports.
	indexing bool
	// spent counts the values evaluated for one root, and what else takes as long.
	spent int
	// following counts the outputs that are being evaluated inside each other.
	following int
}

// module is what the stacks of one root template share.
type module struct {
	notes  []bedlock.Note
	noted  map[bedlock.Note]bool
	files  []bedlock.Input
	stacks int
}

func (m *module) note(n bedlock.Note) {
	if !m.noted[n] {
		m.noted[n] = true
		m.notes = append(m.notes, n)
	}
}

// chooseRoots leaves out the templates that are nested in others. Of templates that
// nest each other in a circle, the first is a root.
func chooseRoots(all []*stack) []*stack {
	inside := map[*Template]bool{}
	for _, s := range all {
		s.walk(func(child *stack) {
			if child.t != s.t {
				inside[child.t] = true
			}
		})
	}
	root, covered := map[*stack]bool{}, map[*Template]bool{}
	choose := func(s *stack) {
		root[s], covered[s.t] = true, true
		s.walk(func(child *stack) { covered[child.t] = true })
	}
	for _, s := range all {
		if !inside[s.t] {
			choose(s)
		}
	}
	for _, s := range all {
		if !covered[s.t] {
			choose(s)
		}
	}
	var out []*stack
	for _, s := range all {
		if root[s] {
			out = append(out, s)
		}
	}
	return out
}
