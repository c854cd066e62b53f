package fix

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
)

// Under returns the state after a step that updates a resource of a type when slots have other keys
// and nothing else of it is different. keys are by slot; an empty one is AWS's default. Those of
// slots that the step is not about do not count.
func Under(typ string, s *Step, keys map[string]string) (wire.Object, error) {
	state, known := s.Before, false
	for _, slot := range slices.Sorted(maps.Keys(keys)) {
		r := recipeOf(typ, slot)
		if r == nil || !slices.Equal(r.State.Only, s.State.Only) {
			continue
		}
		known = true
		var err error
		if state, err = r.Key(state, slot, keys[slot]); err != nil {
			return nil, err
		}
	}
	if !known {
		return nil, fmt.Errorf("no update of %s is known", typ)
	}
	return state, nil
}
