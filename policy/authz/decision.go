package authz

import "github.com/bedlock/bedlock/policy"

// Outcome is the answer. The zero value is invalid; it is never a bool, and
// Unknown is never folded into anything else.
type Outcome uint8

// The outcomes.
const (
	Allow Outcome = iota + 1
	// ExplicitDeny: a statement with Effect Deny matched.
	ExplicitDeny
	// ImplicitDeny: some layer that must allow does not.
	ImplicitDeny
	// Unknown: what is not known could change the answer.
	Unknown
)

var outcomeNames = [...]string{Allow: "Allow", ExplicitDeny: "ExplicitDeny", ImplicitDeny: "ImplicitDeny", Unknown: "Unknown"}

// String returns the outcome's name, or "invalid".
func (o Outcome) String() string {
	if o < Allow || int(o) >= len(outcomeNames) {
		return "invalid"
	}
	return outcomeNames[o]
}

// Layer is one kind of policy between request and answer. The zero value is
// invalid.
type Layer uint8

// The layers, in the order in which AWS names them in its errors.
const (
	LayerIdentity Layer = iota + 1
	LayerBoundary
	LayerSession
	LayerSCP
	LayerRCP
	LayerEndpoint
	LayerResource
	LayerGrant
	// LayerCrossAccount: the action cannot be used across accounts.
	LayerCrossAccount
)

var layerNames = [...]string{
	LayerIdentity: "identity-based policy", LayerBoundary: "permissions boundary", LayerSession: "session policy",
	LayerSCP: "service control policy", LayerRCP: "resource control policy", LayerEndpoint: "VPC endpoint policy",
	LayerResource: "resource-based policy", LayerGrant: "grant", LayerCrossAccount: "cross-account rule",
}

// String returns the layer as AWS names it, or "invalid".
func (l Layer) String() string {
	if l < LayerIdentity || int(l) >= len(layerNames) {
		return "invalid"
	}
	return layerNames[l]
}

// Match says how a principal matched a statement's Principal. The zero value
// means that the statement has no Principal element (identity side).
type Match uint8

// The ways of matching, strongest first.
const (
	NoPrincipal Match = iota
	// Direct: everyone, the user, the very session, the service.
	Direct
	// ByParent: the user that made a federated session.
	ByParent
	// ByRole: the role of a session.
	ByRole
	// ByAccount: the principal's account, which delegates to IAM.
	ByAccount
)

// Reason is one statement or grant that took part in the decision.
type Reason struct {
	Layer Layer
	// Policy is the name given to Compile; Statement its index there; both are for
	// statements. Level counts the levels of SCPs and RCPs from the root.
	Policy    string
	Statement int
	Level     int
	Effect    policy.Effect
	Match     Match
	// Grant is the grant's ID; for grants only.
	Grant string
	At    policy.Place
}

// Decision is an answer with all of its grounds.
type Decision struct {
	Outcome Outcome
	// Reasons are the statements and grants that matched and bear on the outcome:
	// every matching Deny for ExplicitDeny, every deciding Allow for Allow. Grounds
	// that did not decide are left out.
	Reasons []Reason
	// Missing are the layers that had to allow and did not, for ImplicitDeny; the
	// first is the one that AWS would name. For kms:RetireGrant, which the grant
	// itself controls, that is LayerGrant; in the account of the key the others named
	// would do without it.
	Missing []Layer
	// Absent are context keys (lower case) whose absence kept an Allow statement
	// that otherwise matches from matching, sorted.
	Absent []string
	// Open are context keys, or "statement NAME[i]" for undetermined statements,
	// that could change the answer, for Unknown; sorted.
	Open []string
}
