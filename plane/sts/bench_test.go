package sts

import (
	"testing"

	"github.com/bedlock/bedlock/plane"
)

// BenchmarkCaller compares a user, a session whose token is known, and one whose token is
// opened for the first time.
func BenchmarkCaller(b *testing.B) {
	l := newLocal(b)
	l.user(home, "alice", mayAssume)
	app := l.role(home, "/", "app", trusts(rootOf(home)))
	app.Tags = map[string]string{"Team": "blue"}
	run := l.assumed(l.key("alice"), app, "s1", func(in *input) { policy := statements(everyone); in.Policy = &policy })
	caller := func(b *testing.B, id, token string) *plane.Caller {
		c, err := l.sts.Caller(b.Context(), id, token)
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	b.Run("user", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			caller(b, "AKIAALICE", "")
		}
	})
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			caller(b, run.AccessKeyID, run.SessionToken)
		}
	})
	b.Run("new session", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.sts.opened = newCache(1)
			caller(b, run.AccessKeyID, run.SessionToken)
		}
	})
}
