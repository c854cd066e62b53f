package apply

import (
	"path/filepath"
	"testing"

	"github.com/bedlock/bedlock/internal/fix"
)

// TestLock: two plans for one place exclude each other, others do not.
func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "locks")
	at := func(regions ...string) *fix.Plan {
		p := &fix.Plan{}
		for _, r := range regions {
			p.Steps = append(p.Steps, fix.Step{Place: fix.Place{Account: "111122223333", Region: r}})
		}
		return p
	}
	first, err := Take(dir, at("eu-west-1", "eu-west-1", "us-east-1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Take(dir, at("ap-south-1", "us-east-1")); err == nil || err.Error() != "another plan is being applied to 111122223333-us-east-1 (the lock is held by another process): wait for it to end" {
		t.Errorf("a second plan: %v", err)
	}
	other, err := Take(dir, at("ap-south-1"))
	if err != nil {
		t.Errorf("a plan elsewhere: %v", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(dir, at("us-east-1")); err != nil {
		t.Errorf("after the first: %v", err)
	}
	if err := other.Release(); err != nil {
		t.Fatal(err)
	}
}
