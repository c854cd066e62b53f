package apply_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

const sidEstate = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "logs:CreateLogGroup", with: {logGroupName: /l}}
`

// TestSidTaken: a key policy gets what it lacks though its statements have the names of those that
// are added, and every statement that was there stays word for word.
func TestSidTaken(t *testing.T) {
	p := fixtest.Open(t, sidEstate)
	key := p.Call("kms", "CreateKey", wire.Object{}).Text("KeyMetadata.Arn")
	policy := func() string {
		return p.Call("kms", "GetKeyPolicy", wire.Object{"KeyId": key, "PolicyName": "default"}).Text("Policy")
	}
	plan := func() *fix.Plan {
		return p.Plan(fix.Target{Aim: fix.Existing, Key: key}, fix.Selection{}, "AWS::Logs::LogGroup")
	}
	added := func(plan *fix.Plan) string {
		for _, s := range plan.Steps {
			if s.Kind == fix.KeyPolicy {
				return s.Do[0].Input.Text("Policy")
			}
		}
		return ""
	}
	first := added(plan())
	_, rest, _ := strings.Cut(first, `"Sid":"`)
	name, _, ok := strings.Cut(rest[strings.Index(rest, `"Sid":"`)+len(`"Sid":"`):], `"`)
	if !ok || !strings.Contains(name, "logs") {
		t.Fatalf("the policy is to be %s, of which %q is added", first, name)
	}
	before := strings.Replace(policy(), "Enable IAM User Permissions", name, 1)
	if !strings.Contains(before, name) {
		before = strings.Replace(policy(), `"Effect"`, `"Sid":"`+name+`","Effect"`, 1)
	}
	p.Call("kms", "PutKeyPolicy", wire.Object{"KeyId": key, "PolicyName": "default", "Policy": before})
	before = policy()
	second := plan()
	if text := added(second); strings.Count(text, `"Sid":"`+name+`"`) != 1 || !strings.Contains(text, `"Sid":"`+name+` 2"`) {
		t.Fatalf("the policy is to be %s", text)
	}
	j, err := apply.Create(filepath.Join(t.TempDir(), "journal"), second, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	o := apply.Options{Estate: p.Estate(), Poll: time.Millisecond, Pause: time.Millisecond}
	if err := apply.Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if err := apply.Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	var was, is any
	if err := errors.Join(json.Unmarshal([]byte(before), &was), json.Unmarshal([]byte(policy()), &is)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(was, is); d != "" {
		t.Error(d)
	}
}
