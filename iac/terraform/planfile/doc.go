// Package planfile reads what Terraform and OpenTofu say about themselves as JSON:
// plans ("terraform show -json PLANFILE"), states ("terraform show -json") and raw
// state files of version 4. Every value keeps its place in the file.
//
// A plan leaves out what is known only after apply, above all the ARNs of keys it
// creates. Such an attribute is looked up in the plan's configuration and its
// references are followed, through variables and outputs of modules, to the planned
// resource they name. The plan records which things an expression mentions, not the
// expression. So a reference is resolved only when exactly one resource can have
// made the value unknown; else the value is unknown with the candidates named.
// Documents, such as policies, are resolved only to attributes that hold documents.
//
// An attribute that is unknown although the configuration has no expression for it
// is computed by the provider. It is absent, as nobody chose it, unless its name is
// one of identity (id, arn, name, ..._arn, ..._id, ... without "key" or "kms"):
// those will exist and are unknown. A block that a "dynamic" block makes has no
// expression either; its attributes are unknown when the plan shows the block. A
// dynamic block whose number is itself unknown cannot be told from a computed one.
//
// The formats: https://developer.hashicorp.com/terraform/internals/json-format
package planfile
