package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	fixlive "github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/inventory"
)

// planFlags are the flags of plan besides those of source and output.
type planFlags struct {
	to           string
	per          string
	alias        string
	tags         map[string]string
	rotation     int
	deletion     int
	admins       []string
	only         []string
	rungs        []string
	isolationTag string
	workload     string
	set          map[string]string
	callers      []string
	without      []string
	publish      bool
	given        func(flag string) bool
}

func newPlan(env environment) *cobra.Command {
	o := output{env: env}
	var s collection
	var p planFlags
	c := &cobra.Command{
		Use:   "plan SOURCE",
		Short: "Plan how resources go under another key, with nothing lost and a way back",
		Long: `Plan reads AWS (or a saved inventory of it), and writes the calls that put resources
under a key: create the key with the least policy that their users need, name and rotate
it, or add what is missing to the policy of a key that is there; then update each resource
with every field carried over. What cannot change in place is listed with what to do.

Each step has the state it begins from, the state it leads to and the calls back, so that
'bedlock apply' does nothing when somebody has changed something meanwhile, and
'bedlock undo' restores what was. Nothing is changed by plan.

The configuration of what changes is read from AWS with the credentials that the AWS CLI
would use. The plan contains it, texts of prompts and guardrails included: its file is
readable by you only. It has no secrets and no credentials.

With --workload the stores of one application are planned at once, with the policies of
the roles that use them and alarms on the key: 'bedlock plan workload' lists those that
Bedlock knows, docs/workload.md says how to write one. Its key is that of --to, else that
of the environment variable that it names, else its own.

Who calls the services needs the keys too, through the service. Name the users and roles
with --caller: each gets an identity policy with the least that it needs. Under a key of AWS
whoever may call the service can use it, so the plan finds in the policies who may, and names
those who would lose it; --caller auto lets them in, --without says who is to do without.

Versions of guardrails, agents, flows and prompts keep the key that they were published
with. With --publish a draft that is what is in use but for its key is published again,
agents and flows that name the old version name the new one and are published too, and
their aliases point at what was published; the rest is listed. Applications that name a
version in their code have to be changed by hand.

With --to default, aws-owned or aws-managed slots leave your keys for one of AWS. default
is what the service does when no key is named: a key that AWS owns for most, the one that
AWS manages in the account (alias/aws/…) for secrets, parameters and functions. Where a
service does not have the key of AWS that is wanted, the slot stays and the plan says why.
The plan tells what is lost with each key, and who still uses it: no key is deleted.

Without --only and --rung the slots on the rungs unkeyed and aws-managed are planned, and
with a target of AWS those that have a key of yours. What cannot be carried over, or cannot
be read, is listed with the reason and stops nothing else.

The source demo is the company of 'bedlock demo', in this process. 'bedlock rehearse' takes
its plan as it is; to apply it, serve the company with 'bedlock local --seed demo'.

Exit codes: 0 a plan was made · 1 the program failed · 2 usage, or nothing to plan ·
5 a plan was made, and what it names could not be read · 130 interrupted`,
		Example: `  bedlock plan aws --to new --alias alias/bedrock -o plan.json
  bedlock plan aws --to new --per isolation-group --alias alias/tenant/{group} -o plan.json
  bedlock plan aws --to arn:aws:kms:eu-west-1:111122223333:key/… --only patient-assistant -o plan.json
  bedlock plan aws --to default --only patient-assistant -o plan.json
  bedlock plan aws --to aws-managed --type AWS::DynamoDB::Table -o plan.json
  bedlock plan aws --to new --caller auto -o plan.json
  bedlock plan aws --to new --caller arn:aws:iam::111122223333:role/app --publish -o plan.json
  bedlock plan aws --workload budgeteer --set environment=production -o plan.json
  bedlock plan demo -o plan.json
  bedlock plan show plan.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.given = cmd.Flags().Changed
			return runPlan(cmd.Context(), &o, &s, &p, args[0])
		},
	}
	s.flags(c)
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "what is printed: text, json")
	f.StringVarP(&o.file, "output", "o", "", "write the plan to `FILE`, for apply")
	f.BoolVar(&o.noColor, "no-color", false, "no colour on terminals (NO_COLOR does the same)")
	f.StringVar(&p.to, "to", "new", "the target: new, the `ARN or alias` of a key, or of AWS: default (what the service does when no key is named), aws-owned, aws-managed (alias/aws/…)")
	f.StringVar(&p.per, "per", "region", "with --to new, one key for each: region, isolation-group, resource")
	f.StringVar(&p.alias, "alias", "alias/bedrock", "with --to new, the `NAME` of the key; {group} is what tells several apart")
	f.StringToStringVar(&p.tags, "tag", nil, "with --to new, a `KEY=VALUE` tag of the key; may be repeated")
	f.IntVar(&p.rotation, "rotation", 365, "with --to new, rotate every so many `DAYS`, 90 to 2560")
	f.IntVar(&p.deletion, "deletion-window", 30, "with --to new, `DAYS` that KMS waits before it deletes a key that was taken back, 7 to 30")
	f.StringSliceVar(&p.admins, "administrator", nil, "with --to new, the `ARN` of who manages the key; may be repeated (default the account's IAM policies)")
	f.StringSliceVar(&p.only, "only", nil, "plan only the resource of this `ARN or name`; may be repeated")
	f.StringSliceVar(&p.rungs, "rung", nil, "plan only slots on this `RUNG`; may be repeated")
	f.StringVar(&p.isolationTag, "isolation-tag", "", "the `TAG` that names a resource's isolation group (default bedlock:isolation-group)")
	f.StringVar(&p.workload, "workload", "", "plan the stores of one application: a `NAME or FILE`, see 'bedlock plan workload'")
	f.StringToStringVar(&p.set, "set", nil, "with --workload, the `NAME=VALUE` of one of its variables; may be repeated")
	f.StringSliceVar(&p.callers, "caller", nil, "the `ARN` of a user or role that uses what is planned: it gets an identity policy for the keys; may be repeated; auto: all that would lose the use")
	f.StringSliceVar(&p.without, "without", nil, "the `ARN` of a user or role that may lose the use of what is planned; may be repeated")
	f.BoolVar(&p.publish, "publish", false, "also publish new versions of drafts that are what is in use but for the key, and name them where the old ones are named")
	for flag, values := range map[string][]string{
		"format": {"text", "json"}, "to": {"new", "default", "aws-owned", "aws-managed"}, "caller": {"auto"},
		"per": {string(fix.PerRegion), string(fix.PerIsolation), string(fix.PerResource)},
	} {
		_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	complete(c, "workload", workloads)
	complete(c, "rung", rungs)
	c.ValidArgsFunction = sourcesOr
	c.AddCommand(newPlanShow(env), newPlanWorkload(env))
	return c
}

// readPlan reads a plan from a file.
func readPlan(path string) (*fix.Plan, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("make one with `bedlock plan aws -o "+path+"`", "%w", err)
	}
	plan, err := fix.Read(b)
	var version *fix.VersionError
	switch {
	case err == nil:
		return plan, nil
	case isJournal(b):
		return nil, usage("name the plan; `bedlock verify` and `bedlock undo` take journals", "%s is the journal of a run, and no plan", path)
	case errors.As(err, &version):
		return nil, usage("make the plan again, or use the version of Bedlock that has made it", "%s: %w", path, err)
	}
	return nil, usage("a plan is written by `bedlock plan -o`; make it again", "%s: %w", path, err)
}

func runPlan(ctx context.Context, o *output, s *collection, p *planFlags, source string) error {
	if o.format != "text" && o.format != "json" {
		return usage("use text or json", "unknown format %q", o.format)
	}
	cat, err := catalog.Embedded()
	if err != nil {
		return err
	}
	if err := sourceArgs(&cobra.Command{Use: "plan"}, []string{source}); err != nil {
		return err
	}
	app, err := p.readWorkload(o, s, cat)
	if err != nil {
		return err
	}
	inv, estate, end, err := s.both(ctx, o, cat, source)
	if err != nil {
		return err
	}
	defer end()
	q := fix.Request{
		Inventory: inv, Catalog: cat, Estate: estate, Source: source, IsolationTag: p.isolationTag, Now: time.Now(),
		Only: fix.Selection{Resources: p.only, Accounts: s.accounts, Regions: s.regions}, Publish: p.publish,
	}
	q.Without = p.without
	for _, arn := range p.callers {
		if arn == "auto" {
			q.FindCallers = true
			continue
		}
		q.Callers = append(q.Callers, fix.Caller{ARN: arn})
	}
	for _, name := range s.live.types {
		if e := cat.Lookup(name); e != nil {
			q.Only.Types = append(q.Only.Types, e.Type)
		}
	}
	for _, name := range p.rungs {
		r, err := bedlock.ParseRung(name)
		if err != nil {
			return usage("`bedlock explain` lists the rungs", "%w", err)
		}
		q.Only.Rungs = append(q.Only.Rungs, r)
	}
	if q.Target, err = p.target(inv); err != nil {
		return err
	}
	var missing []bedlock.Evidence
	if app != nil {
		missing = app.Extend(&q)
	}
	step, done := o.progress()
	q.Progress = func(n, total int) { step(n, total, "reading: resource") }
	plan, err := fix.Make(ctx, q)
	done()
	if err != nil {
		return usage("`bedlock audit "+source+"` shows where everything stands", "%w", err)
	}
	plan.Open = append(plan.Open, missing...)
	if o.file != "" {
		if err := writePlan(o.file, plan); err != nil {
			return err
		}
	}
	if err := o.plan(plan); err != nil {
		return err
	}
	if len(plan.Unread) > 0 {
		return &exitError{code: exitInconclusive}
	}
	return nil
}

// plan prints a plan, and what to do with it.
func (o *output) plan(p *fix.Plan) error {
	if o.format == "json" {
		return fix.Write(o.env.stdout, p)
	}
	text := planText(p)
	next := "The plan was not kept: write it with -o FILE to apply it."
	switch {
	case len(p.Steps) == 0:
		next = "There is nothing that apply could do."
	case o.file != "" && p.Source == sourceDemo:
		next = fmt.Sprintf("The plan is in %s. Next: bedlock rehearse %[1]s", o.file)
	case o.file != "":
		next = fmt.Sprintf("The plan is in %s. Next: bedlock rehearse %[1]s, then bedlock apply %[1]s", o.file)
	}
	return o.words(o.env.stdout, text+"\n"+next+"\n")
}

// target is what the flags say.
func (p *planFlags) target(inv *inventory.Inventory) (fix.Target, error) {
	t := fix.Target{Aim: fix.New, Per: fix.Group(p.per), Alias: p.alias, Tags: p.tags, RotationDays: p.rotation, DeletionDays: p.deletion, Administrators: p.admins}
	switch p.to {
	case "new":
		return t, nil
	case string(fix.Default), string(fix.AWSOwned), string(fix.AWSManaged):
		return fix.Target{Aim: fix.Aim(p.to)}, nil
	}
	if strings.Contains(p.to, "alias/aws/") {
		return t, usage("--to aws-managed puts each slot under the key that AWS manages for its service", "%s is a key of AWS", p.to)
	}
	for _, k := range inv.Parts().Keys {
		if k.ID == p.to || k.ARN.Or("") == p.to || k.Name == p.to {
			return fix.Target{Aim: fix.Existing, Key: k.ID}, nil
		}
	}
	return t, usage("name one of the source by ARN or alias, or use new, default, aws-owned or aws-managed", "no key of the source is called %q", p.to)
}

// both is the inventory of a source, and where the configuration of what changes is read: with the
// credentials of the environment, or in the demo. end ends it.
func (s *collection) both(ctx context.Context, o *output, cat *catalog.Catalog, source string) (inv *inventory.Inventory, e fix.Estate, end func(), err error) {
	if !isDemo(source) {
		if inv, err = s.collect(ctx, o, cat, []string{source}); err == nil {
			e, err = liveClient(ctx, s, nil)
		}
		return inv, e, func() {}, err
	}
	d, err := openDemo(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	if inv, err = d.collect(ctx, o, cat, s.accounts, s.regions); err == nil {
		e, err = d.client(ctx)
	}
	if err != nil {
		d.close()
	}
	return inv, e, d.close, err
}

// liveClient is what the credentials of the environment reach; may is as in [awsapi.ClientOptions].
func liveClient(ctx context.Context, s *collection, may func(service, operation string) bool) (e fixlive.Estate, err error) {
	cat, err := catalog.Embedded()
	if err != nil {
		return e, err
	}
	opts, err := s.awsOptions(cat)
	if err != nil {
		return e, err
	}
	cfg, err := awsapi.Load(ctx)
	if err == nil {
		e.Client, err = awsapi.NewClient(ctx, awsapi.ClientOptions{Config: cfg, Role: opts.Role, ExternalIDs: opts.ExternalIDs, Rate: opts.Rate, May: may})
	}
	if err == nil || ctx.Err() != nil {
		return e, err
	}
	return e, usage(configured(err), "%w", err)
}

// writePlan writes a plan for its owner's eyes; the file appears whole or not at all.
func writePlan(path string, p *fix.Plan) error {
	var b bytes.Buffer
	if err := fix.Write(&b, p); err != nil {
		return err
	}
	return writePrivate(path, b.Bytes())
}
