package material

import "fmt"

// Kind says which exception of the KMS API an error stands for. It is an error itself, so
// that errors.Is(err, InvalidCiphertext) works.
type Kind string

// The kinds, with the exceptions they stand for.
const (
	// InvalidKeyUsage: the spec does not have the algorithm; InvalidKeyUsageException.
	InvalidKeyUsage Kind = "invalid key usage"
	// InvalidSignature: KMSInvalidSignatureException, without a message.
	InvalidSignature Kind = "invalid signature"
	// InvalidMac: KMSInvalidMacException, without a message.
	InvalidMac Kind = "invalid mac"
	// InvalidCiphertext: InvalidCiphertextException, without a message, whatever was wrong
	// with the ciphertext, the key or the encryption context.
	InvalidCiphertext Kind = "invalid ciphertext"
	// Validation: ValidationException.
	Validation Kind = "validation"
	// Unsupported: UnsupportedOperationException: this program, or its FIPS mode, does not
	// have the algorithm.
	Unsupported Kind = "unsupported"
	// InvalidMaterial: imported key material is not of the spec. Whether AWS says
	// IncorrectKeyMaterialException or ValidationException is unconfirmed.
	InvalidMaterial Kind = "invalid key material"
	// InvalidToken: InvalidImportTokenException; AWS's text is unconfirmed.
	InvalidToken Kind = "invalid import token"
	// ExpiredToken: ExpiredImportTokenException; AWS's text is unconfirmed.
	ExpiredToken Kind = "expired import token"
)

// Error returns the kind in words.
func (k Kind) Error() string { return "key material: " + string(k) }

// Error is what a request got wrong. It never holds key bytes, plaintext or ciphertext.
type Error struct {
	Kind Kind
	// Message is what the API answers; empty where AWS's message is empty.
	Message string
}

// Error returns kind and message.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Kind.Error()
	}
	return e.Kind.Error() + ": " + e.Message
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

func fail(k Kind, format string, args ...any) error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// bare is an error whose message AWS leaves empty.
func bare(k Kind) error { return &Error{Kind: k} }

func incompatible(a Algorithm, s Spec) error {
	return fail(InvalidKeyUsage, "Algorithm %s is incompatible with key spec %s.", a, s)
}
