package apply

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// TestGiven: what a step rests on has changed since the plan was made, so nothing is written.
func TestGiven(t *testing.T) {
	p := fixtest.Open(t, small)
	key := p.Call("kms", "CreateKey", wire.Object{"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}`}).Text("KeyMetadata.Arn")
	plan := p.Plan(fix.Target{Aim: fix.Existing, Key: key}, fix.Selection{Types: []string{"AWS::Logs::LogGroup"}})
	p.Call("kms", "DisableKey", wire.Object{"KeyId": key})
	j, err := Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var conflict *ConflictError
	err = Apply(t.Context(), j, quick(p.Estate()))
	if !errors.As(err, &conflict) || conflict.Touched {
		t.Fatalf("%v", err)
	}
	if want := plan.Steps[0].Given[0].Title; conflict.What != want {
		t.Errorf("%s, want %s", conflict.What, want)
	}
	if got := p.Call("logs", "DescribeLogGroups", wire.Object{}).Objects("logGroups")[0]; got.Has("kmsKeyId") {
		t.Errorf("the log group is under %s", got.Text("kmsKeyId"))
	}
	// It is enabled again, and the same run goes on.
	p.Call("kms", "EnableKey", wire.Object{"KeyId": key})
	if err := Apply(t.Context(), j, quick(p.Estate())); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
