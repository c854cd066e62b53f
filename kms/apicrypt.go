package kms

import (
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// EncryptInput is the input of Encrypt.
type EncryptInput struct {
	KeyId               string            `json:",omitempty"`
	Plaintext           []byte            `json:",omitempty"`
	EncryptionContext   map[string]string `json:",omitempty"`
	GrantTokens         []string          `json:",omitempty"`
	EncryptionAlgorithm string            `json:",omitempty"`
	DryRun              bool              `json:",omitempty"`
}

// EncryptOutput is the output of Encrypt.
type EncryptOutput struct {
	CiphertextBlob      []byte `json:",omitempty"`
	KeyId               string `json:",omitempty"` // the key's ARN
	EncryptionAlgorithm string `json:",omitempty"`
}

// DecryptInput is the input of Decrypt.
type DecryptInput struct {
	CiphertextBlob      []byte            `json:",omitempty"`
	EncryptionContext   map[string]string `json:",omitempty"`
	GrantTokens         []string          `json:",omitempty"`
	KeyId               string            `json:",omitempty"`
	EncryptionAlgorithm string            `json:",omitempty"`
	Recipient           *RecipientInfo    `json:",omitempty"`
	DryRun              bool              `json:",omitempty"`
	DryRunModifiers     []string          `json:",omitempty"`
}

// DecryptOutput is the output of Decrypt.
type DecryptOutput struct {
	KeyId                  string `json:",omitempty"` // the key's ARN
	Plaintext              []byte `json:",omitempty"`
	EncryptionAlgorithm    string `json:",omitempty"`
	CiphertextForRecipient []byte `json:",omitempty"`
	KeyMaterialId          string `json:",omitempty"`
}

// ReEncryptInput is the input of ReEncrypt.
type ReEncryptInput struct {
	CiphertextBlob                 []byte            `json:",omitempty"`
	SourceEncryptionContext        map[string]string `json:",omitempty"`
	SourceKeyId                    string            `json:",omitempty"`
	DestinationKeyId               string            `json:",omitempty"`
	DestinationEncryptionContext   map[string]string `json:",omitempty"`
	SourceEncryptionAlgorithm      string            `json:",omitempty"`
	DestinationEncryptionAlgorithm string            `json:",omitempty"`
	GrantTokens                    []string          `json:",omitempty"`
	DryRun                         bool              `json:",omitempty"`
	DryRunModifiers                []string          `json:",omitempty"`
}

// ReEncryptOutput is the output of ReEncrypt.
type ReEncryptOutput struct {
	CiphertextBlob                 []byte `json:",omitempty"`
	SourceKeyId                    string `json:",omitempty"` // an ARN
	KeyId                          string `json:",omitempty"` // the destination's ARN
	SourceEncryptionAlgorithm      string `json:",omitempty"`
	DestinationEncryptionAlgorithm string `json:",omitempty"`
	SourceKeyMaterialId            string `json:",omitempty"`
	DestinationKeyMaterialId       string `json:",omitempty"`
}

// GenerateDataKeyInput is the input of GenerateDataKey.
type GenerateDataKeyInput struct {
	KeyId             string            `json:",omitempty"`
	EncryptionContext map[string]string `json:",omitempty"`
	NumberOfBytes     int               `json:",omitempty"`
	KeySpec           string            `json:",omitempty"`
	GrantTokens       []string          `json:",omitempty"`
	Recipient         *RecipientInfo    `json:",omitempty"`
	DryRun            bool              `json:",omitempty"`
}

// GenerateDataKeyOutput is the output of GenerateDataKey.
type GenerateDataKeyOutput struct {
	CiphertextBlob         []byte `json:",omitempty"`
	Plaintext              []byte `json:",omitempty"`
	KeyId                  string `json:",omitempty"` // the key's ARN
	CiphertextForRecipient []byte `json:",omitempty"`
	KeyMaterialId          string `json:",omitempty"`
}

// GenerateDataKeyWithoutPlaintextInput is the input of GenerateDataKeyWithoutPlaintext.
type GenerateDataKeyWithoutPlaintextInput struct {
	KeyId             string            `json:",omitempty"`
	EncryptionContext map[string]string `json:",omitempty"`
	KeySpec           string            `json:",omitempty"`
	NumberOfBytes     int               `json:",omitempty"`
	GrantTokens       []string          `json:",omitempty"`
	DryRun            bool              `json:",omitempty"`
}

// GenerateDataKeyWithoutPlaintextOutput is the output of GenerateDataKeyWithoutPlaintext.
type GenerateDataKeyWithoutPlaintextOutput struct {
	CiphertextBlob []byte `json:",omitempty"`
	KeyId          string `json:",omitempty"` // the key's ARN
	KeyMaterialId  string `json:",omitempty"`
}

// GenerateDataKeyPairInput is the input of GenerateDataKeyPair.
type GenerateDataKeyPairInput struct {
	EncryptionContext map[string]string `json:",omitempty"`
	KeyId             string            `json:",omitempty"`
	KeyPairSpec       material.Spec     `json:",omitempty"`
	GrantTokens       []string          `json:",omitempty"`
	Recipient         *RecipientInfo    `json:",omitempty"`
	DryRun            bool              `json:",omitempty"`
}

// GenerateDataKeyPairOutput is the output of GenerateDataKeyPair.
type GenerateDataKeyPairOutput struct {
	PrivateKeyCiphertextBlob []byte        `json:",omitempty"`
	PrivateKeyPlaintext      []byte        `json:",omitempty"`
	PublicKey                []byte        `json:",omitempty"`
	KeyId                    string        `json:",omitempty"` // the key's ARN
	KeyPairSpec              material.Spec `json:",omitempty"`
	CiphertextForRecipient   []byte        `json:",omitempty"`
	KeyMaterialId            string        `json:",omitempty"`
}

// GenerateDataKeyPairWithoutPlaintextInput is the input of
// GenerateDataKeyPairWithoutPlaintext.
type GenerateDataKeyPairWithoutPlaintextInput struct {
	EncryptionContext map[string]string `json:",omitempty"`
	KeyId             string            `json:",omitempty"`
	KeyPairSpec       material.Spec     `json:",omitempty"`
	GrantTokens       []string          `json:",omitempty"`
	DryRun            bool              `json:",omitempty"`
}

// GenerateDataKeyPairWithoutPlaintextOutput is the output of
// GenerateDataKeyPairWithoutPlaintext.
type GenerateDataKeyPairWithoutPlaintextOutput struct {
	PrivateKeyCiphertextBlob []byte        `json:",omitempty"`
	PublicKey                []byte        `json:",omitempty"`
	KeyId                    string        `json:",omitempty"` // the key's ARN
	KeyPairSpec              material.Spec `json:",omitempty"`
	KeyMaterialId            string        `json:",omitempty"`
}

// GenerateRandomInput is the input of GenerateRandom.
type GenerateRandomInput struct {
	NumberOfBytes    int            `json:",omitempty"`
	CustomKeyStoreId string         `json:",omitempty"`
	Recipient        *RecipientInfo `json:",omitempty"`
}

// GenerateRandomOutput is the output of GenerateRandom.
type GenerateRandomOutput struct {
	Plaintext              []byte `json:",omitempty"`
	CiphertextForRecipient []byte `json:",omitempty"`
}

// GetKeyLastUsageInput is the input of GetKeyLastUsage.
type GetKeyLastUsageInput struct {
	KeyId string `json:",omitempty"`
}

// GetKeyLastUsageOutput is the output of GetKeyLastUsage.
type GetKeyLastUsageOutput struct {
	KeyId             string            `json:",omitempty"`
	KeyLastUsage      *KeyLastUsageData // always there, empty when the key was not used
	TrackingStartDate time.Time         `json:",omitzero"`
	KeyCreationDate   time.Time         `json:",omitzero"`
}
