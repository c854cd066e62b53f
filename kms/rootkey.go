package kms

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// rootSize is the length of a root key in bytes.
const rootSize = 32

// RootFile reads the root key from a file, which holds its 32 bytes and nothing else and
// which nobody but its owner may read. With create, a file that is missing is made of random
// bytes. Say so only where there is no store yet: a new key opens no old store.
func RootFile(path string, create bool) (*Root, error) {
	b, err := secretFile(path, rootSize)
	if errors.Is(err, fs.ErrNotExist) && create {
		b, err = newSecretFile(path, rootSize)
	}
	defer clear(b)
	if err == nil && len(b) != rootSize {
		err = fmt.Errorf("it holds %s, not %d", held(b, rootSize), rootSize)
	}
	if err == nil {
		err = notZero(b)
	}
	if err != nil {
		return nil, fmt.Errorf("root key file %s: %w", path, bare(err))
	}
	return NewRoot(b)
}

// RootText takes the root key as base64 text of its 32 bytes, with the standard alphabet and
// padding; white space around it does not count. The error holds nothing of the text.
func RootText(text string) (*Root, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	defer clear(b)
	switch {
	case err != nil:
		return nil, errors.New("root key text: it is not base64 of the standard alphabet with padding")
	case len(b) != rootSize:
		return nil, fmt.Errorf("root key text: it is base64 of %d bytes, not %d", len(b), rootSize)
	}
	if err := notZero(b); err != nil {
		return nil, fmt.Errorf("root key text: %w", err)
	}
	return NewRoot(b)
}

// secretFile reads a file of at most size bytes, and one byte of a longer one, if nobody but
// its owner may read it.
func secretFile(path string, size int) (b []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch mode := info.Mode(); {
	case !mode.IsRegular():
		return nil, errors.New("it is no file")
	case mode.Perm()&0o077 != 0 && runtime.GOOS != "windows": // where there are other rights
		return nil, fmt.Errorf("others may use it (mode %v); chmod 600 it, and make a new key if somebody may have read it", mode)
	}
	return io.ReadAll(io.LimitReader(f, int64(size)+1))
}

// newSecretFile makes a file of random bytes, and returns them when they are on disk.
func newSecretFile(path string, size int) ([]byte, error) {
	b := make([]byte, size)
	if _, err := rand.Read(b); err != nil {
		return nil, err
	}
	return b, newFile(path, b)
}

// newFile makes a file with mode 0600, durably. It never replaces one.
func newFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synchronized
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// held says how much a file holds of which limit+1 bytes were read.
func held(b []byte, limit int) string {
	if len(b) > limit {
		return fmt.Sprintf("more than %d bytes", limit)
	}
	return fmt.Sprintf("%d bytes", len(b))
}

// notZero finds what a machine that lost power leaves of a file that was never written.
func notZero(b []byte) error {
	if bytes.Count(b, []byte{0}) == len(b) {
		return errors.New("all of its bytes are zero, which is no key")
	}
	return nil
}

// bare takes the path out of an error that is told with the path anyway.
func bare(err error) error {
	if e, ok := err.(*fs.PathError); ok {
		return e.Err
	}
	return err
}
