package authz

import "strings"

// actionPattern is an entry of Action or NotAction. The service half is literal
// unless the whole entry is "*": IAM refuses wildcards there.
type actionPattern struct {
	any     bool
	token   bool   // could name any action that the loose pattern covers
	pattern string // in lower case, "service:name"
	literal bool
}

func newActionPattern(s string) actionPattern {
	if s == "*" {
		return actionPattern{any: true}
	}
	t := textRules{wild: true}.compile(strings.ToLower(s))
	if t.kind == textLoose {
		return actionPattern{token: true, pattern: t.loose}
	}
	service, name, ok := strings.Cut(s, ":")
	if !ok || strings.ContainsAny(service, "*?") {
		return actionPattern{literal: true} // covers nothing
	}
	switch t.kind {
	case textPrefix:
		return actionPattern{pattern: t.s + anyRunText}
	case textGlob:
		return actionPattern{pattern: t.s}
	}
	return actionPattern{pattern: strings.ToLower(service + ":" + name), literal: true}
}

func (p *actionPattern) match(action string) tri {
	switch {
	case p.any:
		return yes
	case p.literal:
		return truth(equalFold(p.pattern, action) && p.pattern != "")
	case globFold(p.pattern, action):
		if p.token {
			return maybe
		}
		return yes
	}
	return no
}

// actionSet is a statement's Action or NotAction element.
type actionSet struct {
	patterns []actionPattern
	not      bool
	// kmsYes and kmsMaybe are the KMS actions that the element covers, certainly and
	// perhaps.
	kmsYes, kmsMaybe kmsSet
}

func newActionSet(entries []string, not bool) actionSet {
	s := actionSet{not: not, patterns: make([]actionPattern, len(entries))}
	for i, entry := range entries {
		s.patterns[i] = newActionPattern(entry)
	}
	for _, p := range s.patterns {
		if i, ok := kmsIndexes[p.pattern]; ok && p.literal {
			s.kmsYes |= 1 << i
			continue
		}
		if !p.any && !p.token && !strings.HasPrefix(p.pattern, "kms:") {
			continue
		}
		for i, a := range kmsActions {
			switch p.match("kms:" + a.name) {
			case yes:
				s.kmsYes |= 1 << i
			case maybe:
				s.kmsMaybe |= 1 << i
			}
		}
	}
	if s.kmsMaybe &^= s.kmsYes; not {
		s.kmsYes = ^(s.kmsYes | s.kmsMaybe)
	}
	return s
}

// covers tells whether the request's action is in the element.
func (s *actionSet) covers(e *eval) tri {
	if i := e.kms; i >= 0 {
		switch {
		case s.kmsYes>>i&1 != 0:
			return yes
		case s.kmsMaybe>>i&1 != 0:
			return maybe
		}
		return no
	}
	result := no
	for i := range s.patterns {
		if result = max(result, s.patterns[i].match(e.req.Action)); result == yes {
			break
		}
	}
	if s.not {
		return result.not()
	}
	return result
}
