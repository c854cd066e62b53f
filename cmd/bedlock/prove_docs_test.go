package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// fenced returns the blocks of a page of a language.
func fenced(t *testing.T, page, language string) (blocks []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	var found string
	var block strings.Builder
	for _, line := range strings.SplitAfter(string(b), "\n") {
		fence, is := strings.CutPrefix(line, "```")
		switch {
		case is && !inside:
			inside, found = true, strings.TrimSpace(fence)
			block.Reset()
		case is:
			inside = false
			if found == language {
				blocks = append(blocks, block.String())
			}
		default:
			block.WriteString(line)
		}
	}
	return blocks
}

// TestProvePageShowsRealOutput runs the transcripts of docs/prove.md: each line
// that begins with $, with what it prints and its exit code.
func TestProvePageShowsRealOutput(t *testing.T) {
	files := append(fenced(t, "prove.md", "json"), fenced(t, "prove.md", "yaml")...)
	transcripts := fenced(t, "prove.md", "")
	if len(files) != 3 || len(transcripts) != 5 {
		t.Fatalf("%d files and %d transcripts", len(files), len(transcripts))
	}
	t.Chdir(t.TempDir())
	for i, name := range []string{"old.json", "new.json", "template.yaml"} {
		if err := os.WriteFile(name, []byte(files[i]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, transcript := range transcripts {
		code := 0
		for _, part := range strings.Split(transcript, "$ ")[1:] {
			command, want, _ := strings.Cut(part, "\n")
			if command == "echo $?" {
				if want != strconv.Itoa(code)+"\n" {
					t.Errorf("the exit code is %d, the page says %s", code, want)
				}
				continue
			}
			var out bytes.Buffer
			var stderr string
			code, stderr = inProcess(context.Background(), &out, strings.Fields(command)[1:]...)
			if out.String() != want {
				t.Errorf("%s\nprints\n%s%s\nthe page says\n%s", command, out.String(), stderr, want)
			}
		}
	}
}

// TestRequestFilesOfThePageAreAsExpected runs the examples of docs/simulate.md.
func TestRequestFilesOfThePageAreAsExpected(t *testing.T) {
	blocks := fenced(t, "simulate.md", "yaml")
	if len(blocks) < 2 {
		t.Fatalf("%d examples", len(blocks))
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"reader.json":     `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}}`,
		"key-policy.json": `{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, block := range blocks {
		if err := os.WriteFile("request.yaml", []byte(block), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if code, stderr := inProcess(context.Background(), &out, "prove", "simulate", "request.yaml"); code != exitClean || stderr != "" {
			t.Errorf("example %d: exit %d\n%s%s", i+1, code, out.String(), stderr)
		}
	}
}
