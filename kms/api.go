package kms

import (
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// The inputs, outputs and structures of the KMS API follow, with the names of
// https://docs.aws.amazon.com/kms/latest/APIReference/. Zero means absent, except where a
// member is a pointer. Members without omitempty stand in every answer of AWS. Enums that
// the package does not decide by are plain strings.

// KeyMetadata describes a key.
type KeyMetadata struct {
	AWSAccountId                string         `json:",omitempty"`
	KeyId                       string         `json:",omitempty"`
	Arn                         string         `json:",omitempty"`
	CreationDate                time.Time      `json:",omitzero"`
	Enabled                     bool           // true in the state Enabled only
	Description                 string         // always there, empty when none
	KeyUsage                    material.Usage `json:",omitempty"`
	KeyState                    State          `json:",omitempty"`
	DeletionDate                time.Time      `json:",omitzero"`
	ValidTo                     time.Time      `json:",omitzero"`
	Origin                      Origin         `json:",omitempty"`
	CustomKeyStoreId            string         `json:",omitempty"`
	CloudHsmClusterId           string         `json:",omitempty"`
	ExpirationModel             string         `json:",omitempty"`
	KeyManager                  string         `json:",omitempty"`
	CustomerMasterKeySpec       material.Spec  `json:",omitempty"` // deprecated, says the same as KeySpec
	KeySpec                     material.Spec  `json:",omitempty"`
	EncryptionAlgorithms        []string       `json:",omitempty"`
	SigningAlgorithms           []string       `json:",omitempty"`
	KeyAgreementAlgorithms      []string       `json:",omitempty"`
	EncapsulationAlgorithms     []string       `json:",omitempty"`
	MultiRegion                 bool
	MultiRegionConfiguration    *MultiRegionConfiguration `json:",omitempty"`
	PendingDeletionWindowInDays int                       `json:",omitempty"`
	MacAlgorithms               []string                  `json:",omitempty"`
	XksKeyConfiguration         *XksKeyConfigurationType  `json:",omitempty"`
	CurrentKeyMaterialId        string                    `json:",omitempty"`
}

// MultiRegionConfiguration lists the related keys of a multi-Region key.
type MultiRegionConfiguration struct {
	MultiRegionKeyType string `json:",omitempty"` // PRIMARY or REPLICA
	PrimaryKey         *MultiRegionKey
	ReplicaKeys        []MultiRegionKey // always there
}

// MultiRegionKey is one of the related keys of a multi-Region key.
type MultiRegionKey struct {
	Arn    string
	Region string
}

// XksKeyConfigurationType names the external key of a key in an external key store.
type XksKeyConfigurationType struct {
	Id string
}

// KeyListEntry is a key of ListKeys.
type KeyListEntry struct {
	KeyId  string
	KeyArn string
}

// AliasListEntry is an alias. The aliases of AWS managed keys that do not exist yet have
// neither target nor dates.
type AliasListEntry struct {
	AliasName       string
	AliasArn        string
	TargetKeyId     string    `json:",omitempty"`
	CreationDate    time.Time `json:",omitzero"`
	LastUpdatedDate time.Time `json:",omitzero"`
}

// Tag is a tag of a key.
type Tag struct {
	TagKey   string
	TagValue string
}

// GrantConstraints say when a grant allows.
type GrantConstraints struct {
	EncryptionContextSubset map[string]string `json:",omitempty"`
	EncryptionContextEquals map[string]string `json:",omitempty"`
	SourceArn               string            `json:",omitempty"`
}

// GrantListEntry is a grant.
type GrantListEntry struct {
	KeyId                    string            `json:",omitempty"` // the key's ARN
	GrantId                  string            `json:",omitempty"`
	Name                     string            // always there, empty when none
	CreationDate             time.Time         `json:",omitzero"`
	GranteePrincipal         string            `json:",omitempty"`
	RetiringPrincipal        string            `json:",omitempty"`
	IssuingAccount           string            `json:",omitempty"` // arn:aws:iam::ACCOUNT:root
	Operations               []string          `json:",omitempty"`
	Constraints              *GrantConstraints `json:",omitempty"`
	GranteeServicePrincipal  string            `json:",omitempty"`
	RetiringServicePrincipal string            `json:",omitempty"`
}

// RotationsListEntry is one key material of a key.
type RotationsListEntry struct {
	KeyId                  string    `json:",omitempty"`
	KeyMaterialId          string    `json:",omitempty"`
	KeyMaterialDescription string    `json:",omitempty"`
	ImportState            string    `json:",omitempty"`
	KeyMaterialState       string    `json:",omitempty"`
	ExpirationModel        string    `json:",omitempty"`
	ValidTo                time.Time `json:",omitzero"`
	RotationDate           time.Time `json:",omitzero"`
	RotationType           string    `json:",omitempty"`
}

// RecipientInfo is the enclave for which an answer is encrypted.
type RecipientInfo struct {
	KeyEncryptionAlgorithm string `json:",omitempty"`
	AttestationDocument    []byte `json:",omitempty"`
}

// KeyLastUsageData is the last use of a key; empty: none.
type KeyLastUsageData struct {
	Operation         string    `json:",omitempty"`
	Timestamp         time.Time `json:",omitzero"`
	CloudTrailEventId string    `json:",omitempty"`
	KmsRequestId      string    `json:",omitempty"`
}

// CustomKeyStoresListEntry is a custom key store.
type CustomKeyStoresListEntry struct {
	CustomKeyStoreId       string                     `json:",omitempty"`
	CustomKeyStoreName     string                     `json:",omitempty"`
	CloudHsmClusterId      string                     `json:",omitempty"`
	TrustAnchorCertificate string                     `json:",omitempty"`
	ConnectionState        string                     `json:",omitempty"`
	ConnectionErrorCode    string                     `json:",omitempty"`
	CreationDate           time.Time                  `json:",omitzero"`
	CustomKeyStoreType     string                     `json:",omitempty"`
	XksProxyConfiguration  *XksProxyConfigurationType `json:",omitempty"`
}

// XksProxyConfigurationType describes the proxy of an external key store.
type XksProxyConfigurationType struct {
	Connectivity            string `json:",omitempty"`
	AccessKeyId             string `json:",omitempty"`
	UriEndpoint             string `json:",omitempty"`
	UriPath                 string `json:",omitempty"`
	VpcEndpointServiceName  string `json:",omitempty"`
	VpcEndpointServiceOwner string `json:",omitempty"`
}

// XksProxyAuthenticationCredentialType is the credential for a proxy. It prints nothing
// of itself.
type XksProxyAuthenticationCredentialType struct {
	AccessKeyId        string
	RawSecretAccessKey string
}

// String keeps the secret out of messages.
func (XksProxyAuthenticationCredentialType) String() string { return "credential" }

// GoString keeps the secret out of messages.
func (XksProxyAuthenticationCredentialType) GoString() string { return "credential" }
