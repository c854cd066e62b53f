package rehearse_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/rehearse"
)

// anyKey are sentences without the ids of keys, which are made up in each twin.
func anyKey(list []string) (out []string) {
	for _, text := range list {
		out = append(out, regexp.MustCompile(`key/[0-9a-f-]{36}`).ReplaceAllString(text, "key/ID"))
	}
	return out
}

// TestCrowdsSayTheSame: what the policy engine says of many callers is what KMS says of each of them.
func TestCrowdsSayTheSame(t *testing.T) {
	some := false
	for _, c := range [][3]int{{12, 40, 3}, {6, 25, 6}, {5, 3, 1}} {
		inv, plan := crowd(t, c[0], c[1], c[2], `"bedrock:ApplyGuardrail"`)
		each := rehearsed(t, inv, plan)
		crowds := rehearsed(t, inv, plan, func(o *rehearse.Options) { o.Many = 1 })
		if len(each.Crowds) > 0 || len(crowds.Crowds) == 0 || each.UsesMade() != crowds.UsesMade() {
			t.Fatalf("%d and %d crowds, %d and %d uses", len(each.Crowds), len(crowds.Crowds), each.UsesMade(), crowds.UsesMade())
		}
		type key struct{ resource, slot, purpose string }
		able, said := map[key][2]int{}, map[key][2]int{}
		for _, u := range each.Uses {
			if !u.Caller {
				continue
			}
			k := key{u.Resource, u.Slot, u.For}
			n := able[k]
			if u.Before == rehearse.Works {
				n[0]++
			}
			if u.After == rehearse.Works {
				n[1]++
			}
			able[k] = n
		}
		for _, c := range crowds.Crowds {
			k := key{c.Resource, c.Slot, c.For}
			said[k] = [2]int{said[k][0] + c.Before, said[k][1] + c.After}
		}
		if d := cmp.Diff(able, said); d != "" {
			t.Errorf("each (-) and crowds (+): %s", d)
		}
		if d := cmp.Diff(anyKey(each.Unexpected), anyKey(crowds.Unexpected)); d != "" {
			t.Error(d)
		}
		if len(each.Unexpected) == 0 {
			t.Error("nobody loses anything")
		}
		if d := cmp.Diff(each.Left, crowds.Left); d != "" || each.OK != crowds.OK {
			t.Error(d)
		}
		some = some || slices.ContainsFunc(crowds.Crowds, func(c rehearse.Crowd) bool { return c.After > 0 && c.After < c.Callers })
	}
	if !some {
		t.Error("no crowd of whom some can and some cannot")
	}
}
