package iam

import "slices"

// Tree is an organization: its root, organizational units and accounts.
type Tree struct {
	// ID is o-…, Management the management account; empty: none is said.
	ID, Management string
	// Nodes begin with the root; parents stand before what is in them.
	Nodes []Node
}

// Node is a root, an organizational unit or an account, with the control policies that are
// attached to it. Nil policies of all nodes: the organization has not enabled the kind.
type Node struct {
	// Parent is empty for the root, Name where none is said.
	ID, Parent, Name string
	SCPs, RCPs       []NamedPolicy
}

// IsAccount says whether it is an account: the others have ids with letters.
func (n *Node) IsAccount() bool { return accountPattern.MatchString(n.ID) }

// Accounts says of each account where it is.
func (t *Tree) Accounts() map[string]Organization {
	out := map[string]Organization{}
	at := map[string]Organization{"": {ID: t.ID, Path: t.ID + "/"}}
	for i := range t.Nodes {
		n := &t.Nodes[i]
		here := at[n.Parent]
		if n.SCPs != nil {
			here.SCPs = append(slices.Clip(here.SCPs), n.SCPs)
		}
		if n.RCPs != nil {
			here.RCPs = append(slices.Clip(here.RCPs), n.RCPs)
		}
		if n.IsAccount() {
			here.Management = n.ID == t.Management
			out[n.ID] = here
			continue
		}
		here.Path += n.ID + "/"
		at[n.ID] = here
	}
	return out
}
