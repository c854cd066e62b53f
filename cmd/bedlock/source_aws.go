package main

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/inventory"
)

// sourceAWS is the source that reads AWS, or whatever AWS_ENDPOINT_URL points at.
const sourceAWS = "aws"

// live are the flags of the source aws besides --account and --region.
type live struct {
	organization bool
	role         string
	externalIDs  []string
	state        string
	types        []string
	rate         float64
}

func (l *live) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&l.organization, "organization", false, "aws: read every active account of the organization, and its control policies")
	f.StringVar(&l.role, "role", "", "aws: `ROLE` to assume in each account: a name, or an ARN with {account} in it")
	f.StringArrayVar(&l.externalIDs, "external-id", nil, "aws: `ID` to send when the role is assumed, or ACCOUNT=ID; may be repeated")
	f.StringVar(&l.state, "state", "", "aws: folder `DIR` for a journal, so that an interrupted collection goes on")
	f.StringSliceVar(&l.types, "type", nil, "aws: read only these `TYPE`s, e.g. AWS::Bedrock::Guardrail; may be repeated")
	f.Float64Var(&l.rate, "rate", 0, "aws: `REQUESTS` a second to one API of one account and Region (default half of AWS's quotas)")
	_ = c.RegisterFlagCompletionFunc("type", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return awsapi.Types(), cobra.ShellCompDirectiveNoFileComp
	})
}

// isAWS says whether a source is AWS: a file of that name comes first.
func isAWS(source string) bool {
	if source != sourceAWS {
		return false
	}
	_, err := os.Stat(source)
	return err != nil
}

// configured says where what is wrong with credentials, Region or endpoint is put right.
func configured(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return "nothing answers there: AWS_ENDPOINT_URL, or endpoint_url of the profile, says where AWS is; without it the network must reach it"
	}
	return "credentials and Region are configured as for the AWS CLI: AWS_PROFILE, AWS_REGION …"
}

// reach sees that the credentials, or the role in their stead, are of the accounts of a plan, before
// anything is begun.
func (s *collection) reach(ctx context.Context, plan *fix.Plan) error {
	client, err := liveClient(ctx, s, func(service, operation string) bool {
		return service == "sts" && operation == "GetCallerIdentity"
	})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, at := range placesOf(plan) {
		if seen[at.Account] {
			continue
		}
		seen[at.Account] = true
		_, err := client.Call(ctx, at, fix.Call{Service: "sts", Operation: "GetCallerIdentity"})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && s.live.role == "":
			return usage("name with --role a role of that account that the credentials may assume", "the plan is of account %s: %w", at.Account, err)
		case err != nil:
			return usage("--role names a role of each account of the plan that the credentials may assume", "the plan is of account %s, role %s: %w", at.Account, s.live.role, err)
		}
	}
	return nil
}

// collectAWS reads AWS.
func (s *collection) collectAWS(ctx context.Context, o *output, cat *catalog.Catalog) (*inventory.Inventory, error) {
	opts, err := s.awsOptions(cat)
	if err != nil {
		return nil, err
	}
	if opts.Config, err = awsapi.Load(ctx); err != nil {
		return nil, usage(configured(err), "%w", err)
	}
	step, done := o.progress()
	opts.Progress = func(n, total int) { step(n, total, "reading AWS: API") }
	inv, err := awsapi.Collect(ctx, opts)
	done()
	if err == nil || ctx.Err() != nil {
		return inv, err
	}
	return nil, usage("see `bedlock audit --help`; "+configured(err), "%w", err)
}

func (s *collection) awsOptions(cat *catalog.Catalog) (awsapi.Options, error) {
	opts := awsapi.Options{
		Catalog: cat, Accounts: s.accounts, Organization: s.live.organization, Role: s.live.role, Regions: s.regions,
		State: s.live.state, Rate: s.live.rate, ExternalIDs: map[string]string{},
	}
	for _, name := range s.live.types {
		e := cat.Lookup(name)
		if e == nil || !slices.Contains(awsapi.Types(), e.Type) {
			return opts, usage("`bedlock explain TYPE` lists the types", "unknown type %q", name)
		}
		opts.Types = append(opts.Types, e.Type)
	}
	for _, id := range s.live.externalIDs {
		account, of, ok := strings.Cut(id, "=")
		if !ok || len(account) != 12 { // an external id may contain = itself
			account, of = "", id
		}
		opts.ExternalIDs[account] = of
	}
	return opts, nil
}

// printPolicy prints the policy that the collection needs.
func (s *collection) printPolicy(o *output, cat *catalog.Catalog) error {
	opts, err := s.awsOptions(cat)
	if err != nil {
		return err
	}
	text, err := awsapi.MinimalPolicy(opts)
	if err != nil {
		return err
	}
	w, finish, err := o.open()
	if err != nil {
		return err
	}
	_, err = w.Write([]byte(text))
	return finish(err)
}
