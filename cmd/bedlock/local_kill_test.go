//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/smithy-go"
)

// TestLocalKill kills the program at random moments under load, again and again on one
// folder. It always starts again; everything acknowledged is there, and of each change that
// was under way, all or nothing. BEDLOCK_KILL_ROUNDS sets the number of rounds.
func TestLocalKill(t *testing.T) {
	rounds := 5
	if text := os.Getenv("BEDLOCK_KILL_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	}
	data := filepath.Join(t.TempDir(), "data")
	p := launch(t, nil, "--data", data)
	clients := make([]*changer, 8)
	for i := range clients {
		clients[i] = &changer{name: fmt.Sprint("c", i), keys: map[string]*kept{}}
	}
	registrar := &registrar{users: map[string]person{}, keys: map[string]holder{}}
	settled := map[string]string{} // what is known of every key
	acknowledged := 0
	for round := range rounds {
		acknowledged += killed(t, p, os.Kill, append(work(t, p, clients), registrar.works(t, p))...)
		for range round % 3 { // and while it starts
			p, _ = begin(t, nil, "--data", data)
			<-time.After(rand.N(60 * time.Millisecond))
			p.kill()
		}
		p = launch(t, nil, "--data", data)
		if p.stderr.String() != "" {
			t.Errorf("round %d: it says %s", round, &p.stderr)
		}
		before := len(settled)
		var mu sync.Mutex
		together(clients, func(c *changer) {
			for id, text := range c.check(t, p) {
				mu.Lock()
				settled[id] = text
				mu.Unlock()
			}
		})
		registrar.check(t, p)
		unknown := strangers(t, p, settled)
		if len(unknown) > len(clients) {
			t.Errorf("round %d: %d keys that nobody was told of", round, len(unknown))
		}
		maps.Copy(settled, unknown)
		if t.Failed() {
			t.Fatalf("round %d of %d", round, rounds)
		}
		t.Logf("round %d: %d new keys, %d of them were not acknowledged", round, len(settled)-before, len(unknown))
	}
	if code := p.stop(t); code != 0 {
		t.Errorf("exit %d: %s", code, &p.stderr)
	}
	p = launch(t, nil, "--data", data)
	client := p.reader(t)
	for id, want := range settled {
		if got := observed(t, client, id).String(); got != want {
			t.Errorf("at the end key %s is\n%s, want\n%s", id, got, want)
		}
	}
	registrar.everybody(t, p)
	t.Logf("%d rounds, %d acknowledged calls, %d keys, %d users, nothing lost", rounds, acknowledged, len(settled), len(registrar.users))
	if acknowledged < 20*rounds {
		t.Errorf("%d calls in %d rounds: there was hardly any load", acknowledged, rounds)
	}
}

// TestLocalStop ends the program under load as a supervisor does: no call is answered with
// an error, everything acknowledged is there, and has its record.
func TestLocalStop(t *testing.T) {
	data, trail := filepath.Join(t.TempDir(), "data"), t.TempDir()
	c := &changer{name: "c", keys: map[string]*kept{}}
	acknowledged := 0
	for range 3 {
		p := launch(t, nil, "--data", data, "--trail", trail)
		acknowledged += killed(t, p, syscall.SIGTERM, c.works(t, p))
		if code := p.cmd.ProcessState.ExitCode(); code != 0 || p.stderr.String() != "" {
			t.Errorf("exit %d: %s", code, &p.stderr)
		}
		p = launch(t, nil, "--data", data)
		c.check(t, p)
		p.kill()
	}
	records := 0
	for _, path := range logFiles(t, trail) {
		var log struct {
			Records []struct{ EventSource, EventType string }
		}
		if err := json.Unmarshal(uncompressed(t, path), &log); err != nil {
			t.Fatal(err)
		}
		for _, r := range log.Records {
			if r.EventSource == "kms.amazonaws.com" && r.EventType == "AwsApiCall" {
				records++
			}
		}
	}
	// The last call of each round may be done and recorded, and its answer lost.
	if records < acknowledged || records > acknowledged+3 || acknowledged == 0 {
		t.Errorf("%d calls were acknowledged, %d recorded", acknowledged, records)
	}
}

// asks makes a call, and says whether it was acknowledged. After one that was not, its
// client ends.
type asks func(call func(context.Context) error) bool

// killed lets clients work until p is sent a signal, and returns how many calls were
// acknowledged.
func killed(t *testing.T, p *process, signal os.Signal, clients ...func(asks)) int {
	t.Helper()
	var dead atomic.Bool
	kill := func() {
		dead.Store(true)
		_ = p.cmd.Process.Signal(signal)
	}
	after := 1 + rand.Int64N(500)
	if rand.IntN(2) == 0 {
		after = -1
		timer := time.AfterFunc(rand.N(600*time.Millisecond), kill)
		defer timer.Stop()
	}
	var calls atomic.Int64
	ask := func(call func(context.Context) error) bool {
		if err := call(t.Context()); err != nil {
			var refusal smithy.APIError
			if errors.As(err, &refusal) || !dead.Load() {
				t.Errorf("%v\n%s", err, &p.stderr)
			}
			return false
		}
		if calls.Add(1) == after {
			kill()
		}
		return true
	}
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() { c(ask) })
	}
	all.Wait()
	<-p.ended
	return int(calls.Load())
}

// works changes keys until p is killed.
func (c *changer) works(t *testing.T, p *process) func(asks) {
	return func(ask asks) {
		c.forget()
		client := p.kms(t)
		for {
			call, then := c.next(client)
			c.pending = then
			if !ask(call) {
				return
			}
			then(c.keys)
			c.pending = nil
		}
	}
}

func work(t *testing.T, p *process, clients []*changer) (all []func(asks)) {
	for _, c := range clients {
		all = append(all, c.works(t, p))
	}
	return all
}

func together(clients []*changer, f func(*changer)) {
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() { f(c) })
	}
	all.Wait()
}
