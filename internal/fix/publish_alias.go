package fix

import (
	"context"
	"fmt"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
)

// aliasing says how the aliases of a type point at versions.
type aliasing struct {
	Type                string // of the aliases, in the catalogue
	List, Items, ListID string // ListID is the member with an alias's ID in the list
	Get, With, GetID    string // With names the resource in all operations, GetID the alias in Get
	Update              string
	// At is where an alias stands in an answer, Drop what of it AWS changes by itself.
	At   string
	Drop []string
	// Version is the member of a routing, ARN and Name those of the alias.
	Version, ARN, Name string
	// Test is the ID of the alias that everything has and that cannot be moved.
	Test string
	// Wait is the path of the status; empty: it is moved at once.
	Wait   string
	Until  []string
	Failed []string
}

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateFlowAlias.html
var flowAliases = aliasing{
	Type: "AWS::Bedrock::FlowAlias", List: "ListFlowAliases", Items: "flowAliasSummaries", ListID: "id",
	Get: "GetFlowAlias", With: "flowIdentifier={id}", GetID: "aliasIdentifier", Update: "UpdateFlowAlias",
	Drop: []string{"updatedAt"}, Version: "flowVersion", ARN: "arn", Name: "name", Test: "TSTALIASID",
}

// routed are the versions that aliases point at, without the draft, the lowest first.
func (a *aliasing) routed(aliases []wire.Object) []string {
	var out []wire.Object
	for _, alias := range aliases {
		out = append(out, alias.Objects("routingConfiguration")...)
	}
	return slices.Compact(numbered(out, a.Version))
}

// state is how an alias is read.
func (r *release) aliasState(id string) *State {
	a := r.Alias
	in := r.read.arguments(a.With).With(wire.Object{a.GetID: id})
	return &State{Read: Call{Service: r.read.service(), Operation: a.Get, Input: in, Whole: true}, At: a.At, Drop: a.Drop}
}

// aliases are those of a resource, whole, but for that for tests.
func (m *maker) aliases(ctx context.Context, r *release) (out []wire.Object, err error) {
	a, place := r.Alias, r.choice.place()
	list, err := m.Estate.Call(ctx, place, r.read.call(a.List, r.read.arguments(a.With)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.List, err)
	}
	for _, entry := range list.Objects(a.Items) {
		id := entry.Text(a.ListID)
		if id == a.Test {
			continue
		}
		read, err := r.aliasState(id).Observe(ctx, m.Estate, place)
		if err != nil {
			return nil, fmt.Errorf("alias %s: %w", id, err)
		}
		if read != nil {
			out = append(out, read)
		}
	}
	return out, nil
}

// move is a step that points an alias elsewhere; everything else of it stays, its concurrency or the
// state of its invocation too. A routing that is not said is left out of the call.
func (m *maker) move(r *release, alias wire.Object, version string, said bool) (Step, error) {
	a := r.Alias
	entry := m.Catalog.Type(a.Type)
	to := func(version string) wire.Object {
		return alias.With(wire.Object{"routingConfiguration": []any{wire.Object{a.Version: version}}})
	}
	input := func(alias wire.Object) (wire.Object, error) {
		if a.At != "" {
			alias = wire.Object{a.At: alias}
		}
		return updateInput(entry, a.Update, alias)
	}
	there, err := input(to("1")) // checked with a number in the place of a name
	if err != nil {
		return Step{}, err
	}
	if delete(there, "routingConfiguration"); said {
		there["routingConfiguration"] = to(version)["routingConfiguration"]
	}
	back, err := input(alias)
	if err != nil {
		return Step{}, err
	}
	id := alias.Text(a.ListID)
	s := Step{
		Kind: Switch, Place: r.choice.place(), Subject: alias.Text(a.ARN), Title: r.choice.subject.Title + ": point alias " + alias.Text(a.Name) + " at the new version",
		State: r.aliasState(id), Before: alias, After: to(version),
		Do: []Call{r.read.call(a.Update, there)}, Undo: []Call{r.read.call(a.Update, back)},
	}
	if a.Wait != "" {
		s.Wait = &Wait{Read: s.State.Read, At: a.Wait, Until: a.Until, Failed: a.Failed}
	}
	return s, nil
}

// switchStep plans that an alias points at the version that a step before it publishes.
func (m *maker) switchStep(r *release, alias wire.Object) error {
	s, err := m.move(r, alias, Ref(r.step, "version"), true)
	if err != nil {
		return err
	}
	m.add(s, "alias-"+alias.Text(r.Alias.Name))
	return nil
}
