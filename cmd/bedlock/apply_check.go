package main

import (
	"context"
	"slices"
	"time"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/dryrun"
	fixlive "github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/internal/fix/verify"
)

// What was written to IAM and KMS may not be seen at once: a check that fails is made again.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
const (
	checkAttempts = 3
	checkPause    = 4 * time.Second
)

// check is the functional check of a run. After the last step that makes a key usable, and before
// the first that changes a resource, the policy engine decides every need of the plan's subjects on
// the keys, policies, grants and roles as they are live, and KMS is asked by dry runs. It costs one
// reading of them.
type check struct {
	t      *teller
	s      *collection
	cat    *catalog.Catalog
	plan   *fix.Plan
	j      *apply.Journal
	client fixlive.Estate
	tries  *dryrun.Options // nil: no dry runs
}

// last is the step after which the check is made; empty: no step is about keys.
func (c *check) last() (id string) {
	for i := range c.plan.Steps {
		if slices.Contains([]fix.Kind{fix.CreateKey, fix.Rotation, fix.Alias, fix.KeyPolicy, fix.IdentityPolicy, fix.Grant}, c.plan.Steps[i].Kind) {
			id = c.plan.Steps[i].ID
		}
	}
	return id
}

// before makes the check of a plan that changes resources alone.
func (c *check) before(ctx context.Context) error {
	if c.last() != "" || !slices.ContainsFunc(c.plan.Subjects, func(s fix.Subject) bool { return s.Why == "" && s.To != "" }) {
		return nil
	}
	return c.make(ctx)
}

// after makes the check after its step.
func (c *check) after(ctx context.Context, step *fix.Step) error {
	if step.ID != c.last() {
		return nil
	}
	return c.make(ctx)
}

func (c *check) make(ctx context.Context) error {
	for n := 1; ; n++ {
		inv, err := c.s.again(ctx, c.t.o, c.cat, c.client, c.plan)
		if err != nil {
			return err
		}
		facts, err := verify.Ready(ctx, verify.Options{Plan: c.plan, Answers: c.j.Answers(), Inventory: inv, Catalog: c.cat, Now: time.Now()})
		if err == nil || n == checkAttempts {
			c.t.checked(facts)
		}
		if err == nil && c.tries != nil {
			tries := *c.tries
			tries.Plan, tries.Answers, tries.Inventory, tries.Catalog = c.plan, c.j.Answers(), inv, c.cat
			return c.t.tried(dryrun.Run(ctx, tries))
		}
		if err == nil || n == checkAttempts {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(checkPause):
		}
	}
}
