// Package workload reads profiles of applications, and makes of them what a plan is made for: all
// the stores of an application at once, the roles that use them, and the alarms on the key.
//
// A profile is a YAML file; docs/workload.md describes it. It names stores by type with patterns
// of names, tags or the CloudFormation stack that made them, so it holds for every deployment of
// the application; {name} in its texts is a variable, given by the profile or by whoever plans.
// The reader is strict: what it does not know is an error with line and column.
//
// Which permissions a role needs is never in a profile: the catalogue knows what each type of
// store needs of its callers, and a profile says only which types a role uses. The same holds for
// the key policy; a profile adds only services that act by themselves, with the account, and where
// the service sends it the source, as conditions.
//
// Nothing here changes AWS. [Workload.Extend] makes a [fix.Request] that [fix.Make] turns into an
// ordinary plan.
package workload
