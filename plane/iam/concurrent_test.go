package iam

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// slow is a store whose commits wait until they are let through.
type slow struct {
	kms.Memory
	entered, through chan struct{}
}

func (s *slow) Commit(ctx context.Context, records []kms.Record) error {
	s.entered <- struct{}{}
	<-s.through
	return s.Memory.Commit(ctx, records)
}

// TestReadersDoNotWait: while a change is being committed, everybody is answered, with what
// was before.
func TestReadersDoNotWait(t *testing.T) {
	at := &slow{entered: make(chan struct{}, 1), through: make(chan struct{}, 1)}
	s := open(t, Options{Store: at})
	at.through <- struct{}{}
	must(t, s.EnsureRootKey(t.Context(), home, KeySeed{"ROOTROOTROOTROOT", "secret-of-root"}))
	<-at.entered
	done := make(chan error)
	go func() { done <- s.EnsureUser(t.Context(), home, UserSeed{Name: "ada"}) }()
	<-at.entered
	if c, err := s.Caller(t.Context(), "ROOTROOTROOTROOT", ""); err != nil || c.Secret != "secret-of-root" {
		t.Errorf("%v", err)
	}
	if s.User(home, "ada") != nil {
		t.Error("a user is seen before it is committed")
	}
	at.through <- struct{}{}
	must(t, <-done)
	if s.User(home, "ada") == nil {
		t.Error("a user is not seen after it is committed")
	}
}

func TestConcurrentChanges(t *testing.T) {
	s := open(t, Options{})
	must(t, s.EnsureRootKey(t.Context(), home, KeySeed{"ROOTROOTROOTROOT", "secret-of-root"}))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				name := fmt.Sprintf("u%d-%d", i, j)
				key := KeySeed{fmt.Sprintf("AKIA%08d%08d", i, j), "secret"}
				if err := s.EnsureUser(t.Context(), home, UserSeed{Name: name, AccessKeys: []KeySeed{key}}); err != nil {
					t.Error(err)
				}
				if c, err := s.Caller(t.Context(), key.ID, ""); err != nil || c.Principal.ARN != "arn:aws:iam::"+home+":user/"+name {
					t.Errorf("%s: %v", name, err)
				}
				s.Observe(&plane.Call{Service: &plane.Service{Name: "kms"}, AccessKeyID: key.ID, Caller: &plane.Caller{}})
			}
		})
	}
	wg.Wait()
	if n := len(s.view(home).entities[kindUser]); n != 160 {
		t.Errorf("%d users", n)
	}
}

// TestImplied: who a call is about that names nobody.
func TestImplied(t *testing.T) {
	call := func(p authz.Principal) *plane.Call { return &plane.Call{Caller: &plane.Caller{Principal: p}} }
	if name, err := implied(call(authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::1:user/x/ada"})); name != "ada" || err != nil {
		t.Errorf("%s %v", name, err)
	}
	if name, err := implied(call(authz.Principal{Kind: authz.Root})); name != "" || err != nil {
		t.Errorf("%s %v", name, err)
	}
	_, err := implied(call(authz.Principal{Kind: authz.Session, ARN: "arn:aws:sts::1:assumed-role/r/s"}))
	refusedAs(t, err, "ValidationError", "Must specify userName when calling with non-User credentials")
}

// BenchmarkCaller: what every request of a plane asks.
func BenchmarkCaller(b *testing.B) {
	s := open(b, Options{})
	must(b, s.EnsureUser(b.Context(), home, UserSeed{Name: "ada", AccessKeys: []KeySeed{{"AKIAADAADAADAADAADA1", "secret"}}}))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Caller(b.Context(), "AKIAADAADAADAADAADA1", ""); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEnsureUser: the last of a full account's users.
func BenchmarkEnsureUser(b *testing.B) {
	s := open(b, Options{})
	for b.Loop() {
		b.StopTimer()
		n := len(s.view(home).entities[kindUser])
		if n == 5000 {
			s = open(b, Options{})
			n = 0
		}
		name := fmt.Sprintf("u%d", n)
		b.StartTimer()
		must(b, s.EnsureUser(b.Context(), home, UserSeed{Name: name, Policies: map[string]string{"p": everything}}))
	}
}
