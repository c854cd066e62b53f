package symbolic

import "strings"

// unknownPart begins a part of a text that its source does not know.
const unknownPart = "${bedlock:"

// operand is a text of a policy with its variables, as far as they are known.
type operand struct {
	letters letters
	// never: a variable has no value, so the text matches nothing.
	never bool
	// open names what the text depends on and is not known; its letters are then
	// not to be used.
	open string
	// refs are the context keys that open depends on and that must have a value.
	refs []string
	// unknown: the text has parts that no request settles.
	unknown bool
}

// operand reads a text of a policy. wild: * and ? are wildcards; vars: ${…} is a
// variable. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (e *encoder) operand(s string, wild, vars bool) operand {
	var o operand
	for i := 0; i < len(s); {
		if strings.HasPrefix(s[i:], "${") {
			if end := closing(s, i); end > 0 && (vars || strings.HasPrefix(s[i:], unknownPart)) {
				e.reference(&o, s[i:end+1], s[i+2:end])
				i = end + 1
				continue
			}
		}
		if s[i] >= beyond {
			// Characters outside ASCII are not told apart here.
			o.open, o.unknown = s, true
		}
		o.letters = append(o.letters, letter{s[i], wild && (s[i] == '*' || s[i] == '?')})
		i++
	}
	if o.open != "" {
		o.open = s
	}
	return o
}

// closing finds the brace that ends the ${ at i; a default in quotes may contain
// one.
func closing(s string, i int) int {
	rest := s[i:]
	end := strings.IndexByte(rest, '}')
	if end < 0 {
		return 0
	}
	if quote := strings.IndexByte(rest[:end], '\''); quote >= 0 {
		if last := strings.Index(rest[quote+1:], "'}"); last >= 0 {
			end = quote + last + 2
		}
	}
	return i + end
}

// reference resolves one ${…} and appends what it stands for.
func (e *encoder) reference(o *operand, whole, inner string) {
	if strings.HasPrefix(whole, unknownPart) {
		o.open, o.unknown = whole, true
		return
	}
	if inner == "*" || inner == "?" || inner == "$" {
		o.letters = append(o.letters, letter{inner[0], false})
		return
	}
	name, rest, comma := strings.Cut(inner, ",")
	name = strings.ToLower(strings.TrimSpace(name))
	rest = strings.TrimSpace(rest)
	hasDefault := comma && len(rest) >= 2 && rest[0] == '\'' && rest[len(rest)-1] == '\''
	if comma && !hasDefault {
		name = strings.ToLower(inner)
	}
	val, known := e.fixed[name]
	e.used[name] = e.used[name] || known
	switch {
	case !known:
		o.open = whole
		e.needs[name] = true
		if !hasDefault {
			o.refs = append(o.refs, name)
		}
	case len(val.values) == 1:
		o.plain(val.values[0])
	case hasDefault:
		o.plain(rest[1 : len(rest)-1])
	default:
		o.never = true
	}
}

func (o *operand) plain(s string) {
	for i := 0; i < len(s); i++ {
		if s[i] >= beyond {
			o.open, o.unknown = s, true
		}
		o.letters = append(o.letters, letter{b: s[i]})
	}
}
