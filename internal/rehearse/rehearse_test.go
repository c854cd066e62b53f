package rehearse_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// company has a guardrail, a flow with a role, and keys of all kinds.
const company = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
      - {name: stranger}
    roles:
      - name: app
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies: {models: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:*", Resource: "*"}]}}
    keys:
      - {region: eu-west-1, alias: alias/old, rotation: true}
      - {region: eu-west-1, alias: alias/signing, spec: ECC_NIST_P256, usage: SIGN_VERIFY}
calls:
  - account: "111122223333"
    region: eu-west-1
    as: user/admin
    do: bedrock:CreateGuardrail
    with: {name: intake, description: "of the ward", blockedInputMessaging: "no", blockedOutputsMessaging: "no", wordPolicyConfig: {wordsConfig: [{text: secret}]}, tags: [{key: "bedlock:isolation-group", value: north}]}
  - account: "111122223333"
    region: eu-west-1
    as: user/admin
    do: bedrock:CreateGuardrail
    with: {name: southern, blockedInputMessaging: "no", blockedOutputsMessaging: "no", wordPolicyConfig: {wordsConfig: [{text: secret}]}, kmsKeyId: "${key:alias/old}", tags: [{key: "bedlock:isolation-group", value: south}]}
  - account: "111122223333"
    region: eu-west-1
    as: user/admin
    do: bedrock-agent:CreateFlow
    with: {name: rounds, executionRoleArn: "arn:aws:iam::111122223333:role/app"}
`

func rehearsed(t testing.TB, inv *inventory.Inventory, plan *fix.Plan, change ...func(*rehearse.Options)) *rehearse.Report {
	t.Helper()
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	o := rehearse.Options{Inventory: inv, Catalog: known, Plan: plan}
	for _, f := range change {
		f(&o)
	}
	r, err := rehearse.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var newKey = fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/new"}

// planned is the inventory of the company, and a plan for one of its resources. An alias as the
// target is that of a key that is there.
func planned(t testing.TB, name, to string) (*inventory.Inventory, *fix.Plan) {
	t.Helper()
	p := fixtest.Open(t, company)
	target := newKey
	if to != "" {
		target = fix.Target{Aim: fix.Existing, Key: p.Call("kms", "DescribeKey", wire.Object{"KeyId": to}).Text("KeyMetadata.Arn")}
	}
	q := p.Request(target, fix.Selection{Resources: []string{name}}, "AWS::Bedrock::Guardrail", "AWS::Bedrock::Flow")
	q.FindCallers = true
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return q.Inventory, fixtest.Again(t, plan)
}

// edited is a plan whose text was changed, sealed as if it had been made so.
func edited(t testing.TB, p *fix.Plan, old, new string) *fix.Plan {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("the plan has no %s: %s", old, b)
	}
	var out fix.Plan
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(b), old, new)), &out); err != nil {
		t.Fatal(err)
	}
	if err := out.Seal(); err != nil {
		t.Fatal(err)
	}
	return &out
}

// policy changes the statements of the key that a plan creates.
func policy(t testing.TB, p *fix.Plan, change func(statements []map[string]any) []map[string]any) {
	t.Helper()
	in := p.Steps[0].Do[0].Input
	var doc struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(in.Text("Policy")), &doc); err != nil {
		t.Fatal(err)
	}
	doc.Statement = change(doc.Statement)
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	in["Policy"] = string(b)
	if err := p.Seal(); err != nil {
		t.Fatal(err)
	}
}

// of are the statements that name somebody.
func of(who string, s map[string]any) bool {
	b, _ := json.Marshal(s["Principal"])
	return strings.Contains(string(b), who)
}

// other is an inventory with something else in it.
func other(t testing.TB, inv *inventory.Inventory, change func(*inventory.Parts)) *inventory.Inventory {
	t.Helper()
	var b bytes.Buffer
	if err := inventory.Write(&b, inv); err != nil {
		t.Fatal(err)
	}
	again, err := inventory.Read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	parts := again.Parts()
	change(&parts)
	if inv, err = inventory.New(parts); err != nil {
		t.Fatal(err)
	}
	return inv
}

func known[T any](v T) inventory.Value[T] { return inventory.Known(v, bedlock.Position{}) }

func document(text string) inventory.Value[inventory.Policy] {
	return known(inventory.Policy{Text: text})
}

// says wants a report that is not in order, with a sentence that has each of the parts.
func says(t *testing.T, r *rehearse.Report, parts ...string) {
	t.Helper()
	if r.OK {
		t.Error("the rehearsal is in order")
	}
	for _, text := range r.Unexpected {
		all := true
		for _, part := range parts {
			all = all && strings.Contains(text, part)
		}
		if all {
			return
		}
	}
	t.Errorf("nothing says %q:\n%s\nleft:\n%s", parts, strings.Join(r.Unexpected, "\n"), strings.Join(r.Left, "\n"))
}

// TestAllIsWell: nothing is unexpected of plans that are right, and all of them is there.
func TestAllIsWell(t *testing.T) {
	for _, c := range []struct{ name, to string }{{"intake", ""}, {"rounds", ""}, {"rounds", "alias/old"}, {"southern", ""}} {
		inv, plan := planned(t, c.name, c.to)
		r := rehearsed(t, inv, plan)
		if !r.OK || len(r.Unexpected)+len(r.Left) > 0 || len(r.Configuration) != 1 || len(r.Uses) == 0 || r.Compared.Principals < 3 || r.Compared.Actions < 40 {
			t.Errorf("%s to %q: unexpected %q, left %q; %d uses, %+v", c.name, c.to, r.Unexpected, r.Left, len(r.Uses), r.Compared)
		}
		for _, s := range r.Steps {
			if s.Outcome != rehearse.Done {
				t.Errorf("%s: step %s is %s: %s", c.name, s.ID, s.Outcome, s.Error)
			}
		}
	}
}

// TestCallersLose: who may call the service by its policies, and could not use the key, loses what
// works under a key of AWS, unless the plan says that it is to do without. The stranger calls nothing.
func TestCallersLose(t *testing.T) {
	p := fixtest.Open(t, company)
	q := p.Request(newKey, fix.Selection{Resources: []string{"intake"}}, "AWS::Bedrock::Guardrail")
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	const app = "arn:aws:iam::111122223333:role/app"
	r := rehearsed(t, q.Inventory, fixtest.Again(t, plan))
	says(t, r, `guardrail "intake", configuration: `+app+` can use it now and could not (use): kms:Decrypt: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/app/rehearsal is not authorized`)
	if len(r.Unexpected) != 2 {
		t.Errorf("%q", r.Unexpected)
	}
	q.Without = []string{app}
	if plan, err = fix.Make(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if r := rehearsed(t, q.Inventory, fixtest.Again(t, plan)); !r.OK {
		t.Errorf("%q", r.Unexpected)
	}
}

// TestUses: of each need there is who made it, before and after.
func TestUses(t *testing.T) {
	inv, plan := planned(t, "rounds", "")
	got := map[string]string{}
	for _, u := range rehearsed(t, inv, plan).Uses {
		got[u.Who+" "+u.For] = string(u.Before + ", " + u.After)
	}
	const role, user = "arn:aws:iam::111122223333:role/", "arn:aws:iam::111122223333:user/"
	want := map[string]string{
		role + "app create": "not asked, works", user + "admin create": "not asked, works", user + "stranger create": "not asked, denied",
		role + "app execute": "not asked, works",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestPolicyWithoutTheServiceRole(t *testing.T) {
	inv, plan := planned(t, "rounds", "")
	policy(t, plan, func(list []map[string]any) []map[string]any {
		for _, s := range list {
			if of("role/app", s) {
				s["Principal"] = map[string]any{"AWS": "arn:aws:iam::111122223333:root"}
			}
		}
		return list
	})
	says(t, rehearsed(t, inv, plan), `flow "rounds", content: arn:aws:iam::111122223333:role/app could not use the key (execute): kms:GenerateDataKey: AccessDeniedException`, "policy allows the kms:GenerateDataKey action")
}

func TestControlPolicyAgainstGrants(t *testing.T) {
	inv, plan := planned(t, "intake", "")
	inv = other(t, inv, func(p *inventory.Parts) {
		p.ControlPolicies = append(p.ControlPolicies,
			inventory.ControlPolicy{ID: "p-full", Policy: document(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)},
			inventory.ControlPolicy{ID: "p-nogrants", Policy: document(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:CreateGrant","Resource":"*"}]}`)})
		p.Accounts[0].Organization = known("o-a1b2c3d4e5")
		p.Accounts[0].SCPs = known([]inventory.Level{{Name: "r-ab12", Policies: []string{"p-full"}}, {Name: p.Accounts[0].ID, Policies: []string{"p-full", "p-nogrants"}}})
	})
	r := rehearsed(t, inv, plan)
	says(t, r, `guardrail "intake", configuration: arn:aws:iam::111122223333:role/app, arn:aws:iam::111122223333:user/admin can use it now and could not (create): kms:CreateGrant: AccessDeniedException`, "with an explicit deny in a service control policy")
	says(t, r, `"guardrail \"intake\": under alias/new", would fail: UpdateGuardrail: `)
}

func TestPolicyWithoutTheEncryptionContext(t *testing.T) {
	inv, plan := planned(t, "rounds", "")
	policy(t, plan, func(list []map[string]any) []map[string]any {
		for _, s := range list {
			if of("role/app", s) {
				delete(s, "Condition")
			}
		}
		return list
	})
	says(t, rehearsed(t, inv, plan), "the policy of key alias/new would allow what nothing needs: kms:", "by role app")
}

func TestBoundary(t *testing.T) {
	inv, plan := planned(t, "rounds", "")
	inv = other(t, inv, func(p *inventory.Parts) {
		for i := range p.Principals {
			if who := &p.Principals[i]; who.Name.Or("") == "app" {
				who.Boundary = known("arn:aws:iam::111122223333:policy/limits")
				who.BoundaryPolicy = document(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:*","Resource":"*"}]}`)
			}
		}
	})
	says(t, rehearsed(t, inv, plan), `flow "rounds", content: arn:aws:iam::111122223333:role/app could not use the key (execute): kms:GenerateDataKey: AccessDeniedException`, "because no permissions boundary allows")
}

func TestKeyOfAnotherTenant(t *testing.T) {
	inv, plan := planned(t, "intake", "alias/old")
	says(t, rehearsed(t, inv, plan), `guardrail "intake" is of isolation group "north", and would share key alias/old with guardrail "southern" of isolation group "south"`)
}

func TestLockOut(t *testing.T) {
	inv, plan := planned(t, "rounds", "")
	policy(t, plan, func(list []map[string]any) []map[string]any {
		return slices.DeleteFunc(list, func(s map[string]any) bool { return !of("role/app", s) })
	})
	says(t, rehearsed(t, inv, plan), `"create the key of alias/new", would fail: CreateKey: MalformedPolicyDocumentException`)
	plan.Steps[0].Do[0].Input["BypassPolicyLockoutSafetyCheck"] = true
	if err := plan.Seal(); err != nil {
		t.Fatal(err)
	}
	says(t, rehearsed(t, inv, plan), "would lock its account out")
}

// elsewhere is a plan to a key whose name in it was replaced.
func elsewhere(t *testing.T, inv *inventory.Inventory, plan *fix.Plan, key string) *rehearse.Report {
	t.Helper()
	for i := range plan.Steps {
		plan.Steps[i].Given = nil
	}
	plan.Steps = slices.DeleteFunc(plan.Steps, func(s fix.Step) bool { return s.Kind == fix.KeyPolicy })
	return rehearsed(t, inv, edited(t, plan, plan.Target.Key, key))
}

func TestKeyOfAnotherRegion(t *testing.T) {
	inv, plan := planned(t, "rounds", "alias/old")
	far := strings.Replace(plan.Target.Key, "eu-west-1", "us-east-1", 1)
	inv = other(t, inv, func(p *inventory.Parts) {
		k := *inv.Key(plan.Target.Key)
		k.ID, k.ARN, k.Name, k.Region = far, known(far), "alias/far", known("us-east-1")
		p.Keys = append(p.Keys, k)
	})
	r := elsewhere(t, inv, plan, far)
	says(t, r, `"flow \"rounds\": under alias/old", would fail: UpdateFlow: `)
	says(t, r, `flow "rounds", content: `, "key alias/far", "us-east-1")
}

func TestAsymmetricKey(t *testing.T) {
	inv, plan := planned(t, "rounds", "alias/old")
	for _, a := range inv.Parts().Aliases {
		if a.Name.Or("") == "alias/signing" {
			r := elsewhere(t, inv, plan, a.Key)
			says(t, r, `"flow \"rounds\": under alias/old", would fail: UpdateFlow: `)
			return
		}
	}
	t.Fatal("the source has no asymmetric key")
}

// TestLoss: what an update would lose is told, whatever the plan says of the state after it.
func TestLoss(t *testing.T) {
	inv, plan := planned(t, "intake", "")
	s := &plan.Steps[len(plan.Steps)-1]
	delete(s.Do[0].Input, "description")
	delete(s.After, "description")
	if err := plan.Seal(); err != nil {
		t.Fatal(err)
	}
	says(t, rehearsed(t, inv, plan), `guardrail "intake" would change beside its key: description is gone`)
}

// TestPartial: what the twin cannot hold is told, and keeps a rehearsal from being in order unless
// that is allowed.
func TestPartial(t *testing.T) {
	inv, plan := planned(t, "rounds", "")
	inv = other(t, inv, func(p *inventory.Parts) {
		for i := range p.Principals {
			if who := &p.Principals[i]; who.Name.Or("") == "app" {
				who.Policies[0].Policy = inventory.Unread[inventory.Policy]("denied", bedlock.Position{})
			}
		}
	})
	r := rehearsed(t, inv, plan)
	want := []string{"policy models of role app is not known: denied", `flow "rounds", content: where it would stand is unread`}
	if r.OK || len(r.Unexpected) > 0 || len(r.Left) != 2 || r.Left[0] != want[0] || !strings.HasPrefix(r.Left[1], want[1]) {
		t.Errorf("in order: %v, unexpected %q, left %q, want %q", r.OK, r.Unexpected, r.Left, want)
	}
	if r = rehearsed(t, inv, plan, func(o *rehearse.Options) { o.AllowPartial = true }); !r.OK || len(r.Left) != 2 {
		t.Errorf("in order: %v, left %q", r.OK, r.Left)
	}
}
