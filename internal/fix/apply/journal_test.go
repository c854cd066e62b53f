package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// The seeds of the fuzz targets: a plan, and the journal of a run there and back.
const (
	planSeed    = "testdata/plan.json"
	journalSeed = "testdata/plan.json.journal"
)

// TestSeeds writes the seeds anew with BEDLOCK_WRITE_SEEDS, and else demands that what an earlier
// version has written is read.
func TestSeeds(t *testing.T) {
	if os.Getenv("BEDLOCK_WRITE_SEEDS") != "" {
		writeSeeds(t)
	}
	b, err := os.ReadFile(planSeed)
	if err != nil {
		t.Fatal(err)
	}
	p, err := fix.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := fix.Write(&again, p); err != nil || !bytes.Equal(again.Bytes(), b) {
		t.Errorf("it is written otherwise: %v", err)
	}
	j, err := Look(journalSeed)
	if err != nil {
		t.Fatal(err)
	}
	if j.Plan().ID != p.ID || !j.Undoing() || !j.Finished() || j.Begun().IsZero() || !strings.HasPrefix(j.Answers()["s01-create-key-bedrock"].Text("KeyMetadata.Arn"), "arn:aws:kms:eu-west-1:111122223333:key/") {
		t.Errorf("%+v", j)
	}
}

func writeSeeds(t *testing.T) {
	p := fixtest.Open(t, small)
	plan := p.Plan(newKey, fix.Selection{})
	var b bytes.Buffer
	if err := errors.Join(fix.Write(&b, plan), os.MkdirAll("testdata", 0o755), os.WriteFile(planSeed, b.Bytes(), 0o644), os.RemoveAll(journalSeed)); err != nil {
		t.Fatal(err)
	}
	j, err := Create(journalSeed, plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	o := quick(p.Estate())
	if err := errors.Join(Apply(t.Context(), j, o), Undo(t.Context(), j, o), j.Close(), os.Chmod(journalSeed, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// lines are those of the journal that is a seed.
func lines(t testing.TB) [][]byte {
	t.Helper()
	b, err := os.ReadFile(journalSeed)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.SplitAfter(b, []byte("\n"))
}

// file writes lines to a file.
func file(t *testing.T, parts ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(path, bytes.Join(parts, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTornLine: a last line that was cut off was never acknowledged, and goes; whole lines stay.
func TestTornLine(t *testing.T) {
	all := lines(t)
	path := file(t, all[0], all[1], all[2][:len(all[2])/2])
	j, err := Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if p := j.of("s01-create-key-bedrock"); p.called != 1 || p.answered != 0 {
		t.Errorf("%+v", p)
	}
	if err := errors.Join(j.note(record{Event: eventAnswer, Step: "s01-create-key-bedrock", Answer: wire.Object{"KeyMetadata": wire.Object{"KeyId": "k"}}}), j.Close()); err != nil {
		t.Fatal(err)
	}
	if j, err = Look(path); err != nil || j.Answers()["s01-create-key-bedrock"].Text("KeyMetadata.KeyId") != "k" {
		t.Errorf("%v", err)
	}
	if err := j.note(record{Event: eventApplied}); err == nil || err.Error() != "the journal was opened to be looked at" {
		t.Errorf("it is written to: %v", err)
	}
}

// TestTornBeginning: of a run that was killed as it wrote its first line nothing had begun, and it
// begins anew. A file of anything else is left alone.
func TestTornBeginning(t *testing.T) {
	first := lines(t)[0]
	p, err := fix.Read(readFile(t, planSeed))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 20, len(first) / 2, len(first) - 1} {
		path := file(t, first[:n])
		j, err := Create(path, p, time.Now)
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if j, err = Look(path); err != nil || j.Plan().ID != p.ID {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, text := range []string{string(first), "a letter to my aunt", `{"version":"another"`, "\n"} {
		path := file(t, []byte(text))
		if _, err := Create(path, p, time.Now); !errors.Is(err, ErrExists) {
			t.Errorf("%.20q: %v", text, err)
		}
		if got := readFile(t, path); string(got) != text {
			t.Errorf("%.20q became %.20q", text, got)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestJournalsThatAreRefused: each with one clear error, and the file as it was.
func TestJournalsThatAreRefused(t *testing.T) {
	all := lines(t)
	for _, c := range []struct {
		name string
		text []byte
		want string
	}{
		{"empty", nil, "it is empty: nothing was begun"},
		{"older", bytes.Replace(all[0], []byte("bedlock-journal/v1"), []byte("bedlock-journal/v0"), 1), `line 1: version "bedlock-journal/v0"; this program reads "bedlock-journal/v1"`},
		{"edited", bytes.Replace(all[0], []byte(`"description":"d"`), []byte(`"description":"e"`), 1), "line 1: its content was changed after it was made: id "},
		{"garbage", append(bytes.Clone(all[0]), "x\n"...), "line 2: invalid character 'x' looking for beginning of value"},
		{"unknown step", append(bytes.Clone(all[0]), `{"time":"2026-11-25T00:00:00Z","event":"done","step":"s99-x"}`+"\n"...), `line 2: step "s99-x" is not in the plan`},
		{"unknown event", append(bytes.Clone(all[0]), `{"time":"2026-11-25T00:00:00Z","event":"sung","step":"s01-create-key-bedrock"}`+"\n"...), `line 2: event "sung" is none of a journal`},
		{"unknown member", append(bytes.Clone(all[0]), `{"time":"2026-11-25T00:00:00Z","more":1}`+"\n"...), `line 2: json: unknown field "more"`},
		{"no plan", []byte(`{"version":"bedlock-journal/v1","time":"2026-11-25T00:00:00Z"}` + "\n"), "line 1: no plan"},
	} {
		path := file(t, c.text)
		_, err := Open(path, time.Now)
		if err == nil || !strings.HasPrefix(err.Error(), "journal "+path+": "+c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if !bytes.Equal(readFile(t, path), c.text) {
			t.Errorf("%s: the file was changed", c.name)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), time.Now); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestJournalInUse: a journal is of one process at a time; to look at it is allowed.
func TestJournalInUse(t *testing.T) {
	path := file(t, lines(t)...)
	j, err := Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, time.Now); !errors.Is(err, ErrHeld) {
		t.Error(err)
	}
	if _, err := Create(path, j.Plan(), time.Now); !errors.Is(err, ErrHeld) {
		t.Error(err)
	}
	if _, err := Look(path); err != nil {
		t.Error(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// FuzzRead reads journals: what is read is of a plan that can be done, and is read again the same.
func FuzzRead(f *testing.F) {
	all := lines(f)
	f.Add(bytes.Join(all, nil))
	f.Add(bytes.Join(all[:3], nil))
	f.Add(append(bytes.Clone(all[0]), all[1][:10]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		j := &Journal{steps: map[string]*progress{}}
		end, err := j.replayAll(bytes.NewReader(b))
		if err != nil {
			return
		}
		if end > int64(len(b)) || j.Plan().Sealed() != nil {
			t.Errorf("%d of %d bytes, %v", end, len(b), j.Plan().Sealed())
		}
		again := &Journal{steps: map[string]*progress{}}
		if n, err := again.replayAll(bytes.NewReader(b[:end])); err != nil || n != end || again.Finished() != j.Finished() || again.Undoing() != j.Undoing() {
			t.Errorf("again: %d of %d bytes, %v", n, end, err)
		}
	})
}

// FuzzReadPlan reads plans: what is read is written and read again the same.
func FuzzReadPlan(f *testing.F) {
	b, err := os.ReadFile(planSeed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	var p fix.Plan
	if err := json.Unmarshal(b, &p); err != nil {
		f.Fatal(err)
	}
	for i := range p.Steps { // small plans, which can be changed in more ways
		one := fix.Plan{Target: p.Target, Steps: p.Steps[i : i+1]}
		if one.Seal() == nil {
			b, err := json.Marshal(one)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := fix.Read(b)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := fix.Write(&out, p); err != nil {
			t.Fatal(err)
		}
		again, err := fix.Read(out.Bytes())
		if err != nil || again.ID != p.ID {
			t.Errorf("again: %v", err)
		}
		if err := fix.Write(io.Discard, again); err != nil {
			t.Error(err)
		}
	})
}
