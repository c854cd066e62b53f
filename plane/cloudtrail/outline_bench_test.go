package cloudtrail

import (
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// BenchmarkObject records a call of a service that is driven by its model.
func BenchmarkObject(b *testing.B) {
	t, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	c := &plane.Call{
		Service: &plane.Service{Name: "bedrock"}, Operation: "CreateGuardrail", Account: home, Region: region, Began: noon,
		Caller: &plane.Caller{Principal: authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::" + home + ":user/alice", Account: home, ID: "AIDAALICE"}},
		Input: wire.Object{
			"name": "patients", "blockedInputMessaging": "no", "blockedOutputsMessaging": "no", "kmsKeyId": "alias/data",
			"tags": []any{wire.Object{"key": "team", "value": "care"}},
		},
		Output: wire.Object{"guardrailId": "b1s0bs420d3o", "guardrailArn": "arn:aws:bedrock:eu-west-1:111122223333:guardrail/b1s0bs420d3o", "version": "DRAFT", "createdAt": time.Time{}},
	}
	b.ReportAllocs()
	for b.Loop() {
		t.Observe(c)
	}
}
