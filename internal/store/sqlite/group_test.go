package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

// disk is what a group writes to in these tests. Each write waits until it is let go.
type disk struct {
	batches [][]string // ids
	letGo   chan error
}

func (d *disk) write(batch []*commit) error {
	var ids []string
	for _, c := range batch {
		ids = append(ids, c.records[0].ID)
	}
	d.batches = append(d.batches, ids)
	return <-d.letGo
}

// commits runs one commit for each id, in this order, and collects the results.
func commits(ctx context.Context, g *group, results *sync.Map, all *sync.WaitGroup, ids ...string) {
	for _, id := range ids {
		all.Go(func() { results.Store(id, g.commit(ctx, []kms.Record{{ID: id}})) })
		synctest.Wait()
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func result(m *sync.Map, id string) any {
	v, ok := m.Load(id)
	if !ok {
		return "waiting"
	}
	return v
}

func TestGroupGathersWhileItWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{letGo: make(chan error)}
		g := newGroup(d.write)
		var results sync.Map
		var all sync.WaitGroup
		commits(t.Context(), g, &results, &all, "a", "b", "c", "d")
		same(t, d.batches, "[[a]]")
		d.letGo <- nil
		synctest.Wait()
		same(t, d.batches, "[[a] [b c d]]")
		same(t, []any{result(&results, "a"), result(&results, "b")}, "[<nil> waiting]")
		d.letGo <- nil
		all.Wait()
		same(t, []any{result(&results, "b"), result(&results, "c"), result(&results, "d")}, "[<nil> <nil> <nil>]")
		same(t, g.close(), nil)
	})
}

func TestGroupWithdrawsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{letGo: make(chan error)}
		g := newGroup(d.write)
		ctx, cancel := context.WithCancel(t.Context())
		var results sync.Map
		var all sync.WaitGroup
		commits(ctx, g, &results, &all, "written", "waiting")
		commits(t.Context(), g, &results, &all, "patient")
		cancel()
		synctest.Wait()
		same(t, []any{result(&results, "written"), result(&results, "waiting"), result(&results, "patient")}, "[waiting context canceled waiting]")
		d.letGo <- nil
		d.letGo <- nil
		all.Wait()
		same(t, d.batches, "[[written] [patient]]")
		same(t, []any{result(&results, "written"), result(&results, "patient")}, "[<nil> <nil>]")
		same(t, g.close(), nil)
	})
}

func TestGroupTriesEachAloneAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{letGo: make(chan error)}
		g := newGroup(d.write)
		var results sync.Map
		var all sync.WaitGroup
		commits(t.Context(), g, &results, &all, "a", "b", "c")
		full := errors.New("full")
		for _, err := range []error{full, full, nil, full} {
			d.letGo <- err
			synctest.Wait()
		}
		all.Wait()
		same(t, d.batches, "[[a] [b c] [b] [c]]")
		same(t, []any{result(&results, "a"), result(&results, "b"), result(&results, "c")}, "[full <nil> full]")
		same(t, g.close(), nil)
	})
}

func TestGroupStopsWhenUnusable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{letGo: make(chan error)}
		g := newGroup(d.write)
		var results sync.Map
		var all sync.WaitGroup
		commits(t.Context(), g, &results, &all, "a", "b", "c")
		d.letGo <- nil
		d.letGo <- fmt.Errorf("fsync: %w", store.ErrUnusable)
		all.Wait()
		commits(t.Context(), g, &results, &all, "d")
		all.Wait()
		same(t, d.batches, "[[a] [b c]]")
		same(t, []any{result(&results, "b"), result(&results, "c"), result(&results, "d")}, "[fsync: unusable fsync: unusable fsync: unusable]")
		same(t, g.close(), "fsync: unusable")
	})
}

func TestGroupWritesTheRestWhenClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{letGo: make(chan error)}
		g := newGroup(d.write)
		var results sync.Map
		var all sync.WaitGroup
		commits(t.Context(), g, &results, &all, "a", "b")
		var closing sync.WaitGroup
		closing.Go(func() { same(t, g.close(), nil) })
		synctest.Wait()
		commits(t.Context(), g, &results, &all, "late")
		d.letGo <- nil
		d.letGo <- nil
		all.Wait()
		closing.Wait()
		same(t, d.batches, "[[a] [b]]")
		same(t, []any{result(&results, "a"), result(&results, "b"), result(&results, "late")}, "[<nil> <nil> closed]")
	})
}
