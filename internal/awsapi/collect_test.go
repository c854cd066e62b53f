package awsapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

const company = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: [bedrock.amazonaws.com, bedrock-agentcore.amazonaws.com, lambda.amazonaws.com, firehose.amazonaws.com, states.amazonaws.com]}, Action: "sts:AssumeRole"}]}, policies: {all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}}
    keys:
      - {region: eu-west-1, alias: alias/records, description: patient records, rotation: true, tags: {team: ml}}
`

func TestCollect(t *testing.T) {
	p := serve(t, company)
	inv, err := Collect(t.Context(), p.fast("admin"))
	if err != nil {
		t.Fatal(err)
	}
	parts := inv.Parts()
	if len(parts.Inputs) != 2 || parts.Inputs[0].Path != "aws/111122223333" || parts.Inputs[1].Path != "aws/111122223333/eu-west-1" {
		t.Errorf("inputs %+v", parts.Inputs)
	}
	for _, in := range parts.Inputs {
		if in.Status != bedlock.InputAudited {
			t.Errorf("%s: %s", in.Path, in.Reason)
		}
	}
	if len(parts.Keys) != 1 {
		t.Fatalf("%d keys, want 1", len(parts.Keys))
	}
	k := parts.Keys[0]
	if k.Name != "alias/records" || k.State.Or("") != "Enabled" || k.Manager.Or("") != catalog.OwnerCustomer ||
		!k.Rotation.Or(false) || k.RotationDays.Or(0) != 365 || k.Description.Or("") != "patient records" || k.Tags.Known["team"] != "ml" {
		t.Errorf("key %+v", k)
	}
	if policy := k.Policy.Or(inventory.Policy{}).Text; !strings.Contains(policy, "arn:aws:iam::111122223333:root") {
		t.Errorf("key policy %s", policy)
	}
	var principals []string
	for _, p := range parts.Principals {
		principals = append(principals, p.ID)
	}
	if want := []string{"arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:user/admin"}; !slices.Equal(principals, want) {
		t.Errorf("principals %q, want %q", principals, want)
	}
	if a := inv.Account(own); a == nil || !a.Complete {
		t.Errorf("account %+v is not complete", a)
	}
}

// TestDenied: what may not be read is unread, with the error, and the rest is there.
func TestDenied(t *testing.T) {
	p := serve(t, strings.Replace(company, "    roles:\n", `      - name: partly
        access-keys: [{id: AKIApartly00000000, secret: partly}]
        policies: {own: {Version: "2012-10-17", Statement: [
          {Effect: Allow, Action: "kms:*", Resource: "*"},
          {Effect: Deny, Action: ["kms:GetKeyPolicy", "kms:ListAliases"], Resource: "*"}]}}
    roles:
`, 1))
	inv, err := Collect(t.Context(), p.fast("partly"))
	if err != nil {
		t.Fatal(err)
	}
	parts := inv.Parts()
	if len(parts.Keys) != 1 {
		t.Fatalf("%d keys, want 1", len(parts.Keys))
	}
	if k := parts.Keys[0]; k.Policy.State() != inventory.StateUnread || !strings.HasPrefix(k.Policy.Why(), "AccessDeniedException: User: arn:aws:iam::111122223333:user/partly is not authorized to perform: kms:GetKeyPolicy") {
		t.Errorf("key policy is %s: %s", k.Policy.State(), k.Policy.Why())
	}
	if k := parts.Keys[0]; k.State.Or("") != "Enabled" {
		t.Errorf("the key's state is %s", k.State.State())
	}
	for i, want := range []string{"iam GetAccountAuthorizationDetails: AccessDenied: ", "kms ListAliases: AccessDeniedException: "} {
		if in := parts.Inputs[i]; in.Status != bedlock.InputFailed || !slices.ContainsFunc(in.Notes, func(n bedlock.Note) bool { return strings.Contains(n.Text, want) }) {
			t.Errorf("%s is %s: %q; want %s", in.Path, in.Status, in.Notes, want)
		}
	}
	if a := inv.Account(own); a == nil || a.Complete {
		t.Errorf("account %+v counts as complete", a)
	}
}

// TestCredentialsOfNobody end a collection.
func TestCredentialsOfNobody(t *testing.T) {
	p := serve(t, company)
	_, err := Collect(t.Context(), p.fast("nobody"))
	if err == nil || !strings.Contains(err.Error(), "collect from AWS: the base credentials: InvalidClientTokenId: ") {
		t.Errorf("%v", err)
	}
}
