package lint

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
)

// settled puts tokens for the intrinsic functions of templates.
func settled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			if len(v) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::")) {
				return "${bedlock:unknown:" + name + "}"
			}
			v[name] = settled(v[name])
		}
	case []any:
		for i := range v {
			v[i] = settled(v[i])
		}
	}
	return v
}

// TestCorpus judges other people's policies and counts what is said. They are in
// use, so what AWS refuses must not be in them.
func TestCorpus(t *testing.T) {
	root := os.Getenv("BEDLOCK_CORPUS")
	if root == "" {
		t.Skip("BEDLOCK_CORPUS is not set: the corpus of real policies was NOT judged")
	}
	files, clean, counts := 0, 0, map[string]int{}
	err := filepath.WalkDir(filepath.Join(root, "policies"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var v any
		decoder := json.NewDecoder(bytes.NewReader(b))
		decoder.UseNumber()
		if err := decoder.Decode(&v); err != nil {
			return err
		}
		if b, err = json.MarshalIndent(settled(v), "", "  "); err != nil {
			return err
		}
		doc, err := policy.Parse(string(b))
		if err != nil {
			return err
		}
		folder, _ := filepath.Rel(root, path)
		kind := map[string]Kind{"iam-policy": Identity, "key-policy": Key, "deny-guardrail": SCP}[strings.Split(filepath.ToSlash(folder), "/")[1]]
		files++
		found := Check(doc, Options{Kind: kind})
		if len(found) == 0 {
			clean++
		}
		for _, f := range found {
			counts[f.Code]++
			if strings.HasPrefix(f.Code, "bad-") || f.Code == "duplicate" || f.Code == "incomplete" || f.Code == "policy-too-long" {
				t.Errorf("%s:%d:%d: %s: %s", path, f.At.Line, f.At.Column, f.Code, f.Text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, nothing said of %d", files, clean)
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[code], code)
	}
	if files < 200 {
		t.Errorf("only %d files were judged", files)
	}
}
