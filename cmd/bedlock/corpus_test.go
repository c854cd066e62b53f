package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/audit"
)

// TestCorpusIsAccountedFor audits other people's files and demands an account of
// each: audited, failed with a line, or not an input with the reason.
func TestCorpusIsAccountedFor(t *testing.T) {
	root := os.Getenv("BEDLOCK_CORPUS")
	if root == "" {
		t.Skip("BEDLOCK_CORPUS is not set: other people's templates and plans are not read")
	}
	var sources []string
	files := map[string]bool{}
	for _, part := range []string{"cfn", "cdk", "tf"} {
		dir := filepath.Join(root, part)
		sources = append(sources, dir)
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files[filepath.ToSlash(p)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	inv, err := iac.Collect(context.Background(), cat, sources, iac.Options{})
	if err != nil {
		t.Fatal(err)
	}
	count := map[bedlock.InputStatus]int{}
	for _, in := range inv.Parts().Inputs {
		if !files[in.Path] {
			continue
		}
		delete(files, in.Path)
		count[in.Status]++
		switch in.Status {
		case bedlock.InputFailed:
			if in.Reason == "" || in.At.Line == 0 {
				t.Errorf("%s failed without a line: %+v", in.Path, in)
			}
		case bedlock.InputSkipped:
			if in.Reason == "" {
				t.Errorf("%s is no input, but nothing says why", in.Path)
			}
		}
	}
	for f := range files {
		t.Errorf("%s is not accounted for", f)
	}
	sum, err := audit.Run(context.Background(), inv, audit.Options{Catalog: cat}, func(bedlock.Message) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("files %v; %d resources, %d keys, %d slots, rungs %v", count, sum.Resources, sum.Keys, sum.Slots, sum.Rungs)
	if sum.Slots < 1000 {
		t.Errorf("only %d slots were found", sum.Slots)
	}
}
