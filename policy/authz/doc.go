// Package authz decides requests: may this principal do this action on this
// resource in this context, and because of what? It follows the evaluation logic
// of IAM, with the specifics of KMS: the key policy is the root of trust, an
// account principal delegates to IAM, grants allow by themselves.
//
// Policies are compiled once ([Compile]); a [Decision] then names every statement
// and grant that decided, the layer that said no and the context keys that were
// missing. What is not known (a context value, a statement with tokens) makes the
// outcome [Unknown] only when it could change the answer.
//
// The rules are those of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
// and https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html.
// Where AWS does not document a rule, the code says which one was chosen.
//
// Nothing here is used by a command yet: the engine is being built, see the notes
// of the project.
package authz
