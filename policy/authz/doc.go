// Package authz decides requests: may this principal do this action on this
// resource in this context, and because of what? It follows the evaluation logic
// of IAM, with the specifics of KMS: the key policy is the root of trust, an
// account principal delegates to IAM, grants allow by themselves.
//
// Policies are compiled once ([Compile]); a [Decision] then names every statement
// and grant that decided, the layer that said no and the context keys that were
// missing. What is not known (a context value, whatever an open request does not say,
// a statement with tokens) makes the outcome [Unknown] only when it could change the
// answer.
//
// The rules are those of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
// and https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html.
// What is not known is carried through by Kleene's logic: an answer other than
// Unknown holds for every value of what is not known, while two conditions on the
// same unknown key are taken as independent, so that Unknown may be said although
// they leave one answer. A request that nothing allows is an ImplicitDeny also when
// an unknown value decides whether it is denied explicitly as well.
//
// Where AWS does not document a rule, one was chosen:
//   - {"AWS": "*"} covers services in Deny and not in Allow; "*" covers them always.
//   - A grant to a user or a session is limited by neither boundary nor session
//     policy, one to a role by both, one to an account delegates to IAM; a grant is
//     enough across accounts.
//   - Deny with NotPrincipal spares who is listed by every name it has.
//   - An account principal in an endpoint policy covers all of its principals.
//   - The account of a key may retire its grants by its own policies.
//   - A condition without set operator on a key of several values does not hold; a
//     value that is not of the operator's type satisfies neither the operator nor
//     its negation; under Bool, what is not "true" is false.
//   - In ArnLike, "*" alone matches every ARN, and a pattern of fewer than six parts
//     none.
//   - A date of four digits is a year.
//   - A statement that IAM would refuse for its form may or may not apply.
package authz
