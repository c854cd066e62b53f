package cloudtrail

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const killed = "BEDLOCK_TRAIL_KILLED"

// TestKill: a process that is killed leaves complete files, with all records but the last,
// and what it was writing is gone with the next start.
func TestKill(t *testing.T) {
	if dir := os.Getenv(killed); dir != "" {
		observeUntilKilled(t, dir)
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
	child.Env = append(os.Environ(), killed+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if files, _ := filepath.Glob(filepath.Join(dir, "AWSLogs/*/*/*/*/*/*/*.gz")); len(files) >= 3 {
			break
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	if err := os.WriteFile(filepath.Join(dir, ".cloudtrail-1"), []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	trail, err := New(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := trail.Close(); err != nil {
		t.Error(err)
	}
	var numbers []int
	for _, records := range written(t, dir) {
		for _, r := range records {
			var n int
			if _, err := fmt.Sscanf(r[strings.Index(r, `"requestID":"`):], `"requestID":"%d"`, &n); err != nil {
				t.Fatalf("%s: %v", r, err)
			}
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		if i != n {
			t.Fatalf("record %d is missing, or twice there", i)
		}
	}
	if len(numbers) == 0 {
		t.Error("nothing was written")
	}
}

func observeUntilKilled(t *testing.T, dir string) {
	trail, err := New(Options{Dir: dir, Every: 20 * time.Millisecond, Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := listKeys()
	for n := 0; ; n++ {
		c.RequestID = fmt.Sprint(n)
		trail.Observe(c)
		if n%100 == 0 {
			fmt.Println(n)
		}
	}
}
