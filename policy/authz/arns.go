package authz

import "strings"

type arnKind uint8

const (
	arnNever   arnKind = iota + 1 // no ARN matches
	arnAny                        // the pattern is *
	arnLiteral                    // equal to the text
	arnParts                      // six parts, matched one by one
	arnExpand                     // has variables: expanded, then matched by parts
	arnLoose                      // one text with tokens, whose parts are not known
)

// arnPattern is a pattern of an ARN. Wildcards stay inside their part; the last
// part may contain colons. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
type arnPattern struct {
	kind  arnKind
	text  text
	parts *[6]text
}

// resourceARN compiles an entry of Resource. An ARN with fewer parts is completed
// by wildcards, as
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
// says; variables may stand in the last part only.
func resourceARN(s string, vars variables) arnPattern {
	return compileARN(s, vars, true)
}

// conditionARN compiles a value of ArnLike and ArnEquals.
func conditionARN(s string, vars variables) arnPattern {
	return compileARN(s, vars, false)
}

func compileARN(s string, vars variables, resource bool) arnPattern {
	rules := textRules{wild: true, vars: vars}
	t := rules.compile(s)
	switch t.kind {
	case textAny:
		return arnPattern{kind: arnAny}
	case textLiteral:
		if strings.Count(s, ":") >= 5 {
			return arnPattern{kind: arnLiteral, text: t}
		}
	}
	parts, n := splitARN(s, true)
	if t.kind == textTemplate {
		for _, part := range parts[:5] {
			if resource && rules.compile(part).kind == textTemplate {
				return arnPattern{kind: arnNever}
			}
		}
		return arnPattern{kind: arnExpand, text: t}
	}
	if n < 6 {
		switch {
		case t.kind == textLoose:
			return arnPattern{kind: arnLoose, text: t}
		case !resource:
			return arnPattern{kind: arnNever}
		}
		for i := n; i < 6; i++ {
			parts[i] = "*"
		}
	}
	p := arnPattern{kind: arnParts, parts: new([6]text), text: t}
	for i, part := range parts {
		p.parts[i] = rules.compile(part)
	}
	return p
}

// splitARN cuts an ARN at its first five colons and returns the number of parts.
// Colons inside ${…} do not count; with every set, inside any, else inside tokens.
func splitARN(s string, every bool) (parts [6]string, n int) {
	mark := tokenStart
	if every {
		mark = "${"
	}
	braces := strings.Contains(s, mark)
	start := 0
	for i := 0; i < len(s) && n < 5; i++ {
		switch {
		case braces && s[i] == '$' && strings.HasPrefix(s[i:], mark):
			if end := closing(s, i); end > 0 {
				i = end
			}
		case s[i] == ':':
			parts[n] = s[start:i]
			n++
			start = i + 1
		}
	}
	parts[n] = s[start:]
	return parts, n + 1
}

// subject is an ARN of the request, split once.
type subject struct {
	arn   string
	parts [6]string
	// proper: it has six parts and begins with "arn"; tokens: parts are not known.
	proper, tokens bool
}

func newSubject(arn string) subject {
	parts, n := splitARN(arn, false)
	return subject{arn, parts, n == 6 && parts[0] == "arn", hasToken(arn)}
}

// matchARN compares a pattern with an ARN of the request. What is no ARN is
// matched by no pattern here.
func (e *eval) matchARN(p *arnPattern, s *subject) tri {
	switch p.kind {
	case arnAny:
		return yes
	case arnLiteral:
		if p.text.s == s.arn {
			return yes
		}
		if !s.tokens {
			return no
		}
		return vague(p.text.s, s.arn)
	case arnParts:
		return e.matchParts(p.parts, s)
	case arnExpand:
		return e.matchExpanded(p, s)
	case arnLoose:
		return e.match(&p.text, s.arn)
	}
	return no
}

func (e *eval) matchParts(p *[6]text, s *subject) tri {
	if !s.proper {
		return no
	}
	result := yes
	for i := 5; i >= 0; i-- { // the resource part is the most telling
		if result = min(result, e.match(&p[i], s.parts[i])); result == no {
			return no
		}
	}
	return result
}

func (e *eval) matchExpanded(p *arnPattern, s *subject) tri {
	var buf [256]byte
	pattern, known := e.expand(buf[:0], p.text.segments, len(s.arn))
	switch {
	case known == no:
		return no
	case known == maybe: // what is not known may contain colons
		if glob(pattern, s.arn) {
			return maybe
		}
		return no
	case !s.proper:
		return no
	}
	for i := range 6 {
		part := pattern
		if i < 5 {
			end := 0
			for end < len(pattern) && pattern[end] != ':' {
				end++
			}
			if end == len(pattern) {
				return no
			}
			part, pattern = pattern[:end], pattern[end+1:]
		}
		if !glob(part, s.parts[i]) {
			return no
		}
	}
	return yes
}
