package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/kms"
)

// recordChecks are about what one caller sees.
func recordChecks() []Check {
	return []Check{
		{"a new store is empty", func(ctx context.Context, open Open) error {
			return steps(ctx, open)
		}},
		{"records come back as they were committed", func(ctx context.Context, open Open) error {
			return steps(ctx, open, oddRecords())
		}},
		{"a commit may be empty", func(ctx context.Context, open Open) error {
			return steps(ctx, open, nil, []kms.Record{}, []kms.Record{put("key", "a", "1")}, nil)
		}},
		{"a later commit replaces a value", func(ctx context.Context, open Open) error {
			return steps(ctx, open,
				[]kms.Record{put("key", "a", "1"), put("key", "b", "1")},
				[]kms.Record{put("key", "a", "a longer value")},
				[]kms.Record{put("key", "a", "2")})
		}},
		{"a nil value deletes", func(ctx context.Context, open Open) error {
			return steps(ctx, open,
				[]kms.Record{put("key", "a", "1"), put("key", "b", "1"), put("grant", "a", "1")},
				[]kms.Record{remove("key", "a"), remove("key", "never there")},
				[]kms.Record{put("key", "a", "2")},
				[]kms.Record{remove("key", "a"), remove("key", "b"), remove("grant", "a")})
		}},
		{"an empty value is a value", func(ctx context.Context, open Open) error {
			return steps(ctx, open, []kms.Record{put("key", "a", "")}, []kms.Record{put("key", "b", "")})
		}},
		{"the last of several values in a commit counts", func(ctx context.Context, open Open) error {
			return steps(ctx, open,
				[]kms.Record{put("key", "a", "1"), put("key", "a", "2"), put("key", "b", "1"), remove("key", "b")},
				[]kms.Record{remove("key", "a"), put("key", "a", "3"), put("key", "b", "1"), put("key", "b", "2")})
		}},
		{"the kind is part of the name", func(ctx context.Context, open Open) error {
			return steps(ctx, open,
				[]kms.Record{put("key", "a", "1"), put("alias", "a", "2"), put("ke", "ya", "3")},
				[]kms.Record{remove("alias", "a")})
		}},
		{"many records in one commit and in many", many},
		{"the caller may use its slice again", reusedSlice},
		{"load stops at the first error, and returns it", loadStops},
	}
}

func put(k kms.Kind, name, value string) kms.Record {
	return kms.Record{Kind: k, ID: name, Value: []byte(value)}
}

func remove(k kms.Kind, name string) kms.Record { return kms.Record{Kind: k, ID: name} }

// oddRecords have names and values that text columns, separators and size limits harm.
func oddRecords() []kms.Record {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	return []kms.Record{
		{Kind: "key", ID: "111122223333/eu-central-1/1234abcd-12ab-34cd-56ef-1234567890ab", Value: every},
		put("alias", "111122223333/eu-central-1/alias/Ünïcode 'quote\" \\ % _ ?", "x"),
		put("alias", "a", "x"), put("alias", "A", "y"), put("alias", "a ", "z"),
		put("grant", strings.Repeat("long/", 600), "x"),
		{Kind: "material", ID: "zeros", Value: make([]byte, 4096)},
		{Kind: "material", ID: "big", Value: bytes.Repeat(every, 4<<20/256)},
		put("usage", "12", "number"), put("usage", "12.0", "number"), put("usage", "012", "number"),
	}
}

// steps commits, compares after each commit, and once more after reopening.
func steps(ctx context.Context, open Open, commits ...[]kms.Record) error {
	s, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	want := contents{}
	for i, records := range commits {
		if err := s.Commit(ctx, records); err != nil {
			return errors.Join(fmt.Errorf("commit %d: %w", i, err), s.Close())
		}
		want = want.apply(records)
		if err := expect(ctx, s, want); err != nil {
			return errors.Join(fmt.Errorf("after commit %d: %w", i, err), s.Close())
		}
	}
	return reopened(ctx, open, s, func(s kms.Store) error { return expect(ctx, s, want) })
}

func many(ctx context.Context, open Open) error {
	s, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	want := contents{}
	commit := func(records []kms.Record) error {
		want = want.apply(records)
		return s.Commit(ctx, records)
	}
	var all []kms.Record
	for i := range 20_000 {
		all = append(all, put("grant", fmt.Sprint(i), fmt.Sprintf("value %d", i)))
	}
	if err := commit(all); err != nil {
		return errors.Join(fmt.Errorf("20,000 records: %w", err), s.Close())
	}
	for i := range 300 {
		records := []kms.Record{put("key", fmt.Sprint(i), "v"), remove("grant", fmt.Sprint(i*7)), put("grant", fmt.Sprint(i*7+1), "new")}
		if err := commit(records); err != nil {
			return errors.Join(fmt.Errorf("commit %d: %w", i, err), s.Close())
		}
	}
	return reopened(ctx, open, s, func(s kms.Store) error { return expect(ctx, s, want) })
}

func reusedSlice(ctx context.Context, open Open) error {
	s, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer s.Close()
	want := contents{}
	records := make([]kms.Record, 1)
	for i := range 10 {
		records[0] = put("key", fmt.Sprint(i), fmt.Sprint(i))
		if err := s.Commit(ctx, records); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		want = want.apply(records)
	}
	return expect(ctx, s, want)
}

var errStop = errors.New("stop")

func loadStops(ctx context.Context, open Open) error {
	s, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer s.Close()
	if err := s.Commit(ctx, []kms.Record{put("key", "a", "1"), put("key", "b", "1"), put("key", "c", "1")}); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	calls := 0
	err = s.Load(ctx, func(kms.Record) error {
		if calls++; calls == 2 {
			return errStop
		}
		return nil
	})
	if !errors.Is(err, errStop) || calls != 2 {
		return fmt.Errorf("load returned %v after %d calls, want %v after 2", err, calls, errStop)
	}
	return nil
}
