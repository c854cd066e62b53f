//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refuses starts `bedlock local` on data and demands that it ends as for bad input and says
// all of want.
func refuses(t *testing.T, data string, want ...string) {
	t.Helper()
	p, ready := begin(t, nil, "--data", data)
	if <-ready {
		t.Errorf("it starts; want %q", want)
		p.kill()
		return
	}
	if code := p.cmd.ProcessState.ExitCode(); code != exitUsage || p.stdout.String() != "" {
		t.Errorf("exit %d, %q", code, &p.stdout)
	}
	for _, w := range want {
		if !strings.Contains(p.stderr.String(), w) {
			t.Errorf("it says %q, want %q", &p.stderr, w)
		}
	}
}

// TestLocalTwoProcesses: the second is told who works on the folder; when the first is
// killed, the folder is free.
func TestLocalTwoProcesses(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	p := launch(t, nil, "--data", data)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, data, fmt.Sprintf("bedlock: open store %s: in use by process %d on %q\n  hint: one plane at a time works on a folder\n", filepath.Join(data, dataStore), p.cmd.Process.Pid, host))
	c := &changer{name: "c", keys: map[string]*kept{}}
	c.changes(t, p, 20)
	p.kill()
	p = launch(t, nil, "--data", data)
	c.check(t, p)
}

// changes makes n changes.
func (c *changer) changes(t *testing.T, p *process, n int) {
	t.Helper()
	client := p.kms(t)
	for range n {
		call, then := c.next(client)
		if err := call(t.Context()); err != nil {
			t.Fatal(err)
		}
		then(c.keys)
	}
}

// TestLocalDamage: a folder whose files were cut off, changed or lost is refused, or holds
// exactly what it held. It is never an empty one.
func TestLocalDamage(t *testing.T) {
	good := filepath.Join(t.TempDir(), "data")
	p := launch(t, nil, "--data", good)
	c := &changer{name: "c", keys: map[string]*kept{}}
	c.changes(t, p, 80)
	crashed := filepath.Join(t.TempDir(), "crashed")
	p.kill()
	copyFolder(t, good, crashed)
	p = launch(t, nil, "--data", good)
	if code := p.stop(t); code != 0 {
		t.Fatalf("exit %d: %s", code, &p.stderr)
	}
	damaged := func(from string, f func(data string)) string {
		t.Helper()
		data := filepath.Join(t.TempDir(), "data")
		copyFolder(t, from, data)
		f(data)
		return data
	}
	size := int64(len(bytesOf(t, filepath.Join(good, dataStore))))
	for _, left := range []int64{0, 1, 99, 4096, size / 2, size - 4096, size - 1} {
		data := damaged(good, func(data string) { cutOff(t, filepath.Join(data, dataStore), left) })
		refuses(t, data, "bedlock: open store "+filepath.Join(data, dataStore)+": damaged: the file is ", "\n  hint: put a backup in its place: bedlock local restore\n")
		if now := int64(len(bytesOf(t, filepath.Join(data, dataStore)))); now != left {
			t.Errorf("the file of %d bytes has %d now", left, now)
		}
	}
	const lost = ": damaged: the file is missing, but "
	refuses(t, damaged(good, func(data string) { removed(t, filepath.Join(data, dataStore)) }), lost)
	refuses(t, damaged(crashed, func(data string) { removed(t, filepath.Join(data, dataStore)) }), lost)
	refuses(t, damaged(crashed, func(data string) { removed(t, filepath.Join(data, dataStore+"-wal")) }), ": damaged: ")
	refuses(t, damaged(crashed, func(data string) { cutOff(t, filepath.Join(data, dataStore+"-wal"), 32+10*(24+4096)) }), ": damaged: ", " were acknowledged")

	root := func(data string) string { return filepath.Join(data, dataRoot) }
	refuses(t, damaged(good, func(data string) { removed(t, root(data)) }), dataRoot, "\n  hint: "+rootHint+"\n")
	refuses(t, damaged(good, func(data string) { cutOff(t, root(data), 31) }), dataRoot, "\n  hint: "+rootHint+"\n")
	refuses(t, damaged(good, func(data string) { flip(t, root(data), 8*7) }), "root key", "\n  hint: "+rootHint+"\n")

	refused := 0
	for _, from := range []string{good, crashed} {
		for range 15 {
			bit := 0
			data := damaged(from, func(data string) {
				file := filepath.Join(data, dataStore)
				if log := file + "-wal"; from == crashed {
					file = log
				}
				bit = rand.IntN(8 * len(bytesOf(t, file)))
				flip(t, file, bit)
			})
			p, ready := begin(t, nil, "--data", data)
			if <-ready {
				c.check(t, p)
				p.kill()
			} else {
				refused++
				said := p.stderr.String()
				named := strings.Contains(said, "damaged: ") && strings.HasSuffix(said, "\n  hint: put a backup in its place: bedlock local restore\n") || strings.Contains(said, "not readable by this version: ")
				if code := p.cmd.ProcessState.ExitCode(); code != exitUsage || !named {
					t.Errorf("exit %d, %s", code, said)
				}
			}
			if t.Failed() {
				t.Fatalf("bit %d of %s", bit, filepath.Base(from))
			}
		}
	}
	t.Logf("of 30 folders with one bit changed %d are refused, the others hold what they held", refused)
	if refused < 5 {
		t.Error("that is hardly possible")
	}
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), bytesOf(t, filepath.Join(from, e.Name())), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func bytesOf(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func cutOff(t *testing.T, path string, left int64) {
	t.Helper()
	if err := os.Truncate(path, left); err != nil {
		t.Fatal(err)
	}
}

func removed(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, path string, bit int) {
	t.Helper()
	b := bytesOf(t, path)
	b[bit/8] ^= 1 << (bit % 8)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
