package kms

import (
	"context"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// Call is what is known of a request besides its input.
type Call struct {
	// Account and Region are those of the endpoint that is called: where ids and alias
	// names are looked up. Account is the caller's.
	Account, Region string
	Principal       authz.Principal
	RequestID       string
	// EventID is that of the CloudTrail record of the call, for GetKeyLastUsage.
	EventID string
	// Context are the context keys of the request that do not depend on KMS, by name in
	// lower case: aws:SourceIp, kms:ViaService …
	Context authz.Context
	// Touched collects the ARNs of the keys that the call resolved, for its record.
	Touched []string
	// Attestation, Grant and Material are for the record too: the verified attestation
	// document of a Recipient, the id of the grant that was retired, and the KeyMaterialId
	// that decrypted.
	Attestation     *material.Attestation
	Grant, Material string
}

// Access is one decision that an operation needs.
type Access struct {
	// Action is kms:Decrypt and the like.
	Action string
	// Resource is the ARN of the key, of an alias, or "*".
	Resource string
	// Policy is the key policy and Grants the key's grants; nil for resources that are no
	// key.
	Policy      *authz.Policy
	Grants      []authz.Grant
	GrantTokens []string
	// ByCiphertext: the key was told by a ciphertext and not by the caller, so a refusal
	// does not name it.
	ByCiphertext bool
	// Unnamed: a refusal does not name the resource.
	Unnamed bool
	// Context are the condition keys of KMS in this request, by name in lower case.
	Context authz.Context
}

// Authorizer decides whether a call may do what it asks. The error is a [*Error] with
// the code AccessDenied.
type Authorizer interface {
	Authorize(ctx context.Context, c *Call, a *Access) error
}

// AllowAll is an Authorizer that allows everything.
type AllowAll struct{}

// Authorize returns nil.
func (AllowAll) Authorize(context.Context, *Call, *Access) error { return nil }
