package behalf

import (
	"context"
	"crypto/cipher"
	"errors"
	"net/http"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// Sessions are the sessions of roles that services assume.
type Sessions interface {
	// ServiceSession returns the caller that a service is when it assumes a role. Any error
	// says that it may not.
	ServiceSession(ctx context.Context, service, roleARN, name string, with authz.Context) (*plane.Caller, error)
}

// Options are the settings of [Keys]. All are required.
type Options struct {
	KMS *kms.Service
	// API is the service of KMS in the plane, for the records of calls.
	API       *plane.Service
	Observers []plane.Observer
	Sessions  Sessions
	// Seal is the key that AWS owns, with a nonce of its own.
	Seal    cipher.AEAD
	Catalog *catalog.Catalog
}

// Keys uses KMS keys on behalf of others. It is safe for concurrent use.
type Keys struct{ opts Options }

// New returns keys.
func New(o Options) *Keys { return &Keys{o} }

// Subject is the resource, or the part of one, whose content a key protects.
type Subject struct {
	// Type and Slot are those of the catalogue.
	Type, Slot string
	// ARN is the resource's, ID and Name what the catalogue's {id} and {name} stand for.
	ARN, ID, Name string
	// Account and Region are the resource's.
	Account, Region string
	// Roles are the ARNs of the resource's roles by their names in the catalogue.
	Roles map[string]string
	// Context has the values of encryption context keys whose form the catalogue has as
	// unconfirmed, and the keys that a caller adds.
	Context map[string]string
	// Needs are those of content that the catalogue has no slot for, because its key is named
	// by a request and not by a resource; nil: those of the slot.
	Needs []catalog.Need
	// Only are the actions of needs that this content asks for when it is sealed; nil: all,
	// as for most. Others have needs that depend on the size of the content.
	Only []string
	// Service is the principal that calls, such as bedrock.amazonaws.com.
	Service string
	// Session is the name of the sessions of the roles; empty: that of the service.
	Session string
	// Grantee is whom the service makes a grant for; empty: itself.
	Grantee string
}

// Error is a refusal of KMS, or a role that the service may not assume.
type Error struct {
	// Code is that of KMS: AccessDeniedException, DisabledException, NotFoundException,
	// KMSInvalidStateException …; [RoleRefused] for a role.
	Code string
	// Message is that of KMS.
	Message string
	// Operation is that of KMS: GenerateDataKey.
	Operation string
	// Need is the need of the catalogue that was not met; nil: none.
	Need *catalog.Need
}

// RoleRefused is the code of a role that the service may not assume.
const RoleRefused = "RoleRefused"

// Error returns "operation: code: message".
func (e *Error) Error() string { return e.Operation + ": " + e.Code + ": " + e.Message }

// Denied says whether a policy was in the way, or a role that cannot be assumed.
func (e *Error) Denied() bool { return e.Code == string(kms.AccessDenied) || e.Code == RoleRefused }

// do makes one call of KMS and shows it to the observers.
func do[I, O any](ctx context.Context, k *Keys, a *actor, operation string, call func(context.Context, *kms.Call, *I) (*O, error), in *I) (*O, error) {
	ctx, c := plane.OnBehalf(ctx, a.before, a.who, k.opts.API, operation, a.service, a.context)
	out, err := call(ctx, c.KMS, in)
	c.Input, c.Status = in, http.StatusOK
	var refused *kms.Error
	switch {
	case err == nil && out != nil:
		c.Output = out
	case err == nil: // the operation answers nothing
	case errors.As(err, &refused):
		c.Status, c.Code, c.Message = http.StatusBadRequest, string(refused.Code), refused.Message
		err = &Error{Code: c.Code, Message: c.Message, Operation: operation, Need: a.need}
	default:
		c.Status, c.Code = http.StatusInternalServerError, string(kms.Internal)
	}
	for _, o := range k.opts.Observers {
		o.Observe(c)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}
