package estate

import (
	"slices"
	"strings"
)

// Compatible reports whether conditions of a source can hold together. Conditions are
// phrases such as "HasKey is true and Prod is false"; an empty one always holds.
func Compatible(conditions ...string) bool {
	var atoms []string
	for _, c := range conditions {
		for _, atom := range atomsOf(c) {
			if slices.Contains(atoms, opposite(atom)) {
				return false
			}
			atoms = append(atoms, atom)
		}
	}
	return true
}

// Both joins two conditions.
func Both(a, b string) string {
	if a == "" || b == "" || a == b {
		return firstText(a, b)
	}
	return a + " and " + b
}

// implies reports whether a condition certainly holds under another one.
func implies(under, condition string) bool {
	given := atomsOf(under)
	for _, atom := range atomsOf(condition) {
		if !slices.Contains(given, atom) {
			return false
		}
	}
	return true
}

func atomsOf(condition string) []string {
	if condition == "" {
		return nil
	}
	return strings.Split(condition, " and ")
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
