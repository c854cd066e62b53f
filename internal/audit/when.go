package audit

import (
	"slices"
	"strings"
)

// compatible reports whether several conditions can hold together. Conditions are
// phrases such as "HasKey is true and Prod is false"; an empty one always holds.
func compatible(conditions ...string) bool {
	var atoms []string
	for _, c := range conditions {
		if c == "" {
			continue
		}
		for _, atom := range strings.Split(c, " and ") {
			if slices.Contains(atoms, opposite(atom)) {
				return false
			}
			atoms = append(atoms, atom)
		}
	}
	return true
}

// both joins two conditions.
func both(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " and " + b
}

func opposite(atom string) string {
	if s, ok := strings.CutSuffix(atom, " is true"); ok {
		return s + " is false"
	}
	if s, ok := strings.CutSuffix(atom, " is false"); ok {
		return s + " is true"
	}
	return ""
}
