// Package inventory is the one model from which every question is answered: an
// immutable snapshot of resources with their slots, keys, aliases, grants and
// principals, and of what could not be read. It has a versioned JSON form with a
// strict reader.
//
// Nothing in it is guessed. Every fact is a [Value] that is known, absent, unknown
// (with the reason) or unread (with the error), and carries its position when it
// comes from a file.
//
// Texts that contain parts which the source cannot know use tokens of the form
// ${bedlock:…}: ${bedlock:account}, ${bedlock:region} and ${bedlock:partition}
// stand for where the source will be deployed, ${bedlock:ref:ID#ATTRIBUTE} for an
// attribute of another resource of the inventory, ${bedlock:unknown:REASON} for
// anything else. No AWS policy variable has that prefix.
package inventory
