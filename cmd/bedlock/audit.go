package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/report"
	"github.com/bedlock/bedlock/inventory"
)

// collection are the flags of every command that reads sources.
type collection struct {
	parameters []string
	varFiles   []string
	as         string
	accounts   []string
	regions    []string
	live       live
}

func (s *collection) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&s.parameters, "parameters", nil, "`NAME=VALUE` of a template parameter or Terraform variable, or a parameters file; may be repeated")
	f.StringArrayVar(&s.varFiles, "var-file", nil, "Terraform variables `FILE`; may be repeated")
	f.StringVar(&s.as, "as", "", "read every file as this `KIND` instead of detecting it: "+list(kinds()))
	f.StringSliceVar(&s.accounts, "account", nil, "account `ID` that templates are deployed to, where they do not say; of aws: to read, may be repeated; all: those that each account has enabled")
	f.StringSliceVar(&s.regions, "region", nil, "`REGION` that templates are deployed to, where they do not say; of aws: to read, may be repeated")
	s.live.flags(c)
	_ = c.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(kinds(), cobra.ShellCompDirectiveNoFileComp))
}

func kinds() (names []string) {
	for _, k := range iac.Kinds() {
		names = append(names, string(k))
	}
	return names
}

// sourceArgs demands at least one source, and names those that later versions read.
func sourceArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("name a file or folder, aws, or - for standard input: "+cmd.CommandPath()+" templates/", "%s: no source given", cmd.Name())
	}
	for _, a := range args {
		if isAWS(a) && len(args) > 1 {
			return usage("save it with `bedlock inventory aws -o aws.json` and name that file beside the others", "source aws is read on its own")
		}
		if isDemo(a) && len(args) > 1 {
			return usage("save it with `bedlock inventory demo -o demo.json` and name that file beside the others", "source demo is read on its own")
		}
	}
	return nil
}

func (s *collection) collect(ctx context.Context, o *output, cat *catalog.Catalog, sources []string) (*inventory.Inventory, error) {
	switch {
	case isAWS(sources[0]):
		return s.collectAWS(ctx, o, cat)
	case isDemo(sources[0]):
		return collectDemo(ctx, o, cat)
	}
	if len(s.accounts) > 1 || len(s.regions) > 1 {
		return nil, usage("several are for the source aws", "templates are deployed to one account and Region")
	}
	if s.as != "" && !slices.Contains(kinds(), s.as) {
		return nil, usage("use "+list(kinds()), "unknown kind %q", s.as)
	}
	parameters, err := readParameters(s.parameters)
	if err != nil {
		return nil, err
	}
	for name, v := range map[string][]string{"AWS::AccountId": s.accounts, "AWS::Region": s.regions} {
		if len(v) > 0 {
			parameters[name] = v[0]
		}
	}
	step, done := o.progress()
	inv, err := iac.Collect(ctx, cat, sources, iac.Options{
		Stdin: o.env.stdin, Parameters: parameters, VarFiles: s.varFiles, As: iac.Kind(s.as),
		Progress: func(n, total int) { step(n, total, "reading: file") },
	})
	done()
	if err != nil && ctx.Err() == nil {
		return nil, usage("every source must be a file or folder that exists and can be read", "%w", err)
	}
	return inv, err
}

// auditFlags are the flags of audit besides those of source and output.
type auditFlags struct {
	failOn       string
	exceptions   string
	baseline     string
	rules        string
	isolationTag string
	printPolicy  bool
}

func newAudit(env environment) *cobra.Command {
	o := output{env: env}
	var s collection
	var a auditFlags
	c := &cobra.Command{
		Use:   "audit SOURCE...",
		Short: "Show on which rung of the ladder every encryption slot stands",
		Long: `Audit reads AWS, infrastructure code, or a saved inventory, and puts every place where a
Bedrock resource or a store behind it names a KMS key on a rung of the ladder, with
the evidence and what would lift it.

A SOURCE is a file, a folder or - for standard input: CloudFormation and SAM templates, cdk.out folders,
'terraform show -json' plans and states, Terraform code, saved inventories. Kinds are
told by content. Every file is audited or named with the reason why not.

The SOURCE aws reads accounts and Regions with the credentials that the AWS CLI would
use (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL …); it reads and never writes. Without
--account and --organization that is one account, without --region the configured Region.
The SOURCE demo is the estate of 'bedlock demo'.

Exit codes: 0 clean · 1 the program failed · 2 usage, or nothing could be read ·
3 findings at or above --fail-on · 5 inconclusive: a file could not be read, or a
slot stands on unread or unresolved and nothing worse was found · 130 interrupted`,
		Example: `  bedlock audit template.yaml
  bedlock audit cdk.out infrastructure/ --region eu-west-1
  terraform show -json tfplan | bedlock audit - --fail-on high
  bedlock audit . --format sarif -o bedlock.sarif
  bedlock audit . --exceptions exceptions.yaml --baseline last.ndjson
  bedlock audit aws --region eu-west-1,us-east-1
  bedlock audit aws --organization --role auditor --external-id 7f3c --state .bedlock
  bedlock audit aws --print-policy > collector.json`,
		Args: sourceArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.printPolicy {
				return runPrintPolicy(&o, &s, args)
			}
			return runAudit(cmd.Context(), &o, &s, &a, args)
		},
	}
	s.flags(c)
	o.flags(c, report.Formats(), "text")
	f := c.Flags()
	f.StringVar(&a.failOn, "fail-on", "medium", "exit 3 for open findings of this `SEVERITY or RUNG` or worse; none: never")
	f.StringVar(&a.exceptions, "exceptions", "", "accepted findings, a YAML `FILE` (see `bedlock explain BDL901`)")
	f.StringVar(&a.baseline, "baseline", "", "findings that do not count: an earlier JSON report or baseline `FILE`")
	f.StringVar(&a.rules, "rules", "", "custom rules: a folder `DIR` of YAML files with CEL conditions")
	f.StringVar(&a.isolationTag, "isolation-tag", audit.DefaultIsolationTag, "tag `KEY` whose value declares a resource's isolation group")
	f.BoolVar(&a.printPolicy, "print-policy", false, "aws: print the IAM policy that the collection needs, and collect nothing")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "list every slot, note and skipped file")
	_ = c.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(thresholds(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func runPrintPolicy(o *output, s *collection, sources []string) error {
	if !isAWS(sources[0]) {
		return usage("bedlock audit aws --print-policy", "--print-policy is of the source aws")
	}
	cat, err := catalog.Embedded()
	if err != nil {
		return err
	}
	return s.printPolicy(o, cat)
}

func runAudit(ctx context.Context, o *output, s *collection, a *auditFlags, sources []string) error {
	limit, err := parseThreshold(a.failOn)
	if err != nil {
		return err
	}
	if !slices.Contains(report.Formats(), o.format) {
		return usage("use "+list(report.Formats()), "unknown format %q", o.format)
	}
	cat, err := catalog.Embedded()
	if err != nil {
		return err
	}
	opts, err := a.options(cat)
	if err != nil {
		return err
	}
	started := time.Now().UTC()
	inv, err := s.collect(ctx, o, cat, sources)
	if err != nil {
		return err
	}
	w, finish, err := o.open()
	if err != nil {
		return err
	}
	h, err := report.New(o.format, w, o.options())
	if err != nil {
		return finish(err)
	}
	config := &bedlock.Config{
		Protocol: bedlock.Protocol, Tool: "bedlock", Version: buildVersion(), Command: "audit", Started: started,
		Sources: sources, Rules: rulesOf(opts), FailOn: a.failOn, Notes: notes,
	}
	code, err := emit(ctx, h, config, inv, opts, limit)
	if err := finish(err); err != nil {
		return err
	}
	if code != exitClean {
		return &exitError{code: code}
	}
	return nil
}

func rulesOf(opts audit.Options) []bedlock.Rule {
	rules := audit.Rules()
	if opts.Custom != nil {
		rules = append(rules, opts.Custom.Rules...)
	}
	return rules
}

// notes say what is taken for granted.
var notes = []string{
	"who can use a key is decided with the policies of the inputs: a caller whose identity policies are not there is taken to be allowed by them, and an account whose control policies are not there to have none",
}

func emit(ctx context.Context, h report.Handler, config *bedlock.Config, inv *inventory.Inventory, opts audit.Options, limit threshold) (int, error) {
	if err := h.Message(bedlock.Message{Config: config}); err != nil {
		return 0, err
	}
	g := gate{limit: limit, keys: map[string]*tally{}}
	sum, err := audit.Run(ctx, inv, opts, func(m bedlock.Message) error {
		g.see(m)
		return h.Message(m)
	})
	if err != nil {
		return 0, err
	}
	sum.ExitCode, sum.ExitReason = verdict(sum, g.exceeded(), limit)
	if err := h.Message(bedlock.Message{Summary: &sum}); err != nil {
		return 0, err
	}
	return sum.ExitCode, h.Close()
}

// verdict decides the exit code. A file that could not be read comes before
// findings: the run as a whole is then no verdict at all.
func verdict(s bedlock.Summary, over bool, limit threshold) (int, string) {
	open := s.Rungs[bedlock.Unread] + s.Rungs[bedlock.Unresolved]
	switch {
	case s.Inputs.Audited == 0:
		return exitUsage, "nothing could be read"
	case s.Inputs.Failed > 0:
		return exitInconclusive, fmt.Sprintf("%d of the inputs could not be read", s.Inputs.Failed)
	case over:
		return exitFindings, "findings at or above " + limit.text
	case open > 0:
		return exitInconclusive, fmt.Sprintf("%d slots are unread or unresolved", open)
	}
	return exitClean, "no findings at or above " + limit.text
}

func (a *auditFlags) options(cat *catalog.Catalog) (audit.Options, error) {
	opts := audit.Options{Catalog: cat, IsolationTag: a.isolationTag}
	if a.exceptions != "" {
		b, err := os.ReadFile(a.exceptions)
		if err == nil {
			opts.Exceptions, err = audit.ParseExceptions(a.exceptions, b)
		}
		if err != nil {
			return opts, usage("an exception has rule, subject, reason, expires and owner", "read exceptions: %w", err)
		}
	}
	if a.baseline != "" {
		b, err := os.ReadFile(a.baseline)
		if err == nil {
			opts.Baseline, err = audit.ParseBaseline(a.baseline, b)
		}
		if err != nil {
			return opts, usage("make one with `bedlock audit … --format json -o FILE`", "read baseline: %w", err)
		}
	}
	if a.rules != "" {
		set, err := loadRules(a.rules)
		if err != nil {
			return opts, err
		}
		opts.Custom = set.Rules()
	}
	return opts, nil
}
