package fix

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
)

func embedded(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEverySlot: a key that can be changed in place is changed by a recipe, or something says why
// it is not.
func TestEverySlot(t *testing.T) {
	without := maps.Clone(unsupported)
	for _, e := range embedded(t).Entries() {
		for _, s := range e.Slots {
			if s.Change != catalog.InPlace && s.Change != catalog.Once {
				continue
			}
			takes, reason := recipeOf(e.Type, s.Name) != nil, reasonAgainst(e.Type, s.Name)
			switch {
			case !takes && reason == "":
				t.Errorf("%s, %s: neither a recipe nor a reason", e.Type, s.Name)
			case takes && reason != "":
				t.Errorf("%s, %s: a recipe, and a reason that there is none", e.Type, s.Name)
			}
			delete(without, e.Type)
		}
	}
	for typ := range without {
		t.Errorf("unsupported has %s, of which no slot can be changed in place", typ)
	}
	for _, list := range [][]recipe{bedrockRecipes, storeRecipes} {
		for _, r := range list {
			e := embedded(t).Type(r.Type)
			if e == nil {
				t.Errorf("a recipe for %s, which the catalogue does not have", r.Type)
				continue
			}
			service := (&parts{recipe: &r, entry: e}).service()
			if _, err := apiOf(service); err != nil {
				t.Errorf("the recipe for %s is of %s: %v", r.Type, service, err)
			}
			for _, name := range slices.Concat(r.Slots, slices.Collect(maps.Keys(r.Not))) {
				if e.Slot(name) == nil {
					t.Errorf("the recipe for %s names the slot %s, which the catalogue does not have", r.Type, name)
				}
			}
		}
	}
}

// maximal makes an object with every member of a shape, lists and maps with one element each. Of
// a union, the nth of its members is there. most is the largest union that was seen.
type maximal struct {
	api  *model.Service
	n    int
	most int
	open map[string]bool
}

func (x *maximal) value(shape string) any {
	s := x.api.Shapes[shape]
	if s.Document {
		return wire.Object{"free": []any{"x", int64(1)}}
	}
	switch s.Type {
	case model.TypeStructure:
		if x.open[shape] {
			return nil // within itself
		}
		x.open[shape] = true
		defer delete(x.open, shape)
		out := wire.Object{}
		for i, m := range s.Members {
			if s.Union {
				if x.most = max(x.most, len(s.Members)); i != x.n%len(s.Members) {
					continue
				}
			}
			if v := x.value(m.Shape); v != nil {
				out[m.Name] = v
			}
		}
		return out
	case model.TypeList:
		if v := x.value(s.Element.Shape); v != nil {
			return []any{v}
		}
		return nil
	case model.TypeMap:
		if v := x.value(s.Value.Shape); v != nil {
			return wire.Object{"key": v}
		}
		return nil
	case model.TypeBoolean:
		return true
	case model.TypeString:
		return "x"
	}
	return int64(1)
}

// leaves are the paths of an object's values, lists entered.
func leaves(at string, v any, out map[string]bool) map[string]bool {
	switch v := v.(type) {
	case wire.Object:
		for name, inner := range v {
			leaves(strings.TrimPrefix(at+"."+name, "."), inner, out)
		}
	case []any:
		for _, inner := range v {
			leaves(at+"[]", inner, out)
		}
	default:
		out[at] = true
	}
	return out
}

// takes says whether a shape has a place for a path of leaves.
func takes(api *model.Service, shape string, path []string) bool {
	s := api.Shapes[shape]
	switch {
	case s.Document:
		return true
	case len(path) == 0:
		return true
	case s.Type == model.TypeMap:
		return takes(api, s.Value.Shape, path[1:])
	}
	name := strings.TrimSuffix(path[0], "[]")
	m := s.Member(name)
	if m == nil {
		return false
	}
	inner := m.Shape
	for range strings.Count(path[0], "[]") {
		if api.Shapes[inner].Element == nil {
			return false
		}
		inner = api.Shapes[inner].Element.Shape
	}
	return takes(api, inner, path[1:])
}

// TestNothingIsLost: an update that replaces a whole resource has a place for every member that
// the model has of it, but for those that the catalogue says are AWS's own; so for a member that a
// newer model brings, either the catalogue says what becomes of it or this fails.
func TestNothingIsLost(t *testing.T) {
	tried := 0
	for _, r := range bedrockRecipes {
		e := embedded(t).Type(r.Type)
		if !e.Update.Replaces || r.Type == "AWS::BedrockAgentCore::TokenVault" {
			continue // its update has the key alone
		}
		tried++
		t.Run(r.Type, func(t *testing.T) {
			api, err := model.Load(e.Service)
			if err != nil {
				t.Fatal(err)
			}
			update := e.Operations.Update[0]
			dropped := func(path string) bool {
				return slices.ContainsFunc(e.Update.Drop, func(d string) bool {
					return d == path || strings.HasPrefix(path, d+".") || strings.HasPrefix(path, d+"[]")
				})
			}
			for _, path := range r.State.Drop {
				if r.State.At != "" {
					path = r.State.At + "." + path
				}
				if !dropped(path) {
					t.Errorf("%s does not count, and the catalogue does not say that the update leaves it out", path)
				}
			}
			x := maximal{api: api, most: 1}
			for x.n = 0; x.n < x.most; x.n++ {
				x.open = map[string]bool{}
				read := x.value(api.Operations[r.Read].Output).(wire.Object)
				state, err := r.State.of(read)
				if err != nil {
					t.Fatal(err)
				}
				whole := state
				if r.State.At != "" {
					whole = wire.Object{r.State.At: state}
				}
				tr := transform{renames: e.Update.Renames, drops: e.Update.Drop, in: wire.Object{}}
				tr.walk("", whole)
				if len(tr.homeless) > 0 {
					t.Errorf("%s would lose %v", update, tr.homeless)
				}
				kept := 0
				for path := range leaves("", whole, map[string]bool{}) {
					if !dropped(path) {
						kept++
					}
				}
				in := leaves("", tr.in, map[string]bool{})
				if len(in) != kept {
					t.Errorf("%d members are read and %d sent", kept, len(in))
				}
				for _, path := range slices.Sorted(maps.Keys(in)) {
					if !takes(api, api.Operations[update].Input, strings.Split(path, ".")) {
						t.Errorf("%s does not take %s", update, path)
					}
				}
			}
		})
	}
	if tried < 9 {
		t.Errorf("%d types were tried", tried)
	}
}

// TestRenamesOfNothing: what the catalogue renames and drops is there to be read.
func TestRenamesOfNothing(t *testing.T) {
	for _, r := range bedrockRecipes {
		e := embedded(t).Type(r.Type)
		api, err := model.Load(e.Service)
		if err != nil {
			t.Fatal(err)
		}
		var nowhere []string
		for _, path := range slices.Concat(slices.Sorted(maps.Keys(e.Update.Renames)), e.Update.Drop) {
			if !takes(api, api.Operations[r.Read].Output, strings.Split(path, ".")) {
				nowhere = append(nowhere, path)
			}
		}
		if d := cmp.Diff([]string(nil), nowhere); d != "" {
			t.Errorf("%s: %s has no %s", r.Type, r.Read, fmt.Sprint(nowhere))
		}
	}
}

// TestHands: every type of Bedrock whose key no update changes has steps of its own, and those of
// no type are for nothing.
func TestHands(t *testing.T) {
	rest := maps.Clone(hands)
	var generic []string
	for _, e := range embedded(t).Entries() {
		for _, s := range e.Slots {
			delete(rest, e.Type+" "+s.Name)
			if _, ok := hands[e.Type]; ok {
				delete(rest, e.Type)
				continue
			}
			if s.Change == catalog.Recreate || s.Change == catalog.NewVersion {
				generic = append(generic, e.Type+", "+s.Name)
			}
		}
	}
	if d := cmp.Diff([]string{"AWS::Bedrock::RetrievalInstruction, content", "AWS::StepFunctions::Activity, tasks"}, generic); d != "" {
		t.Error(d)
	}
	for typ, h := range rest {
		t.Errorf("%s: %v", typ, h.Steps)
	}
}

// TestGrantsAreOfServices: every grant that a service needs is made by the service in the name of
// somebody who may create it, so that no step of a plan makes one.
func TestGrantsAreOfServices(t *testing.T) {
	n := 0
	for _, e := range embedded(t).Entries() {
		for _, s := range e.Slots {
			for _, need := range s.Needs {
				if len(need.GrantOperations) == 0 {
					continue
				}
				n++
				if !slices.Contains(need.Actions, "CreateGrant") || strings.HasPrefix(need.Who, "service:") {
					t.Errorf("%s, %s: %s needs a grant that it cannot create", e.Type, s.Name, need.Who)
				}
			}
		}
	}
	if n < 9 {
		t.Errorf("%d needs of grants", n)
	}
}
