package apply

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bedlock/bedlock/internal/fix"
)

// TestFullDisk: at every write of the journal the disk is full, or fails to keep what was written. The
// run ends there, makes no further call and takes nothing back, for it could not say so. With
// another disk it goes on, or back.
func TestFullDisk(t *testing.T) {
	m := newMatrix(t, everyKind(t))
	for _, way := range []struct {
		name string
		from mark
		do   doing
	}{{"there", m.there[0], Apply}, {"back", m.there[len(m.there)-1], Undo}} {
		for _, c := range []struct {
			name string
			sync bool // it is the sync that fails
			keep int  // bytes of the line that are there
			lost bool // and are gone afterwards
		}{{"nothing is written", false, 0, false}, {"half is written", false, 20, false}, {"all is written and not synced", true, 0, false}, {"all is written and lost", true, 0, true}} {
			writes := bytes.Count(m.there[len(m.there)-1].text, []byte("\n"))
			share(t, writes-1, way.name+" "+c.name, func(t *testing.T, at int) {
				e, f := m.begin(way.from.at), sheet(way.from.text)
				j := m.reopened(t, f)
				j.again = false
				var stood *moment
				f.fail = func(p *paper, sync bool) (int, error) {
					if stood != nil || sync == c.sync && (sync && p.syncs == at || !sync && p.writes == at) {
						if stood == nil {
							stood = e.at
						}
						return c.keep, syscall.ENOSPC
					}
					return 0, nil
				}
				err := way.do(t.Context(), j, quick(e))
				if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "write journal: ") {
					t.Fatalf("write %d: %v", at, err)
				}
				if err := Undo(t.Context(), j, quick(e)); !errors.Is(err, syscall.ENOSPC) || e.at != stood {
					t.Fatalf("write %d: it goes on without its journal: %v", at, err)
				}
				e.end()
				if c.lost {
					f.text = f.text[:f.synced]
				}
				j = m.reopened(t, f)
				if !j.undoing {
					if err := m.finish(t, e.at, f, Apply, m.planned); err != nil {
						t.Errorf("write %d, on: %v", at, err)
					}
				}
				if err := m.finish(t, e.at, f, Undo, m.original); err != nil {
					t.Errorf("write %d, back: %v", at, err)
				}
			})
		}
	}
}

// TestCutJournal cuts a journal at every byte of its last three records, wherever a run stands: what
// was lost is found again, and the run goes on, or back. Where it cannot be told from what somebody
// else has done, as nothing that it names is the run's own, the step is taken for theirs and stays.
func TestCutJournal(t *testing.T) {
	m := newMatrix(t, everyKind(t))
	share(t, len(m.there)-1, "there", func(t *testing.T, i int) { m.cut(t, m.there[i], Apply) })
	share(t, len(m.back)-1, "back", func(t *testing.T, i int) { m.cut(t, m.back[i], Undo) })
}

func (m *matrix) cut(t *testing.T, at mark, do doing) {
	t.Helper()
	lines := bytes.SplitAfter(at.text[len(m.line):], []byte("\n"))
	lines = lines[:len(lines)-1]
	for lost := 1; lost <= min(3, len(lines)); lost++ {
		whole := bytes.Join(lines[:len(lines)-lost], nil)
		text := slices.Concat(m.line, whole)
		want := m.reopened(t, sheet(text)).standing()
		for n := range lines[len(lines)-lost] { // a line that is cut off was never written
			f := sheet(slices.Concat(text, lines[len(lines)-lost][:n]))
			if got := m.reopened(t, f).standing(); got != want || f.at != len(text) {
				t.Fatalf("cut %d bytes into the line: %s", n, got)
			}
		}
		what := fmt.Sprintf("%d calls there, %d records lost", at.n, lost)
		back := m.reopened(t, sheet(text)).undoing
		if !back && !isUndone(lines[len(lines)-lost:]) {
			if err := m.finish(t, at.at, sheet(text), Apply, m.planned); err != nil {
				t.Errorf("%s, on: %v", what, err)
			}
		}
		if m.nameless(text) {
			continue
		}
		if err := m.finish(t, at.at, sheet(text), Undo, m.original); err != nil {
			t.Errorf("%s, back: %v", what, err)
		}
	}
}

// isUndone says whether a way back was begun in lines that are lost.
func isUndone(lines [][]byte) bool {
	return slices.ContainsFunc(lines, func(l []byte) bool { return bytes.Contains(l, []byte(`"event":"undoing"`)) })
}

// nameless says whether the first step that a journal does not have names nothing of the run.
func (m *matrix) nameless(text []byte) bool {
	for i := range m.fixed.Steps {
		s := &m.fixed.Steps[i]
		if !bytes.Contains(text[len(m.line):], []byte(`"step":"`+s.ID+`"`)) {
			return s.State != nil && len(fix.Pieces(string(mustJSON(s.After)))) == 1 || s.Kind == fix.Publish || s.Kind == fix.Rotation
		}
	}
	return false
}
