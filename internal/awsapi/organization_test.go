package awsapi

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

const suspended = "777788889999"

// organized answers for an organization with the management account at the root and one account
// in a unit; service control policies are on, resource control policies are not.
func organized(operation, _ string, in wire.Object) (wire.Object, *wire.Error) {
	policy := func(id string) wire.Object {
		return wire.Object{"Id": id, "Name": "name of " + id, "Type": "SERVICE_CONTROL_POLICY"}
	}
	switch operation {
	case "DescribeOrganization":
		return wire.Object{"Organization": wire.Object{"Id": "o-a1b2c3d4e5", "MasterAccountId": own}}, nil
	case "ListAccounts":
		return wire.Object{"Accounts": []any{
			wire.Object{"Id": own, "Status": "ACTIVE"}, wire.Object{"Id": suspended, "Status": "SUSPENDED"}, wire.Object{"Id": member, "Status": "ACTIVE"},
		}}, nil
	case "ListRoots":
		return wire.Object{"Roots": []any{wire.Object{"Id": "r-ab12", "PolicyTypes": []any{wire.Object{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}}}}}, nil
	case "ListAccountsForParent":
		if in.Text("ParentId") == "r-ab12" {
			return wire.Object{"Accounts": []any{wire.Object{"Id": own}}}, nil
		}
		return wire.Object{"Accounts": []any{wire.Object{"Id": member}}}, nil
	case "ListOrganizationalUnitsForParent":
		if in.Text("ParentId") == "r-ab12" {
			return wire.Object{"OrganizationalUnits": []any{wire.Object{"Id": "ou-ab12-11111111"}}}, nil
		}
		return wire.Object{}, nil
	case "ListPoliciesForTarget":
		list := []any{policy("p-FullAWSAccess")}
		if in.Text("TargetId") == member {
			list = append(list, policy("p-11111111"))
		}
		return wire.Object{"Policies": list}, nil
	case "DescribePolicy":
		return wire.Object{"Policy": wire.Object{"Content": `{"Statement":[],"Sid":"` + in.Text("PolicyId") + `"}`}}, nil
	}
	return nil, nil
}

func organization(t *testing.T, other func(string, string, wire.Object) (wire.Object, *wire.Error)) (*inventory.Inventory, error) {
	f := &fleet{other: other}
	o := fleetOptions(t, serveFleet(t, f), 0)
	o.Organization, o.Rate = true, 10000
	return Collect(t.Context(), o)
}

func TestOrganization(t *testing.T) {
	inv, err := organization(t, organized)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, in := range inv.Parts().Inputs {
		if in.Status != bedlock.InputAudited {
			t.Errorf("%s: %s", in.Path, in.Reason)
		}
		paths = append(paths, in.Path)
	}
	if want := []string{"aws/" + own, "aws/" + own + "/eu-west-1", "aws/" + member, "aws/" + member + "/eu-west-1"}; !slices.Equal(paths, want) {
		t.Errorf("read %q, want %q", paths, want)
	}
	management, account := inv.Account(own), inv.Account(member)
	if !management.Management || account.Management || !account.Complete || account.Organization.Or("") != "o-a1b2c3d4e5" {
		t.Errorf("accounts %+v, %+v", management, account)
	}
	if account.RCPs.State() != inventory.StateAbsent {
		t.Errorf("resource control policies are %s", account.RCPs.State())
	}
	want := []inventory.Level{
		{Name: "r-ab12", Policies: []string{"p-FullAWSAccess"}},
		{Name: "ou-ab12-11111111", Policies: []string{"p-FullAWSAccess"}},
		{Name: member, Policies: []string{"p-FullAWSAccess", "p-11111111"}},
	}
	if got := account.SCPs.Or(nil); !slices.EqualFunc(got, want, func(a, b inventory.Level) bool {
		return a.Name == b.Name && slices.Equal(a.Policies, b.Policies)
	}) {
		t.Errorf("levels %+v, want %+v", got, want)
	}
	if p := inv.ControlPolicy("p-11111111"); p == nil || p.Name != "name of p-11111111" || p.Policy.Or(inventory.Policy{}).Text != `{"Statement":[],"Sid":"p-11111111"}` {
		t.Errorf("policy %+v", p)
	}
}

// TestPoliciesOfAnOrganizationThatCannotBeRead: levels are unread as a whole, from where the
// error is down.
func TestPoliciesOfAnOrganizationThatCannotBeRead(t *testing.T) {
	denied := &wire.Error{Status: http.StatusBadRequest, Code: "AccessDeniedException", Message: "no"}
	inv, err := organization(t, func(operation, account string, in wire.Object) (wire.Object, *wire.Error) {
		if operation == "ListPoliciesForTarget" && in.Text("TargetId") == "ou-ab12-11111111" {
			return nil, denied
		}
		return organized(operation, account, in)
	})
	if err != nil {
		t.Fatal(err)
	}
	if scps := inv.Account(member).SCPs; scps.State() != inventory.StateUnread || scps.Why() != "ListPoliciesForTarget: AccessDeniedException: no" {
		t.Errorf("levels are %s: %s", scps.State(), scps.Why())
	}
	if scps := inv.Account(own).SCPs; len(scps.Or(nil)) != 2 {
		t.Errorf("levels of the account above are %s", scps.State())
	}
}

func TestAnOrganizationThatCannotBeListed(t *testing.T) {
	_, err := organization(t, func(operation, _ string, _ wire.Object) (wire.Object, *wire.Error) {
		if operation == "ListAccounts" {
			return nil, &wire.Error{Status: http.StatusBadRequest, Code: "AWSOrganizationsNotInUseException", Message: "none"}
		}
		return nil, nil
	})
	if err == nil || !strings.Contains(err.Error(), "list the accounts of the organization: ") || !strings.Contains(err.Error(), "AWSOrganizationsNotInUseException: none") {
		t.Errorf("%v", err)
	}
}
