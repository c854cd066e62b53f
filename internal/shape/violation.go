package shape

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
)

// Violations are those of one request. Enter and Leave follow the path to the value that
// is being read.
type Violations struct {
	path []Step
	// texts are at most maxViolations.
	texts []string
	// alone is the first message that stands only if nothing else is violated.
	alone string
}

// Step is a part of the path to a value.
type Step struct {
	name   string
	number int
	entry  bool // of a list or map, not of a structure
}

// Element is the step to an element of a list; the first has the number 1.
func Element(number int) Step { return Step{number: number, entry: true} }

// Entry is the step to a value of a map.
func Entry(key string) Step { return Step{name: key, entry: true} }

// Step is the step to a member.
func (m *Member) Step() Step { return Step{name: m.Name} }

// maxViolations is how many a service of the framework reports.
const maxViolations = 10

// Enter makes a step.
func (v *Violations) Enter(s Step) { v.path = append(v.path, s) }

// Leave takes the last step back.
func (v *Violations) Leave() { v.path = v.path[:len(v.path)-1] }

// Message returns the message of the refusal, empty when there is nothing to refuse.
func (v *Violations) Message() string {
	if len(v.texts) == 0 {
		return v.alone
	}
	count := strconv.Itoa(len(v.texts)) + " validation error"
	if len(v.texts) > 1 {
		count += "s"
	}
	return count + " detected: " + strings.Join(v.texts, "; ")
}

// Text returns the text of a value as Java prints it. It is not ok for what has none: a
// blob, a structure (whose text is not known), and lists and maps of what is not shown.
type Text func() (text string, ok bool)

// Breaches reports what a value at the current path violates.
func (v *Violations) Breaches(n *Node, b Breach, value Text) {
	for _, t := range n.rules.texts {
		switch {
		case b&t.breach == 0:
		case t.breach == offPattern && n.rules.wording != "":
			if v.alone == "" {
				v.alone = strings.ReplaceAll(n.rules.wording, "%s", v.path[len(v.path)-1].name)
			}
		default:
			v.add(n.show(value), t.text)
		}
	}
}

// Missing reports that the required member at the current path is missing.
func (v *Violations) Missing(n *Node) {
	shown := ""
	if n.Shown() {
		shown = "null "
	}
	v.add(shown, "Member must not be null")
}

// Entries reports what the keys of a map and the simple values of a list or map violate;
// it is said once for all of them.
func (v *Violations) Entries(n *Node, keys, values Breach, value Text) {
	if keys != 0 {
		v.add(n.show(value), "Map keys must satisfy constraint: "+n.Key.rules.every())
	}
	if values != 0 {
		what := "Member must satisfy constraint: "
		if n.Shape.Type == model.TypeMap {
			what = "Map value must satisfy constraint: "
		}
		v.add(n.show(value), what+n.Element.rules.every())
	}
}

// add reports that the value at the current path violates a constraint. shown is the
// value with a space after it.
func (v *Violations) add(shown, constraint string) {
	if len(v.texts) == maxViolations {
		return
	}
	var b strings.Builder
	b.WriteString("Value " + shown + "at '")
	for i, s := range v.path {
		if i > 0 {
			b.WriteByte('.')
		}
		if s.number > 0 {
			b.WriteString(strconv.Itoa(s.number))
		}
		b.WriteString(s.name)
		if s.entry {
			b.WriteString(".member")
		}
	}
	b.WriteString("' failed to satisfy constraint: ")
	b.WriteString(constraint)
	v.texts = append(v.texts, b.String())
}

func (n *Node) show(value Text) string {
	if !n.Shown() {
		return ""
	}
	if text, ok := value(); ok {
		return "'" + text + "' "
	}
	return ""
}

// Shown says whether messages may show values of a node.
func (n *Node) Shown() bool {
	return !n.Shape.Sensitive && (!n.rules.discreet || n.Shape.Type.Number() || len(n.Shape.Enum) > 0)
}
