package fix

import (
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
)

// Learned are the step's own answers that stand in its state where after has their names; nil: it
// is another state, or what stands there was there before the step.
func (s *Step) Learned(after, now wire.Object) wire.Object {
	answer := wire.Object{}
	s.bind(after, now, answer)
	filled, err := Answers{s.ID: answer}.Object(after)
	if err != nil || len(answer) == 0 || !Equal(filled, now) {
		return nil
	}
	return answer
}

// bind puts the values that stand in the places of own names into answer.
func (s *Step) bind(name, value any, answer wire.Object) {
	switch n := name.(type) {
	case string:
		v, ok := value.(string)
		if p := Pieces(n); ok && len(p) == 1 && p[0].Step == s.ID && v != "" && !slices.Contains(s.Learn.But, v) {
			put(answer, p[0].Path, v)
		}
	case wire.Object:
		if v, ok := value.(wire.Object); ok {
			for member := range n {
				s.bind(n[member], v[member], answer)
			}
		}
	case []any:
		if v, ok := value.([]any); ok && len(v) == len(n) {
			for i := range n {
				s.bind(n[i], v[i], answer)
			}
		}
	}
}

// More are the names in a list of what there is that were not there before.
func (l *Learn) More(listed wire.Object) (out []string) {
	for _, entry := range listed.Objects(l.Items) {
		if name := entry.Text(l.Name); name != "" && !slices.Contains(l.But, name) {
			out = append(out, name)
		}
	}
	return out
}
