package apply

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/bedlock/bedlock/internal/fix"
)

// TestFailureMatrix lets every call of a plan go wrong, reads too, in every way: on the way there, on
// the way back that follows a failure, and on the way back that somebody asks for. What can be made
// again is. Else the estate is as it was after the way back, and as planned when the same run goes on.
func TestFailureMatrix(t *testing.T) {
	newMatrix(t, everyKind(t)).failures(t)
}

func (m *matrix) failures(t *testing.T) {
	after, n := m.follow(t, m.fails(t), Undo, counted)
	for _, f := range faults {
		share(t, m.calls, "there "+f.name, func(t *testing.T, at int) { m.fault(t, f, before(m.there, at), at, Apply) })
		share(t, m.backs, "back "+f.name, func(t *testing.T, at int) { m.fault(t, f, before(m.back, at), at, Undo) })
		share(t, n, "back after a failure "+f.name, func(t *testing.T, at int) { m.fault(t, f, before(after, at), at, Undo) })
	}
}

// fails is a run that has failed at its last write.
func (m *matrix) fails(t *testing.T) mark {
	t.Helper()
	last := m.fixed.Steps[len(m.fixed.Steps)-1]
	e := m.begin(nil)
	j, f := m.journal(t)
	err := Apply(t.Context(), j, quick(denied{e, last.Do[0].Operation, last.ID, j}))
	if fix.Code(err) != "AccessDeniedException" {
		t.Fatal(err)
	}
	e.end()
	return mark{at: e.at, text: f.text}
}

// fault lets a call of a run go wrong.
func (m *matrix) fault(t *testing.T, f fault, from mark, at int, do doing) {
	t.Helper()
	e, file := m.begin(from.at), sheet(from.text)
	defer e.end()
	j := m.reopened(t, file)
	j.again = false
	bad := &faulty{Estate: e, fault: f, at: at - from.n, waits: waits(m.fixed)}
	if !f.forGood {
		file.ended = func() {
			if bad.hit != "" {
				panic(killed{})
			}
		}
	}
	dead, err := untilKilled(j, bad, do)
	what := fmt.Sprintf("call %d, %s", at, bad.hit)
	if bad.hit == "" {
		t.Fatalf("%s: not reached: %v", what, err)
	}
	if wrong := f.wrong(dead, err); wrong != nil {
		t.Fatalf("%s: %v", what, wrong)
	}
	if !j.undoing {
		if err := m.finish(t, e.at, file, Apply, m.planned); err != nil {
			t.Errorf("%s, on: %v", what, err)
		}
		if err != nil && f.forGood { // the way back that follows has the same trouble
			_ = Undo(t.Context(), j, quick(bad))
		}
	}
	if err := m.finish(t, e.at, file, Undo, m.original); err != nil {
		t.Errorf("%s, back: %v", what, err)
	}
}

// wrong says what is wrong with how a run ended.
func (f *fault) wrong(dead bool, err error) error {
	var conflict *ConflictError
	switch {
	case errors.As(err, &conflict):
		return err
	case f.fatal && (err == nil || dead):
		return errors.New("it went on")
	case !f.fatal && !f.forGood && f.does != nil && err != nil:
		return err
	case f.name == "denied" && fix.Code(err) != "AccessDeniedException":
		return err
	}
	return nil
}

// TestTwoFailures: the way back from a failure fails too. A later one comes to its end, and so does the
// run when it goes on instead. The pairs are drawn; BEDLOCK_FAIL_PAIRS says how many.
func TestTwoFailures(t *testing.T) {
	pairs := 300
	if text := os.Getenv("BEDLOCK_FAIL_PAIRS"); text != "" {
		var err error
		if pairs, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	const seed = 6
	t.Logf("%d pairs, seed %d", pairs, seed)
	m := newMatrix(t, everyKind(t))
	draw := rand.New(rand.NewPCG(seed, seed))
	type pair struct{ first, second, at, then int }
	var drawn []pair
	for range pairs {
		drawn = append(drawn, pair{draw.IntN(len(faults)), draw.IntN(len(faults)), 1 + draw.IntN(m.calls), 1 + draw.IntN(m.backs)})
	}
	share(t, pairs, "pair", func(t *testing.T, i int) {
		c := drawn[i-1]
		from := before(m.there, c.at)
		e, file := m.begin(from.at), sheet(from.text)
		defer e.end()
		j := m.reopened(t, file)
		j.again = false
		first := &faulty{Estate: e, fault: faults[c.first], at: c.at - from.n, waits: waits(m.fixed)}
		err := Apply(t.Context(), j, quick(first))
		second := &faulty{Estate: e, fault: faults[c.second], at: c.then, waits: waits(m.fixed)}
		what := fmt.Sprintf("call %d, %s, %s (%v), and call %d back, %s", c.at, first.hit, first.name, err, c.then, second.name)
		_ = Undo(t.Context(), j, quick(second))
		if err := m.finish(t, e.at, file, Undo, m.original); err != nil {
			t.Errorf("%s, %s: %v", what, second.hit, err)
		}
	})
}

var newKey = fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock"}

const small = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: g, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreatePrompt", with: {name: p, description: d, defaultVariant: a, variants: [{name: a, templateType: TEXT, templateConfiguration: {text: {text: hello}}}]}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "logs:CreateLogGroup", with: {logGroupName: /l}}
`
