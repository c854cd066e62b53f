package kms

import (
	"context"
	"regexp"

	"github.com/bedlock/bedlock/policy"
)

// The forms in which a key policy can name AWS principals: an account, the ARN of an
// account, user, role or session, a unique id. Wildcards stand for nothing but everyone.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
var (
	accountForm   = regexp.MustCompile(`^\d{12}$`)
	uniqueForm    = regexp.MustCompile(`^A(?:IDA|ROA)[A-Z0-9]{12,124}$`)
	principalARNs = regexp.MustCompile(`^arn:aws[a-z-]*:(?:iam::\d{12}:(?:root|user/[!-)+->@-~]+|role/[!-)+->@-~]+)|sts::\d{12}:(?:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+))$`)
	serviceForm   = regexp.MustCompile(`^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$`)
)

// principalsExist reports whether a statement of a key policy names principals, and only
// such as exist. Whether a service exists is not looked at.
func (s *Service) principalsExist(ctx context.Context, st *policy.Statement) bool {
	p := st.Principals
	if p == nil {
		p = st.NotPrincipals
	}
	if p == nil || len(p.Bare) > 0 || len(p.CanonicalUser) > 0 {
		return false
	}
	for _, name := range p.AWS {
		if name == "*" {
			continue
		}
		formed := accountForm.MatchString(name) || uniqueForm.MatchString(name) || principalARNs.MatchString(name)
		if !formed || !s.principalExists(ctx, name) {
			return false
		}
	}
	for _, name := range p.Service {
		if name != "*" && !serviceForm.MatchString(name) {
			return false
		}
	}
	return p.Any || len(p.AWS)+len(p.Service)+len(p.Federated) > 0
}
