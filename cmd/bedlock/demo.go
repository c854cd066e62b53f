package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/demo"
	"github.com/bedlock/bedlock/internal/fix"
	fixlive "github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/internal/report"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/plane/local"
)

// sourceDemo is the source that is the demo estate.
const sourceDemo = "demo"

// isDemo says whether a source is the demo estate, and no file of that name.
func isDemo(source string) bool {
	_, err := os.Stat(source)
	return source == sourceDemo && err != nil
}

func newDemo(env environment) *cobra.Command {
	o := output{env: env}
	a := auditFlags{failOn: "none"}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Audit a believable company on a local AWS, without an account or a network",
		Long: `Demo starts a local AWS in this process, builds the estate of a believable company in
it through its APIs, reads it back as 'bedlock audit aws' reads real accounts, and shows
what stands on each rung of the ladder and why; --verbose lists every slot. Nothing is kept,
nothing leaves this machine, and it is the same code that reads real accounts.

The company has three accounts in two Regions: a clinic, a provider of software with many
tenants, and a manufacturer that also meters what its departments spend on models.
'bedlock local --seed demo' serves it.`,
		Example: `  bedlock demo
  bedlock demo --verbose
  bedlock demo --format html -o demo.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.brief = !o.verbose
			err := runAudit(cmd.Context(), &o, &collection{}, &a, []string{sourceDemo})
			var code *exitError
			if o.format == "text" && o.file == "" && (err == nil || errors.As(err, &code) && code.err == nil) {
				_, printed := fmt.Fprint(env.stdout, demoNext)
				err = errors.Join(err, printed)
			}
			return err
		},
	}
	o.flags(c, report.Formats(), "text")
	c.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "list every slot, note and skipped file")
	return c
}

const demoNext = `
Worth running next:
  bedlock audit demo --format html -o demo.html   a page with all evidence
  bedlock inventory demo -o demo.json             what other commands take
  bedlock local --seed demo                       the company as an endpoint
`

// demoAWS is the demo estate in this process. It ends with it.
type demoAWS struct {
	plane *local.Plane
	as    awsapi.ClientOptions // the auditor of the estate
}

func openDemo(ctx context.Context) (*demoAWS, error) {
	start, err := demo.Seed()
	if err != nil {
		return nil, err
	}
	p, err := local.Open(ctx, local.Options{Seed: start, Filling: filledIn(), NoPage: true})
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	h, err := p.Handler()
	if err != nil {
		return nil, fmt.Errorf("demo: %w", errors.Join(err, p.Close()))
	}
	config := awsapi.At(local.Endpoint, demo.AccessKeyID, demo.SecretAccessKey, demo.Regions()[0], local.Client(h))
	return &demoAWS{p, awsapi.ClientOptions{Config: config, Role: demo.Role, Rate: demoRate}}, nil
}

// filledIn is what makes the demo the same estate in each process of one day (UTC): a plan of it in
// one is one of it in another.
func filledIn() *local.Filling {
	return &local.Filling{IDs: demo.IDs(), At: time.Now().UTC().Truncate(24 * time.Hour)}
}

// ofDemo says whether a plan is of the demo, and the credentials of the environment are for AWS
// itself, where no account is the demo's.
func ofDemo(ctx context.Context, p *fix.Plan) bool {
	if p.Source != sourceDemo {
		return false
	}
	config, err := awsapi.Load(ctx)
	return err == nil && config.BaseEndpoint == nil
}

// demoServed is how a plan of the demo gets to where it can be applied.
const demoServed = "serve the demo with `bedlock local --seed demo`, without --data, and point AWS_ENDPOINT_URL at it; it is the same for a day (UTC), then make a new plan"

// notServed is the error of a plan of the demo, of which nothing is known where it is.
func notServed(p *fix.Plan) error {
	return usage(demoServed, "plan %s is of the demo, and no endpoint says where that is", p.ID)
}

// close ends the estate, all of which is in memory.
func (d *demoAWS) close() { _ = d.plane.Close() }

// collect reads the estate as AWS is read: all of it, or the accounts and Regions that are named.
func (d *demoAWS) collect(ctx context.Context, o *output, cat *catalog.Catalog, accounts, regions []string) (*inventory.Inventory, error) {
	if len(regions) == 0 {
		regions = demo.Regions()
	}
	step, done := o.progress()
	defer done()
	return awsapi.Collect(ctx, awsapi.Options{
		Config: d.as.Config, Catalog: cat,
		Organization: len(accounts) == 0, Accounts: accounts, Regions: regions, Role: d.as.Role, Types: demo.Types(), Rate: d.as.Rate,
		InFlight: 1, // what the audit itself reads is then read in the same order each time
		Progress: func(n, total int) { step(n, total, "reading") },
	})
}

// client makes single calls.
func (d *demoAWS) client(ctx context.Context) (e fixlive.Estate, err error) {
	e.Client, err = awsapi.NewClient(ctx, d.as)
	return e, err
}

// collectDemo builds the demo estate in this process and reads it.
func collectDemo(ctx context.Context, o *output, cat *catalog.Catalog) (*inventory.Inventory, error) {
	d, err := openDemo(ctx)
	if err != nil {
		return nil, err
	}
	defer d.close()
	return d.collect(ctx, o, cat, nil, nil)
}

// demoRate is how many requests a second the plane in this process is asked, for each API of
// each account and Region.
const demoRate = 10_000
