package iac

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

const organizationCode = `
resource "aws_organizations_organization" "org" {
  enabled_policy_types = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
}
resource "aws_organizations_organizational_unit" "prod" {
  name      = "prod"
  parent_id = aws_organizations_organization.org.roots[0].id
}
resource "aws_organizations_account" "app" {
  name      = "app"
  email     = "app@example.com"
  parent_id = aws_organizations_organizational_unit.prod.id
}
resource "aws_organizations_policy" "deny" {
  name    = "deny"
  content = jsonencode({ Statement = [{ Effect = "Deny", Action = "kms:*", Resource = "*" }] })
}
resource "aws_organizations_policy_attachment" "deny" {
  policy_id = aws_organizations_policy.deny.id
  target_id = aws_organizations_organizational_unit.prod.id
}
`

// organizationPlan is the plan of the same code, some time after it was applied; it
// adds a resource control policy.
const organizationPlan = `{"format_version": "1.2", "resource_changes": [
 {"address": "aws_organizations_organization.org", "mode": "managed", "type": "aws_organizations_organization", "name": "org", "change": {"actions": ["no-op"],
  "after": {"id": "o-abc", "master_account_id": "999999999999", "enabled_policy_types": ["RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"], "roots": [{"id": "r-1", "name": "Root"}]}}},
 {"address": "aws_organizations_organizational_unit.prod", "mode": "managed", "type": "aws_organizations_organizational_unit", "name": "prod", "change": {"actions": ["no-op"], "after": {"id": "ou-1", "name": "prod", "parent_id": "r-1"}}},
 {"address": "aws_organizations_account.app", "mode": "managed", "type": "aws_organizations_account", "name": "app", "change": {"actions": ["no-op"], "after": {"id": "111122223333", "name": "app", "parent_id": "ou-1"}}},
 {"address": "aws_organizations_policy.deny", "mode": "managed", "type": "aws_organizations_policy", "name": "deny", "change": {"actions": ["no-op"],
  "after": {"id": "p-1", "name": "deny", "type": "SERVICE_CONTROL_POLICY", "content": "{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}}},
 {"address": "aws_organizations_policy_attachment.deny", "mode": "managed", "type": "aws_organizations_policy_attachment", "name": "deny", "change": {"actions": ["no-op"], "after": {"policy_id": "p-1", "target_id": "ou-1"}}},
 {"address": "aws_organizations_policy.new", "mode": "managed", "type": "aws_organizations_policy", "name": "new", "change": {"actions": ["create"],
  "after": {"name": "new", "type": "RESOURCE_CONTROL_POLICY", "content": "{}"}, "after_unknown": {"id": true}}},
 {"address": "aws_organizations_policy_attachment.new", "mode": "managed", "type": "aws_organizations_policy_attachment", "name": "new", "change": {"actions": ["create"], "after": {"target_id": "r-1"}, "after_unknown": {"policy_id": true}}}
], "configuration": {"root_module": {"resources": [
 {"address": "aws_organizations_policy.new", "mode": "managed", "type": "aws_organizations_policy", "name": "new", "expressions": {"name": {"constant_value": "new"}, "content": {}, "type": {"constant_value": "RESOURCE_CONTROL_POLICY"}}},
 {"address": "aws_organizations_policy_attachment.new", "mode": "managed", "type": "aws_organizations_policy_attachment", "name": "new", "expressions": {"policy_id": {"references": ["aws_organizations_policy.new.id", "aws_organizations_policy.new"]}, "target_id": {"references": ["aws_organizations_organization.org.roots[0].id", "aws_organizations_organization.org.roots"]}}}
]}}}`

const organizationTemplate = `
Resources:
  Deny:
    Type: AWS::Organizations::Policy
    Properties:
      Name: deny
      Type: SERVICE_CONTROL_POLICY
      Content: {Statement: [{Effect: Deny, Action: "kms:*", Resource: "*"}]}
      TargetIds: ["111122223333"]
  Tags: {Type: AWS::Organizations::Policy, Properties: {Name: tags, Type: TAG_POLICY, Content: {}, TargetIds: [r-1]}}
`

func levels(v inventory.Value[[]inventory.Level]) string {
	if l, ok := v.Get(); ok {
		return fmt.Sprint(l)
	}
	return v.State().String() + " " + v.Why()
}

// Control policies are found in every dialect; which accounts they apply to is said
// only where the whole way up to the root is known.
func TestControlPoliciesInEveryDialect(t *testing.T) {
	const deny = "deny {'Statement':[{'Effect':'Deny','Action':'kms:*','Resource':'*'}]}"
	for name, tt := range map[string]struct{ text, policies, accounts, notes string }{
		"main.tf": {organizationCode, "aws_organizations_policy.deny " + deny, "",
			"which accounts service control policy deny applies to is not resolved: the number of account aws_organizations_account.app is known only after deployment"},
		"plan.json": {organizationPlan,
			"aws_organizations_policy.deny " + deny + "\naws_organizations_policy.new new {'Statement':[]}\n" +
				"p-FullAWSAccess FullAWSAccess {'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'*','Resource':'*'}]}\n" +
				"p-RCPFullAWSAccess RCPFullAWSAccess {'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}]}",
			"111122223333 o-abc\n[{r-1 [p-FullAWSAccess]} {ou-1 [p-FullAWSAccess aws_organizations_policy.deny]} {111122223333 [p-FullAWSAccess]}]\n" +
				"[{r-1 [p-RCPFullAWSAccess aws_organizations_policy.new]} {ou-1 [p-RCPFullAWSAccess]} {111122223333 [p-RCPFullAWSAccess]}]", ""},
		"t.yaml": {organizationTemplate, "Deny " + deny,
			"111122223333 unknown (the organization is not among the inputs)\n" +
				"unknown the units above account 111122223333 are not among the inputs\nunknown the units above account 111122223333 are not among the inputs",
			"which accounts service control policy deny applies to is not resolved: the units above account 111122223333 are not among the inputs"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.ToSlash(tree(t, map[string]string{name: tt.text}))
			inv := collect(t, Options{}, dir)
			plain := strings.NewReplacer(dir+"/"+name+"#", "", dir+"#", "")
			var policies, accounts, notes []string
			for _, c := range inv.Parts().ControlPolicies {
				policies = append(policies, c.ID+" "+c.Name+" "+document(c.Policy))
			}
			for _, a := range inv.Parts().Accounts {
				accounts = append(accounts, a.ID+" "+fact(a.Organization), levels(a.SCPs), levels(a.RCPs))
			}
			for _, in := range inv.Parts().Inputs {
				for _, n := range in.Notes {
					notes = append(notes, n.Text)
				}
			}
			for _, c := range []struct{ got, want string }{
				{strings.Join(policies, "\n"), tt.policies}, {strings.Join(accounts, "\n"), tt.accounts}, {strings.Join(notes, "\n"), tt.notes},
			} {
				if got := plain.Replace(c.got); got != c.want {
					t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
				}
			}
		})
	}
}

// What a saved inventory knows of an account comes before what a template only hints
// at, and what two of them say alike is said once.
func TestAccountsOfSavedInventories(t *testing.T) {
	const saved = `{"version": "bedlock-inventory/v1", "inputs": [], "resources": [], "keys": [],
 "accounts": [{"id": "111122223333", "complete": true, "organization": {"known": "o-abc"}, "scps": {"known": [{"name": "r-1", "policies": ["p-FullAWSAccess"]}]}},
  {"id": "%s", "complete": true}],
 "controlPolicies": [{"id": "p-FullAWSAccess", "policy": {"known": {"text": "{}"}}}]}`
	inv := collect(t, Options{}, tree(t, map[string]string{
		"t.yaml": organizationTemplate, "one.json": fmt.Sprintf(saved, "444455556666"), "two.json": fmt.Sprintf(saved, "777788889999"),
	}))
	var got []string
	for _, a := range inv.Parts().Accounts {
		got = append(got, fmt.Sprint(a.ID, " ", a.Complete, " ", levels(a.SCPs)))
	}
	want := "111122223333 true [{r-1 [p-FullAWSAccess]}]\n444455556666 true unrecorded \n777788889999 true unrecorded "
	if strings.Join(got, "\n") != want || len(inv.Parts().ControlPolicies) != 2 {
		t.Errorf("got:\n%s\nwant:\n%s\nand %d control policies", strings.Join(got, "\n"), want, len(inv.Parts().ControlPolicies))
	}
}
