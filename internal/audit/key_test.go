package audit

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// TestKeyRules lists what is found about one key that a guardrail uses.
func TestKeyRules(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*inventory.Key)
		findings []string
		unjudged []string
	}{
		"good":                {func(*inventory.Key) {}, nil, nil},
		"rotation off":        {func(k *inventory.Key) { k.Rotation = known(false) }, []string{"BDL201 automatic rotation of key Key is off"}, nil},
		"rotation absent":     {func(k *inventory.Key) { k.Rotation = absent[bool]() }, []string{"BDL201 automatic rotation of key Key is off"}, nil},
		"rotation unrecorded": {func(k *inventory.Key) { k.Rotation = inventory.Value[bool]{} }, nil, []string{"rotation"}},
		"asymmetric":          {func(k *inventory.Key) { k.Spec, k.Rotation = known("RSA_4096"), known(false) }, nil, nil},
		"HMAC": {func(k *inventory.Key) {
			k.Spec, k.Usage, k.Rotation = known("HMAC_256"), known("GENERATE_VERIFY_MAC"), known(false)
		}, nil, nil},
		"ML-DSA": {func(k *inventory.Key) {
			k.Spec, k.Usage, k.Rotation = known("ML_DSA_65"), known("SIGN_VERIFY"), known(false)
		}, nil, nil},
		"ML-KEM": {func(k *inventory.Key) {
			k.Spec, k.Usage, k.Rotation = known("ML_KEM_768"), known("ENCAPSULATE_DECAPSULATE"), known(false)
		}, nil, nil},
		"imported":       {func(k *inventory.Key) { k.Origin, k.Rotation = known("EXTERNAL"), known(false) }, nil, nil},
		"CloudHSM":       {func(k *inventory.Key) { k.Origin, k.Rotation = known("AWS_CLOUDHSM"), known(false) }, nil, nil},
		"external store": {func(k *inventory.Key) { k.Origin, k.Rotation = known("EXTERNAL_KEY_STORE"), known(false) }, nil, nil},
		"replica alone":  {func(k *inventory.Key) { k.Replica, k.Rotation = true, known(false) }, nil, []string{"rotation of the primary key"}},
		"AWS-managed": {func(k *inventory.Key) {
			k.Manager, k.Rotation, k.Tags = known(catalog.OwnerAWSManaged), known(false), inventory.Tags{}
		}, nil, nil},
		"disabled, used":           {func(k *inventory.Key) { k.State, k.Rotation = known("Disabled"), known(false) }, nil, nil},
		"period long":              {func(k *inventory.Key) { k.RotationDays = known(730) }, []string{"BDL202 key Key is rotated every 730 days"}, nil},
		"period short":             {func(k *inventory.Key) { k.RotationDays = known(90) }, nil, nil},
		"period refused":           {func(k *inventory.Key) { k.RotationDays = known(30) }, []string{"BDL203 key Key is rotated every 30 days; KMS accepts 90 to 2560"}, nil},
		"period refused, by a day": {func(k *inventory.Key) { k.RotationDays = known(89) }, []string{"BDL203 key Key is rotated every 89 days; KMS accepts 90 to 2560"}, nil},
		"period refused, long":     {func(k *inventory.Key) { k.RotationDays = known(2561) }, []string{"BDL203 key Key is rotated every 2561 days; KMS accepts 90 to 2560"}, nil},
		"window 13":                {func(k *inventory.Key) { k.DeletionDays = known(13) }, []string{"BDL204 key Key can be deleted after 13 days; 14 or more leave time to notice"}, nil},
		"window 14":                {func(k *inventory.Key) { k.DeletionDays = known(14) }, nil, nil},
		"no description":           {func(k *inventory.Key) { k.Description = absent[string]() }, []string{"BDL206 key Key has no description"}, nil},
		"empty description":        {func(k *inventory.Key) { k.Description = known("") }, []string{"BDL206 key Key has no description"}, nil},
		"description unknown":      {func(k *inventory.Key) { k.Description = unknown[string]("x") }, nil, nil},
		"no tags":                  {func(k *inventory.Key) { k.Tags = inventory.Tags{} }, []string{"BDL207 key Key has no tags"}, nil},
		"tags open":                {func(k *inventory.Key) { k.Tags = inventory.Tags{Open: "x"} }, nil, nil},
		"policy unrecorded":        {func(k *inventory.Key) { k.Policy = inventory.Value[inventory.Policy]{} }, nil, []string{"key policy"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := keyed(t, c.change)
			out.rules()
			var got []string
			for _, f := range out.findings {
				if f.Subject.ID == "t.yaml#Key" {
					got = append(got, f.Rule+" "+f.Message)
				}
			}
			if diff := cmp.Diff(c.findings, got); diff != "" {
				t.Errorf("findings (-want +got)\n%s", diff)
			}
			if s := out.slots[0]; s.Rung >= bedlock.Exposed {
				if diff := cmp.Diff(append([]string{"needs"}, c.unjudged...), s.Unjudged); diff != "" {
					t.Errorf("unjudged (-want +got)\n%s", diff)
				}
			}
		})
	}
}

// TestKeyAlone: keys that no slot uses, and their aliases.
func TestKeyAlone(t *testing.T) {
	k := goodKey(func(k *inventory.Key) { k.State = known("Disabled") })
	for name, c := range map[string]struct {
		aliases []inventory.Alias
		rules   []string
	}{
		"aliased":                   {[]inventory.Alias{aliasOf(k)}, []string{ruleIdle}},
		"no alias":                  {nil, []string{ruleIdle, ruleNoAlias}},
		"an alias of some key":      {[]inventory.Alias{{ID: "a", Name: known("alias/x"), Target: unknown[string]("known only after apply")}}, []string{ruleIdle}},
		"an alias of a foreign key": {[]inventory.Alias{{ID: "a", Name: known("alias/x"), Target: known(uuid)}}, []string{ruleIdle, ruleNoAlias}},
	} {
		out := audit(t, inventory.Parts{Keys: []inventory.Key{k}, Aliases: c.aliases})
		if diff := cmp.Diff(c.rules, out.rules()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// TestReplica: a replica stands below sound when its primary is not rotated, and
// the finding is the primary's.
func TestReplica(t *testing.T) {
	primary := goodKey(func(k *inventory.Key) { k.Rotation, k.MultiRegion = known(false), known(true) })
	replica := goodKey(func(k *inventory.Key) {
		k.ID, k.Name, k.Replica, k.Rotation, k.RotationDays = "t.yaml#Replica", "Replica", true, inventory.Value[bool]{}, inventory.Value[int]{}
		k.Primary = known(primary.ID)
	})
	run := func(primary inventory.Key) *outcome {
		return audit(t, inventory.Parts{
			Resources: []inventory.Resource{guardrail(toKey("x", replica.ID, ""))}, Keys: []inventory.Key{primary, replica},
			Aliases: []inventory.Alias{aliasOf(primary), aliasOf(replica)},
		})
	}
	out := run(primary)
	if s := out.slots[0]; s.Rung != bedlock.Exposed || s.Evidence[0].Text != "held below sound: automatic rotation of the primary key Key is off" {
		t.Errorf("stands on %s: %q", s.Rung, texts(s.Evidence))
	}
	if f := out.findings; f[len(f)-2].Rule != ruleRotationOff || f[len(f)-2].Subject.ID != primary.ID {
		t.Errorf("findings are %v", out.rules())
	}
	primary.Rotation = known(true)
	if s := run(primary).slots[0]; s.Rung != bedlock.Sound || s.Evidence[0].Text != "key Replica is customer-managed and can serve here; its rotation is that of its primary key" {
		t.Errorf("stands on %s: %q", s.Rung, texts(s.Evidence))
	}
	primary.Rotation = unknown[bool]("known only after apply")
	if s := run(primary).slots[0]; s.Rung != bedlock.Unresolved {
		t.Errorf("stands on %s: %q", s.Rung, texts(s.Evidence))
	}
}

func TestIsolationGroups(t *testing.T) {
	k := goodKey()
	tagged := func(address, group string, n inventory.Named) inventory.Resource {
		r := res("AWS::Bedrock::Guardrail", address, "configuration", n)
		r.Tags = inventory.Tags{Known: map[string]string{"team": group}}
		return r
	}
	parts := func(group string) inventory.Parts {
		bucket := res("AWS::S3::Bucket", "Docs", "default-encryption", toKey("x", k.ID, ""))
		return inventory.Parts{
			Resources: []inventory.Resource{
				tagged("A", "red", toKey("x", k.ID, "")), tagged("B", "red", toKey("x", k.ID, "")),
				tagged("C", group, inventory.Named{Text: known("docs"), Store: bucket.ID, StoreSlot: "default-encryption"}), bucket,
			},
			Keys: []inventory.Key{k}, Aliases: []inventory.Alias{aliasOf(k)},
		}
	}
	team := func(o *Options) { o.IsolationTag = "team" }
	out := audit(t, parts("blue"), team)
	s := out.slot(t, "t.yaml#Docs")
	if s.Rung != bedlock.Exposed || s.Evidence[0].Text != "key Key is used by isolation groups blue and red" || s.Lift != "Give each isolation group a key of its own." {
		t.Errorf("stands on %s: %q, %s", s.Rung, texts(s.Evidence), s.Lift)
	}
	want := []string{"key Key is used by isolation groups blue and red", "C is of isolation group blue", "A is of isolation group red"}
	f := out.findings[0]
	if diff := cmp.Diff(want, texts(f.Evidence)); diff != "" || f.Rule != ruleShared {
		t.Errorf("%s (-want +got)\n%s", f.Rule, diff)
	}
	out.rules()
	for name, o := range map[string]*outcome{
		"one group":     audit(t, parts("red"), team),
		"unknown group": audit(t, parts("${bedlock:unknown:x}"), team),
		"other tag":     audit(t, parts("blue")),
	} {
		if s := o.slot(t, "t.yaml#A"); s.Rung != bedlock.Sound {
			t.Errorf("%s stands on %s: %q", name, s.Rung, texts(s.Evidence))
		}
	}
}

// Many groups make one message that can still be read.
func TestManyIsolationGroups(t *testing.T) {
	k := goodKey()
	p := inventory.Parts{Keys: []inventory.Key{k}, Aliases: []inventory.Alias{aliasOf(k)}}
	for i := range 1000 {
		r := guardrail(toKey("${bedlock:ref:t.yaml#Key#Arn}", k.ID, "by reference"))
		r.ID, r.Address = fmt.Sprint("t.yaml#G", i), fmt.Sprint("G", i)
		r.Tags = inventory.Tags{Known: map[string]string{DefaultIsolationTag: fmt.Sprintf("g%03d", i)}}
		p.Resources = append(p.Resources, r)
	}
	out := audit(t, p)
	const want = "key Key is used by isolation groups g000, g001, g002, g003 and 996 more"
	var f *bedlock.Finding
	for _, f = range out.findings {
		if f.Rule == ruleShared {
			break
		}
	}
	if f.Rule != ruleShared || f.Message != want || len(f.Evidence) != 51 || f.Evidence[50].Text != "G49 is of isolation group g049" {
		t.Errorf("%s %q with %d pieces of evidence", f.Rule, f.Message, len(f.Evidence))
	}
}
