package catalog

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed data/*.yaml
var data embed.FS

// Dialect is the key of an [At] for CloudFormation; Terraform dialects are the
// resource type names themselves.
const Dialect = "cloudformation"

// API is the key of an [At] for resources as the services' own APIs describe them.
// The path begins with the name of the operation and goes on in its output, in the
// member names of the API model: GetAgent.agent.agentName. That of an operation in
// [Operations].List goes on in the resource's own entry of the list. Package
// iac/graph says what such a resource looks like.
const API = "api"

// Catalog is a loaded, checked set of entries. It is immutable and safe for
// concurrent use.
type Catalog struct {
	entries []*Entry // sorted by Type
	byType  map[string]*Entry
	byTF    map[string]*Entry
	// companions maps a companion Terraform type to the entry it completes.
	companions map[string]*Entry
}

// Embedded returns the embedded catalogue. The error is a defect of the build.
func Embedded() (*Catalog, error) { return loadDefault() }

var loadDefault = sync.OnceValues(func() (*Catalog, error) {
	sub, err := fs.Sub(data, "data")
	if err != nil {
		return nil, err
	}
	return Load(sub)
})

// Load reads every *.yaml file at the top of fsys, each a list of entries, and
// checks the whole. It reports every problem at once.
func Load(fsys fs.FS) (*Catalog, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	c := &Catalog{byType: map[string]*Entry{}, byTF: map[string]*Entry{}, companions: map[string]*Entry{}}
	var errs []error
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		entries, err := decode(b)
		if err != nil {
			errs = append(errs, fmt.Errorf("load catalogue %s: %w", path.Base(name), err))
			continue
		}
		for i := range entries {
			errs = append(errs, c.add(name, &entries[i])...)
		}
	}
	errs = append(errs, c.check()...)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(c.entries, func(a, b *Entry) int { return strings.Compare(a.Type, b.Type) })
	return c, nil
}

func decode(b []byte) ([]Entry, error) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	var entries []Entry
	if err := d.Decode(&entries); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document")
	}
	return entries, nil
}

func (c *Catalog) add(file string, e *Entry) (errs []error) {
	if e.Kind == "" {
		e.Kind = KindResource
	}
	if e.CloudFormation == "" {
		e.CloudFormation = Registered
	}
	e.deriveAPI()
	if old := c.byType[e.Type]; old != nil {
		errs = append(errs, fmt.Errorf("load catalogue %s: %s: defined twice", file, e.Type))
	}
	c.byType[e.Type] = e
	c.entries = append(c.entries, e)
	for _, tf := range e.Terraform {
		if old := c.byTF[tf]; old != nil {
			errs = append(errs, fmt.Errorf("load catalogue %s: %s: terraform type %s belongs to %s already", file, e.Type, tf, old.Type))
		}
		c.byTF[tf] = e
	}
	for _, comp := range e.Companions {
		if old := c.companions[comp.Type]; old != nil {
			errs = append(errs, fmt.Errorf("load catalogue %s: %s: companion %s belongs to %s already", file, e.Type, comp.Type, old.Type))
		}
		c.companions[comp.Type] = e
	}
	return errs
}

// Entries returns all entries sorted by type; the caller must not change them.
func (c *Catalog) Entries() []*Entry { return c.entries }

// Type returns the entry of a CloudFormation type name (or our own name where
// CloudFormation has none), nil when there is none.
func (c *Catalog) Type(name string) *Entry { return c.byType[name] }

// Terraform returns the entry that a Terraform resource type creates, nil when
// there is none.
func (c *Catalog) Terraform(name string) *Entry { return c.byTF[name] }

// Companion returns the entry that a companion type completes and how,
// nil when the type is no companion.
func (c *Catalog) Companion(name string) (*Entry, Companion) {
	e := c.companions[name]
	if e == nil {
		return nil, Companion{}
	}
	i := slices.IndexFunc(e.Companions, func(x Companion) bool { return x.Type == name })
	return e, e.Companions[i]
}

// Lookup finds an entry by CloudFormation type, Terraform type or title,
// ignoring case; nil when there is none.
func (c *Catalog) Lookup(name string) *Entry {
	for _, e := range c.entries {
		if strings.EqualFold(e.Type, name) || strings.EqualFold(e.Title, name) ||
			slices.ContainsFunc(e.Terraform, func(t string) bool { return strings.EqualFold(t, name) }) {
			return e
		}
	}
	return nil
}

// Path returns the path of an attribute in a dialect, which is [Dialect] or a
// Terraform type. The path of an awscc_* type is derived when it is not given.
// ok is false when the dialect does not have the attribute.
func (a At) Path(dialect string) (p Path, ok bool) {
	if p, ok = a[dialect]; ok {
		return p, true
	}
	if strings.HasPrefix(dialect, "awscc_") {
		if p, ok = a[Dialect]; ok {
			return p.Snake(), true
		}
	}
	return Path{}, false
}

// Slot returns the entry's slot of that name, nil when there is none.
func (e *Entry) Slot(name string) *Slot {
	for i := range e.Slots {
		if e.Slots[i].Name == name {
			return &e.Slots[i]
		}
	}
	return nil
}
