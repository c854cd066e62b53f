package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/bedlock/bedlock/internal/demo"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/seed"
)

const defaultListen = "127.0.0.1:4599"

// The identity of a plane without a seed. It is for loopback only, where it protects
// nothing that matters.
const (
	localAccount = "000000000000"
	localKeyID   = "AKIABEDLOCKLOCAL0000"
	localSecret  = "bedlock-local"
	localRegion  = "us-east-1"
)

const defaultSeed = `accounts:
  "` + localAccount + `":
    users:
      - name: local
        access-keys: [{id: ` + localKeyID + `, secret: ` + localSecret + `}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

// localFlags are the flags of `bedlock local`.
type localFlags struct {
	listen, seed       string
	data               localData
	allowAll, throttle bool
	tls                bool
	trail              string

	attestationRoots, xksRoots string
	xksAt                      map[string]string // addresses of proxies by their names
}

func newLocal(env environment) *cobra.Command {
	var f localFlags
	c := &cobra.Command{
		Use:   "local",
		Short: "Serve a local AWS with KMS, IAM, STS and Bedrock that real clients take for AWS",
		Long: `Local serves an AWS endpoint on loopback: KMS with all its operations, real
cryptography and real signatures; IAM and STS; CloudTrail's LookupEvents. Every call is
authorized by key policies, identity policies, boundaries, session policies, grants, SCPs
and RCPs. SDKs and the AWS CLI work with it unchanged: 'bedlock local env' prints what to
set. Account and Region of a call are those of its credentials and endpoint settings. A
browser sees keys, calls and why they were denied at the same address.

Without --seed there is one account (` + localAccount + `) with one user who may do everything. A
seed declares accounts, users, groups, roles, policies, an organization and keys;
docs/local.md describes it.
With --data keys survive: they are sealed under a root key (--root-key, BEDLOCK_ROOT_KEY in
base64, or DIR/root.key, which is made for a new store), and what was acknowledged survives
kill -9.

Bedrock, Bedrock Agent, AgentCore, S3 and other stores encrypt what is in them with the keys
of KMS, for the principals that AWS documents; docs/local.md lists what is there, the rest
answers that it is not.`,
		Example: `  bedlock local
  eval "$(bedlock local env)" && aws kms create-key
  bedlock local --seed demo
  bedlock local --data ~/.bedlock --seed company.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLocal(cmd.Context(), env, &f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.listen, "listen", defaultListen, "`ADDRESS` to listen on")
	flags.StringVar(&f.seed, "seed", "", "what the plane begins with, a YAML `FILE`, or demo for the company of 'bedlock demo'")
	f.data.flags(flags)
	flags.BoolVar(&f.tls, "tls", false, "serve HTTPS with a certificate of its own in --data, see 'bedlock local env --tls'")
	flags.StringVar(&f.trail, "trail", "", "write CloudTrail log files below this `DIR`")
	flags.StringVar(&f.attestationRoots, "attestation-roots", "", "`FILE` of certificates that Nitro attestation documents chain to; without it none is accepted")
	flags.StringVar(&f.xksRoots, "xks-roots", "", "`FILE` of certificates that external key store proxies chain to, instead of the machine's")
	flags.StringToStringVar(&f.xksAt, "xks-proxy", nil, "connect to an external key store proxy at this address, `HOST=ADDRESS:PORT`")
	flags.Lookup("xks-proxy").DefValue = "" // else help says []
	flags.BoolVar(&f.throttle, "throttle", false, "refuse calls over AWS's request quotas")
	flags.BoolVar(&f.allowAll, "allow-all", false, "decide nothing: every signed call is allowed")
	c.AddCommand(newLocalEnv(env), newLocalBackup(env), newLocalRestore(env), newLocalRekey(env))
	return c
}

func newLocalEnv(env environment) *cobra.Command {
	var f localFlags
	c := &cobra.Command{
		Use:   "env",
		Short: "Print what a shell exports to use a plane without a seed",
		Example: `  eval "$(bedlock local env)"
  eval "$(bedlock local env --tls --data ~/.bedlock)"`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if f.tls && f.data.dir == "" {
				return usage("the certificate is in the folder of --data", "--tls needs --data")
			}
			var b strings.Builder
			for _, v := range [][2]string{
				// SDKs that assume the role of a profile look for the endpoint of STS alone.
				{"AWS_ENDPOINT_URL", f.url(f.listen)}, {"AWS_ENDPOINT_URL_STS", f.url(f.listen)}, {"AWS_ACCESS_KEY_ID", localKeyID}, {"AWS_SECRET_ACCESS_KEY", localSecret},
				{"AWS_REGION", localRegion}, {"AWS_DEFAULT_REGION", localRegion},
			} {
				fmt.Fprintf(&b, "export %s=%s\n", v[0], shellQuoted(v[1]))
			}
			if f.tls {
				fmt.Fprintf(&b, "export AWS_CA_BUNDLE=%s\n", shellQuoted(filepath.Join(f.data.dir, dataTLS, "ca.pem")))
			}
			b.WriteString("unset AWS_SESSION_TOKEN AWS_PROFILE\n")
			_, err := io.WriteString(env.stdout, b.String())
			return err
		},
	}
	c.Flags().StringVar(&f.listen, "listen", defaultListen, "`ADDRESS` that the plane listens on")
	c.Flags().BoolVar(&f.tls, "tls", false, "the plane serves HTTPS")
	c.Flags().StringVar(&f.data.dir, "data", "", "the plane's `DIR`, for its certificate")
	return c
}

// shellQuoted quotes what is not plain for a POSIX shell.
func shellQuoted(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:[]") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func runLocal(ctx context.Context, env environment, f *localFlags) (err error) {
	start, err := readSeed(f)
	if err != nil {
		return err
	}
	l, err := listenOn(f)
	if err != nil {
		return err
	}
	defer l.Close() // Serve has closed it, unless something failed before
	secured, err := f.secured(l)
	if err != nil {
		return err
	}
	p, err := f.assemble(ctx, env, start)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unclosed(p.Close())) }()
	if id := p.wellKnown(ctx); id != "" && !f.loopback() {
		return usage("delete the access key "+id+" with a plane on loopback", "--listen %s: the data has an access key that everybody knows", f.listen)
	}
	h, err := p.Handler()
	if err != nil {
		return err
	}
	if f.allowAll {
		fmt.Fprintln(env.stderr, "WARNING: --allow-all: no policy, no grant and no key policy is enforced")
	}
	fmt.Fprintf(env.stdout, "bedlock local is ready on %s (%s)\n", f.url(l.Addr().String()), count(len(start.AccessKeys()), "access key"))

	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return p.data.kms.Run(ctx) })
	all.Go(func() error { return plane.Serve(ctx, secured, h) })
	if p.data.store != nil {
		control := plane.Control{Backup: p.data.store.Backup}
		all.Go(func() error { return control.Serve(ctx, f.data.path(dataControl)) })
	}
	return all.Wait()
}

// unclosed is the error of files that could not be ended, such as on a full disk.
func unclosed(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitFailed, err, "every change that was acknowledged is in --data; what --trail has not written is lost"}
}

// open opens --data, or begins with nothing.
func (f *localFlags) open(ctx context.Context, env environment, o kms.Options) (*opened, error) {
	if f.data.dir != "" {
		return f.data.open(ctx, env, o)
	}
	service, err := kms.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &opened{kms: service}, nil
}

// secured is a listener with TLS, if that is wanted.
func (f *localFlags) secured(l net.Listener) (net.Listener, error) {
	if !f.tls {
		return l, nil
	}
	if f.data.dir == "" {
		return nil, usage("the certificate is kept in the folder of --data", "--tls needs --data")
	}
	host, _, _ := net.SplitHostPort(f.listen)
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if host != "" && !slices.Contains(hosts, host) {
		hosts = append(hosts, host)
	}
	certificate, _, err := plane.Certificate(f.data.path(dataTLS), hosts, time.Now())
	if err != nil {
		return nil, usage("remove the folder, and the next start makes a certificate", "%w", err)
	}
	return tls.NewListener(l, &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	}), nil
}

func (f *localFlags) url(address string) string {
	if f.tls {
		return "https://" + address
	}
	return "http://" + address
}

func readSeed(f *localFlags) (*seed.Seed, error) {
	if f.seed == "" {
		return seed.Read("the built-in seed", []byte(defaultSeed), nil)
	}
	if isDemo(f.seed) {
		return demo.Seed()
	}
	b, err := os.ReadFile(f.seed)
	if err != nil {
		return nil, usage("docs/local.md describes seeds", "read seed %s: %w", f.seed, plainError(err))
	}
	dir := filepath.Dir(f.seed)
	s, err := seed.Read(f.seed, b, func(name string) ([]byte, error) {
		if !filepath.IsLocal(name) {
			return nil, errors.New("policy files must lie beside the seed")
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		return b, plainError(err)
	})
	if err != nil {
		return nil, usage("docs/local.md describes seeds", "%w", err)
	}
	return s, nil
}

// listenOn listens. The well-known credentials of a plane without a seed are for
// loopback.
func listenOn(f *localFlags) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(f.listen); err != nil {
		return nil, usage("an address is HOST:PORT, such as "+defaultListen, "--listen %s: %w", f.listen, err)
	}
	if (f.seed == "" || isDemo(f.seed)) && !f.loopback() {
		return nil, usage("give a seed with access keys of your own: --seed FILE", "--listen %s: a plane whose access key everybody knows listens on loopback only", f.listen)
	}
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return nil, usage("is another plane running there? --listen names another address", "listen on %s: %w", f.listen, err)
	}
	return l, nil
}

// loopback says whether only this machine reaches the plane.
func (f *localFlags) loopback() bool {
	host, _, _ := net.SplitHostPort(f.listen)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
