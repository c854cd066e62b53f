package awsapi

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// governed is a seed with an organization: what the API of Organizations adds to it is read.
const governed = `
accounts:
  "111122223333":
    name: management
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
  "444455556666":
    roles:
      - {name: audit, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]}
organization:
  id: o-a1b2c3d4e5
  management: "111122223333"
  root:
    id: r-ab12
    accounts: ["111122223333"]
    units:
      - {id: ou-ab12-11111111, name: clinics, accounts: ["444455556666"], scps: [FullAWSAccess, {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "sqs:*", Resource: "*"}]}]}
calls:
  - {account: "111122223333", region: us-east-1, as: user/admin, do: "organizations:CreatePolicy", with: {Name: keep keys, Description: d, Type: RESOURCE_CONTROL_POLICY, Content: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:ScheduleKeyDeletion","Resource":"*"}]}'}, keep: {policy: Policy.PolicySummary.Id}}
  - {account: "111122223333", region: us-east-1, as: user/admin, do: "organizations:AttachPolicy", with: {PolicyId: "${policy}", TargetId: "444455556666"}}
  - {account: "111122223333", region: us-east-1, as: user/admin, do: "organizations:CreateOrganizationalUnit", with: {ParentId: ou-ab12-11111111, Name: wards}, keep: {wards: OrganizationalUnit.Id}}
  - {account: "111122223333", region: us-east-1, as: user/admin, do: "organizations:MoveAccount", with: {AccountId: "444455556666", SourceParentId: ou-ab12-11111111, DestinationParentId: "${wards}"}}
`

// TestOrganizationOfThePlane: the plane's organization as the SDK reads it.
func TestOrganizationOfThePlane(t *testing.T) {
	p := serve(t, governed)
	o := p.fast("admin")
	o.Organization, o.Role, o.Types = true, "audit", []string{"AWS::Logs::LogGroup"}
	inv, err := Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range inv.Parts().Inputs {
		if in.Status != bedlock.InputAudited {
			t.Errorf("%s: %s", in.Path, in.Reason)
		}
	}
	at := inv.Account(member)
	if at == nil || at.Management || at.Organization.Or("") != "o-a1b2c3d4e5" || !inv.Account(own).Management {
		t.Fatalf("account %+v", at)
	}
	levels := func(v inventory.Value[[]inventory.Level]) string {
		var out []string
		for _, l := range v.Or(nil) {
			name := l.Name
			if strings.HasPrefix(name, "ou-") && name != "ou-ab12-11111111" {
				name = "wards"
			}
			for _, id := range l.Policies {
				policy := inv.ControlPolicy(id)
				name += " " + policy.Name
				if policy.Policy.Or(inventory.Policy{}).Text == "" {
					name += "?"
				}
			}
			out = append(out, name)
		}
		return strings.Join(out, ", ")
	}
	if got, want := levels(at.SCPs), "r-ab12 FullAWSAccess, ou-ab12-11111111 FullAWSAccess seed.yaml line 17, wards FullAWSAccess, 444455556666 FullAWSAccess"; got != want {
		t.Errorf("SCPs %s, want %s", got, want)
	}
	if got, want := levels(at.RCPs), "r-ab12 RCPFullAWSAccess, ou-ab12-11111111 RCPFullAWSAccess, wards RCPFullAWSAccess, 444455556666 RCPFullAWSAccess keep keys"; got != want {
		t.Errorf("RCPs %s, want %s", got, want)
	}
}
