package localtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
)

// Replacement is an update that replaces a resource: what it leaves out is gone afterwards.
// All texts are JSON objects; an empty one has no members.
type Replacement struct {
	Update, Get string
	// Name are the members that name the resource in the input of both.
	Name string
	// Whole are all other members of the update, Least are those that it requires. Whole
	// lacks only the members Without, which AWS refuses beside others that it has; Least has
	// the members Needed too, which AWS requires and the model does not.
	Whole, Least    string
	Without, Needed []string
	// In is the member of the answer that has the resource; empty: the answer is the resource.
	In string
	// The answer has what was put, and Always; after Whole also Full, after Least also Bare.
	// A null takes a member away, "*" stands for any value.
	Always, Full, Bare string
}

// Replaces updates a resource with every member and then with the required ones, and compares
// the whole answers. It fails where Whole and Least are not what the model says.
func (a *API) Replaces(t *testing.T, r Replacement) {
	t.Helper()
	all, required := a.members(t, r)
	for _, step := range []struct {
		what, put string
		members   []string
		beside    string
	}{{"every member", r.Whole, all, r.Full}, {"the required members", r.Least, required, r.Bare}} {
		put := object(t, step.put)
		if has := slices.Sorted(maps.Keys(put)); !slices.Equal(has, step.members) {
			t.Fatalf("%s with %s: the input has %q, the model %q", r.Update, step.what, has, step.members)
		}
		in := object(t, r.Name)
		maps.Copy(in, put)
		a.Do(t, r.Update, text(in))
		want := any(put)
		for _, more := range []string{r.Always, step.beside} {
			maps.Copy(put, object(t, more))
		}
		maps.DeleteFunc(put, func(_ string, v any) bool { return v == nil })
		if r.In != "" {
			want = map[string]any{r.In: put}
		}
		Exactly(t, r.Get+" after "+r.Update+" with "+step.what, a.Do(t, r.Get, r.Name), text(want))
	}
}

// members are those of an update that Whole must have, and those that Least must have.
func (a *API) members(t *testing.T, r Replacement) (all, required []string) {
	t.Helper()
	name, model := object(t, r.Name), a.api.Model()
	for _, m := range model.Shapes[model.Operations[r.Update].Input].Members {
		if _, named := name[m.Name]; named || m.IdempotencyToken || slices.Contains(r.Without, m.Name) {
			continue
		}
		all = append(all, m.Name)
		if m.Required || slices.Contains(r.Needed, m.Name) {
			required = append(required, m.Name)
		}
	}
	slices.Sort(all)
	slices.Sort(required)
	return all, required
}

// Exactly wants an answer that has the members of want, with its values, and no others. "*"
// stands for any value.
func Exactly(t testing.TB, what string, got wire.Object, want string) {
	t.Helper()
	differ(t, what, object(t, text(got)), object(t, want))
}

func differ(t testing.TB, at string, got, want any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		both := maps.Clone(w)
		maps.Copy(both, g)
		for _, k := range slices.Sorted(maps.Keys(both)) {
			gv, has := g[k]
			wv, wanted := w[k]
			switch {
			case !wanted:
				t.Errorf("%s: has %s, %s", at, k, text(gv))
			case !has:
				t.Errorf("%s: has no %s", at, k)
			default:
				differ(t, at+"."+k, gv, wv)
			}
		}
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			t.Errorf("%s = %s, want %s", at, text(got), text(want))
			return
		}
		for i := range w {
			differ(t, fmt.Sprintf("%s[%d]", at, i), g[i], w[i])
		}
	default:
		if want != "*" && text(got) != text(want) {
			t.Errorf("%s = %s, want %s", at, text(got), text(want))
		}
	}
}

func text(v any) string {
	out, _ := json.Marshal(v)
	return string(out)
}

func object(t testing.TB, text string) map[string]any {
	t.Helper()
	o := map[string]any{}
	if text == "" {
		return o
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}
