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
//
// One request is one authorization, and its caller says what the call is about:
//   - Resource is the key, also when the call named it by an alias; kms:RequestAlias
//     is then given.
//   - Calls of several parts are several requests: ReEncrypt is kms:ReEncryptFrom on
//     the one key and kms:ReEncryptTo on the other, each with its encryption context;
//     CreateAlias, UpdateAlias and DeleteAlias are authorized on the alias, by
//     identity-based policies alone, and on every key concerned; CreateKey with tags
//     needs kms:TagResource, ReplicateKey also kms:CreateKey where the replica is.
//   - A service that forwards a call (a forward access session) is not the principal:
//     the user or role is. kms:ViaService, aws:ViaAWSService, aws:CalledVia,
//     aws:CalledViaFirst and aws:CalledViaLast are given, aws:SourceIp, aws:SourceVpc
//     and aws:SourceVpce left out. A service that acts for itself is the principal,
//     and has aws:SourceArn, aws:SourceAccount and the like given.
//   - Properties of the key, tags, the encryption context and constraints of a grant
//     that is made are context keys, all given. kms:EncryptionContextKeys follows
//     from the pairs with names in lower case, unless it is given as well: policies
//     may ask for names in their case.
//   - Keys in custom and external key stores are authorized like others; what a proxy
//     of an external key store allows is not looked at. Neither is whether a key, a
//     Region or a principal is enabled.
//
// Sources: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html,
// https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
// and https://docs.aws.amazon.com/kms/latest/developerguide/authorize-xks-key-store.html.
//
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
//   - The account in which a grant was created, which may retire it by its own
//     policies, is taken to be that of the key.
//   - kms:ResourceAliases, which is for identity-based policies, is read alike in all.
//   - A condition without set operator on a key of several values does not hold; a
//     value that is not of the operator's type satisfies neither the operator nor
//     its negation; under Bool, what is not "true" is false.
//   - In ArnLike, "*" alone matches every ARN, and a pattern of fewer than six parts
//     none.
//   - A date of four digits is a year.
//   - A statement that IAM would refuse for its form may or may not apply.
package authz
