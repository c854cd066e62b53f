package policy

import "strings"

// Match reports whether a text matches a pattern in which * stands for any run of
// characters, also none, and ? for exactly one. It takes time proportional to the
// product of the lengths at worst, whatever the pattern.
func Match(pattern, text string) bool {
	p, t := 0, 0
	star, mark := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == text[t] || pattern[p] == '?'):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// Common returns a text that both of two patterns match; ok is false when there is none.
func Common(a, b string) (text string, ok bool) {
	x, y := []byte(a), []byte(b)
	dead := make([]bool, (len(x)+1)*(len(y)+1))
	out := make([]byte, 0, max(len(x), len(y)))
	var from func(i, j int) bool
	from = func(i, j int) bool {
		state := i*(len(y)+1) + j
		if dead[state] {
			return false
		}
		found := false
		switch {
		case i < len(x) && x[i] == '*':
			found = from(i+1, j) || j < len(y) && swallow(&out, y[j], func() bool { return from(i, j+1) })
		case j < len(y) && y[j] == '*':
			found = from(i, j+1) || i < len(x) && swallow(&out, x[i], func() bool { return from(i+1, j) })
		case i == len(x) || j == len(y):
			found = i == len(x) && j == len(y)
		case x[i] == '?':
			found = swallow(&out, y[j], func() bool { return from(i+1, j+1) })
		case y[j] == '?' || x[i] == y[j]:
			found = swallow(&out, x[i], func() bool { return from(i+1, j+1) })
		}
		dead[state] = !found
		return found
	}
	ok = from(0, 0)
	return string(out), ok
}

// swallow puts what a pattern has in one place into the text, if the rest goes on.
func swallow(out *[]byte, c byte, rest func() bool) bool {
	n := len(*out)
	switch c {
	case '*':
	case '?':
		*out = append(*out, 'x')
	default:
		*out = append(*out, c)
	}
	if rest() {
		return true
	}
	*out = (*out)[:n]
	return false
}

// MatchAction reports whether an action pattern of a statement covers an action,
// both "service:Name", without regard to case. The service half of a pattern is
// literal unless the whole pattern is "*", as IAM refuses wildcards there.
func MatchAction(pattern, action string) bool {
	if pattern == "*" {
		return true
	}
	pattern, action = strings.ToLower(pattern), strings.ToLower(action)
	pService, pName, ok1 := strings.Cut(pattern, ":")
	aService, aName, ok2 := strings.Cut(action, ":")
	return ok1 && ok2 && pService == aService && Match(pName, aName)
}

// Covers reports whether the statement's Action or NotAction element covers the
// action. A statement without either covers nothing.
func (s *Statement) Covers(action string) bool {
	for _, p := range s.Actions {
		if MatchAction(p, action) {
			return true
		}
	}
	if s.NotActions == nil {
		return false
	}
	for _, p := range s.NotActions {
		if MatchAction(p, action) {
			return false
		}
	}
	return true
}

// Touches reports whether the statement covers any action at all of a service,
// such as "kms". For NotAction it is true unless the whole service is left out.
func (s *Statement) Touches(service string) bool {
	for _, p := range s.Actions {
		prefix, name, ok := strings.Cut(p, ":")
		if p == "*" || ok && name != "" && strings.EqualFold(prefix, service) {
			return true
		}
	}
	if s.NotActions == nil {
		return false
	}
	for _, p := range s.NotActions {
		if p == "*" || strings.EqualFold(p, service+":*") {
			return false
		}
	}
	return true
}
