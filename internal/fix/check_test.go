package fix

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
)

// learning is a plan with a step that learns and makes.
func learning() *Plan {
	list := Versions{List: kms("ListAgentVersions", wire.Object{}), Items: "agentVersionSummaries", Name: "agentVersion"}
	version := "${s01-publish-agent-a:version}"
	return &Plan{Target: Target{Aim: New, Per: PerRegion, Alias: "alias/app"}, Steps: []Step{{
		ID: "s01-publish-agent-a", Kind: Publish, Title: "publish", State: &State{Read: kms("GetAgentAlias", wire.Object{})},
		Before: wire.Object{"routingConfiguration": []any{wire.Object{"agentVersion": "1"}}}, After: wire.Object{"routingConfiguration": []any{wire.Object{"agentVersion": version}}},
		Learn: &Learn{Versions: list, But: []string{"DRAFT", "1"}}, Makes: &Makes{State: State{Read: kms("GetAgentVersion", wire.Object{"agentVersion": version})}, Want: wire.Object{"key": "k"}, Versions: list},
		Do: []Call{kms("UpdateAgentAlias", wire.Object{})}, Undo: []Call{kms("DeleteAgentVersion", wire.Object{"agentVersion": version})},
	}}}
}

// TestWithoutIsSealed: who is passed over by a rehearsal is not changed by an edit of the file.
func TestWithoutIsSealed(t *testing.T) {
	p := aPlan()
	plain := written(t, p)
	edited := bytes.Replace(plain, []byte(`  "subjects": [`), []byte(`  "without": ["arn:aws:iam::111122223333:role/app"],`+"\n"+`  "subjects": [`), 1)
	if bytes.Equal(plain, edited) {
		t.Fatal("nothing was edited")
	}
	p.Without = []string{"arn:aws:iam::111122223333:role/app"}
	same := written(t, p)
	if _, err := Read(same); err != nil {
		t.Error(err)
	}
	if _, err := Read(edited); err == nil {
		t.Error("the edit was not seen")
	}
}

// FuzzCheck holds that of a plan that was checked everything can be asked, whoever has sealed it.
func FuzzCheck(f *testing.F) {
	for _, p := range []*Plan{aPlan(), learning()} {
		if err := p.Check(); err != nil {
			f.Fatal(err)
		}
		b, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Plan
		if json.Unmarshal(b, &p) != nil || p.Check() != nil {
			return
		}
		p.References()
		for i := range p.Steps {
			s := &p.Steps[i]
			s.Calls()
			s.Made()
			if s.Learn == nil {
				continue
			}
			s.Learn.More(s.Before)
			for _, now := range []wire.Object{s.Before, s.After} {
				if answer := s.Learned(s.After, now); answer != nil {
					if filled, err := (Answers{s.ID: answer}).Object(s.After); err != nil || !Equal(filled, now) {
						t.Errorf("learned %v of %v: %v", answer, now, err)
					}
				}
			}
		}
		if err := p.Seal(); err != nil {
			t.Error(err)
		}
	})
}
