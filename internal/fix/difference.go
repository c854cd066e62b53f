package fix

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
)

// Difference is a member that two states have not in common. Values are not in it: they may be
// texts of prompts.
type Difference struct {
	Path string
	// Gone: the first has it and the second has not; New: the other way round; else the values
	// differ.
	Gone, New bool
}

// String says it in words.
func (d Difference) String() string {
	switch {
	case d.Gone:
		return d.Path + " is gone"
	case d.New:
		return d.Path + " is new"
	}
	return d.Path + " differs"
}

// Compare returns the differences of two states, sorted by path.
func Compare(a, b wire.Object) []Difference {
	switch {
	case a == nil && b == nil:
		return nil
	case b == nil:
		return []Difference{{Path: "all of it", Gone: true}}
	case a == nil:
		return []Difference{{Path: "all of it", New: true}}
	}
	return compareObjects("", a, b)
}

func compareObjects(at string, a, b wire.Object) (out []Difference) {
	names := slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for n := range maps.Keys(a) {
			if !yield(n) {
				return
			}
		}
		for n := range maps.Keys(b) {
			if !yield(n) {
				return
			}
		}
	}))
	for _, name := range names {
		path := name
		if at != "" {
			path = at + "." + name
		}
		x, inA := a[name]
		y, inB := b[name]
		switch {
		case !inB:
			out = append(out, Difference{Path: path, Gone: true})
		case !inA:
			out = append(out, Difference{Path: path, New: true})
		default:
			out = append(out, compareValues(path, x, y)...)
		}
	}
	return out
}

func compareValues(path string, a, b any) []Difference {
	switch x := a.(type) {
	case wire.Object:
		if y, ok := b.(wire.Object); ok {
			return compareObjects(path, x, y)
		}
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		var out []Difference
		for i := range x {
			out = append(out, compareValues(fmt.Sprintf("%s[%d]", path, i), x[i], y[i])...)
		}
		return out
	}
	if alike(a, b) {
		return nil
	}
	return []Difference{{Path: path}}
}

// alike says whether two values that are no structures and no lists of one length are the same: as
// they are, or as they are written.
func alike(a, b any) bool {
	switch a.(type) {
	case string, bool, int64, float64:
		if a == b {
			return true
		}
	}
	return Digest(wire.Object{"v": a}) == Digest(wire.Object{"v": b})
}
