// Package simulate reads request files: YAML that says who asks for what in which
// context, with which policies, grants and organization, and what answer is
// expected. docs/simulate.md describes the format.
//
// Reading is strict: what is not a field of the format is an error with its line,
// column and a hint, and all errors of a file are reported at once. YAML aliases
// and merge keys are refused; what cases share is given a name instead. The package
// decides nothing.
package simulate
