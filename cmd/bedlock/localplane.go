package main

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"

	"github.com/bedlock/bedlock/internal/demo"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/seed"
	"github.com/bedlock/bedlock/plane/xks"
)

// localPlane is a plane over its data.
type localPlane struct {
	*local.Plane
	data *opened
}

// assemble opens the data and builds the services over it.
func (f *localFlags) assemble(ctx context.Context, env environment, start *seed.Seed) (_ *localPlane, err error) {
	p := &localPlane{}
	o := local.Options{
		Seed: start, Trail: f.trail, AllowAll: f.allowAll, Throttle: f.throttle, NoPage: !f.loopback(),
		Log: slog.New(slog.NewTextHandler(env.stderr, nil)),
		Open: func(ctx context.Context, k kms.Options) (*kms.Service, kms.Store, error) {
			var err error
			if p.data, err = f.open(ctx, env, k); err != nil || p.data.store == nil {
				return p.service(), nil, err
			}
			return p.data.kms, p.data.store, nil
		},
	}
	// In a folder there may be what was made with the same ids before.
	if isDemo(f.seed) && f.data.dir == "" {
		o.Filling = filledIn()
	}
	if o.KMS.AttestationRoots, err = roots("attestation-roots", f.attestationRoots); err != nil {
		return nil, err
	}
	if o.KMS.Xks, err = f.proxies(); err != nil {
		return nil, err
	}
	p.Plane, err = local.Open(ctx, o)
	if err == nil {
		return p, nil
	}
	var trail *local.TrailError
	var declared *local.SeedError
	switch {
	case errors.As(err, &trail):
		err = usage("--trail names a folder that can be written", "--trail %s: %w", f.trail, plainError(trail.Err))
	case errors.As(err, &declared):
		err = usage("docs/local.md describes seeds", "%w", declared.Err)
	}
	return nil, errors.Join(err, p.Close())
}

func (p *localPlane) service() *kms.Service {
	if p.data == nil {
		return nil
	}
	return p.data.kms
}

// wellKnown is the access key of a plane without a seed, or of the demo, where it opens this
// plane; empty: neither does.
func (p *localPlane) wellKnown(ctx context.Context) string {
	for id, secret := range map[string]string{localKeyID: localSecret, demo.AccessKeyID: demo.SecretAccessKey} {
		if c, _ := p.IAM.Caller(ctx, id, ""); c != nil && c.Secret == secret {
			return id
		}
	}
	return ""
}

// Close writes what is left and closes the data.
func (p *localPlane) Close() error {
	var errs []error
	if p.Plane != nil {
		errs = append(errs, p.Plane.Close())
	}
	if p.data != nil && p.data.store != nil {
		errs = append(errs, p.data.store.Close())
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
