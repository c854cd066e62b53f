package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// theirs is what somebody else does to the thing of a step, made of the step's own call; ok: there is
// something. A resource goes under the key alias/other, or gets another description, a policy other
// statements.
func theirs(s *fix.Step, other string) (c fix.Call, ok bool) {
	if s.State == nil || len(s.Do) == 0 {
		return c, false
	}
	c = s.Do[0]
	c.Input = c.Input.Clone()
	delete(c.Input, "clientToken")
	const policy = `{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`
	switch c.Operation {
	case "PutRolePolicy", "PutUserPolicy":
		c.Input["PolicyDocument"] = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`
	case "PutKeyPolicy":
		c.Input["Policy"] = policy
	case "PutMetricAlarm":
		c.Input["Threshold"] = float64(7)
	case "EnableKeyRotation", "CreateAlias", "CreateGrant":
		return c, false // it cannot be otherwise than it is
	case "UpdateGuardrail", "UpdateAgent", "UpdateFlow", "UpdatePrompt", "UpdateDataSource", "UpdateGateway", "UpdateFlowAlias":
		c.Input["description"] = "theirs"
	}
	b, err := json.Marshal(c.Input)
	if err != nil {
		panic(err)
	}
	text := string(b)
	for _, p := range fix.Pieces(text) {
		if p.Path == "KeyMetadata.Arn" {
			text = strings.ReplaceAll(text, fix.Ref(p.Step, p.Path), other)
		}
		if p.Path == "version" {
			text = strings.ReplaceAll(text, fix.Ref(p.Step, p.Path), "1")
		}
	}
	c.Input = wire.Object{}
	if err := json.Unmarshal([]byte(text), &c.Input); err != nil {
		panic(err)
	}
	return c, true
}

// meddle lets somebody else change the thing of a step; false: the service does not take it.
func (m *matrix) meddle(t *testing.T, e *estate, s *fix.Step, answers fix.Answers) (seen string, ok bool) {
	t.Helper()
	keys, err := e.Call(t.Context(), s.Place, fix.Call{Service: "kms", Operation: "DescribeKey", Input: wire.Object{"KeyId": "alias/other"}})
	if err != nil {
		t.Fatal(err)
	}
	c, ok := theirs(s, keys.Text("KeyMetadata.Arn"))
	if !ok {
		return "", false
	}
	if s.Take != nil {
		if answers[fix.Taken], err = e.Call(t.Context(), s.Place, *s.Take); err != nil {
			t.Fatal(err)
		}
	}
	if c, err = answers.Call(c); err != nil {
		t.Fatal(err)
	}
	if _, err = e.Call(t.Context(), s.Place, c); err != nil {
		t.Logf("%s: their %s: %v", s.ID, c.Operation, err)
		return "", false
	}
	return m.thing(t, e, s, answers), true
}

// thing is what counts of what a step is about.
func (m *matrix) thing(t *testing.T, e *estate, s *fix.Step, answers fix.Answers) string {
	t.Helper()
	state, err := answers.State(*s.State)
	if err != nil {
		t.Fatal(err)
	}
	out, err := state.Observe(t.Context(), e, s.Place)
	if err != nil {
		t.Fatal(err)
	}
	return string(marshal(t, still(out, random)))
}

// others are the things that look shows without that of a step, what lists it, and grants, which the
// services make on their key.
func others(t *testing.T, list []string, s *fix.Step) []string {
	t.Helper()
	own := fmt.Sprintf("%s %s: ", s.State.Read.Operation, marshal(t, s.State.Read.Input))
	listed := map[fix.Kind][]string{fix.KeyPolicy: {"GetKeyPolicy "}, fix.IdentityPolicy: {"ListRolePolicies ", "ListUserPolicies ", "GetRolePolicy ", "GetUserPolicy "}}[s.Kind]
	if s.Kind == fix.Update || s.Kind == fix.Switch {
		listed = []string{"List" + strings.TrimPrefix(s.State.Read.Operation, "Get")}
	}
	return slices.DeleteFunc(slices.Clone(list), func(line string) bool {
		return strings.HasPrefix(line, own) || strings.HasPrefix(line, "ListGrants ") || slices.ContainsFunc(listed, func(l string) bool { return strings.HasPrefix(line, l) })
	})
}

// meddled is an estate in which somebody else does something before or after the first write of a step.
type meddled struct {
	*estate
	s      *fix.Step
	after  bool
	meddle func()
}

func (m *meddled) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	hit := m.meddle != nil && c.Operation == m.s.Do[0].Operation
	if hit && !m.after {
		m.meddle()
	}
	out, err := m.estate.Call(ctx, at, c)
	if hit && m.after && err == nil {
		m.meddle()
	}
	if hit {
		m.meddle = nil
	}
	return out, err
}

// TestConflicts: somebody else changes what a step is about: before it is looked at, between the look
// and the write, after the write, and before the way back. Nothing of theirs is written over but
// between the look and the write, which no API of Bedrock can prevent; nothing else is half done.
func TestConflicts(t *testing.T) {
	m := newMatrix(t, everyKind(t))
	n := len(m.fixed.Steps)
	for name, do := range map[string]func(*testing.T, *fix.Step, int) bool{
		"before": m.conflictBefore, "between": m.conflictBetween, "after": m.conflictAfter, "before the way back": m.conflictBack,
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			hit := 0
			for i := range n {
				if do(t, &m.fixed.Steps[i], i) {
					hit++
				}
			}
			t.Logf("%d of %d steps", hit, n)
			if hit < 20 {
				t.Errorf("%d steps", hit)
			}
		})
	}
}

// conflicted demands a conflict.
func conflicted(t *testing.T, s *fix.Step, err error, touched bool) {
	t.Helper()
	var conflict *ConflictError
	if !errors.As(err, &conflict) || conflict.Step.ID != s.ID || conflict.Touched != touched || len(conflict.Differences) == 0 || !strings.Contains(err.Error(), "step "+s.ID+": ") {
		t.Errorf("%s: %v", s.ID, err)
	}
}

// stands demands that what they have done is there, and everything else as it was.
func (m *matrix) stands(t *testing.T, e *estate, s *fix.Step, a fix.Answers, want string, rest []string) {
	t.Helper()
	if got := m.thing(t, e, s, a); got != want {
		t.Errorf("%s: they left\n%s\nand it is\n%s", s.ID, want, got)
	}
	if got, want := others(t, e.look(t), s), others(t, rest, s); !slices.Equal(got, want) {
		for i := range got {
			if i >= len(want) || got[i] != want[i] {
				t.Errorf("%s: beside it: %s", s.ID, got[i])
				break
			}
		}
	}
}

func (m *matrix) conflictBefore(t *testing.T, s *fix.Step, i int) bool {
	from := m.there[i]
	e, f := m.begin(from.at), sheet(from.text)
	defer e.end()
	j := m.reopened(t, f)
	want, ok := m.meddle(t, e, s, j.answers())
	if !ok {
		return false
	}
	conflicted(t, s, Apply(t.Context(), j, quick(e)), false)
	m.stands(t, e, s, j.answers(), want, m.begin(from.at).look(t))
	if err := Undo(t.Context(), j, quick(e)); err != nil { // as the command does
		t.Errorf("%s: back: %v", s.ID, err)
	}
	m.stands(t, e, s, j.answers(), want, m.original)
	return true
}

func (m *matrix) conflictBetween(t *testing.T, s *fix.Step, i int) bool {
	from := m.there[i]
	e, f := m.begin(from.at), sheet(from.text)
	defer e.end()
	j := m.reopened(t, f)
	want, ok := "", false
	over := &meddled{estate: e, s: s, meddle: func() { want, ok = m.meddle(t, e, s, j.answers()) }}
	err := Apply(t.Context(), j, quick(over))
	if !ok {
		return false
	}
	var conflict *ConflictError
	switch {
	case err == nil: // written over, as a whole
		m.stands(t, e, s, j.answers(), m.thing(t, m.begin(m.there[len(m.there)-1].at), s, j.answers()), m.planned)
	case errors.As(err, &conflict) || fix.Code(err) != "":
		m.stands(t, e, s, j.answers(), want, m.begin(from.at).look(t))
	default:
		t.Errorf("%s: %v", s.ID, err)
	}
	return true
}

func (m *matrix) conflictAfter(t *testing.T, s *fix.Step, i int) bool {
	from := m.there[i]
	e, f := m.begin(from.at), sheet(from.text)
	defer e.end()
	j := m.reopened(t, f)
	want, ok := "", false
	over := &meddled{estate: e, s: s, after: true, meddle: func() { want, ok = m.meddle(t, e, s, j.answers()) }}
	err := Apply(t.Context(), j, quick(over))
	if !ok {
		return false
	}
	conflicted(t, s, err, true)
	m.stands(t, e, s, j.answers(), want, m.begin(m.there[i+1].at).look(t))
	// Neither way goes on over it, and the journal names the step.
	conflicted(t, s, Apply(t.Context(), m.reopened(t, f), quick(e)), true)
	conflicted(t, s, Undo(t.Context(), m.reopened(t, f), quick(e)), true)
	m.stands(t, e, s, j.answers(), want, m.begin(m.there[i+1].at).look(t))
	m.putBack(t, e, s, f)
	return true
}

func (m *matrix) conflictBack(t *testing.T, s *fix.Step, i int) bool {
	end := m.there[len(m.there)-1]
	e, f := m.begin(end.at), sheet(end.text)
	defer e.end()
	j := m.reopened(t, f)
	want, ok := m.meddle(t, e, s, j.answers())
	if !ok {
		return false
	}
	conflicted(t, s, Undo(t.Context(), j, quick(e)), true)
	m.stands(t, e, s, j.answers(), want, m.begin(m.back[len(m.fixed.Steps)-1-i].at).look(t))
	m.putBack(t, e, s, f)
	return true
}

// putBack makes the step's way back by hand, after which the way back of the run comes to its end.
func (m *matrix) putBack(t *testing.T, e *estate, s *fix.Step, f *paper) {
	t.Helper()
	j := m.reopened(t, f)
	a := j.answers()
	for _, c := range s.Undo {
		var err error
		if s.Take != nil {
			if a[fix.Taken], err = e.Call(t.Context(), s.Place, *s.Take); err != nil {
				t.Fatal(err)
			}
		}
		if c, err = a.Call(c); err == nil {
			_, err = e.Call(t.Context(), s.Place, c)
		}
		if err != nil {
			t.Errorf("%s: %s by hand: %v", s.ID, c.Operation, err)
			return
		}
	}
	if err := Undo(t.Context(), j, quick(e)); err != nil {
		t.Errorf("%s: back after it was put back: %v", s.ID, err)
		return
	}
	rest := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(line string) bool { return strings.HasPrefix(line, "ListGrants ") })
	}
	if d := cmp.Diff(rest(m.original), rest(e.look(t))); d != "" {
		t.Errorf("%s: back after it was put back: %s", s.ID, d)
	}
}
