package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	fixlive "github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/internal/fix/verify"
)

// What was written to IAM and KMS may not be seen at once: a check that fails is made again.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
const (
	checkAttempts = 3
	checkPause    = 4 * time.Second
)

// checked returns the functional check of a run. After the last step that makes a key usable, and
// before the first that changes a resource, the policy engine decides every need of the plan's
// subjects on the keys, policies, grants and roles as they are live. It costs one reading of them.
func checked(o *output, s *collection, cat *catalog.Catalog, plan *fix.Plan, j *apply.Journal, client fixlive.Estate) func(context.Context, *fix.Step) error {
	last := ""
	for i := range plan.Steps {
		if slices.Contains([]fix.Kind{fix.CreateKey, fix.Rotation, fix.Alias, fix.KeyPolicy, fix.IdentityPolicy, fix.Grant}, plan.Steps[i].Kind) {
			last = plan.Steps[i].ID
		}
	}
	return func(ctx context.Context, step *fix.Step) error {
		if step.ID != last {
			return nil
		}
		for n := 1; ; n++ {
			inv, err := s.again(ctx, o, cat, client, plan)
			if err != nil {
				return err
			}
			unjudged, err := verify.Ready(ctx, verify.Options{Plan: plan, Answers: j.Answers(), Inventory: inv, Catalog: cat, Now: time.Now()})
			if err == nil && len(unjudged) > 0 {
				fmt.Fprintf(o.env.stderr, "bedlock: who can use the new key could not be read for %s\n", strings.Join(unjudged, ", "))
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
}
