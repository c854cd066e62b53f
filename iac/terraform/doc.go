// Package terraform reads Terraform and OpenTofu: folders of HCL or JSON code,
// plans and states as JSON. Each becomes one [graph.Module] with the same trees of
// values, so that a resource is judged alike whatever it was read from.
//
// Code is evaluated as far as it determines itself: variables with values, locals,
// modules on disk, count, for_each, dynamic blocks and functions. A computed
// attribute is a reference to its resource, a condition that cannot be decided is a
// choice, and everything else that is not determined is unknown with the reason.
// Nothing is downloaded and no provider is asked. In a plan, values that are known
// only after apply are followed through the plan's configuration.
//
// Evaluation is bounded in steps, depth, instances and size of texts; what is cut
// off is said in the module's notes.
package terraform

// Options are what a folder is evaluated with.
type Options struct {
	// Variables are values of input variables by name, as written on a command
	// line: text for strings, else an HCL expression. They win over files. Names
	// that the root module does not declare are ignored.
	Variables map[string]string
	// VarFiles are further variable files, *.tfvars or *.tfvars.json; later ones
	// win. They are read in the order given, after the folder's own.
	VarFiles []string
}

// kindCode is the kind of an input that is code, as in the reports.
const kindCode = "terraform"
