package authz

import (
	"strings"
	"unicode/utf8"
)

// tokenStart begins a token of the inventory: a part of a text that its source
// does not know.
const (
	tokenStart   = "${bedlock:"
	unknownToken = "${bedlock:unknown:"
)

type textKind uint8

const (
	textLiteral  textKind = iota + 1 // equal to s
	textAny                          // anything
	textPrefix                       // begins with s
	textGlob                         // matches the pattern s
	textTemplate                     // segments, some of them variables
	textLoose                        // has tokens: s with them as texts, loose with them as wildcards
)

// text is a string of a policy, prepared for matching.
type text struct {
	kind     textKind
	s, loose string
	segments []segment
	// sure is false when a token of the text may stand for several things, so that
	// equal texts need not be equal.
	sure bool
}

type segmentKind uint8

const (
	segmentText     segmentKind = iota + 1 // a compiled pattern
	segmentVariable                        // the value of a context key
	segmentToken                           // not known
)

type segment struct {
	kind       segmentKind
	s          string // pattern, token, or default
	key        contextKey
	hasDefault bool
}

// textRules says what has a meaning in a text.
type textRules struct {
	wild bool      // * and ? are wildcards
	vars variables // ${…} is a variable
}

// variables says how a document treats ${…}.
type variables uint8

const (
	varsLiteral variables = iota // Version 2008-10-17: ordinary text
	varsExpand                   // Version 2012-10-17
	varsUnknown                  // the Version is not known
)

// segments splits a string of a policy. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (r textRules) segments(s string) []segment {
	var out []segment
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, segment{kind: segmentText, s: b.String()})
			b.Reset()
		}
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c == '$' && i+1 < len(s) && s[i+1] == '{' {
			if end := closing(s, i); end > 0 && (r.vars != varsLiteral || strings.HasPrefix(s[i:], tokenStart)) {
				inner := s[i+2 : end]
				switch {
				case strings.HasPrefix(s[i:], tokenStart), r.vars == varsUnknown:
					flush()
					out = append(out, segment{kind: segmentToken, s: s[i : end+1]})
				case inner == "*" || inner == "?" || inner == "$":
					b.WriteString(inner)
				default:
					flush()
					out = append(out, variable(inner))
				}
				i = end + 1
				continue
			}
		}
		switch {
		case r.wild && c == '*':
			c = anyRun
		case r.wild && c == '?':
			c = anyChar
		}
		b.WriteByte(c)
		i++
	}
	flush()
	return out
}

// closing finds the brace that ends the ${ at i; a default value in quotes may
// contain one. The result is 0 when there is none.
func closing(s string, i int) int {
	end := strings.IndexByte(s[i:], '}')
	if end < 0 {
		return 0
	}
	if quote := strings.IndexByte(s[i:i+end], '\''); quote >= 0 {
		if last := strings.Index(s[i+quote+1:], "'}"); last >= 0 {
			return i + quote + 1 + last + 1
		}
	}
	return i + end
}

// variable reads "key" or "key, 'default'".
func variable(inner string) segment {
	if name, rest, ok := strings.Cut(inner, ", '"); ok && strings.HasSuffix(rest, "'") {
		return segment{kind: segmentVariable, key: newContextKey(name), s: rest[:len(rest)-1], hasDefault: true}
	}
	return segment{kind: segmentVariable, key: newContextKey(inner)}
}

// compile prepares a string of a policy.
func (r textRules) compile(s string) text {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	segments := r.segments(s)
	tokens, vars := false, false
	for _, g := range segments {
		tokens = tokens || g.kind == segmentToken
		vars = vars || g.kind == segmentVariable
	}
	switch {
	case vars:
		return text{kind: textTemplate, segments: segments}
	case tokens:
		return looseText(segments)
	case len(segments) == 0:
		return text{kind: textLiteral}
	}
	return plainText(segments[0].s)
}

func plainText(s string) text {
	first := len(s)
	for i := range len(s) {
		if s[i] >= anyChar {
			first = i
			break
		}
	}
	switch {
	case first == len(s):
		return text{kind: textLiteral, s: s}
	case s == anyRunText:
		return text{kind: textAny}
	case first == len(s)-1 && s[first] == anyRun:
		return text{kind: textPrefix, s: s[:first]}
	}
	return text{kind: textGlob, s: s}
}

func looseText(segments []segment) text {
	t := text{kind: textLoose, sure: true}
	var exact, loose []byte
	for _, g := range segments {
		exact = append(exact, g.s...)
		if g.kind == segmentToken {
			loose = append(loose, anyRun)
			t.sure = t.sure && !strings.HasPrefix(g.s, unknownToken)
		} else {
			loose = append(loose, g.s...)
		}
	}
	t.s, t.loose = string(exact), string(loose)
	return t
}

// match compares a text of the policy with a text of the request.
func (e *eval) match(t *text, value string) tri {
	switch t.kind {
	case textLiteral:
		if t.s == value {
			return yes
		}
		return vague(t.s, value)
	case textAny:
		return yes
	case textPrefix:
		if strings.HasPrefix(value, t.s) {
			return yes
		}
		if !hasToken(value) {
			return no
		}
		return vague(t.s+anyRunText, value)
	case textGlob:
		if glob(t.s, value) {
			return yes
		}
		return vague(t.s, value)
	case textTemplate:
		return e.matchTemplate(t, value)
	case textLoose:
		if t.sure && glob(t.s, value) {
			return yes
		}
		if glob(t.loose, value) {
			return maybe
		}
		return vague(t.loose, value)
	}
	return no
}

// vague is the answer for a text of the request that did not match a pattern: it
// may, when it has tokens and could be what the pattern says.
func vague(pattern, value string) tri {
	if !hasToken(value) {
		return no
	}
	return min(maybe, truth(meet(pattern, looseText((textRules{}).segments(value)).loose)))
}

// meet reports whether some text may match both patterns; one character counts
// like a run, as its number of bytes is open.
func meet(p, q string) bool {
	row := make([]bool, len(q)+1)
	row[0] = true
	for j := range len(q) {
		row[j+1] = row[j] && q[j] >= anyChar
	}
	for i := range len(p) {
		diagonal := row[0]
		row[0] = row[0] && p[i] >= anyChar
		for j := range len(q) {
			above := row[j+1]
			if p[i] >= anyChar || q[j] >= anyChar {
				row[j+1] = above || row[j]
			} else {
				row[j+1] = diagonal && p[i] == q[j]
			}
			diagonal = above
		}
	}
	return row[len(q)]
}

func hasToken(s string) bool {
	return strings.IndexByte(s, '$') >= 0 && strings.Contains(s, tokenStart)
}

func (e *eval) matchTemplate(t *text, value string) tri {
	var buf [256]byte
	pattern, known := e.expand(buf[:0], t.segments, len(value))
	switch {
	case known == no || !glob(pattern, value):
		return no
	case known == maybe:
		return maybe
	}
	return yes
}

// expand writes the pattern that a template stands for. The second result is no
// when a variable has no value, or when the values of variables alone are longer
// than the limit, so that no text of that length matches; maybe when the pattern
// has wildcards for what is not known.
func (e *eval) expand(b []byte, segments []segment, limit int) ([]byte, tri) {
	known := yes
	for i := range segments {
		g := &segments[i]
		switch g.kind {
		case segmentText:
			b = append(b, g.s...)
		case segmentToken:
			b, known = append(b, anyRun), min(known, maybe)
		case segmentVariable:
			v, state := e.one(&g.key)
			switch {
			case state == keyUnknown:
				b, known = append(b, anyRun), min(known, maybe)
			case state == keyPresent:
				if limit -= len(v); limit < 0 {
					return b, no
				}
				b = appendPlain(b, v)
			case g.hasDefault:
				b = append(b, g.s...)
			default:
				known = no
			}
		}
	}
	return b, known
}

// appendPlain appends a text of the request, in which nothing is a wildcard.
func appendPlain(b []byte, s string) []byte {
	start := len(b)
	b = append(b, s...)
	for i := start; i < len(b); i++ {
		if b[i] >= anyChar {
			b[i] = anyChar - 1
		}
	}
	return b
}
