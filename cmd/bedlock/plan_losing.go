package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
)

// planLosing writes who would lose the use of what, by user or role.
func planLosing(b *strings.Builder, p *fix.Plan) {
	type loss struct{ what, lacks []string }
	by, order, more := map[string]*loss{}, []string{}, 0
	for i := range p.Subjects {
		s := &p.Subjects[i]
		more = max(more, s.LosingMore)
		for _, l := range s.Losing {
			one := by[l.Who]
			if one == nil {
				one = &loss{}
				by[l.Who], order = one, append(order, l.Who)
			}
			what := fmt.Sprintf("%s of %s", l.Calls, s.Title)
			if l.Depends {
				what += ", which depends on the request"
			}
			one.what = append(one.what, what)
			for _, action := range l.Lacks {
				if !slices.Contains(one.lacks, action) {
					one.lacks = append(one.lacks, action)
				}
			}
		}
	}
	if len(order) == 0 {
		return
	}
	fmt.Fprintln(b, "\nWould lose what works now")
	slices.Sort(order)
	for _, who := range order {
		fmt.Fprintf(b, "  %s\n", who)
		for _, what := range by[who].what {
			fmt.Fprintf(b, "      %s\n", what)
		}
		fmt.Fprintf(b, "      lacks %s\n", strings.Join(by[who].lacks, ", "))
	}
	if more > 0 {
		fmt.Fprintf(b, "  and up to %d more\n", more)
	}
	fmt.Fprint(b, "  --caller ARN lets one in, --caller auto all of them that can be given a policy;\n  --without ARN says that one is to do without\n")
}
