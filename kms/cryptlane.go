package kms

import (
	"context"
	"runtime"

	"github.com/bedlock/bedlock/kms/material"
)

// lane bounds the computations that take a millisecond or more, all of RSA with private
// keys, to half of the processors and at least one: however many are asked for, the other
// half is there for everything else. Whoever waits does so without a processor.
type lane chan struct{}

func newLane() lane { return make(lane, max(1, runtime.GOMAXPROCS(0)/2)) }

// slow runs what needs a private key of a spec, or makes one: for RSA in the lane.
func (s *Service) slow(ctx context.Context, spec material.Spec, f func() error) error {
	switch spec {
	case material.RSA2048, material.RSA3072, material.RSA4096:
		return s.lane.run(ctx, f)
	}
	return f()
}

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
