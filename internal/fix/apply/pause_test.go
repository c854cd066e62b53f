package apply

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// throttledOnce refuses the next call of an operation.
type throttledOnce struct {
	fix.Estate
	operation string
}

func (e *throttledOnce) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Operation == e.operation {
		e.operation = ""
		return nil, &wire.Error{Code: "ThrottlingException", Message: "Rate exceeded"}
	}
	return e.Estate.Call(ctx, at, c)
}

// TestChangedInThePause: what somebody else changes while a call waits for its next attempt is not
// written over, on the way there and on the way back.
func TestChangedInThePause(t *testing.T) {
	for _, back := range []bool{false, true} {
		p := fixtest.Open(t, small)
		key := p.Call("kms", "CreateKey", wire.Object{}).Text("KeyMetadata.Arn")
		plan := p.Plan(fix.Target{Aim: fix.Existing, Key: key}, fix.Selection{}, "AWS::Bedrock::Guardrail")
		j, err := Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		id := p.Call("bedrock", "ListGuardrails", wire.Object{}).Objects("guardrails")[0].Text("id")
		e := &throttledOnce{Estate: p.Estate(), operation: "UpdateGuardrail"}
		o, waited := quick(e), 0
		o.Told = func(pr Progress) {
			if pr.What != "waiting" {
				return
			}
			waited++
			change := wire.Object{
				"guardrailIdentifier": id, "name": "g", "description": "of somebody else", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out",
				"wordPolicyConfig": wire.Object{"wordsConfig": []any{wire.Object{"text": "w"}}},
			}
			if back {
				change["kmsKeyId"] = key
			}
			p.Call("bedrock", "UpdateGuardrail", change)
		}
		if back {
			e.operation = ""
			if err := Apply(t.Context(), j, o); err != nil {
				t.Fatal(err)
			}
			e.operation = "UpdateGuardrail"
			err = Undo(t.Context(), j, o)
		} else {
			err = Apply(t.Context(), j, o)
		}
		if conflict := (*ConflictError)(nil); !errors.As(err, &conflict) || waited != 1 {
			t.Errorf("back %v: waited %d times: %v", back, waited, err)
		}
		if got := p.Call("bedrock", "GetGuardrail", wire.Object{"guardrailIdentifier": id}).Text("description"); got != "of somebody else" {
			t.Errorf("back %v: the description is %q", back, got)
		}
	}
}
