package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/bedlock/bedlock/kms"
)

// contextChecks are about callers that give up.
func contextChecks() []Check {
	return []Check{
		{"a cancelled context commits and loads nothing", cancelledBefore},
		{"a commit that returns an error is not there", cancelledMeanwhile},
	}
}

// concurrencyChecks are about several callers at once.
func concurrencyChecks() []Check {
	return []Check{
		{"concurrent commits are all there", concurrent},
		{"commits count in the order in which they were acknowledged", ordered},
		{"a load sees a commit whole or not at all", atomicLoads},
	}
}

func cancelledBefore(ctx context.Context, open Open) error {
	s, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer s.Close()
	first := []kms.Record{put("key", "a", "1")}
	if err := s.Commit(ctx, first); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for range 30 { // so that a race of the two outcomes is seen
		if err := s.Commit(gone, []kms.Record{put("key", "b", "1")}); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("commit with a cancelled context returned %v", err)
		}
	}
	if err := s.Load(gone, func(kms.Record) error { return nil }); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("load with a cancelled context returned %v", err)
	}
	return expect(ctx, s, contents{}.apply(first))
}

// cancelledMeanwhile races cancellations with commits; whatever wins, the result and the
// store agree.
func cancelledMeanwhile(ctx context.Context, open Open) error {
	const callers, rounds = 16, 25
	s, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	want := contents{}
	var mu sync.Mutex
	errs := make([]error, callers)
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for round := range rounds {
				records := []kms.Record{put("key", fmt.Sprint(caller, "-", round), "1")}
				impatient, cancel := context.WithCancel(ctx)
				go cancel()
				err := s.Commit(impatient, records)
				cancel()
				switch {
				case err == nil:
					mu.Lock()
					want = want.apply(records)
					mu.Unlock()
				case !errors.Is(err, context.Canceled):
					errs[caller] = fmt.Errorf("commit of a cancelled call: %w", err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return errors.Join(err, s.Close())
	}
	return reopened(ctx, open, s, func(s kms.Store) error { return expect(ctx, s, want) })
}

func concurrent(ctx context.Context, open Open) error {
	const callers, rounds = 64, 20
	s, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	want := contents{}
	errs := make([]error, callers)
	var all sync.WaitGroup
	for caller := range callers {
		own := func(round int) []kms.Record {
			return []kms.Record{put("key", fmt.Sprint(caller), fmt.Sprint(round)), put("grant", fmt.Sprint(caller, "-", round), "1"), remove("grant", fmt.Sprint(caller, "-", round-1))}
		}
		for round := range rounds {
			want = want.apply(own(round))
		}
		all.Go(func() {
			for round := range rounds {
				if err := s.Commit(ctx, own(round)); err != nil {
					errs[caller] = fmt.Errorf("commit: %w", err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return errors.Join(err, s.Close())
	}
	return reopened(ctx, open, s, func(s kms.Store) error { return expect(ctx, s, want) })
}

// ordered passes a counter from caller to caller through the store's acknowledgements.
func ordered(ctx context.Context, open Open) error {
	const callers, last = 8, 200
	s, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	turn := make(chan int, 1)
	turn <- 1
	errs := make([]error, callers)
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for n := range turn {
				if n > last || errs[caller] != nil {
					turn <- n
					return
				}
				errs[caller] = s.Commit(ctx, []kms.Record{put("key", "counter", strconv.Itoa(n))})
				turn <- n + 1
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), s.Close())
	}
	return reopened(ctx, open, s, func(s kms.Store) error {
		return expect(ctx, s, contents{{"key", "counter"}: []byte(strconv.Itoa(last))})
	})
}

// atomicLoads loads while pairs of equal values are committed.
func atomicLoads(ctx context.Context, open Open) error {
	const pairs, rounds = 4, 40
	s, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	errs := make([]error, pairs+1)
	var writers, reader sync.WaitGroup
	for pair := range pairs {
		writers.Go(func() {
			for round := range rounds {
				value := fmt.Sprint(round)
				records := []kms.Record{put("key", fmt.Sprint(pair), value), put("material", fmt.Sprint(pair), value)}
				if err := s.Commit(ctx, records); err != nil {
					errs[pair] = fmt.Errorf("commit: %w", err)
					return
				}
			}
		})
	}
	done := make(chan struct{})
	reader.Go(func() {
		for {
			if errs[pairs] = onlyPairs(ctx, s); errs[pairs] != nil {
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	writers.Wait()
	close(done)
	reader.Wait()
	return errors.Join(errors.Join(errs...), onlyPairs(ctx, s), s.Close())
}

// onlyPairs loads, and finds a key that differs from its material.
func onlyPairs(ctx context.Context, s kms.Store) error {
	got, err := load(ctx, s)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	for k, v := range got {
		kind := kms.Kind("key")
		if k.kind == kind {
			kind = "material"
		}
		if other := got[id{kind, k.id}]; string(other) != string(v) {
			return fmt.Errorf("half of a commit is loaded: record %s %s is %q, but %s is %q", k.kind, k.id, v, kind, other)
		}
	}
	return nil
}
