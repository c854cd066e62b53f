package awsapi

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/model"
)

// kmsTypes are read by code of their own.
var kmsTypes = []string{keyType, aliasType, grantType, "AWS::KMS::ReplicaKey"}

func TestEveryTypeIsRead(t *testing.T) {
	read := map[string]int{}
	for _, r := range readings() {
		read[r.Type]++
	}
	for _, e := range embedded(t).Entries() {
		if n := read[e.Type]; n != 1 && !slices.Contains(kmsTypes, e.Type) {
			t.Errorf("%s is read %d times, want once", e.Type, n)
		}
		delete(read, e.Type)
	}
	for typ := range read {
		t.Errorf("%s is read but is not in the catalogue", typ)
	}
}

// modelled are the readings whose API has a model, with it.
func modelled(t *testing.T, visit func(r *reading, e *catalog.Entry, s *service, m *model.Service)) {
	t.Helper()
	cat, visited := embedded(t), 0
	for _, r := range readings() {
		e := cat.Type(r.Type)
		if r.Skip != "" || e == nil {
			continue
		}
		s := services()[e.Service]
		if s == nil {
			t.Fatalf("%s: no service %s", r.Type, e.Service)
		}
		if r.Service != "" && r.Service != e.Service {
			t.Errorf("%s: service %s, the catalogue says %s", r.Type, r.Service, e.Service)
		}
		if s.modelless {
			continue
		}
		visited++
		visit(&r, e, s, loadModel(t, s.model))
	}
	if visited < 80 {
		t.Fatalf("only %d readings were checked", visited)
	}
}

// TestReadingsFitTheModels: operations, arguments, lists and the names in ARNs exist.
func TestReadingsFitTheModels(t *testing.T) {
	modelled(t, func(r *reading, _ *catalog.Entry, _ *service, m *model.Service) {
		for _, problem := range misfits(r, m) {
			t.Errorf("%s: %s", r.Type, problem)
		}
	})
}

func misfits(r *reading, m *model.Service) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	var entry *model.Shape
	if r.List != "" {
		op := m.Operations[r.List]
		if op == nil {
			return []string{"no operation " + r.List}
		}
		items := m.Shapes[op.Output].Member(r.Items)
		if items == nil || m.Shapes[items.Shape].Element == nil {
			return []string{fmt.Sprintf("%s has no list %q", r.List, r.Items)}
		}
		entry = m.Shapes[m.Shapes[items.Shape].Element.Shape]
	}
	known := func(name string) bool {
		name = strings.TrimPrefix(name, "/")
		switch {
		case strings.HasPrefix(name, "'"), strings.HasPrefix(name, "^"), slices.Contains([]string{"{region}", "region", "account", "partition", "@arn"}, name):
			return true
		case name == ".":
			return entry != nil && entry.Type == model.TypeString
		}
		return entry != nil && entry.Member(name) != nil
	}
	calls := append(gets{{r.List, r.With}, r.Tags.get}, r.Get...)
	for i, g := range calls {
		if g.Op == "" {
			continue
		}
		op := m.Operations[g.Op]
		if op == nil {
			bad("no operation %s", g.Op)
			continue
		}
		given := map[string]bool{}
		for argument := range strings.FieldsSeq(g.With) {
			name, value, _ := strings.Cut(argument, "=")
			given[name] = true
			if m.Shapes[op.Input].Member(name) == nil {
				bad("%s has no member %s", g.Op, name)
			}
			if i > 0 && !known(value) {
				bad("%s: the entry has no %s", g.Op, value)
			}
		}
		for _, member := range m.Shapes[op.Input].Members {
			if member.Required && !given[member.Name] {
				bad("%s needs %s", g.Op, member.Name)
			}
		}
	}
	for _, name := range regexp.MustCompile(`\{([^}]+)\}`).FindAllStringSubmatch(r.ARN, -1) {
		if !known(name[1]) {
			bad("ARN: the entry has no %s", name[1])
		}
	}
	if name, _, _ := strings.Cut(strings.Replace(r.Only, "!", "", 1), "="); r.Only != "" && !known(name) {
		bad("only: the entry has no %s", name)
	}
	return problems
}

func TestMisfitsAreFound(t *testing.T) {
	m := loadModel(t, "bedrock")
	r := reading{
		List: "ListGuardrails", Items: "guardrails", Only: "versoin!=DRAFT", ARN: "{Arn}",
		Get: gets{{"GetGuardrail", "guardrailIdentfier=id"}, {"GetGuardrial", ""}}, Tags: tagging{get{"ListTagsForResource", "resourceARN=ran"}, "tags"},
	}
	want := []string{
		"ListTagsForResource: the entry has no ran", "GetGuardrail has no member guardrailIdentfier", "GetGuardrail needs guardrailIdentifier",
		"no operation GetGuardrial", "ARN: the entry has no Arn", "only: the entry has no versoin",
	}
	if got := misfits(&r, m); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestWhatTheCatalogueReadsIsAsked: every operation of the catalogue's paths is called.
func TestWhatTheCatalogueReadsIsAsked(t *testing.T) {
	modelled(t, func(r *reading, e *catalog.Entry, _ *service, _ *model.Service) {
		for _, p := range e.APIPaths() {
			op := p.Steps()[0].Name
			if op == "Tags" || op == r.List || slices.ContainsFunc(r.Get, func(g get) bool { return g.Op == op }) {
				continue
			}
			t.Errorf("%s: the catalogue reads %s, which is not called", r.Type, p)
		}
	})
}

// TestTheSDKKnowsWhatIsRead: a member that the pinned SDK does not have would be taken for
// absent, so such an operation has to be called by its model.
func TestTheSDKKnowsWhatIsRead(t *testing.T) {
	paths := 0
	modelled(t, func(r *reading, e *catalog.Entry, s *service, m *model.Service) {
		for _, p := range e.APIPaths() {
			steps := p.Steps()
			read, ok := s.reads[steps[0].Name]
			if !ok {
				continue
			}
			paths++
			out := read.output
			if steps[0].Name == r.List {
				f, ok := out.FieldByName(fieldName(r.Items))
				if !ok {
					t.Errorf("%s: the SDK's %s has no %s", r.Type, r.List, r.Items)
					continue
				}
				out = f.Type
			}
			if name := lacks(out, steps[1:]); name != "" {
				t.Errorf("%s: the SDK's answer has no %s of %s", r.Type, name, p)
			}
		}
	})
	if paths < 150 {
		t.Errorf("only %d paths were checked", paths)
	}
}

// lacks returns the first step that a type of the SDK does not have.
func lacks(t reflect.Type, steps []catalog.Step) string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if len(steps) == 0 || t.Kind() == reflect.Interface { // a union or a document
		return ""
	}
	if t.Kind() == reflect.Map {
		return lacks(t.Elem(), steps[1:])
	}
	if t.Kind() != reflect.Struct {
		return steps[0].Name
	}
	f, ok := t.FieldByName(fieldName(steps[0].Name))
	if !ok {
		return steps[0].Name
	}
	if steps[0].JSON {
		return ""
	}
	return lacks(f.Type, steps[1:])
}

// TestOperationsOfTheSDKAreUsed: the guard allows what is read and nothing more.
func TestOperationsOfTheSDKAreUsed(t *testing.T) {
	used := map[string]bool{}
	for _, c := range slices.Concat(calls(embedded(t), nil), organizational) {
		used[c.service+" "+c.operation] = true
	}
	for name, s := range services() {
		for _, op := range slices.Sorted(maps.Keys(s.reads)) {
			if !used[name+" "+op] {
				t.Errorf("%s %s may be called but is not", name, op)
			}
		}
	}
}
