package iac

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/bedlock/bedlock"
)

// skippedFolders hold installed or generated things, never sources of one's own.
var skippedFolders = map[string]string{
	".git": "version control", "node_modules": "installed packages", ".terraform": "Terraform's working folder",
	".venv": "installed packages", "__pycache__": "generated code", ".hg": "version control", ".svn": "version control",
	".terragrunt-cache": "Terragrunt's working folder", ".aws-sam": "SAM's build folder",
}

// sources is what a walk finds.
type sources struct {
	files   []string        // to be classified, sorted
	folders []string        // with Terraform code, sorted
	code    map[string]bool // the Terraform code files in those folders
	skipped []bedlock.Input
}

// walk lists the files below the sources. A source that does not exist is an
// error; anything else that cannot be read is accounted for.
func walk(ctx context.Context, paths []string) (*sources, error) {
	w := walker{found: &sources{code: map[string]bool{}}, seen: map[string]bool{}, folders: map[string]bool{}}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			var pe *fs.PathError
			if errors.As(err, &pe) {
				err = pe.Err
			}
			return nil, fmt.Errorf("read source %s: %w", p, err)
		}
		if !info.IsDir() {
			w.file(filepath.Clean(p))
			continue
		}
		if err := w.tree(ctx, filepath.Clean(p)); err != nil {
			return nil, err
		}
	}
	for f := range w.folders {
		w.found.folders = append(w.found.folders, f)
	}
	sort.Strings(w.found.folders)
	sort.Strings(w.found.files)
	return w.found, nil
}

type walker struct {
	found   *sources
	seen    map[string]bool // real paths
	folders map[string]bool
}

func (w *walker) tree(ctx context.Context, root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err != nil:
			w.account(path, bedlock.InputFailed, err.Error())
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
			if why, skip := skippedFolders[d.Name()]; skip && path != root {
				w.account(path+"/", bedlock.InputSkipped, "not looked into: "+why)
				return fs.SkipDir
			}
		case d.Type()&fs.ModeSymlink != 0:
			w.link(path)
		case d.Type().IsRegular():
			w.file(path)
		default:
			w.account(path, bedlock.InputSkipped, "not a regular file")
		}
		return nil
	})
}

// link follows a link to a file. A link to a folder is not followed: it may lead
// in a circle, and what it leads to is audited when it is named as a source.
func (w *walker) link(path string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		w.account(path, bedlock.InputSkipped, "a link that leads nowhere")
	case info.IsDir():
		w.account(path, bedlock.InputSkipped, "a link to a folder; name the folder itself as a source to audit it")
	case info.Mode().IsRegular():
		w.file(path)
	default:
		w.account(path, bedlock.InputSkipped, "not a regular file")
	}
}

func (w *walker) file(path string) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	if abs, err := filepath.Abs(real); err == nil {
		real = abs
	}
	if w.seen[real] {
		return
	}
	w.seen[real] = true
	if isCode(path) {
		w.folders[filepath.Dir(path)] = true
		w.found.code[path] = true
		return
	}
	w.found.files = append(w.found.files, path)
}

// isCode reports whether a file is Terraform or OpenTofu code.
func isCode(path string) bool {
	for _, suffix := range []string{".tf", ".tf.json", ".tofu", ".tofu.json"} {
		if strings.HasSuffix(path, suffix) {
			return true
		}
	}
	return false
}

func (w *walker) account(path string, status bedlock.InputStatus, reason string) {
	w.found.skipped = append(w.found.skipped, bedlock.Input{Path: filepath.ToSlash(path), Status: status, Reason: reason})
}
