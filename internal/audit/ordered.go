package audit

import (
	"context"
	"sync"
)

// ordered runs work for 0 … n-1 on several goroutines and hands the results to
// take in order, on the calling goroutine. A bounded number of results waits. It
// returns when all goroutines have ended: with take's first error, or ctx's.
func ordered[T any](ctx context.Context, n, workers int, work func(int) T, take func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	type job struct {
		i   int
		out chan T
	}
	jobs := make(chan job)
	queue := make(chan chan T, 4*workers)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	group.Go(func() {
		defer close(jobs)
		defer close(queue)
		for i := range n {
			out := make(chan T, 1)
			select {
			case queue <- out:
			case <-ctx.Done():
				return
			}
			select {
			case jobs <- job{i, out}:
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		group.Go(func() {
			for j := range jobs {
				j.out <- work(j.i)
			}
		})
	}
	for out := range queue {
		select {
		case result := <-out:
			if err := take(result); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return ctx.Err()
}
