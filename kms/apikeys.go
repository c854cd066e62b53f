package kms

import (
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// CreateKeyInput is the input of CreateKey.
type CreateKeyInput struct {
	Policy                         string         `json:",omitempty"`
	Description                    string         `json:",omitempty"`
	KeyUsage                       material.Usage `json:",omitempty"`
	CustomerMasterKeySpec          material.Spec  `json:",omitempty"` // deprecated
	KeySpec                        material.Spec  `json:",omitempty"`
	Origin                         Origin         `json:",omitempty"`
	CustomKeyStoreId               string         `json:",omitempty"`
	BypassPolicyLockoutSafetyCheck *bool          `json:",omitempty"`
	Tags                           []Tag          `json:",omitempty"`
	MultiRegion                    bool           `json:",omitempty"`
	XksKeyId                       string         `json:",omitempty"`
}

// CreateKeyOutput is the output of CreateKey.
type CreateKeyOutput struct {
	KeyMetadata *KeyMetadata
}

// DescribeKeyInput is the input of DescribeKey.
type DescribeKeyInput struct {
	KeyId       string   `json:",omitempty"`
	GrantTokens []string `json:",omitempty"`
}

// DescribeKeyOutput is the output of DescribeKey.
type DescribeKeyOutput struct {
	KeyMetadata *KeyMetadata
}

// EnableKeyInput is the input of EnableKey.
type EnableKeyInput struct {
	KeyId string `json:",omitempty"`
}

// DisableKeyInput is the input of DisableKey.
type DisableKeyInput struct {
	KeyId string `json:",omitempty"`
}

// ScheduleKeyDeletionInput is the input of ScheduleKeyDeletion.
type ScheduleKeyDeletionInput struct {
	KeyId               string `json:",omitempty"`
	PendingWindowInDays int    `json:",omitempty"`
}

// ScheduleKeyDeletionOutput is the output of ScheduleKeyDeletion.
type ScheduleKeyDeletionOutput struct {
	KeyId               string    `json:",omitempty"` // the key's ARN
	DeletionDate        time.Time `json:",omitzero"`
	KeyState            State     `json:",omitempty"`
	PendingWindowInDays int       `json:",omitempty"`
}

// CancelKeyDeletionInput is the input of CancelKeyDeletion.
type CancelKeyDeletionInput struct {
	KeyId string `json:",omitempty"`
}

// CancelKeyDeletionOutput is the output of CancelKeyDeletion.
type CancelKeyDeletionOutput struct {
	KeyId string `json:",omitempty"` // the key's ARN
}

// UpdateKeyDescriptionInput is the input of UpdateKeyDescription.
type UpdateKeyDescriptionInput struct {
	KeyId       string `json:",omitempty"`
	Description string
}

// GetKeyPolicyInput is the input of GetKeyPolicy.
type GetKeyPolicyInput struct {
	KeyId      string `json:",omitempty"`
	PolicyName string `json:",omitempty"`
}

// GetKeyPolicyOutput is the output of GetKeyPolicy.
type GetKeyPolicyOutput struct {
	Policy     string `json:",omitempty"`
	PolicyName string `json:",omitempty"`
}

// PutKeyPolicyInput is the input of PutKeyPolicy.
type PutKeyPolicyInput struct {
	KeyId                          string `json:",omitempty"`
	PolicyName                     string `json:",omitempty"`
	Policy                         string `json:",omitempty"`
	BypassPolicyLockoutSafetyCheck *bool  `json:",omitempty"`
}

// ListKeyPoliciesInput is the input of ListKeyPolicies.
type ListKeyPoliciesInput struct {
	KeyId  string `json:",omitempty"`
	Limit  int    `json:",omitempty"`
	Marker string `json:",omitempty"`
}

// ListKeyPoliciesOutput is the output of ListKeyPolicies.
type ListKeyPoliciesOutput struct {
	PolicyNames []string
	NextMarker  string `json:",omitempty"`
	Truncated   bool
}

// ListKeysInput is the input of ListKeys.
type ListKeysInput struct {
	Limit  int    `json:",omitempty"`
	Marker string `json:",omitempty"`
	// ResourceOwners are SELF, the default, and OTHER_ACCOUNTS_VIA_RAM.
	ResourceOwners []string `json:",omitempty"`
}

// ListKeysOutput is the output of ListKeys.
type ListKeysOutput struct {
	Keys       []KeyListEntry
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

// TagResourceInput is the input of TagResource.
type TagResourceInput struct {
	KeyId string `json:",omitempty"`
	Tags  []Tag  `json:",omitempty"`
}

// UntagResourceInput is the input of UntagResource.
type UntagResourceInput struct {
	KeyId   string   `json:",omitempty"`
	TagKeys []string `json:",omitempty"`
}

// ListResourceTagsInput is the input of ListResourceTags.
type ListResourceTagsInput struct {
	KeyId  string `json:",omitempty"`
	Limit  int    `json:",omitempty"`
	Marker string `json:",omitempty"`
}

// ListResourceTagsOutput is the output of ListResourceTags.
type ListResourceTagsOutput struct {
	Tags       []Tag
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

// CreateAliasInput is the input of CreateAlias.
type CreateAliasInput struct {
	AliasName   string `json:",omitempty"`
	TargetKeyId string `json:",omitempty"`
}

// UpdateAliasInput is the input of UpdateAlias.
type UpdateAliasInput struct {
	AliasName   string `json:",omitempty"`
	TargetKeyId string `json:",omitempty"`
}

// DeleteAliasInput is the input of DeleteAlias.
type DeleteAliasInput struct {
	AliasName string `json:",omitempty"`
}

// ListAliasesInput is the input of ListAliases.
type ListAliasesInput struct {
	KeyId  string `json:",omitempty"`
	Limit  int    `json:",omitempty"`
	Marker string `json:",omitempty"`
}

// ListAliasesOutput is the output of ListAliases.
type ListAliasesOutput struct {
	Aliases    []AliasListEntry
	NextMarker string `json:",omitempty"`
	Truncated  bool
}
