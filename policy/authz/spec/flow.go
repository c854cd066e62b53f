package spec

import (
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

// decide is the flow chart of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
// with what KMS adds:
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
func (e *evaluation) decide() authz.Outcome {
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html:
	// "No permissions are required to perform this operation."
	// Without credentials there is nobody to tell.
	if strings.EqualFold(e.req.Action, "sts:GetCallerIdentity") {
		return outcome(e.req.Principal.Kind != authz.Anonymous)
	}
	e.look()
	switch {
	case e.explicitlyDenied():
		return authz.ExplicitDeny
	case !e.rcpsAllow(), !e.scpsAllow(), !e.endpointAllows():
		return authz.ImplicitDeny
	case e.neverAllowed():
		return authz.ImplicitDeny
	case e.req.Principal.Kind == authz.Service || e.req.Principal.Kind == authz.Anonymous:
		return outcome(e.has(authz.LayerResource, authz.Direct) || e.has(authz.LayerGrant, authz.Direct))
	case e.identityOnly():
		return outcome(e.identityPath())
	case e.sameAccount():
		return outcome(e.allowedWithin())
	}
	return outcome(e.allowedAcross())
}

func outcome(allowed bool) authz.Outcome {
	if allowed {
		return authz.Allow
	}
	return authz.ImplicitDeny
}

// explicitlyDenied is the first box: a Deny anywhere.
func (e *evaluation) explicitlyDenied() bool {
	for _, r := range e.answer.Denies {
		if r.Layer != authz.LayerBoundary || !e.rules.boundaryDenyIgnored {
			return true
		}
	}
	return false
}

// rcpsAllow is the box "Organizations RCPs".
func (e *evaluation) rcpsAllow() bool {
	return !e.limitedByRCP() || e.everyLevel(authz.LayerRCP, len(e.layers.RCPs))
}

// scpsAllow is the box "Organizations SCPs".
func (e *evaluation) scpsAllow() bool {
	return !e.limitedBySCP() || e.everyLevel(authz.LayerSCP, len(e.layers.SCPs))
}

// endpointAllows: a VPC endpoint's policy must allow what goes through it.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-vpc-endpoint.html
func (e *evaluation) endpointAllows() bool {
	return e.layers.Endpoint == nil || e.has(authz.LayerEndpoint, authz.NoPrincipal) || e.rules.endpointIgnored
}

// neverAllowed: KMS takes signed requests only; the aliases of AWS cannot be
// changed; an operation that is not for other accounts is refused to them. Sources:
// https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
// https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
func (e *evaluation) neverAllowed() bool {
	if !e.isKMS() {
		return false
	}
	operation := e.operation
	switch {
	case e.req.Principal.Kind == authz.Anonymous:
		return true
	case strings.Contains(e.req.Resource, ":alias/aws/") && (operation == "CreateAlias" || operation == "UpdateAlias" || operation == "DeleteAlias"):
		return true
	case e.sameAccount() || e.rules.everyActionAcross:
		return false
	}
	for _, usable := range strings.Fields(acrossAccounts) {
		if usable == operation {
			return false
		}
	}
	return true
}

// identityPath is what the principal's own account lets it do: the boxes
// "identity-based policy", "permissions boundary" and "session policies" together.
func (e *evaluation) identityPath() bool {
	return e.identityAllows() && e.boundaryAllows() && e.sessionAllows()
}

// identityAllows: the root user needs no policy.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html
func (e *evaluation) identityAllows() bool {
	return e.req.Principal.Kind == authz.Root && !e.rules.rootNeedsIdentity || e.has(authz.LayerIdentity, authz.NoPrincipal)
}

func (e *evaluation) boundaryAllows() bool {
	return e.layers.Boundary == nil || e.has(authz.LayerBoundary, authz.NoPrincipal)
}

// sessionAllows: a federated user without session policies has no permissions but
// those of resource policies that name the session.
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
func (e *evaluation) sessionAllows() bool {
	if e.layers.Session == nil {
		return e.req.Principal.Kind != authz.Federated || e.rules.federatedHasIdentity
	}
	return e.has(authz.LayerSession, authz.NoPrincipal)
}

// allowedWithin is the box "resource-based policy" in one account, and what follows
// it; the table below the flow chart tells users, roles and sessions apart.
func (e *evaluation) allowedWithin() bool {
	switch {
	case e.named(authz.Direct) && (e.boundaryAllows() || !e.rules.directNeedsBoundary):
		return true
	case (e.named(authz.ByRole) || e.named(authz.ByParent)) &&
		(e.boundaryAllows() || e.rules.roleBypassesBoundary) && (e.sessionAllows() || e.rules.roleBypassesSession || e.rules.parentNeedsNoSession && e.layers.Session == nil):
		return true
	}
	return e.identityPath() && (e.named(authz.ByAccount) || !e.needsDelegation())
}

// named tells whether the resource's policy or a grant names the principal so.
func (e *evaluation) named(m authz.Match) bool {
	return e.has(authz.LayerResource, m) || e.has(authz.LayerGrant, m)
}

// needsDelegation: the policies of keys and roles must let the account's own
// policies count. The account that made a grant may retire it; the key's account
// is taken for it. Sources:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html
// https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
func (e *evaluation) needsDelegation() bool {
	return e.isKMS() && !e.retires() && !e.rules.keyNeedsNoDelegation || e.isTrustPolicy()
}

// allowedAcross: both accounts must allow. A grant is enough by itself. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func (e *evaluation) allowedAcross() bool {
	switch {
	case e.rules.oneSideAcross && e.has(authz.LayerResource, authz.NoPrincipal):
		return true
	case e.rules.grantNeedsIdentity:
	case e.has(authz.LayerGrant, authz.Direct):
		return true
	case (e.has(authz.LayerGrant, authz.ByRole) || e.has(authz.LayerGrant, authz.ByParent)) && e.boundaryAllows() &&
		(e.sessionAllows() || e.rules.parentNeedsNoSession && e.layers.Session == nil):
		return true
	}
	return e.identityPath() && (e.has(authz.LayerResource, authz.NoPrincipal) || e.has(authz.LayerGrant, authz.ByAccount) ||
		e.rules.grantNeedsIdentity && e.has(authz.LayerGrant, authz.NoPrincipal))
}
