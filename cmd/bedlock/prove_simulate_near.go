package main

import (
	"github.com/bedlock/bedlock/policy/explain"
	"github.com/bedlock/bedlock/policy/simulate"
)

// near is a statement or grant that would match if the request had some context
// keys.
type near struct {
	ground
	Absent []string `json:"absent"`
}

// nearMisses finds which statements and grants lack the context keys that the
// decision names.
func (s *origins) nearMisses(c *simulate.Case, absent []string) (all []near) {
	for _, m := range explain.Near(&c.Request, &c.Layers, absent) {
		all = append(all, near{ground: s.ground(&c.Layers, m.Reason), Absent: m.Absent})
	}
	return all
}
