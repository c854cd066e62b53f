package audit

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

const policyARN = "arn:aws:bedrock:eu-west-1:" + account + ":automated-reasoning-policy/abcdefghijkl"

// used is an inventory of a sound slot whose key was last used so.
func used(use inventory.Value[inventory.KeyUse]) inventory.Parts {
	where := inventory.Place{Account: known(account), Region: known("eu-west-1")}
	return inventory.Parts{
		Keys: []inventory.Key{{
			ID: keyARN, ARN: known(keyARN), Name: "alias/rules", Place: where, Manager: known(catalog.OwnerCustomer), State: known("Enabled"), Spec: known("SYMMETRIC_DEFAULT"),
			Usage: known("ENCRYPT_DECRYPT"), Origin: known("AWS_KMS"), MultiRegion: known(false), Rotation: known(true), LastUse: use,
			Policy: known(inventory.Policy{Text: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"kms:*","Resource":"*"}]}`}),
		}},
		Resources: []inventory.Resource{{
			ID: policyARN, Type: "AWS::Bedrock::AutomatedReasoningPolicy", Name: known("rules"), Place: where,
			Slots: []inventory.Slot{{Name: "content", Named: []inventory.Named{{Text: known(keyARN), Key: keyARN, Form: catalog.FormKeyARN}}}},
		}},
	}
}

// TestProved: a sound slot is proved by a use of its key for this very resource within the
// window, and by no other.
func TestProved(t *testing.T) {
	const key = "aws:bedrock:automated-reasoning-policy"
	for name, tt := range map[string]struct {
		use  inventory.Value[inventory.KeyUse]
		rung bedlock.Rung
	}{
		"this resource":    {known(inventory.KeyUse{Time: "2026-11-20T12:00:00Z", Operation: "Decrypt", EventID: "e1", Context: map[string]string{key: policyARN}}), bedlock.Proved},
		"another resource": {known(inventory.KeyUse{Time: "2026-11-20T12:00:00Z", Operation: "Decrypt", Context: map[string]string{key: policyARN + "m"}}), bedlock.Sound},
		"another context":  {known(inventory.KeyUse{Time: "2026-11-20T12:00:00Z", Operation: "Decrypt", Context: map[string]string{"aws:bedrock:arn": policyARN}}), bedlock.Sound},
		"no context":       {known(inventory.KeyUse{Time: "2026-11-20T12:00:00Z", Operation: "DescribeKey"}), bedlock.Sound},
		"long ago":         {known(inventory.KeyUse{Time: "2026-08-26T11:59:59Z", Operation: "Decrypt", Context: map[string]string{key: policyARN}}), bedlock.Sound},
		"not yet":          {known(inventory.KeyUse{Time: "2026-11-26T12:00:00Z", Operation: "Decrypt", Context: map[string]string{key: policyARN}}), bedlock.Sound},
		"no time":          {known(inventory.KeyUse{Operation: "Decrypt", Context: map[string]string{key: policyARN}}), bedlock.Sound},
		"never":            {absent[inventory.KeyUse](), bedlock.Sound},
		"unread":           {unreadV[inventory.KeyUse]("AccessDeniedException"), bedlock.Sound},
	} {
		t.Run(name, func(t *testing.T) {
			inv, err := inventory.New(used(tt.use))
			if err != nil {
				t.Fatal(err)
			}
			var slots []*bedlock.Slot
			_, err = Run(t.Context(), inv, Options{Now: now}, func(m bedlock.Message) error {
				if m.Slot != nil {
					slots = append(slots, m.Slot)
				}
				return nil
			})
			if err != nil || len(slots) != 1 || slots[0].Rung != tt.rung {
				t.Fatalf("%v: %+v", err, slots)
			}
			if tt.rung == bedlock.Proved && (slots[0].Lift != "" || !slices.ContainsFunc(slots[0].Evidence, func(e bedlock.Evidence) bool {
				return strings.Contains(e.Text, "last used by Decrypt at 2026-11-20T12:00:00Z with "+key+" = "+policyARN+" (CloudTrail event e1)")
			})) {
				t.Errorf("lift %q, evidence %+v", slots[0].Lift, slots[0].Evidence)
			}
		})
	}
}

// TestNotProvedWhileOpen: a slot whose soundness leaves a question open is not proved.
func TestNotProvedWhileOpen(t *testing.T) {
	p := used(known(inventory.KeyUse{Time: "2026-11-20T12:00:00Z", Operation: "Decrypt", EventID: "e1", Context: map[string]string{"aws:bedrock:automated-reasoning-policy": policyARN}}))
	p.Keys[0].Policy = inventory.Value[inventory.Policy]{}
	inv, err := inventory.New(p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), inv, Options{Now: now}, func(m bedlock.Message) error {
		if s := m.Slot; s != nil && (s.Rung != bedlock.Sound || len(s.Unjudged) == 0) {
			t.Errorf("it stands on %s, open are %q", s.Rung, s.Unjudged)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTells: which values of an encryption context name a resource.
func TestTells(t *testing.T) {
	r := &inventory.Resource{ID: "arn:aws:s3:::logs", Name: known("logs")}
	for _, tt := range []struct {
		template, value string
		want            bool
	}{
		{"{arn}", "arn:aws:s3:::logs", true}, {"{arn}", "arn:aws:s3:::log", false},
		{"{arn}/*", "arn:aws:s3:::logs/a/b", true}, {"{arn}/*", "arn:aws:s3:::logs2/a", false}, {"{arn}/*", "arn:aws:s3:::logs", true},
		{"{id}", "logs", true}, {"{name}", "logs", true}, {"{name}", "log", false},
		{"unconfirmed", "logs", true}, {"unconfirmed", "arn:aws:s3:::logs", true}, {"unconfirmed", "other", false},
		{"arn:{partition}:s3:::*", "arn:aws:s3:::logs", false},
	} {
		if got := tells(tt.template, tt.value, r); got != tt.want {
			t.Errorf("tells(%q, %q) is %v", tt.template, tt.value, got)
		}
	}
	if tells("{arn}", "t.yaml#B", &inventory.Resource{ID: "t.yaml#B"}) {
		t.Error("a resource without an ARN cannot be told")
	}
}
