// Package rehearse tries a plan on a local twin before it is applied in earnest, and says what
// would go wrong.
//
// The twin is a plane in this process with the inventory in it: its accounts, users, groups and
// roles under their own ids with all their policies and boundaries, where the accounts are in
// their organization and the control policies there, the keys under their own ids with policies,
// aliases, grants and states, and the resources that the plan changes with the whole
// configuration that the plan has read. The plan is applied there by package apply with the
// client that would apply it in earnest. Before and after that:
//
//   - every use of a key that the slots need is made: by each principal of the inventory that may
//     be the caller, by the roles and by the services. These are calls of KMS, not decisions
//     about calls.
//   - the accesses to the keys are compared, of all principals of the inventory and of those
//     outside, with what the plan is to lead to: what was allowed, and what the slots need.
//   - the configuration of each resource is compared member by member, but for the key.
//   - the slots are audited: none may stand lower than the plan says.
//
// What is not as it should be is a sentence in [Report.Unexpected]. What the twin cannot hold is a
// sentence in [Report.Left]: a rehearsal that leaves something out is not in order, unless that
// is allowed.
//
// The twin knows what the inventory knows. Tags of principals, session policies and VPC endpoints
// are in none; key material, and content, is the twin's own.
package rehearse
