package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// sample is a small whole: two slots of one agent, a guardrail, a key, inputs.
func sample() inventory.Parts {
	k := goodKey(func(k *inventory.Key) { k.Rotation = known(false) })
	a := agent(none(catalog.OwnerAWSOwned, ""))
	a.Slots = []inventory.Slot{{Name: "memory", Named: []inventory.Named{none(catalog.OwnerNone, "")}}, a.Slots[0]}
	g := guardrail(toKey("x", k.ID, "by reference"))
	g.Name = known("support")
	return inventory.Parts{
		Inputs: []bedlock.Input{
			{Path: "bad.yaml", Status: bedlock.InputFailed, Reason: "no"}, {Path: "readme", Status: bedlock.InputSkipped, Reason: "no"}, {Path: "t.yaml", Status: bedlock.InputAudited},
		},
		Resources: []inventory.Resource{a, g}, Keys: []inventory.Key{k},
	}
}

func line(m bedlock.Message) string {
	switch {
	case m.Input != nil:
		return "input " + m.Input.Path
	case m.Slot != nil:
		return fmt.Sprintf("slot %s %s %s", m.Slot.Subject.ID, m.Slot.Subject.Slot, m.Slot.Rung)
	case m.Finding != nil:
		return fmt.Sprintf("finding %s %s %s %s", m.Finding.Rule, m.Finding.Subject.Name, m.Finding.Status, m.Finding.Message)
	}
	return "something else"
}

func TestOrderAndSummary(t *testing.T) {
	out := audit(t, sample())
	var got []string
	for _, m := range out.messages {
		got = append(got, line(m))
	}
	want := []string{
		"input bad.yaml", "input readme", "input t.yaml",
		"slot t.yaml#Guard configuration exposed",
		"slot t.yaml#Helper agent unkeyed",
		"finding BDL110 Helper open agent Helper (agent configuration): no key is named: a key owned by the service",
		"slot t.yaml#Helper memory unkeyed",
		"finding BDL110 Helper open agent Helper (agent memory): no key is named: stored without encryption",
		"finding BDL201 Key open automatic rotation of key Key is off",
		"finding BDL208 Key open key Key has no alias",
		"finding BDL403 inputs open the inputs create Bedrock resources, such as guardrail support, and no input configures model invocation logging",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	sum := bedlock.Summary{
		Inputs: bedlock.InputCount{Audited: 1, Skipped: 1, Failed: 1}, Resources: 2, Keys: 1, Slots: 3,
		Rungs: map[bedlock.Rung]int{bedlock.Unkeyed: 2, bedlock.Exposed: 1},
		Types: []bedlock.TypeCount{
			{Type: "AWS::Bedrock::Agent", Slots: 2, Rungs: map[bedlock.Rung]int{bedlock.Unkeyed: 2}},
			{Type: "AWS::Bedrock::Guardrail", Slots: 1, Rungs: map[bedlock.Rung]int{bedlock.Exposed: 1}},
		},
		Findings: map[bedlock.Severity]int{bedlock.High: 2, bedlock.Medium: 1, bedlock.Info: 2},
	}
	if diff := cmp.Diff(sum, out.summary); diff != "" {
		t.Errorf("summary (-want +got)\n%s", diff)
	}
}

func TestSlotMessage(t *testing.T) {
	r := placed(agent(none(catalog.OwnerAWSOwned, "key owned by AWS")), account, "eu-west-1")
	out := audit(t, inventory.Parts{Resources: []inventory.Resource{r}})
	want := &bedlock.Slot{
		Subject: bedlock.Subject{ID: "t.yaml#Helper", Type: "AWS::Bedrock::Agent", Name: "Helper", Slot: "agent", Account: account, Region: "eu-west-1", At: at(9)},
		Rung:    bedlock.Unkeyed, Evidence: []bedlock.Evidence{{Text: "no key is named: key owned by AWS", At: at(9)}},
		Lift:    "set CustomerEncryptionKeyArn to the ARN of a customer-managed key, then publish a new version: published versions keep their key",
		Service: "bedrock-agent", Change: "new-version",
	}
	if diff := cmp.Diff(want, out.slots[0]); diff != "" {
		t.Errorf("slot (-want +got)\n%s", diff)
	}
	f := &bedlock.Finding{
		Rule: "BDL110", Severity: bedlock.High, Status: bedlock.FindingOpen, Subject: want.Subject, Rung: bedlock.Unkeyed,
		Message: "agent Helper (agent configuration): no key is named: key owned by AWS", Evidence: want.Evidence, Remediation: want.Lift,
		Fingerprint: "44e0df82ca59835e",
	}
	if diff := cmp.Diff(f, out.findings[0]); diff != "" {
		t.Errorf("finding (-want +got)\n%s", diff)
	}
}

func fingerprints(o *outcome, rule string) (out []string) {
	for _, f := range o.findings {
		if f.Rule == rule {
			out = append(out, f.Fingerprint)
		}
	}
	return out
}

func TestFingerprints(t *testing.T) {
	make := func(id, address, name, region string, line int32) inventory.Resource {
		r := guardrail(none(catalog.OwnerAWSOwned, ""))
		r.ID, r.Address, r.At = id, address, bedlock.Position{File: strings.Split(id, "#")[0], Line: line}
		if name != "" {
			r.Name = known(name)
		}
		if region != "" {
			r.Account, r.Region = known(account), known(region)
		}
		return r
	}
	of := func(r ...inventory.Resource) []string {
		return fingerprints(audit(t, inventory.Parts{Resources: r}), ruleUnkeyed)
	}
	cfn := of(make("a/t.yaml#Guard", "Guard", "support", "", 3))
	for name, got := range map[string][]string{
		"Terraform":         of(make("b/main.tf#aws_bedrock_guardrail.g", "aws_bedrock_guardrail.g", "support", "eu-west-1", 30)),
		"another line":      of(make("a/t.yaml#Guard", "Guard", "support", "", 99)),
		"beside another":    of(make("a/t.yaml#Guard", "Guard", "support", "", 3), make("a/t.yaml#Other", "Other", "sales", "", 3))[:1],
		"a name with token": nil,
	} {
		if got != nil && !slices.Equal(got, cfn) {
			t.Errorf("%s: %v, want %v", name, got, cfn)
		}
	}
	if byAddress := of(make("a/t.yaml#Guard", "Guard", "g-${bedlock:ref:x#y}", "", 3)); byAddress[0] != of(make("b/u.json#Guard", "Guard", "", "", 7))[0] || byAddress[0] == cfn[0] {
		t.Errorf("a name that is not known is part of the fingerprint")
	}
	// Twice the same identity: told apart by place, stably.
	x, y := make("a/t.yaml#Guard", "Guard", "support", "eu-west-1", 3), make("b/t.yaml#Guard", "Guard", "support", "us-east-1", 3)
	two := of(x, y)
	if two[0] == two[1] || two[0] == cfn[0] || two[1] == cfn[0] {
		t.Errorf("fingerprints of two of the same name are %v", two)
	}
	z := make("c/t.yaml#Guard", "Guard", "support", "sa-east-1", 3)
	if three := of(x, y, z); !slices.Equal(three[:2], two) {
		t.Errorf("a third one changes the fingerprints: %v, %v", two, three)
	}
	// Not even the place tells them apart: the order does.
	y.Region = known("eu-west-1")
	same := of(x, y)
	if same[0] != two[0] || same[1] == same[0] {
		t.Errorf("fingerprints in one place are %v", same)
	}
	// A key and a resource of the same name do not collide.
	if a, b := keyIdentity(&inventory.Key{ID: "x#Guard", Address: "Guard"}), resourceIdentity(&x); a.hash() == b.hash() {
		t.Error("key and resource have the same identity")
	}
}

func TestLogging(t *testing.T) {
	live := func(id, region string) inventory.Resource {
		r := placed(guardrail(none(catalog.OwnerAWSOwned, "")), account, region)
		r.ID, r.At, r.Address = "arn:aws:bedrock:"+region+":"+account+":"+id, bedlock.Position{}, ""
		return r
	}
	logging := func(region string) inventory.Resource {
		r := live("logging", region)
		r.Type, r.Slots = "AWS::Bedrock::InvocationLogging", nil
		return r
	}
	coded := guardrail(none(catalog.OwnerAWSOwned, ""))
	codedLogging := coded
	codedLogging.ID, codedLogging.Type, codedLogging.Slots = "t.yaml#L", "AWS::Bedrock::InvocationLogging", nil
	bucket := res("AWS::S3::Bucket", "B", "default-encryption", none(catalog.OwnerAWSOwned, ""))
	for name, c := range map[string]struct {
		resources []inventory.Resource
		want      []string
	}{
		"live, without": {[]inventory.Resource{live("guardrail/a", "eu-west-1"), live("guardrail/b", "eu-west-1"), live("guardrail/c", "us-east-1"), logging("us-east-1")},
			[]string{"BDL402 account 111122223333 has Bedrock resources in eu-west-1 and no model invocation logging there"}},
		"in code, without": {[]inventory.Resource{coded}, []string{"BDL403 the inputs create Bedrock resources, such as guardrail Guard, and no input configures model invocation logging"}},
		"in code, with":    {[]inventory.Resource{coded, codedLogging}, nil},
		"stores only":      {[]inventory.Resource{bucket}, nil},
	} {
		out := audit(t, inventory.Parts{Resources: c.resources})
		out.rules()
		var got []string
		for _, f := range out.findings {
			if strings.HasPrefix(f.Rule, "BDL4") {
				got = append(got, f.Rule+" "+f.Message)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestRunStops(t *testing.T) {
	inv, err := inventory.New(sample())
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	for n := range 11 {
		count := 0
		_, err := Run(context.Background(), inv, Options{Catalog: testCatalog(), Now: now}, func(bedlock.Message) error {
			if count == n {
				return full
			}
			count++
			return nil
		})
		if !errors.Is(err, full) || count != n {
			t.Errorf("emit fails at %d: %v after %d messages", n, err, count)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, inv, Options{Catalog: testCatalog(), Now: now}, func(bedlock.Message) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run ends with %v", err)
	}
}

// TestRunIsDeterministic: more resources than one chunk, twice the same stream.
func TestRunIsDeterministic(t *testing.T) {
	inv, err := inventory.New(synthetic(3*chunk + 7))
	if err != nil {
		t.Fatal(err)
	}
	stream := func() (out []string) {
		if _, err := Run(context.Background(), inv, Options{Catalog: testCatalog(), Now: now}, func(m bedlock.Message) error {
			out = append(out, line(m))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := stream()
	if !slices.Equal(first, stream()) {
		t.Error("two runs differ")
	}
	var ids []string
	for _, l := range first {
		if id, ok := strings.CutPrefix(l, "slot "); ok {
			ids = append(ids, id)
		}
	}
	if len(ids) < 3*chunk || !slices.IsSorted(ids) {
		t.Errorf("%d slots, sorted %v", len(ids), slices.IsSorted(ids))
	}
}

func TestRules(t *testing.T) {
	rules := Rules()
	if len(rules) != 55 {
		t.Errorf("there are %d rules", len(rules))
	}
	for i, r := range rules {
		if i > 0 && rules[i-1].ID >= r.ID {
			t.Errorf("%s is out of order", r.ID)
		}
		if r.Name == "" || r.Title == "" || r.Severity.String() == "invalid" || r.Rationale == "" || r.Remediation == "" || r.Custom {
			t.Errorf("%s is not complete: %+v", r.ID, r)
		}
		for _, ref := range r.References {
			if !strings.HasPrefix(ref, "https://") {
				t.Errorf("%s: reference %s", r.ID, ref)
			}
		}
		seen := map[bedlock.Control]bool{}
		for _, c := range r.Controls {
			if c.Framework == "" || c.ID == "" || seen[c] {
				t.Errorf("%s: control %+v", r.ID, c)
			}
			seen[c] = true
		}
	}
	rotation := table().byID[ruleRotationOff]
	if !slices.Contains(rotation.Controls, bedlock.Control{Framework: "PCI DSS 4.0", ID: "3.7.4"}) || slices.Contains(rotation.Controls, bedlock.Control{Framework: "CIS", ID: "3.8"}) {
		t.Errorf("controls of rotation are %+v", rotation.Controls)
	}
	for _, r := range rules[0].Controls {
		t.Errorf("unread has control %+v", r)
	}
	for text, want := range map[string]string{
		"rules:\n  - id: A\n    extra: 1\n":                              "load rules: yaml: unmarshal errors:\n  line 3: field extra not found in type struct",
		"rules:\n  - {id: A, severity: low, controls: [x]}\n":            `load rules: A: there is no set of controls "x"`,
		"rules:\n  - {id: A, severity: low}\n  - {id: A, severity: low}": "load rules: A is there twice",
		"rules:\n  - {id: A, severity: loud}\n":                          `parse severity "loud": unknown severity`,
	} {
		if _, err := parseRules([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseRules(%q) = %v, want %s", text, err, want)
		}
	}
}

// TestProperties: any inventory is judged without a panic, the counts add up and
// every message is complete.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := randomParts(t)
		inv, err := inventory.New(p)
		if err != nil {
			t.Fatal(err)
		}
		slots, open := 0, 0
		rungs := map[bedlock.Rung]int{}
		prints := map[string]bool{}
		sum, err := Run(context.Background(), inv, Options{Catalog: testCatalog(), Now: now}, func(m bedlock.Message) error {
			if s := m.Slot; s != nil {
				slots++
				rungs[s.Rung]++
				if s.Rung.String() == "invalid" || s.Rung == bedlock.Proved || len(s.Evidence) == 0 || s.Evidence[0].Text == "" || s.Lift == "" {
					t.Fatalf("slot %+v", s)
				}
				if s.Rung >= bedlock.Exposed && s.Key == "" {
					t.Fatalf("slot on %s without a key: %+v", s.Rung, s)
				}
			}
			if f := m.Finding; f != nil {
				open++
				if table().byID[f.Rule] == nil || f.Message == "" || f.Remediation == "" || !fingerprintForm.MatchString(f.Fingerprint) || prints[f.Fingerprint] {
					t.Fatalf("finding %+v (fingerprint seen before: %v)", f, prints[f.Fingerprint])
				}
				prints[f.Fingerprint] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, n := range sum.Findings {
			total += n
		}
		byType := 0
		for _, c := range sum.Types {
			byType += c.Slots
		}
		if sum.Slots != slots || byType != slots || total != open || !cmp.Equal(sum.Rungs, rungs) {
			t.Fatalf("summary %+v, counted %d slots, %d findings, rungs %v", sum, slots, open, rungs)
		}
	})
}

func randomValue(t *rapid.T, values ...string) inventory.Value[string] {
	switch rapid.IntRange(0, 5).Draw(t, "state") {
	case 0:
		return inventory.Value[string]{}
	case 1:
		return absent[string]()
	case 2:
		return unknown[string]("parameter X has no default")
	case 3:
		return unreadV[string]("denied")
	}
	return known(rapid.SampledFrom(values).Draw(t, "value"))
}

func randomParts(t *rapid.T) inventory.Parts {
	var p inventory.Parts
	keys := rapid.IntRange(0, 3).Draw(t, "keys")
	policies := []string{"{", allow(`"*"`, `"kms:*"`, ""), allow(`["*"]`, `"kms:*"`, ""), allow(root, `"kms:*"`, ""), allow(`{"Service":"x"}`, `"kms:*"`, "")}
	for i := range keys {
		k := inventory.Key{ID: fmt.Sprint("k", i), Replica: rapid.Bool().Draw(t, "replica"),
			State: randomValue(t, "Enabled", "Disabled", "Frozen"), Spec: randomValue(t, "SYMMETRIC_DEFAULT", "RSA_2048"), Usage: randomValue(t, "ENCRYPT_DECRYPT"),
			Origin: randomValue(t, "AWS_KMS", "EXTERNAL"), Primary: randomValue(t, "k0", "k1", "x"), ARN: randomValue(t, keyARN, "junk")}
		if rapid.Bool().Draw(t, "policy") {
			k.Policy = known(inventory.Policy{Text: rapid.SampledFrom(policies).Draw(t, "text")})
		}
		if rapid.Bool().Draw(t, "rotation") {
			k.Rotation = known(rapid.Bool().Draw(t, "on"))
		}
		p.Keys = append(p.Keys, k)
	}
	n := rapid.IntRange(0, 6).Draw(t, "resources")
	types := map[string]string{"AWS::Bedrock::Guardrail": "configuration", "AWS::Bedrock::Agent": "agent", "AWS::Bedrock::KnowledgeBase": "store", "AWS::S3::Bucket": "default-encryption", "AWS::New::Thing": "data"}
	names := []string{"AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent", "AWS::Bedrock::KnowledgeBase", "AWS::S3::Bucket", "AWS::New::Thing"}
	for i := range n {
		typ := rapid.SampledFrom(names).Draw(t, "type")
		r := inventory.Resource{ID: fmt.Sprint("r", i), Type: typ, Name: randomValue(t, "same", "other"), Place: inventory.Place{Region: randomValue(t, "eu-west-1", "cn-north-1", "${bedlock:region}"), Account: randomValue(t, account, other)}}
		for range rapid.IntRange(1, 2).Draw(t, "slots") {
			s := inventory.Slot{Name: types[typ]}
			for b := range rapid.IntRange(1, 3).Draw(t, "branches") {
				m := inventory.Named{When: fmt.Sprint("C", b), Text: randomValue(t, "", "alias/x", "alias/aws/s3", keyARN, "junk", uuid, "${bedlock:unknown:x}", "${bedlock:ref:a#b#c}")}
				switch c := rapid.IntRange(0, 3).Draw(t, "named"); {
				case c == 0 && keys > 0:
					m.Key = fmt.Sprint("k", rapid.IntRange(0, keys-1).Draw(t, "key"))
				case c == 1:
					m.Store, m.StoreSlot = fmt.Sprint("r", rapid.IntRange(0, n-1).Draw(t, "store")), rapid.SampledFrom([]string{"configuration", "agent", "store", "default-encryption", "data"}).Draw(t, "slot")
				case c == 2:
					m.Owner = rapid.SampledFrom([]catalog.Owner{catalog.OwnerNone, catalog.OwnerAWSOwned, catalog.OwnerAWSManaged, catalog.OwnerCustomer}).Draw(t, "owner")
				}
				s.Named = append(s.Named, m)
			}
			if len(r.Slots) == 1 {
				s.Name += "[1]"
			}
			r.Slots = append(r.Slots, s)
		}
		p.Resources = append(p.Resources, r)
	}
	return p
}
