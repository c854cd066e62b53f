package spec

import "strings"

// word is a part of a text of a policy: plain text, or a variable.
type word struct {
	text string
	// key is the context key of a variable; fallback its default value.
	key      string
	fallback *string
	// literal: wildcards in text are plain characters.
	literal bool
}

// words cuts a text at its variables: ${key}, ${key, 'default'}, and ${*}, ${?},
// ${$} for the characters themselves. Without Version 2012-10-17 there are none.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (e *evaluation) words(s string) (out []word) {
	for e.version == "2012-10-17" {
		before, rest, found := strings.Cut(s, "${")
		if !found {
			break
		}
		inner, after, closed := cutVariable(rest)
		if !closed {
			break
		}
		out = append(out, word{text: before})
		switch inner {
		case "*", "?", "$":
			out = append(out, word{text: inner, literal: true})
		default:
			v := word{key: inner}
			if key, quoted, ok := strings.Cut(inner, ", '"); ok && strings.HasSuffix(quoted, "'") {
				fallback := strings.TrimSuffix(quoted, "'")
				v.key, v.fallback = key, &fallback
			}
			out = append(out, v)
		}
		s = after
	}
	return append(out, word{text: s})
}

// cutVariable cuts at the closing brace; one inside the quotes of a default value
// does not close.
func cutVariable(s string) (inner, after string, ok bool) {
	quoted := false
	for i, c := range s {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == '}' && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return "", "", false
}

// value is what a variable stands for: the one value of its key, or its default.
// Keys with many values cannot be variables, and count as absent.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-wheretouse
func (e *evaluation) value(w word) (string, bool) {
	values := e.key(w.key)
	switch {
	case len(values) == 1 && !manyValued(w.key):
		return values[0], true
	case w.fallback != nil:
		return *w.fallback, true
	}
	return "", false
}

// expand writes a text with the values of its variables, wildcards being plain
// characters. The result is false when a variable has no value.
func (e *evaluation) expand(s string) (string, bool) {
	var b strings.Builder
	for _, w := range e.words(s) {
		if w.key == "" {
			b.WriteString(w.text)
			continue
		}
		v, ok := e.value(w)
		if !ok {
			return "", false
		}
		b.WriteString(v)
	}
	return b.String(), true
}

// pattern is expand for texts in which * and ? are wildcards, but not in what the
// variables stand for.
func (e *evaluation) pattern(s string) (out []piece, ok bool) {
	for _, w := range e.words(s) {
		switch {
		case w.key != "":
			v, ok := e.value(w)
			if !ok {
				return nil, false
			}
			out = append(out, piece{text: v})
		case w.literal:
			out = append(out, piece{text: w.text})
		default:
			out = append(out, wildcards(w.text)...)
		}
	}
	return out, true
}

// parts cuts an ARN of a policy at its first five colons, not counting those
// inside variables.
func (e *evaluation) parts(s string) []string {
	out, depth, start := []string{}, 0, 0
	for i := 0; i < len(s) && len(out) < 5; i++ {
		switch {
		case e.version == "2012-10-17" && strings.HasPrefix(s[i:], "${") && strings.Contains(s[i:], "}"):
			depth++
		case s[i] == '}' && depth > 0:
			depth--
		case s[i] == ':' && depth == 0:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}
