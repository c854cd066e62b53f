package lint

import "github.com/bedlock/bedlock/policy"

// Check returns what is wrong with a document, in the order of the text.
func Check(doc *policy.Document, o Options) []Finding { return nil }

// KindOf returns what a document looks like: with principals a trust policy when
// it is about sts:AssumeRole… alone, a key policy when it is about kms: alone, else
// a policy of some resource; an identity-based policy without.
func KindOf(doc *policy.Document) Kind { return Identity }

// Codes returns every rule, in the order of the documentation.
func Codes() []Rule { return nil }
