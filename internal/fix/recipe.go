package fix

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/wire"
)

// recipe says how the resources of one type are read and changed, as far as some of its slots go.
// What a recipe reads is changed by its first call alone, so that there is nothing between the two
// states: slots that take a call each have a recipe each.
//
// Texts have {name} for what the resource's ARN has in the place of that name, {title} for the name
// that the inventory has of it, and {suffix} for that of the hosts of its partition.
type recipe struct {
	Type string
	// Service is the API where it is not the catalogue's.
	Service string
	// Slots are those whose key it changes; empty: all. Not says of others why no step does.
	Slots []string
	Not   map[string]string
	// Part is what a recipe of some slots is called, beside those of the others.
	Part string
	// ARN is the form of the resource's ARN, or of the name that the inventory has for it, from
	// the sixth part on: "agent/{agentId}".
	ARN string
	// Read and With are the operation that reads it, and its arguments: "agentId={agentId}", of a
	// list "names[]=All". Input are arguments that have no such form.
	Read, With string
	Input      func(p *parts) wire.Object
	// Copies are further arguments, each of them for a copy of the resource that has a key of its
	// own; one that is not there answers with the code of State.Absent.
	Copies []string
	// State says what of the answer counts; its Read is made of the above.
	State State
	// Stays says why a slot of a resource cannot be changed as it is; empty: it can. Nil: each can.
	Stays func(p *parts, slot string, aim Aim) string
	// Take and TakeWith are an operation and its arguments whose answer the calls name by
	// [Taken]; it is made right before them and is nowhere in the plan. Empty: there is none.
	Take, TakeWith string
	// Key returns the state that a slot's new key leads to. An empty key is what the service has
	// that AWS owns, alias/aws/… the one that AWS manages in the account.
	Key func(before wire.Object, slot, key string) (wire.Object, error)
	// Tells: the state has the ARN of a key that AWS manages, which is then given to Key.
	Tells bool
	// Write returns the calls that lead from one state to another.
	Write func(p *parts, from, to wire.Object) ([]Call, error)
	// Keeps: the service changes a key and does not take it away.
	Keeps bool
	// Wait is the path of a status in the answer of Read, with those that end the wait, well
	// and badly.
	Wait   string
	Until  []string
	Failed []string
	// Data says what becomes of data that is there.
	Data string
	// Rest are the members that make a step's Rest, by Only and Drop, and RestOf reads those that
	// take calls of their own.
	Rest   State
	RestOf func(p *parts, call ask) (wire.Object, error)
}

// parts are what a recipe's texts are made of.
type parts struct {
	recipe *recipe
	entry  *catalog.Entry
	names  map[string]string
	// answer is what was read of the resource, copy are the arguments of its copy.
	answer wire.Object
	copy   string
	// step is the ID of the step that is made; back: it is its way back that is written.
	step string
	back bool
	// managed says whether a key is one that AWS manages in the account.
	managed func(key string) bool
}

// part is what stands in an ARN for a name: all but slashes and colons, and for a name that ends
// with "+" these too.
var part = regexp.MustCompile(`\\\{([A-Za-z]+)(\\\+)?\\\}`)

// of takes the names out of a resource's ARN.
func (r *recipe) of(e *catalog.Entry, full string) (*parts, error) {
	fields := strings.SplitN(full, ":", 6)
	if len(fields) < 6 {
		return nil, fmt.Errorf("%s: it has no ARN", full)
	}
	form := part.ReplaceAllStringFunc(regexp.QuoteMeta(r.ARN), func(name string) string {
		m := part.FindStringSubmatch(name)
		if m[2] != "" {
			return "(?P<" + m[1] + ">.+)"
		}
		return "(?P<" + m[1] + ">[^/:]+)"
	})
	pattern, err := regexp.Compile("^" + form + "$")
	if err != nil {
		return nil, err
	}
	m := pattern.FindStringSubmatch(fields[5])
	if m == nil {
		return nil, fmt.Errorf("%s: its ARN does not have the form %s", full, r.ARN)
	}
	p := &parts{recipe: r, entry: e, names: map[string]string{"arn": full, "partition": fields[1], "region": fields[3], "account": fields[4], "suffix": arn.SuffixOf(fields[1])}}
	for i, name := range pattern.SubexpNames() {
		if name != "" {
			p.names[name] = m[i]
		}
	}
	return p, nil
}

// recipeOf returns the recipe of a slot, nil when there is none.
func recipeOf(typ, slot string) *recipe {
	for _, list := range [][]recipe{bedrockRecipes, storeRecipes} {
		for i := range list {
			if r := &list[i]; r.Type == typ && (len(r.Slots) == 0 || slices.Contains(r.Slots, slot)) {
				return r
			}
		}
	}
	return nil
}

// reasonAgainst is the reason why there is no recipe of a slot; empty: there is none either.
func reasonAgainst(typ, slot string) string {
	for _, list := range [][]recipe{bedrockRecipes, storeRecipes} {
		for i := range list {
			if r := &list[i]; r.Type == typ && r.Not[slot] != "" {
				return r.Not[slot]
			}
		}
	}
	return unsupported[typ]
}

// fill puts names into a text.
func (p *parts) fill(text string) string {
	for name, v := range p.names {
		text = strings.ReplaceAll(text, "{"+name+"}", v)
	}
	return text
}

// arguments makes an input of "member=text …".
func (p *parts) arguments(list string) wire.Object {
	in := wire.Object{}
	for _, pair := range strings.Fields(list) {
		name, text, _ := strings.Cut(pair, "=")
		if of, list := strings.CutSuffix(name, "[]"); list {
			in[of] = []any{p.fill(text)}
			continue
		}
		in[name] = p.fill(text)
		if text == "true" {
			in[name] = true
		}
	}
	return in
}

// input are the arguments of Read.
func (p *parts) input() wire.Object {
	in := p.arguments(p.recipe.With + " " + p.copy)
	if p.recipe.Input != nil {
		in = in.With(p.recipe.Input(p))
	}
	return in
}

func (p *parts) service() string {
	if p.recipe.Service != "" {
		return p.recipe.Service
	}
	return p.entry.Service
}

// call is a call of the recipe's service.
func (p *parts) call(operation string, in wire.Object) Call {
	return Call{Service: p.service(), Operation: operation, Input: in}
}

// state is how the resource is read.
func (p *parts) state() *State {
	s := p.recipe.State
	s.Read = p.call(p.recipe.Read, p.input())
	s.Read.Whole = len(s.Only) == 0
	if s.Pick != nil {
		pick := map[string]string{}
		for name, text := range s.Pick {
			pick[name] = p.fill(text)
		}
		s.Pick = pick
	}
	return &s
}

// take is what is read right before the calls; nil: nothing.
func (p *parts) take() *Call {
	if p.recipe.Take == "" {
		return nil
	}
	c := p.call(p.recipe.Take, p.arguments(p.recipe.TakeWith))
	return &c
}

// wait is the status to wait for; nil: there is none.
func (p *parts) wait() *Wait {
	r := p.recipe
	if r.Wait == "" {
		return nil
	}
	return &Wait{Read: p.call(r.Read, p.input()), At: r.Wait, Until: r.Until, Failed: r.Failed}
}

// The recipes for resources whose update replaces all of them.

// managedPrefix begins the aliases of the keys that AWS manages.
const managedPrefix = "alias/aws/"

// ownKeyAt is keyAt of a service that uses the key that AWS manages when none is named.
func ownKeyAt(path string) func(wire.Object, string, string) (wire.Object, error) {
	return func(before wire.Object, slot, key string) (wire.Object, error) {
		if strings.HasPrefix(key, managedPrefix) {
			key = ""
		}
		return keyAt(path)(before, slot, key)
	}
}

// keyAt returns a Key that puts the key at a path, and removes it for one that AWS owns.
func keyAt(path string) func(wire.Object, string, string) (wire.Object, error) {
	return func(before wire.Object, _, key string) (wire.Object, error) {
		after := before.Clone()
		if key == "" {
			drop(after, strings.Split(path, "."))
		} else {
			put(after, path, key)
		}
		return after, nil
	}
}

// replace returns a Write of one update that replaces everything.
func replace(update string) func(*parts, wire.Object, wire.Object) ([]Call, error) {
	return func(p *parts, _, to wire.Object) ([]Call, error) {
		whole := to
		if at := p.recipe.State.At; at != "" {
			whole = wire.Object{at: to}
		}
		in, err := updateInput(p.entry, update, whole)
		if err != nil {
			return nil, err
		}
		return []Call{p.call(update, in)}, nil
	}
}

// Types are the types of which a plan can change resources, sorted.
func Types() (out []string) {
	for _, list := range [][]recipe{bedrockRecipes, storeRecipes} {
		for i := range list {
			out = append(out, list[i].Type)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
