package apply

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// TestAdopted: what somebody else has done before the run is not done again, and is not taken back
// with it.
func TestAdopted(t *testing.T) {
	p := fixtest.Open(t, small)
	key := p.Call("kms", "CreateKey", wire.Object{"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}`}).Text("KeyMetadata.Arn")
	plan := p.Plan(fix.Target{Aim: fix.Existing, Key: key}, fix.Selection{Types: []string{"AWS::Logs::LogGroup", "AWS::Bedrock::Guardrail"}})
	if len(plan.Steps) != 2 {
		t.Fatalf("%d steps", len(plan.Steps))
	}
	p.Call("logs", "AssociateKmsKey", wire.Object{"logGroupName": "/l", "kmsKeyId": key})
	j, err := Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	o := quick(p.Estate())
	o.Told = func(p Progress) {
		if p.What == "call" || p.What == "adopted" || p.What == "done" || p.What == "undone" {
			told = append(told, string(p.What)+" "+p.Text)
		}
	}
	if err := Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if err := Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"call UpdateGuardrail", "done ", "adopted ", "call UpdateGuardrail", "undone "}, told); d != "" {
		t.Error(d)
	}
	if got := p.Call("logs", "DescribeLogGroups", wire.Object{}).Objects("logGroups")[0].Text("kmsKeyId"); got != key {
		t.Errorf("the log group of somebody else is under %q", got)
	}
}

// TestAdoptedUnderTheNewKey: what somebody else has put under the run's own key is taken back with it,
// for the key is about to go.
func TestAdoptedUnderTheNewKey(t *testing.T) {
	p := fixtest.Open(t, small)
	plan := p.Plan(newKey, fix.Selection{Types: []string{"AWS::Logs::LogGroup"}})
	j, err := Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	o := quick(p.Estate())
	o.Told = func(pr Progress) {
		if pr.Step.Kind != fix.Update {
			return
		}
		if told = append(told, pr.What); len(told) == 1 {
			key := j.Answers()[plan.Steps[0].ID].Text("KeyMetadata.Arn")
			p.Call("logs", "AssociateKmsKey", wire.Object{"logGroupName": "/l", "kmsKeyId": key})
		}
	}
	if err := Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if err := Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"begun", "adopted", "begun", "call", "undone"}, told); d != "" {
		t.Error(d)
	}
	if got := p.Call("logs", "DescribeLogGroups", wire.Object{}).Objects("logGroups")[0]; got.Has("kmsKeyId") {
		t.Errorf("the log group is under %s, which waits for its deletion", got.Text("kmsKeyId"))
	}
}
