package apply

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// killed is what a process is stopped with.
type killed struct{ point string }

// clock counts the points of a run at which a process can be killed, and kills it at one.
type clock struct {
	n, at int
	where string
}

func (c *clock) point(what string) {
	c.n++
	if c.n == c.at {
		c.where = what
		panic(killed{what})
	}
}

// fragile is an estate whose user is killed before and after calls.
type fragile struct {
	fix.Estate
	clock *clock
}

func (f fragile) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	f.clock.point("before " + c.Operation)
	out, err := f.Estate.Call(ctx, at, c)
	f.clock.point("after " + c.Operation)
	return out, err
}

// run does something with a journal, as a process that the clock kills does. It says whether it
// was killed.
func (c *clock) run(j *Journal, e fix.Estate, do doing) (dead bool, err error) {
	j.before = func(when string) { c.point(when + " a journal write") }
	return untilKilled(j, fragile{e, c}, do)
}

// untilKilled says whether a process came to its end or was killed.
func untilKilled(j *Journal, e fix.Estate, do doing) (dead bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(killed); !ok {
				panic(r)
			}
			dead = true
		}
	}()
	return false, do(context.Background(), j, quick(e))
}

// doing is Apply or Undo.
type doing func(context.Context, *Journal, Options) error

// quick are options without pauses.
func quick(e fix.Estate) Options {
	return Options{Estate: e, Pause: time.Nanosecond, Poll: time.Microsecond, Patience: 5 * time.Millisecond}
}

// mark is where a run stands between two steps: n calls, or points, after its beginning.
type mark struct {
	n    int
	at   *moment
	text []byte // of the journal
}

// matrix is a scene with its two ends, where every case has to end. A case begins with the step in
// which something happens, and ends with it where it is between two steps: how a run goes on from
// there depends on the estate and the journal alone, and is tried once.
type matrix struct {
	*past
	original, planned []string
	there, back       []mark // of a run without a failure; the last of there is its end
	calls, backs      int    // of it
	known             sync.Map
}

func newMatrix(t *testing.T, s scene) *matrix {
	t.Helper()
	m := &matrix{past: remember(t, s)}
	m.original = m.begin(nil).look(t)
	m.there, m.calls = m.follow(t, mark{at: m.root, text: m.line}, Apply, counted)
	end := m.there[len(m.there)-1]
	m.planned = m.begin(end.at).look(t)
	m.back, m.backs = m.follow(t, end, Undo, counted)
	if err := m.ends(t, m.begin(m.back[len(m.back)-1].at), m.original); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d steps, %d calls there and %d back, %d things looked at", len(m.fixed.Steps), m.calls, m.backs, len(m.planned))
	t.Cleanup(func() { t.Logf("%d planes, %d calls of them", m.opened, m.asked) })
	return m
}

// tally says how what happens in a run is counted, and how much of it belongs to a step after the
// last thing that it writes.
type tally func(e fix.Estate, j *Journal) (over fix.Estate, count func() int, late int)

// counted counts calls, pointed the points at which a process can be killed.
func counted(e fix.Estate, _ *Journal) (fix.Estate, func() int, int) {
	f := &faulty{Estate: e}
	return f, func() int { return f.n }, 0
}

func pointed(e fix.Estate, j *Journal) (fix.Estate, func() int, int) {
	c := &clock{}
	j.before = func(string) { c.point("") }
	return fragile{e, c}, func() int { return c.n }, 1
}

// follow makes a run without a failure, and says where it stands between its steps and at its end.
func (m *matrix) follow(t *testing.T, from mark, do doing, how tally) (marks []mark, n int) {
	t.Helper()
	e, f := m.begin(from.at), sheet(from.text)
	j := m.reopened(t, f)
	j.again = false
	over, count, late := how(e, j)
	marks = []mark{from}
	marks[0].n = 0
	f.ended = func() { marks = append(marks, mark{count() + late, e.at, bytes.Clone(f.text)}) }
	if err := do(t.Context(), j, quick(over)); err != nil {
		t.Fatal(err)
	}
	e.end()
	return append(marks, mark{count(), e.at, bytes.Clone(f.text)}), count()
}

// before is the last mark before something.
func before(marks []mark, at int) mark {
	i := slices.IndexFunc(marks, func(m mark) bool { return m.n >= at })
	return marks[i-1]
}

// ends says whether an estate is as it should be, and nothing was made twice.
func (m *matrix) ends(t *testing.T, e *estate, want []string) error {
	t.Helper()
	defer e.end()
	if now := e.look(t); !slices.Equal(want, now) {
		return errors.New(cmp.Diff(want, now))
	}
	return e.twice()
}

// finish does something to its end with the journal as another process finds it.
func (m *matrix) finish(t *testing.T, at *moment, f *paper, do doing, want []string) error {
	t.Helper()
	j := m.reopened(t, f.copy())
	type key struct {
		at   *moment
		back bool
		how  string
	}
	k := key{at, &want[0] == &m.original[0], j.standing()}
	if err, ok := m.known.Load(k); ok {
		return err.(outcome).error
	}
	e := m.begin(at)
	err := do(t.Context(), j, quick(e))
	if err == nil {
		err = m.ends(t, e, want)
	}
	m.known.Store(k, outcome{err})
	return err
}

type outcome struct{ error }

// standing is all that a journal knows of its run.
func (j *Journal) standing() string {
	var b strings.Builder
	fmt.Fprint(&b, j.undoing, j.finished, j.again, j.known)
	for i := range j.plan.Steps {
		fmt.Fprint(&b, *j.of(j.plan.Steps[i].ID))
	}
	return b.String()
}

// share runs the cases from 1 to n in parallel parts. A name tells what went wrong.
func share(t *testing.T, n int, name string, do func(t *testing.T, i int)) {
	t.Helper()
	const parts = 4
	for part := range parts {
		t.Run(fmt.Sprintf("%s-%d", strings.ReplaceAll(name, " ", "-"), part), func(t *testing.T) {
			t.Parallel()
			for i := 1 + part; i <= n; i += parts {
				do(t, i)
			}
		})
	}
}

// TestCrashMatrix kills a run at every point that it has, before and after each write of the journal
// and each call. What goes on afterwards ends where the plan ends; what is taken back ends where it
// began, also when it is killed on the way.
func TestCrashMatrix(t *testing.T) {
	newMatrix(t, everyKind(t)).crashes(t)
}

func (m *matrix) crashes(t *testing.T) {
	there, n := m.follow(t, mark{at: m.root, text: m.line}, Apply, pointed)
	back, backs := m.follow(t, there[len(there)-1], Undo, pointed)
	t.Logf("%d points there, %d back", n, backs)
	share(t, n, "there", func(t *testing.T, at int) {
		e, f, where := m.killed(t, before(there, at), at, Apply)
		if err := m.finish(t, e.at, f, Apply, m.planned); err != nil {
			t.Errorf("point %d, %s, on: %v", at, where, err)
		}
		if err := m.finish(t, e.at, f, Undo, m.original); err != nil {
			t.Errorf("point %d, %s, back: %v", at, where, err)
		}
		// The way back is interrupted too, at a point that moves with the first.
		again := &clock{at: 1 + at*7%max(at, 2)}
		if _, err := again.run(m.reopened(t, f), e, Undo); err != nil {
			t.Errorf("point %d, %s, back until %s: %v", at, where, again.where, err)
		}
		e.end()
		if err := m.finish(t, e.at, f, Undo, m.original); err != nil {
			t.Errorf("point %d, %s, back again after %s: %v", at, where, again.where, err)
		}
	})
	share(t, backs, "back", func(t *testing.T, at int) {
		e, f, where := m.killed(t, before(back, at), at, Undo)
		if err := m.finish(t, e.at, f, Undo, m.original); err != nil {
			t.Errorf("point %d, %s: %v", at, where, err)
		}
	})
}

// killed goes on from a mark until the process is killed at a point.
func (m *matrix) killed(t *testing.T, from mark, at int, do doing) (*estate, *paper, string) {
	t.Helper()
	e, f := m.begin(from.at), sheet(from.text)
	j := m.reopened(t, f)
	j.again = false
	c := &clock{at: at - from.n}
	dead, err := c.run(j, e, do)
	if err != nil || !dead {
		t.Fatalf("point %d: killed is %t, %v", at, dead, err)
	}
	e.end()
	return e, f, c.where
}
