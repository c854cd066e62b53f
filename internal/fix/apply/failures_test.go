package apply

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// refusal is an error of a service.
type refusal string

func (r refusal) Error() string     { return string(r) + ": made up by the test" }
func (r refusal) ErrorCode() string { return string(r) }

// faulty is an estate in which one call goes wrong.
type faulty struct {
	fix.Estate
	n, at int
	// fault is how: it may make the call.
	fault func(make func() (wire.Object, error)) (wire.Object, error)
	hit   string
	once  bool
}

func (f *faulty) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	f.n++
	call := func() (wire.Object, error) { return f.Estate.Call(ctx, at, c) }
	if f.n == f.at || f.n > f.at && f.at > 0 && !f.once && c.Operation == f.hit {
		f.hit = c.Operation
		return f.fault(call)
	}
	return call()
}

// faults are the ways in which a call can go wrong.
var faults = []struct {
	name  string
	once  bool
	fatal bool // the run cannot go on
	fault func(func() (wire.Object, error)) (wire.Object, error)
}{
	{name: "throttled", once: true, fault: func(func() (wire.Object, error)) (wire.Object, error) {
		return nil, refusal("ThrottlingException")
	}},
	{name: "denied", fatal: true, fault: func(func() (wire.Object, error)) (wire.Object, error) {
		return nil, refusal("AccessDeniedException")
	}},
	{name: "lost", once: true, fault: func(call func() (wire.Object, error)) (wire.Object, error) {
		if _, err := call(); err != nil {
			return nil, err
		}
		return nil, errors.New("read: connection reset by peer")
	}},
	{name: "not sent", once: true, fault: func(func() (wire.Object, error)) (wire.Object, error) {
		return nil, errors.New("dial: connection refused")
	}},
}

// TestFailureMatrix lets every call of a plan go wrong, in every way. What can be made again is;
// what cannot is taken back, and the estate is as it was.
func TestFailureMatrix(t *testing.T) {
	p := fixtest.Open(t, small)
	plan := p.Plan(newKey, fix.Selection{})
	original := snapshot(t, p, plan)
	for _, f := range faults {
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			for at := 1; ; at++ {
				j, err := Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
				if err != nil {
					t.Fatal(err)
				}
				e := &faulty{Estate: p.Estate(), at: at, fault: f.fault, once: f.once}
				err = Apply(t.Context(), j, quick(e))
				if e.hit == "" {
					if err != nil {
						t.Fatal(err)
					}
					at = -1
				}
				what := fmt.Sprintf("call %d, %s", e.at, e.hit)
				switch {
				case f.fatal && e.hit != "" && (err == nil || fix.Code(err) != "AccessDeniedException"):
					t.Fatalf("%s: %v", what, err)
				case !f.fatal && err != nil:
					t.Fatalf("%s: %v", what, err)
				case err == nil:
					if err := reached(t, p, j); err != nil {
						t.Fatalf("%s: %v", what, err)
					}
				}
				if err := Undo(t.Context(), j, quick(p.Estate())); err != nil {
					t.Fatalf("%s, back: %v", what, err)
				}
				if d := cmp.Diff(original, snapshot(t, p, plan)); d != "" {
					t.Fatalf("%s, back: %s", what, d)
				}
				_ = j.Close()
				if at < 0 {
					t.Logf("%d calls", e.n)
					return
				}
			}
		})
	}
}

// TestFailuresOnTheWayBack lets every call of the way back go wrong. A second attempt finishes it.
func TestFailuresOnTheWayBack(t *testing.T) {
	p := fixtest.Open(t, small)
	plan := p.Plan(newKey, fix.Selection{})
	original := snapshot(t, p, plan)
	for _, f := range faults {
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			for at, hit := 1, "begin"; hit != ""; at++ {
				j, err := Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
				if err != nil {
					t.Fatal(err)
				}
				if err := Apply(t.Context(), j, quick(p.Estate())); err != nil {
					t.Fatal(err)
				}
				e := &faulty{Estate: p.Estate(), at: at, fault: f.fault, once: f.once}
				err = Undo(t.Context(), j, quick(e))
				hit = e.hit
				if f.fatal != (err != nil) && hit != "" {
					t.Fatalf("call %d, %s: %v", at, hit, err)
				}
				if err := Undo(t.Context(), j, quick(p.Estate())); err != nil {
					t.Fatalf("call %d, %s, again: %v", at, hit, err)
				}
				if d := cmp.Diff(original, snapshot(t, p, plan)); d != "" {
					t.Fatalf("call %d, %s: %s", at, hit, d)
				}
				_ = j.Close()
			}
		})
	}
}

// TestConflicts: somebody else changes what a step is about, at every moment of the run. Nothing
// of theirs is written over.
func TestConflicts(t *testing.T) {
	p := fixtest.Open(t, small)
	plan := p.Plan(newKey, fix.Selection{Types: []string{"AWS::Bedrock::Prompt"}})
	id := plan.Steps[len(plan.Steps)-1].State.Read.Input.Text("promptIdentifier")
	theirs := func(description string) {
		now := p.Call("bedrock-agent", "GetPrompt", wire.Object{"promptIdentifier": id})
		p.Call("bedrock-agent", "UpdatePrompt", now.Pick("name", "defaultVariant", "variants", "customerEncryptionKeyArn").With(wire.Object{"promptIdentifier": id, "description": description}))
	}
	for at := 1; ; at++ {
		j, err := Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		changed := false
		e := &meddled{Estate: p.Estate(), at: at, meddle: func() { changed = true; theirs("theirs") }}
		err = Apply(t.Context(), j, quick(e))
		if !changed {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		var conflict *ConflictError
		if !errors.As(err, &conflict) && err != nil {
			t.Fatalf("before call %d: %v", at, err)
		}
		now := p.Call("bedrock-agent", "GetPrompt", wire.Object{"promptIdentifier": id})
		if e.written == "UpdatePrompt" {
			// It came between the last look and the write, which no API of Bedrock can prevent.
			t.Logf("before call %d: written over", at)
		} else if now.Text("description") != "theirs" {
			t.Fatalf("before call %d, %s: the description is %q", at, e.written, now.Text("description"))
		} else if conflict == nil && err == nil {
			t.Logf("before call %d: after the last look", at)
		} else if got := err.Error(); !strings.Contains(got, "description differs") || !strings.Contains(got, "nothing was written over it") {
			t.Fatalf("before call %d: %s", at, got)
		}
		_ = j.Close()
		// Back to the beginning by hand, for the next moment.
		p.Call("bedrock-agent", "UpdatePrompt", now.Pick("name", "defaultVariant", "variants").With(wire.Object{"promptIdentifier": id, "description": "d"}))
		for _, a := range p.Call("kms", "ListAliases", wire.Object{}).Objects("Aliases") {
			if a.Text("AliasName") == "alias/bedrock" {
				p.Call("kms", "DeleteAlias", wire.Object{"AliasName": "alias/bedrock"})
			}
		}
	}
}

// meddled is an estate in which somebody else does something before a call.
type meddled struct {
	fix.Estate
	n, at   int
	meddle  func()
	written string
}

func (m *meddled) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	m.n++
	if m.n == m.at {
		m.written = c.Operation
		m.meddle()
	}
	return m.Estate.Call(ctx, at, c)
}

var newKey = fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock"}

const small = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: g, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreatePrompt", with: {name: p, description: d, defaultVariant: a, variants: [{name: a, templateType: TEXT, templateConfiguration: {text: {text: hello}}}]}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "logs:CreateLogGroup", with: {logGroupName: /l}}
`
