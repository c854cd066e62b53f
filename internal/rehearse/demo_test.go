package rehearse_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/rehearse"
)

// callersFound lets in who would lose what works now.
func callersFound(q *fix.Request) { q.FindCallers = true }

// TestDemo: the twin holds all of the demo estate that the plan changes, and the plan is applied
// there, with policies for all who would lose what works now. All but one thing is in order.
func TestDemo(t *testing.T) {
	inv, plan := fixtest.Demo(t, callersFound)
	r := rehearsed(t, inv, plan)
	// UpdateAgent takes no agent without a model, and the draft of one has none.
	i := slices.IndexFunc(plan.Subjects, func(s fix.Subject) bool { return s.Title == `agent "initech-desk"` })
	if i < 0 || !strings.Contains(plan.Subjects[i].Why, "foundationModel") {
		t.Errorf("initech-desk: %+v", plan.Subjects)
	}
	for _, s := range r.Steps {
		if s.Outcome != rehearse.Done {
			t.Errorf("step %s is %s: %s", s.ID, s.Outcome, s.Error)
		}
	}
	if len(r.Left) != 1 || !strings.HasPrefix(r.Left[0], "the policy of key alias/works/board is not known: AccessDeniedException") {
		t.Errorf("left %q", r.Left)
	}
	if len(r.Access) > 0 {
		t.Errorf("access %+v", r.Access)
	}
	// The log files of the trail are in a bucket that some may read; none of them is told apart as
	// somebody who reads these.
	if len(r.Unexpected) != 1 || !strings.HasPrefix(r.Unexpected[0], `trail "tokenmeter", logs: no user or role of account 333344445555 could call (read): kms:Decrypt: `) {
		t.Errorf("unexpected %q", r.Unexpected)
	}
	if len(r.Configuration) < 20 || len(r.Uses) < 100 {
		t.Errorf("%d resources, %d uses", len(r.Configuration), len(r.Uses))
	}
}

// BenchmarkDemo rehearses the plan for the demo estate.
func BenchmarkDemo(b *testing.B) {
	inv, plan := fixtest.Demo(b, callersFound)
	known, err := catalog.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := rehearse.Run(b.Context(), rehearse.Options{Inventory: inv, Catalog: known, Plan: plan})
		if err != nil {
			b.Fatal(err)
		}
		if len(r.Steps) != len(plan.Steps) {
			b.Fatal("not all steps")
		}
	}
}
