package kms

import "time"

// EnableKeyRotationInput is the input of EnableKeyRotation.
type EnableKeyRotationInput struct {
	KeyId                string `json:",omitempty"`
	RotationPeriodInDays int    `json:",omitempty"`
}

// DisableKeyRotationInput is the input of DisableKeyRotation.
type DisableKeyRotationInput struct {
	KeyId string `json:",omitempty"`
}

// GetKeyRotationStatusInput is the input of GetKeyRotationStatus.
type GetKeyRotationStatusInput struct {
	KeyId string `json:",omitempty"`
}

// GetKeyRotationStatusOutput is the output of GetKeyRotationStatus.
type GetKeyRotationStatusOutput struct {
	KeyRotationEnabled        bool
	KeyId                     string    `json:",omitempty"`
	RotationPeriodInDays      int       `json:",omitempty"`
	NextRotationDate          time.Time `json:",omitzero"`
	OnDemandRotationStartDate time.Time `json:",omitzero"`
}

// RotateKeyOnDemandInput is the input of RotateKeyOnDemand.
type RotateKeyOnDemandInput struct {
	KeyId string `json:",omitempty"`
}

// RotateKeyOnDemandOutput is the output of RotateKeyOnDemand.
type RotateKeyOnDemandOutput struct {
	KeyId string `json:",omitempty"` // the key's ARN
}

// ListKeyRotationsInput is the input of ListKeyRotations.
type ListKeyRotationsInput struct {
	KeyId              string `json:",omitempty"`
	IncludeKeyMaterial string `json:",omitempty"`
	Limit              int    `json:",omitempty"`
	Marker             string `json:",omitempty"`
}

// ListKeyRotationsOutput is the output of ListKeyRotations.
type ListKeyRotationsOutput struct {
	Rotations  []RotationsListEntry
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

// GetParametersForImportInput is the input of GetParametersForImport.
type GetParametersForImportInput struct {
	KeyId             string `json:",omitempty"`
	WrappingAlgorithm string `json:",omitempty"`
	WrappingKeySpec   string `json:",omitempty"`
}

// GetParametersForImportOutput is the output of GetParametersForImport.
type GetParametersForImportOutput struct {
	KeyId             string    `json:",omitempty"` // the key's ARN
	ImportToken       []byte    `json:",omitempty"`
	PublicKey         []byte    `json:",omitempty"`
	ParametersValidTo time.Time `json:",omitzero"`
}

// ImportKeyMaterialInput is the input of ImportKeyMaterial.
type ImportKeyMaterialInput struct {
	KeyId                string    `json:",omitempty"`
	ImportToken          []byte    `json:",omitempty"`
	EncryptedKeyMaterial []byte    `json:",omitempty"`
	ValidTo              time.Time `json:",omitzero"`
	ExpirationModel      string    `json:",omitempty"`
	ImportType           string    `json:",omitempty"`
	// KeyMaterialDescription: nil keeps the one that the material has.
	KeyMaterialDescription *string `json:",omitempty"`
	KeyMaterialId          string  `json:",omitempty"`
}

// ImportKeyMaterialOutput is the output of ImportKeyMaterial.
type ImportKeyMaterialOutput struct {
	KeyId         string `json:",omitempty"` // the key's ARN
	KeyMaterialId string `json:",omitempty"`
}

// DeleteImportedKeyMaterialInput is the input of DeleteImportedKeyMaterial.
type DeleteImportedKeyMaterialInput struct {
	KeyId         string `json:",omitempty"`
	KeyMaterialId string `json:",omitempty"`
}

// DeleteImportedKeyMaterialOutput is the output of DeleteImportedKeyMaterial.
type DeleteImportedKeyMaterialOutput struct {
	KeyId         string `json:",omitempty"` // the key's ARN
	KeyMaterialId string `json:",omitempty"`
}

// ReplicateKeyInput is the input of ReplicateKey.
type ReplicateKeyInput struct {
	KeyId                          string `json:",omitempty"`
	ReplicaRegion                  string `json:",omitempty"`
	Policy                         string `json:",omitempty"`
	BypassPolicyLockoutSafetyCheck *bool  `json:",omitempty"`
	Description                    string `json:",omitempty"`
	Tags                           []Tag  `json:",omitempty"`
}

// ReplicateKeyOutput is the output of ReplicateKey.
type ReplicateKeyOutput struct {
	ReplicaKeyMetadata *KeyMetadata
	ReplicaPolicy      string `json:",omitempty"`
	ReplicaTags        []Tag  `json:",omitempty"` // absent when there are none
}

// UpdatePrimaryRegionInput is the input of UpdatePrimaryRegion.
type UpdatePrimaryRegionInput struct {
	KeyId         string `json:",omitempty"`
	PrimaryRegion string `json:",omitempty"`
}
