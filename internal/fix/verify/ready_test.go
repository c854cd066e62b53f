package verify_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/verify"
	"github.com/bedlock/bedlock/internal/wire"
)

// TestReady: after the steps of the keys, before any resource is changed, keys that serve are
// ready; one whose policy lost the service on the way is not, and the run is taken back.
func TestReady(t *testing.T) {
	p := fixtest.Open(t, strings.Replace(estate, "dynamodb:CreateTable\", with: {TableName: table", "logs:CreateLogGroup\", with: {logGroupName: /l}}\n  - {account: \"111122223333\", region: eu-west-1, as: user/admin, do: \"dynamodb:CreateTable\", with: {TableName: table", 1))
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	types := append(slices.Clone(types), "AWS::Logs::LogGroup")
	plan := p.Plan(newKey, fix.Selection{}, types...)
	last := ""
	for _, s := range plan.Steps {
		if s.Kind == fix.Alias {
			last = s.ID
		}
	}
	for _, spoilt := range []bool{false, true} {
		j, err := apply.Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		asked := 0
		o := apply.Options{Estate: p.Estate(), Poll: time.Millisecond, Pause: time.Millisecond}
		o.Checked = func(ctx context.Context, s *fix.Step) error {
			if s.ID != last {
				return nil
			}
			asked++
			if spoilt {
				p.Call("kms", "PutKeyPolicy", wire.Object{"KeyId": j.Answers()[plan.Steps[0].ID].Text("KeyMetadata.KeyId"), "Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`})
			}
			facts, err := verify.Ready(ctx, verify.Options{Plan: plan, Answers: j.Answers(), Catalog: cat, Inventory: p.Inventory(types...), Now: time.Now()})
			if len(facts) != len(plan.Subjects) {
				t.Errorf("%d facts of %d slots", len(facts), len(plan.Subjects))
			}
			for i := range facts {
				want := bedlock.CheckReady
				if spoilt && facts[i].Subject.Type == "AWS::Logs::LogGroup" {
					want = bedlock.CheckBelow
				}
				if got := facts[i].Verdict(); got != want && !(spoilt && got == bedlock.CheckBelow) {
					t.Errorf("%s: %s, %s: want %s", facts[i].Subject.Title, facts[i].Rung, got, want)
				}
			}
			return err
		}
		err = apply.Apply(t.Context(), j, o)
		switch {
		case asked != 1:
			t.Errorf("asked %d times", asked)
		case !spoilt && err != nil:
			t.Error(err)
		case spoilt && (err == nil || !strings.Contains(err.Error(), `log group "/l" would be unusable and not exposed: `)):
			t.Errorf("spoilt: %v", err)
		}
		if err := apply.Undo(t.Context(), j, o); err != nil {
			t.Fatal(err)
		}
		_ = j.Close()
	}
}
