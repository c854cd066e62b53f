package authz

import "strings"

// ceilings are the layers that limit whatever the others allow, in the order of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
var ceilings = [...]Layer{LayerRCP, LayerSCP, LayerEndpoint}

// ownLayers are the layers of the principal's own account, by which it may use
// what it was not given directly.
var ownLayers = [...]Layer{LayerIdentity, LayerBoundary, LayerSession}

// ceiling tells whether every ceiling allows.
func (e *eval) ceiling() tri {
	result := yes
	for _, l := range ceilings {
		if result = min(result, e.allows(l)); result == no {
			break
		}
	}
	return result
}

// identityPath tells whether the principal's own policies allow.
func (e *eval) identityPath() tri {
	p := &e.req.Principal
	if p.Kind == Service || p.Kind == Anonymous {
		return no
	}
	result := e.allows(LayerIdentity)
	if result != no {
		result = min(result, e.sessionPath())
	}
	return result
}

// sessionPath limits what was given to a session's role.
func (e *eval) sessionPath() tri {
	result := e.allows(LayerBoundary)
	if result != no {
		result = min(result, e.allows(LayerSession))
	}
	return result
}

// forbidden is what no policy can allow: KMS answers no anonymous requests, most
// KMS actions cannot be used across accounts, and the aliases of AWS cannot be
// changed.
func (e *eval) forbidden() (Layer, tri) {
	p := &e.req.Principal
	if !e.isKMS() {
		return 0, no
	}
	if p.Kind == Anonymous {
		return LayerResource, yes
	}
	if e.kms >= 0 && strings.HasPrefix(e.resource.parts[5], "alias/aws/") && aliasChanges>>e.kms&1 != 0 {
		return LayerResource, yes
	}
	if e.kms < 0 || kmsActions[e.kms].scope != crossAction {
		return LayerCrossAccount, e.same.not()
	}
	return 0, no
}

var aliasChanges = kmsSetOf("CreateAlias", "UpdateAlias", "DeleteAlias")

func (e *eval) isKMS() bool { return e.delegated && !e.trust }

// permitted tells whether anything allows the request, explicit denies and
// ceilings aside.
func (e *eval) permitted() tri {
	_, never := e.forbidden()
	if never == yes {
		return no
	}
	var result tri
	switch {
	case e.identityOnly:
		result = e.identityPath()
	case e.same == yes:
		result = e.permittedWithin()
	case e.same == no:
		result = e.permittedAcross()
	default: // the accounts may be the same: sure where both answers agree
		if result = e.permittedWithin(); result != e.permittedAcross() {
			result = maybe
		}
	}
	return min(result, never.not())
}

// permittedWithin decides for a principal of the resource's account, and for
// services.
func (e *eval) permittedWithin() tri {
	byPolicy := e.policyClasses()
	if byPolicy[Direct] == yes {
		return yes
	}
	byGrant := e.grantedClasses()
	result := max(byPolicy[Direct], byGrant[Direct])
	if result == yes {
		return yes
	}
	if session := max(byPolicy[ByRole], byPolicy[ByParent], byGrant[ByRole], byGrant[ByParent]); session != no {
		if result = max(result, min(session, e.sessionPath())); result == yes {
			return yes
		}
	}
	if e.needsDelegation() {
		if account := max(byPolicy[ByAccount], byGrant[ByAccount]); account != no {
			return max(result, min(account, e.identityPath()))
		}
		return result
	}
	return max(result, e.identityPath())
}

// needsDelegation reports whether the identity path counts only when the
// resource's policy names the account. The account that made a grant may retire
// it; the account of the key is taken for it.
func (e *eval) needsDelegation() bool { return e.delegated && !e.retiring() }

// permittedAcross decides for a principal of another account, which needs both
// sides; a grant is enough by itself.
func (e *eval) permittedAcross() tri {
	byPolicy, byGrant := e.policyClasses(), e.grantedClasses()
	result := byGrant[Direct]
	if session := max(byGrant[ByRole], byGrant[ByParent]); session != no {
		result = max(result, min(session, e.sessionPath()))
	}
	if either := max(byPolicy.any(), byGrant[ByAccount]); either != no && result != yes {
		result = max(result, min(either, e.identityPath()))
	}
	return result
}
