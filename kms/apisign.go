package kms

import "github.com/bedlock/bedlock/kms/material"

// SignInput is the input of Sign.
type SignInput struct {
	KeyId            string   `json:",omitempty"`
	Message          []byte   `json:",omitempty"`
	MessageType      string   `json:",omitempty"`
	GrantTokens      []string `json:",omitempty"`
	SigningAlgorithm string   `json:",omitempty"`
	DryRun           bool     `json:",omitempty"`
}

// SignOutput is the output of Sign.
type SignOutput struct {
	KeyId            string `json:",omitempty"` // the key's ARN
	Signature        []byte `json:",omitempty"`
	SigningAlgorithm string `json:",omitempty"`
}

// VerifyInput is the input of Verify.
type VerifyInput struct {
	KeyId            string   `json:",omitempty"`
	Message          []byte   `json:",omitempty"`
	MessageType      string   `json:",omitempty"`
	Signature        []byte   `json:",omitempty"`
	SigningAlgorithm string   `json:",omitempty"`
	GrantTokens      []string `json:",omitempty"`
	DryRun           bool     `json:",omitempty"`
}

// VerifyOutput is the output of Verify. A signature that is not valid is an error.
type VerifyOutput struct {
	KeyId            string `json:",omitempty"` // the key's ARN
	SignatureValid   bool
	SigningAlgorithm string `json:",omitempty"`
}

// GenerateMacInput is the input of GenerateMac.
type GenerateMacInput struct {
	Message      []byte   `json:",omitempty"`
	KeyId        string   `json:",omitempty"`
	MacAlgorithm string   `json:",omitempty"`
	GrantTokens  []string `json:",omitempty"`
	DryRun       bool     `json:",omitempty"`
}

// GenerateMacOutput is the output of GenerateMac.
type GenerateMacOutput struct {
	Mac          []byte `json:",omitempty"`
	MacAlgorithm string `json:",omitempty"`
	KeyId        string `json:",omitempty"` // the key's ARN
}

// VerifyMacInput is the input of VerifyMac.
type VerifyMacInput struct {
	Message      []byte   `json:",omitempty"`
	KeyId        string   `json:",omitempty"`
	MacAlgorithm string   `json:",omitempty"`
	Mac          []byte   `json:",omitempty"`
	GrantTokens  []string `json:",omitempty"`
	DryRun       bool     `json:",omitempty"`
}

// VerifyMacOutput is the output of VerifyMac. A MAC that is not valid is an error.
type VerifyMacOutput struct {
	KeyId        string `json:",omitempty"` // the key's ARN
	MacValid     bool
	MacAlgorithm string `json:",omitempty"`
}

// DeriveSharedSecretInput is the input of DeriveSharedSecret.
type DeriveSharedSecretInput struct {
	KeyId                 string         `json:",omitempty"`
	KeyAgreementAlgorithm string         `json:",omitempty"`
	PublicKey             []byte         `json:",omitempty"`
	GrantTokens           []string       `json:",omitempty"`
	DryRun                bool           `json:",omitempty"`
	Recipient             *RecipientInfo `json:",omitempty"`
}

// DeriveSharedSecretOutput is the output of DeriveSharedSecret.
type DeriveSharedSecretOutput struct {
	KeyId                  string `json:",omitempty"` // the key's ARN
	SharedSecret           []byte `json:",omitempty"`
	CiphertextForRecipient []byte `json:",omitempty"`
	KeyAgreementAlgorithm  string `json:",omitempty"`
	KeyOrigin              Origin `json:",omitempty"`
}

// EncapsulateInput is the input of Encapsulate.
type EncapsulateInput struct {
	KeyId                  string   `json:",omitempty"`
	EncapsulationAlgorithm string   `json:",omitempty"`
	GrantTokens            []string `json:",omitempty"`
	DryRun                 bool     `json:",omitempty"`
}

// EncapsulateOutput is the output of Encapsulate.
type EncapsulateOutput struct {
	KeyId                      string `json:",omitempty"` // the key's ARN
	EncapsulationAlgorithm     string `json:",omitempty"`
	SharedSecret               []byte `json:",omitempty"`
	SharedSecretCiphertextBlob []byte `json:",omitempty"`
}

// DecapsulateInput is the input of Decapsulate.
type DecapsulateInput struct {
	KeyId                      string   `json:",omitempty"`
	EncapsulationAlgorithm     string   `json:",omitempty"`
	SharedSecretCiphertextBlob []byte   `json:",omitempty"`
	GrantTokens                []string `json:",omitempty"`
	DryRun                     bool     `json:",omitempty"`
}

// DecapsulateOutput is the output of Decapsulate.
type DecapsulateOutput struct {
	KeyId                  string `json:",omitempty"` // the key's ARN
	EncapsulationAlgorithm string `json:",omitempty"`
	SharedSecret           []byte `json:",omitempty"`
}

// GetPublicKeyInput is the input of GetPublicKey.
type GetPublicKeyInput struct {
	KeyId       string   `json:",omitempty"`
	GrantTokens []string `json:",omitempty"`
}

// GetPublicKeyOutput is the output of GetPublicKey.
type GetPublicKeyOutput struct {
	KeyId                   string         `json:",omitempty"` // the key's ARN
	PublicKey               []byte         `json:",omitempty"`
	CustomerMasterKeySpec   material.Spec  `json:",omitempty"` // deprecated, says the same as KeySpec
	KeySpec                 material.Spec  `json:",omitempty"`
	KeyUsage                material.Usage `json:",omitempty"`
	EncryptionAlgorithms    []string       `json:",omitempty"`
	SigningAlgorithms       []string       `json:",omitempty"`
	KeyAgreementAlgorithms  []string       `json:",omitempty"`
	EncapsulationAlgorithms []string       `json:",omitempty"`
}
