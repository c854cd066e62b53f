package verify_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/verify"
	"github.com/bedlock/bedlock/internal/wire"
)

// steps are the steps of a record that are not as planned, with why.
func steps(r *verify.Record) (out []string) {
	for _, s := range r.Steps {
		if s.Verdict != verify.AsPlanned {
			out = append(out, s.ID+": "+s.Why+strings.Join(s.Differences, ", "))
		}
	}
	return out
}

// TestVersions: versions are verified with the keys that they have, by the numbers in the journal or,
// without one, by the last that there are; after undo they are gone.
func TestVersions(t *testing.T) {
	p := fixtest.Open(t, fixtest.Production)
	q := p.Request(newKey, fix.Selection{Types: []string{"AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent"}})
	q.Publish = true
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	plan = fixtest.Again(t, plan)
	j, err := apply.Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	m := moved{p, t, plan, j}
	without := func(o *verify.Options) { o.Answers = nil }
	before := steps(m.verify(without))
	if len(before) != len(plan.Steps) {
		t.Errorf("before the run: %q", before)
	}
	if err := apply.Apply(t.Context(), j, m.options()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*verify.Options){"journal": nil, "no journal": without} {
		if got := steps(m.verify(change)); len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
	alias := plan.Steps[len(plan.Steps)-1].Do[0].Input
	p.Call("bedrock-agent", "UpdateAgentAlias", alias.With(wire.Object{"routingConfiguration": []any{wire.Object{"agentVersion": "1"}}}))
	if d := cmp.Diff([]string{"s08-publish-agent-a: routingConfiguration[0].agentVersion differs"}, steps(m.verify(nil))); d != "" {
		t.Errorf("the alias was moved: %s", d)
	}
	p.Call("bedrock-agent", "UpdateAgentAlias", alias.With(wire.Object{"routingConfiguration": []any{wire.Object{"agentVersion": "2"}}}))
	if err := apply.Undo(t.Context(), j, m.options()); err != nil {
		t.Fatal(err)
	}
	if got := steps(m.verify(nil)); len(got) > 0 {
		t.Errorf("after undo: %q", got)
	}
	guardrail := plan.Step("s06-publish-guardrail-g").Do[0].Input.Text("guardrailIdentifier")
	for range 2 { // numbers are not used again
		p.Call("bedrock", "CreateGuardrailVersion", wire.Object{"guardrailIdentifier": guardrail})
	}
	if got := steps(m.verify(nil)); len(got) > 0 {
		t.Errorf("after undo, and versions of others: %q", got)
	}
}
