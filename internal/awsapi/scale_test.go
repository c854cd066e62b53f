package awsapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// fleetAccounts is how many accounts are collected; BEDLOCK_SCALE_ACCOUNTS=1000 is the full size.
func fleetAccounts(t testing.TB) int {
	text := os.Getenv("BEDLOCK_SCALE_ACCOUNTS")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// complete checks that an inventory has everything of every account and Region, once: IDs of an
// inventory are unique.
func complete(t *testing.T, inv *inventory.Inventory, places int) {
	t.Helper()
	parts := inv.Parts()
	for _, in := range parts.Inputs {
		if in.Status != bedlock.InputAudited {
			t.Errorf("%s: %s", in.Path, in.Reason)
		}
	}
	if got, want := len(parts.Keys), places*fleetKeys; got != want {
		t.Errorf("%d keys, want %d", got, want)
	}
	if got, want := len(parts.Resources), places*(fleetGuardrails+fleetLogGroups); got != want {
		t.Errorf("%d resources, want %d", got, want)
	}
	for _, r := range parts.Resources {
		for _, s := range r.Slots {
			if s.Named[0].Key == "" {
				t.Fatalf("%s %s names no key of the inventory: %s", r.ID, s.Name, s.Named[0].Text.Why())
			}
		}
	}
}

// TestScale: from a plane with late and throttled answers a collection is complete, without a duplicate. How long it takes, and
// what the rates allow, is told; only the run of full size, which is asked for, fails when it is
// not close to that, since the machine has a part in it.
func TestScale(t *testing.T) {
	regions := []string{"eu-central-1", "eu-west-1", "us-east-1", "us-west-2"}
	f := &late{latency: 50 * time.Millisecond, every: 200}
	start := time.Now()
	o := servePlane(t, f, fleetAccounts(t), regions)
	t.Logf("made in %s", time.Since(start).Round(time.Second))
	o.Rate, o.Parallel, o.InFlight = 15, 12, 256
	if len(o.Accounts) > 100 {
		o.Parallel = 48
	}
	places := len(o.Accounts) * len(regions)
	var peak atomic.Uint64
	o.Progress = func(int, int) { keepPeak(&peak) }
	start = time.Now()
	inv, err := Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	complete(t, inv, places)
	// The longest of the buckets of a place is Bedrock's: two pages, and of each guardrail
	// three calls. KMS's has 2 and of each key five; GetKeyLastUsage has a bucket of its own.
	bedrock := float64(2+3*fleetGuardrails) / o.Rate
	rounds := (places + o.Parallel - 1) / o.Parallel
	ideal := time.Duration(float64(rounds) * bedrock * float64(time.Second))
	calls, resources := f.calls.Load(), int64(places*(fleetKeys+fleetGuardrails+fleetLogGroups))
	t.Logf("%d accounts × %d Regions: %d calls, %.2f a resource, %d throttled; %s, ideal %s, ratio %.2f; heap at most %d MB while reading; %s in the plane",
		len(o.Accounts), len(regions), calls, float64(calls)/float64(resources), f.throttled.Load(),
		took.Round(time.Second), ideal, took.Seconds()/ideal.Seconds(), peak.Load()>>20, time.Duration(f.busy.Load()).Round(time.Second))
	if len(o.Accounts) > 100 && took.Seconds() > 1.3*ideal.Seconds() {
		t.Errorf("took %s, more than 1.3 × %s", took, ideal)
	}
}

func keepPeak(peak *atomic.Uint64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for {
		old := peak.Load()
		if m.HeapInuse <= old || peak.CompareAndSwap(old, m.HeapInuse) {
			return
		}
	}
}

// TestResume: a collection that is interrupted goes on, and what was read is not read again.
func TestResume(t *testing.T) {
	whole := &fleet{}
	o := fleetOptions(t, serveFleet(t, whole), 6)
	o.Rate = 10000
	want, err := Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	complete(t, want, 6)

	f := &fleet{latency: time.Millisecond}
	o = fleetOptions(t, serveFleet(t, f), 6)
	o.Rate, o.State, o.Parallel = 10000, t.TempDir(), 2
	interrupted := 0
	for n := 0; ; n++ {
		if n == 10 {
			t.Fatal("the collection does not come to an end")
		}
		interrupted = n
		ctx, cancel := context.WithCancel(t.Context())
		o.Progress = func(done, total int) {
			if done >= 7*(n+1) && done < total {
				cancel()
			}
		}
		got, err := Collect(ctx, o)
		cancel()
		if errors.Is(err, context.Canceled) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			t.Error("the collection was not interrupted")
		}
		same(t, got, want)
		break
	}
	// An interruption costs what the places are at that are being read then, and no more.
	place := whole.calls.Load() / 6
	if extra := f.calls.Load() - whole.calls.Load(); extra < 0 || extra > int64(interrupted*o.Parallel)*(place+1) {
		t.Errorf("%d calls with %d interruptions, %d without, of them %d of a place", f.calls.Load(), interrupted, whole.calls.Load(), place)
	}
}

func same(t *testing.T, got, want *inventory.Inventory) {
	t.Helper()
	var a, b bytes.Buffer
	if err := errors.Join(inventory.Write(&a, got), inventory.Write(&b, want)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("the inventories differ: %d and %d bytes", a.Len(), b.Len())
	}
	if n := fmt.Sprint(len(got.Parts().Resources)); n == "0" {
		t.Error("there are no resources")
	}
}
