package plane

import (
	"context"
	"fmt"
	"io"

	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy/authz"
)

// Caller is who holds an access key, with the policies that decide what they may do.
type Caller struct {
	// Secret is the secret access key. It is printed nowhere.
	Secret    string
	Principal authz.Principal
	// Layers are the principal's own: Identity, Boundary, Session, SCPs.
	Layers authz.Layers
	// Context are context keys that follow from who it is: aws:PrincipalOrgID,
	// aws:PrincipalTag/…, by name in lower case.
	Context authz.Context
	// Session says how a temporary key came to be, for the record of its calls; nil: the
	// key is a long-term one.
	Session *Session
}

// Format writes the ARN for every verb, so that no secret is printed by mistake.
func (c Caller) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.Principal.ARN) }

// Session is what temporary credentials came from.
type Session struct {
	// Issuer is the ARN of the role or user that the session is of, with its path, and
	// IssuerID its unique id.
	Issuer, IssuerID string
	// Created is when the session was made, as aws:TokenIssueTime.
	Created string
	MFA     bool
	// SourceIdentity may be empty.
	SourceIdentity string
	// Transitive are the session tags that sessions chained to this one inherit, the values
	// by key as it was written.
	Transitive map[string]string
}

// Identities knows access keys. Its errors are [sigv4.ErrUnknownKey],
// [sigv4.ErrTokenInvalid] and [sigv4.ErrTokenExpired], the latter two with the caller;
// any other is a failure of ours.
type Identities interface {
	// Caller returns who holds an access key. token is the session token, empty for
	// long-term credentials. Nobody changes what it returns.
	Caller(ctx context.Context, accessKeyID, token string) (*Caller, error)
	// RCPs are the resource control policies of an account by level; nil: none apply.
	RCPs(account string) [][]*authz.Policy
}

// secret answers the verifier with the caller's secret, and keeps the caller.
func secret(of Identities) func(context.Context, string, string) (sigv4.Identity, error) {
	return func(ctx context.Context, accessKeyID, token string) (sigv4.Identity, error) {
		c, err := of.Caller(ctx, accessKeyID, token)
		if c == nil {
			return sigv4.Identity{}, err
		}
		return sigv4.Identity{Secret: c.Secret, Any: c}, err
	}
}
