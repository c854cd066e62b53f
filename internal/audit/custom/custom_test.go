package custom

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/inventory"
)

const good = `- id: ORG-ENC-1
  title: Production data is on a sound key
  severity: high
  scope: slot
  when: |
    has(slot.resource.tags.env) && slot.resource.tags.env == "prod" &&
    slot.rung != "sound"
  message: production data is not on a sound key
  remediation: Use the platform team's key.
  rationale: It says so in the policy.
  references: [https://example.com/policy]
  controls: [{framework: SOC 2, id: CC6.1}]
  tests:
    - {name: exposed, expect: finding, input: {rung: exposed, resource: {tags: {env: prod}}}}
    - {name: sound, expect: none, input: {rung: sound, resource: {tags: {env: prod}}}}
    - {name: untagged, expect: none}
    - {name: tags open, expect: undecided, unknown: [slot.resource.tags], input: {rung: exposed}}
    - {name: wrong on purpose, expect: finding, input: {rung: sound}}
- {id: ORG-KEY-1, title: t, severity: low, scope: key, when: "key.rotationDays > 180 || key.tags['owner'] == ''", message: m, remediation: r,
   tests: [{name: long, expect: finding, input: {rotationDays: 365}}, {name: short, expect: none, input: {rotationDays: 90, tags: {owner: a}}}, {name: no owner, expect: undecided, input: {rotationDays: 90}}]}
- {id: ORG-RES-1, title: t, severity: info, scope: resource, when: resource.region != "eu-west-1", message: m, remediation: r}
`

func load(t *testing.T, text string) *Set {
	t.Helper()
	s, err := Load(fstest.MapFS{"team/rules.yaml": {Data: []byte(text)}, "readme.md": {Data: []byte("not a rule")}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRuleMetadata(t *testing.T) {
	rules := load(t, good).Rules().Rules
	want := bedlock.Rule{
		ID: "ORG-ENC-1", Name: "org-enc-1", Title: "Production data is on a sound key", Severity: bedlock.High, Rationale: "It says so in the policy.",
		Remediation: "Use the platform team's key.", References: []string{"https://example.com/policy"}, Controls: []bedlock.Control{{Framework: "SOC 2", ID: "CC6.1"}}, Custom: true,
	}
	if diff := cmp.Diff(want, rules[0]); diff != "" || len(rules) != 3 {
		t.Errorf("%d rules (-want +got)\n%s", len(rules), diff)
	}
}

func TestTests(t *testing.T) {
	s := load(t, good)
	var got []string
	for _, r := range s.Test() {
		got = append(got, strings.Join([]string{r.Rule, r.Name, string(r.Want), string(r.Got), map[bool]string{true: "pass", false: "FAIL"}[r.Pass], r.Why, r.At.String()}, "|"))
	}
	want := []string{
		"ORG-ENC-1|exposed|finding|finding|pass||team/rules.yaml:14:7",
		"ORG-ENC-1|sound|none|none|pass||team/rules.yaml:15:7",
		"ORG-ENC-1|untagged|none|none|pass||team/rules.yaml:16:7",
		"ORG-ENC-1|tags open|undecided|undecided|pass|slot.resource.tags is not known: the test says so|team/rules.yaml:17:7",
		"ORG-ENC-1|wrong on purpose|finding|none|FAIL||team/rules.yaml:18:7",
		"ORG-KEY-1|long|finding|finding|pass||team/rules.yaml:20:12",
		"ORG-KEY-1|short|none|none|pass||team/rules.yaml:20:71",
		"ORG-KEY-1|no owner|undecided|undecided|pass|no such key: owner|team/rules.yaml:20:145",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ORG-RES-1"}, s.Untested()); diff != "" {
		t.Errorf("untested (-want +got)\n%s", diff)
	}
}

// TestJudge asks the rules about things of an inventory.
func TestJudge(t *testing.T) {
	at := bedlock.Position{}
	r := &inventory.Resource{ID: "x", Type: "AWS::Bedrock::Guardrail", Place: inventory.Place{Region: inventory.Unknown[string]("parameter Region has no default", at)}, Tags: inventory.Tags{Known: map[string]string{"env": "prod"}}}
	k := &inventory.Key{ID: "k", RotationDays: inventory.Unknown[int]("known only after apply", at), Manager: inventory.Known(catalog.OwnerCustomer, at), Tags: inventory.Tags{Known: map[string]string{"owner": "me"}}}
	rules := load(t, good).Rules()
	slot := &bedlock.Slot{Rung: bedlock.Unkeyed, Evidence: []bedlock.Evidence{{Text: "e"}}}
	for name, c := range map[string]struct {
		subject audit.CustomSubject
		want    []audit.CustomVerdict
	}{
		"slot":     {audit.CustomSubject{Scope: audit.ScopeSlot, Resource: r, Slot: slot, Key: k}, []audit.CustomVerdict{{Rule: 0, Message: "production data is not on a sound key"}}},
		"key":      {audit.CustomSubject{Scope: audit.ScopeKey, Key: k}, []audit.CustomVerdict{{Rule: 1, Undecided: "key.rotationDays is not known: known only after apply"}}},
		"resource": {audit.CustomSubject{Scope: audit.ScopeResource, Resource: r}, []audit.CustomVerdict{{Rule: 2, Undecided: "resource.region is not known: parameter Region has no default"}}},
	} {
		if diff := cmp.Diff(c.want, rules.Judge(c.subject)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	k.RotationDays, r.Region = inventory.Known(365, at), inventory.Known("us-east-1", at)
	if got := rules.Judge(audit.CustomSubject{Scope: audit.ScopeKey, Key: k}); len(got) != 1 || got[0].Message != "m" {
		t.Errorf("key: %+v", got)
	}
	r.Region = inventory.Known("eu-west-1", at)
	if got := rules.Judge(audit.CustomSubject{Scope: audit.ScopeResource, Resource: r}); got != nil {
		t.Errorf("resource: %+v", got)
	}
}

// TestFields: every documented field can be read, and is what the inventory says.
func TestFields(t *testing.T) {
	at := bedlock.Position{}
	s := func(v string) inventory.Value[string] { return inventory.Known(v, at) }
	k := &inventory.Key{ID: "k", Name: "n", Place: inventory.Place{Account: s("1"), Region: s("r")}, Manager: inventory.Known(catalog.OwnerCustomer, at), State: s("Enabled"), Spec: s("S"), Usage: s("U"), Origin: s("O"),
		MultiRegion: inventory.Known(true, at), Replica: true, Rotation: inventory.Known(true, at), RotationDays: inventory.Known(90, at), DeletionDays: inventory.Known(7, at), Description: inventory.Absent[string](at),
		Policy: inventory.Known(inventory.Policy{Text: "{}"}, at), Tags: inventory.Tags{Known: map[string]string{"a": "b"}}}
	r := &inventory.Resource{ID: "x", Type: "T", Address: "A", Name: s("N"), Place: k.Place, Tags: k.Tags}
	slot := &bedlock.Slot{Subject: bedlock.Subject{Slot: "main"}, Rung: bedlock.Sound, Key: "kt", Service: "svc", Change: "once", Evidence: []bedlock.Evidence{{Text: "e"}}}
	const expression = `slot.name == "main" && slot.rung == "sound" && slot.keyText == "kt" && slot.service == "svc" && slot.change == "once" && slot.evidence == ["e"] &&
slot.resource.id == "x" && slot.resource.type == "T" && slot.resource.address == "A" && slot.resource.name == "N" && slot.resource.account == "1" && slot.resource.region == "r" && slot.resource.tags.a == "b" &&
slot.key.id == "k" && slot.key.name == "n" && slot.key.account == "1" && slot.key.region == "r" && slot.key.manager == "customer" && slot.key.state == "Enabled" && slot.key.spec == "S" && slot.key.usage == "U" &&
slot.key.origin == "O" && slot.key.multiRegion && slot.key.replica && slot.key.rotation && slot.key.rotationDays == 90 && slot.key.deletionDays == 7 && slot.key.description == null && slot.key.policy == "{}" && slot.key.tags["a"] == "b"`
	program, faults := compile("slot", expression)
	if faults != nil {
		t.Fatal(faults)
	}
	subject := audit.CustomSubject{Scope: audit.ScopeSlot, Resource: r, Slot: slot, Key: k}
	if a := evaluate(program, "slot", subjectInput(subject)); !a.broken {
		t.Errorf("the expression gives %+v", a)
	}
	for field := range keyFields {
		if !strings.Contains(expression, "slot.key."+field) {
			t.Errorf("field %s is not looked at", field)
		}
	}
	subject.Key = nil
	program, _ = compile("slot", "slot.key == null")
	if a := evaluate(program, "slot", subjectInput(subject)); !a.broken {
		t.Errorf("a slot without key gives %+v", a)
	}
	k.Usage = inventory.Value[string]{}
	k.State = inventory.Unread[string]("denied", at)
	r.Name, r.Tags.Open = inventory.Known("a-${bedlock:region}", at), "tags depend on a condition"
	subject.Key = k
	for expr, want := range map[string]string{
		`slot.key.state == "Enabled"`:                  "slot.key.state is not known: denied",
		`slot.resource.name == "x"`:                    "slot.resource.name is not known: it is a-${bedlock:region}",
		`slot.key.usage == "x"`:                        "slot.key.usage is not known: the source does not record it",
		`slot.resource.tags.a == "b"`:                  "slot.resource.tags is not known: tags depend on a condition",
		`slot.key.state == "Enabled" || 1 / 0 == 1`:    "slot.key.state is not known: denied",
		`slot.evidence[5] == "x"`:                      "index out of bounds: 5",
		`slot.rung`:                                    "the expression gives string, not bool",
		`lists.range(1000000).all(i, i < 0 || i > -1)`: "operation cancelled: actual cost limit exceeded",
	} {
		program, faults := compile("slot", expr)
		if faults != nil {
			t.Errorf("%s: %v", expr, faults)
			continue
		}
		if a := evaluate(program, "slot", subjectInput(subject)); a.undecided != want || a.broken {
			t.Errorf("%s gives %+v, want %s", expr, a, want)
		}
	}
	program, _ = compile("slot", `slot.rung == "sound" || slot.key.state == "Enabled"`)
	if a := evaluate(program, "slot", subjectInput(subject)); !a.broken {
		t.Errorf("an unknown that does not matter gives %+v", a)
	}
}

func TestLoadErrors(t *testing.T) {
	one := func(change ...string) string {
		s := "- id: ORG-1\n  title: t\n  severity: low\n  scope: slot\n  when: slot.rung == 'x'\n  message: m\n  remediation: r\n"
		return strings.NewReplacer(change...).Replace(s)
	}
	for in, want := range map[string]string{
		"":                               "load rules: there are no rules in *.yaml or *.yml files",
		"a: [":                           "load rules r.yaml: yaml: line 1: did not find expected node content",
		"id: x":                          "load rules r.yaml:1:1: the file is not a list of rules",
		"- x":                            "load rules r.yaml:1:3: a rule is not a mapping",
		one() + one():                    "load rules r.yaml:8:3: rule ORG-1 is at r.yaml:1:3 already",
		one("ORG", "BDL"):                `load rules r.yaml:1:7: id "BDL-1" is not 2 to 64 letters, digits, - and _, or begins with BDL`,
		one("low", "loud"):               `load rules r.yaml:3:13: parse severity "loud": unknown severity`,
		one("scope: slot", "scope: all"): `load rules r.yaml:4:10: scope is "all"; there are slot, key and resource`,
		one("  title: t\n", ""):          "load rules r.yaml:1:3: field title is missing",
		one("title: t", "title: ''"):     "load rules r.yaml:2:10: field title is empty",
		one("title: t", "title: [t]"):    "load rules r.yaml:2:10: field title is not a text",
		one("title", "tittle"): `load rules r.yaml:2:3: a rule has no field "tittle"; it has id, title, severity, scope, when, message, remediation, rationale, references, controls, tests` + "\n" +
			"load rules r.yaml:1:3: field title is missing",
		one("slot.rung ==", "slot.rnug =="):                                                                `load rules r.yaml:5:13: when: slot has no field "rnug"; it has change, evidence, key, keyText, name, resource, rung, service`,
		one("slot.rung == 'x'", "1 + 1"):                                                                   "load rules r.yaml:5:9: when: the expression is of type int, not bool",
		one("slot.rung == 'x'", "key.state == 'x'"):                                                        "load rules r.yaml:5:9: when: undeclared reference to 'key'",
		one("when: slot.rung == 'x'", "when: |\n    true &&\n    slot.nope == 1"):                          `load rules r.yaml:7:9: when: slot has no field "nope"; it has change, evidence, key, keyText, name, resource, rung, service`,
		one("when: slot.rung == 'x'", `when: "slot.key.x == 1"`):                                           `load rules r.yaml:5:18: when: slot.key has no field "x"; it has account, deletionDays, description, id, manager, multiRegion, name, origin, policy, region, replica, rotation, rotationDays, spec, state, tags, usage`,
		one("remediation: r", "remediation: r\n  references: [http://x]"):                                  `load rules r.yaml:8:16: reference "http://x" is not an https URL`,
		one("remediation: r", "remediation: r\n  controls: {a: b}"):                                        "load rules r.yaml:8:13: field controls is not a list",
		one("remediation: r", "remediation: r\n  controls: [{framework: x}]"):                              "load rules r.yaml:8:14: field id is missing",
		one("remediation: r", "remediation: r\n  tests: [{name: n, expect: maybe}]"):                       `load rules r.yaml:8:29: expect is "maybe"; there are finding, none and undecided`,
		one("remediation: r", "remediation: r\n  tests: [{name: n, expect: none, input: {rnug: x}}]"):      `load rules r.yaml:8:43: slot has no field "rnug"; it has change, evidence, key, keyText, name, resource, rung, service`,
		one("remediation: r", "remediation: r\n  tests: [{name: n, expect: none, input: {rung: {a: b}}}]"): "load rules r.yaml:8:50: slot.rung is a value without fields",
		one("remediation: r", "remediation: r\n  tests: [{name: n, expect: none, input: x}]"):              "load rules r.yaml:8:42: the input is not a mapping",
		one("remediation: r", "remediation: r\n  tests: [{name: n, expect: none, unknown: [key.state]}]"):  "load rules r.yaml:8:45: unknown names no field of slot",
		one("remediation: r", "remediation: r\n  tests: [{name: &a n, expect: none, input: {rung: *a}}]"):  "load rules r.yaml:8:52: aliases are not read",
		one("slot.rung == 'x'", strings.Repeat("(", 200)+"true"+strings.Repeat(")", 200)):                  "expression recursion limit exceeded: 60",
	} {
		_, err := Load(fstest.MapFS{"r.yaml": {Data: []byte(in)}})
		if err == nil || err.Error() != want && !(strings.Contains(want, "recursion") && strings.Contains(err.Error(), want)) {
			t.Errorf("%.120q:\n%v\nwant\n%s", in, err, want)
		}
	}
	if _, err := Load(fstest.MapFS{"r.yaml": {Data: make([]byte, maxFile+1)}}); err == nil || err.Error() != "load rules r.yaml: the file has more than 1048576 bytes" {
		t.Errorf("a large file: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(good)
	f.Add("- {id: A1, title: t, severity: low, scope: slot, when: 'slot.evidence.exists(e, e.contains(\"x\"))', message: m, remediation: r, tests: [{name: n, expect: none, input: {key: {rotation: true}}}]}")
	f.Add("- {id: A1, title: t, severity: low, scope: resource, when: \"resource['tags'].size() > 0 ? 1 : 'x'\", message: m, remediation: r, tests: [{name: n, expect: undecided, unknown: [resource.tags]}]}")
	f.Add("- &a {id: *a}\n---\n[]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Load(fstest.MapFS{"r.yaml": {Data: []byte(text)}})
		if err != nil {
			if !strings.Contains(err.Error(), "load rules") {
				t.Fatal(err)
			}
			return
		}
		for _, r := range s.Test() {
			if r.Pass != (r.Got == r.Want) || (r.Got == Undecided) != (r.Why != "") {
				t.Fatalf("%+v", r)
			}
		}
		s.Untested()
	})
}

func BenchmarkJudge(b *testing.B) {
	s, err := Load(fstest.MapFS{"r.yaml": {Data: []byte(good)}})
	if err != nil {
		b.Fatal(err)
	}
	rules := s.Rules()
	r := &inventory.Resource{ID: "x", Type: "T", Tags: inventory.Tags{Known: map[string]string{"env": "prod"}}}
	slot := &bedlock.Slot{Rung: bedlock.Unkeyed}
	b.ReportAllocs()
	for b.Loop() {
		rules.Judge(audit.CustomSubject{Scope: audit.ScopeSlot, Resource: r, Slot: slot})
	}
}
