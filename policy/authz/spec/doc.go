// Package spec decides requests a second time: slowly, from the documents as they
// were written, and following the flow chart of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
// one box after the other. It exists to be read beside the documentation and
// compared with package authz, of which it uses the words (requests, layers,
// outcomes) and none of the code that decides.
//
// It is clear rather than fast, compiles nothing and keeps nothing. Context values
// that are not known are tried one after the other ([Decide]); tokens for what an
// inventory does not know are not understood here, and are plain text.
package spec
