// Package dryrun asks KMS itself whether those who need the keys of a plan can use them, by calls
// with DryRun: KMS answers what it would answer, and does nothing. What the policy engine has
// decided is so compared with AWS's own decision.
//
// Only a call that one can make oneself can be tried. What policies allow through a service alone,
// and what services do in their own name, cannot: that is said, and is no failure. A refusal counts
// as one when the engine decides, of this very call, that it is allowed, and when it lasts longer
// than what was written to IAM and KMS takes to be seen.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html
package dryrun
