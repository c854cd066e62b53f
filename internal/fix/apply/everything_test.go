package apply_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// workshop is an account with the roles that resources name.
const workshop = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - name: service
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: [bedrock.amazonaws.com, bedrock-agentcore.amazonaws.com, lambda.amazonaws.com, states.amazonaws.com, firehose.amazonaws.com]}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/old}
`

// making is a call of the beginning: do is "service Operation", in its input with $names, which
// are found at a path of earlier answers.
type making struct{ name, do, in, at string }

// reading is a call whose answer is compared before, between and after; changes are the members
// that the plan changes.
type reading struct {
	do, in  string
	changes []string
}

// changing is a resource that goes under another key and back.
type changing struct {
	name    string
	types   []string // what is collected, and planned unless only says what is
	only    []string
	match   string     // the slot that is planned; empty: all
	target  fix.Target // empty: a new key
	made    []making
	read    []reading
	every   bool // also what has a key of the customer
	lasting bool // there is no way back
	back    []string
}

// ticking are members that AWS changes by itself.
var ticking = []string{
	"updatedAt", "preparedAt", "lastModifiedTime", "lastModifiedDate", "LastModified", "lastUpdatedAt", "LastModifiedDate", "LastChangedDate", "RevisionId", "revisionId",
	"optimizationTime", "updateDate", "LastUpdateTimestamp", "UpdatedTimestamp", "VersionId", "Version", "policyVersion", "LastModifiedUser", "TableStatus", "LastAccessedDate", "LastModifiedTimestamp", "versionId", "versionCreatedAt",
}

// still is an answer without the members that AWS changes by itself.
func still(v any) any {
	switch v := v.(type) {
	case wire.Object:
		out := wire.Object{}
		for name, inner := range v {
			if !slices.Contains(ticking, name) {
				out[name] = still(inner)
			}
		}
		return out
	case map[string]any: // a document
		return still(wire.Object(v))
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = still(v[i])
		}
		return out
	}
	return v
}

// bench is a plane with one case.
type bench struct {
	*fixtest.Plane
	t     *testing.T
	names []string // of strings.NewReplacer
}

func (b *bench) input(text string) wire.Object {
	b.t.Helper()
	in := wire.Object{}
	if err := json.Unmarshal([]byte(strings.NewReplacer(b.names...).Replace(text)), &in); err != nil {
		b.t.Fatalf("%s: %v", text, err)
	}
	return in
}

func (b *bench) do(do, in string) wire.Object {
	b.t.Helper()
	service, operation, _ := strings.Cut(do, " ")
	return b.Call(service, operation, b.input(in))
}

func (b *bench) make(list []making) {
	b.t.Helper()
	for _, m := range list {
		out := b.do(m.do, m.in)
		if m.name == "" {
			continue
		}
		text := out.Text(m.at)
		if text == "" {
			b.t.Fatalf("%s answers nothing at %s: %v", m.do, m.at, out)
		}
		b.names = slices.Concat([]string{m.name, text}, b.names)
	}
}

func (b *bench) read(list []reading) []wire.Object {
	b.t.Helper()
	var out []wire.Object
	for _, r := range list {
		out = append(out, still(b.do(r.do, r.in)).(wire.Object))
	}
	return out
}

// open makes what is there at the beginning, and a key for it.
func (c *changing) open(t *testing.T) (b *bench, old string) {
	t.Helper()
	b = &bench{fixtest.Open(t, workshop), t, nil}
	old = b.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/old"}).Text("KeyMetadata.Arn")
	b.names = []string{"$role", "arn:aws:iam::111122223333:role/service", "$old", old, "$oldid", old[len(old)-36:], "$model", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}
	b.make(c.made)
	if c.target.Aim == "" {
		c.target = newKey
	}
	if c.target.Key == "$old" {
		c.target.Key = old
	}
	return b, old
}

// plan plans it.
func (c *changing) plan(b *bench) *fix.Plan {
	b.t.Helper()
	only := fix.Selection{Types: c.only}
	if len(c.only) == 0 {
		only.Types = c.types
	}
	if c.every {
		only.Rungs = []bedlock.Rung{bedlock.Unkeyed, bedlock.AWSManaged, bedlock.Unusable, bedlock.Exposed, bedlock.Sound}
	}
	if c.match != "" {
		only.Match = func(_ *inventory.Resource, slot string) bool { return slot == c.match }
	}
	return b.Plan(c.target, only, c.types...)
}

// TestEverything: every resource that a plan can change, with all that it can have, goes under
// another key and back, and no other member of it changes.
func TestEverything(t *testing.T) {
	for _, c := range slices.Concat(bedrockChanges, storeChanges) {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			b, old := c.open(t)
			before := b.read(c.read)
			plan := c.plan(b)
			for _, s := range plan.Subjects {
				if c.target.Aim == fix.New && s.Reaches < s.Rung {
					t.Errorf("%s, %s: from %s to %s", s.Title, s.Slot, s.Rung, s.Reaches)
				}
			}
			j := journal(t, plan)
			o := apply.Options{Estate: b.Estate(), Told: told(t), Poll: time.Millisecond, Pause: time.Millisecond}
			if err := apply.Apply(t.Context(), j, o); err != nil {
				t.Fatal(err)
			}
			between := b.read(c.read)
			for i, r := range c.read {
				var changes []string
				for _, d := range fix.Compare(before[i], between[i]) {
					changes = append(changes, d.Path)
				}
				if d := cmp.Diff(r.changes, changes); d != "" {
					t.Errorf("%s changed: %s", r.do, d)
				}
				for _, path := range r.changes {
					if v := between[i].Text(path); c.target.Aim != fix.Default && v == old {
						t.Errorf("%s: %s is still %s", r.do, path, v)
					}
				}
			}
			err := apply.Undo(t.Context(), j, o)
			if c.lasting {
				if err == nil || !strings.Contains(err.Error(), "cannot be taken back") {
					t.Errorf("undo: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, out := range b.read(c.read) {
				var changes []string
				for _, d := range fix.Compare(before[i], out) {
					changes = append(changes, d.Path)
				}
				if d := cmp.Diff(c.back, changes); d != "" {
					t.Errorf("%s after undo: %s", c.read[i].do, d)
				}
			}
		})
	}
}

// TestTaken: the value of a parameter goes from the service back to it, and is in no file.
func TestTaken(t *testing.T) {
	p := fixtest.Open(t, workshop)
	p.Call("ssm", "PutParameter", wire.Object{"Name": "one", "Value": "hush", "Type": "SecureString", "AllowedPattern": "hu.*"})
	p.Call("ssm", "PutParameter", wire.Object{"Name": "two", "Value": "hush", "Type": "String"})
	plan := p.Plan(newKey, fix.Selection{}, "AWS::SSM::Parameter")
	path := filepath.Join(t.TempDir(), "journal")
	j, err := apply.Create(path, plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	o := apply.Options{Estate: p.Estate(), Told: told(t), Poll: time.Millisecond, Pause: time.Millisecond}
	if err := apply.Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if err := apply.Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "hush") || !strings.Contains(string(b), "${take:Parameter.Value}") {
		t.Errorf("the journal: %s", b)
	}
	var stays []string
	for _, s := range plan.Subjects {
		if s.Why != "" {
			stays = append(stays, s.Title+": "+s.Why)
		}
	}
	want := []string{`SSM parameter "two": Parameter Store does not change a String into a SecureString: the key comes with a new parameter`}
	if d := cmp.Diff(want, stays); d != "" {
		t.Error(d)
	}
}

// TestTakenIsNotTold: a refusal that repeats what was sent is told by its code alone.
func TestTakenIsNotTold(t *testing.T) {
	p := fixtest.Open(t, workshop)
	p.Call("ssm", "PutParameter", wire.Object{"Name": "one", "Value": "hush", "Type": "SecureString"})
	plan := p.Plan(newKey, fix.Selection{}, "AWS::SSM::Parameter")
	path := filepath.Join(t.TempDir(), "journal")
	j, err := apply.Create(path, plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	err = apply.Apply(t.Context(), j, apply.Options{Estate: talkative{p.Estate()}, Poll: time.Millisecond, Pause: time.Millisecond})
	if got, want := fmt.Sprint(err), "step s04-update-ssm-parameter-one: PutParameter: Nosy (what the service says of it may have the value in it, and is left out)"; got != want {
		t.Errorf("%s", got)
	}
	_ = j.Close()
	if b, err := os.ReadFile(path); err != nil || strings.Contains(string(b), "hush") {
		t.Errorf("%v, the journal: %s", err, b)
	}
}

// talkative is an estate that repeats the value of a parameter that it refuses.
type talkative struct{ fix.Estate }

func (e talkative) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Operation == "PutParameter" {
		return nil, nosy(c.Input.Text("Value"))
	}
	return e.Estate.Call(ctx, at, c)
}

type nosy string

func (n nosy) Error() string     { return "the value " + string(n) + " is refused" }
func (n nosy) ErrorCode() string { return "Nosy" }
