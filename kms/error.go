package kms

import "fmt"

// Code is the name of a KMS exception, as it stands in __type.
type Code string

// The exceptions of the KMS API, and the common ones that KMS returns. Source:
// https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and the pages of
// the operations.
const (
	AccessDenied                       Code = "AccessDeniedException"
	AlreadyExists                      Code = "AlreadyExistsException"
	Conflict                           Code = "ConflictException"
	CloudHsmClusterNotFound            Code = "CloudHsmClusterNotFoundException"
	CustomKeyStoreHasCMKs              Code = "CustomKeyStoreHasCMKsException"
	CustomKeyStoreInvalidState         Code = "CustomKeyStoreInvalidStateException"
	CustomKeyStoreNameInUse            Code = "CustomKeyStoreNameInUseException"
	CustomKeyStoreNotFound             Code = "CustomKeyStoreNotFoundException"
	DependencyTimeout                  Code = "DependencyTimeoutException"
	Disabled                           Code = "DisabledException"
	DryRunOperation                    Code = "DryRunOperationException"
	ExpiredImportToken                 Code = "ExpiredImportTokenException"
	IncorrectKey                       Code = "IncorrectKeyException"
	IncorrectKeyMaterial               Code = "IncorrectKeyMaterialException"
	InvalidAliasName                   Code = "InvalidAliasNameException"
	InvalidArn                         Code = "InvalidArnException"
	InvalidCiphertext                  Code = "InvalidCiphertextException"
	InvalidGrantID                     Code = "InvalidGrantIdException"
	InvalidGrantToken                  Code = "InvalidGrantTokenException"
	InvalidImportToken                 Code = "InvalidImportTokenException"
	InvalidKeyUsage                    Code = "InvalidKeyUsageException"
	InvalidMac                         Code = "KMSInvalidMacException"
	InvalidMarker                      Code = "InvalidMarkerException"
	InvalidSignature                   Code = "KMSInvalidSignatureException"
	InvalidState                       Code = "KMSInvalidStateException"
	Internal                           Code = "KMSInternalException"
	KeyUnavailable                     Code = "KeyUnavailableException"
	LimitExceeded                      Code = "LimitExceededException"
	MalformedPolicyDocument            Code = "MalformedPolicyDocumentException"
	NotAuthorized                      Code = "NotAuthorizedException" // unconfirmed for KMS
	NotFound                           Code = "NotFoundException"
	InvalidTag                         Code = "TagException"
	UnsupportedOperation               Code = "UnsupportedOperationException"
	Validation                         Code = "ValidationException"
	XksKeyAlreadyInUse                 Code = "XksKeyAlreadyInUseException"
	XksKeyInvalidConfiguration         Code = "XksKeyInvalidConfigurationException"
	XksKeyNotFound                     Code = "XksKeyNotFoundException"
	XksProxyIncorrectCredential        Code = "XksProxyIncorrectAuthenticationCredentialException"
	XksProxyInvalidConfiguration       Code = "XksProxyInvalidConfigurationException"
	XksProxyInvalidResponse            Code = "XksProxyInvalidResponseException"
	XksProxyURIEndpointInUse           Code = "XksProxyUriEndpointInUseException"
	XksProxyURIInUse                   Code = "XksProxyUriInUseException"
	XksProxyURIUnreachable             Code = "XksProxyUriUnreachableException"
	XksProxyVpcEndpointServiceInUse    Code = "XksProxyVpcEndpointServiceInUseException"
	XksProxyVpcEndpointServiceNotFound Code = "XksProxyVpcEndpointServiceNotFoundException"
)

// Error is an error of the KMS API. It never holds key bytes, plaintext or tokens.
type Error struct {
	Code Code
	// Message is AWS's text; empty where AWS sends none.
	Message string
	cause   error
}

// Error returns "Code: message", or "Code: cause" of an internal error.
func (e *Error) Error() string {
	switch {
	case e.Code == Internal && e.cause != nil:
		return string(e.Code) + ": " + e.cause.Error()
	case e.Message == "":
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Message
}

// Unwrap returns what lies behind an internal error.
func (e *Error) Unwrap() error { return e.cause }

func fail(c Code, format string, args ...any) *Error {
	return &Error{Code: c, Message: fmt.Sprintf(format, args...)}
}

// internal wraps a fault of ours, such as a store that cannot write.
func internal(cause error) *Error { return &Error{Code: Internal, cause: cause} }
