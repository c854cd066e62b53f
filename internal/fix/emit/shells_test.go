package emit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
)

// TestShells: shells of other kinds run a script as sh does: they send its texts as they are, and
// see that it is done when it is run again. BusyBox has all commands of its own.
func TestShells(t *testing.T) {
	for _, shell := range [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "sh"}, {"ksh"}, {"yash", "--posixly-correct"}} {
		t.Run(shell[0], func(t *testing.T) {
			path, err := exec.LookPath(shell[0])
			if err != nil {
				t.Skip("there is no " + shell[0])
			}
			p := planOf(t, hostile, texts...)
			dir, err := fake(t, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"written", "bedlock-run-" + p.ID} {
				if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			commands := "/usr/bin:/bin"
			if shell[0] == "busybox" {
				commands = t.TempDir()
				if out, err := exec.Command(path, "--install", "-s", commands).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
			for range 2 {
				cmd := exec.Command(path, append(shell[1:len(shell):len(shell)], "plan.sh")...)
				cmd.Dir, cmd.Env = dir, []string{"PATH=" + dir + ":" + commands, "FAKE=" + dir}
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if d := cmp.Diff(append([]string{hostile, hostile}, texts...), written(t, dir)); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

// TestShellcheck: ShellCheck has nothing to say about a script of everything that scripts have.
func TestShellcheck(t *testing.T) {
	path, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("there is no ShellCheck")
	}
	p := fixtest.Open(t, seed(hostile))
	script := write(t, p.Plan(newKey, fix.Selection{}, types...))
	// Functions are called by names that are put together, and variables are set by the eval of read.
	out, err := exec.Command(path, "--shell=sh", "--severity=warning", "--exclude="+strings.Join([]string{"SC2034", "SC2154"}, ","), script).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNoArguments: nothing of a plan but what names services, operations, places and members is in
// an argument of a command, for arguments are in the list of processes.
func TestNoArguments(t *testing.T) {
	p := planOf(t, "hush-hush")
	dir, err := fake(t, p)
	if err != nil {
		t.Fatal(err)
	}
	log := strings.Replace(cli, "#!/bin/sh\n", "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$FAKE/arguments\"\n", 1)
	if err := os.WriteFile(filepath.Join(dir, "aws"), []byte(log), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"written", "bedlock-run-" + p.ID} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := again(t, dir); err != nil {
		t.Fatal(err)
	}
	arguments := read(t, dir, "arguments")
	if strings.Contains(arguments, "hush") || strings.Count(arguments, "--cli-input-json file://") < 3 {
		t.Error(arguments)
	}
}
