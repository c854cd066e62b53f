// Package permit makes the least identity policy of whoever applies a plan: what its calls need,
// on what they are about, and no more. With it the plan is applied and taken back; see the tests,
// which take each action away.
package permit
