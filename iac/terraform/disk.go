package terraform

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sort"
	"strings"

	"golang.org/x/sync/errgroup"
)

// disk is where code comes from. Paths are slash-separated.
type disk interface {
	// read returns a file's bytes; more than maxFile of them is an error.
	read(name string) ([]byte, error)
	// list returns the names of the regular files in a folder, links to files
	// included, sorted.
	list(dir string) ([]string, error)
	// real resolves links; an error when there is nothing.
	real(name string) (string, error)
}

type osDisk struct{}

func (osDisk) read(name string) ([]byte, error) {
	f, err := os.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, cause(err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("the file has more than %d bytes", maxFile)
	}
	return b, nil
}

func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (osDisk) list(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.FromSlash(dir))
	if err != nil {
		return nil, cause(err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		} else if e.Type()&fs.ModeSymlink != 0 {
			if info, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && info.Mode().IsRegular() {
				names = append(names, e.Name())
			}
		}
	}
	return names, nil
}

func (osDisk) real(name string) (string, error) {
	p, err := filepath.EvalSymlinks(filepath.FromSlash(name))
	if err != nil {
		return "", cause(err)
	}
	abs, err := filepath.Abs(p)
	return filepath.ToSlash(abs), err
}

// inMemory is a disk for generated code: files by path.
type inMemory map[string]string

func (m inMemory) read(name string) ([]byte, error) {
	if s, ok := m[path.Clean(name)]; ok {
		return []byte(s), nil
	}
	return nil, fs.ErrNotExist
}

func (m inMemory) list(dir string) (names []string, err error) {
	for p := range m {
		if path.Dir(p) == path.Clean(dir) {
			names = append(names, path.Base(p))
		}
	}
	sort.Strings(names)
	return names, nil
}

func (m inMemory) real(name string) (string, error) {
	name = path.Clean(name)
	for p := range m {
		if p == name || strings.HasPrefix(p, name+"/") || name == "." {
			return path.Join("/", name), nil
		}
	}
	return "", fs.ErrNotExist
}

// load parses the code of one folder, as many files at once as there are processors.
func (ev *evaluator) load(dir string) *folder {
	if d := ev.folders[dir]; d != nil {
		return d
	}
	d := &folder{dir: dir}
	ev.folders[dir] = d
	names, err := ev.disk.list(dir)
	if err != nil {
		d.broken = true
		ev.note("the folder "+dir+" cannot be read: "+err.Error(), noPosition)
	}
	var code []string
	for _, n := range names {
		if isCode(n) {
			code = append(code, n)
		}
	}
	code = shadowed(code)
	d.files = make([]*file, len(code))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, n := range code {
		g.Go(func() error {
			d.files[i] = readCode(ev.disk, path.Join(dir, n))
			return nil
		})
	}
	_ = g.Wait() // errors are in the files
	for _, f := range d.files {
		ev.accept(f)
	}
	d.index()
	return d
}

func readCode(d disk, name string) *file {
	raw, err := d.read(name)
	if err != nil {
		f := parseFile(name, nil)
		f.err = syntaxError(name, err)
		return f
	}
	return parseFile(name, raw)
}
