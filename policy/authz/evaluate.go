package authz

import (
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// eval is one evaluation: the request, what was worked out about it once, and the
// answers of its layers as far as they were asked.
type eval struct {
	req      *Request
	layers   *Layers
	kms      int // index of the KMS action, -1 for others
	resource subject
	account  string // of the resource; empty when it has none
	same     tri    // the principal is of the resource's account
	tokens   bool   // the names of the principal have tokens
	// identityOnly: no policy of a resource takes part: aliases, and actions
	// without a resource.
	identityOnly bool
	// delegated: the resource's policy must let the account's own policies count, as
	// for KMS keys and the trust policies of roles.
	delegated bool
	trust     bool // the resource's policy is a role's trust policy

	scratch [8]string
	asked   [LayerResource + 1]bool
	answers [LayerResource + 1]tri
	// by are the ways in which the resource's policy, and grants, allow.
	byPolicy, byGrant   classes
	askedBy, askedGrant bool
	full                bool // do not stop at the first statement that is enough
}

func newEval(req *Request, layers *Layers) eval {
	e := eval{req: req, layers: layers, kms: kmsIndex(req.Action), resource: newSubject(req.Resource), account: req.ResourceAccount}
	if e.account == "" && e.resource.proper {
		e.account = e.resource.parts[4]
	}
	p := &req.Principal
	e.tokens = hasToken(p.ARN) || hasToken(p.Role) || hasToken(p.Parent) || hasToken(p.Account)
	if e.same = yes; e.account != "" && p.Account != "" {
		e.same = sameText(e.account, p.Account)
	}
	service, name, _ := strings.Cut(req.Action, ":")
	e.identityOnly = req.Resource == "*"
	switch {
	case equalFold("kms", service):
		e.identityOnly = e.identityOnly || e.kms >= 0 && kmsActions[e.kms].scope == noKeyAction || strings.HasPrefix(e.resource.parts[5], "alias/")
		e.delegated = true
	case equalFold("sts", service) && trustAction(name, e.resource.parts[5]):
		e.delegated, e.trust = true, true
	}
	return e
}

// trustAction reports whether an action of STS is decided by the trust policy of a role:
// those that assume it, and what they need for tags and a source identity; tags of
// GetFederationToken are not of a role. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
func trustAction(name, resource string) bool {
	const assume = "assumerole"
	if len(name) >= len(assume) && equalFold(assume, name[:len(assume)]) {
		return true
	}
	return strings.HasPrefix(resource, "role/") && (equalFold("tagsession", name) || equalFold("setsourceidentity", name))
}

// limited reports whether SCPs apply to the principal. Source:
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
func (e *eval) limitedBySCP() bool {
	p := &e.req.Principal
	return e.layers.SCPs != nil && p.Kind != Service && p.Kind != Anonymous && !p.ServiceLinked && !p.Management
}

// limitedByRCP reports whether RCPs apply to the request: not to service-linked
// roles, resources of the management account, and kms:RetireGrant. That they do
// not apply to AWS managed keys is for the caller, who knows the key. Source:
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
func (e *eval) limitedByRCP() bool {
	p := &e.req.Principal
	return e.layers.RCPs != nil && !p.ServiceLinked && !(p.Management && e.same == yes) && !e.retiring()
}

// retiring: kms:RetireGrant is controlled by the grant, and neither by the key
// policy nor by RCPs.
func (e *eval) retiring() bool { return e.kms == retireGrant }

// hasResourcePolicy reports whether the resource's policy takes part.
func (e *eval) hasResourcePolicy() bool {
	return e.layers.Resource != nil && !e.identityOnly && !e.retiring()
}

// denied tells whether any statement denies. It stops at the first certain one.
func (e *eval) denied() tri {
	l := e.layers
	result := e.deniedBy(l.Resource, resourceSide, e.hasResourcePolicy())
	result = max(result, e.deniedBy(l.Boundary, identitySide, true))
	result = max(result, e.deniedBy(l.Endpoint, resourceSide, true))
	for _, p := range l.Identity {
		result = max(result, e.deniedBy(p, identitySide, result != yes))
	}
	for _, p := range l.Session {
		result = max(result, e.deniedBy(p, identitySide, result != yes))
	}
	if e.limitedBySCP() {
		for _, level := range l.SCPs {
			for _, p := range level {
				result = max(result, e.deniedBy(p, identitySide, result != yes))
			}
		}
	}
	if e.limitedByRCP() {
		for _, level := range l.RCPs {
			for _, p := range level {
				result = max(result, e.deniedBy(p, resourceSide, result != yes))
			}
		}
	}
	return result
}

func (e *eval) deniedBy(p *Policy, on side, asked bool) tri {
	if p == nil || !asked {
		return no
	}
	result := no
	for _, i := range p.denies {
		if result = max(result, e.effective(&p.statements[i], on, policy.Deny)); result == yes {
			break
		}
	}
	return result
}

// effective tells whether a statement applies with an effect.
func (e *eval) effective(s *statement, on side, effect policy.Effect) tri {
	if on == identitySide {
		return s.applies(e)
	}
	_, t := s.appliesTo(e, effect)
	return t
}

func (e *eval) allowedBy(p *Policy, on side) tri {
	result := no
	if p != nil {
		for _, i := range p.allows {
			if result = max(result, e.effective(&p.statements[i], on, policy.Allow)); result == yes {
				break
			}
		}
	}
	return result
}

func (e *eval) anyAllows(list []*Policy, on side) tri {
	result := no
	for _, p := range list {
		if result = max(result, e.allowedBy(p, on)); result == yes {
			break
		}
	}
	return result
}

// everyLevel: each level of an organization must allow.
func (e *eval) everyLevel(levels [][]*Policy, on side) tri {
	result := yes
	for _, level := range levels {
		if result = min(result, e.anyAllows(level, on)); result == no {
			break
		}
	}
	return result
}

// allows tells whether a layer allows the request, for the layers that only do or
// do not; the answer is kept.
func (e *eval) allows(l Layer) tri {
	if !e.asked[l] {
		e.asked[l], e.answers[l] = true, e.ask(l)
	}
	return e.answers[l]
}

func (e *eval) ask(l Layer) tri {
	root := e.req.Principal.Kind == Root
	switch l {
	case LayerIdentity:
		// The root user has no policies of its own and may everything.
		if root {
			return yes
		}
		return e.anyAllows(e.layers.Identity, identitySide)
	case LayerBoundary:
		if root || e.layers.Boundary == nil {
			return yes
		}
		return e.allowedBy(e.layers.Boundary, identitySide)
	case LayerSession:
		// A federated session without session policies may nothing but what a policy
		// gives to the session itself:
		// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
		if root || e.layers.Session == nil {
			return truth(e.req.Principal.Kind != Federated)
		}
		return e.anyAllows(e.layers.Session, identitySide)
	case LayerSCP:
		if !e.limitedBySCP() {
			return yes
		}
		return e.everyLevel(e.layers.SCPs, identitySide)
	case LayerRCP:
		if !e.limitedByRCP() {
			return yes
		}
		return e.everyLevel(e.layers.RCPs, resourceSide)
	case LayerEndpoint:
		if e.layers.Endpoint == nil {
			return yes
		}
		return e.allowedBy(e.layers.Endpoint, resourceSide)
	}
	return no
}

// policyClasses are the ways in which the resource's policy allows.
func (e *eval) policyClasses() *classes {
	if e.askedBy {
		return &e.byPolicy
	}
	e.askedBy = true
	if !e.hasResourcePolicy() {
		return &e.byPolicy
	}
	for _, i := range e.layers.Resource.allows {
		s := &e.layers.Resource.statements[i]
		if who, t := s.appliesTo(e, policy.Allow); t != no {
			e.byPolicy.merge(&who, yes)
		}
		if e.byPolicy[Direct] == yes && !e.full {
			break
		}
	}
	return &e.byPolicy
}

// grantedClasses are the ways in which the grants allow.
func (e *eval) grantedClasses() *classes {
	if e.askedGrant {
		return &e.byGrant
	}
	e.askedGrant = true
	if !e.identityOnly {
		for i := range e.layers.Grants {
			c := e.grantClasses(&e.layers.Grants[i])
			e.byGrant.merge(&c, yes)
		}
	}
	return &e.byGrant
}
