package apply

import (
	"context"
	"fmt"
	"path/filepath"
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

var long = string(make([]byte, 4<<10))

func state(name, key string) wire.Object {
	return wire.Object{"name": name, "key": key, "text": long}
}

// BenchmarkApply tells what the journal and the verification of a step cost: the plan's calls alone,
// and the whole run. A step of the plan has one call.
func BenchmarkApply(b *testing.B) {
	const steps = 500
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
	fresh := func() *remembered {
		r := &remembered{keys: map[string]string{}}
		for i := range steps {
			r.keys[fmt.Sprintf("r%03d", i)] = "old"
		}
		return r
	}
	perStep := func(b *testing.B, calls int64) {
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/steps, "µs/step")
		b.ReportMetric(float64(calls)/float64(b.N)/steps, "calls/step")
	}
	b.Run("calls alone", func(b *testing.B) {
		var calls int64
		for b.Loop() {
			r := fresh()
			for i := range plan.Steps {
				if _, err := r.Call(b.Context(), fix.Place{}, plan.Steps[i].Do[0]); err != nil {
					b.Fatal(err)
				}
			}
			calls += r.calls.Load()
		}
		perStep(b, calls)
	})
	b.Run("apply", func(b *testing.B) {
		var calls int64
		for n := 0; b.Loop(); n++ {
			r := fresh()
			j, err := Create(filepath.Join(b.TempDir(), fmt.Sprint("journal", n)), plan, time.Now)
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
}
