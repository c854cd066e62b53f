package local

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/cloudtrail"
	"github.com/bedlock/bedlock/plane/cloudwatch"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/metrics"
	"github.com/bedlock/bedlock/plane/organizations"
	"github.com/bedlock/bedlock/plane/page"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/plane/seed"
	"github.com/bedlock/bedlock/plane/sts"
	"github.com/bedlock/bedlock/plane/trails"
)

// Options are the settings of a [Plane].
type Options struct {
	// Open opens KMS over a store, which is closed by its owner; a nil store keeps nothing.
	// Nil: everything ends with the process.
	Open func(context.Context, kms.Options) (*kms.Service, kms.Store, error)
	// KMS is what Open gets, with the rest filled in.
	KMS kms.Options
	// Seed is what the plane begins with; nil: nothing.
	Seed *seed.Seed
	// Trail is the folder of CloudTrail's log files; empty: none are written.
	Trail string
	// AllowAll allows every signed call; Throttle refuses calls over AWS's quotas.
	AllowAll, Throttle bool
	// NoPage: no page for browsers.
	NoPage bool
	// Settle is as in [emulate.World].
	Settle time.Duration
	// Random is the source of the ids of resources; nil: crypto/rand.
	Random io.Reader
	// Filling has the seed give the same estate each time; nil: ids are random and times are now.
	Filling *Filling
	// Now is the clock; nil: the machine's.
	Now func() time.Time
	// Log gets what went wrong; nil: nothing is logged.
	Log *slog.Logger
}

// Plane is everything that a plane serves.
type Plane struct {
	KMS   *kms.Service
	IAM   *iam.Service
	STS   *sts.Service
	Trail *cloudtrail.Trail
	World *emulate.World

	opts      Options
	api       *plane.Service // of KMS
	page      *page.Page
	metrics   *metrics.Metrics
	services  []*plane.Service
	observers []plane.Observer
}

// Open opens the data, fills in the seed and builds the services. The plane must be closed,
// after that the store.
func Open(ctx context.Context, o Options) (_ *Plane, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Open == nil {
		o.Open = func(ctx context.Context, k kms.Options) (*kms.Service, kms.Store, error) {
			s, err := kms.Open(ctx, k)
			return s, nil, err
		}
	}
	var random io.Reader // of KMS and IAM
	if o.Filling != nil {
		f := &filling{Filling: o.Filling, random: o.Random, now: o.Now}
		defer f.end()
		random, o.Random, o.Now = f, f, f.Now
	}
	p := &Plane{opts: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	// KMS authorizes by identities that are sealed under its own root key, so they come
	// after it, and before the first call.
	authorizer := &plane.Authorizer{AllowAll: o.AllowAll}
	// Resource control policies do not apply to CloudTrail, so it needs no identities.
	if p.Trail, err = cloudtrail.New(cloudtrail.Options{Dir: o.Trail, Log: o.Log, Authorizer: *authorizer}); err != nil {
		return nil, &TrailError{err}
	}
	k := o.KMS
	k.Authorizer, k.Events, k.Now = authorizer, p.Trail.Event, o.Now
	if random != nil {
		k.Random = random
	}
	var whole kms.Store
	if p.KMS, whole, err = o.Open(ctx, k); err != nil {
		return nil, err
	}
	if err := p.identities(ctx, whole, random); err != nil {
		return nil, err
	}
	authorizer.Identities = p.STS
	if o.Seed != nil {
		if err := o.Seed.Identities(ctx, p.IAM); err != nil {
			return nil, &SeedError{err}
		}
	}
	p.page = page.New(page.Options{KMS: p.KMS, Off: o.NoPage, AllowAll: o.AllowAll})
	p.metrics = metrics.New(metrics.Options{Keys: p.KMS.All})
	p.observers = []plane.Observer{p.Trail, p.metrics, p.page, p.IAM}
	if err := p.emulated(ctx, whole, authorizer); err != nil {
		return nil, err
	}
	if o.Seed == nil {
		return p, nil
	}
	if err := o.Seed.Keys(ctx, p.IAM, p.KMS); err != nil {
		return nil, err
	}
	if err := o.Seed.Calls(ctx, client{p}); err != nil {
		return nil, &SeedError{err}
	}
	return p, nil
}

// TrailError: the folder of the log files cannot be used. SeedError: the seed asks for
// something that cannot be.
type (
	TrailError struct{ Err error }
	SeedError  struct{ Err error }
)

func (e *TrailError) Error() string { return e.Err.Error() }
func (e *SeedError) Error() string  { return e.Err.Error() }

// Unwrap returns the cause.
func (e *TrailError) Unwrap() error { return e.Err }

// Unwrap returns the cause.
func (e *SeedError) Unwrap() error { return e.Err }

func (p *Plane) identities(ctx context.Context, whole kms.Store, ids io.Reader) (err error) {
	own, err := p.KMS.Sealer("iam")
	if err != nil {
		return err
	}
	tokens, err := p.KMS.Sealer("sts")
	if err != nil {
		return err
	}
	o := iam.Options{Seal: own, AllowAll: p.opts.AllowAll, Now: p.opts.Now, Random: ids}
	if whole != nil {
		o.Store = store.Part(whole, "iam")
	}
	if p.IAM, err = iam.Open(ctx, o); err != nil {
		return err
	}
	p.STS, err = sts.New(sts.Options{Directory: p.IAM, Seal: tokens, AllowAll: p.opts.AllowAll, Now: p.opts.Now})
	return err
}

// emulated builds the services.
func (p *Plane) emulated(ctx context.Context, whole kms.Store, authorizer *plane.Authorizer) error {
	own, err := p.KMS.Sealer("records")
	if err != nil {
		return err
	}
	owned, err := p.KMS.Sealer("aws-owned")
	if err != nil {
		return err
	}
	o := records.Options{Now: p.opts.Now}
	if whole != nil {
		o.Store, o.Seal = store.Part(whole, "records"), own
	}
	kept, err := records.Open(ctx, o)
	if err != nil {
		return err
	}
	known, err := catalog.Embedded()
	if err != nil {
		return err
	}
	if p.api, err = plane.KMS(p.KMS); err != nil {
		return err
	}
	p.World = &emulate.World{
		Records: kept, KMS: p.KMS, IAM: p.IAM, Authorizer: authorizer, Settle: p.opts.Settle, Random: p.opts.Random, Sessions: p.STS, Observers: p.observers,
		Keys: behalf.New(behalf.Options{KMS: p.KMS, API: p.api, Observers: p.observers, Sessions: p.STS, Seal: owned, Catalog: known}),
	}
	p.services = []*plane.Service{p.api}
	for _, made := range []func() (*plane.Service, error){p.IAM.API, p.STS.API, p.Trail.Service} {
		s, err := made()
		if err != nil {
			return err
		}
		p.services = append(p.services, s)
	}
	delivering, control, err := trails.New(p.World, p.Trail)
	if err != nil {
		return err
	}
	alarms, watching, err := cloudwatch.New(p.World, &p.metrics.Series)
	if err != nil {
		return err
	}
	p.services, p.observers = append(p.services, control.Plane(), watching.Plane()), append(p.observers, delivering, alarms)
	for _, made := range services {
		of, err := made(p.World)
		if err != nil {
			return err
		}
		for _, s := range of {
			p.services = append(p.services, s.Plane())
		}
	}
	var organization *iam.Tree
	if p.opts.Seed != nil {
		organization = p.opts.Seed.Organization()
	}
	return organizations.Begin(ctx, p.World, organization)
}

// Handler serves the plane.
func (p *Plane) Handler() (http.Handler, error) {
	o := plane.Options{
		Services: p.services, Identities: p.STS, Log: p.opts.Log, Now: p.opts.Now, Observers: p.observers,
		Other: p.page, Metrics: p.metrics.Handler(),
	}
	if p.opts.Throttle {
		o.Throttle = plane.NewThrottle(p.opts.Now)
	}
	return plane.New(o)
}

// Close writes what is left. It closes KMS too, and is idempotent.
func (p *Plane) Close() error {
	var errs []error
	if p.Trail != nil {
		errs = append(errs, p.Trail.Close())
	}
	if p.IAM != nil {
		errs = append(errs, p.IAM.Close())
	}
	if p.KMS != nil {
		errs = append(errs, p.KMS.Close())
	}
	return errors.Join(errs...)
}
