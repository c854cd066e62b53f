// Package custom reads the rules that a user brings: YAML files whose conditions
// are CEL expressions, each with tests of its own.
//
//   - id: ORG-ENC-1
//     title: Production data is under a rotated key
//     severity: high
//     scope: slot                       # slot, key or resource
//     when: >                           # true: the rule is broken
//     slot.resource.tags.env == "prod" && slot.rung != "sound"
//     message: production data is not on a sound key
//     remediation: Use the platform team's key.
//     rationale: …                      # optional, as are references and controls
//     controls: [{framework: SOC 2, id: CC6.1}]
//     tests:
//   - name: exposed
//     input: {rung: exposed, resource: {tags: {env: prod}}}
//     expect: finding               # finding, none or undecided
//
// The variable has the name of the scope. Its fields:
//
//	slot      name, rung, key (below, or null), keyText, service, change, evidence
//	          (list of texts), resource
//	resource  id, type, name, address, account, region, tags
//	key       id, name, account, region, manager, state, spec, usage, origin,
//	          multiRegion, replica, rotation, rotationDays, deletionDays,
//	          description, policy (text), tags
//
// A fact that is absent is null. A fact that is not known is unknown in the sense
// of CEL: an expression whose value depends on it is undecided, which is reported
// and is neither a pass nor a finding; so is one that fails, such as a missing tag
// that is not guarded with has(). A field that does not exist is an error when the
// rules are loaded. Evaluation is bounded in cost; expressions can read nothing
// but their variable.
package custom
