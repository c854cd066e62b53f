package audit

import (
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// A statement that exists only under a condition exposes only the branches that can
// hold together with it.
func TestConditionalStatementAndBranch(t *testing.T) {
	k := goodKey(withPolicy(allow(`"*"`, `"kms:Decrypt"`, ""), "Open is true"))
	u := goodKey(withPolicy(allow(`{"AWS":"${bedlock:unknown:parameter Who has no default}"}`, `"kms:Decrypt"`, ""), "Open is true"))
	good := goodKey()
	u.ID, good.ID = "t.yaml#Other", "t.yaml#Good"
	branch := func(when string, k inventory.Key) inventory.Named {
		return inventory.Named{When: when, Text: known("${bedlock:ref:" + k.ID + "#Arn}"), Key: k.ID, How: "by reference"}
	}
	only := guardrail(branch("", k))
	only.When = "Open is false"
	for name, c := range map[string]struct {
		resource inventory.Resource
		want     bedlock.Rung
	}{
		"always":                    {guardrail(branch("", k)), bedlock.Exposed},
		"in the same branch":        {guardrail(branch("Open is true", k), branch("Open is false", good)), bedlock.Exposed},
		"in the other branch":       {guardrail(branch("Open is false", k), branch("Open is true", good)), bedlock.Sound},
		"resource in the other one": {only, bedlock.Sound},
		"unknown, same branch":      {guardrail(branch("Open is true", u), branch("Open is false", good)), bedlock.Unresolved},
		"unknown, other branch":     {guardrail(branch("Open is false", u), branch("Open is true", good)), bedlock.Sound},
	} {
		out := audit(t, inventory.Parts{Keys: []inventory.Key{k, u, good}, Aliases: []inventory.Alias{aliasOf(k)}, Resources: []inventory.Resource{c.resource}})
		if got := out.slots[0].Rung; got != c.want {
			t.Errorf("%s: %s (%q), want %s", name, got, texts(out.slots[0].Evidence), c.want)
		}
	}
}

// A branch that leads to a store takes only the branches of the store that can hold
// together with it.
func TestBranchesThroughStores(t *testing.T) {
	k := goodKey()
	bucket := res("AWS::S3::Bucket", "Docs", "default", inventory.Named{When: "Own is true", Text: known("${bedlock:ref:" + k.ID + "#Arn}"), Key: k.ID}, inventory.Named{When: "Own is false", Text: absent[string](), Owner: "aws-owned"})
	through := func(when string) inventory.Named {
		return inventory.Named{When: when, Text: known("docs"), Store: bucket.ID, StoreSlot: "default"}
	}
	for when, want := range map[string]bedlock.Rung{"Own is true": bedlock.Sound, "Own is false": bedlock.Unkeyed, "": bedlock.Unkeyed} {
		base := res("AWS::Bedrock::KnowledgeBase", "Base", "store", through(when))
		base.When = when
		out := audit(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{base, bucket}})
		if got := out.slot(t, base.ID); got.Rung != want {
			t.Errorf("%q: %s (%q), want %s", when, got.Rung, texts(got.Evidence), want)
		}
	}
}
