package records_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/records"
)

// clock is a clock that is set by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func seal(t *testing.T, key string) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher([]byte(strings.Repeat(key, 32)))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

func open(t *testing.T, o records.Options) *records.Store {
	t.Helper()
	s, err := records.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func key(id string) records.Key {
	return records.Key{Service: "bedrock", Kind: "guardrail", Account: "111122223333", Region: "eu-west-1", ID: id}
}

func put(t *testing.T, s *records.Store, all ...*records.Record) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx *records.Tx) error {
		for _, r := range all {
			tx.Put(r)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func ids(list []*records.Record) (out []string) {
	for _, r := range list {
		out = append(out, r.ID)
	}
	return out
}

func listed(s *records.Store) []string {
	return ids(s.List("bedrock", "guardrail", "111122223333", "eu-west-1"))
}

// TestSurvives: what was committed is there, as it was, when the store is opened again, and
// counts on.
func TestSurvives(t *testing.T) {
	kept := &kms.Memory{}
	o := records.Options{Store: kept, Seal: seal(t, "a"), Now: (&clock{time.Date(2026, 11, 25, 12, 0, 0, 123456789, time.UTC)}).now}
	s := open(t, o)
	rec := &records.Record{Key: key("/with/slashes and spaces"), Doc: wire.Object{
		"n": int64(7), "f": 7.0, "b": true, "at": time.Date(2020, 1, 2, 3, 4, 5, 6, time.UTC), "blob": []byte{0, 1}, "list": []any{"x", wire.Object{"y": "z"}}, "$:time": "of a user",
	}, Sealed: map[string]*records.Sealed{"configuration": {Key: "arn", DataKey: []byte("d"), Context: map[string]string{"a": "b"}, Grant: "g", Ciphertext: []byte("c")}},
		Next: &records.Next{At: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Set: wire.Object{"status": "READY", "reason": nil}}}
	put(t, s, rec, &records.Record{Key: key("b")})
	if err := s.Update(t.Context(), func(tx *records.Tx) error { tx.Delete(key("b")); return nil }); err != nil {
		t.Fatal(err)
	}
	again := open(t, o)
	if diff := cmp.Diff(rec, again.Get(rec.Key)); diff != "" {
		t.Error(diff)
	}
	if got := listed(again); !cmp.Equal(got, []string{rec.ID}) {
		t.Errorf("got %v", got)
	}
	put(t, again, &records.Record{Key: key("c")})
	if got := again.Get(key("c")).Number; got <= rec.Number {
		t.Errorf("a new record has the number %d, an old one %d", got, rec.Number)
	}
}

// TestOpenRefuses: a store that was sealed with another key, or that is damaged, is not opened.
func TestOpenRefuses(t *testing.T) {
	kept := &kms.Memory{}
	put(t, open(t, records.Options{Store: kept, Seal: seal(t, "a")}), &records.Record{Key: key("a")})
	if _, err := records.Open(t.Context(), records.Options{Store: kept, Seal: seal(t, "b")}); err == nil || !strings.Contains(err.Error(), "records: bedrock/guardrail/111122223333/eu-west-1/a: it was not sealed with this store's key, or is damaged") {
		t.Errorf("got %v", err)
	}
	if _, err := records.Open(t.Context(), records.Options{Store: kept}); err == nil || err.Error() != "records: a store needs Options.Seal" {
		t.Errorf("got %v", err)
	}
	// A record in another's place.
	moved := &kms.Memory{}
	err := kept.Load(t.Context(), func(r kms.Record) error {
		r.ID = strings.Replace(r.ID, "/a", "/b", 1)
		r.Value = seal(t, "a").Seal(nil, nil, []byte(`{"Service":"bedrock","Kind":"guardrail","Account":"111122223333","Region":"eu-west-1","ID":"a"}`), []byte(r.ID))
		return moved.Commit(t.Context(), []kms.Record{r})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := records.Open(t.Context(), records.Options{Store: moved, Seal: seal(t, "a")}); err == nil || !strings.Contains(err.Error(), "it is that of another resource") {
		t.Errorf("got %v", err)
	}
}

// TestNext: a record becomes what it is to become when it is time, and nothing before.
func TestNext(t *testing.T) {
	c := &clock{time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	s := open(t, records.Options{Now: c.now})
	later := c.at.Add(time.Second)
	put(t, s, &records.Record{Key: key("ready"), Doc: wire.Object{"status": "CREATING", "reason": "new"}, Next: &records.Next{At: later, Set: wire.Object{"status": "READY", "reason": nil}}},
		&records.Record{Key: key("gone"), Doc: wire.Object{"status": "DELETING"}, Next: &records.Next{At: later, Gone: true}})
	if got := s.Get(key("ready")).Doc.Text("status"); got != "CREATING" || s.Get(key("gone")) == nil || len(listed(s)) != 2 {
		t.Errorf("it is %s before its time", got)
	}
	c.at = later
	r := s.Get(key("ready"))
	if diff := cmp.Diff(wire.Object{"status": "READY"}, r.Doc); diff != "" || !r.Updated.Equal(later) || r.Next != nil {
		t.Errorf("%s, updated %s, next %v", diff, r.Updated, r.Next)
	}
	if s.Get(key("gone")) != nil || !cmp.Equal(listed(s), []string{"ready"}) {
		t.Errorf("got %v", listed(s))
	}
}

// TestUpdateIsAllOrNothing: a transaction that fails, or cannot be committed, changes nothing;
// while it lasts it sees its own changes.
func TestUpdateIsAllOrNothing(t *testing.T) {
	kept := &failing{}
	s := open(t, records.Options{Store: kept, Seal: seal(t, "a")})
	put(t, s, &records.Record{Key: key("a")}, &records.Record{Key: key("b")})
	wrong := errors.New("wrong")
	change := func(tx *records.Tx) error {
		tx.Put(&records.Record{Key: key("c")})
		tx.Delete(key("a"))
		if got := ids(tx.List("bedrock", "guardrail", "111122223333", "eu-west-1")); !cmp.Equal(got, []string{"b", "c"}) || tx.Get(key("a")) != nil || tx.Get(key("c")) == nil {
			t.Errorf("the transaction sees %v", got)
		}
		return nil
	}
	if err := s.Update(t.Context(), func(tx *records.Tx) error { return errors.Join(change(tx), wrong) }); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	kept.err = errors.New("no space left")
	if err := s.Update(t.Context(), change); err == nil || err.Error() != "records: no space left" {
		t.Errorf("got %v", err)
	}
	if got := listed(s); !cmp.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %v", got)
	}
	kept.err = nil
	if err := s.Update(t.Context(), change); err != nil {
		t.Error(err)
	}
	if got := listed(s); !cmp.Equal(got, []string{"b", "c"}) {
		t.Errorf("got %v", got)
	}
}

type failing struct {
	kms.Memory
	err error
}

func (f *failing) Commit(ctx context.Context, r []kms.Record) error {
	if f.err != nil {
		return f.err
	}
	return f.Memory.Commit(ctx, r)
}

// TestUpdatesFollowEachOther: what a transaction read is true when it is committed.
func TestUpdatesFollowEachOther(t *testing.T) {
	s := open(t, records.Options{})
	put(t, s, &records.Record{Key: key("count"), Doc: wire.Object{"n": int64(0)}})
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			err := s.Update(context.Background(), func(tx *records.Tx) error {
				r := tx.Get(key("count"))
				tx.Put(r.Change(tx.Now(), wire.Object{"n": r.Doc.Int("n") + 1}))
				tx.Put(&records.Record{Key: key(fmt.Sprint(i))})
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			_ = listed(s)
		})
	}
	all.Wait()
	if n := s.Get(key("count")).Doc.Int("n"); n != 50 || len(listed(s)) != 51 {
		t.Errorf("counted %d, listed %d", n, len(listed(s)))
	}
	seen := map[uint64]bool{}
	for _, r := range s.List("bedrock", "guardrail", "111122223333", "eu-west-1") {
		if seen[r.Number] {
			t.Errorf("two records have the number %d", r.Number)
		}
		seen[r.Number] = true
	}
}
