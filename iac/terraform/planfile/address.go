package planfile

import (
	"strings"

	"github.com/bedlock/bedlock/iac/syntax"
)

// splitAddress takes a resource instance's address apart: the module instance,
// type.name (with "data." before it for data sources) and the instance key with
// its brackets. ok is false when it is no such address.
func splitAddress(address string) (module, resource, key string, ok bool) {
	rest, end := address, 0
	for strings.HasPrefix(rest, "module.") {
		n := stepLength(rest, len("module."))
		if n < 0 || n >= len(rest) || rest[n] != '.' {
			return "", "", "", false
		}
		end += n
		module = address[:end]
		end++
		rest = address[end:]
	}
	resource = rest
	if i := strings.IndexByte(rest, '['); i >= 0 {
		resource, key = rest[:i], rest[i:]
	}
	dots := 1
	if strings.HasPrefix(resource, "data.") {
		dots = 2
	}
	return module, resource, key, strings.Count(resource, ".") == dots && !strings.HasSuffix(resource, ".")
}

// stepLength returns the length of a step "name[key]" that begins s, of which the
// first from bytes are skipped; -1 when a bracket is not closed.
func stepLength(s string, from int) int {
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '.':
			return i
		case '[':
			n := bracketLength(s[i:])
			if n < 0 {
				return -1
			}
			return i + n
		}
	}
	return len(s)
}

// bracketLength returns the length of "[...]" that begins s, -1 when it is not
// closed. Keys in quotes may hold brackets and dots.
func bracketLength(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted:
			return i + 1
		}
	}
	return -1
}

// instanceKey spells a count index or for_each key as addresses do.
func instanceKey(n *syntax.Node) string {
	switch {
	case isKind(n, syntax.Number):
		return "[" + n.Text + "]"
	case isKind(n, syntax.String):
		return `["` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "${", "$${", "%{", "%%{").Replace(n.Text) + `"]`
	}
	return ""
}

// referenceKind says what a reference is to. The zero value is invalid.
type referenceKind uint8

const (
	toResource referenceKind = iota + 1
	toVariable
	toOutput
	toEach  // each.key, each.value, count.index
	toKnown // path.module, terraform.workspace: never unknown
	toOther // local.x and whatever else a plan does not explain
)

// reference is one entry of an expression's references, taken apart.
type reference struct {
	text string
	kind referenceKind
	// name is type.name of a resource, the name of a variable or module call, or
	// "key", "value", "index" after each and count.
	name string
	// key is the explicit instance key with brackets.
	key string
	// rest is what follows: the attribute, or the output and what follows that.
	rest string
}

func parseReference(s string) reference {
	r := reference{text: s, kind: toOther}
	head, tail, ok := strings.Cut(s, ".")
	if !ok {
		return r
	}
	switch head {
	case "var", "each", "count":
		n := stepLength(tail, 0)
		if i := strings.IndexByte(tail, '['); i >= 0 && (n < 0 || i < n) {
			n = i
		}
		r.name, r.rest = tail[:n], strings.TrimPrefix(tail[n:], ".")
		r.kind = toVariable
		if head != "var" {
			r.kind = toEach
		}
	case "path", "terraform":
		r.kind = toKnown
	case "local", "self", "ephemeral":
	case "module":
		r.split(tail, 0, toOutput)
	case "data":
		r.split(s, len("data."), toResource)
	default:
		r.split(s, 0, toResource)
	}
	return r
}

// split takes "name[key].rest" apart; a resource's name has a dot after from.
func (r *reference) split(s string, from int, kind referenceKind) {
	if kind == toResource {
		dot := strings.IndexByte(s[from:], '.')
		if dot < 0 {
			return
		}
		from += dot + 1
	}
	n := stepLength(s, from)
	if n < 0 {
		return
	}
	step := s[:n]
	if i := strings.IndexByte(step, '['); i >= 0 {
		step, r.key = step[:i], step[i:]
	}
	r.kind, r.name, r.rest = kind, step, strings.TrimPrefix(s[n:], ".")
}

// Bounds of what is followed. Real references have at most a few hundred bytes, and
// real expressions a few dozen references.
const (
	longestReference = 1024
	mostReferences   = 64
)

// parseReferences takes the references of an expression apart. Terraform lists
// "a.b" and "a" beside "a.b.c"; these prefixes say nothing more and are dropped.
func parseReferences(list []syntax.Node) []reference {
	prefixes, seen := map[string]bool{}, map[string]bool{}
	for i := range list {
		s := text(&list[i])
		if len(s) > longestReference {
			continue
		}
		for j := len(s) - 1; j > 0; j-- {
			if s[j] == '.' || s[j] == '[' {
				if prefixes[s[:j]] {
					break // and so are all shorter ones
				}
				prefixes[s[:j]] = true
			}
		}
	}
	var out []reference
	for i := range list {
		s := text(&list[i])
		if s == "" || prefixes[s] || seen[s] {
			continue
		}
		if len(s) > longestReference || len(out) == mostReferences {
			return append(out, reference{text: "an expression of this size", kind: toOther})
		}
		seen[s] = true
		out = append(out, parseReference(s))
	}
	return out
}
