// Package policy reads IAM, resource and key policy documents from their JSON
// text: strictly, so that nothing is misread, and kindly, so that a document with
// faults is still represented and every fault is named with its place.
//
// A document that IAM would refuse is data here ([Document.Problems]), not an
// error; only text that is not one JSON object is an error. Texts may contain
// ${bedlock:…} tokens inside strings for what a source does not know; what a
// token stands for is never guessed, and where it stands for a whole element the
// statement says so ([Statement.Undetermined]).
//
// The package knows the grammar and how actions match. It does not decide
// requests, and it knows nothing about files, accounts or rules.
//
// The grammar is that of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
package policy
