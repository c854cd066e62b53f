package awsapi

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// bucket limits the calls to one API of one account and Region. It halves its rate when AWS
// throttles and takes it back step by step, as TCP does.
type bucket struct {
	full    float64
	limiter *rate.Limiter
	mu      sync.Mutex
	halved  time.Time
}

const (
	// Calls that were on their way together are throttled together: once is enough.
	halveAtMostEvery = time.Second
	// A rate does not sink below a call in ten seconds.
	leastRate = 0.1
	// Each answer gives back a twenty-fifth of the full rate.
	recovery = 1.0 / 25
)

func newBucket(perSecond float64) *bucket {
	// A burst of a fifth of a second's calls hides the latency of short lists.
	burst := max(1, int(math.Ceil(perSecond/5)))
	return &bucket{full: perSecond, limiter: rate.NewLimiter(rate.Limit(perSecond), burst)}
}

func (b *bucket) wait(ctx context.Context) error { return b.limiter.Wait(ctx) }

// throttled halves the rate.
func (b *bucket) throttled(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.halved) < halveAtMostEvery {
		return
	}
	b.halved = now
	b.limiter.SetLimitAt(now, rate.Limit(max(leastRate, float64(b.limiter.Limit())/2)))
}

// answered takes back a part of what was given up.
func (b *bucket) answered(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := float64(b.limiter.Limit()); r < b.full {
		b.limiter.SetLimitAt(now, rate.Limit(min(b.full, r+b.full*recovery)))
	}
}

// buckets are those of one account and Region.
type buckets struct {
	override float64
	mu       sync.Mutex
	all      map[string]*bucket
}

func (bs *buckets) of(service, operation string) *bucket {
	name, perSecond := quota(service, operation, bs.override)
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.all == nil {
		bs.all = map[string]*bucket{}
	}
	if bs.all[name] == nil {
		bs.all[name] = newBucket(perSecond)
	}
	return bs.all[name]
}
