package spec

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Ref names a statement, or a grant, that matched.
type Ref struct {
	Layer authz.Layer
	// Policy, Level and Statement as in authz.Reason.
	Policy           string
	Level, Statement int
	Grant            string
	Match            authz.Match
}

// Answer is the outcome with everything that matched, whether it decided or not.
type Answer struct {
	Outcome authz.Outcome
	// Denies and Allows are the statements and grants that match, in the order of
	// the layers.
	Denies, Allows []Ref
}

// rules switches rules to wrong ones, for the tests to see that differences show.
type rules struct {
	starCrossesColon, anyValueOfNone, absentNegatedFails, ifExistsIgnored, wrongTypeNegatedHolds, negatedIsOr, boundarySpares,
	oneNameSpares, actionCase, missingResourceMatches, pendingCounts, constraintsIgnored, variablesAlways, everyKeyOffered,
	roleBypassesBoundary, roleBypassesSession, directNeedsBoundary, keyNeedsNoDelegation, oneSideAcross, everyActionAcross,
	boundaryDenyIgnored, oneLevelEnough, serviceLinkedLimited, managementLimited, retireByPolicy, grantNeedsIdentity,
	endpointIgnored, rootNeedsIdentity, federatedHasIdentity, parentNeedsNoSession bool
}

// evaluation is one request against its layers.
type evaluation struct {
	req    *authz.Request
	layers *authz.Layers
	rules  rules
	// version of the document at hand.
	version            string
	service, operation string
	answer             Answer
}

// newEvaluation reads the action: the service in lower case, and the operation, for
// KMS in the spelling of its API.
func newEvaluation(req *authz.Request, layers *authz.Layers, r rules) *evaluation {
	service, operation, _ := strings.Cut(req.Action, ":")
	e := &evaluation{req: req, layers: layers, rules: r, service: strings.ToLower(service), operation: operation}
	for _, known := range strings.Fields(acrossAccounts + " " + withoutKey + " " + ownAccountOnly) {
		if e.isKMS() && strings.EqualFold(known, operation) {
			e.operation = known
		}
	}
	return e
}

// The operations of KMS by where they can be used. Source: the lines "Cross-account
// use" of https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
const (
	acrossAccounts = "CreateGrant Decrypt DeriveSharedSecret DescribeKey Encrypt GenerateDataKey GenerateDataKeyPair " +
		"GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetKeyRotationStatus GetPublicKey ListGrants " +
		"ReEncryptFrom ReEncryptTo RetireGrant RevokeGrant Sign Verify VerifyMac"
	withoutKey = "CreateKey GenerateRandom ListAliases ListKeys ListRetirableGrants ConnectCustomKeyStore CreateCustomKeyStore " +
		"DeleteCustomKeyStore DescribeCustomKeyStores DisconnectCustomKeyStore UpdateCustomKeyStore"
	ownAccountOnly = "CancelKeyDeletion CreateAlias DeleteAlias DeleteImportedKeyMaterial DisableKey DisableKeyRotation EnableKey " +
		"EnableKeyRotation GetKeyPolicy GetParametersForImport ImportKeyMaterial ListKeyPolicies ListKeyRotations ListResourceTags PutKeyPolicy " +
		"ReplicateKey RotateKeyOnDemand ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription UpdatePrimaryRegion"
)

func (e *evaluation) isKMS() bool { return e.service == "kms" }
func (e *evaluation) isTrustPolicy() bool {
	action := strings.ToLower(e.req.Action)
	if action == "sts:tagsession" || action == "sts:setsourceidentity" {
		return strings.Contains(e.req.Resource, ":role/")
	}
	return strings.HasPrefix(action, "sts:assumerole")
}
func (e *evaluation) retires() bool { return e.isKMS() && e.operation == "RetireGrant" }

// identityOnly: actions without a resource, and aliases, have no resource policy.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
func (e *evaluation) identityOnly() bool {
	return e.req.Resource == "*" || e.isKMS() && (e.isAlias() || slices.Contains(strings.Fields(withoutKey), e.operation))
}

func (e *evaluation) isAlias() bool { return strings.Contains(e.req.Resource, ":alias/") }

func (e *evaluation) resourceAccount() string {
	if e.req.ResourceAccount != "" {
		return e.req.ResourceAccount
	}
	if parts := strings.SplitN(e.req.Resource, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

func (e *evaluation) sameAccount() bool {
	own, other := e.req.Principal.Account, e.resourceAccount()
	return own == "" || other == "" || own == other
}

// limitedBySCP: service control policies limit the users, roles and root users of
// member accounts.
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
func (e *evaluation) limitedBySCP() bool {
	p := e.req.Principal
	return p.Kind != authz.Service && p.Kind != authz.Anonymous && (!p.ServiceLinked || e.rules.serviceLinkedLimited) &&
		(!p.Management || e.rules.managementLimited)
}

// limitedByRCP: resource control policies limit everybody's access to resources of
// member accounts, but not that of service-linked roles, and not kms:RetireGrant.
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
func (e *evaluation) limitedByRCP() bool {
	p := e.req.Principal
	return !p.ServiceLinked && !e.retires() && !(p.Management && e.sameAccount())
}

// look finds every statement that matches, layer by layer.
func (e *evaluation) look() {
	l := e.layers
	each(l.Identity, func(p *authz.Policy) { e.read(authz.LayerIdentity, 0, p) })
	e.read(authz.LayerBoundary, 0, l.Boundary)
	each(l.Session, func(p *authz.Policy) { e.read(authz.LayerSession, 0, p) })
	if e.limitedBySCP() {
		for level, list := range l.SCPs {
			each(list, func(p *authz.Policy) { e.read(authz.LayerSCP, level, p) })
		}
	}
	if e.limitedByRCP() {
		for level, list := range l.RCPs {
			each(list, func(p *authz.Policy) { e.read(authz.LayerRCP, level, p) })
		}
	}
	if !e.rules.endpointIgnored {
		e.read(authz.LayerEndpoint, 0, l.Endpoint)
	}
	// Neither the key policy nor an RCP controls who retires a grant:
	// https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
	if !e.identityOnly() && (!e.retires() || e.rules.retireByPolicy) {
		e.read(authz.LayerResource, 0, l.Resource)
	}
	if e.identityOnly() || !e.isKMS() {
		return
	}
	for _, g := range l.Grants {
		if m := e.granted(g); m != authz.NoPrincipal {
			e.answer.Allows = append(e.answer.Allows, Ref{Layer: authz.LayerGrant, Grant: g.ID, Match: m})
		}
	}
}

func each(list []*authz.Policy, visit func(*authz.Policy)) {
	for _, p := range list {
		visit(p)
	}
}

func (e *evaluation) read(layer authz.Layer, level int, p *authz.Policy) {
	if p == nil {
		return
	}
	doc := p.Document()
	if e.version = doc.Version; e.rules.variablesAlways {
		e.version = "2012-10-17"
	}
	for i := range doc.Statements {
		s := &doc.Statements[i]
		match, ok := e.applies(s, layer)
		ref := Ref{Layer: layer, Policy: p.Name(), Level: level, Statement: i, Match: match}
		switch {
		case ok && s.Effect == policy.Allow:
			e.answer.Allows = append(e.answer.Allows, ref)
		case ok && s.Effect == policy.Deny:
			e.answer.Denies = append(e.answer.Denies, ref)
		}
	}
}

// has tells whether a statement of the layer, or a grant, allows; match 0 takes any.
func (e *evaluation) has(layer authz.Layer, match authz.Match) bool {
	return slices.ContainsFunc(e.answer.Allows, func(r Ref) bool {
		return r.Layer == layer && (match == authz.NoPrincipal || r.Match == match)
	})
}

// everyLevel: from the root of the organization to the account, each level allows.
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
func (e *evaluation) everyLevel(layer authz.Layer, levels int) bool {
	for level := range levels {
		found := slices.ContainsFunc(e.answer.Allows, func(r Ref) bool { return r.Layer == layer && r.Level == level })
		if !found && !e.rules.oneLevelEnough {
			return false
		}
		if found && e.rules.oneLevelEnough {
			return true
		}
	}
	return levels == 0 || !e.rules.oneLevelEnough
}
