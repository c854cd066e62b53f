package symbolic

import (
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// charset is a set of characters: those of ASCII, and one, beyond, for all others.
// Patterns name characters of ASCII only (see [encoder.operand]), so the others
// cannot be told apart.
type charset [4]uint64

const beyond = utf8.RuneSelf

func (c *charset) add(b byte)      { c[b>>6] |= 1 << (b & 63) }
func (c *charset) remove(b byte)   { c[b>>6] &^= 1 << (b & 63) }
func (c *charset) has(b byte) bool { return c[b>>6]>>(b&63)&1 == 1 }

func (c *charset) size() int {
	return bits.OnesCount64(c[0]) + bits.OnesCount64(c[1]) + bits.OnesCount64(c[2]) + bits.OnesCount64(c[3])
}

var anyChar = charset{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

// chars returns the set of the given bytes; "a-z" stands for a range.
func chars(spec string) (c charset) {
	for i := 0; i < len(spec); i++ {
		if i+2 < len(spec) && spec[i+1] == '-' {
			for b := int(spec[i]); b <= int(spec[i+2]); b++ {
				c.add(byte(b))
			}
			i += 2
			continue
		}
		c.add(spec[i])
	}
	return c
}

func without(not string) charset {
	c := anyChar
	for i := 0; i < len(not); i++ {
		c.remove(not[i])
	}
	return c
}

// token is one character of a set, or any run of them.
type token struct {
	set  charset
	star bool
}

// pattern is a sequence of tokens: a wildcard text as an automaton whose states
// are the positions between its tokens.
type pattern struct {
	tokens []token
	// text is the only text that matches, when literal is set.
	text    string
	literal bool
	// stars are the positions of its runs, set by finish.
	stars []int
}

// finish completes a pattern; it must not grow afterwards.
func (p *pattern) finish() *pattern {
	p.stars = p.stars[:0]
	for i := range p.tokens {
		if p.tokens[i].star {
			p.stars = append(p.stars, i)
		}
	}
	return p
}

func (p *pattern) lit(s string) *pattern {
	for i := 0; i < len(s); i++ {
		var c charset
		c.add(s[i])
		p.tokens = append(p.tokens, token{set: c})
	}
	return p
}

func (p *pattern) one(c charset) *pattern {
	p.tokens = append(p.tokens, token{set: c})
	return p
}

// run appends any run of the set. Two runs of one set are one.
func (p *pattern) run(c charset) *pattern {
	if n := len(p.tokens); n == 0 || !p.tokens[n-1].star || p.tokens[n-1].set != c {
		p.tokens = append(p.tokens, token{set: c, star: true})
	}
	return p
}

func (p *pattern) times(n int, c charset) *pattern {
	for range n {
		p.one(c)
	}
	return p
}

func exact(s string) *pattern {
	p := (&pattern{tokens: make([]token, 0, len(s))}).lit(s)
	p.text, p.literal = s, true
	return p
}

// start is what all texts that match begin with.
func (p *pattern) start() string {
	if p.literal {
		return p.text
	}
	var b []byte
	for _, t := range p.tokens {
		at := slices.IndexFunc(t.set[:], func(x uint64) bool { return x != 0 })
		if t.star || t.set.size() != 1 {
			break
		}
		b = append(b, byte(at<<6+bits.TrailingZeros64(t.set[at])))
	}
	return string(b)
}

// everything matches every text.
func everything() *pattern { return (&pattern{}).run(anyChar) }

// letters is the text of a pattern after variables and escapes are resolved: a
// wildcard is kept apart from the character that looks like it.
type letters []letter

type letter struct {
	b    byte
	wild bool // b is '*' or '?' and stands for others
}

// plain returns the text when it has no wildcard.
func (l letters) plain() (string, bool) {
	var b strings.Builder
	for _, x := range l {
		if x.wild {
			return "", false
		}
		b.WriteByte(x.b)
	}
	return b.String(), true
}

func (l letters) like() *pattern { return l.in(anyChar) }

// in builds a pattern whose wildcards stay inside a set.
func (l letters) in(c charset) *pattern {
	if s, ok := l.plain(); ok {
		return exact(s)
	}
	p := &pattern{}
	for _, x := range l {
		p.letter(x, c)
	}
	return p
}

func (p *pattern) letter(x letter, c charset) {
	switch {
	case !x.wild:
		p.lit(string([]byte{x.b}))
	case x.b == '*':
		p.run(c)
	default:
		p.one(c)
	}
}

// fold matches the text without regard to the case of ASCII letters, and of no
// others.
func (l letters) fold() *pattern {
	p := &pattern{}
	for _, x := range l {
		if x.wild {
			p.letter(x, anyChar)
			continue
		}
		var c charset
		c.add(x.b)
		switch {
		case x.b >= 'a' && x.b <= 'z':
			c.add(x.b - 32)
		case x.b >= 'A' && x.b <= 'Z':
			c.add(x.b + 32)
		}
		p.one(c)
	}
	return p
}

// arn matches each of the six parts of an ARN by itself: wildcards do not cross
// the first five colons. It is nil for a text that matches no ARN: with fewer
// parts, unless it is "*", or with another first part. pad completes a text with
// fewer parts by wildcards, as IAM does for resources.
func (l letters) arn(pad bool) *pattern {
	if len(l) == 1 && l[0].wild && l[0].b == '*' {
		return arnShape()
	}
	parts := [][]letter{nil}
	for _, x := range l {
		if !x.wild && x.b == ':' && len(parts) < 6 {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], x)
	}
	if len(parts) < 6 && !pad || !letters(parts[0]).like().finish().matches("arn") {
		return nil
	}
	if s, ok := l.plain(); ok && len(parts) == 6 {
		return exact(s)
	}
	p := (&pattern{}).lit("arn")
	inPart := without(":")
	for i := 1; i < 6; i++ {
		p.lit(":")
		if i == 5 {
			inPart = anyChar
		}
		if i >= len(parts) {
			p.run(inPart)
			continue
		}
		for _, x := range parts[i] {
			p.letter(x, inPart)
		}
	}
	return p
}

// arnShape matches every ARN.
func arnShape() *pattern {
	p := (&pattern{}).lit("arn")
	for range 4 {
		p.lit(":").run(without(":"))
	}
	return p.lit(":").run(anyChar)
}

// state is a set of positions of one pattern.
type state []uint64

func (p *pattern) words() int { return len(p.tokens)/64 + 1 }

func (p *pattern) close(s state) {
	for _, i := range p.stars {
		if s[i>>6]>>(i&63)&1 == 1 {
			s[(i+1)>>6] |= 1 << ((i + 1) & 63)
		}
	}
}

// step writes to next the positions after reading b in s.
func (p *pattern) step(next, s state, b byte) {
	clear(next)
	for w, word := range s {
		for word != 0 {
			i := w<<6 + bits.TrailingZeros64(word)
			word &= word - 1
			if i == len(p.tokens) || !p.tokens[i].set.has(b) {
				continue
			}
			j := i + 1
			if p.tokens[i].star {
				j = i
			}
			next[j>>6] |= 1 << (j & 63)
		}
	}
	p.close(next)
}

func (p *pattern) accepts(s state) bool {
	n := len(p.tokens)
	return s[n>>6]>>(n&63)&1 == 1
}

// always reports whether every continuation of s is accepted.
func (p *pattern) always(s state) bool {
	i := len(p.tokens) - 1
	return i >= 0 && p.tokens[i].star && p.tokens[i].set == anyChar && s[i>>6]>>(i&63)&1 == 1
}

func (p *pattern) matches(text string) bool {
	if p.literal {
		return p.text == text
	}
	n := p.words()
	s, next := make(state, n), make(state, n)
	s[0] = 1
	p.close(s)
	for _, r := range text {
		if r >= utf8.RuneSelf {
			r = beyond
		}
		p.step(next, s, byte(r))
		s, next = next, s
	}
	return p.accepts(s)
}

// key identifies the language of the pattern.
func (p *pattern) key() string {
	var b strings.Builder
	for _, t := range p.tokens {
		if n := t.set.size(); n == 1 && !t.star {
			for w, x := range t.set {
				if x != 0 {
					b.WriteByte('=')
					b.WriteByte(byte(w<<6 + bits.TrailingZeros64(x)))
				}
			}
			continue
		}
		b.WriteByte('[')
		for _, x := range t.set {
			for k := 0; k < 64; k += 8 {
				b.WriteByte(byte(x >> k))
			}
		}
		if t.star {
			b.WriteByte('*')
		}
	}
	return b.String()
}

// String returns the text as it would be written, without escapes.
func (l letters) String() string {
	b := make([]byte, 0, len(l))
	for _, x := range l {
		b = append(b, x.b)
	}
	return string(b)
}
