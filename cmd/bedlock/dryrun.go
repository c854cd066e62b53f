package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/dryrun"
)

// tryingSession is the name of the sessions of dry runs, in the CloudTrail of the accounts.
const tryingSession = "bedlock-dry-run"

// dryRunFlags say as whom KMS is asked by dry runs.
type dryRunFlags struct {
	on      bool // of verify
	off     bool // of apply
	asRoles bool
	patient time.Duration
}

func (d *dryRunFlags) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&d.asRoles, "try-as-roles", false, "make the dry runs of KMS also as the roles that need the keys, where they may be assumed")
	f.DurationVar(&d.patient, "try-for", dryrun.Patience, "how long KMS is asked again that refuses a dry run, as what was written may not be seen yet: `TIME`")
}

// check refuses flags that do not go together.
func (d *dryRunFlags) check() error {
	switch {
	case d.off && d.asRoles:
		return usage("leave one of them out", "--no-dry-run and --try-as-roles contradict each other")
	case d.patient < 0:
		return usage("use a time like 2m; 0 asks once", "--try-for %s", d.patient)
	}
	return nil
}

// roles are those that are assumed.
func (d *dryRunFlags) roles(p *fix.Plan) []string {
	if !d.asRoles {
		return nil
	}
	return dryrun.Roles(p)
}

// options say how KMS is asked; nil: it is not. The client calls nothing else.
func (d *dryRunFlags) options(ctx context.Context, note func(format string, args ...any), s *collection) (*dryrun.Options, error) {
	if d.off {
		return nil, nil
	}
	client, err := liveClient(ctx, s, dryrun.May)
	if err != nil {
		return nil, err
	}
	out := &dryrun.Options{Estate: client, Patience: max(d.patient, 1), Told: func(refused int, left time.Duration) {
		note("KMS refuses %s that the policy engine allows; asking again for %s at most", calls(refused), left.Round(time.Second))
	}}
	if d.asRoles {
		out.Assume = func(ctx context.Context, at fix.Place, role string) (fix.Estate, error) {
			return client.As(ctx, at, awsapi.Session{Role: role, Name: tryingSession, Policy: dryrun.SessionPolicy(), May: dryrun.May})
		}
	}
	return out, nil
}

// writeDryRuns writes how many calls are proved, and why others are not.
func writeDryRuns(w io.Writer, results []dryrun.Result) {
	if len(results) == 0 {
		return
	}
	fmt.Fprintf(w, "Dry runs of KMS: %d proved, %d not possible\n", dryrun.Count(results, dryrun.Proved), dryrun.Count(results, dryrun.NotPossible))
	for _, r := range dryrun.Reasons(results) {
		fmt.Fprintf(w, "  %s: %s\n", calls(r.Calls), r.Why)
	}
}

func calls(n int) string {
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}
