package syntax

import "fmt"

// Limits bound what one file may cost. A zero field means its default.
type Limits struct {
	// MaxBytes is the size of a file in bytes; 512 MiB by default. A Terraform plan
	// of 100 MB is a real one.
	MaxBytes int
	// MaxYAMLBytes is the size of a YAML file; 8 MiB by default. CloudFormation
	// itself takes at most 1 MB, and a YAML parser needs fifty times the text.
	MaxYAMLBytes int
	// MaxDepth is the number of lists and maps inside each other; 256 by default.
	// Real files stay below 60.
	MaxDepth int
	// MaxNodes is the number of values and keys; 24 million by default, about
	// 1.7 GB. A compact 100 MB plan has about 8 million.
	MaxNodes int
	// MaxAliasNodes is the number of values and keys that YAML aliases and merge
	// keys may add; 200,000 by default.
	MaxAliasNodes int
}

func (l Limits) withDefaults() Limits {
	set := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	set(&l.MaxBytes, 512<<20)
	set(&l.MaxYAMLBytes, 8<<20)
	set(&l.MaxDepth, 256)
	set(&l.MaxNodes, 24_000_000)
	set(&l.MaxAliasNodes, 200_000)
	return l
}

func tooLarge(name string, size, limit int) *Error {
	return &Error{
		At:      start(name),
		Message: fmt.Sprintf("the file has %d bytes, more than the limit of %d", size, limit),
	}
}
