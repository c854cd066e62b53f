// Package graph is what the readers of infrastructure code have in common: a tree
// of evaluated values with positions, resources with such trees as attributes, and
// [Assemble], which reads the catalogue's paths in them and joins keys, aliases,
// policies and stores into one inventory. Because both readers deliver the same
// trees, the same resource stands on the same rung whatever it was written in.
//
// A value that the code does not determine is never guessed: it is a reference to
// another resource, a choice between the branches of an undecided condition, or
// unknown with the reason.
package graph
