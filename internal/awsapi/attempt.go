package awsapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
)

// attempts is how often a call is made before it counts as failed, mostWait the longest pause
// between two of them.
const (
	attempts = 8
	mostWait = 5 * time.Second
)

// newRetryer has no budget of its own: the buckets see that calls are made again slowly enough.
func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff, o.RateLimiter = attempts, mostWait, ratelimit.None
	})
}

// gate is what every attempt of a call passes: the rate of its API, then one of the places for
// calls in flight.
type gate struct {
	places chan struct{}
}

func (g gate) pass(ctx context.Context, b *bucket, call func() error) error {
	if err := b.wait(ctx); err != nil {
		return err
	}
	select {
	case g.places <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := call()
	<-g.places
	if throttles(err) {
		b.throttled(time.Now())
	} else if err == nil {
		b.answered(time.Now())
	}
	return err
}

func throttles(err error) bool {
	return err != nil && retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}

// guard refuses operations that are not among the reads of a service, and lets attempts of the
// others through the gate.
func guard(s *service, g gate, bs *buckets) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		operation := stack.ID()
		if _, ok := s.reads[operation]; !ok {
			return fmt.Errorf("%s: operation %s is not one that is read", s.model, operation)
		}
		b := bs.of(s.model, operation)
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Gate",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, md middleware.Metadata, err error) {
				err = g.pass(ctx, b, func() (err error) {
					out, md, err = next.HandleFinalize(ctx, in)
					return err
				})
				return out, md, err
			}), "Retry", middleware.After)
	}
}

// transport gives all clients one pool of connections. A client that the caller brought stays.
func transport(cfg aws.Config, inFlight int) aws.HTTPClient {
	switch c := cfg.HTTPClient.(type) {
	case nil:
		return pooled(awshttp.NewBuildableClient(), inFlight)
	case *awshttp.BuildableClient:
		return pooled(c, inFlight)
	}
	return cfg.HTTPClient
}

func pooled(c *awshttp.BuildableClient, inFlight int) aws.HTTPClient {
	return c.WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 4*inFlight, inFlight
		t.ResponseHeaderTimeout = time.Minute
	}).Freeze()
}
