package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	fixlive "github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/internal/fix/permit"
)

// applyFlags are the flags of apply and undo.
type applyFlags struct {
	journal   string
	yes       bool
	onFailure string
	locks     string
	// printPolicy: the policy of the applier is printed, and nothing else done.
	printPolicy bool
	// printRole is who is to assume the role of which a template is printed.
	printRole string
	rehearsal rehearseFlags
	dryRuns   dryRunFlags
}

func (a *applyFlags) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&a.yes, "yes", false, "do not ask")
	f.StringVar(&a.locks, "locks", "", "folder `DIR` of the locks that keep two runs apart (default in your cache folder)")
}

func newApply(env environment) *cobra.Command {
	o := output{env: env}
	var s collection
	var a applyFlags
	c := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Do what a plan says, with a journal",
		Long: `Apply makes the calls of a plan, one step after the other. Before each step it reads
again what the step is about: if somebody has changed it since the plan was made, nothing
is written. After each step it reads it once more and compares every member. When the keys are
there, and before a resource is changed, it decides on what is live whether everybody with a
need can use them, and asks KMS by dry runs, which change nothing: for whoever applies the plan,
and with --try-as-roles for roles that one may assume. When KMS refuses what is decided to be
allowed, and goes on with it, nothing is changed.

--print-policy prints the least policy that the plan can be applied and taken back with. No
operation but those of the plan is called. With -o FOLDER/ it is written there; one that is
too long for IAM as several managed policies, which together allow the same.

The plan is rehearsed first, as by 'bedlock rehearse', unless --no-rehearsal says otherwise;
a run that goes on is not. When something unexpected would happen, nothing is done.

The journal, PLAN.journal unless --journal names another, is on disk before each call. A run
that was interrupted goes on with the same command; 'bedlock undo JOURNAL' takes it back. When
a step fails, what was done is taken back unless --on-failure stop says otherwise.

Exit codes: 0 applied · 1 the program failed · 2 usage · 4 not applied, the output says
what stands · 130 interrupted, the journal says where`,
		Example: `  bedlock apply plan.json
  bedlock apply plan.json --print-policy > applier.json
  bedlock apply plan.json --print-policy -o applier/
  bedlock apply plan.json --print-role arn:aws:iam::111122223333:role/ci > applier.template.json
  bedlock apply plan.json --yes --on-failure stop
  bedlock apply plan.json --yes --format json > run.ndjson`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runApply(cmd.Context(), &o, &s, &a, args[0])
		},
	}
	s.live.role = ""
	applyAs(c, &s)
	a.flags(c)
	o.runFormat(c)
	a.rehearsal.flags(c)
	a.dryRuns.flags(c)
	c.Flags().BoolVar(&a.dryRuns.off, "no-dry-run", false, "ask KMS nothing by dry runs")
	c.Flags().BoolVar(&a.rehearsal.off, "no-rehearsal", false, "apply the plan without a rehearsal on a local twin")
	c.Flags().StringVar(&a.journal, "journal", "", "the `FILE` of the journal (default PLAN.journal)")
	c.Flags().BoolVar(&a.printPolicy, "print-policy", false, "print the least IAM policy that the plan can be applied and taken back with, and do nothing")
	c.Flags().StringVar(&a.printRole, "print-role", "", "print a CloudFormation template of a role with that policy, and what a rehearsal reads, for `ARN` to assume, and do nothing")
	c.Flags().StringVarP(&o.file, "output", "o", "", "with --print-policy, write it to `FILE`, or into a folder as managed policies")
	c.Flags().StringVar(&a.onFailure, "on-failure", "undo", "what to do when a step fails: undo, stop")
	c.ValidArgsFunction = filesOf("json")
	_ = c.RegisterFlagCompletionFunc("on-failure", cobra.FixedCompletions([]string{"undo", "stop"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// runFormat is the flag for how a run is told.
func (o *output) runFormat(c *cobra.Command) {
	c.Flags().StringVar(&o.format, "format", "text", "how it is told: text, json (docs/stream.md; needs --yes)")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// applyAs are the flags that say as whom calls are made.
func applyAs(c *cobra.Command, s *collection) {
	f := c.Flags()
	f.StringVar(&s.live.role, "role", "", "`ROLE` to assume in each account: a name, or an ARN with {account} in it")
	f.StringArrayVar(&s.live.externalIDs, "external-id", nil, "`ID` to send when the role is assumed, or ACCOUNT=ID; may be repeated")
	f.Float64Var(&s.live.rate, "rate", 0, "`REQUESTS` a second to one API of one account and Region (default half of AWS's quotas)")
}

func newUndo(env environment) *cobra.Command {
	o := output{env: env}
	var s collection
	var a applyFlags
	c := &cobra.Command{
		Use:   "undo JOURNAL",
		Short: "Take back what an applied plan has done",
		Long: `Undo restores what the journal of a run has recorded, the last step first: each resource
gets its former configuration, and keys that were created are scheduled for deletion. What
somebody has changed since is not written over. An undo that was interrupted goes on with the
same command.

Exit codes: 0 taken back · 1 the program failed · 2 usage · 4 not taken back, the output
says what stands · 130 interrupted`,
		Example: `  bedlock undo plan.json.journal`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runUndo(cmd.Context(), &o, &s, &a, args[0])
		},
	}
	applyAs(c, &s)
	a.flags(c)
	o.runFormat(c)
	c.ValidArgsFunction = filesOf("journal")
	return c
}

func runApply(ctx context.Context, o *output, s *collection, a *applyFlags, path string) error {
	if a.onFailure != "undo" && a.onFailure != "stop" {
		return usage("use undo or stop", "--on-failure %q", a.onFailure)
	}
	if err := a.dryRuns.check(); err != nil {
		return err
	}
	plan, err := readPlan(path)
	if err != nil {
		return err
	}
	if a.printPolicy {
		return o.applierPolicy(plan, a.dryRuns.roles(plan))
	}
	if a.printRole != "" {
		return o.applierRole(plan, s, a)
	}
	if o.file != "" {
		return usage("add --print-policy; the stream of --format json is on standard output", "-o is for the policy of --print-policy")
	}
	if ofDemo(ctx, plan) {
		return notServed(plan)
	}
	if a.journal == "" {
		a.journal = path + ".journal"
	}
	if len(plan.Steps) == 0 {
		a.yes = true // there is nothing to be asked about
	}
	if err := o.confirm(a, fmt.Sprintf("Apply plan %s: %d steps in %s?", plan.ID, len(plan.Steps), places(plan))); err != nil {
		return err
	}
	t, err := o.teller("apply", path, plan)
	if err != nil {
		return err
	}
	if len(plan.Steps) == 0 {
		return t.end(ctx, nil, "", "There is nothing to apply: the plan has no steps.", bedlock.RunUnchanged, nil)
	}
	r := &applyRun{applyFlags: a, t: t, s: s, plan: plan}
	defer r.close()
	failed := r.apply(ctx)
	words := fmt.Sprintf("Applied: %d steps. To take it back: bedlock undo %s", len(plan.Steps), a.journal)
	return t.end(ctx, r.j, a.journal, words, bedlock.RunApplied, failed)
}

// applyRun is a run of apply.
type applyRun struct {
	*applyFlags
	t    *teller
	s    *collection
	plan *fix.Plan
	j    *apply.Journal // nil: not begun
}

func (r *applyRun) close() {
	if r.j != nil {
		_ = r.j.Close()
	}
}

// apply rehearses, begins the journal or goes on with it, and makes the calls.
func (r *applyRun) apply(ctx context.Context) error {
	if err := r.s.reach(ctx, r.plan); err != nil {
		return err
	}
	if begun(r.journal) {
		r.t.unrehearsed("the run was begun before")
	} else if err := r.rehearsal.before(ctx, r.t, r.s, r.plan); err != nil {
		return err
	}
	opts, lock, err := r.run(ctx, r.t, r.s, r.plan)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }()
	if r.j, err = openJournal(r.journal, r.plan); err != nil {
		return err
	}
	cat, err := catalog.Embedded()
	if err != nil {
		return err
	}
	check := &check{t: r.t, s: r.s, cat: cat, plan: r.plan, j: r.j, client: opts.Estate.(fixlive.Estate)}
	if check.tries, err = r.dryRuns.options(ctx, r.t.note, r.s); err != nil {
		return err
	}
	opts.Checked = check.after
	failed := check.before(ctx)
	if failed == nil {
		failed = apply.Apply(ctx, r.j, opts)
	}
	if failed == nil {
		return nil
	}
	return r.failed(ctx, failed, opts)
}

// begun says whether a journal is of a run that has done something.
func begun(journal string) bool {
	j, err := apply.Look(journal)
	if err != nil {
		return false // what is wrong with it is told when it is opened
	}
	for i := range j.Plan().Steps {
		if j.Standing(j.Plan().Steps[i].ID) != "" {
			return true
		}
	}
	return false
}

// failed takes back what was done, unless it is to stand or may not be touched.
func (r *applyRun) failed(ctx context.Context, failed error, opts apply.Options) error {
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted, err: errors.New("interrupted"), hint: "go on with the same command, or take it back with `bedlock undo " + r.journal + "`"}
	}
	var conflict *apply.ConflictError
	if r.onFailure == "stop" || errors.As(failed, &conflict) && conflict.Touched {
		return &exitError{code: exitIncomplete, err: failed, hint: "what was done stands; take it back with `bedlock undo " + r.journal + "`"}
	}
	r.t.note("bedlock: %v; taking back what was done", failed)
	if err := apply.Undo(ctx, r.j, opts); err != nil {
		return &exitError{code: exitIncomplete, err: fmt.Errorf("%w; and not all of it could be taken back: %w", failed, err), hint: "go on with `bedlock undo " + r.journal + "`"}
	}
	hint := "everything is as it was; the journal is " + r.journal
	if r.plan.Source == sourceDemo {
		hint = demoServed
	}
	return &exitError{code: exitIncomplete, err: fmt.Errorf("not applied: %w", failed), hint: hint}
}

func runUndo(ctx context.Context, o *output, s *collection, a *applyFlags, path string) error {
	j, err := reopen(path, "a journal is written by `bedlock apply`")
	if err != nil {
		return err
	}
	defer j.Close()
	plan := j.Plan()
	if ofDemo(ctx, plan) {
		return notServed(plan)
	}
	if err := o.confirm(a, fmt.Sprintf("Take back plan %s in %s?", plan.ID, places(plan))); err != nil {
		return err
	}
	t, err := o.teller("undo", path, plan)
	if err != nil {
		return err
	}
	return t.end(ctx, j, path, fmt.Sprintf("Taken back: plan %s.", plan.ID), bedlock.RunTakenBack, a.undo(ctx, t, s, j))
}

// undo takes the locks and takes back what a journal has.
func (a *applyFlags) undo(ctx context.Context, t *teller, s *collection, j *apply.Journal) error {
	if err := s.reach(ctx, j.Plan()); err != nil {
		return err
	}
	opts, lock, err := a.run(ctx, t, s, j.Plan())
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }()
	failed := apply.Undo(ctx, j, opts)
	if failed == nil {
		return nil
	}
	code, hint := exitIncomplete, "go on with the same command"
	var conflict *apply.ConflictError
	switch {
	case ctx.Err() != nil:
		code = exitInterrupted
	case errors.As(failed, &conflict):
		hint = "put it back to what the plan left, or keep it; what was taken back before it stays so"
	}
	return &exitError{code: code, err: failed, hint: hint}
}

// reopen opens a journal that is there.
func reopen(path, hint string) (*apply.Journal, error) {
	j, err := apply.Open(path, time.Now)
	switch {
	case errors.Is(err, apply.ErrHeld):
		return nil, &exitError{code: exitIncomplete, err: err, hint: "a run goes on with it: wait for it to end"}
	case err != nil:
		if b, unread := os.ReadFile(path); unread == nil && isPlan(b) {
			return nil, usage("name the journal of its run: "+path+".journal, unless --journal named another", "%s is a plan, and no journal", path)
		}
		return nil, usage(hint, "%w", err)
	}
	return j, nil
}

// isJournal says whether a file is a journal, isPlan whether it is a plan, of whatever version.
func isJournal(b []byte) bool { return bytes.HasPrefix(b, []byte(`{"version":"bedlock-journal/`)) }

func isPlan(b []byte) bool { return bytes.HasPrefix(b, []byte("{\n  \"version\": \"bedlock-plan/")) }

// openJournal begins the journal of a plan, or goes on with it.
func openJournal(path string, plan *fix.Plan) (*apply.Journal, error) {
	j, err := apply.Create(path, plan, time.Now)
	var file *os.PathError
	switch {
	case errors.Is(err, apply.ErrExists):
		if j, err = reopen(path, "name another with --journal"); err != nil {
			return nil, err
		}
	case errors.Is(err, apply.ErrHeld):
		return nil, &exitError{code: exitIncomplete, err: err, hint: "a run goes on with it: wait for it to end"}
	case errors.As(err, &file) && file.Op == "open":
		return nil, usage("its folder must exist and be writable: name another with --journal", "%w", err)
	case err != nil:
		return nil, err
	default:
		return j, nil
	}
	switch {
	case j.Plan().ID != plan.ID:
		err = usage("name another with --journal", "journal %s is of plan %s", path, j.Plan().ID)
	case j.Undoing() && !j.Finished():
		err = usage("finish it with `bedlock undo "+path+"`", "journal %s is of a run that is being taken back", path)
	case j.Finished():
		err = usage("make a new plan, or name another journal with --journal", "journal %s is of a run that has ended", path)
	}
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

// run takes the locks and says how calls are made.
func (a *applyFlags) run(ctx context.Context, t *teller, s *collection, plan *fix.Plan) (opts apply.Options, lock *apply.Lock, err error) {
	if a.locks == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return opts, nil, usage("name a folder with --locks", "no folder for locks: %w", err)
		}
		a.locks = filepath.Join(cache, "bedlock", "locks")
	}
	if opts.Estate, err = liveClient(ctx, s, permit.May(plan)); err != nil {
		return opts, nil, err
	}
	opts.Told = func(p apply.Progress) {
		if p.What == "failed" && ctx.Err() != nil {
			return // it goes on with the next run
		}
		t.step(p)
	}
	lock, err = apply.Take(a.locks, plan)
	switch {
	case errors.Is(err, apply.ErrHeld):
		return opts, nil, &exitError{code: exitIncomplete, err: err}
	case err != nil:
		return opts, nil, usage("name a writable folder with --locks", "%w", err)
	}
	return opts, lock, nil
}

// confirm asks before something is changed.
func (o *output) confirm(a *applyFlags, question string) error {
	switch {
	case o.format != "text" && o.format != "json":
		return usage("use text or json", "unknown format %q", o.format)
	case a.yes:
		return nil
	case o.format == "json":
		return usage("add --yes", "--format json asks nothing: %s", question)
	}
	in, ok := o.env.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return usage("answer with --yes", "nobody is there to be asked: %s", question)
	}
	fmt.Fprintf(o.env.stderr, "%s [yes/no] ", question)
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		return err
	}
	if strings.TrimSpace(answer) != "yes" {
		return usage("answer yes to go on", "nothing was changed")
	}
	return nil
}

// places are the accounts and Regions of a plan.
func places(p *fix.Plan) string {
	var out []string
	for _, at := range placesOf(p) {
		out = append(out, at.Account+" "+at.Region)
	}
	return strings.Join(out, ", ")
}

func placesOf(p *fix.Plan) (out []fix.Place) {
	seen := map[fix.Place]bool{}
	for i := range p.Steps {
		if at := p.Steps[i].Place; !seen[at] {
			seen[at] = true
			out = append(out, at)
		}
	}
	return out
}
