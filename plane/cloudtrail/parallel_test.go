package cloudtrail

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestBigRecords: the memory of a big record is not kept for small ones.
func TestBigRecords(t *testing.T) {
	r := ring{size: 1}
	for _, size := range []int{100, reusable + 1, 100} {
		r.add(&Event{}, make([]byte, size))
	}
	if n := cap(r.slots[0].record); n > reusable {
		t.Errorf("100 bytes keep %d", n)
	}
}

// TestParallel: nothing is lost or mixed up when many observe and look.
func TestParallel(t *testing.T) {
	dir := t.TempDir()
	trail, err := New(Options{Dir: dir, Every: time.Millisecond, Keep: 100})
	if err != nil {
		t.Fatal(err)
	}
	const observers, each = 8, 200
	var all sync.WaitGroup
	for i := range observers {
		all.Go(func() {
			c := listKeys()
			for n := range each {
				c.RequestID = fmt.Sprintf("%d-%d", i, n)
				c.UserAgent = c.RequestID
				trail.Observe(c)
			}
		})
	}
	all.Go(func() {
		for range 50 {
			out, err := trail.lookup(home, region, &LookupEventsInput{})
			if err != nil {
				t.Error(err)
			}
			for _, e := range out.Events {
				if !json.Valid([]byte(e.CloudTrailEvent)) {
					t.Errorf("no JSON: %s", e.CloudTrailEvent)
				}
			}
			trail.Recent(10)
		}
	})
	all.Wait()
	if err := trail.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, records := range written(t, dir) {
		for _, r := range records {
			var one struct{ RequestID, UserAgent string }
			if err := json.Unmarshal([]byte(r), &one); err != nil || one.RequestID != one.UserAgent || seen[one.RequestID] {
				t.Fatalf("%s: %v", r, err)
			}
			seen[one.RequestID] = true
		}
	}
	if len(seen) != observers*each {
		t.Errorf("%d records, want %d", len(seen), observers*each)
	}
}
