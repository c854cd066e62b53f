package rehearse_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/inventory"
)

const appliers = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
      - {name: weak, path: /ops/, policies: {keys: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "kms:*", Resource: "*"}]}}}
    roles:
      - {name: strong, path: /ops/, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]}
      - {name: reader, trust: {Version: "2012-10-17", Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}}, policies: {read: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["kms:Describe*", "kms:List*", "kms:Get*", "bedrock:Get*"], Resource: "*"}]}}}
calls:
  - account: "111122223333"
    region: eu-west-1
    as: user/admin
    do: bedrock:CreateGuardrail
    with: {name: intake, blockedInputMessaging: "no", blockedOutputsMessaging: "no", wordPolicyConfig: {wordsConfig: [{text: secret}]}}
`

// noControl is assumed of an inventory that was read without the organization.
const noControl = "the control policies of account 111122223333 deny nothing: they were not read (--organization reads them)"

// TestApplier: the plan is applied by whoever would, with the policies of the inventory.
func TestApplier(t *testing.T) {
	p := fixtest.Open(t, appliers)
	q := p.Request(newKey, fix.Selection{}, "AWS::Bedrock::Guardrail")
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	const account = "arn:aws:iam::111122223333:"
	for _, c := range []struct {
		role, as, refused string
		standIn           bool
	}{
		{standIn: true},
		{role: "nobody", standIn: true},
		{as: account + "user/nobody", standIn: true},
		{as: "arn:aws:iam::444455556666:user/admin", standIn: true},
		{as: account + "user/admin"},
		{role: account + "role/ops/strong"},
		{as: "arn:aws:sts::111122223333:assumed-role/strong/session"},
		{as: account + "user/ops/weak", refused: "is not authorized to perform: bedrock:GetGuardrail"},
		{role: "reader", refused: "is not authorized to perform: kms:CreateKey"},
	} {
		r := rehearsed(t, q.Inventory, plan, func(o *rehearse.Options) { o.Role, o.As = c.role, c.as })
		want := []string{noControl}
		if c.standIn {
			want = append(want, "in account 111122223333 the plan is applied by a role that may do all that control policies and key policies leave to the account")
		}
		slices.Sort(want)
		if got := slices.Sorted(slices.Values(r.Assumed)); !slices.Equal(got, want) {
			t.Errorf("%s%s: assumed %q", c.role, c.as, r.Assumed)
		}
		refused := slices.ContainsFunc(r.Unexpected, func(text string) bool {
			return c.refused != "" && strings.HasPrefix(text, "step ") && strings.Contains(text, c.refused)
		})
		if r.OK == (c.refused != "") || refused == r.OK {
			t.Errorf("%s%s: in order %v, unexpected %q, left %q", c.role, c.as, r.OK, r.Unexpected, r.Left)
		}
	}
}

// TestPolicyOfAWS: a managed policy of AWS that the plane does not know counts by its text.
func TestPolicyOfAWS(t *testing.T) {
	p := fixtest.Open(t, appliers)
	q := p.Request(newKey, fix.Selection{}, "AWS::Bedrock::Guardrail")
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	long := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.Repeat(`ec2:Describe*","`, 1000) + `kms:*","bedrock:*"],"Resource":"*"}]}`
	inv := other(t, q.Inventory, func(p *inventory.Parts) {
		for i := range p.Principals {
			if who := &p.Principals[i]; who.Name.Or("") == "reader" {
				who.Policies = []inventory.NamedPolicy{{Name: "Unheard", ARN: known("arn:aws:iam::aws:policy/job-function/Unheard"), Policy: document(long)}}
			}
		}
	})
	r := rehearsed(t, inv, plan, func(o *rehearse.Options) { o.Role = "reader" })
	if !r.OK || len(r.Left) > 0 || !slices.Equal(r.Assumed, []string{noControl}) {
		t.Errorf("unexpected %q, left %q, assumed %q", r.Unexpected, r.Left, r.Assumed)
	}
}

// TestHalfAnAccount: a rehearsal that does not know every user and role is not in order.
func TestHalfAnAccount(t *testing.T) {
	p := fixtest.Open(t, appliers)
	q := p.Request(newKey, fix.Selection{}, "AWS::Bedrock::Guardrail")
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	inv := other(t, q.Inventory, func(p *inventory.Parts) { p.Accounts[0].Complete = false })
	want := "not all users, groups and roles of account 111122223333 are in the inventory: whose access changes beside those that are is not known"
	if r := rehearsed(t, inv, plan, func(*rehearse.Options) {}); r.OK || !slices.Contains(r.Left, want) {
		t.Errorf("in order %v, left %q", r.OK, r.Left)
	}
}
