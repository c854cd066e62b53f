package kms

import (
	"context"
	"encoding/json"
	"time"
)

// XksTimeout is how long KMS waits for an answer of a proxy.
// Source: https://github.com/aws/aws-kms-xksproxy-api-spec, "KMS Considerations"
const XksTimeout = 250 * time.Millisecond

// XksProxy calls the proxies of external key stores, by version 1 of the proxy API. Every
// error is an [*XksError]. Methods return when ctx is done, are called by several
// goroutines, and never log plaintext or credentials.
// Source: https://github.com/aws/aws-kms-xksproxy-api-spec
type XksProxy interface {
	// Health is GetHealthStatus, POST …/health.
	Health(ctx context.Context, at *XksEndpoint, in *XksHealthInput) (*XksHealthOutput, error)
	// Metadata is GetKeyMetadata, POST …/keys/ID/metadata.
	Metadata(ctx context.Context, at *XksEndpoint, keyID string, in *XksMetadataInput) (*XksMetadataOutput, error)
	// Encrypt is POST …/keys/ID/encrypt.
	Encrypt(ctx context.Context, at *XksEndpoint, keyID string, in *XksEncryptInput) (*XksEncryptOutput, error)
	// Decrypt is POST …/keys/ID/decrypt.
	Decrypt(ctx context.Context, at *XksEndpoint, keyID string, in *XksDecryptInput) (*XksDecryptOutput, error)
}

// XksEndpoint is where a proxy is and how calls of it are signed: with SigV4, for the
// service kms-xks-proxy.
type XksEndpoint struct {
	URI    string // XksProxyUriEndpoint, https://…
	Path   string // XksProxyUriPath, …/kms/xks/v1
	Region string // of the key store
	// Connectivity is PUBLIC_ENDPOINT or VPC_ENDPOINT_SERVICE.
	Connectivity string
	AccessKeyID  string
	Secret       Secret
}

// Secret is a text that prints nothing of itself. The zero value is empty.
type Secret struct{ text *string }

// NewSecret makes a secret.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String keeps the secret out of messages.
func (Secret) String() string { return "secret" }

// GoString keeps the secret out of messages.
func (Secret) GoString() string { return "secret" }

// MarshalJSON keeps the secret out of documents.
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal("secret") }

// XksRequestMetadata tells the proxy what a call is about. The JSON names are those of the
// proxy API, here and in the other structures.
type XksRequestMetadata struct {
	AwsPrincipalArn string `json:"awsPrincipalArn,omitempty"` // not in Health
	AwsSourceVpc    string `json:"awsSourceVpc,omitempty"`
	AwsSourceVpce   string `json:"awsSourceVpce,omitempty"`
	KmsKeyArn       string `json:"kmsKeyArn,omitempty"` // not in Health, nor in Metadata for CreateKey
	KmsOperation    string `json:"kmsOperation"`
	KmsRequestID    string `json:"kmsRequestId"`
	KmsViaService   string `json:"kmsViaService,omitempty"`
}

// XksHealthInput is the request of Health.
type XksHealthInput struct {
	RequestMetadata XksRequestMetadata `json:"requestMetadata"`
}

// XksHealthOutput is the answer of Health.
type XksHealthOutput struct {
	XksProxyFleetSize int           `json:"xksProxyFleetSize"` // at least 1
	XksProxyVendor    string        `json:"xksProxyVendor"`
	XksProxyModel     string        `json:"xksProxyModel"`
	EkmVendor         string        `json:"ekmVendor"`
	EkmFleetDetails   []XksEkmFleet `json:"ekmFleetDetails"` // 1 to 10
}

// XksEkmFleet is one external key manager behind a proxy.
type XksEkmFleet struct {
	ID           string `json:"id"`
	Model        string `json:"model"`
	HealthStatus string `json:"healthStatus"` // ACTIVE, DEGRADED or UNAVAILABLE
}

// XksMetadataInput is the request of Metadata.
type XksMetadataInput struct {
	RequestMetadata XksRequestMetadata `json:"requestMetadata"`
}

// XksMetadataOutput is the answer of Metadata.
type XksMetadataOutput struct {
	KeySpec   string   `json:"keySpec"`   // AES_256
	KeyUsage  []string `json:"keyUsage"`  // ENCRYPT, DECRYPT and others, at most 10
	KeyStatus string   `json:"keyStatus"` // ENABLED or DISABLED
}

// XksEncryptInput is the request of Encrypt.
type XksEncryptInput struct {
	RequestMetadata                       XksRequestMetadata `json:"requestMetadata"`
	AdditionalAuthenticatedData           []byte             `json:"additionalAuthenticatedData,omitempty"` // at most 8192 bytes
	Plaintext                             []byte             `json:"plaintext"`                             // at most 4300 bytes
	EncryptionAlgorithm                   string             `json:"encryptionAlgorithm"`                   // AES_GCM
	CiphertextDataIntegrityValueAlgorithm string             `json:"ciphertextDataIntegrityValueAlgorithm,omitempty"`
}

// XksEncryptOutput is the answer of Encrypt.
type XksEncryptOutput struct {
	Ciphertext                   []byte `json:"ciphertext"`                   // as long as the plaintext
	CiphertextMetadata           []byte `json:"ciphertextMetadata,omitempty"` // at most 20 bytes
	InitializationVector         []byte `json:"initializationVector"`         // 12 or 16 bytes
	AuthenticationTag            []byte `json:"authenticationTag"`            // 16 bytes
	CiphertextDataIntegrityValue []byte `json:"ciphertextDataIntegrityValue,omitempty"`
}

// XksDecryptInput is the request of Decrypt.
type XksDecryptInput struct {
	RequestMetadata             XksRequestMetadata `json:"requestMetadata"`
	AdditionalAuthenticatedData []byte             `json:"additionalAuthenticatedData,omitempty"`
	EncryptionAlgorithm         string             `json:"encryptionAlgorithm"`
	Ciphertext                  []byte             `json:"ciphertext"`
	CiphertextMetadata          []byte             `json:"ciphertextMetadata,omitempty"`
	InitializationVector        []byte             `json:"initializationVector"`
	AuthenticationTag           []byte             `json:"authenticationTag"`
}

// XksDecryptOutput is the answer of Decrypt.
type XksDecryptOutput struct {
	Plaintext []byte `json:"plaintext"`
}

// noProxy is the XksProxy of a service that has none.
type noProxy struct{}

var errNoProxy = &XksError{FaultUnreachable, "this service has no client for external key store proxies"}

func (noProxy) Health(context.Context, *XksEndpoint, *XksHealthInput) (*XksHealthOutput, error) {
	return nil, errNoProxy
}
func (noProxy) Metadata(context.Context, *XksEndpoint, string, *XksMetadataInput) (*XksMetadataOutput, error) {
	return nil, errNoProxy
}
func (noProxy) Encrypt(context.Context, *XksEndpoint, string, *XksEncryptInput) (*XksEncryptOutput, error) {
	return nil, errNoProxy
}
func (noProxy) Decrypt(context.Context, *XksEndpoint, string, *XksDecryptInput) (*XksDecryptOutput, error) {
	return nil, errNoProxy
}
