package rehearse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/inventory"
)

// Options say what is rehearsed.
type Options struct {
	Inventory *inventory.Inventory
	Catalog   *catalog.Catalog
	Plan      *fix.Plan
	// Role is the name of the role that applies the plan, or its ARN with {account} in it. In
	// accounts where the inventory has it, it acts with its own policies; empty, and elsewhere: a
	// role that may do everything that control policies and key policies leave to its account.
	Role string
	// As is the ARN of whoever applies the plan without a role: a user, or a session of a role. It
	// acts with its own policies where the inventory has it; empty: as above.
	As string
	// IsolationTag is as in the audit; empty: its default.
	IsolationTag string
	// AllowPartial: what the twin cannot hold keeps no rehearsal from being in order.
	AllowPartial bool
	// Many is how many uses by callers are made one by one, at most; zero: 20,000. Of more, the policy
	// engine decides (see [Report.Crowds]).
	Many int
	// Exhaustive: the accesses of those are compared too for whom nothing has changed.
	Exhaustive bool
	// Now is the time of the report; nil: the machine's.
	Now func() time.Time
	// Progress is told of each step, and of each slot whose key was used before or after; nil:
	// nobody is.
	Progress func(done, total int)
}

// Run rehearses a plan. The error is about the options, or a defect; what goes wrong in the
// rehearsal is in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Inventory == nil || o.Catalog == nil || o.Plan == nil {
		return nil, errors.New("rehearse: no inventory, catalogue or plan")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	if o.IsolationTag == "" {
		o.IsolationTag = audit.DefaultIsolationTag
	}
	plan, err := timeless(o.Plan)
	if err != nil {
		return nil, fmt.Errorf("rehearse: %w", err)
	}
	o.Plan = plan
	r := &rehearsal{Options: o, report: &Report{Version: Version, Plan: o.Plan.ID, Made: o.Now().UTC(), Unexpected: []string{}, Uses: []Use{}}}
	r.places, r.said = r.place(), map[string]bool{}
	if err := r.run(ctx); err != nil {
		return nil, fmt.Errorf("rehearse: %w", err)
	}
	r.report.OK = len(r.report.Unexpected) == 0 && (o.AllowPartial || len(r.report.Left) == 0)
	return r.report, nil
}

// rehearsal is one run.
type rehearsal struct {
	Options
	report *Report
	twin   *twin
	places *places
	// said are the sentences of the report.
	said map[string]bool
	// after is the inventory as the plan leaves it on the twin.
	after *inventory.Inventory
	// keys are the ARNs of the keys that steps have created, by the steps' IDs.
	keys map[string]string
	// answers are those of the steps in the twin.
	answers fix.Answers
	// made are the ids of the grants that steps have made.
	made map[string]bool
	// estate is the inventory for its policies, callings whom they let call what.
	estate   *estate.Estate
	callings map[calling]map[string]bool
	// done and total are those of Progress.
	done, total int
	// many: there are too many callers to call KMS for each use.
	many bool
}

// tick tells of progress.
func (r *rehearsal) tick() {
	r.done++
	r.Progress(r.done, r.total)
}

func (r *rehearsal) run(ctx context.Context) error {
	if err := r.build(ctx); err != nil {
		return err
	}
	defer r.twin.close()
	uses := r.uses()
	r.total = 2*len(uses) + len(r.Plan.Steps)
	if err := r.exercise(ctx, uses, r.Inventory, before); err != nil {
		return err
	}
	r.twin.remember()
	if err := r.rememberWhole(ctx); err != nil {
		return err
	}
	if err := r.apply(ctx); err != nil {
		return err
	}
	if err := r.look(ctx); err != nil {
		return err
	}
	if err := r.exercise(ctx, uses, r.after, after); err != nil {
		return err
	}
	r.judgeUses(ctx, uses)
	if err := r.access(); err != nil {
		return err
	}
	if err := r.configuration(ctx); err != nil {
		return err
	}
	r.isolation()
	return r.rungs(ctx)
}

func (r *rehearsal) unexpected(format string, args ...any) {
	r.once("unexpected", &r.report.Unexpected, fmt.Sprintf(format, args...))
}

func (r *rehearsal) left(format string, args ...any) {
	r.once("left", &r.report.Left, fmt.Sprintf(format, args...))
}

func (r *rehearsal) assumed(format string, args ...any) {
	r.once("assumed", &r.report.Assumed, fmt.Sprintf(format, args...))
}

func (r *rehearsal) once(kind string, list *[]string, text string) {
	if key := kind + " " + text; !r.said[key] {
		r.said[key] = true
		*list = append(*list, text)
	}
}
