package spec

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

// granted tells how a grant reaches the principal. Grants have one grantee, a list
// of operations and constraints on the encryption context; they never deny.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
//
// Whether a permissions boundary limits a grant is not documented: a grant is taken
// for a statement of the key policy that names the grantee.
func (e *evaluation) granted(g authz.Grant) authz.Match {
	if g.Pending && !slices.Contains(e.req.GrantTokens, g.Token) && !e.rules.pendingCounts {
		return authz.NoPrincipal
	}
	best := authz.NoPrincipal
	if e.operationGranted(g) {
		best = e.grantee(g.Grantee)
	}
	// The retiring principal may retire:
	// https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
	if e.operation == "RetireGrant" && g.Retiring != "" {
		if m := e.grantee(g.Retiring); best == authz.NoPrincipal || m != authz.NoPrincipal && m < best {
			best = m
		}
	}
	return best
}

func (e *evaluation) grantee(name string) authz.Match {
	p := e.req.Principal
	switch p.Kind {
	case authz.Anonymous:
		return authz.NoPrincipal
	case authz.Service:
		if name == p.ARN {
			return authz.Direct
		}
		return authz.NoPrincipal
	}
	m := e.matchEntry(name)
	if m == authz.ByRole && p.ServiceLinked {
		return authz.Direct
	}
	return m
}

// operationGranted checks operation and constraints. Constraints on the encryption
// context are not applied to DescribeKey and RetireGrant:
// https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html#grant-constraints
func (e *evaluation) operationGranted(g authz.Grant) bool {
	operation := e.operation
	if !slices.Contains(g.Operations, operation) {
		return false
	}
	if g.SourceARN != "" && e.req.Principal.Kind == authz.Service && operation != "RetireGrant" &&
		!slices.Equal(e.key("aws:SourceArn"), []string{g.SourceARN}) {
		return false
	}
	if operation == "DescribeKey" || operation == "RetireGrant" || e.rules.constraintsIgnored {
		return true
	}
	if !e.hasPairs(g.ContextSubset) {
		return false
	}
	if g.ContextEquals != nil && (!e.hasPairs(g.ContextEquals) || e.pairs() != len(g.ContextEquals)) {
		return false
	}
	return operation != "CreateGrant" || e.childAsStrict(g)
}

// hasPairs: keys are compared without case, values with it.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
func (e *evaluation) hasPairs(pairs map[string]string) bool {
	for key, want := range pairs {
		if !slices.Equal(e.key("kms:EncryptionContext:"+key), []string{want}) {
			return false
		}
	}
	return true
}

// pairs counts the pairs of the request's encryption context.
func (e *evaluation) pairs() (n int) {
	for name, v := range e.req.Context {
		if strings.HasPrefix(name, pairPrefix) && e.offered(name) && len(v.Values) > 0 {
			n++
		}
	}
	return n
}

// childAsStrict: a grant made by way of another gives no other operations, and
// fixes the whole encryption context where that one does.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html#grant-creategrant
func (e *evaluation) childAsStrict(g authz.Grant) bool {
	for _, operation := range e.key("kms:GrantOperations") {
		if !slices.Contains(g.Operations, operation) {
			return false
		}
	}
	kind := e.key("kms:GrantConstraintType")
	return g.ContextEquals == nil || len(kind) == 0 || slices.Equal(kind, []string{"EncryptionContextEquals"})
}
