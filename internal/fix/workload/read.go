package workload

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/catalog"
)

// MaxSize is the longest profile that is read, in bytes.
const MaxSize = 1 << 20

// Parse reads a profile; file is what errors call it. The error joins all faults, each with line
// and column.
func Parse(file string, b []byte, c *catalog.Catalog) (*Profile, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%s: %d bytes; more than %d are not read", file, len(b), MaxSize)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	var root yaml.Node
	if err := d.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: more than one YAML document", file)
	}
	r := &reader{catalog: c, profile: &Profile{file: file}}
	r.top(root.Content[0])
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return r.profile, nil
}

type reader struct {
	catalog *catalog.Catalog
	profile *Profile
	errs    []error
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d:%d: %s", r.profile.file, n.Line, n.Column, fmt.Sprintf(format, args...)))
}

// fields reads a mapping by a table of what its members are. Those with a name that ends with "!"
// must be there.
func (r *reader) fields(n *yaml.Node, what string, of map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s is no mapping", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		read := of[name.Value] != nil || of[name.Value+"!"] != nil
		switch {
		case !read || strings.HasSuffix(name.Value, "!"):
			r.fail(name, "%s has no %q: it has %s", what, name.Value, strings.ReplaceAll(strings.Join(slices.Sorted(maps.Keys(of)), ", "), "!", ""))
		case seen[name.Value]:
			r.fail(name, "%q is there twice", name.Value)
		case of[name.Value] != nil:
			of[name.Value](value)
		default:
			of[name.Value+"!"](value)
		}
		seen[name.Value] = true
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if plain, must := strings.CutSuffix(name, "!"); must && !seen[plain] {
			r.fail(n, "%s lacks %q", what, plain)
		}
	}
}

// text reads a text that is not empty.
func (r *reader) text(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
			r.fail(n, "this is no text")
			return
		}
		*to = n.Value
		r.profile.texts = append(r.profile.texts, text{n.Value, n.Line, n.Column})
	}
}

// texts reads a list of texts that is not empty.
func (r *reader) texts(to *[]string) func(*yaml.Node) {
	return r.list(func(n *yaml.Node) {
		var one string
		r.text(&one)(n)
		*to = append(*to, one)
	})
}

func (r *reader) list(read func(*yaml.Node)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
			r.fail(n, "this is no list, or an empty one")
			return
		}
		for _, entry := range n.Content {
			read(entry)
		}
	}
}

// pairs reads a mapping of texts; empty values are texts here.
func (r *reader) pairs(to *map[string]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*to = map[string]string{}
		if n.Kind != yaml.MappingNode {
			r.fail(n, "this is no mapping of names to texts")
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := n.Content[i], n.Content[i+1]
			if _, twice := (*to)[name.Value]; twice {
				r.fail(name, "%q is there twice", name.Value)
			}
			if value.Kind != yaml.ScalarNode || name.Value == "" {
				r.fail(value, "%q: this is no text", name.Value)
				continue
			}
			v := value.Value
			if value.Tag == "!!null" {
				v = ""
			}
			(*to)[name.Value] = v
			r.profile.texts = append(r.profile.texts, text{v, value.Line, value.Column})
		}
	}
}

// number reads a whole number within bounds.
func (r *reader) number(to *int, least, most int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		v, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < least || v > most {
			r.fail(n, "%q is no whole number from %d to %d", n.Value, least, most)
			return
		}
		*to = v
	}
}

var (
	variableName    = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	serviceName     = regexp.MustCompile(`^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$`)
	kmsAction       = regexp.MustCompile(`^kms:[A-Za-z]+$`)
)

func (r *reader) top(n *yaml.Node) {
	p := r.profile
	var version string
	r.fields(n, "a profile", map[string]func(*yaml.Node){
		"version!": func(n *yaml.Node) {
			if r.text(&version)(n); version != Version {
				r.fail(n, "version %q; this program reads %q", version, Version)
			}
		},
		"name!": r.text(&p.Name), "title": r.text(&p.Title),
		"variables": func(n *yaml.Node) {
			r.pairs(&p.Variables)(n)
			for name := range p.Variables {
				if !variableName.MatchString(name) || slices.Contains(reserved, name) {
					r.fail(n, "variable %q: a name has small letters, digits and -, and is none of %s", name, strings.Join(reserved, ", "))
				}
			}
		},
		"key!": r.key, "stores!": r.list(r.store), "callers": r.list(r.caller), "services": r.list(r.service), "alarms": r.alarms,
	})
	for _, t := range p.texts {
		for _, m := range variable.FindAllStringSubmatch(t.value, -1) {
			if _, ok := p.Variables[m[1]]; !ok && !slices.Contains(reserved, m[1]) {
				r.fail(&yaml.Node{Line: t.line, Column: t.col}, "{%s} is no variable of the profile", m[1])
			}
		}
	}
}

func (r *reader) key(n *yaml.Node) {
	k := &r.profile.Key
	r.fields(n, "key", map[string]func(*yaml.Node){
		"to!": r.text(&k.To), "alias": r.text(&k.Alias), "tags": r.pairs(&k.Tags),
		"environment": func(n *yaml.Node) {
			if r.text(&k.Environment)(n); !environmentName.MatchString(k.Environment) {
				r.fail(n, "%q is no name of an environment variable", k.Environment)
			}
		},
		"rotation-days": r.number(&k.RotationDays, 90, 2560), "deletion-days": r.number(&k.DeletionDays, 7, 30),
	})
}

func (r *reader) store(n *yaml.Node) {
	var s Store
	r.fields(n, "a store", map[string]func(*yaml.Node){
		"type!": r.typ(&s.Type), "names": r.texts(&s.Names), "tags": r.pairs(&s.Tags), "stack": r.text(&s.Stack), "slots": r.texts(&s.Slots),
	})
	if len(s.Names)+len(s.Tags) == 0 && s.Stack == "" {
		r.fail(n, "a store is told by names, tags or stack: without any of them it would be every %s", s.Type)
	}
	if e := r.catalog.Type(s.Type); e != nil {
		for _, name := range s.Slots {
			if e.Slot(name) == nil {
				r.fail(n, "%s has no slot %q", s.Type, name)
			}
		}
	}
	r.profile.Stores = append(r.profile.Stores, s)
}

// typ reads a type of the catalogue.
func (r *reader) typ(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if r.text(to)(n); *to != "" && r.catalog.Type(*to) == nil {
			r.fail(n, "%q is no type of the catalogue; `bedlock explain` lists them", *to)
		}
	}
}

func (r *reader) types(to *[]string) func(*yaml.Node) {
	return r.list(func(n *yaml.Node) {
		var one string
		r.typ(&one)(n)
		*to = append(*to, one)
	})
}

func (r *reader) caller(n *yaml.Node) {
	var c Caller
	r.fields(n, "a caller", map[string]func(*yaml.Node){"names!": r.texts(&c.Names), "uses": r.types(&c.Uses), "creates": r.types(&c.Creates)})
	if len(c.Uses)+len(c.Creates) == 0 {
		r.fail(n, "a caller uses or creates types of stores")
	}
	r.profile.Callers = append(r.profile.Callers, c)
}

func (r *reader) service(n *yaml.Node) {
	var s Service
	r.fields(n, "a service", map[string]func(*yaml.Node){
		"principal!": func(n *yaml.Node) {
			if r.text(&s.Principal)(n); !serviceName.MatchString(s.Principal) {
				r.fail(n, "%q is no service principal", s.Principal)
			}
		},
		"actions!": r.list(func(n *yaml.Node) {
			if !kmsAction.MatchString(n.Value) {
				r.fail(n, "%q is no action of KMS, without *", n.Value)
			}
			s.Actions = append(s.Actions, n.Value)
		}),
		"uses!": r.types(&s.Uses), "source-arn!": r.text(&s.SourceARN),
	})
	r.profile.Services = append(r.profile.Services, s)
}

func (r *reader) alarms(n *yaml.Node) {
	a := &r.profile.Alarms
	r.fields(n, "alarms", map[string]func(*yaml.Node){"topic!": r.text(&a.Topic), "trail": r.text(&a.Trail), "list!": r.list(r.alarm)})
}

func (r *reader) alarm(n *yaml.Node) {
	var a Alarm
	var events string
	r.fields(n, "an alarm", map[string]func(*yaml.Node){
		"name!": r.text(&a.Name), "metric": r.text(&a.Metric), "operation": r.text(&a.Operation), "events": r.text(&events),
		"above!": r.number(&a.Above, 0, 1<<31-1), "seconds!": r.number(&a.Seconds, 60, 86400),
	})
	a.Events = Events(events)
	metric := slices.ContainsFunc(catalog.Metrics(), func(m catalog.Metric) bool { return m.Name == a.Metric })
	switch {
	case (a.Metric == "") == (events == ""):
		r.fail(n, "an alarm is on a metric or on events")
	case a.Metric != "" && !metric:
		r.fail(n, "KMS has no metric %s, so the alarm would never be raised: it has %s", a.Metric, catalog.MetricNames())
	case a.Metric != "" && a.Metric != "SuccessfulRequest":
		r.fail(n, "%s is of imported material or of key stores, which the keys of a plan do not have; a profile has alarms on SuccessfulRequest", a.Metric)
	case a.Metric != "" && a.Operation == "":
		r.fail(n, "SuccessfulRequest is counted for each operation: name one")
	case events != "" && a.Events != Denied && a.Events != Endangered:
		r.fail(n, "events %q: they are denied or endangered", events)
	case a.Seconds%60 != 0:
		r.fail(n, "%d seconds: CloudWatch counts whole minutes", a.Seconds)
	}
	r.profile.Alarms.List = append(r.profile.Alarms.List, a)
}
