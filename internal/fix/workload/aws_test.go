package workload_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// TestManaged: the stack goes from its key to the keys that AWS manages, where there are such, and
// from there under its key again.
func TestManaged(t *testing.T) {
	t.Parallel()
	s := open(t)
	original := s.rungs()
	first := s.apply(s.plan(s.w.Target()))
	keyed := s.rungs()
	key := s.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/bedrock-budgeteer-production"}).Text("KeyMetadata.Arn")

	back := s.plan(fix.Target{Aim: fix.AWSManaged})
	changed, stays := map[string]int{}, map[string]int{}
	for i := range back.Subjects {
		sub := &back.Subjects[i]
		switch {
		case sub.Why == "":
			changed[sub.Type]++
			if sub.Reaches != bedlock.AWSManaged || !strings.Contains(sub.To, "alias/aws/") && sub.Type != "AWS::DynamoDB::Table" {
				t.Errorf("%s: %s under %q", sub.Title, sub.Reaches, sub.To)
			}
		case strings.HasPrefix(sub.Why, "no aws-managed key: "):
			stays[sub.Type]++
		}
	}
	if d := cmp.Diff(map[string]int{"AWS::DynamoDB::Table": 5, "AWS::S3::Bucket": 1, "AWS::SQS::Queue": 16, "AWS::SNS::Topic": 3, "AWS::Lambda::Function": 18}, changed); d != "" {
		t.Errorf("changed: %s", d)
	}
	if d := cmp.Diff(map[string]int{"AWS::Logs::LogGroup": 5, "AWS::CloudTrail::Trail": 1, "AWS::KinesisFirehose::DeliveryStream": 2, "AWS::StepFunctions::StateMachine": 4}, stays); d != "" {
		t.Errorf("stays: %s", d)
	}
	if len(back.Former) != 1 || back.Former[0].Key != key || len(back.Former[0].Left) != 43 || len(back.Former[0].Users) != 13 {
		t.Errorf("old keys: %d left, still used by %s", len(back.Former[0].Left), strings.Join(back.Former[0].Users, "\n"))
	}
	if len(back.Cost.Notes) > 0 || len(back.Manual) > 0 {
		t.Errorf("cost %+v, by hand %+v", back.Cost, back.Manual)
	}
	second := s.apply(back)
	s.reached(back)

	forth := s.plan(fix.Target{Aim: fix.Existing, Key: key})
	third := s.apply(forth)
	if n := s.reached(forth); n != 43 {
		t.Errorf("%d slots went back under the key", n)
	}
	if d := cmp.Diff(keyed, s.rungs()); d != "" {
		t.Errorf("under the key again: %s", d)
	}
	s.undo(third)
	s.undo(second)
	if d := cmp.Diff(keyed, s.rungs()); d != "" {
		t.Errorf("undo: %s", d)
	}
	s.undo(first)
	if d := cmp.Diff(original, s.rungs()); d != "" {
		t.Errorf("undo of all: %s", d)
	}
}
