package fixtest

import (
	"context"
	"fmt"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// Guardrails is an estate of nothing but guardrails without keys, which answers at once: for plans of
// thousands.
type Guardrails struct{}

// Call answers GetGuardrail.
func (Guardrails) Call(_ context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Operation != "GetGuardrail" {
		return nil, fmt.Errorf("%s is not expected", c.Operation)
	}
	id := c.Input.Text("guardrailIdentifier")
	return wire.Object{
		"name": id, "guardrailId": id, "guardrailArn": "arn:aws:bedrock:" + at.Region + ":" + at.Account + ":guardrail/" + id, "version": "DRAFT", "status": "READY", "description": "one of many",
		"createdAt": time.Unix(0, 0).UTC(), "updatedAt": time.Unix(0, 0).UTC(), "blockedInputMessaging": "in", "blockedOutputsMessaging": "out",
		"wordPolicy": wire.Object{"words": []any{wire.Object{"text": "w"}}},
	}, nil
}
