package workload

import (
	"fmt"
	"strings"
)

// Choice is the key that counts, with where it was named.
type Choice struct {
	To string
	// By says who named it: the flag, the variable of the environment, or the file.
	By string
	// Instead says which others were named and do not count; empty: none that differs.
	Instead string
}

// Choose takes the key from the flag, else from the environment, else from the file. An empty text
// names none. environment is the value of the variable that the profile names.
func (p *Profile) Choose(flag, environment string) Choice {
	named := []struct{ by, to string }{
		{"--to", flag},
		{p.Key.Environment, environment},
		{p.file, p.Key.To},
	}
	var out Choice
	var others []string
	for _, n := range named {
		switch {
		case n.to == "" || n.by == "":
		case out.To == "":
			out.To, out.By = n.to, n.by
		case n.to != out.To:
			others = append(others, n.by+" names "+n.to)
		}
	}
	if len(others) > 0 {
		out.Instead = fmt.Sprintf("the key is %s, named by %s; %s, which does not count", out.To, out.By, strings.Join(others, " and "))
	}
	return out
}
