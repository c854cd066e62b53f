//go:build unix

package apply

import (
	"errors"
	"os"
	"path/filepath"
)

// syncFolder puts the name of a new file on the disk.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
