package estate

import (
	"slices"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Shut says whether a principal is denied every use of the key for want of anything that could allow
// one: its own policies allow nothing of KMS, and neither the policy nor a grant of the key is for
// it. It is quicker than [Case.Meets], and false does not say that anything is allowed.
func (c *Case) Shut(p *Party) bool {
	if p.Identity == nil {
		return false
	}
	for _, own := range p.Layers.Identity {
		if slices.ContainsFunc(own.Document().Statements, func(s policy.Statement) bool {
			return len(s.Undetermined) > 0 || s.Effect == policy.Allow && s.Touches("kms")
		}) {
			return false
		}
	}
	if slices.ContainsFunc(c.Target.Grants, func(g authz.Grant) bool { return !another(p, g.Grantee) }) {
		return false
	}
	return !slices.ContainsFunc(c.Target.Policy.Document().Statements, func(s policy.Statement) bool {
		switch {
		case len(s.Undetermined) > 0, s.NotPrincipals != nil:
			return true
		case s.Effect != policy.Allow:
			return false
		case s.Principals == nil, s.Principals.Any:
			return true
		}
		return slices.ContainsFunc(s.Principals.AWS, func(named string) bool { return !another(p, named) })
	})
}

// another says whether what a policy or grant names is somebody else, or an account, which leaves it
// to the policies of its own principals.
func another(p *Party, named string) bool {
	if accountNumber.FindString(named) == named {
		return true
	}
	a, err := arn.Parse(named)
	switch {
	case err != nil || arn.IsToken(named):
		return false
	case a.Service == "iam" && a.Resource == "root":
		return true
	case a.Service != "iam": // a session may be one of its role
		return false
	}
	return named != p.Principal.ARN && named != p.Principal.Role
}
