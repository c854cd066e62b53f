package fix

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
)

// Under returns the state of a resource whose slots have other keys and of which nothing else is
// different: what an update of it may lead to. keys are by slot; an empty one is AWS's default.
func Under(typ string, before wire.Object, keys map[string]string) (wire.Object, error) {
	r := recipeOf(typ)
	if r == nil {
		return nil, fmt.Errorf("no update of %s is known", typ)
	}
	state := before
	for _, slot := range slices.Sorted(maps.Keys(keys)) {
		var err error
		if state, err = r.Key(state, slot, keys[slot]); err != nil {
			return nil, err
		}
	}
	return state, nil
}
