package cloudformation

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// stack is one template as it is deployed once: a root, or a nested stack with the
// values its parent passes.
type stack struct {
	run    *run
	module *module
	t      *Template
	env    Environment
	parent *stack
	// self is the nested stack's resource in the parent.
	self *resource
	// file is the root template's, prefix the path of logical ids to this stack with
	// a closing "/": resource IDs are file#prefix+name.
	file, prefix string
	depth        int
	children     map[string]*stack
	// closed says why a nested stack has no child here.
	closed     map[string]string
	parameters map[string]*parameter
	conditions map[string]*condition
	outputs    map[string]*output
	facts      []fact
	// base holds the conditions as decided without assumptions, memo as decided
	// under the present ones.
	base, memo map[string]truth
	compiling  int
}

func (r *run) root(t *Template) *stack {
	r.spent = 0
	s := &stack{
		run: r, t: t, env: t.Environment, file: t.File,
		module: &module{noted: map[bedlock.Note]bool{}},
	}
	s.env.Account = first(s.env.Account, r.opts.Parameters["AWS::AccountId"])
	s.env.Region = first(s.env.Region, r.opts.Parameters["AWS::Region"])
	s.env.StackName = first(s.env.StackName, r.opts.Parameters["AWS::StackName"])
	s.open()
	return s
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func (s *stack) id(name string) string { return s.file + "#" + s.prefix + name }

func (s *stack) at(n *syntax.Node) bedlock.Position { return n.At(s.t.File) }

func (s *stack) note(n *syntax.Node, format string, args ...any) {
	s.module.note(bedlock.Note{Text: fmt.Sprintf(format, args...), At: s.at(n)})
}

// unknown is an Unknown that stands at n.
func (s *stack) unknown(n *syntax.Node, format string, args ...any) graph.Value {
	return graph.Unresolved(fmt.Sprintf(format, args...), s.at(n))
}

// partition returns the partition of the deployment, "" when it is not known.
func (s *stack) partition() string {
	if p := s.run.opts.Parameters["AWS::Partition"]; p != "" {
		return p
	}
	return partitionOf(s.env.Region)
}

// partitionOf tells a Region's partition from its name; see
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html.
func partitionOf(region string) string {
	for _, p := range []struct{ prefix, partition string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"},
		{"us-isof-", "aws-iso-f"}, {"eu-isoe-", "aws-iso-e"}, {"us-iso-", "aws-iso"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	if region == "" {
		return ""
	}
	return "aws"
}

// exists decides whether a resource is made.
func (s *stack) exists(r *resource) truth {
	if r.condition == "" {
		return yes
	}
	switch state := s.holds(r.condition); {
	case r.unless && state == yes:
		return no
	case r.unless && state == no:
		return yes
	default:
		return state
	}
}

// emit adds the stack's resources, and those of its nested stacks, to a module.
func (s *stack) emit(m *graph.Module) {
	for _, n := range s.t.notes {
		s.module.note(n)
	}
	for i := range s.t.resources {
		r := &s.t.resources[i]
		state := s.exists(r)
		if state == no {
			continue
		}
		out := graph.Resource{
			ID: s.id(r.name), Dialect: graph.CloudFormation, Type: r.typ, Address: s.prefix + r.name, At: r.at,
			Account: s.env.Account, Region: s.env.Region, Partition: s.partition(),
		}
		out.When = s.when()
		if state == undecided {
			out.When = and(out.When, s.phrase(r.condition, !r.unless))
		}
		s.under(r.condition, !r.unless, func() { out.Attributes = s.attributes(r) })
		m.Resources = append(m.Resources, out)
		if child := s.children[r.name]; child != nil {
			child.emit(m)
		}
	}
}

// when is the undecided condition under which a nested stack exists.
func (s *stack) when() string {
	if s.parent == nil {
		return ""
	}
	w := s.parent.when()
	if s.parent.exists(s.self) == undecided {
		w = and(w, s.parent.phrase(s.self.condition, true))
	}
	return w
}

func and(a, b string) string {
	if a == "" {
		return b
	}
	return a + " and " + b
}

// attributes evaluates a resource's properties to a Map, or to an Unknown when they
// are not in the template.
func (s *stack) attributes(r *resource) graph.Value {
	if r.opaque != "" {
		return graph.Unresolved(r.opaque, r.at)
	}
	if r.roleOf != "" {
		return s.roleOf(r)
	}
	v := graph.Value{Kind: graph.Map, At: r.at}
	if r.properties != nil {
		v = spread(s.eval(r.properties))
	}
	switch v.Kind {
	case graph.Map, graph.Unknown:
	case graph.Absent:
		v = graph.Value{Kind: graph.Map, At: v.At}
	default:
		s.note(r.properties, "the properties of %s are not a map", r.name)
		v = graph.Unresolved("the properties are not a map", v.At)
	}
	if r.role != "" && v.Kind == graph.Map {
		v = s.withRole(r, v)
	}
	if by := s.t.touched[r.name]; by != "" && v.Kind == graph.Map {
		v = overwrite(v, "KeyPolicy", graph.Unresolved(by+" changes the key policy when the stack is deployed", r.at))
	}
	return v
}

func overwrite(v graph.Value, name string, to graph.Value) graph.Value {
	members := make([]graph.Member, 0, len(v.Members)+1)
	at := v.At
	for _, m := range v.Members {
		if m.Name == name {
			at = m.At
			continue
		}
		members = append(members, m)
	}
	v.Members = append(members, graph.Member{Name: name, At: at, Value: to})
	return v
}

// spread turns a choice between maps into a map of choices.
func spread(v graph.Value) graph.Value {
	if v.Kind != graph.Choice {
		return v
	}
	out := graph.Value{Kind: graph.Map, At: v.At}
	maps := make([]graph.Value, len(v.Choices))
	seen := map[string]int{}
	for i, b := range v.Choices {
		maps[i] = spread(b.Value)
		switch maps[i].Kind {
		case graph.Map, graph.Absent:
		case graph.Unknown:
			return maps[i]
		default:
			return graph.Unresolved("the properties are not a map", v.At)
		}
		for _, m := range maps[i].Members {
			if _, have := seen[m.Name]; !have {
				seen[m.Name] = len(out.Members)
				out.Members = append(out.Members, graph.Member{Name: m.Name, At: m.At, Value: graph.Value{
					Kind: graph.Choice, At: m.At, Choices: make([]graph.Branch, len(v.Choices)),
				}})
			}
			out.Members[seen[m.Name]].Value.Choices[i].Value = m.Value
		}
	}
	for i := range out.Members {
		for j := range v.Choices {
			b := &out.Members[i].Value.Choices[j]
			b.When = v.Choices[j].When
			if b.Value.Kind == graph.Absent && b.Value.At.IsZero() {
				b.Value.At = v.Choices[j].Value.At
			}
		}
		out.Members[i].Value = collapse(out.Members[i].Value)
	}
	return out
}
