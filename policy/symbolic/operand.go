package symbolic

import "strings"

// unknownPart begins a part of a text that its source does not know.
const unknownPart = "${bedlock:"

// operand is a text of a policy with its variables, as far as they are known.
type operand struct {
	letters letters
	// never: a variable has no value, so the text matches nothing.
	never bool
	// open names what the text depends on and is not known; the letters then have
	// wildcards in its place, so that they match too much.
	open string
	// optional are the keys among those that it depends on that have a default.
	optional []string
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
	canon := make([]byte, 0, len(s)) // equal for texts that differ in the spelling of keys only
	for i := 0; i < len(s); {
		if strings.HasPrefix(s[i:], "${") {
			if end := closing(s, i); end > 0 && (vars || strings.HasPrefix(s[i:], unknownPart)) {
				canon = append(canon, e.reference(&o, s[i:end+1], s[i+2:end])...)
				i = end + 1
				continue
			}
		}
		canon = append(canon, s[i])
		if s[i] >= beyond {
			// Characters outside ASCII are not told apart here.
			o.doubt(s)
			i++
			continue
		}
		o.letters = append(o.letters, letter{s[i], wild && (s[i] == '*' || s[i] == '?')})
		i++
	}
	if o.open != "" {
		o.open = string(canon)
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

// reference resolves one ${…} and appends what it stands for. It returns how to
// write it so that equal references are written alike.
func (e *encoder) reference(o *operand, whole, inner string) string {
	if strings.HasPrefix(whole, unknownPart) {
		o.doubt(whole)
		return whole
	}
	if inner == "*" || inner == "?" || inner == "$" {
		o.letters = append(o.letters, letter{inner[0], false})
		return whole
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
		o.letters = append(o.letters, letter{'*', true})
		e.needs[name] = true
		if !hasDefault || e.assumed[name] {
			o.refs = append(o.refs, name)
		} else {
			o.optional = append(o.optional, name)
		}
		return "${" + name + "}"
	case len(val.values) == 1 && strings.Contains(val.values[0], unknownPart):
		o.doubt(val.values[0])
	case len(val.values) == 1:
		o.plain(val.values[0])
	case hasDefault:
		o.plain(rest[1 : len(rest)-1])
	default:
		o.never = true
	}
	return whole
}

// withDefault splits a question about a text whose variable has a default: the key
// has a value, or the default stands.
func (e *encoder) withDefault(name string, question func() *formula) *formula {
	here := e.subject(name).single
	e.assumed[name] = true
	with := question()
	delete(e.assumed, name)
	e.fixed[name] = value{absent: true}
	without := question()
	delete(e.fixed, name)
	return or(and(here, with), and(not(here), without))
}

// doubt marks a part that no request settles.
func (o *operand) doubt(whole string) {
	o.open, o.unknown = whole, true
	o.letters = append(o.letters, letter{'*', true})
}

func (o *operand) plain(s string) {
	for i := 0; i < len(s); i++ {
		if s[i] >= beyond {
			o.doubt(s)
			continue
		}
		o.letters = append(o.letters, letter{b: s[i]})
	}
}
