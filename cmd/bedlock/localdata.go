package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/internal/store/sqlite"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
)

// The files of a plane's folder.
const (
	dataStore      = "plane.db"
	dataRoot       = "root.key"
	dataDerivation = "root.json" // salt and parameters of a passphrase
	dataControl    = "control.sock"
	dataTLS        = "tls"
	dataNext       = ".next" // a root key that is taking over
)

const rootHint = "the root key is 32 bytes in a file that only you can read (--root-key or DIR/" + dataRoot + "), base64 in BEDLOCK_ROOT_KEY, or made of BEDLOCK_PASSPHRASE"

// localData says where a plane keeps its data, and where the root key is that seals it.
type localData struct{ dir, rootKey string }

func (d *localData) flags(f *pflag.FlagSet) {
	f.StringVar(&d.dir, "data", "", "keep everything in this `DIR`; without it all ends with the process")
	f.StringVar(&d.rootKey, "root-key", "", "`FILE` of 32 bytes, mode 0600, under which --data is sealed")
}

func (d *localData) path(name string) string { return filepath.Join(d.dir, name) }

// rootSource is where a root key comes from.
type rootSource struct {
	// path is a file that a rotation replaces; empty: the key is a text.
	path string
	read func(path string, create bool) (*kms.Root, error)
}

func (d *localData) root(env environment) (rootSource, error) {
	text, passphrase := env.getenv("BEDLOCK_ROOT_KEY"), env.getenv("BEDLOCK_PASSPHRASE")
	switch {
	case d.rootKey != "" && (text != "" || passphrase != ""), text != "" && passphrase != "":
		return rootSource{}, usage("keep one of --root-key, BEDLOCK_ROOT_KEY and BEDLOCK_PASSPHRASE", "there is more than one root key")
	case d.rootKey != "":
		return rootSource{d.rootKey, kms.RootFile}, nil
	case text != "":
		return rootSource{"", func(string, bool) (*kms.Root, error) { return kms.RootText(text) }}, nil
	case passphrase != "":
		return rootSource{d.path(dataDerivation), func(path string, create bool) (*kms.Root, error) {
			return kms.RootPassphrase([]byte(passphrase), path, create)
		}}, nil
	}
	return rootSource{d.path(dataRoot), kms.RootFile}, nil
}

// opened is a plane's data; store is nil where nothing is kept.
type opened struct {
	kms   *kms.Service
	store *sqlite.Store
	root  rootSource
}

// open opens the data with its root key; o has everything else that kms needs. A new
// folder gets a new root key.
func (d *localData) open(ctx context.Context, env environment, o kms.Options) (*opened, error) {
	source, err := d.root(env)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, usage("the folder must be writable", "open --data %s: %w", d.dir, plainError(err))
	}
	_, err = os.Stat(d.path(dataStore))
	fresh := errors.Is(err, fs.ErrNotExist)
	if o.Root, err = source.read(source.path, fresh && d.rootKey == ""); err != nil {
		return nil, usage(rootHint, "%w", err)
	}
	whole, err := sqlite.Open(ctx, d.path(dataStore))
	if err != nil {
		return nil, usage(storeHint(err), "%w", err)
	}
	o.Store = store.Part(whole, "")
	service, err := kms.Open(ctx, o)
	if err != nil {
		if service = d.afterRotation(ctx, source, o); service == nil {
			hint := rootHint
			if errors.Is(err, store.ErrDamaged) {
				hint = storeHint(err)
			}
			return nil, errors.Join(usage(hint, "--data %s: %w", d.dir, err), whole.Close())
		}
	}
	return &opened{service, whole, source}, nil
}

func storeHint(err error) string {
	switch {
	case errors.Is(err, store.ErrInUse):
		return "one plane at a time works on a folder"
	case errors.Is(err, store.ErrDamaged):
		return "put a backup in its place: bedlock local restore"
	}
	return "--data names a folder of `bedlock local`"
}

// afterRotation opens the data with the root key that was taking over when a rotation was
// cut short, and ends the rotation.
func (d *localData) afterRotation(ctx context.Context, source rootSource, o kms.Options) *kms.Service {
	if source.path == "" {
		return nil
	}
	var err error
	if o.Root, err = source.read(source.path+dataNext, false); err != nil {
		return nil
	}
	service, err := kms.Open(ctx, o)
	if err != nil || os.Rename(source.path+dataNext, source.path) != nil {
		return nil
	}
	return service
}

// Close writes what is left and closes the store.
func (o *opened) Close() error {
	err := o.kms.Close()
	if o.store != nil {
		err = errors.Join(err, o.store.Close())
	}
	return err
}

func newLocalBackup(env environment) *cobra.Command {
	var d localData
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a backup of --data, also while the plane runs",
		Long: `Backup writes the data of a plane, as it is at one moment, to a new file. A plane
that runs on the folder goes on. What is in the file is sealed under the same root key,
which is not in it: keep the root key as well, and elsewhere.`,
		Example: `  bedlock local backup --data ~/.bedlock /backups/bedlock-2026-11-25.db`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := d.required(); err != nil {
				return err
			}
			err := plane.RequestBackup(cmd.Context(), d.path(dataControl), args[0])
			if errors.Is(err, plane.ErrNotRunning) {
				err = d.backup(cmd.Context(), args[0])
			}
			if err != nil {
				return usage("nothing was written, and the data is as it was", "%w", err)
			}
			_, err = fmt.Fprintln(env.stdout, "backed up to", args[0])
			return err
		},
	}
	c.Flags().StringVar(&d.dir, "data", "", "the plane's `DIR`")
	return c
}

func (d *localData) required() error {
	if d.dir == "" {
		return usage("--data names the folder of the plane", "there is no --data")
	}
	return nil
}

func (d *localData) backup(ctx context.Context, to string) error {
	if _, err := os.Stat(d.path(dataStore)); err != nil {
		return plainError(err)
	}
	s, err := sqlite.Open(ctx, d.path(dataStore))
	if err != nil {
		return err
	}
	return errors.Join(s.Backup(ctx, to), s.Close())
}

func newLocalRestore(env environment) *cobra.Command {
	var d localData
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make --data from a backup",
		Long: `Restore checks a backup and makes the data of a plane from it. There must be no
data in the folder yet; the root key must be put there, or named, as it was.`,
		Example: `  bedlock local restore --data /srv/plane /backups/bedlock-2026-11-25.db`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := d.required(); err != nil {
				return err
			}
			if err := os.MkdirAll(d.dir, 0o700); err != nil {
				return usage("the folder must be writable", "%w", plainError(err))
			}
			if err := sqlite.Restore(cmd.Context(), args[0], d.path(dataStore)); err != nil {
				return usage("what is in "+d.dir+" is as it was", "%w", err)
			}
			_, err := fmt.Fprintln(env.stdout, "restored", d.path(dataStore))
			return err
		},
	}
	c.Flags().StringVar(&d.dir, "data", "", "the plane's new `DIR`")
	return c
}

func newLocalRekey(env environment) *cobra.Command {
	var d localData
	c := &cobra.Command{
		Use:   "rekey",
		Short: "Seal --data under a new root key",
		Long: `Rekey makes a new root key in the place of the old one, and seals the data under it.
The plane must be stopped. A rekey that is cut short is ended by the next start, with
whichever key is right. A key of BEDLOCK_ROOT_KEY is replaced by that of
BEDLOCK_NEW_ROOT_KEY, a passphrase by BEDLOCK_NEW_PASSPHRASE (it may be the same: the salt
is new). Backups that were made before need the old root key.`,
		Example: `  bedlock local rekey --data ~/.bedlock
  BEDLOCK_PASSPHRASE=… BEDLOCK_NEW_PASSPHRASE=… bedlock local rekey --data ~/.bedlock`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := d.required(); err != nil {
				return err
			}
			if err := d.rekey(cmd.Context(), env); err != nil {
				return err
			}
			_, err := fmt.Fprintln(env.stdout, "sealed under the new root key")
			return err
		},
	}
	d.flags(c.Flags())
	return c
}

func (d *localData) rekey(ctx context.Context, env environment) error {
	if _, err := os.Stat(d.path(dataStore)); err != nil {
		return usage("--data names a folder of `bedlock local`", "%w", plainError(err))
	}
	o, err := d.open(ctx, env, kms.Options{})
	if err != nil {
		return err
	}
	next, err := o.nextRoot(env)
	if err == nil {
		err = o.kms.Rewrap(ctx, next)
	}
	if err == nil && o.root.path != "" {
		err = os.Rename(o.root.path+dataNext, o.root.path)
	}
	return errors.Join(err, o.Close())
}

// nextRoot makes the root key that takes over.
func (o *opened) nextRoot(env environment) (*kms.Root, error) {
	text, passphrase := env.getenv("BEDLOCK_NEW_ROOT_KEY"), env.getenv("BEDLOCK_NEW_PASSPHRASE")
	if o.root.path == "" {
		if text == "" {
			return nil, usage("set BEDLOCK_NEW_ROOT_KEY to base64 of 32 random bytes", "there is no new root key")
		}
		return kms.RootText(text)
	}
	next := o.root.path + dataNext
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if filepath.Base(o.root.path) == dataDerivation {
		if passphrase == "" {
			return nil, usage("set BEDLOCK_NEW_PASSPHRASE", "there is no new passphrase")
		}
		return kms.RootPassphrase([]byte(passphrase), next, true)
	}
	return kms.RootFile(next, true)
}
