package fix

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/wire"
)

// updateInput makes the input of an update that replaces the whole resource out of everything
// that was read. A member that the catalogue neither renames nor drops keeps its name; one for
// which the update has no place is an error.
func updateInput(e *catalog.Entry, operation string, read wire.Object) (wire.Object, error) {
	t := transform{renames: e.Update.Renames, drops: e.Update.Drop, in: wire.Object{}}
	t.walk("", read.Clone())
	if len(t.homeless) > 0 {
		slices.Sort(t.homeless)
		return nil, fmt.Errorf("%s would lose %s: nothing says where it belongs", operation, strings.Join(t.homeless, ", "))
	}
	if err := fits(e.Service, operation, t.in); err != nil {
		return nil, err
	}
	return t.in, nil
}

type transform struct {
	renames  map[string]string
	drops    []string
	in       wire.Object
	homeless []string
}

func (t *transform) walk(at string, o wire.Object) {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		path := name
		if at != "" {
			path = at + "." + name
		}
		to, renamed := t.renames[path]
		inner, structure := o[name].(wire.Object)
		switch {
		case renamed:
			put(t.in, to, o[name])
		case slices.Contains(t.drops, path):
		case structure && t.goesOn(path):
			t.walk(path, inner)
		case at == "":
			put(t.in, name, o[name])
		default:
			t.homeless = append(t.homeless, path)
		}
	}
}

// goesOn says whether the catalogue says something of members below a path.
func (t *transform) goesOn(path string) bool {
	below := func(p string) bool { return strings.HasPrefix(p, path+".") }
	return slices.ContainsFunc(slices.Collect(maps.Keys(t.renames)), below) || slices.ContainsFunc(t.drops, below)
}

// fits says whether an operation takes an input as it is, down to the last member: what is
// written and read again must be the same.
func fits(service, operation string, in wire.Object) error {
	api, err := apiOf(service)
	if err != nil {
		return err
	}
	r, err := api.Request(operation, in)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	back, err := api.Decode(operation, r, body)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	if d := Compare(in, back); len(d) > 0 {
		return fmt.Errorf("%s does not take %s", operation, d[0].Path)
	}
	return nil
}

var apis struct {
	sync.Mutex
	all map[string]*wire.API
}

// apiOf returns the API of a service; making one takes a while.
func apiOf(service string) (*wire.API, error) {
	apis.Lock()
	defer apis.Unlock()
	if api := apis.all[service]; api != nil {
		return api, nil
	}
	api, err := wire.Load(service, wire.Observed{})
	if err != nil {
		return nil, err
	}
	if apis.all == nil {
		apis.all = map[string]*wire.API{}
	}
	apis.all[service] = api
	return api, nil
}
