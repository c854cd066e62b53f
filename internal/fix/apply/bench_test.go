package apply

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// remembered is an estate in memory whose resources have a name, a key and a long text.
type remembered struct {
	keys  map[string]string
	calls atomic.Int64
}

func (r *remembered) Call(_ context.Context, _ fix.Place, c fix.Call) (wire.Object, error) {
	r.calls.Add(1)
	name := c.Input.Text("name")
	if c.Operation == "Update" {
		r.keys[name] = c.Input.Text("key")
		return wire.Object{}, nil
	}
	return state(name, r.keys[name]), nil
}

var long = strings.Repeat("one of the words of a prompt, ", 140) // 4 KiB

func state(name, key string) wire.Object {
	return wire.Object{"name": name, "key": key, "text": long}
}

// updating is a plan of updates of resources with a call each.
func updating(b *testing.B, steps int) *fix.Plan {
	plan := &fix.Plan{}
	for i := range steps {
		name := fmt.Sprintf("r%03d", i)
		plan.Steps = append(plan.Steps, fix.Step{
			ID: fmt.Sprintf("s%03d-update-%s", i+1, name), Kind: fix.Update, Title: name,
			State: &fix.State{Read: fix.Call{Operation: "Get", Input: wire.Object{"name": name}}}, Before: state(name, "old"), After: state(name, "new"),
			Do:   []fix.Call{{Operation: "Update", Input: state(name, "new")}},
			Undo: []fix.Call{{Operation: "Update", Input: state(name, "old")}},
		})
	}
	if err := plan.Seal(); err != nil {
		b.Fatal(err)
	}
	return plan
}

// untouched is an estate where nothing of a plan has been done.
func untouched(plan *fix.Plan) *remembered {
	r := &remembered{keys: map[string]string{}}
	for i := range plan.Steps {
		r.keys[plan.Steps[i].Title] = "old"
	}
	return r
}

// BenchmarkApply tells what the journal and the verification of a step cost: the plan's calls alone,
// the whole run, and what it takes to open the journal of one that goes on. Neither grows with the
// number of steps before.
func BenchmarkApply(b *testing.B) {
	for _, steps := range []int{500, 2000} {
		plan := updating(b, steps)
		perStep := func(b *testing.B, calls int64) {
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(steps), "µs/step")
			b.ReportMetric(float64(calls)/float64(b.N)/float64(steps), "calls/step")
		}
		b.Run(fmt.Sprintf("calls alone/steps=%d", steps), func(b *testing.B) {
			var calls int64
			for b.Loop() {
				r := untouched(plan)
				for i := range plan.Steps {
					if _, err := r.Call(b.Context(), fix.Place{}, plan.Steps[i].Do[0]); err != nil {
						b.Fatal(err)
					}
				}
				calls += r.calls.Load()
			}
			perStep(b, calls)
		})
		b.Run(fmt.Sprintf("apply/steps=%d", steps), func(b *testing.B) {
			var calls int64
			for n := 0; b.Loop(); n++ {
				r := untouched(plan)
				path := filepath.Join(b.TempDir(), fmt.Sprint("journal", n))
				j, err := Create(path, plan, time.Now)
				if err != nil {
					b.Fatal(err)
				}
				if err := Apply(b.Context(), j, Options{Estate: r}); err != nil {
					b.Fatal(err)
				}
				if err := j.Close(); err != nil {
					b.Fatal(err)
				}
				calls += r.calls.Load()
			}
			perStep(b, calls)
		})
		b.Run(fmt.Sprintf("open/steps=%d", steps), func(b *testing.B) {
			r := untouched(plan)
			path := filepath.Join(b.TempDir(), "journal")
			j, err := Create(path, plan, time.Now)
			if err != nil {
				b.Fatal(err)
			}
			if err := Apply(b.Context(), j, Options{Estate: r}); err != nil {
				b.Fatal(err)
			}
			if err := j.Close(); err != nil {
				b.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				j, err := Open(path, time.Now)
				if err != nil {
					b.Fatal(err)
				}
				if err := j.Close(); err != nil {
					b.Fatal(err)
				}
			}
			perStep(b, 0)
			b.ReportMetric(float64(info.Size())/float64(steps), "B/step")
		})
	}
}
