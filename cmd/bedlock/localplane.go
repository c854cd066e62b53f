package main

import (
	"context"
	"crypto/cipher"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/cloudtrail"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/metrics"
	"github.com/bedlock/bedlock/plane/page"
	"github.com/bedlock/bedlock/plane/seed"
	"github.com/bedlock/bedlock/plane/sts"
	"github.com/bedlock/bedlock/plane/xks"
)

// localPlane is everything that a plane serves, over its data.
type localPlane struct {
	data    *opened
	iam     *iam.Service
	sts     *sts.Service
	trail   *cloudtrail.Trail
	page    *page.Page
	metrics *metrics.Metrics
	log     *slog.Logger
}

// assemble opens the data and builds the services over it.
func (f *localFlags) assemble(ctx context.Context, env environment, start *seed.Seed) (_ *localPlane, err error) {
	// KMS authorizes by identities that are sealed under its own root key, so they come
	// after it, and before the first call.
	authorizer := &plane.Authorizer{AllowAll: f.allowAll}
	p := &localPlane{log: slog.New(slog.NewTextHandler(env.stderr, nil))}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	// Resource control policies do not apply to CloudTrail, so it needs no identities.
	if p.trail, err = cloudtrail.New(cloudtrail.Options{Dir: f.trail, Log: p.log, Authorizer: *authorizer}); err != nil {
		return nil, usage("--trail names a folder that can be written", "--trail %s: %w", f.trail, plainError(err))
	}
	o := kms.Options{Authorizer: authorizer, Events: p.trail.Event}
	if o.AttestationRoots, err = roots("attestation-roots", f.attestationRoots); err != nil {
		return nil, err
	}
	if o.Xks, err = f.proxies(); err != nil {
		return nil, err
	}
	if p.data, err = f.open(ctx, env, o); err != nil {
		return nil, err
	}
	if err := p.identities(ctx, f); err != nil {
		return nil, err
	}
	authorizer.Identities = p.sts
	if err := start.Identities(ctx, p.iam); err != nil {
		return nil, usage("docs/local.md describes seeds", "%w", err)
	}
	p.page = page.New(page.Options{KMS: p.data.kms, Off: !f.loopback(), AllowAll: f.allowAll})
	p.metrics = metrics.New(metrics.Options{Keys: p.data.kms.All})
	return p, start.Keys(ctx, p.iam, p.data.kms)
}

func (p *localPlane) identities(ctx context.Context, f *localFlags) (err error) {
	seal := func(purpose string) (sealer cipher.AEAD) {
		if err == nil {
			sealer, err = p.data.kms.Sealer(purpose)
		}
		return sealer
	}
	own, tokens := seal("iam"), seal("sts")
	if err != nil {
		return err
	}
	o := iam.Options{Seal: own, AllowAll: f.allowAll}
	if p.data.store != nil {
		o.Store = store.Part(p.data.store, "iam")
	}
	if p.iam, err = iam.Open(ctx, o); err != nil {
		return err
	}
	p.sts, err = sts.New(sts.Options{Directory: p.iam, Seal: tokens, AllowAll: f.allowAll})
	return err
}

// wellKnown says whether the credentials of a plane without a seed open this one.
func (p *localPlane) wellKnown(ctx context.Context) bool {
	c, _ := p.iam.Caller(ctx, localKeyID, "")
	return c != nil && c.Secret == localSecret
}

// handler serves the plane.
func (p *localPlane) handler(f *localFlags) (*plane.Handler, error) {
	o := plane.Options{
		Identities: p.sts, Log: p.log, Observers: []plane.Observer{p.trail, p.metrics, p.page, p.iam},
		Other: p.page, Metrics: p.metrics.Handler(),
	}
	for _, api := range []func() (*plane.Service, error){
		func() (*plane.Service, error) { return plane.KMS(p.data.kms) }, p.iam.API, p.sts.API, p.trail.Service,
	} {
		s, err := api()
		if err != nil {
			return nil, err
		}
		o.Services = append(o.Services, s)
	}
	if f.throttle {
		o.Throttle = plane.NewThrottle(nil)
	}
	return plane.New(o)
}

// Close writes what is left and closes the data.
func (p *localPlane) Close() error {
	var errs []error
	if p.trail != nil {
		errs = append(errs, p.trail.Close())
	}
	if p.iam != nil {
		errs = append(errs, p.iam.Close())
	}
	if p.data != nil {
		errs = append(errs, p.data.Close())
	}
	return errors.Join(errs...)
}

// proxies calls the proxies of external key stores, each at the address that is said of its
// name.
func (f *localFlags) proxies() (kms.XksProxy, error) {
	trusted, err := roots("xks-roots", f.xksRoots)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	return xks.New(xks.Options{Roots: trusted, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if at, ok := f.xksAt[host]; ok && err == nil {
			address = at
		}
		return d.DialContext(ctx, network, address)
	}}), nil
}

// roots reads certificates that are trusted; nil: no file is named.
func roots(flag, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, usage("the file has certificates in PEM", "--%s %s: %w", flag, file, plainError(err))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, usage("the file has certificates in PEM", "--%s %s: there is no certificate in it", flag, file)
	}
	return pool, nil
}
