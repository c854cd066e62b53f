package fix

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
)

// TestWhoNamesVersions: what an update of any service can name a version of a guardrail or a prompt
// with is a draft that consumers reads, or the guardrail that an account enforces, which is listed.
func TestWhoNamesVersions(t *testing.T) {
	var got []string
	for _, service := range model.Services() {
		api, err := model.Load(service)
		if err != nil {
			t.Fatal(err)
		}
		for name, op := range api.Operations {
			if !slices.ContainsFunc([]string{"Update", "Put", "Set", "Modify", "Associate"}, func(verb string) bool { return strings.HasPrefix(name, verb) }) {
				continue
			}
			open := map[string]bool{}
			var walk func(shape string) bool
			walk = func(shape string) bool {
				s := api.Shapes[shape]
				if s == nil || open[shape] {
					return false
				}
				open[shape] = true
				found := s.Element != nil && walk(s.Element.Shape)
				for _, m := range s.Members {
					named := strings.ToLower(m.Name)
					found = walk(m.Shape) || found || named == "guardrailversion" || named == "promptarn" || named == "promptversion"
				}
				return found
			}
			if op.Input != "" && walk(op.Input) {
				got = append(got, service+" "+name)
			}
		}
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"bedrock PutEnforcedGuardrailConfiguration", "bedrock-agent UpdateAgent", "bedrock-agent UpdateFlow"}, got); d != "" {
		t.Error(d)
	}
}

var here = Place{"111122223333", "eu-west-1"}

// TestRepin: every place in which a version is named is found, loops within flows too, by whatever form
// of the identifier, and nothing else is touched.
func TestRepin(t *testing.T) {
	const guardrail, prompt = "arn:aws:bedrock:eu-west-1:111122223333:guardrail/g", "arn:aws:bedrock:eu-west-1:111122223333:prompt/p"
	from := wire.Object{
		"guardrailConfiguration": wire.Object{"guardrailIdentifier": "g", "guardrailVersion": "1"},
		"nodes": []any{
			wire.Object{"loop": wire.Object{"definition": wire.Object{"nodes": []any{wire.Object{"guardrailIdentifier": guardrail, "guardrailVersion": "2", "trace": "enabled"}}}}},
			wire.Object{"promptArn": prompt + ":3"}, wire.Object{"promptArn": prompt}, wire.Object{"guardrailIdentifier": "g", "guardrailVersion": "DRAFT"},
			wire.Object{"additionalModelRequestFields": wire.Object{"guardrailIdentifier": "g", "guardrailVersion": "1"}}, wire.Object{"guardrailVersion": "1"},
		},
	}
	if d := cmp.Diff([]pin{{guardrail, "1"}, {guardrail, "2"}, {guardrail, "DRAFT"}, {prompt, "3"}}, sorted(pinsIn(from, here)), cmp.AllowUnexported(pin{})); d != "" {
		t.Error(d)
	}
	got := repin(from, here, func(p pin) string {
		if p == (pin{guardrail, "2"}) || p.of == prompt {
			return Ref("s01-publish-x", "version")
		}
		return p.version
	}).(wire.Object)
	want := from.Clone()
	want.Objects("nodes")[0].Objects("loop.definition.nodes")[0]["guardrailVersion"] = "${s01-publish-x:version}"
	want.Objects("nodes")[1]["promptArn"] = prompt + ":${s01-publish-x:version}"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	s := Step{After: got.With(wire.Object{"description": "${s01-publish-x:version}"})}
	if d := cmp.Diff(want.With(wire.Object{"description": "d"}), s.Renamed(from.With(wire.Object{"description": "d"}))); d != "" {
		t.Errorf("renamed: %s", d)
	}
	if from.Objects("nodes")[1].Text("promptArn") != prompt+":3" {
		t.Error("what was given is changed")
	}
}

func sorted(list []pin) []pin {
	slices.SortFunc(list, func(a, b pin) int { return strings.Compare(a.of+a.version, b.of+b.version) })
	return list
}

// TestLearned: a number is the step's own only if it stands where it should, is new, and nothing else
// is different.
func TestLearned(t *testing.T) {
	s := &Step{ID: "s01-publish-a", Learn: &Learn{But: []string{"DRAFT", "1"}}}
	after := wire.Object{"name": "live", "routing": []any{wire.Object{"version": Ref(s.ID, "version")}}}
	state := func(name, version string) wire.Object {
		return wire.Object{"name": name, "routing": []any{wire.Object{"version": version}}}
	}
	for _, c := range []struct {
		now  wire.Object
		want string
	}{
		{state("live", "2"), "2"}, {state("live", "1"), ""}, {state("live", "DRAFT"), ""}, {state("other", "2"), ""}, {state("live", ""), ""},
		{wire.Object{"name": "live", "routing": []any{wire.Object{}}}, ""}, {wire.Object{"name": "live", "routing": []any{}}, ""}, {nil, ""},
		{state("live", "2").With(wire.Object{"more": true}), ""},
	} {
		if got := s.Learned(after, c.now).Text("version"); got != c.want {
			t.Errorf("%v: %q", c.now, got)
		}
	}
}
