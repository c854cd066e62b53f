package awsapi

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestBucket: calls come at the rate, half as fast after throttling, and at the full rate again
// when enough of them were answered.
func TestBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBucket(10)
		b.wait(t.Context()) // the burst is 2
		b.wait(t.Context())
		spent := func(calls int) time.Duration {
			start := time.Now()
			for range calls {
				if err := b.wait(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			return time.Since(start).Round(time.Millisecond)
		}
		if d := spent(10); d != time.Second {
			t.Errorf("10 calls at 10 a second took %s", d)
		}
		b.throttled(time.Now())
		b.throttled(time.Now()) // one that was on its way at the same time
		if d := spent(10); d != 2*time.Second {
			t.Errorf("10 calls after throttling took %s", d)
		}
		for range 13 {
			b.answered(time.Now())
		}
		if d := spent(10); d != time.Second {
			t.Errorf("10 calls after 13 answers took %s", d)
		}
		b.answered(time.Now())
		if got := float64(b.limiter.Limit()); got != 10 {
			t.Errorf("the rate is %v, more than the full one", got)
		}
		for range 20 {
			time.Sleep(2 * time.Second)
			b.throttled(time.Now())
		}
		if got := float64(b.limiter.Limit()); got != leastRate {
			t.Errorf("the rate sank to %v", got)
		}
	})
}

func TestQuotas(t *testing.T) {
	for _, c := range []struct {
		service, operation string
		override           float64
		bucket             string
		rate               float64
	}{
		{"kms", "DescribeKey", 0, "kms", 50},
		{"kms", "GetKeyLastUsage", 0, "kms:GetKeyLastUsage", 2.5},
		{"kms", "GetKeyLastUsage", 20, "kms:GetKeyLastUsage", 20},
		{"lambda", "GetFunction", 0, "lambda", 7.5},
		{"bedrock", "GetGuardrail", 0, "bedrock", 5},
		{"bedrock", "GetGuardrail", 3, "bedrock", 3},
	} {
		if bucket, rate := quota(c.service, c.operation, c.override); bucket != c.bucket || rate != c.rate {
			t.Errorf("%s %s: %s at %v a second, want %s at %v", c.service, c.operation, bucket, rate, c.bucket, c.rate)
		}
	}
}
