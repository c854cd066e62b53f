package awsapi

import (
	"testing"

	"github.com/bedlock/bedlock/iac/graph"
)

// TestSharedResources: a managed policy of AWS, which every account lists, is of the first of
// them, in whichever order they were read.
func TestSharedResources(t *testing.T) {
	const shared = "arn:aws:iam::aws:policy/AdministratorAccess"
	for _, order := range [][]string{{"1", "2", "3"}, {"3", "2", "1"}, {"2", "3", "1"}} {
		a := &assembly{modules: map[string]*graph.Module{}, failures: map[string][]failure{}, seen: map[string]place{}}
		for _, account := range order {
			a.resource(&resource{Type: "AWS::IAM::Role", ID: "role " + account, Account: account})
			a.resource(&resource{Type: "AWS::IAM::ManagedPolicy", ID: shared, Account: account})
		}
		a.resource(&resource{Type: "AWS::IAM::Role", ID: shared, Account: "1"})
		for account, want := range map[string]int{"1": 2, "2": 1, "3": 1} {
			m := a.modules["aws/"+account]
			if len(m.Resources) != want {
				t.Errorf("in order %v: account %s has %d resources, want %d", order, account, len(m.Resources), want)
			}
			for _, r := range m.Resources {
				if r.Account != account {
					t.Errorf("in order %v: account %s has %s of account %s", order, account, r.ID, r.Account)
				}
			}
		}
		if f := a.failures["aws/1"]; len(f) != 1 || f[0].Error != "the ID "+shared+" is already that of a resource of type AWS::IAM::ManagedPolicy" {
			t.Errorf("failures: %v", f)
		}
	}
}
