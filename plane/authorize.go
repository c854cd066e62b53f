package plane

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/policy/authz"
)

// Decision is one answer of the policy engine to a call.
type Decision struct {
	Action, Resource string
	Outcome          authz.Outcome
	// Forced: the plane allows everything, or the call is its own, and the engine was not
	// asked.
	Forced bool
	// Why is the engine's decision, with the statements that decided, and Request and
	// Layers what it was asked; for calls that were denied only. Nobody changes them, and
	// observers may keep them.
	Why     *authz.Decision
	Request *authz.Request
	Layers  *authz.Layers
}

// Authorizer decides what calls may do, with the policies of the caller and of the
// resource, grants and control policies. It is the [kms.Authorizer] of the plane, and what
// the other services ask with Allow.
type Authorizer struct {
	Identities Identities
	// AllowAll allows everything that is signed.
	AllowAll bool
}

// Asked is one access that an operation of a service other than KMS needs.
type Asked struct {
	Action, Resource string
	// Called is what AWS's message calls the resource; empty: its ARN.
	Called string
	// Account owns the resource; empty: that in its ARN.
	Account string
	// Policy is that of the resource, such as a role's trust policy; nil: it has none.
	Policy *authz.Policy
	// Context are the condition keys of the service in this request, by name in lower case.
	Context authz.Context
}

var errNoCaller = errors.New("plane: the call has no caller")

// Authorize decides an access of KMS. Without a call in ctx it refuses.
func (a Authorizer) Authorize(ctx context.Context, c *kms.Call, access *kms.Access) error {
	call := CallOf(ctx)
	if call == nil || call.Caller == nil {
		return access.Refused(errNoCaller.Error())
	}
	layers := call.Caller.Layers
	layers.Resource, layers.Grants = access.Policy, access.Grants
	req := authz.Request{Principal: c.Principal, Action: access.Action, Resource: access.Resource, GrantTokens: access.GrantTokens}
	d, allowed := a.decide(call, &req, &layers, access.Context)
	if allowed {
		return nil
	}
	if access.Unnamed {
		req.Resource = ""
	}
	return access.Refused(d.Message(&req))
}

// PrincipalExists makes an Authorizer a [kms.Principals]. Identities that know which
// principals exist are one too; with others all do.
func (a Authorizer) PrincipalExists(ctx context.Context, name string) bool {
	p, ok := a.Identities.(kms.Principals)
	return !ok || p.PrincipalExists(ctx, name)
}

// Allow decides an access of another service. The error is an [*Error] with the code
// AccessDenied and AWS's wording.
func (a Authorizer) Allow(ctx context.Context, access *Asked) error {
	call := CallOf(ctx)
	if call == nil || call.Caller == nil {
		return errNoCaller
	}
	layers := call.Caller.Layers
	layers.Resource = access.Policy
	req := authz.Request{Principal: call.Caller.Principal, Action: access.Action, Resource: access.Resource, ResourceAccount: access.Account}
	d, allowed := a.decide(call, &req, &layers, access.Context)
	if allowed {
		return nil
	}
	if access.Called != "" {
		req.Resource = access.Called
	}
	return &Error{Status: 403, Code: "AccessDenied", Message: d.Message(&req)}
}

func (a Authorizer) decide(call *Call, req *authz.Request, layers *authz.Layers, own authz.Context) (authz.Decision, bool) {
	if a.AllowAll || call.own {
		call.Decisions = append(call.Decisions, Decision{Action: req.Action, Resource: req.Resource, Outcome: authz.Allow, Forced: true})
		return authz.Decision{}, true
	}
	layers.RCPs = nil
	if account := cmp.Or(req.ResourceAccount, accountOf(req.Resource)); account != "" && a.Identities != nil {
		layers.RCPs = a.Identities.RCPs(account)
	}
	req.Context = call.Context
	if len(own) > 0 {
		req.Context = make(authz.Context, len(call.Context)+len(own))
		for key, v := range call.Context {
			req.Context[key] = v
		}
		for key, v := range own {
			req.Context[key] = v
		}
	}
	d := authz.Decide(req, layers)
	if d.Outcome == authz.Unknown {
		// A policy that is not what it seems (it does not parse, or has elements that AWS
		// refuses) allows nothing here.
		d.Outcome, d.Missing = authz.ImplicitDeny, []authz.Layer{authz.LayerResource}
	}
	made := Decision{Action: req.Action, Resource: req.Resource, Outcome: d.Outcome}
	if d.Outcome != authz.Allow {
		why, asked, policies := d, *req, *layers // copies, so that only calls that are denied allocate them
		made.Why, made.Request, made.Layers = &why, &asked, &policies
	}
	call.Decisions = append(call.Decisions, made)
	return d, d.Outcome == authz.Allow
}

func accountOf(resource string) string {
	if parts := strings.SplitN(resource, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}
