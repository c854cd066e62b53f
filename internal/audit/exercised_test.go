package audit

import (
	"flag"
	"os"
	"testing"
)

// TestMain fails when a rule of the table was broken in no test: a rule that
// nothing can break is worse than none. It looks only when every test ran.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && wholeRun() {
		for _, r := range Rules() {
			if _, ok := exercised.Load(r.ID); !ok {
				os.Stderr.WriteString("no test breaks rule " + r.ID + " " + r.Name + "\n")
				code = 1
			}
		}
	}
	os.Exit(code)
}

func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.fuzz", "test.list", "test.bench"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return true
}
