package graph

import (
	"cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// Dialect says in whose terms a resource is written. The zero value is invalid.
type Dialect uint8

// The dialects.
const (
	CloudFormation Dialect = iota + 1
	Terraform
	// API: as the service's own API describes what is deployed; see the package
	// comment.
	API
)

// Resource is one resource (or Terraform data source) as its reader evaluated it.
type Resource struct {
	// ID is unique among all inputs: file#address, in the dialect API the ARN.
	ID      string
	Dialect Dialect
	// Type is spelled as in the source: AWS::KMS::Key, aws_kms_key. A Terraform
	// data source has the prefix "data.": data.aws_kms_key. In the dialect API it is
	// the type of the catalogue, or one of AWS::IAM.
	Type string
	// Address is the resource's name in its module: logical id (with the nested
	// stacks' logical ids before it, separated by "/") or Terraform address.
	Address string
	// Attributes is a Map.
	Attributes Value
	// Account, Region and Partition of where it will be deployed, when the source
	// says so; "" when it does not.
	Account, Region, Partition string
	// When is the undecided condition under which it exists; empty: always.
	When string
	At   bedlock.Position
}

// label is what a person calls the resource.
func (r *Resource) label() string { return cmp.Or(r.Address, r.ID) }

// Module is what one input holds: one template with its nested stacks, one plan,
// state or HCL root module. References stay within a module except where the
// reader resolved an import from another one.
type Module struct {
	// Input says what the file was and what was not resolved in it. A reader sets
	// Path, Kind, Status, Notes and, on failure, Reason, Hint and At.
	Input bedlock.Input
	// Consumed are further files that were read as part of this module (nested
	// templates, child modules, tfvars, assets), each with its Status.
	Consumed  []bedlock.Input
	Resources []Resource
	// Accounts and ControlPolicies are what a reader knows as a whole, as live
	// collection does from Organizations. They are taken as they are.
	Accounts        []inventory.Account
	ControlPolicies []inventory.ControlPolicy
}
