package apply

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/bedlock/bedlock/internal/filelock"
	"github.com/bedlock/bedlock/internal/fix"
)

// Lock keeps other runs of this machine away from the accounts and Regions of a plan. Against
// those of other machines the states of the steps guard: what has changed is not written over.
type Lock struct{ files []*os.File }

// ErrHeld is what [Create], [Open] and [Take] return when another process is in the way.
var ErrHeld = filelock.ErrHeld

// Take takes the locks of a plan in a folder, which is created. The error names who is in the
// way.
func Take(dir string, p *fix.Plan) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	var names []string
	for i := range p.Steps {
		names = append(names, p.Steps[i].Account+"-"+p.Steps[i].Region+".lock")
	}
	slices.Sort(names) // everybody in the same order, so that two never wait for each other
	l := &Lock{}
	for _, name := range slices.Compact(names) {
		f, err := filelock.Open(filepath.Join(dir, name))
		if errors.Is(err, filelock.ErrHeld) {
			err = fmt.Errorf("another plan is being applied to %s (the lock is %w): wait for it to end", name[:len(name)-len(".lock")], ErrHeld)
		}
		if err != nil {
			return nil, errors.Join(err, l.Release())
		}
		l.files = append(l.files, f)
	}
	return l, nil
}

// Release gives the locks back; a process that ends does so too.
func (l *Lock) Release() error {
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
