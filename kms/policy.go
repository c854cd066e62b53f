package kms

import (
	"context"
	"strconv"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// policyName is the name that the only policy of a key has.
const policyName = "default"

// GetKeyPolicy returns a key's policy as it was stored.
func (s *Service) GetKeyPolicy(ctx context.Context, c *Call, in *GetKeyPolicyInput) (*GetKeyPolicyOutput, error) {
	k, err := s.open(ctx, c, "kms:GetKeyPolicy", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	if err := check("GetKeyPolicy", k.v); err != nil {
		return nil, err
	}
	if err := onlyPolicy(in.PolicyName); err != nil {
		return nil, err
	}
	return &GetKeyPolicyOutput{k.v.Policy, policyName}, nil
}

// onlyPolicy refuses the names of other policies: exception and text are unconfirmed.
func onlyPolicy(name string) error {
	if name != "" && name != policyName {
		return fail(NotFound, "No such policy exists")
	}
	return nil
}

// ListKeyPolicies lists the one policy that a key has.
func (s *Service) ListKeyPolicies(ctx context.Context, c *Call, in *ListKeyPoliciesInput) (*ListKeyPoliciesOutput, error) {
	k, err := s.open(ctx, c, "kms:ListKeyPolicies", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	if err := check("ListKeyPolicies", k.v); err != nil {
		return nil, err
	}
	names, next, err := page("ListKeyPolicies", in.Marker, in.Limit, []string{policyName}, func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	return &ListKeyPoliciesOutput{names, next, next != ""}, nil
}

// PutKeyPolicy replaces a key's policy.
func (s *Service) PutKeyPolicy(ctx context.Context, c *Call, in *PutKeyPolicyInput) error {
	given := authz.Context{}
	if in.BypassPolicyLockoutSafetyCheck != nil {
		given["kms:bypasspolicylockoutsafetycheck"] = one(strconv.FormatBool(*in.BypassPolicyLockoutSafetyCheck))
	}
	k, err := s.open(ctx, c, "kms:PutKeyPolicy", in.KeyId, idOrARN, nil, given)
	if err != nil {
		return err
	}
	return s.change(ctx, c, "PutKeyPolicy", k.e, func(_ *version, k *Key) error {
		if err := onlyPolicy(in.PolicyName); err != nil {
			return err
		}
		k.Policy = in.Policy
		return s.checkPolicy(ctx, c, k, in.BypassPolicyLockoutSafetyCheck)
	})
}

// Principals tells which principals exist. An [Authorizer] may be one too; without one,
// all of the right form do.
type Principals interface {
	// PrincipalExists reports whether a user, role, session or account exists, by ARN or
	// unique id, or an account by its number.
	PrincipalExists(ctx context.Context, name string) bool
}

// principalExists asks the Authorizer, if it knows.
func (s *Service) principalExists(ctx context.Context, name string) bool {
	p, ok := s.auth.(Principals)
	return !ok || p.PrincipalExists(ctx, name)
}

// checkPolicy checks the policy that a key is to have: its size and form, that its
// principals exist, and that it does not lock the caller out. A statement without Action
// or Resource is accepted and has no effect.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
func (s *Service) checkPolicy(ctx context.Context, c *Call, k *Key, bypass *bool) error {
	if len(k.Policy) > policy.MaxKeyPolicySize {
		return fail(LimitExceeded, "") // AWS's text is unconfirmed
	}
	doc, err := policy.Parse(k.Policy)
	if err != nil {
		return fail(MalformedPolicyDocument, "") // AWS's text is unconfirmed
	}
	if err := wellFormed(doc); err != nil {
		return err
	}
	for i := range doc.Statements {
		if !s.principalsExist(ctx, &doc.Statements[i]) {
			return fail(MalformedPolicyDocument, "Policy contains a statement with one or more invalid principals.")
		}
	}
	if (bypass == nil || !*bypass) && !s.keepsControl(c, k, doc) {
		return fail(MalformedPolicyDocument, "The new key policy will not allow you to update the key policy in the future.")
	}
	return nil
}

// wellFormed refuses what IAM's grammar does not have. Texts are unconfirmed, ours says
// what is wrong.
func wellFormed(doc *policy.Document) error {
	for _, p := range doc.Problems {
		if p.Kind == policy.Incomplete || p.Kind == policy.BarePrincipal {
			continue // what is left out is looked at below, such principals by principalsExist
		}
		return fail(MalformedPolicyDocument, "Line %d, column %d: %s.", p.At.Line, p.At.Column, p.Text)
	}
	if len(doc.Statements) == 0 {
		return fail(MalformedPolicyDocument, "The policy has no statement.")
	}
	for _, st := range doc.Statements {
		if st.Effect != policy.Allow && st.Effect != policy.Deny {
			return fail(MalformedPolicyDocument, "A statement of the policy has no Effect.")
		}
	}
	return nil
}

// keepsControl reports whether the caller may put another policy after this one. What the
// policy leaves to the account counts as allowed: whether AWS looks at the caller's own
// policies is unconfirmed.
func (s *Service) keepsControl(c *Call, k *Key, doc *policy.Document) bool {
	found := &found{v: &version{Key: *k}}
	request := &authz.Request{
		Principal: c.Principal, Action: "kms:PutKeyPolicy", Resource: k.ARN(), ResourceAccount: k.Account,
		Context: s.conditions(found, c.Context),
	}
	layers := &authz.Layers{Identity: []*authz.Policy{everything}, Resource: authz.Compile("key policy", doc)}
	return authz.OutcomeOf(request, layers) == authz.Allow
}

// everything allows everything.
var everything = authz.Compile("everything", &policy.Document{
	Version:    "2012-10-17",
	Statements: []policy.Statement{{Effect: policy.Allow, Actions: []string{"*"}, Resources: []string{"*"}}},
})
