package least

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// maxOverlap bounds the pieces that one is held against. One with more is kept
// without question, as the work grows with the product of their patterns.
const maxOverlap = 40

// irredundant leaves out the pieces of which others have every request. What cannot
// be decided is kept.
func irredundant(u *symbolic.Universe, key string, list []piece) ([]piece, error) {
	for i := 0; i < len(list); {
		var others []symbolic.Need
		for j := range list {
			if j != i && !disjoint(&list[i].need, &list[j].need) {
				others = append(others, list[j].need)
			}
		}
		if len(others) == 0 || len(others) > maxOverlap {
			i++
			continue
		}
		a, err := u.Outside(&list[i].need, others, key)
		if err != nil {
			return nil, err
		}
		if a.Verdict == symbolic.Never {
			list = slices.Delete(list, i, i+1)
		} else {
			i++
		}
	}
	return list, nil
}

// leave marks the weak pieces that the key policy leaves to the account already, by
// the needs of the account as a whole.
func leave(u *symbolic.Universe, key string, pieces []piece) error {
	for i := range pieces {
		p := &pieces[i]
		if !p.weak {
			continue
		}
		var others []symbolic.Need
		whole := 0
		for j := range pieces {
			q := &pieces[j]
			if i == j || p.action() != q.action() || disjoint(&p.need, &q.need) {
				continue
			}
			switch {
			case q.need.Principal.Kind == 0 && q.need.Principal.Account == p.need.Principal.Account:
				whole++
			case !q.weak || q.left || q.who() != p.who():
				continue
			}
			others = append(others, q.need)
		}
		if whole == 0 || len(others) > maxOverlap {
			continue
		}
		a, err := u.Outside(&p.need, others, key)
		if err != nil {
			return err
		}
		p.left = a.Verdict == symbolic.Never
	}
	return nil
}

// disjoint reports that two needs of one action have no request in common, as far
// as their texts tell at a glance.
func disjoint(a, b *symbolic.Need) bool {
	if a.Direct && b.Via != "" || b.Direct && a.Via != "" {
		return true
	}
	if apart(a.Via, b.Via) || apart(a.SourceARN, b.SourceARN) || apart(a.SourceAccount, b.SourceAccount) {
		return true
	}
	for name, x := range a.Context {
		for other, y := range b.Context {
			if strings.EqualFold(name, other) && apart(x, y) {
				return true
			}
		}
	}
	return false
}

// apart reports that no text matches both patterns; an empty one matches all.
func apart(x, y string) bool {
	const wild = "*?"
	switch {
	case x == "" || y == "":
		return false
	case !strings.ContainsAny(x, wild):
		return !policy.Match(y, x)
	case !strings.ContainsAny(y, wild):
		return !policy.Match(x, y)
	}
	p, q := x[:strings.IndexAny(x, wild)], y[:strings.IndexAny(y, wild)]
	s, t := x[strings.LastIndexAny(x, wild)+1:], y[strings.LastIndexAny(y, wild)+1:]
	return !strings.HasPrefix(p, q) && !strings.HasPrefix(q, p) || !strings.HasSuffix(s, t) && !strings.HasSuffix(t, s)
}
