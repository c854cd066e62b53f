package awsapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
	"golang.org/x/sync/errgroup"

	"github.com/bedlock/bedlock/inventory"
)

// Collect reads accounts and Regions into one inventory. What could not be read is in it, as
// unread values and as failed inputs; an error means that the options or the base credentials
// are at fault, or that the collection was interrupted. With Options.State the next call with
// the same options then goes on.
func Collect(ctx context.Context, o Options) (*inventory.Inventory, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("collect from AWS: %w", err)
	}
	c := newCollection(o)
	if err := c.identify(ctx); err != nil {
		return nil, fmt.Errorf("collect from AWS: %w", err)
	}
	accounts, err := c.targets(ctx)
	if err != nil {
		return nil, fmt.Errorf("collect from AWS: %w", err)
	}
	if c.journal, err = openJournal(o.State, c.settings(accounts)); err != nil {
		return nil, fmt.Errorf("collect from AWS: %w", err)
	}
	if err := c.read(ctx, accounts); err != nil {
		return nil, errors.Join(err, c.journal.close())
	}
	inv, err := c.assemble(accounts)
	if err != nil {
		return nil, errors.Join(err, c.journal.close())
	}
	return inv, c.journal.remove()
}

// collection is one run.
type collection struct {
	Options
	gate      gate
	base      aws.Config
	session   string
	own       string // the account of the base credentials
	partition string
	apis      apis
	journal   *journal
	keeps     map[string]keep
	wanted    map[string]bool
	regionsOf map[string][]string // to read, by account
	done      atomic.Int64
	total     int
}

func newCollection(o Options) *collection {
	if o.Parallel == 0 {
		o.Parallel = defaultParallel
	}
	if o.InFlight == 0 {
		o.InFlight = defaultInFlight
	}
	o.Regions = o.regions()
	c := &collection{Options: o, session: readingSession, gate: gate{make(chan struct{}, o.InFlight)}, keeps: keeps(o.Catalog), wanted: map[string]bool{}, regionsOf: map[string][]string{}}
	for _, r := range readings() {
		c.wanted[r.Type] = len(o.Types) == 0 || slices.Contains(o.Types, r.Type)
	}
	c.base = o.Config.Copy()
	c.base.HTTPClient = transport(o.Config, o.InFlight)
	c.base.Retryer = newRetryer
	c.base.Logger = logging.Nop{} // what fails is told in the inventory
	if c.base.Region == "" {
		c.base.Region = o.Regions[0]
	}
	if c.base.Region == AllRegions {
		c.base.Region = home("aws")
	}
	return c
}

// settings are what a journal belongs to: a run with others would mix two collections.
func (c *collection) settings(accounts []string) any {
	return struct {
		Caller   string   `json:"caller"`
		Accounts []string `json:"accounts"`
		Regions  []string `json:"regions"`
		Types    []string `json:"types,omitempty"`
		Control  bool     `json:"controlPolicies,omitempty"`
	}{c.own, accounts, c.Regions, slices.Sorted(slices.Values(c.Types)), c.Organization}
}

// piece is a unit that is yet to be read.
type piece struct {
	service string
	read    func(context.Context, *unit) error
}

// read does all units that are not done, and then what only they could tell.
func (c *collection) read(ctx context.Context, accounts []string) error {
	if err := c.discover(ctx, accounts); err != nil {
		return err
	}
	if err := c.places(ctx, accounts); err != nil {
		return err
	}
	return c.foreign(ctx)
}

// places reads every account and Region.
func (c *collection) places(ctx context.Context, accounts []string) error {
	regional := c.pieces()
	for _, account := range accounts {
		c.total += 1 + len(c.regionsOf[account])*len(regional)
	}
	if c.Organization {
		c.total++
	}
	// Reading a resource may use its key. When a key was last used is asked before that, else
	// the collection would find itself. The keys of other places are read meanwhile.
	isKeys := func(p piece) bool { return p.service == "kms" }
	keys, others := slices.DeleteFunc(slices.Clone(regional), func(p piece) bool { return !isKeys(p) }), slices.DeleteFunc(slices.Clone(regional), isKeys)
	type place struct {
		account, region string
		config          aws.Config
		keysRead        chan struct{}
	}
	var all []place
	for _, account := range accounts {
		cfg := c.as(account)
		all = append(all, place{account: account, config: cfg})
		for _, region := range c.regionsOf[account] {
			all = append(all, place{account, region, cfg, make(chan struct{})})
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(c.Parallel)
		for _, p := range all {
			if p.keysRead != nil {
				g.Go(func() error {
					defer close(p.keysRead)
					return c.place(ctx, p.config, p.account, p.region, keys)
				})
			}
		}
		return g.Wait()
	})
	g.Go(func() error {
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(c.Parallel)
		if c.Organization {
			g.Go(func() error {
				return c.place(ctx, c.base, c.own, "", []piece{{"organizations", func(ctx context.Context, u *unit) error { return u.organize(ctx) }}})
			})
		}
		for _, p := range all {
			g.Go(func() error {
				if p.keysRead == nil {
					return c.place(ctx, p.config, p.account, "", []piece{{"iam", func(ctx context.Context, u *unit) error { return u.iam(ctx) }}})
				}
				select {
				case <-p.keysRead:
				case <-ctx.Done():
					return ctx.Err()
				}
				return c.place(ctx, p.config, p.account, p.region, others)
			})
		}
		return g.Wait()
	})
	return g.Wait()
}

// pieces are what there is to read in each Region: keys, and the APIs of the wanted types.
func (c *collection) pieces() []piece {
	all := []piece{{"kms", func(ctx context.Context, u *unit) error { return u.kms(ctx) }}}
	u := &unit{wanted: c.wanted}
	roots := map[string][]reading{}
	for _, r := range readings() {
		if e := c.Catalog.Type(r.Type); r.Of == "" && e != nil && u.needs(&r) {
			roots[e.Service] = append(roots[e.Service], r)
		}
	}
	for name, list := range roots {
		all = append(all, piece{name, func(ctx context.Context, u *unit) error {
			for i := range list {
				if err := u.list(ctx, &list[i], nil); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	slices.SortFunc(all, func(a, b piece) int { return strings.Compare(a.service, b.service) })
	return all
}

// place reads pieces of one account and Region, all at once.
func (c *collection) place(ctx context.Context, cfg aws.Config, account, region string, pieces []piece) error {
	pieces = slices.DeleteFunc(slices.Clone(pieces), func(p piece) bool {
		known := c.journal.finished(unitName(account, region, p.service))
		if known {
			c.step()
		}
		return known
	})
	if len(pieces) == 0 {
		return ctx.Err()
	}
	caller := c.caller(cfg, account, region)
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil && ctx.Err() == nil {
		pieces = refused(pieces, err)
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, p := range pieces {
		g.Go(func() error { return c.piece(ctx, caller, p) })
	}
	return g.Wait()
}

func (c *collection) piece(ctx context.Context, caller *caller, p piece) error {
	u := c.unit(caller, p.service)
	if err := p.read(ctx, u); err != nil {
		return err
	}
	if err := c.journal.write(record{Unit: u.name, Done: true}); err != nil {
		return err
	}
	c.step()
	return ctx.Err()
}

// refused are pieces of an account whose role cannot be assumed.
func refused(pieces []piece, err error) []piece {
	out := slices.Clone(pieces)
	for i := range out {
		out[i].read = func(_ context.Context, u *unit) error {
			return u.fail("", services()["sts"], "AssumeRole", err)
		}
	}
	return out
}

func (c *collection) unit(caller *caller, service string) *unit {
	region := caller.region
	if services()[service].global {
		region = ""
	}
	return &unit{
		name: unitName(caller.account, region, service), caller: caller, region: region, service: services()[service],
		keeps: c.keeps, wanted: c.wanted, record: c.journal.write,
	}
}

func unitName(account, region, service string) string { return account + "/" + region + "/" + service }

// caller calls in a Region; global APIs are called from the first.
func (c *collection) caller(cfg aws.Config, account, region string) *caller {
	if region == "" {
		region = c.base.Region
	}
	cfg.Region = region
	return &caller{account: account, region: region, partition: c.partition, config: cfg, gate: c.gate, buckets: buckets{override: c.Rate}, apis: &c.apis}
}

func (c *collection) step() {
	if n := int(c.done.Add(1)); c.Progress != nil {
		c.Progress(n, c.total)
	}
}
