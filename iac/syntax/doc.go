// Package syntax turns the bytes of a configuration file into a tree of nodes with
// positions, the same for JSON and YAML. It detects the encoding (UTF-8 with or
// without BOM, UTF-16), bounds what hostile input can cost (depth, size,
// alias expansion) and reports one [Error] with line, column and hint.
//
// It knows nothing of CloudFormation or Terraform: YAML tags are kept as text,
// scalars keep their spelling (an unquoted 2012-10-17 is the text 2012-10-17),
// duplicate keys are errors.
package syntax
