package sqlite

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

// childStore names the store of a test binary that runs as a child.
const childStore = "BEDLOCK_TEST_STORE"

// child starts this test binary again, running one test only. What it prints to standard
// output comes through the pipe.
func child(t *testing.T, test, path string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), childStore+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

const workers = 8

// The state of a worker is its number n: key w holds n, grant w-n is there and no other of
// w, and material w/(n mod 5) holds n and some more bytes.
func step(w, n int) []kms.Record {
	size := rand.IntN(2000)
	if rand.IntN(20) == 0 {
		size = rand.IntN(60_000)
	}
	return []kms.Record{
		put(kms.KindKey, fmt.Sprint(w), fmt.Sprint(n)),
		{Kind: kms.KindGrant, ID: fmt.Sprint(w, "-", n-1)},
		put(kms.KindMaterial, fmt.Sprint(w, "/", n%5), fmt.Sprint(n, strings.Repeat(" x", size))),
		put(kms.KindGrant, fmt.Sprint(w, "-", n), "g"),
	}
}

// state checks that the records of each worker belong together, and returns their numbers.
func state(got map[string]string) (numbers [workers]int, err error) {
	grants := 0
	for w := range workers {
		value, ok := got["key "+fmt.Sprint(w)]
		if !ok {
			continue // it has not begun
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return numbers, err
		}
		numbers[w] = n
		grants++
		if got["grant "+fmt.Sprint(w, "-", n)] != "g" {
			return numbers, fmt.Errorf("worker %d is at %d, but the grant of this commit is missing", w, n)
		}
		if m, _, _ := strings.Cut(got["material "+fmt.Sprint(w, "/", n%5)], " "); m != value {
			return numbers, fmt.Errorf("worker %d is at %d, but its material is of %q", w, n, m)
		}
	}
	for name := range got {
		if strings.HasPrefix(name, "grant ") {
			grants--
		}
	}
	if grants != 0 {
		return numbers, fmt.Errorf("%d grants too few; too many are negative: a deletion is missing", grants)
	}
	return numbers, nil
}

// TestChildCommits is no test of its own: it commits until it is killed, and prints what was
// acknowledged.
func TestChildCommits(t *testing.T) {
	path := os.Getenv(childStore)
	if path == "" {
		t.Skip("it is the child of TestKill")
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := contents(s)
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := state(got)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := numbers[w] + 1; ; n++ {
				if err := s.Commit(context.Background(), step(w, n)); err != nil {
					t.Error(err)
					return
				}
				if _, err := fmt.Fprintf(os.Stdout, "acknowledged %d %d\n", w, n); err != nil {
					return // the parent is gone
				}
			}
		})
	}
	all.Wait()
}

// TestKill kills a process that commits, at random moments, again and again on one store.
// Nothing acknowledged is lost, nothing is there by half, and the store opens.
// BEDLOCK_KILL_ROUNDS sets the number of rounds.
func TestKill(t *testing.T) {
	rounds := 12
	if text := os.Getenv("BEDLOCK_KILL_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	}
	if testing.Short() {
		rounds = 3
	}
	path := fresh(t)
	closed(t, opened(t, path))
	var acknowledged [workers]int
	total := 0
	for round := range rounds {
		cmd, out := child(t, "TestChildCommits", path)
		kill := func() { _ = cmd.Process.Kill() }
		after := rand.IntN(400)
		if round%2 == 1 {
			after = -1
			timer := time.AfterFunc(time.Duration(rand.IntN(150_000))*time.Microsecond, kill)
			defer timer.Stop()
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var w, n int
			if _, err := fmt.Sscanf(lines.Text(), "acknowledged %d %d", &w, &n); err != nil {
				t.Fatalf("round %d: the child says %q", round, lines.Text())
			}
			acknowledged[w] = n
			total++
			if after--; after == 0 {
				kill()
			}
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() && cmd.ProcessState.ExitCode() >= 0 {
			t.Fatalf("round %d: the child ended by itself: %v", round, cmd.ProcessState)
		}
		// The next child goes on with what the crash left; the check opens a copy of it.
		s := opened(t, copied(t, path, whole()...))
		got, err := contents(s)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		numbers, err := state(got)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for w, n := range numbers {
			if n != acknowledged[w] && n != acknowledged[w]+1 {
				t.Fatalf("round %d: worker %d is at %d, but %d was acknowledged", round, w, n, acknowledged[w])
			}
			acknowledged[w] = n
		}
		closed(t, s)
	}
	t.Logf("%d rounds, %d acknowledged commits, none lost", rounds, total)
	if total < rounds*10 {
		t.Errorf("%d commits in %d rounds: the children hardly began", total, rounds)
	}
}

// TestChildHolds is no test of its own: it holds a store until its input ends.
func TestChildHolds(t *testing.T) {
	path := os.Getenv(childStore)
	if path == "" {
		t.Skip("it is the child of TestTwoProcesses")
	}
	s := opened(t, path)
	committed(t, s, put(kms.KindKey, "a", "1"))
	fmt.Println("holding")
	select {}
}

// TestTwoProcesses: the second one is refused and told who holds the store; when the first
// one is killed, the store is free.
func TestTwoProcesses(t *testing.T) {
	path := fresh(t)
	cmd, out := child(t, "TestChildHolds", path)
	defer cmd.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "holding\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path)
	if want := fmt.Sprintf("open store %s: in use by process %d on %q", path, cmd.Process.Pid, host); err == nil || err.Error() != want || !errors.Is(err, store.ErrInUse) {
		t.Errorf("error is %v, want %s", err, want)
	}
	err = Restore(t.Context(), path, path)
	if want := fmt.Sprintf("restore store %s from %s: in use by process %d on %q", path, path, cmd.Process.Pid, host); err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	s := opened(t, path)
	holds(t, s, map[string]string{"key a": "1"})
	if !bytes.Contains(read(t, path+".lock"), fmt.Appendf(nil, "held by process %d on", os.Getpid())) {
		t.Errorf("the lock still names the killed process: %q", read(t, path+".lock"))
	}
}
