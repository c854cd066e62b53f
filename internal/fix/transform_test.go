package fix

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/wire"
)

// TestUpdateLosesNothing: what has no place in the update, or does not fit it, is an error and no
// update without it.
func TestUpdateLosesNothing(t *testing.T) {
	e := embedded(t).Type("AWS::Bedrock::Guardrail")
	read := func(more wire.Object) wire.Object {
		return wire.Object{
			"guardrailId": "abc123def456", "guardrailArn": "arn", "name": "g", "version": "DRAFT", "status": "READY",
			"blockedInputMessaging": "in", "blockedOutputsMessaging": "out",
			"wordPolicy": wire.Object{"words": []any{wire.Object{"text": "w"}}},
		}.With(more)
	}
	got, err := updateInput(e, "UpdateGuardrail", read(nil))
	want := wire.Object{
		"guardrailIdentifier": "abc123def456", "name": "g", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out",
		"wordPolicyConfig": wire.Object{"wordsConfig": []any{wire.Object{"text": "w"}}},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%s %v", d, err)
	}
	for _, c := range []struct {
		name string
		more wire.Object
		want string
	}{
		{
			"members within a policy", wire.Object{"topicPolicy": wire.Object{"topics": []any{}, "shield": "on", "depth": int64(3)}},
			"UpdateGuardrail would lose topicPolicy.depth, topicPolicy.shield: nothing says where it belongs",
		},
		{"a member at the top", wire.Object{"shield": "on"}, "UpdateGuardrail does not take shield"},
		{"a member within a list", wire.Object{"wordPolicy": wire.Object{"words": []any{wire.Object{"text": "w", "shield": "on"}}}}, "UpdateGuardrail does not take wordPolicyConfig.wordsConfig[0].shield"},
	} {
		if got, err := updateInput(e, "UpdateGuardrail", read(c.more)); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}
