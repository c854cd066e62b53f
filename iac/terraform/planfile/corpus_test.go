package planfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
	"github.com/bedlock/bedlock/iac/terraform/planfile"
)

// TestCorpus reads other people's plans and states: each is read, refused with a
// position, or not detected.
func TestCorpus(t *testing.T) {
	corpus := os.Getenv("BEDLOCK_CORPUS")
	if corpus == "" {
		t.Skip("BEDLOCK_CORPUS IS NOT SET: no plan of other people was read; the tests with own plans still ran")
	}
	var files, plans, states, other, failed, resources int
	kinds := map[graph.Kind]int{}
	reasons := map[string]int{}
	err := filepath.WalkDir(filepath.Join(corpus, "tf"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		n, err := syntax.ParseJSON(path, raw, syntax.Limits{})
		if err != nil {
			other++
			return nil
		}
		read := planfile.Plan
		switch {
		case planfile.DetectPlan(n):
			plans++
		case planfile.DetectState(n):
			states++
			read = planfile.State
		default:
			t.Logf("not detected: %s", path)
			other++
			return nil
		}
		m, err := read(path, n)
		if err != nil {
			var e *syntax.Error
			if !errors.As(err, &e) || e.At.Line == 0 || e.Hint == "" {
				t.Errorf("%s: error without position or hint: %v", path, err)
			}
			t.Logf("%v", err)
			failed++
			return nil
		}
		resources += len(m.Resources)
		for i := range m.Resources {
			r := &m.Resources[i]
			if r.At.Line == 0 || r.Attributes.Kind != graph.Map || r.Type == "" || r.ID != path+"#"+r.Address {
				t.Errorf("%s: incomplete resource %+v", path, r)
			}
			count(r.Attributes, kinds, reasons)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files: %d plans, %d states, %d other, %d failed; %d resources; %d references, %d unknown",
		files, plans, states, other, failed, resources, kinds[graph.Ref], kinds[graph.Unknown])
	for r, n := range reasons {
		if n > 20 {
			t.Logf("%6d %s", n, r)
		}
	}
	if plans < 50 || resources < 500 || kinds[graph.Ref] < 100 {
		t.Errorf("the corpus has fewer plans, resources or references than it should")
	}
}

func count(v graph.Value, kinds map[graph.Kind]int, reasons map[string]int) {
	kinds[v.Kind]++
	if v.Kind == graph.Unknown {
		reasons[v.Text]++
	}
	for _, m := range v.Members {
		count(m.Value, kinds, reasons)
	}
	for _, i := range v.Items {
		count(i, kinds, reasons)
	}
}
