package model

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// manifest is what modelgen.py says about its run.
type manifest struct {
	Format    int `json:"format"`
	Generator struct {
		File   string `json:"file"`
		SHA256 string `json:"sha256"`
	} `json:"generator"`
	Source struct {
		License string `json:"license"`
		Package string `json:"package"`
		SHA256  string `json:"sha256"`
		Version string `json:"version"`
	} `json:"source"`
	Tables map[string]struct {
		APIVersion string `json:"apiVersion"`
		Bytes      int    `json:"bytes"`
		Operations int    `json:"operations"`
		SHA256     string `json:"sha256"`
		Shapes     int    `json:"shapes"`
	} `json:"tables"`
}

// read returns a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// The tables, the generator and its pin belong together: a change of one
// without the others fails here.
func TestStale(t *testing.T) {
	const regenerate = "; run tools/modelgen/modelgen.py"
	var m manifest
	if err := json.Unmarshal([]byte(read(t, "data/MANIFEST.json")), &m, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	if m.Format != format {
		t.Errorf("tables have format %d, the decoder reads %d%s", m.Format, format, regenerate)
	}
	if got := sum(read(t, "../../"+m.Generator.File)); got != m.Generator.SHA256 {
		t.Errorf("%s has changed since it wrote the tables%s", m.Generator.File, regenerate)
	}
	pin := m.Source.Package + "==" + m.Source.Version + " \\\n    --hash=sha256:" + m.Source.SHA256 + "\n"
	if !strings.Contains(read(t, "../../tools/modelgen/requirements.txt"), pin) {
		t.Errorf("tables are of %s %s, requirements.txt pins another%s", m.Source.Package, m.Source.Version, regenerate)
	}
	if !strings.Contains(read(t, "NOTICE"), m.Source.Package+" "+m.Source.Version) {
		t.Errorf("NOTICE does not name %s %s", m.Source.Package, m.Source.Version)
	}
	if len(m.Tables) != len(Services()) {
		t.Errorf("manifest lists %d tables, %d are embedded%s", len(m.Tables), len(Services()), regenerate)
	}
	for name, want := range m.Tables {
		plain, err := table(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(plain) != want.Bytes || sum(string(plain)) != want.SHA256 {
			t.Errorf("%s: the table is not the one in the manifest%s", name, regenerate)
		}
		s := load(t, name)
		if s.APIVersion != want.APIVersion || len(s.Operations) != want.Operations || len(s.Shapes) != want.Shapes {
			t.Errorf("%s: %s with %d operations and %d shapes, manifest says %+v",
				name, s.APIVersion, len(s.Operations), len(s.Shapes), want)
		}
	}
}

// The folder holds the tables and the manifest, within a budget: the tables
// are part of every binary.
func TestDataFolder(t *testing.T) {
	entries, err := os.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		name, packed := strings.CutSuffix(entry.Name(), suffix)
		if entry.Name() != "MANIFEST.json" && !(packed && slices.Contains(Services(), name)) {
			t.Errorf("data/%s does not belong there", entry.Name())
		}
	}
	if total > 600_000 {
		t.Errorf("data is %d bytes, budget is 600000", total)
	}
}
