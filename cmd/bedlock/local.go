package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/internal/store/sqlite"
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
        policies:
          - {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
`

// localFlags are the flags of `bedlock local`.
type localFlags struct {
	listen, data, seed, rootKey string
	allowAll                    bool
}

func newLocal(env environment) *cobra.Command {
	var f localFlags
	c := &cobra.Command{
		Use:   "local",
		Short: "Serve a local AWS KMS that real clients take for AWS",
		Long: `Local serves an AWS endpoint on loopback: KMS with all its operations, real
cryptography, real signatures and real authorization by key policies, identity policies
and grants. SDKs and the AWS CLI work with it unchanged: 'bedlock local env' prints what
to set. Account and Region of a call are those of its credentials and endpoint settings.

Without --seed there is one account (` + localAccount + `) with one user who may do everything. A
seed declares accounts, users, access keys, policies and keys; docs/local.md describes it.
With --data keys survive: they are sealed under a root key (--root-key, BEDLOCK_ROOT_KEY in
base64, or DIR/root.key, which is made for a new store), and what was acknowledged survives
kill -9. This version has KMS only: no IAM and STS calls, no roles, no Bedrock yet.`,
		Example: `  bedlock local
  eval "$(bedlock local env)" && aws kms create-key
  bedlock local --data ~/.bedlock --seed company.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLocal(cmd.Context(), env, &f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.listen, "listen", defaultListen, "`ADDRESS` to listen on")
	flags.StringVar(&f.data, "data", "", "keep keys in this `DIR`; without it they end with the process")
	flags.StringVar(&f.seed, "seed", "", "identities and keys to begin with, a YAML `FILE`")
	flags.StringVar(&f.rootKey, "root-key", "", "`FILE` of 32 bytes, mode 0600, under which --data is sealed")
	flags.BoolVar(&f.allowAll, "allow-all", false, "decide nothing: every signed call is allowed")
	c.AddCommand(newLocalEnv(env))
	return c
}

func newLocalEnv(env environment) *cobra.Command {
	listen := defaultListen
	c := &cobra.Command{
		Use:     "env",
		Short:   "Print the shell's exports for a plane without a seed",
		Example: `  eval "$(bedlock local env)"`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(env.stdout, "export AWS_ENDPOINT_URL_KMS=http://%s\nexport AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\nexport AWS_REGION=%s\nexport AWS_DEFAULT_REGION=%s\nunset AWS_SESSION_TOKEN AWS_PROFILE\n",
				listen, localKeyID, localSecret, localRegion, localRegion)
			return err
		},
	}
	c.Flags().StringVar(&listen, "listen", defaultListen, "`ADDRESS` that the plane listens on")
	return c
}

func runLocal(ctx context.Context, env environment, f *localFlags) error {
	start, err := readSeed(f)
	if err != nil {
		return err
	}
	l, err := listenOn(f)
	if err != nil {
		return err
	}
	defer l.Close()
	o := kms.Options{Authorizer: plane.Authorizer{Identities: start, AllowAll: f.allowAll}}
	if err := openStore(ctx, env, f, &o); err != nil {
		return err
	}
	service, err := kms.Open(ctx, o)
	if err != nil {
		if o.Store != nil {
			_ = o.Store.Close()
		}
		return usage("the data of --data, or its root key, is not what it was", "%w", err)
	}
	defer service.Close()
	if err := start.Keys(ctx, service); err != nil {
		return err
	}
	api, err := plane.KMS(service)
	if err != nil {
		return err
	}
	h, err := plane.New(plane.Options{Services: []*plane.Service{api}, Identities: start, Log: slog.New(slog.NewTextHandler(env.stderr, nil))})
	if err != nil {
		return err
	}
	usage := make(chan error, 1)
	go func() { usage <- service.Run(ctx) }()
	if f.allowAll {
		fmt.Fprintln(env.stderr, "WARNING: --allow-all: no policy, no grant and no key policy is enforced")
	}
	fmt.Fprintf(env.stdout, "bedlock local is ready on http://%s (KMS; %d access keys)\n", l.Addr(), len(start.AccessKeys()))
	err = plane.Serve(ctx, l, h)
	<-usage
	return err
}

func readSeed(f *localFlags) (*seed.Seed, error) {
	if f.seed == "" {
		return seed.Read("the built-in seed", []byte(defaultSeed), nil)
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
	host, _, err := net.SplitHostPort(f.listen)
	if err != nil {
		return nil, usage("an address is HOST:PORT, such as "+defaultListen, "--listen %s: %w", f.listen, err)
	}
	if ip := net.ParseIP(host); f.seed == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usage("give a seed with access keys of your own: --seed FILE", "--listen %s: a plane without a seed listens on loopback only", f.listen)
	}
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return nil, usage("is another plane running there? --listen names another address", "listen on %s: %w", f.listen, err)
	}
	return l, nil
}

// openStore opens the store of --data with its root key.
func openStore(ctx context.Context, env environment, f *localFlags, o *kms.Options) error {
	if f.data == "" {
		return nil
	}
	if err := os.MkdirAll(f.data, 0o700); err != nil {
		return usage("the folder must be writable", "open --data %s: %w", f.data, plainError(err))
	}
	path := filepath.Join(f.data, "kms.db")
	_, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	switch text := env.getenv("BEDLOCK_ROOT_KEY"); {
	case f.rootKey != "":
		o.Root, err = kms.RootFile(f.rootKey, false)
	case text != "":
		o.Root, err = kms.RootText(strings.TrimSpace(text))
	default:
		o.Root, err = kms.RootFile(filepath.Join(f.data, "root.key"), fresh)
	}
	if err != nil {
		return usage("the root key is 32 bytes in a file that only you can read, or base64 in BEDLOCK_ROOT_KEY", "%w", err)
	}
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return usage("another process may have it open, or the file is damaged", "%w", err)
	}
	o.Store = store
	return nil
}
