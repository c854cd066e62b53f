package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
)

// TestCustomRules: the verdicts of rules that the user brought become findings in
// their places; what could not be decided is one finding for each rule.
func TestCustomRules(t *testing.T) {
	custom := &CustomRules{
		Rules: []bedlock.Rule{{ID: "ORG-1", Severity: bedlock.High, Remediation: "fix it", Custom: true}, {ID: "ORG-2", Severity: bedlock.Low, Remediation: "look", Custom: true}},
		Judge: func(s CustomSubject) []CustomVerdict {
			switch s.Scope {
			case ScopeSlot:
				if s.Slot.Rung == bedlock.Exposed && s.Key != nil {
					return []CustomVerdict{{Rule: 0, Message: "exposed is not enough"}}
				}
				return []CustomVerdict{{Rule: 1, Undecided: "no such key: owner"}}
			case ScopeKey:
				return []CustomVerdict{{Rule: 1, Message: "a key"}}
			}
			return []CustomVerdict{{Rule: 0, Message: "a resource"}}
		},
	}
	x, err := ParseExceptions("ex.yaml", []byte(`[{rule: ORG-2, subject: Key, reason: r, expires: 2027-01-01, owner: o}]`))
	if err != nil {
		t.Fatal(err)
	}
	out := audit(t, sample(), func(o *Options) { o.Custom, o.Exceptions = custom, x })
	out.rules()
	var got []string
	for _, m := range out.messages {
		if m.Slot != nil || m.Finding != nil && (m.Finding.Rule == "BDL904" || m.Finding.Rule[:3] == "ORG") {
			got = append(got, line(m))
		}
	}
	want := []string{
		"slot t.yaml#Guard configuration exposed",
		"finding ORG-1 support open support: exposed is not enough",
		"finding ORG-1 support open support: a resource",
		"slot t.yaml#Helper agent unkeyed",
		"slot t.yaml#Helper memory unkeyed",
		"finding ORG-1 Helper open Helper: a resource",
		"finding ORG-2 Key excepted Key: a key",
		"finding BDL904 ORG-2 open custom rule ORG-2 could not be decided for 2 subjects",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	last := out.findings[len(out.findings)-1]
	if diff := cmp.Diff([]string{"Helper: no such key: owner", "Helper: no such key: owner"}, texts(last.Evidence)); diff != "" {
		t.Errorf("evidence (-want +got)\n%s", diff)
	}
}
