package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bedlock": main})
}

// TestScripts runs one script per behaviour of the command line, against the real
// program.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLES", examples)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "plane": servePlane},
	})
}

// exits runs bedlock and demands an exit code: exits CODE ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARG...")
	}
	got := 0
	if err := ts.Exec("bedlock", args[1:]...); err != nil {
		code, ok := exitStatus(err)
		if !ok {
			ts.Fatalf("bedlock: %v", err)
		}
		got = code
	}
	if want := args[0]; want != itoa(got) {
		ts.Fatalf("bedlock exited with %d, want %s", got, want)
	}
}
