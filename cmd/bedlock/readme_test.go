package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeShowsRealOutput: what the README shows is what the program prints.
func TestReadmeShowsRealOutput(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(readme), "prints (shortened):\n\n```\n")
	shown, _, closed := strings.Cut(after, "\n```\n")
	if !found || !closed {
		t.Fatal("the README shows no output")
	}
	var out bytes.Buffer
	if code, stderr := inProcess(context.Background(), &out, "audit", "examples/"); code != exitFindings {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, part := range strings.Split(shown, "\n…\n") {
		for _, paragraph := range strings.Split(strings.TrimSpace(part), "\n\n") {
			if !strings.Contains(out.String(), paragraph) {
				t.Errorf("the README shows what is not printed:\n%s", paragraph)
			}
		}
	}
}

// TestReadmeCommandsRun runs every command line of the README that starts with
// ./bedlock, as a new user would, in a copy of the examples.
func TestReadmeCommandsRun(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(filepath.Join("..", "..", "examples"))); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	commands := regexp.MustCompile(`(?m)^\./bedlock ([^#\n]*)`).FindAllStringSubmatch(string(readme), -1)
	if len(commands) < 10 {
		t.Fatalf("only %d commands found", len(commands))
	}
	for _, c := range commands {
		code, stderr := inProcess(context.Background(), &bytes.Buffer{}, strings.Fields(c[1])...)
		if code != exitClean && code != exitFindings && code != exitInconclusive || stderr != "" {
			t.Errorf("bedlock %s: exit %d, %s", c[1], code, stderr)
		}
	}
}
