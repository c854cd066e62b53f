package plane

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/kms"
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
}

// Identities knows access keys. Its errors are [sigv4.ErrUnknownKey],
// [sigv4.ErrTokenInvalid] and [sigv4.ErrTokenExpired], the latter two with the caller;
// any other is a failure of ours.
type Identities interface {
	// Caller returns who holds an access key. token is the session token, empty for
	// long-term credentials.
	Caller(ctx context.Context, accessKeyID, token string) (*Caller, error)
	// RCPs are the resource control policies of an account by level; nil: none apply.
	RCPs(account string) [][]*authz.Policy
}

type callerKey struct{}

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

// Authorizer decides the calls of package kms with the policies of the caller, the key
// policy, grants and control policies.
type Authorizer struct{ Identities Identities }

// Authorize decides one access. Without a caller in ctx it refuses.
func (a Authorizer) Authorize(ctx context.Context, c *kms.Call, access *kms.Access) error {
	caller, _ := ctx.Value(callerKey{}).(*Caller)
	if caller == nil {
		return access.Refused("the call has no caller")
	}
	layers := caller.Layers
	layers.Resource, layers.Grants, layers.RCPs = access.Policy, access.Grants, nil
	if account := accountOf(access.Resource); account != "" && a.Identities != nil {
		layers.RCPs = a.Identities.RCPs(account)
	}
	given := make(authz.Context, len(c.Context)+len(access.Context))
	for key, v := range c.Context {
		given[key] = v
	}
	for key, v := range access.Context {
		given[key] = v
	}
	req := authz.Request{Principal: c.Principal, Action: access.Action, Resource: access.Resource, Context: given, GrantTokens: access.GrantTokens}
	d := authz.Decide(&req, &layers)
	if d.Outcome == authz.Allow {
		return nil
	}
	if d.Outcome == authz.Unknown {
		// A policy that is not what it seems (it does not parse, or has elements that AWS
		// refuses) allows nothing here.
		d.Outcome, d.Missing = authz.ImplicitDeny, []authz.Layer{authz.LayerResource}
	}
	if access.Unnamed {
		req.Resource = ""
	}
	return access.Refused(d.Message(&req))
}

func accountOf(resource string) string {
	if parts := strings.SplitN(resource, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// requestContext are the context keys that every request has.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func requestContext(r *http.Request, c *Caller, region string, now time.Time) authz.Context {
	one := func(s string) authz.Value { return authz.Value{Values: []string{s}} }
	out := authz.Context{
		"aws:currenttime": one(now.UTC().Format(time.RFC3339)), "aws:epochtime": one(strconv.FormatInt(now.Unix(), 10)),
		"aws:securetransport": one(strconv.FormatBool(r.TLS != nil)), "aws:requestedregion": one(region),
		"aws:viaawsservice": one("false"), "aws:principalisawsservice": one("false"),
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		out["aws:sourceip"] = one(host)
	}
	if agent := r.UserAgent(); agent != "" {
		out["aws:useragent"] = one(agent)
	}
	for key, v := range c.Context {
		out[key] = v
	}
	return out
}

// As makes a call by somebody that no request carries, such as the start of a plane.
func As(ctx context.Context, c *Caller, region string) (context.Context, *kms.Call) {
	one := func(s string) authz.Value { return authz.Value{Values: []string{s}} }
	return context.WithValue(ctx, callerKey{}, c), &kms.Call{
		Account: c.Principal.Account, Region: region, Principal: c.Principal, RequestID: requestID(), EventID: requestID(),
		Context: authz.Context{"aws:requestedregion": one(region), "aws:securetransport": one("true"), "aws:viaawsservice": one("false")},
	}
}
