package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/demo"
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

// collectDemo builds the demo estate in this process and reads it as AWS is read.
func collectDemo(ctx context.Context, o *output, cat *catalog.Catalog) (_ *inventory.Inventory, err error) {
	start, err := demo.Seed()
	if err != nil {
		return nil, err
	}
	p, err := local.Open(ctx, local.Options{Seed: start, NoPage: true})
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	defer p.Close() // all of it is in memory
	h, err := p.Handler()
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	step, done := o.progress()
	defer done()
	return awsapi.Collect(ctx, awsapi.Options{
		Config: awsapi.At(local.Endpoint, demo.AccessKeyID, demo.SecretAccessKey, demo.Regions()[0], local.Client(h)), Catalog: cat,
		Organization: true, Regions: demo.Regions(), Role: demo.Role, Types: demo.Types(), Rate: demoRate,
		InFlight: 1, // what the audit itself reads is then read in the same order each time
		Progress: func(n, total int) { step(n, total, "reading") },
	})
}

// demoRate is how many requests a second the plane in this process is asked, for each API of
// each account and Region.
const demoRate = 10_000
