package shape

import (
	"reflect"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

// word is an operation whose input has one string with constraints.
func word(t *testing.T, sh *model.Shape, seen Observed) *Node {
	t.Helper()
	sh.Name, sh.Type = "Word", model.TypeString
	p, err := New(&model.Service{
		Operations: map[string]*model.Operation{"Say": {Name: "Say", Input: "In"}},
		Shapes: map[string]*model.Shape{
			"In":   {Name: "In", Type: model.TypeStructure, Members: []model.Member{{Name: "Word", Shape: "Word"}}},
			"Word": sh,
		},
	}, seen).Compile("Say", model.Input, reflect.TypeFor[struct{ Word string }]())
	if err != nil {
		t.Fatal(err)
	}
	return p.Root
}

// TestViolations: what a service was seen to do changes what is said, and what is said
// only if nothing else is.
func TestViolations(t *testing.T) {
	two, one := 2.0, 1.0
	const (
		long  = "Value 'é-é' at 'word' failed to satisfy constraint: Member must have length less than or equal to 2"
		off   = "Value 'é-é' at 'word' failed to satisfy constraint: Member must satisfy regular expression pattern: é*"
		short = "1 validation error detected: Value '' at 'word' failed to satisfy constraint: Member must have length greater than or equal to 1"
	)
	for _, tt := range []struct {
		name, text, want string
		shape            model.Shape
		seen             Observed
	}{
		{"nothing", "éé", "", model.Shape{Max: &two, Pattern: "é*"}, Observed{}},
		{"only a lower bound", "", short, model.Shape{Min: &one}, Observed{}},
		{"length first", "é-é", "2 validation errors detected: " + long + "; " + off, model.Shape{Max: &two, Pattern: "é*"}, Observed{}},
		{"pattern first", "é-é", "2 validation errors detected: " + off + "; " + long, model.Shape{Max: &two, Pattern: "é*"}, Observed{PatternFirst: true}},
		{"discreet", "é-é", "1 validation error detected: Value at 'word' failed to satisfy constraint: Member must have length less than or equal to 2", model.Shape{Max: &two}, Observed{Discreet: true}},
		{"sensitive", "é-é", "1 validation error detected: Value at 'word' failed to satisfy constraint: Member must have length less than or equal to 2", model.Shape{Max: &two, Sensitive: true}, Observed{}},
		{"wording", "-", "no word", model.Shape{Pattern: "é*"}, Observed{Wordings: map[string]string{"Word": "no %s"}}},
		{"wording behind another", "é-é", "1 validation error detected: " + long, model.Shape{Max: &two, Pattern: "é*"}, Observed{Wordings: map[string]string{"Word": "no %s"}}},
		{"listed", "é", "1 validation error detected: Value 'é' at 'word' failed to satisfy constraint: Member must satisfy enum value set: [b, a]", model.Shape{Enum: []string{"a"}}, Observed{Discreet: true, Enums: map[string][]string{"Word": {"b", "a"}}}},
	} {
		root := word(t, &tt.shape, tt.seen)
		m := &root.Members[0]
		var v Violations
		v.Enter(m.Step())
		v.Breaches(m.Value, m.Value.CheckText([]byte(tt.text)), func() (string, bool) { return tt.text, true })
		v.Leave()
		if got := v.Message(); got != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
