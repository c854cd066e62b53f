package sqlite

import (
	"context"
	"errors"
	"sync"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

// commit is one caller's, waiting for its result.
type commit struct {
	records []kms.Record
	result  chan error // of capacity 1
}

// group gathers the commits of concurrent callers: while one batch is being written, the
// next one gathers.
type group struct {
	// write writes all commits of a batch or none. After an error of the kind ErrUnusable it
	// is not called again.
	write func(batch []*commit) error

	mu      sync.Mutex
	more    sync.Cond // waiting or closed changed
	waiting []*commit
	closed  bool
	// broken is what made the store unusable; the writing goroutine's until done.
	broken error
	done   chan struct{}
}

func newGroup(write func([]*commit) error) *group {
	g := &group{write: write, done: make(chan struct{})}
	g.more.L = &g.mu
	go g.run()
	return g
}

// commit returns when the records are written. A caller that gives up takes back what is
// still waiting; what is being written is waited for, so that an error always means that
// nothing was written.
func (g *group) commit(ctx context.Context, records []kms.Record) error {
	c := &commit{records, make(chan error, 1)}
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return store.ErrClosed
	}
	g.waiting = append(g.waiting, c)
	g.mu.Unlock()
	g.more.Signal()
	select {
	case err := <-c.result:
		return err
	case <-ctx.Done():
		if g.withdraw(c) {
			return ctx.Err()
		}
		return <-c.result
	}
}

// withdraw takes back a commit that is still waiting.
func (g *group) withdraw(c *commit) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, w := range g.waiting {
		if w == c {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// close writes what is waiting, and returns what made the store unusable.
func (g *group) close() error {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.more.Signal()
	<-g.done
	return g.broken
}

func (g *group) run() {
	defer close(g.done)
	for {
		batch := g.take()
		if len(batch) == 0 {
			return
		}
		err := g.try(batch)
		if err == nil || len(batch) == 1 || g.broken != nil {
			for _, c := range batch {
				c.result <- err
			}
			continue
		}
		// One that cannot be written, such as a large one on a full disk, does not take the
		// others with it.
		for i, c := range batch {
			c.result <- g.try(batch[i : i+1])
		}
	}
}

// take waits for commits; none are left when it returns none.
func (g *group) take() []*commit {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.waiting) == 0 && !g.closed {
		g.more.Wait()
	}
	batch := g.waiting
	g.waiting = nil
	return batch
}

func (g *group) try(batch []*commit) error {
	if g.broken != nil {
		return g.broken
	}
	err := g.write(batch)
	if errors.Is(err, store.ErrUnusable) {
		g.broken = err
	}
	return err
}
