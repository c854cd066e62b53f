package awsapi

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func idsOf(t *testing.T, j *journal) (ids []string) {
	t.Helper()
	if err := j.records(func(r record) error {
		ids = append(ids, r.Resource.ID)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestJournalOfOne: two collections at once do not write one journal, and the second is told so.
func TestJournalOfOne(t *testing.T) {
	dir := t.TempDir()
	settings := map[string]string{"caller": own}
	first, err := openJournal(dir, settings)
	must(t, err)
	_, err = openJournal(dir, settings)
	if want := "open journal: " + filepath.Join(dir, "aws.journal") + ": another collection is writing it: wait for its end, or choose another folder"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	must(t, first.remove())
	next, err := openJournal(dir, settings)
	must(t, err)
	if next.run != 1 {
		t.Errorf("run %d: the journal was not begun anew", next.run)
	}
	must(t, next.close())
}

// TestJournal: what a unit wrote counts once it is done, whatever was cut off before.
func TestJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	settings := map[string]string{"caller": own}
	write := func(j *journal, unit, id string) {
		t.Helper()
		must(t, j.write(record{Unit: unit, Resource: &resource{ID: id}}))
	}
	j, err := openJournal(dir, settings)
	must(t, err)
	write(j, "a", "a1")
	write(j, "b", "b1")
	write(j, "a", "a2")
	must(t, j.write(record{Unit: "a", Done: true}))
	if got := idsOf(t, j); !slices.Equal(got, []string{"a1", "a2"}) {
		t.Errorf("records %q", got)
	}
	must(t, j.close())

	path := filepath.Join(dir, "aws.journal")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the journal has mode %v, %v", info.Mode(), err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString(`{"unit":"b","run":1,"resou`) // the machine stopped here
	must(t, errors.Join(err, f.Close()))

	j, err = openJournal(dir, settings)
	must(t, err)
	if !j.finished("a") || j.finished("b") {
		t.Error("a is done and b is not")
	}
	write(j, "b", "b2")
	must(t, j.write(record{Unit: "b", Done: true}))
	if got := idsOf(t, j); !slices.Equal(got, []string{"a1", "a2", "b2"}) {
		t.Errorf("records after the second run %q", got)
	}
	must(t, j.close())

	if _, err := openJournal(dir, map[string]string{"caller": member}); !errors.Is(err, errSettings) {
		t.Errorf("a journal of other settings: %v", err)
	}
	j, err = openJournal(dir, settings)
	must(t, err)
	must(t, j.remove())
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal of a complete collection is there: %v", err)
	}
}

// FuzzJournal: whatever a file holds, it is a journal, or refused with its name.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"settings":{"caller":"111122223333"}}` + "\n" + `{"unit":"a","run":1,"resource":{"type":"AWS::KMS::Key","id":"x","account":"111122223333"}}` + "\n" + `{"unit":"a","run":1,"done":true}` + "\n"))
	f.Add([]byte(`{"settings":{"caller":"111122223333"}}` + "\n" + `{"unit":"a","ru`))
	f.Add([]byte("\n"))
	f.Add([]byte("[]\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "aws.journal")
		must(t, os.WriteFile(path, content, 0o600))
		j, err := openJournal(dir, map[string]string{"caller": own})
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Fatalf("%v does not name the file", err)
			}
			return
		}
		must(t, j.records(func(record) error { return nil }))
		must(t, j.remove())
	})
}
