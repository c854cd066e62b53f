package graph

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

// showLevels prints levels as "name: policies" from the root down. The policies that
// AWS attaches are written "full".
func showLevels(v inventory.Value[[]inventory.Level]) string {
	levels, ok := v.Get()
	if !ok {
		return strings.TrimSuffix(v.State().String()+" ("+v.Why()+")", " ()")
	}
	var out []string
	for _, l := range levels {
		out = append(out, l.Name+": "+strings.Join(l.Policies, " "))
	}
	return strings.NewReplacer("p-FullAWSAccess", "full", "p-RCPFullAWSAccess", "full").Replace(strings.Join(out, "; "))
}

func noteTexts(inv *inventory.Inventory) string {
	var out []string
	for _, in := range inv.Parts().Inputs {
		for _, n := range in.Notes {
			out = append(out, n.Text)
		}
	}
	return strings.Join(out, "\n")
}

// organized is a state of a whole organization: account 1… in a unit, 2… below the
// root, 9… that manages it.
const organized = `
	"org": ["aws_organizations_organization", {"id": "o-abc", "master_account_id": "999999999999", "roots": [{"id": "r-1"}], "enabled_policy_types": ["SERVICE_CONTROL_POLICY"]}],
	"unit": ["aws_organizations_organizational_unit", {"id": "ou-1", "parent_id": "r-1"}],
	"one": ["aws_organizations_account", {"id": "111111111111", "parent_id": "ou-1"}],
	"two": ["aws_organizations_account", {"id": "222222222222"}],
	"nine": ["aws_organizations_account", {"id": "999999999999", "parent_id": "r-1"}],
	"deny": ["aws_organizations_policy", {"id": "p-1", "name": "deny", "content": "{\"Statement\":[{\"Sid\":\"S\"}]}"}],
	"tags": ["aws_organizations_policy", {"id": "p-2", "name": "tags", "type": "TAG_POLICY", "content": "{}"}],
	"perimeter": ["aws_organizations_policy", {"id": "p-3", "name": "perimeter", "type": "RESOURCE_CONTROL_POLICY", "content": "{\"Statement\":[{\"Sid\":\"R\"}]}"}],
	"maybe": ["aws_organizations_policy", {"id": "p-4", "name": "maybe", "type": {"$unknown": "x"}, "content": "{}"}]`

func attachedTo(name, policy, target string) string {
	return `, "` + name + `": ["aws_organizations_policy_attachment", {"policy_id": ` + policy + `, "target_id": ` + target + `}]`
}

func TestOrganizationOfAState(t *testing.T) {
	const (
		plainOne = "r-1: full; ou-1: full; 111111111111: full"
		plainTwo = "r-1: full; 222222222222: full"
		unclear  = "which accounts service control policy "
	)
	for name, tt := range map[string]struct{ attachments, one, two, rcps, notes string }{
		"nothing attached": {``, plainOne, plainTwo, "absent", ""},
		"by reference": {attachedTo("x", `{"$ref": ["deny", "id"]}`, `{"$ref": ["unit", "id"]}`),
			"r-1: full; ou-1: full t#deny; 111111111111: full", plainTwo, "absent", ""},
		"by id, twice": {attachedTo("x", `"p-1"`, `"111111111111"`) + attachedTo("y", `"p-1"`, `"r-1"`) + attachedTo("z", `"p-1"`, `"r-1"`),
			"r-1: full t#deny; ou-1: full; 111111111111: full t#deny", "r-1: full t#deny; 222222222222: full", "absent", ""},
		"to the root": {attachedTo("x", `"p-1"`, `{"$ref": ["org", "roots.0.id"]}`),
			"r-1: full t#deny; ou-1: full; 111111111111: full", "r-1: full t#deny; 222222222222: full", "absent", ""},
		"to no unit": {attachedTo("x", `"p-1"`, `{"$ref": ["org", "master_account_id"]}`),
			"unknown (it is not known what deny is attached to: org master_account_id is known only after deployment)",
			"unknown (it is not known what deny is attached to: org master_account_id is known only after deployment)", "absent",
			unclear + "deny applies to is not resolved: org master_account_id is known only after deployment"},
		"tags, and what AWS attaches": {attachedTo("x", `"p-2"`, `"r-1"`) + attachedTo("y", `"p-FullAWSAccess"`, `"r-1"`) + attachedTo("z", `{"$ref": ["tags", "id"]}`, `{"$unknown": "x"}`),
			plainOne, plainTwo, "absent", ""},
		"a resource control policy": {attachedTo("x", `"p-3"`, `"ou-1"`), plainOne, plainTwo,
			"r-1: full; ou-1: full t#perimeter; 111111111111: full", ""},
		"an unknown target": {attachedTo("x", `"p-1"`, `{"$unknown": "why"}`),
			"unknown (it is not known what deny is attached to: why)", "unknown (it is not known what deny is attached to: why)", "absent",
			unclear + "deny applies to is not resolved: why"},
		"a target elsewhere": {attachedTo("x", `"p-1"`, `"ou-9"`), plainOne, plainTwo, "absent",
			unclear + "deny applies to is not resolved: ou-9 is not among the inputs"},
		"a policy elsewhere":      {attachedTo("x", `"p-9"`, `"ou-1"`), "unknown (the control policy of x is not known)", plainTwo, "absent", ""},
		"a policy of either kind": {attachedTo("x", `"p-4"`, `"222222222222"`), plainOne, "unknown (the control policy of maybe is not known)", "absent", ""},
		"under a condition": {`, "x": ["aws_organizations_policy_attachment", {"policy_id": "p-1", "target_id": "ou-1"}, "var.on is true"]`,
			"unknown (deny is attached only when var.on is true)", plainTwo, "absent", ""},
		"an account elsewhere": {attachedTo("x", `"p-1"`, `"333333333333"`), plainOne, plainTwo, "absent",
			unclear + "deny applies to is not resolved: the units above account 333333333333 are not among the inputs"},
	} {
		t.Run(name, func(t *testing.T) {
			inv := assemble(t, build(t, "t", "{"+organized+tt.attachments+"}"))
			one, two, nine := inv.Account("111111111111"), inv.Account("222222222222"), inv.Account("999999999999")
			if got := showLevels(one.SCPs); got != tt.one {
				t.Errorf("one: %s\nwant %s", got, tt.one)
			}
			if got := showLevels(two.SCPs); got != tt.two {
				t.Errorf("two: %s\nwant %s", got, tt.two)
			}
			if got := showLevels(one.RCPs); got != tt.rcps {
				t.Errorf("resource control policies: %s\nwant %s", got, tt.rcps)
			}
			if !nine.Management || one.Management || showLevels(nine.SCPs) != "absent" || showLevels(nine.RCPs) != "absent" {
				t.Errorf("the management account: %+v", nine)
			}
			if one.Organization.Or("") != "o-abc" {
				t.Errorf("organization %+v", one.Organization)
			}
			if got := noteTexts(inv); got != tt.notes {
				t.Errorf("notes %s\nwant  %s", got, tt.notes)
			}
			if c := inv.ControlPolicy("t#deny"); c.Name != "deny" || showPolicy(c.Policy) != "S" || inv.ControlPolicy("t#tags") != nil {
				t.Errorf("control policy %+v", c)
			}
		})
	}
}

// What is not known of an organization: a level above, a number, whether policies are
// enabled at all.
func TestOrganizationWithGaps(t *testing.T) {
	const deny = `"deny": ["aws_organizations_policy", {"name": "deny", "content": "{}"}], `
	const plain = "r-1: full; 111111111111: full"
	for name, tt := range map[string]struct{ resources, scps, notes string }{
		"a literal target": {deny + `"x": ["aws_organizations_policy_attachment", {"policy_id": {"$ref": ["deny", "id"]}, "target_id": "111111111111"}]`,
			"unknown (the units above account 111111111111 are not among the inputs)",
			"which accounts service control policy deny applies to is not resolved: the units above account 111111111111 are not among the inputs"},
		"targets of a template": {`"P": ["AWS::Organizations::Policy", {"Name": "n", "Type": "SERVICE_CONTROL_POLICY", "Content": {"Statement": []}, "TargetIds": ["111111111111", {"$ref": ["U", "Id"]}]}], "U": ["AWS::Organizations::OrganizationalUnit", {"ParentId": "r-1"}]`,
			"unknown (the units above account 111111111111 are not among the inputs)",
			"which accounts service control policy n applies to is not resolved: the units above account 111111111111 are not among the inputs"},
		"a parent that is a literal": {`"a": ["aws_organizations_account", {"id": "111111111111", "parent_id": "ou-7"}]`,
			"unknown (ou-7, the parent of a, is not among the inputs)", ""},
		"a parent that is unknown": {`"a": ["awscc_organizations_account", {"account_id": "111111111111", "parent_ids": [{"$unknown": "why"}]}]`, "unknown (why)", ""},
		"no organization":          {`"a": ["aws_organizations_account", {"id": "111111111111"}]`, "unknown (the organization of a is not among the inputs)", ""},
		"not enabled":              {`"a": ["aws_organizations_account", {"id": "111111111111"}], "o": ["aws_organizations_organization", {}]`, "absent", ""},
		"enabled": {`"a": ["aws_organizations_account", {"id": "111111111111"}], "o": ["aws_organizations_organization", {"roots": [{"id": "r-1"}], "enabled_policy_types": ["SERVICE_CONTROL_POLICY"]}]`,
			plain, ""},
		"maybe enabled": {`"a": ["aws_organizations_account", {"id": "111111111111"}], "o": ["aws_organizations_organization", {"enabled_policy_types": {"$unknown": "x"}}]`,
			"unknown (whether the organization has the kind service control policy enabled is not determined by the code)", ""},
		"a template does not say": {`"a": ["awscc_organizations_account", {"account_id": "111111111111"}], "o": ["awscc_organizations_organization", {"root_id": "r-1"}]`,
			"unknown (whether the organization has the kind service control policy enabled is not determined by the code)", ""},
		"a policy says that it is": {`"a": ["awscc_organizations_account", {"account_id": "111111111111"}], "o": ["awscc_organizations_organization", {"root_id": "r-1"}],
			"p": ["awscc_organizations_policy", {"name": "p", "type": "SERVICE_CONTROL_POLICY", "content": "{}", "target_ids": [{"$ref": ["o", "root_id"]}]}]`,
			"r-1: full t#p; 111111111111: full", ""},
		"a unit under a condition": {`"a": ["aws_organizations_account", {"id": "111111111111", "parent_id": {"$ref": ["u", "id"]}}], "u": ["aws_organizations_organizational_unit", {"parent_id": {"$ref": ["o", "roots"]}}, "var.on is true"], "o": ["aws_organizations_organization", {}]`,
			"unknown (u is there only when var.on is true)", ""},
		"units in a circle": {`"a": ["aws_organizations_account", {"id": "111111111111", "parent_id": {"$ref": ["u", "id"]}}], "u": ["aws_organizations_organizational_unit", {"parent_id": {"$ref": ["v", "id"]}}], "v": ["aws_organizations_organizational_unit", {"parent_id": {"$ref": ["u", "id"]}}]`,
			"unknown (units are nested more than ten levels deep)", ""},
		"an account without a number": {deny + `"a": ["aws_organizations_account", {"parent_id": {"$ref": ["u", "id"]}}], "b": ["aws_organizations_account", {"id": "111111111111", "parent_id": {"$ref": ["u", "id"]}}], "u": ["aws_organizations_organizational_unit", {"parent_id": {"$ref": ["o", "roots"]}}], "o": ["aws_organizations_organization", {}],
			"x": ["aws_organizations_policy_attachment", {"policy_id": {"$ref": ["deny", "id"]}, "target_id": {"$ref": ["u", "id"]}}]`,
			"o: full; u: full t#deny; 111111111111: full", "which accounts service control policy deny applies to is not resolved: the number of account a is known only after deployment"},
		"a unit without accounts": {deny + `"a": ["aws_organizations_account", {"id": "111111111111"}], "u": ["aws_organizations_organizational_unit", {"parent_id": {"$ref": ["o", "roots"]}}], "o": ["aws_organizations_organization", {}],
			"x": ["aws_organizations_policy_attachment", {"policy_id": {"$ref": ["deny", "id"]}, "target_id": {"$ref": ["u", "id"]}}]`,
			"o: full; 111111111111: full", "which accounts service control policy deny applies to is not resolved: no account below u is among the inputs"},
		"the same account twice": {`"a": ["aws_organizations_account", {"id": "111111111111"}], "b": ["aws_organizations_account", {"id": "111111111111"}], "o": ["aws_organizations_organization", {}]`,
			"unknown (the inputs have account 111111111111 more than once)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inv := assemble(t, build(t, "t", "{"+tt.resources+"}"))
			if got := showLevels(inv.Account("111111111111").SCPs); got != tt.scps {
				t.Errorf("got  %s\nwant %s", got, tt.scps)
			}
			if got := noteTexts(inv); got != tt.notes {
				t.Errorf("notes %s\nwant  %s", got, tt.notes)
			}
		})
	}
}
