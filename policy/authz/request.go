package authz

// Kind says what a principal is. The zero value is invalid.
type Kind uint8

// The kinds of principals.
const (
	// User is an IAM user.
	User Kind = iota + 1
	// Session is a session of a role.
	Session
	// Federated is a session of GetFederationToken.
	Federated
	// Root is an account's root user.
	Root
	// Service is an AWS service acting for itself.
	Service
	// Anonymous is a caller without credentials. KMS takes none.
	Anonymous
)

// Principal is who asks.
type Principal struct {
	Kind Kind
	// ARN is the user's ARN with its path, the session's ARN
	// (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION or …:federated-user/NAME), the
	// root user's ARN, or the service principal's name.
	ARN string
	// Role is the role's ARN with its path, for a Session.
	Role string
	// Parent is the ARN of the user that made a Federated session.
	Parent string
	// Account is the principal's account; empty for Service and Anonymous.
	Account string
	// ID is the unique id (AIDA…, AROA…) that stored policies may name; may be empty.
	ID string
	// ServiceLinked: the role is a service-linked one, to which SCPs and RCPs do not
	// apply.
	ServiceLinked bool
	// Management: the account is its organization's management account, to which
	// SCPs do not apply.
	Management bool
}

// Request is one question.
type Request struct {
	Principal Principal
	// Action is "service:Name"; case does not matter.
	Action string
	// Resource is the ARN that the action is authorized against: of the key, also
	// when the request names an alias; "*" for actions without a resource.
	Resource string
	// ResourceAccount owns the resource; empty: the account in the ARN.
	ResourceAccount string
	// Context are the context keys of the request, by name in lower case. Keys that
	// follow from the rest (aws:PrincipalArn, aws:PrincipalAccount,
	// aws:PrincipalType, aws:userid, kms:CallerAccount …) are derived unless given.
	Context Context
	// Open: context keys that are not in Context are not known, rather than absent.
	// A key is absent all the same when the action or the principal cannot have it;
	// keys that are derived stay so. Allow then means that the request is allowed in
	// every context that agrees with what is given, a denial that it is in none, and
	// Unknown that it may depend.
	Open bool
	// GrantTokens name grants that count before they have propagated.
	GrantTokens []string
}

// Context is what is known of a request's context keys. A key that is not in it is
// absent from the request, unless [Request.Open] is set.
type Context map[string]Value

// Value is the value of a context key.
type Value struct {
	// Values are the texts; several for a key with many values. With none the key is
	// absent from the request.
	Values []string
	// Unknown: the key may have any value, or be absent. Values is then not read.
	Unknown bool
}

// Layers are the policies that stand between a request and its answer. A nil
// layer does not apply to the request; an empty one applies and allows nothing.
type Layers struct {
	// Identity are the principal's own policies, those of its groups included.
	Identity []*Policy
	// Boundary is the permissions boundary.
	Boundary *Policy
	// Session are the policies of the session; nil: the session has none.
	Session []*Policy
	// SCPs and RCPs are the service and resource control policies by level: root,
	// organizational units on the way, account. Every level must allow, so the
	// policies that AWS attaches by itself (FullAWSAccess, RCPFullAWSAccess) belong
	// here too. RCPs do not apply to AWS managed keys: leave them nil then.
	SCPs, RCPs [][]*Policy
	// Endpoint is the policy of the VPC endpoint that the call came through.
	Endpoint *Policy
	// Resource is the resource's policy, for KMS the key policy: a key without one
	// allows nothing but by grants.
	Resource *Policy
	// Grants are the key's grants.
	Grants []Grant
}

// Grant is a KMS grant as it bears on requests.
type Grant struct {
	ID, Token string
	// Grantee and Retiring are ARNs of users, roles, sessions or accounts, or names
	// of service principals.
	Grantee, Retiring string
	// Operations as in the KMS API: Decrypt, GenerateDataKey …
	Operations []string
	// ContextEquals and ContextSubset constrain the encryption context; nil: no
	// constraint.
	ContextEquals, ContextSubset map[string]string
	// SourceARN constrains grants to service principals; empty: none.
	SourceARN string
	// Pending: the grant has not propagated; it counts only by its token.
	Pending bool
}
