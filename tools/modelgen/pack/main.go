// Command pack compresses the tables that modelgen.py wrote: every NAME.json
// of a folder becomes NAME.json.zst, and the plain file is removed. The
// manifest stays plain.
//
// It is a Go program because the repository already pins a zstd encoder in
// go.sum; one encoder, one goroutine and one level give the same bytes
// everywhere.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pack FOLDER")
		os.Exit(2)
	}
	if err := pack(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pack replaces the plain tables of folder and removes compressed tables that
// have no plain counterpart, so that a service taken off the list disappears.
func pack(folder string) error {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1),
		// The manifest holds a stronger sum of the plain bytes.
		zstd.WithEncoderCRC(false))
	if err != nil {
		return fmt.Errorf("pack %s: %w", folder, err)
	}
	plain, err := filepath.Glob(filepath.Join(folder, "[a-z]*.json"))
	if err != nil {
		return fmt.Errorf("pack %s: %w", folder, err)
	}
	if len(plain) == 0 {
		return fmt.Errorf("pack %s: no tables", folder)
	}
	old, err := filepath.Glob(filepath.Join(folder, "*.json.zst"))
	if err != nil {
		return fmt.Errorf("pack %s: %w", folder, err)
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("pack %s: %w", path, err)
		}
	}
	for _, path := range plain {
		table, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("pack %s: %w", path, err)
		}
		if err := os.WriteFile(path+".zst", enc.EncodeAll(table, nil), 0o644); err != nil {
			return fmt.Errorf("pack %s: %w", path, err)
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("pack %s: %w", path, err)
		}
	}
	return nil
}
