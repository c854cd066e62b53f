package sqlite

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	code "modernc.org/sqlite/lib"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

// TestFull: a commit that finds no room is an error, those beside it are not, and the store
// goes on. SQLite's own bound on pages stands for the disk; TestFullDisk has a real one.
func TestFull(t *testing.T) {
	s := opened(t, fresh(t))
	committed(t, s, put(kms.KindKey, "a", "1"))
	if _, err := s.writer.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 20"); err != nil {
		t.Fatal(err)
	}
	large := kms.Record{Kind: kms.KindKey, ID: "large", Value: make([]byte, 30*pageSize)}
	want := map[string]string{"key a": "1"}
	results := make([]error, 40)
	var all sync.WaitGroup
	for i := range results {
		r := put(kms.KindGrant, fmt.Sprint(i), "g")
		if i%4 == 0 {
			r = large
		} else {
			want["grant "+r.ID] = "g"
		}
		all.Go(func() { results[i] = s.Commit(t.Context(), []kms.Record{r}) })
	}
	all.Wait()
	for i, err := range results {
		if full := is(err, code.SQLITE_FULL); full != (i%4 == 0) || full && (errors.Is(err, store.ErrUnusable) || !strings.HasPrefix(err.Error(), "commit to store "+s.path+": database or disk is full")) {
			t.Errorf("commit %d returns %v", i, err)
		}
	}
	holds(t, s, want)
	committed(t, s, kms.Record{Kind: kms.KindKey, ID: "a"})
	delete(want, "key a")
	closed(t, s)
	holds(t, opened(t, s.path), want)
}

// TestManyCommitters: 500 callers at once.
func TestManyCommitters(t *testing.T) {
	const callers, each = 500, 8
	s := opened(t, fresh(t))
	want := map[string]string{}
	errs := make([]error, callers)
	var all sync.WaitGroup
	for caller := range callers {
		for n := range each {
			want[fmt.Sprint("key ", caller, "-", n)] = "v"
		}
		all.Go(func() {
			for n := range each {
				errs[caller] = errors.Join(errs[caller], s.Commit(t.Context(), []kms.Record{put(kms.KindKey, fmt.Sprint(caller, "-", n), "v")}))
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if s.writer.commits > callers*each/4 {
		t.Errorf("%d commits took %d transactions: they are not gathered", callers*each, s.writer.commits)
	}
	closed(t, s)
	holds(t, opened(t, s.path), want)
}
