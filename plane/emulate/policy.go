package emulate

import (
	"context"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// PassRole decides whether the caller may hand a role to the service principal to: the access
// that AWS asks for when an input names a role.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
func (r *Request) PassRole(ctx context.Context, role, to string) error {
	return r.AllowAs(ctx, &plane.Asked{
		Action: "iam:PassRole", Resource: role,
		Context: authz.Context{"iam:passedtoservice": {Values: []string{to}}},
	})
}

// PolicyOf compiles the policy of a resource for [plane.Asked]; nil: the text is empty. A text
// that is no policy allows nothing.
func PolicyOf(resource, text string) *authz.Policy {
	if text == "" {
		return nil
	}
	d, err := policy.Parse(text)
	if err != nil {
		d = &policy.Document{}
	}
	return authz.Compile(resource, d)
}

// PolicyProblem is what is wrong with the text of a resource's policy; empty: nothing.
func PolicyProblem(text string) string {
	d, err := policy.Parse(text)
	switch {
	case err != nil:
		return err.Error()
	case len(d.Problems) > 0:
		return d.Problems[0].Text
	}
	return ""
}
