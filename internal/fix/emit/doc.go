// Package emit writes a plan in the languages of teams that do not let tools write: as Terraform
// (OpenTofu reads it too), as CloudFormation templates, and as a script for the AWS CLI.
//
// The script does what `bedlock apply` does, step by step: it reads each state before and after,
// stops when somebody else has changed something, goes on where it was interrupted, and takes
// back what it did. Terraform and CloudFormation have no calls but configurations. A resource is
// written in them with all that its update sends, and an import that takes the live one over; what
// the language, or the plan, does not have whole is never written in half, for the first apply
// would remove the rest. It is a comment that says what to set where. Of a store there is what a plan
// has of it: the rest is left as it is, by ignore_changes in Terraform, and by CloudFormation, which
// changes what differs between two templates. The tables have an entry of each type for each
// language, a form or a reason, and a test that none is forgotten.
//
// Whatever texts a plan has, prompts of others among them, stay texts in all three.
package emit
