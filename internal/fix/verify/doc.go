// Package verify says whether a plan that was applied holds: the rung of each of its subjects, the
// state of each of its steps, and the record that CloudTrail has of each new key in use for its
// resource. What it found is an evidence [Record], to be kept.
//
// It changes nothing, and it does not rely on what the run itself had seen: everything is read
// again.
package verify
