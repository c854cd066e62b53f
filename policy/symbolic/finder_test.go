package symbolic

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/arn"
)

// TestDoorsAreSound: of those whom a key's door does not admit, the whole question says too that they
// never can; and a finder leaves nobody out whom Reach finds.
func TestDoorsAreSound(t *testing.T) {
	g := newGenerator(77)
	shut, open := 0, 0
	for range 25 {
		u, targets := g.town(t)
		for _, target := range targets {
			classes, err := u.classesFor(target)
			if err != nil {
				t.Fatal(err)
			}
			k, _ := arn.ParseKey(target.Key)
			for _, action := range []string{"kms:Decrypt", "kms:CreateGrant", "kms:RetireGrant"} {
				d := (&index{action: action, retires: strings.HasSuffix(action, retireGrant)}).door(target, k.ARN.Account)
				for i := range classes {
					c := &classes[i]
					if d.mayAdmit(c) {
						open++
						continue
					}
					shut++
					if v := u.fromOutside(action, &Zone{}, target, c, applicability(action), u.budget()).ask().Verdict; v != Never {
						t.Errorf("%s on %s: %s is not admitted, and %s", action, target.Key, c.what, v)
					}
				}
				f, err := u.Finder(action)
				if err != nil {
					t.Fatal(err)
				}
				found, err := f.Candidates(target)
				if err != nil || !slices.IsSorted(found) {
					t.Fatal(found, err)
				}
				reached, err := u.Reach(action, []*Target{target})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range reached[0] {
					if _, in := slices.BinarySearch(found, r.Party); !in {
						t.Errorf("%s on %s: %s is left out", action, target.Key, u.Parties[r.Party].Principal.ARN)
					}
				}
			}
		}
	}
	if shut < 300 || open < 300 {
		t.Errorf("%d not admitted, %d admitted", shut, open)
	}
}
