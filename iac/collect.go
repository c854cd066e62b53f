package iac

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac/cloudformation"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
	"github.com/bedlock/bedlock/iac/terraform"
	"github.com/bedlock/bedlock/inventory"
)

// MaxFileBytes is the size of the largest file that is read.
const MaxFileBytes = 512 << 20

// Options are what a collection is given besides its sources.
type Options struct {
	// Parameters are values for CloudFormation parameters (the pseudo parameters
	// AWS::Region, AWS::AccountId and AWS::Partition included) and Terraform
	// variables, by name.
	Parameters map[string]string
	// VarFiles are Terraform variable files for every root module.
	VarFiles []string
	// As says what every file is, whatever its content looks like; zero: detect.
	As Kind
	// Stdin is read for the source "-"; nil: there is no such source.
	Stdin io.Reader
	// Progress is told of each file that was read; nil: nobody is. It is called
	// from several goroutines.
	Progress func(done, total int)
}

// Collect reads the sources into one inventory. An error means that the sources
// themselves are at fault; what could not be read below them is in the inventory's
// inputs.
func Collect(ctx context.Context, cat *catalog.Catalog, paths []string, opts Options) (*inventory.Inventory, error) {
	named := slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return p == stdin && opts.Stdin != nil })
	found, err := walk(ctx, named)
	if err != nil {
		return nil, err
	}
	c := collector{opts: opts, code: found.code}
	files, err := c.read(ctx, found.files)
	if err != nil {
		return nil, err
	}
	c.inputs = found.skipped
	for i, f := range files {
		c.sort(filepath.ToSlash(found.files[i]), f)
	}
	if len(named) < len(paths) {
		c.sort(stdinName, c.readFrom(stdinName, opts.Stdin))
	}
	c.environments()
	c.templateModules()
	if err := c.codeModules(ctx, found.folders); err != nil {
		return nil, err
	}
	inv, err := graph.Assemble(cat, c.modules)
	if err != nil {
		return nil, err
	}
	return c.merge(inv)
}

type collector struct {
	opts        Options
	code        map[string]bool
	inputs      []bedlock.Input
	templates   []*cloudformation.Template
	assemblies  []assembly
	modules     []graph.Module
	inventories []saved
}

type assembly struct {
	file      string
	artifacts []cloudformation.Artifact
}

type saved struct {
	file string
	inv  *inventory.Inventory
}

// read classifies all files, as many at once as there are processors.
func (c *collector) read(ctx context.Context, paths []string) ([]classified, error) {
	files := make([]classified, len(paths))
	var done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range paths {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			files[i] = c.readFile(p)
			if n := int(done.Add(1)); c.opts.Progress != nil {
				c.opts.Progress(n, len(paths))
			}
			return nil
		})
	}
	return files, g.Wait()
}

// The source that means standard input, and what it is called in reports.
const (
	stdin     = "-"
	stdinName = "stdin"
)

func (c *collector) readFile(p string) classified {
	f, err := os.Open(p)
	if err != nil {
		return classified{err: plainError(err)}
	}
	defer f.Close()
	return c.readFrom(filepath.ToSlash(p), f)
}

// readFrom reads one file and tells what it is.
func (c *collector) readFrom(name string, r io.Reader) classified {
	raw, err := readBounded(r)
	if err != nil {
		return classified{err: err}
	}
	if c.opts.As == "" {
		return classify(name, raw)
	}
	data, err := syntax.Decode(name, raw)
	if err != nil {
		return classified{err: err}
	}
	node, err := syntax.Parse(name, data, syntax.Limits{})
	if err != nil {
		return classified{err: err}
	}
	return classified{kind: c.opts.As, node: node}.keeping(data)
}

// readBounded reads everything, with the memory it takes when the size is known.
func readBounded(r io.Reader) ([]byte, error) {
	size := int64(0)
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
	}
	if size <= MaxFileBytes {
		b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
		if _, err := b.ReadFrom(io.LimitReader(r, MaxFileBytes+1)); err != nil {
			return nil, plainError(err)
		}
		if b.Len() <= MaxFileBytes {
			return b.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("the file has more than %d bytes", int64(MaxFileBytes))
}

// plainError drops the operation and path that the report shows anyway.
func plainError(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// sort puts one file where it belongs.
func (c *collector) sort(file string, f classified) {
	switch {
	case f.err != nil:
		c.failed(file, string(f.kind), f.err)
	case f.kind == "":
		c.inputs = append(c.inputs, bedlock.Input{Path: file, Status: bedlock.InputSkipped, Reason: f.reason})
	default:
		if err := c.accept(file, f); err != nil {
			c.failed(file, string(f.kind), err)
		}
	}
}

func (c *collector) accept(file string, f classified) error {
	switch f.kind {
	case KindTemplate:
		t, err := cloudformation.Parse(file, f.node)
		if err != nil {
			return err
		}
		c.templates = append(c.templates, t)
	case KindAssembly:
		artifacts, err := cloudformation.Manifest(file, f.node)
		if err != nil {
			return err
		}
		c.assemblies = append(c.assemblies, assembly{file: file, artifacts: artifacts})
	case KindPlan, KindState:
		read := terraform.Plan
		if f.kind == KindState {
			read = terraform.State
		}
		m, err := read(file, f.node)
		if err != nil {
			return err
		}
		c.modules = append(c.modules, m)
	case KindInventory:
		inv, err := inventory.Read(f.data)
		if err != nil {
			return err
		}
		c.inventories = append(c.inventories, saved{file, inv})
	default:
		return fmt.Errorf("kind %q: unknown", f.kind)
	}
	return nil
}

func (c *collector) failed(file, kind string, err error) {
	in := bedlock.Input{Path: file, Kind: kind, Status: bedlock.InputFailed, Reason: err.Error(), At: bedlock.Position{File: file}}
	var e *syntax.Error
	if errors.As(err, &e) {
		in.Reason, in.Hint, in.At = e.Message, e.Hint, e.At
	}
	c.inputs = append(c.inputs, in)
}

// environments tells templates of CDK assemblies where they will be deployed.
func (c *collector) environments() {
	byFile := map[string]*cloudformation.Template{}
	for _, t := range c.templates {
		byFile[path.Clean(t.File)] = t
	}
	for _, a := range c.assemblies {
		in := bedlock.Input{Path: a.file, Kind: string(KindAssembly), Status: bedlock.InputAudited}
		for _, artifact := range a.artifacts {
			if t := byFile[path.Clean(artifact.TemplateFile)]; t != nil {
				t.Environment = artifact.Environment()
				continue
			}
			in.Notes = append(in.Notes, bedlock.Note{
				Text: "the template " + artifact.TemplateFile + " of stack " + artifact.ID + " is not among the inputs, or could not be read",
				At:   bedlock.Position{File: a.file},
			})
		}
		c.inputs = append(c.inputs, in)
	}
}

func (c *collector) templateModules() {
	sort.Slice(c.templates, func(i, j int) bool { return c.templates[i].File < c.templates[j].File })
	c.modules = append(c.modules, cloudformation.Evaluate(c.templates, cloudformation.Options{
		Parameters: c.opts.Parameters,
		ReadFile: func(p string) ([]byte, error) {
			f, err := os.Open(filepath.FromSlash(p))
			if err != nil {
				return nil, plainError(err)
			}
			defer f.Close()
			return readBounded(f)
		},
	})...)
}

// codeModules evaluates the folders with Terraform code. A folder that another
// one calls as a module is audited there, with the values it is called with.
func (c *collector) codeModules(ctx context.Context, folders []string) error {
	modules := make([]graph.Module, len(folders))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, folder := range folders {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			modules[i] = terraform.Folder(filepath.ToSlash(folder), terraform.Options{Variables: c.opts.Parameters, VarFiles: c.opts.VarFiles})
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	called := map[string]bool{}
	for i, m := range modules {
		for _, in := range m.Consumed {
			if dir := path.Dir(in.Path); isCode(in.Path) && dir != path.Clean(filepath.ToSlash(folders[i])) {
				called[dir] = true
			}
		}
	}
	for i, m := range modules {
		if !called[path.Clean(filepath.ToSlash(folders[i]))] {
			c.modules = append(c.modules, m)
		}
	}
	return nil
}

// merge adds what was accounted for outside the modules, and saved inventories.
// Each file is accounted for once.
func (c *collector) merge(inv *inventory.Inventory) (*inventory.Inventory, error) {
	p := inv.Parts()
	p.Inputs = append(slices.Clone(p.Inputs), c.inputs...)
	for _, s := range c.inventories {
		q := s.inv.Parts()
		p.Inputs = append(p.Inputs, bedlock.Input{Path: s.file, Kind: string(KindInventory), Status: bedlock.InputAudited, Resources: len(q.Resources)})
		p.Inputs = append(p.Inputs, q.Inputs...)
		p.Resources = append(p.Resources, q.Resources...)
		p.Keys = append(p.Keys, q.Keys...)
		p.Aliases = append(p.Aliases, q.Aliases...)
		p.Grants = append(p.Grants, q.Grants...)
		p.Principals = append(p.Principals, q.Principals...)
		p.Alarms = append(p.Alarms, q.Alarms...)
		p.Accounts = mergeAccounts(p.Accounts, q.Accounts)
		for _, c := range q.ControlPolicies {
			if !slices.ContainsFunc(p.ControlPolicies, func(have inventory.ControlPolicy) bool { return have.ID == c.ID }) {
				p.ControlPolicies = append(p.ControlPolicies, c)
			}
		}
	}
	p.Inputs = once(p.Inputs)
	return inventory.New(p)
}

// mergeAccounts adds accounts. Of two entries for one account that tells more which
// knows the control policies.
func mergeAccounts(have, more []inventory.Account) []inventory.Account {
	have = slices.Clone(have)
	for _, acc := range more {
		i := slices.IndexFunc(have, func(a inventory.Account) bool { return a.ID == acc.ID })
		switch {
		case i < 0:
			have = append(have, acc)
		case have[i].SCPs.State() != inventory.StateKnown && have[i].SCPs.State() != inventory.StateAbsent:
			have[i] = acc
		}
	}
	return have
}

// once keeps one account of each path: that which tells most.
func once(inputs []bedlock.Input) []bedlock.Input {
	weight := map[bedlock.InputStatus]int{bedlock.InputFailed: 3, bedlock.InputAudited: 2, bedlock.InputSkipped: 1}
	best := map[string]bedlock.Input{}
	for _, in := range inputs {
		if old, twice := best[in.Path]; !twice || weight[in.Status] > weight[old.Status] {
			best[in.Path] = in
		}
	}
	return slices.SortedFunc(maps.Values(best), func(a, b bedlock.Input) int {
		switch {
		case a.Path < b.Path:
			return -1
		case a.Path > b.Path:
			return 1
		}
		return 0
	})
}
