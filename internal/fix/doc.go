// Package fix moves resources under other keys without losing anything of them. It makes a
// [Plan] out of an inventory and a target: the calls of APIs that lead from what is there to what
// is wanted, in order, each with the state it begins from, the state it leads to, and the way
// back. Package apply makes the calls, package rehearse tries them on a local twin first, package
// emit writes them as Terraform, CloudFormation and a script.
//
// # What a step is
//
// A [Step] changes one thing, which is read by one call ([State]). Before and After are what that
// call answers before and after the step, without what AWS changes by itself. So one comparison
// says everything: what is read equals Before, and the step is to be done; it equals After, and
// the step has been done, whoever saw the answer; it equals neither, and somebody else has changed
// the thing, so nothing is written. A crash, a timeout after the effect and a second run need no
// other rule.
//
// Updates of Bedrock replace the whole resource. An update is therefore made of everything that
// was read, by the catalogue's renames; a member that has no place in the update and is not known
// to be AWS's own is an error of the plan, not a loss of the resource.
//
// # What is in a plan
//
// A plan has the configuration of what it changes, texts of prompts and guardrails included, for
// without it there is no way back. Its file is for its owner only. It has no credentials, no key
// material and no values of secrets: of stores whose updates keep what is not sent, it compares and
// changes the key alone. What else of them, and of agents, other languages have to say (Step.Rest)
// is not compared, and has no value that is kept secret.
//
// Names of things that exist only later (the ARN of a key that a step makes) stand as
// ${step:path}: a step's ID and the path in its answer. ${run:id} is different each time the plan
// is applied.
package fix
