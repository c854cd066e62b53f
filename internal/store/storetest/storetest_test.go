package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bedlock/bedlock/kms"
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Open {
		m := &kms.Memory{}
		return func(context.Context) (kms.Store, error) { return m, nil }
	})
}

// broken is a store in memory that breaks one promise.
type broken struct {
	kms.Memory
	commit func(ctx context.Context, s *broken, records []kms.Record) error
	load   func(ctx context.Context, s *broken, f func(kms.Record) error) error
	open   func(s *broken)
	mu     sync.Mutex
	kept   []*[]kms.Record
}

func (b *broken) Commit(ctx context.Context, records []kms.Record) error {
	if b.commit == nil {
		return b.Memory.Commit(ctx, records)
	}
	return b.commit(ctx, b, records)
}

func (b *broken) Load(ctx context.Context, f func(kms.Record) error) error {
	if b.load == nil {
		return b.Memory.Load(ctx, f)
	}
	return b.load(ctx, b, f)
}

// changed commits records after f changed each.
func changed(f func(kms.Record) kms.Record) func(context.Context, *broken, []kms.Record) error {
	return func(ctx context.Context, s *broken, records []kms.Record) error {
		records = slices.Clone(records)
		for i := range records {
			records[i] = f(records[i])
		}
		return s.Memory.Commit(ctx, records)
	}
}

// TestEveryCheckFindsItsFault runs the suite on stores that are broken on purpose.
func TestEveryCheckFindsItsFault(t *testing.T) {
	faults := []struct {
		check string
		store func() *broken
	}{
		{"a new store is empty", func() *broken {
			return &broken{open: func(s *broken) { s.Memory.Commit(t.Context(), []kms.Record{put("seal", "x", "y")}) }}
		}},
		{"records come back as they were committed", func() *broken {
			return &broken{commit: changed(func(r kms.Record) kms.Record { r.ID = strings.TrimSpace(r.ID); return r })}
		}},
		{"records come back as they were committed", func() *broken {
			return &broken{commit: changed(func(r kms.Record) kms.Record { r.Value = bytes.ReplaceAll(r.Value, []byte{0}, nil); return r })}
		}},
		{"a commit may be empty", func() *broken {
			return &broken{commit: func(ctx context.Context, s *broken, records []kms.Record) error {
				return s.Memory.Commit(ctx, records[:max(1, len(records))])
			}}
		}},
		{"a later commit replaces a value", func() *broken {
			return &broken{commit: func(ctx context.Context, s *broken, records []kms.Record) error {
				got, _ := load(ctx, &s.Memory)
				fresh := slices.DeleteFunc(slices.Clone(records), func(r kms.Record) bool { return r.Value != nil && got[id{r.Kind, r.ID}] != nil })
				return s.Memory.Commit(ctx, fresh)
			}}
		}},
		{"a nil value deletes", func() *broken {
			return &broken{commit: changed(func(r kms.Record) kms.Record {
				if r.Value == nil {
					r.Value = []byte{}
				}
				return r
			})}
		}},
		{"an empty value is a value", func() *broken {
			return &broken{commit: changed(func(r kms.Record) kms.Record {
				if len(r.Value) == 0 {
					r.Value = nil
				}
				return r
			})}
		}},
		{"the last of several values in a commit counts", func() *broken {
			return &broken{commit: func(ctx context.Context, s *broken, records []kms.Record) error {
				records = slices.Clone(records)
				slices.Reverse(records)
				return s.Memory.Commit(ctx, records)
			}}
		}},
		{"the kind is part of the name", func() *broken {
			return &broken{
				commit: changed(func(r kms.Record) kms.Record { r.ID, r.Kind = string(r.Kind)+r.ID, "x"; return r }),
				load: func(ctx context.Context, s *broken, f func(kms.Record) error) error {
					return s.Memory.Load(ctx, func(r kms.Record) error { return f(kms.Record{Kind: kms.Kind(r.ID[:3]), ID: r.ID[3:], Value: r.Value}) })
				},
			}
		}},
		{"many records in one commit and in many", func() *broken {
			return &broken{commit: func(ctx context.Context, s *broken, records []kms.Record) error {
				return s.Memory.Commit(ctx, records[:min(len(records), 19_999)])
			}}
		}},
		{"the caller may use its slice again", func() *broken {
			return &broken{
				commit: func(_ context.Context, s *broken, records []kms.Record) error {
					s.kept = append(s.kept, &records)
					return nil
				},
				load: func(ctx context.Context, s *broken, f func(kms.Record) error) error {
					for _, records := range s.kept {
						s.Memory.Commit(ctx, *records)
					}
					return s.Memory.Load(ctx, f)
				},
			}
		}},
		{"load stops at the first error, and returns it", func() *broken {
			return &broken{load: func(ctx context.Context, s *broken, f func(kms.Record) error) error {
				return s.Memory.Load(ctx, func(r kms.Record) error { f(r); return nil })
			}}
		}},
		{"a cancelled context commits and loads nothing", func() *broken {
			return &broken{commit: func(ctx context.Context, s *broken, records []kms.Record) error {
				s.Memory.Commit(context.WithoutCancel(ctx), records)
				return ctx.Err()
			}}
		}},
		{"a cancelled context commits and loads nothing", func() *broken {
			return &broken{load: func(ctx context.Context, s *broken, f func(kms.Record) error) error {
				return s.Memory.Load(context.WithoutCancel(ctx), f)
			}}
		}},
		{"a commit that returns an error is not there", func() *broken {
			return &broken{commit: func(ctx context.Context, s *broken, records []kms.Record) error {
				s.Memory.Commit(context.WithoutCancel(ctx), records)
				<-ctx.Done()
				return ctx.Err()
			}}
		}},
		{"concurrent commits are all there", func() *broken {
			return &broken{commit: func(ctx context.Context, s *broken, records []kms.Record) error {
				s.mu.Lock()
				defer s.mu.Unlock()
				if s.kept = append(s.kept, &records); len(s.kept)%100 == 0 {
					return nil // forgotten in the crowd
				}
				return s.Memory.Commit(ctx, records)
			}}
		}},
		{"commits count in the order in which they were acknowledged", func() *broken {
			return &broken{commit: func(ctx context.Context, s *broken, records []kms.Record) error {
				records = slices.Clone(records)
				s.kept = append(s.kept, &records)
				if len(s.kept)%2 == 1 {
					return nil
				}
				s.Memory.Commit(ctx, records)
				return s.Memory.Commit(ctx, *s.kept[len(s.kept)-2])
			}}
		}},
		{"a load sees a commit whole or not at all", func() *broken {
			return &broken{commit: func(ctx context.Context, s *broken, records []kms.Record) error {
				s.mu.Lock()
				defer s.mu.Unlock()
				for _, rest := range s.kept {
					s.Memory.Commit(ctx, *rest)
				}
				rest := records[1:]
				s.kept = []*[]kms.Record{&rest}
				return s.Memory.Commit(ctx, records[:1])
			}}
		}},
	}
	found := map[string]bool{}
	for _, f := range faults {
		i := slices.IndexFunc(Checks(), func(c Check) bool { return c.Name == f.check })
		if i < 0 {
			t.Fatalf("there is no check %q", f.check)
		}
		found[f.check] = true
		s := f.store()
		err := recovered(func() error {
			return Checks()[i].Run(t.Context(), func(context.Context) (kms.Store, error) {
				if s.open != nil {
					s.open(s)
				}
				return s, nil
			})
		})
		if err == nil {
			t.Errorf("the check %q passes a store that breaks it", f.check)
		}
	}
	for _, c := range Checks() {
		if !found[c.Name] {
			t.Errorf("no broken store shows that the check %q can fail", c.Name)
		}
	}
}

// recovered turns a panic of a broken store into an error.
func recovered(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}
