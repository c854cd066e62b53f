package shape

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/model"
)

// Breach says which constraints a value violates.
type Breach uint8

const (
	aboveMax Breach = 1 << iota
	belowMin
	offPattern
	outsideEnum
)

// rules are the constraints of a shape.
type rules struct {
	max, min *float64
	pattern  *matcher
	enum     []string
	// texts are those of the constraints, in the order in which they are reported.
	texts []constraintText
	// wording is that of [Observed.Wordings].
	wording  string
	discreet bool
}

type constraintText struct {
	breach Breach
	text   string
}

// rules returns the constraints of a shape.
func (c *compiler) rules(sh *model.Shape) rules {
	r := rules{max: sh.Max, min: sh.Min, enum: sh.Enum, wording: c.api.seen.Wordings[sh.Name], discreet: c.api.seen.Discreet}
	say := func(b Breach, text string) { r.texts = append(r.texts, constraintText{b, text}) }
	what := "Member must have length "
	if sh.Type.Number() {
		what = "Member must have value "
	}
	if r.max != nil {
		say(aboveMax, what+"less than or equal to "+formatBound(*r.max))
	}
	if r.min != nil {
		say(belowMin, what+"greater than or equal to "+formatBound(*r.min))
	}
	if sh.Pattern != "" {
		re, err := compilePattern(sh.Pattern)
		if err != nil && !slices.Contains(c.plan.Unchecked, sh.Name) {
			c.plan.Unchecked = append(c.plan.Unchecked, sh.Name)
		}
		r.pattern = re
		say(offPattern, "Member must satisfy regular expression pattern: "+sh.Pattern)
		if last := len(r.texts) - 1; c.api.seen.PatternFirst {
			r.texts = slices.Insert(r.texts[:last:last], 0, r.texts[last])
		}
	}
	if len(r.enum) > 0 {
		say(outsideEnum, "Member must satisfy enum value set: ["+strings.Join(c.api.Listed(sh), ", ")+"]")
	}
	return r
}

func formatBound(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// CheckSize checks a number or a length.
func (n *Node) CheckSize(size float64) Breach {
	var b Breach
	if n.rules.max != nil && size > *n.rules.max {
		b |= aboveMax
	}
	if n.rules.min != nil && size < *n.rules.min {
		b |= belowMin
	}
	return b
}

// CheckText checks a string.
func (n *Node) CheckText(s []byte) Breach {
	var b Breach
	if n.rules.max != nil || n.rules.min != nil {
		b = n.CheckSize(float64(utf8.RuneCount(s)))
	}
	if n.rules.pattern != nil && !n.rules.pattern.match(s) {
		b |= offPattern
	}
	if _, ok := n.Known(s); len(n.rules.enum) > 0 && !ok {
		b |= outsideEnum
	}
	return b
}

// Known returns the value of the enumeration that s is, without a copy of s.
func (n *Node) Known(s []byte) (string, bool) {
	for _, value := range n.rules.enum {
		if value == string(s) {
			return value, true
		}
	}
	return "", false
}

// every returns the texts of all constraints, as they stand for the entries of a list or a
// map.
func (r *rules) every() string {
	out := make([]string, len(r.texts))
	for i, t := range r.texts {
		out[i] = t.text
	}
	return "[" + strings.Join(out, ", ") + "]"
}
