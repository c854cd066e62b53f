package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inProcess runs a command line and returns its exit code and standard error.
func inProcess(ctx context.Context, stdout io.Writer, args ...string) (int, string) {
	var stderr bytes.Buffer
	code := run(ctx, args, environment{stdin: strings.NewReader(""), stdout: stdout, stderr: &stderr, getenv: func(string) string { return "" }})
	return code, stderr.String()
}

func TestInterruptedRunExitsWith130(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	code, stderr := inProcess(ctx, io.Discard, "audit", filepath.Join("..", "..", "examples"))
	if code != exitInterrupted || stderr != "bedlock: interrupted\n" {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDiskIsReported(t *testing.T) {
	for _, format := range []string{"text", "json", "csv", "sarif", "junit", "html", "markdown"} {
		code, stderr := inProcess(context.Background(), fullDisk{}, "audit", filepath.Join("..", "..", "examples"), "--format", format)
		if code != exitFailed || !strings.Contains(stderr, "no space left on device") {
			t.Errorf("%s: exit %d, %q", format, code, stderr)
		}
	}
	if code, _ := inProcess(context.Background(), fullDisk{}, "inventory", filepath.Join("..", "..", "examples")); code != exitFailed {
		t.Errorf("inventory: exit %d", code)
	}
}

func TestFailedRunLeavesTheOldReport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _ := inProcess(context.Background(), io.Discard, "audit", "does/not/exist", "-o", file); code != exitUsage {
		t.Errorf("exit %d", code)
	}
	b, err := os.ReadFile(file)
	if err != nil || string(b) != "old" {
		t.Errorf("the report is %q, %v", b, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(left) != 0 {
		t.Errorf("temporary files are left: %q", left)
	}
}

// TestExamplesShowTheLadder: the examples have a slot on every rung that code
// alone can show.
func TestExamplesShowTheLadder(t *testing.T) {
	rungs := map[string]int{}
	for _, s := range audited(t, filepath.Join("..", "..", "examples")) {
		rungs[s.Rung.String()]++
	}
	for _, want := range []string{"unread", "unresolved", "unkeyed", "aws-managed", "broken", "exposed", "sound"} {
		if rungs[want] == 0 {
			t.Errorf("no example stands on %s: %v", want, rungs)
		}
	}
}

func TestParametersFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"list.json":    `[{"ParameterKey": "A", "ParameterValue": "1"}]`,
		"wrapped.json": `{"Parameters": {"B": "2"}, "Tags": {}}`,
		"plain.json":   `{"C": "3"}`,
		"bad.json":     `{"D": {}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readParameters([]string{"E=5=6", filepath.Join(dir, "list.json"), "file://" + filepath.Join(dir, "wrapped.json"), filepath.Join(dir, "plain.json")})
	if err != nil || len(got) != 4 || got["A"] != "1" || got["B"] != "2" || got["C"] != "3" || got["E"] != "5=6" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{filepath.Join(dir, "bad.json"), filepath.Join(dir, "none.json"), "NOVALUE"} {
		if _, err := readParameters([]string{bad}); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
