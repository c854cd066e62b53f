package awsapi

import (
	"context"
	"errors"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
)

// AllRegions in Options.Regions stands for every Region that an account has enabled.
const AllRegions = "all"

func (o Options) allRegions() bool { return slices.Contains(o.Regions, AllRegions) }

// discover finds the Regions to read of each account. Where they cannot be listed the account
// has none, and the failure is recorded.
func (c *collection) discover(ctx context.Context, accounts []string) error {
	if !c.allRegions() {
		for _, account := range accounts {
			c.regionsOf[account] = c.Regions
		}
		return nil
	}
	found := make([][]string, len(accounts))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.Parallel)
	for i, account := range accounts {
		g.Go(func() (err error) {
			u := c.unit(c.caller(c.as(account), account, ""), "account")
			if found[i], err = u.enabledRegions(ctx); err != nil {
				return err
			}
			return c.journal.write(record{Unit: u.name, Done: true})
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, account := range accounts {
		c.regionsOf[account] = found[i]
	}
	return nil
}

// enabledRegions are the Regions of the unit's account that can be called. One that is being
// disabled or enabled is among them: what cannot be read there is told.
// https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html
func (u *unit) enabledRegions(ctx context.Context) ([]string, error) {
	found := map[string]bool{}
	err := u.caller.call(ctx, u.service, "ListRegions", nil, func(page document) error {
		regions, _ := page["Regions"].([]any)
		for _, entry := range regions {
			region, _ := entry.(document)
			if text(region, "RegionOptStatus") != "DISABLED" {
				found[text(region, "RegionName")] = true
			}
		}
		return nil
	})
	var own *fatal
	switch {
	case err == nil:
		return slices.Sorted(maps.Keys(found)), nil
	case ctx.Err() != nil || errors.As(err, &own):
		return nil, err
	}
	// An endpoint without the operation has Regions all the same, so it is never "unoffered".
	return nil, u.write(record{Failed: &failure{
		Account: u.caller.account, Service: u.service.model, Subject: "the enabled Regions", Operation: "ListRegions", Error: reason(err),
	}})
}

// reads says whether a Region of an account is collected.
func (c *collection) reads(account, region string) bool {
	return slices.Contains(c.regionsOf[account], region)
}
