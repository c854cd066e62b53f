package estate

import "testing"

func TestCompatible(t *testing.T) {
	for _, c := range []struct {
		conditions []string
		want       bool
	}{
		{nil, true},
		{[]string{"A is true", ""}, true},
		{[]string{"A is true", "B is false"}, true},
		{[]string{"A is true and B is true", "", "B is false"}, false},
		{[]string{"var.x is false", "var.x is true"}, false},
		{[]string{"odd", "odd"}, true},
	} {
		if got := Compatible(c.conditions...); got != c.want {
			t.Errorf("%q: %t", c.conditions, got)
		}
	}
}

func TestBoth(t *testing.T) {
	for _, c := range [][3]string{{"", "", ""}, {"A is true", "", "A is true"}, {"", "A is true", "A is true"}, {"A is true", "A is true", "A is true"}, {"A is true", "B is false", "A is true and B is false"}} {
		if got := Both(c[0], c[1]); got != c[2] {
			t.Errorf("%q and %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
