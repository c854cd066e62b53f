// Package apply does the steps of a plan, and takes them back.
//
// Before each call its intent is on disk, in the [Journal]; after it, its answer. A run that was
// killed anywhere goes on from the journal: what is not known is read again, and the states that
// every step has (package fix) say whether its call has had its effect. What is neither as it
// was nor as it should be has been changed by somebody else: that stops the run, and nothing is
// written over it.
//
// A journal has the plan in it, and so everything that is needed to go on or back.
package apply
