package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/bedlock/bedlock/internal/store"
)

// magic begins every SQLite file.
const magic = "SQLite format 3\x00"

// headerSize is that of the file header.
// Source: https://www.sqlite.org/fileformat2.html#the_database_header
const headerSize = 100

// checkFile finds files that are cut off or another program's before SQLite sees them: it
// takes an empty file for an empty database.
func checkFile(path string, withLog bool) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header := make([]byte, headerSize)
	n, err := io.ReadFull(f, header)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return checkHeader(header[:n], info.Size(), withLog)
}

// checkHeader checks the first bytes of a file of some size. A log may hold pages that the
// file does not have yet.
func checkHeader(header []byte, size int64, withLog bool) error {
	switch {
	case size == 0:
		return fmt.Errorf("%w: the file is empty, which no store ever is", store.ErrDamaged)
	case len(header) < headerSize && bytes.HasPrefix(header, []byte(magic[:min(len(header), len(magic))])):
		return fmt.Errorf("%w: the file is cut off after %d bytes", store.ErrDamaged, size)
	case !bytes.HasPrefix(header, []byte(magic)):
		return fmt.Errorf("%w: it is no SQLite file", store.ErrForeign)
	}
	if id := binary.BigEndian.Uint32(header[68:]); id != applicationID {
		return fmt.Errorf("%w: it is an SQLite file of another program (application id 0x%08x)", store.ErrForeign, id)
	}
	page := int64(binary.BigEndian.Uint16(header[16:]))
	if page == 1 {
		page = 65536
	}
	if page < 512 || page&(page-1) != 0 {
		return fmt.Errorf("%w: its header tells a page size of %d", store.ErrDamaged, page)
	}
	pages := int64(binary.BigEndian.Uint32(header[28:]))
	if have := size / page; have < pages && !withLog {
		return fmt.Errorf("%w: the file is cut off: %d of its %d pages are left", store.ErrDamaged, have, pages)
	}
	return nil
}

// publish makes the file temporary appear as path, durably.
func publish(temporary, path string) error {
	f, err := os.OpenFile(temporary, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder durable. Windows has no such call.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// remove removes a database and what SQLite keeps beside it.
func remove(path string) error {
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
