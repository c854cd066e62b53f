package shape

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// matcher is a compiled pattern. Most patterns of AWS are one class of characters, often
// for long values; those are matched without a regular expression, which is made when it is
// needed: a model has hundreds, and most operations are never called.
type matcher struct {
	class *class
	re    func() *regexp.Regexp
}

// compilePattern returns a matcher for the values that a Java pattern matches as a whole.
// It fails for what RE2 does not have (lookaround, back references, possessive
// quantifiers, more than 1,000 repetitions), for classes of classes, and for Java's names
// of characters that are not known here.
func compilePattern(java string) (*matcher, error) {
	re2, err := translate(java)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", java, err)
	}
	whole := `\A(?:` + re2 + `)\z`
	if _, err := syntax.Parse(whole, syntax.Perl); err != nil { // all that regexp.Compile can fail for
		return nil, fmt.Errorf("pattern %q: %w", java, err)
	}
	return &matcher{class: classOf(re2), re: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(whole) })}, nil
}

func (m *matcher) match(s []byte) bool {
	if m.class != nil {
		return m.class.match(s)
	}
	return m.re().Match(s)
}

// class is any number of certain characters, or at least one.
type class struct {
	ascii [2]uint64
	// ranges are pairs of first and last, ascending.
	ranges []rune
	empty  bool // matches the empty string
}

// classOf returns the class that a pattern is, or nil.
func classOf(re2 string) *class {
	re, err := syntax.Parse(re2, syntax.Perl)
	if err != nil {
		return nil
	}
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = slices.DeleteFunc(re.Sub, func(p *syntax.Regexp) bool {
			return p.Op == syntax.OpBeginText || p.Op == syntax.OpEndText
		})
	}
	if len(parts) != 1 || parts[0].Op != syntax.OpPlus && parts[0].Op != syntax.OpStar {
		return nil
	}
	of := parts[0].Sub[0]
	if of.Op != syntax.OpCharClass {
		return nil
	}
	c := &class{ranges: of.Rune, empty: parts[0].Op == syntax.OpStar}
	for r := range rune(utf8.RuneSelf) {
		if c.has(r) {
			c.ascii[r/64] |= 1 << (r % 64)
		}
	}
	return c
}

func (c *class) has(r rune) bool {
	for i := 0; i < len(c.ranges) && c.ranges[i] <= r; i += 2 {
		if r <= c.ranges[i+1] {
			return true
		}
	}
	return false
}

func (c *class) match(s []byte) bool {
	if len(s) == 0 {
		return c.empty
	}
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf {
			if c.ascii[b/64]&(1<<(b%64)) == 0 {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if !c.has(r) {
			return false
		}
		i += n
	}
	return true
}

// javaClasses are the named classes of java.util.regex.Pattern that RE2 lacks or
// understands otherwise, as the inside of a class. \w and \d are ASCII in both.
var javaClasses = [...]struct{ java, inside string }{
	{`\s`, `\t\n\x0B\f\r `},
	{`\S`, `\x00-\x08\x0E-\x1F!-\x{10FFFF}`},
	{`\p{ASCII}`, `\x00-\x7F`},
	{`\p{Alnum}`, `0-9A-Za-z`},
	{`\p{Alpha}`, `A-Za-z`},
	{`\p{Blank}`, `\t `},
	{`\p{Cntrl}`, `\x00-\x1F\x7F`},
	{`\p{Digit}`, `0-9`},
	{`\p{Graph}`, `!-~`},
	{`\p{Lower}`, `a-z`},
	{`\p{Print}`, ` -~`},
	{`\p{Punct}`, `!-/:-@\[-` + "`" + `{-~`},
	{`\p{Space}`, `\t\n\x0B\f\r `},
	{`\p{Upper}`, `A-Z`},
	{`\p{XDigit}`, `0-9A-Fa-f`},
}

// notLineEnd is what Java's dot matches.
const notLineEnd = `[^\n\r\x{85}\x{2028}\x{2029}]`

func translate(java string) (string, error) {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(java); {
		rest := java[i:]
		switch c := rest[0]; {
		case c == '\\':
			n, err := translateEscape(&b, rest, inClass)
			if err != nil {
				return "", err
			}
			i += n
			continue
		case inClass && (c == '[' || strings.HasPrefix(rest, "&&")):
			return "", fmt.Errorf("class within a class at %d", i)
		case inClass && c == ']':
			inClass = false
			b.WriteByte(c)
		case !inClass && c == '[':
			inClass = true
			b.WriteByte(c)
		case !inClass && c == '.':
			b.WriteString(notLineEnd)
		default:
			b.WriteByte(c)
		}
		i++
	}
	return b.String(), nil
}

// translateEscape writes the escape at the start of rest and returns its length.
func translateEscape(b *strings.Builder, rest string, inClass bool) (int, error) {
	for _, c := range javaClasses {
		if !strings.HasPrefix(rest, c.java) {
			continue
		}
		if inClass {
			b.WriteString(c.inside)
		} else {
			b.WriteString("[" + c.inside + "]")
		}
		return len(c.java), nil
	}
	switch {
	case strings.HasPrefix(rest, `\u`):
		r, n, ok := unicodeEscape(rest)
		if !ok {
			return 0, errors.New(`no character in \u`)
		}
		fmt.Fprintf(b, `\x{%X}`, r)
		return n, nil
	case len(rest) < 2:
		return 0, errors.New("escape of nothing")
	case rest[1] == '_' || rest[1] == '<' || rest[1] == '>' || rest[1] == '"' || rest[1] == '\'':
		b.WriteByte(rest[1]) // Java lets any character be escaped that is no letter
		return 2, nil
	}
	b.WriteString(rest[:2])
	return 2, nil
}

// unicodeEscape reads \uXXXX, or two of them that are a surrogate pair, and returns the
// length.
func unicodeEscape(rest string) (r rune, n int, ok bool) {
	first, ok := hexEscape(rest)
	if !ok || !utf16.IsSurrogate(first) {
		return first, 6, ok
	}
	second, ok := hexEscape(rest[6:])
	r = utf16.DecodeRune(first, second)
	return r, 12, ok && r != utf8.RuneError
}

func hexEscape(s string) (rune, bool) {
	if len(s) < 6 || !strings.HasPrefix(s, `\u`) {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 32)
	return rune(n), err == nil
}
