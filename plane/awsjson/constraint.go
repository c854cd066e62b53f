package awsjson

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/model"
)

// breach says which constraints a value violates, in the order in which they are reported.
type breach uint8

const (
	aboveMax breach = 1 << iota
	belowMin
	offPattern
	outsideEnum
)

// rules are the constraints of a shape. A text is empty where there is no constraint.
type rules struct {
	max, min *float64
	pattern  *matcher
	enum     []string
	// texts are those of the breaches, by the number of their bit.
	texts [4]string
}

// rules returns the constraints of a shape.
func (c *compiler) rules(sh *model.Shape) rules {
	r := rules{max: sh.Max, min: sh.Min, enum: sh.Enum}
	what := "Member must have length "
	if sh.Type.Number() {
		what = "Member must have value "
	}
	if r.max != nil {
		r.texts[0] = what + "less than or equal to " + formatBound(*r.max)
	}
	if r.min != nil {
		r.texts[1] = what + "greater than or equal to " + formatBound(*r.min)
	}
	if sh.Pattern != "" {
		re, err := compilePattern(sh.Pattern)
		if err != nil && !slices.Contains(c.unchecked, sh.Name) {
			c.unchecked = append(c.unchecked, sh.Name)
		}
		r.pattern = re
		r.texts[2] = "Member must satisfy regular expression pattern: " + sh.Pattern
	}
	if len(r.enum) > 0 {
		listed, ok := c.service.enums[sh.Name]
		if !ok {
			listed = r.enum
		}
		r.texts[3] = "Member must satisfy enum value set: [" + strings.Join(listed, ", ") + "]"
	}
	return r
}

func formatBound(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// size checks a number or a length.
func (r *rules) size(size float64) breach {
	var b breach
	if r.max != nil && size > *r.max {
		b |= aboveMax
	}
	if r.min != nil && size < *r.min {
		b |= belowMin
	}
	return b
}

// text checks a string.
func (r *rules) text(s []byte) breach {
	var b breach
	if r.max != nil || r.min != nil {
		b = r.size(float64(utf8.RuneCount(s)))
	}
	if r.pattern != nil && !r.pattern.match(s) {
		b |= offPattern
	}
	if _, ok := r.known(s); len(r.enum) > 0 && !ok {
		b |= outsideEnum
	}
	return b
}

// known returns the value of the enumeration that s is, without a copy of s.
func (r *rules) known(s []byte) (string, bool) {
	for _, value := range r.enum {
		if value == string(s) {
			return value, true
		}
	}
	return "", false
}

// every returns the texts of all constraints, as they stand for the entries of a list or a
// map.
func (r *rules) every() string {
	var out []string
	for _, text := range r.texts {
		if text != "" {
			out = append(out, text)
		}
	}
	return "[" + strings.Join(out, ", ") + "]"
}
