package kms

import (
	"context"
	"runtime"
)

// lane bounds the computations that take a millisecond or more, all of RSA with private
// keys, to half of the processors and at least one: however many are asked for, the other
// half is there for everything else. Whoever waits does so without a processor.
type lane chan struct{}

func newLane() lane { return make(lane, max(1, runtime.GOMAXPROCS(0)/2)) }

// run calls f when there is room. It gives up waiting when ctx is done.
func (l lane) run(ctx context.Context, f func() error) error {
	select {
	case l <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l }()
	return f()
}
