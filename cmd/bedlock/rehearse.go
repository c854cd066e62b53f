package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/rehearse"
)

// rehearseFlags are the flags of rehearse and, of apply, those of the rehearsal before it.
type rehearseFlags struct {
	source       string
	partial      bool
	isolationTag string
	// off: nothing is rehearsed.
	off bool
}

func (r *rehearseFlags) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.source, "inventory", "aws", "the `SOURCE` of the rehearsal: aws, demo, or an inventory that was saved")
	complete(c, "inventory", inventories)
	f.BoolVar(&r.partial, "allow-partial", false, "what the twin cannot hold is told and stops nothing")
	f.StringVar(&r.isolationTag, "isolation-tag", "", "the `TAG` that names a resource's isolation group (default bedlock:isolation-group)")
}

func newRehearse(env environment) *cobra.Command {
	o := output{env: env}
	var s collection
	var r rehearseFlags
	c := &cobra.Command{
		Use:   "rehearse PLAN",
		Short: "Try a plan on a local twin, and say what would go wrong",
		Long: `Rehearse builds a twin of AWS in this process: the accounts with their users, roles,
policies and control policies, the keys, and the resources that the plan changes, all under
their own ids. It applies the plan there and uses the keys as the resources' callers, roles
and services do, before and after. It compares who can do what with each key, every member of
each resource, and where each slot stands. Nothing is changed in AWS.

The inventory is read from AWS, in the accounts and Regions of the plan, or from the source that
--inventory names: a file, or demo. The plan is applied there with the policies of whose the credentials are, or
of --role.

What the twin cannot hold is told: then the rehearsal is not in order unless --allow-partial
says that this is no matter.

Exit codes: 0 in order · 1 the program failed · 2 usage · 4 something unexpected would happen ·
5 the twin could not hold everything · 130 interrupted`,
		Example: `  bedlock rehearse plan.json
  bedlock rehearse plan.json --inventory demo
  bedlock rehearse plan.json --inventory aws.json --format json -o rehearsal.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.format != "text" && o.format != "json" {
				return usage("use text or json", "unknown format %q", o.format)
			}
			plan, err := readPlan(args[0])
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("inventory") && ofDemo(cmd.Context(), plan) {
				r.source = sourceDemo
			}
			report, err := r.run(cmd.Context(), &o, &s, plan)
			if err != nil {
				return err
			}
			w, finish, err := o.open()
			if err != nil {
				return err
			}
			if err := finish(o.rehearsal(w, report, o.format)); err != nil {
				return err
			}
			return ofRehearsal(report)
		},
	}
	s.flags(c)
	r.flags(c)
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "what is printed: text, json")
	f.StringVarP(&o.file, "output", "o", "", "write the report to `FILE`")
	c.ValidArgsFunction = filesOf("json")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// ofRehearsal is the exit code of a rehearsal.
func ofRehearsal(r *rehearse.Report) error {
	switch {
	case r.OK:
		return nil
	case len(r.Unexpected) > 0:
		return &exitError{code: exitIncomplete}
	}
	return &exitError{code: exitInconclusive}
}

// run rehearses a plan with the inventory that the flags name.
func (r *rehearseFlags) run(ctx context.Context, o *output, s *collection, plan *fix.Plan) (*rehearse.Report, error) {
	cat, err := catalog.Embedded()
	if err != nil {
		return nil, err
	}
	as := ""
	if isAWS(r.source) {
		if err := s.reach(ctx, plan); err != nil {
			return nil, err
		}
		if as, err = s.around(ctx, plan); err != nil {
			return nil, err
		}
	}
	inv, err := s.collect(ctx, o, cat, []string{r.source})
	if err != nil {
		return nil, err
	}
	step, done := o.progress()
	defer done()
	return rehearse.Run(ctx, rehearse.Options{
		Inventory: inv, Catalog: cat, Plan: plan, Role: s.live.role, As: as, IsolationTag: r.isolationTag, AllowPartial: r.partial,
		Progress: func(n, total int) { step(n, total, "rehearsing: part") },
	})
}

// before rehearses a plan that is about to be applied; an error says that it must not be.
func (r *rehearseFlags) before(ctx context.Context, t *teller, s *collection, plan *fix.Plan) error {
	if r.off {
		t.unrehearsed("--no-rehearsal")
		return nil
	}
	report, err := r.run(ctx, t.o, s, plan)
	if err != nil {
		return err
	}
	if err := t.rehearsed(report); err != nil || report.OK {
		return err
	}
	failed := &exitError{code: exitIncomplete, err: errors.New("not applied: the rehearsal shows something that is not expected"), hint: "make another plan; --no-rehearsal applies this one all the same"}
	if len(report.Unexpected) == 0 {
		failed.err, failed.hint = errors.New("not applied: the rehearsal could not hold everything"), "if what was left out is no matter, add --allow-partial; --no-rehearsal leaves the rehearsal out"
	}
	return failed
}

// around sets the accounts and Regions of a plan, unless flags say which to read. It returns the
// ARN of whose the credentials are.
func (s *collection) around(ctx context.Context, plan *fix.Plan) (as string, err error) {
	var accounts, regions []string
	for i := range plan.Subjects {
		accounts, regions = append(accounts, plan.Subjects[i].Account), append(regions, plan.Subjects[i].Region)
	}
	for i := range plan.Steps {
		accounts, regions = append(accounts, plan.Steps[i].Account), append(regions, plan.Steps[i].Region)
	}
	for _, list := range []*[]string{&accounts, &regions} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if len(s.regions) == 0 {
		s.regions = regions
	}
	client, err := liveClient(ctx, s, nil)
	if err != nil || len(regions) == 0 {
		return "", err
	}
	if len(s.accounts) == 0 && !s.live.organization && !slices.Equal(accounts, []string{client.Account()}) {
		s.accounts = accounts
	}
	if s.live.role != "" {
		return "", nil
	}
	who, err := client.Call(ctx, fix.Place{Account: client.Account(), Region: regions[0]}, fix.Call{Service: "sts", Operation: "GetCallerIdentity"})
	return who.Text("Arn"), err
}

// rehearsal writes a report as JSON or in words.
func (o *output) rehearsal(w io.Writer, r *rehearse.Report, format string) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return o.words(w, rehearsalText(r))
}

func rehearsalText(r *rehearse.Report) string {
	var b strings.Builder
	say(&b, "Rehearsal of plan %s: %s", r.Plan, inOrder(r))
	for _, list := range []struct {
		title string
		texts []string
	}{{"Unexpected", r.Unexpected}, {"Not in the twin", r.Left}, {"Assumed", r.Assumed}} {
		if len(list.texts) > 0 {
			say(&b, "")
			say(&b, "%s", list.title)
		}
		for _, text := range list.texts {
			say(&b, "  - %s", text)
		}
	}
	if len(r.Steps) > 0 {
		say(&b, "")
		say(&b, "Steps on the twin")
	}
	for i, s := range r.Steps {
		say(&b, "  %2d  %-11s  %s", i+1, s.Outcome, s.Title)
	}
	usesText(&b, r)
	say(&b, "")
	say(&b, "Access: %d principals and all others, %d actions, %d keys", r.Compared.Principals, r.Compared.Actions, r.Compared.Keys)
	if len(r.Access) == 0 {
		say(&b, "  nobody gains or loses what is not planned")
	}
	for _, a := range r.Access {
		say(&b, "  %-6s  %s  %s", a.Change, a.Action, a.Who)
		say(&b, "          key %s", a.Key)
	}
	if len(r.Configuration) > 0 {
		say(&b, "")
		say(&b, "Configuration")
	}
	for _, c := range r.Configuration {
		what := "nothing else changes"
		if len(c.Changed) > 0 {
			what = strings.Join(c.Changed, ", ")
		}
		say(&b, "  %s: %s", c.Title, what)
	}
	return b.String()
}

// inOrder says in words how a rehearsal ended.
func inOrder(r *rehearse.Report) string {
	switch {
	case len(r.Unexpected) > 0:
		return fmt.Sprintf("%d unexpected", len(r.Unexpected))
	case !r.OK:
		return "not all of it could be tried"
	}
	return "in order"
}

// usesText writes, for each slot and purpose, how many can make the use.
func usesText(b *strings.Builder, r *rehearse.Report) {
	if len(r.Uses) == 0 {
		return
	}
	say(b, "")
	say(b, "Uses of keys, made before and after")
	type line struct{ slot, purpose, kind string }
	type count struct{ of, before, after, asked int }
	var lines []line
	counts := map[line]*count{}
	for _, u := range r.Uses {
		l := line{u.Title + ", " + u.Slot, u.For, u.Who}
		if u.Caller {
			l.kind = "callers"
		}
		if counts[l] == nil {
			counts[l] = &count{}
			lines = append(lines, l)
		}
		c := counts[l]
		c.of++
		if u.Before != rehearse.NotAsked {
			c.asked++
		}
		if u.Before == rehearse.Works {
			c.before++
		}
		if u.After == rehearse.Works {
			c.after++
		}
	}
	for _, w := range r.Crowds {
		l := line{w.Title + ", " + w.Slot, w.For, "callers"}
		if counts[l] == nil {
			counts[l] = &count{}
			lines = append(lines, l)
		}
		c := counts[l]
		c.of, c.before, c.after = c.of+w.Callers, c.before+w.Before, c.after+w.After
		if w.KeyBefore != "" {
			c.asked += w.Callers
		}
	}
	slots := map[string]int{}
	for _, l := range lines {
		if _, known := slots[l.slot]; !known {
			slots[l.slot] = len(slots)
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return slots[a.slot] - slots[b.slot] })
	slot := ""
	for _, l := range lines {
		if l.slot != slot {
			slot = l.slot
			say(b, "  %s", slot)
		}
		c := counts[l]
		if l.kind == "callers" {
			now := ""
			if c.asked > 0 {
				now = fmt.Sprintf(", %d could before", c.before)
			}
			say(b, "      %s: %d of %d users and roles can%s", l.purpose, c.after, c.of, now)
			continue
		}
		can := "cannot"
		if c.after > 0 {
			can = "can"
		}
		say(b, "      %s: %s %s", l.purpose, l.kind, can)
	}
}
