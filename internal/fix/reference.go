package fix

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
)

// Run is the ID under which a run of a plan answers, with the member id: what is the same when a
// run goes on after an interruption and is another when the plan is applied again. Tokens that
// keep services from doing something twice are made of it.
const Run = "run"

// Taken is the ID under which the answer to a step's own Take goes.
const Taken = "take"

// reference is a name for what a step answers.
var reference = regexp.MustCompile(`\$\{(run|take|s[0-9]+-[a-z0-9-]+):([A-Za-z0-9.]+)\}`)

var stepID = regexp.MustCompile(`^s[0-9]+-[a-z0-9-]+$`)

// Ref is the text that stands for a value in a step's answer.
func Ref(step, path string) string { return "${" + step + ":" + path + "}" }

// Piece is a part of a text: a text, or the name of what a step answers.
type Piece struct {
	Text       string
	Step, Path string
}

// Pieces splits a text at the names in it.
func Pieces(text string) (out []Piece) {
	from := 0
	for _, at := range reference.FindAllStringSubmatchIndex(text, -1) {
		if at[0] > from {
			out = append(out, Piece{Text: text[from:at[0]]})
		}
		out = append(out, Piece{Step: text[at[2]:at[3]], Path: text[at[4]:at[5]]})
		from = at[1]
	}
	if from < len(text) {
		out = append(out, Piece{Text: text[from:]})
	}
	return out
}

// references are the names in a step, with their parts.
func references(s *Step) [][]string { return referencesIn(s) }

func referencesIn(v any) [][]string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // see Digest
	}
	return reference.FindAllStringSubmatch(string(b), -1)
}

// UnansweredError is about a name whose step has not answered.
type UnansweredError struct {
	Ref  string // ${step:path}
	Step string // its ID
}

func (e *UnansweredError) Error() string {
	return fmt.Sprintf("%s is not known yet: step %s has not answered it", e.Ref, e.Step)
}

// Answers are the answers of steps, by their IDs.
type Answers map[string]wire.Object

// Text puts answers in the place of their names.
func (a Answers) Text(text string) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	var missing error
	out := reference.ReplaceAllStringFunc(text, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		v := a[m[1]].Text(m[2])
		if v == "" && missing == nil {
			missing = &UnansweredError{Ref: ref, Step: m[1]}
		}
		return v
	})
	return out, missing
}

// Object is Text of every text in an object.
func (a Answers) Object(o wire.Object) (wire.Object, error) {
	if o == nil {
		return nil, nil
	}
	v, err := a.value(o)
	if err != nil {
		return nil, err
	}
	return v.(wire.Object), nil
}

func (a Answers) value(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return a.Text(v)
	case wire.Object:
		out := make(wire.Object, len(v))
		for name, inner := range v {
			r, err := a.value(inner)
			if err != nil {
				return nil, err
			}
			out[name] = r
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			r, err := a.value(inner)
			if err != nil {
				return nil, err
			}
			out[i] = r
		}
		return out, nil
	}
	return v, nil
}

// Call is Text of every text in a call.
func (a Answers) Call(c Call) (Call, error) {
	in, err := a.Object(c.Input)
	c.Input = in
	return c, err
}

// State is Text of every text in a state.
func (a Answers) State(s State) (State, error) {
	read, err := a.Call(s.Read)
	if err != nil {
		return s, err
	}
	s.Read = read
	if len(s.Pick) > 0 {
		pick := make(map[string]string, len(s.Pick))
		for name, text := range s.Pick {
			if pick[name], err = a.Text(text); err != nil {
				return s, err
			}
		}
		s.Pick = pick
	}
	return s, nil
}
