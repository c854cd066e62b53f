package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/dryrun"
	"github.com/bedlock/bedlock/internal/fix/verify"
	"github.com/bedlock/bedlock/inventory"
)

func newVerify(env environment) *cobra.Command {
	o := output{env: env}
	var s collection
	var d dryRunFlags
	c := &cobra.Command{
		Use:   "verify PLAN|JOURNAL",
		Short: "Show that an applied plan holds, with evidence",
		Long: `Verify reads again what a plan was about: each slot's rung, each step's state, member by
member, and what CloudTrail has recorded of the new keys in use for these very resources.
It changes nothing. -o writes an evidence record: JSON with the digest of the plan, the time,
as whom was read, and the events.

The journal of the run says which keys were created. Without one, for a plan that others have
done, they are found by their aliases. Of a run that was taken back it shows that everything
is as it was.

--dry-run asks KMS too whether the plan's needs are met, by calls that change nothing, as whoever
the credentials are of, and --try-as-roles as the roles that have the needs. What KMS refuses
although it is decided to be allowed is not as planned. A dry run is no use of a key.

A key that nobody has used yet is as planned; the report says what would use it. CloudTrail
shows events some minutes after the call.

Exit codes: 0 all as planned · 1 the program failed · 2 usage · 3 something is not as planned ·
5 something could not be read · 130 interrupted`,
		Example: `  bedlock verify plan.json
  bedlock verify plan.json.journal -o evidence.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runVerify(cmd.Context(), &o, &s, &d, args[0])
		},
	}
	applyAs(c, &s)
	d.flags(c)
	f := c.Flags()
	f.BoolVar(&d.on, "dry-run", false, "ask KMS by dry runs whether the needs are met")
	f.StringVar(&o.format, "format", "text", "what is printed: text, json")
	f.StringVarP(&o.file, "output", "o", "", "write the evidence record to `FILE`")
	c.ValidArgsFunction = filesOf("json", "journal")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func runVerify(ctx context.Context, o *output, s *collection, d *dryRunFlags, path string) error {
	if o.format != "text" && o.format != "json" {
		return usage("use text or json", "unknown format %q", o.format)
	}
	if err := d.check(); err != nil {
		return err
	}
	cat, err := catalog.Embedded()
	if err != nil {
		return err
	}
	q, err := readRun(path)
	if err != nil {
		return err
	}
	if ofDemo(ctx, q.Plan) {
		return notServed(q.Plan)
	}
	if err := s.reach(ctx, q.Plan); err != nil {
		return err
	}
	client, err := liveClient(ctx, s, nil)
	if err != nil {
		return err
	}
	q.Catalog, q.Tool, q.Now = cat, buildVersion(), time.Now()
	if q.Inventory, err = s.again(ctx, o, cat, client, q.Plan); err != nil {
		return err
	}
	q.Estate = client
	if d.on || d.asRoles {
		if q.DryRun, err = d.options(ctx, o.note, s); err != nil {
			return err
		}
	}
	record, err := verify.Run(ctx, q)
	if err != nil {
		return err
	}
	if o.file != "" {
		w, finish, err := o.open()
		if err != nil {
			return err
		}
		if err := finish(verify.Write(w, record)); err != nil {
			return err
		}
	}
	if o.format == "json" {
		err = verify.Write(o.env.stdout, record)
	} else {
		err = o.words(o.env.stdout, verifyText(record))
	}
	switch {
	case err != nil:
		return err
	case record.Verdict == verify.NotPlanned:
		return &exitError{code: exitFindings}
	case record.Verdict == verify.Unread:
		return &exitError{code: exitInconclusive}
	}
	return nil
}

// readRun reads a plan, with its journal if there is one beside it, or a journal.
func readRun(path string) (q verify.Options, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return q, usage("name a plan, or the journal that `bedlock apply` has written", "%w", err)
	}
	journal := path
	if !isJournal(b) {
		if q.Plan, err = readPlan(path); err != nil {
			return q, err
		}
		journal = path + ".journal"
		if _, err := os.Stat(journal); errors.Is(err, os.ErrNotExist) {
			return q, nil
		}
	}
	j, err := apply.Look(journal)
	if err != nil {
		return q, usage("a journal is written by `bedlock apply`", "%w", err)
	}
	switch {
	case q.Plan != nil && q.Plan.ID != j.Plan().ID:
		return q, usage("name the journal of its run", "%s is of plan %s, not of plan %s", journal, j.Plan().ID, q.Plan.ID)
	case !j.Finished():
		return q, usage("go on with `bedlock apply` or `bedlock undo`", "the run of %s has not come to its end", journal)
	}
	return verify.Options{Plan: j.Plan(), Answers: j.Answers(), Run: j.Run(), Since: j.Begun(), Back: j.Undoing()}, nil
}

// again collects what a plan is about.
func (s *collection) again(ctx context.Context, o *output, cat *catalog.Catalog, client interface{ Account() string }, p *fix.Plan) (*inventory.Inventory, error) {
	opts, err := s.awsOptions(cat)
	if err != nil {
		return nil, err
	}
	for i := range p.Subjects {
		x := &p.Subjects[i]
		opts.Accounts, opts.Regions = append(opts.Accounts, x.Account), append(opts.Regions, x.Region)
		if slices.Contains(awsapi.Types(), x.Type) {
			opts.Types = append(opts.Types, x.Type)
		}
	}
	for _, list := range []*[]string{&opts.Accounts, &opts.Regions, &opts.Types} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if slices.Equal(opts.Accounts, []string{client.Account()}) {
		opts.Accounts = nil // as whom the calls are made too
	}
	if opts.Config, err = awsapi.Load(ctx); err != nil {
		return nil, err
	}
	step, done := o.progress()
	defer done()
	opts.Progress = func(n, total int) { step(n, total, "reading AWS: API") }
	return awsapi.Collect(ctx, opts)
}

// verifyText is a record in words.
func verifyText(r *verify.Record) string {
	var b strings.Builder
	of := "plan " + r.Plan
	if r.Back {
		of += ", which was taken back"
	}
	say(&b, "Verification of %s: %s", of, r.Verdict)
	say(&b, "")
	say(&b, "Slots")
	for i := range r.Subjects {
		s := &r.Subjects[i]
		rung := "not there"
		if s.Rung != 0 {
			rung = s.Rung.String()
		}
		say(&b, "  %s, %s: %s, %s", s.Title, s.Slot, rung, s.Verdict)
		if s.Why != "" {
			say(&b, "      %s", s.Why)
			for _, e := range s.Evidence {
				say(&b, "      %s", e.Text)
			}
		}
		for _, u := range s.Uses[:min(len(s.Uses), 1)] {
			say(&b, "      used %s, %s by %s", u.Time, u.Operation, u.Principal)
			say(&b, "      event %s", u.Event)
		}
		if s.Unused != "" {
			say(&b, "      %s", s.Unused)
		}
		for _, would := range s.Would {
			say(&b, "        would use it: %s", would)
		}
	}
	good := 0
	for i := range r.Steps {
		if r.Steps[i].Verdict == verify.AsPlanned {
			good++
		}
	}
	say(&b, "")
	say(&b, "Steps: %d of %d as planned", good, len(r.Steps))
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.Verdict != verify.AsPlanned {
			say(&b, "  %s: %s", s.Title, s.Verdict)
		}
		if s.Why != "" {
			say(&b, "      %s", s.Why)
		}
		for _, d := range s.Differences {
			say(&b, "      %s", d)
		}
	}
	if len(r.DryRuns) > 0 {
		say(&b, "")
		writeDryRuns(&b, r.DryRuns)
	}
	if err := dryrun.Refusals(r.DryRuns); err != nil {
		for one := range strings.Lines(err.Error()) {
			say(&b, "  %s", strings.TrimSuffix(one, "\n"))
		}
	}
	if len(r.Unread) > 0 {
		say(&b, "")
		say(&b, "Not read")
	}
	for _, u := range r.Unread {
		say(&b, "  %s", u)
	}
	return b.String()
}
