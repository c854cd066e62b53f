package kms

import (
	"context"
	"errors"
)

// XksFault says what went wrong with a call of a proxy: the errorName of its answer, or
// why there was none that counts.
type XksFault string

// The faults.
const (
	FaultValidation           XksFault = "ValidationException"
	FaultInvalidState         XksFault = "InvalidStateException"
	FaultInvalidCiphertext    XksFault = "InvalidCiphertextException"
	FaultInvalidKeyUsage      XksFault = "InvalidKeyUsageException"
	FaultAuthenticationFailed XksFault = "AuthenticationFailedException"
	FaultAccessDenied         XksFault = "AccessDeniedException"
	FaultKeyNotFound          XksFault = "KeyNotFoundException"
	FaultInvalidURIPath       XksFault = "InvalidUriPathException"
	FaultUnsupportedOperation XksFault = "UnsupportedOperationException"
	FaultDependencyTimeout    XksFault = "DependencyTimeoutException"
	FaultThrottling           XksFault = "ThrottlingException"
	FaultInternal             XksFault = "InternalException"

	FaultUnreachable XksFault = "no TCP connection"
	FaultTLS         XksFault = "no TLS connection"
	FaultTimedOut    XksFault = "no answer in time"
	FaultMalformed   XksFault = "an answer that is not of the proxy API"
)

// XksError is a failed call of a proxy.
type XksError struct {
	Fault XksFault
	// Detail is the errorMessage of the proxy, or the cause of a failure; callers of KMS
	// never see it.
	Detail string
}

// Error returns fault and detail.
func (e *XksError) Error() string {
	if e.Detail == "" {
		return "external key store proxy: " + string(e.Fault)
	}
	return "external key store proxy: " + string(e.Fault) + ": " + e.Detail
}

// xksUse says for what a proxy was called, which decides the exception of a fault.
type xksUse uint8

const (
	xksForKey    xksUse = iota + 1 // CreateKey
	xksForStore                    // CreateCustomKeyStore, UpdateCustomKeyStore
	xksForCrypto                   // cryptographic operations
)

// xksAnswer is what a fault is to the callers of KMS.
type xksAnswer struct {
	key, store Code
	// connection is the ConnectionErrorCode of a store that cannot connect.
	connection string
	message    string
}

// xksAnswers are the exceptions and messages for each fault; those of cryptographic
// operations are all KMSInvalidStateException. Where the specification leaves a cell
// empty, because that proxy call does not have the fault, ours is unconfirmed: store of
// InvalidState, InvalidKeyUsage, AccessDenied, KeyNotFound and UnsupportedOperation. For
// UnsupportedOperation the specification names an exception of CreateKey that the API does
// not have. The connection codes follow the descriptions of CustomKeyStoresListEntry;
// which fault gives which is unconfirmed.
// Source: https://github.com/aws/aws-kms-xksproxy-api-spec, "Error codes"
var xksAnswers = map[XksFault]xksAnswer{
	FaultValidation:           {CustomKeyStoreInvalidState, XksProxyInvalidResponse, "XKS_PROXY_INVALID_RESPONSE", "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator."},
	FaultMalformed:            {CustomKeyStoreInvalidState, XksProxyInvalidResponse, "XKS_PROXY_INVALID_RESPONSE", "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator."},
	FaultInvalidState:         {XksKeyInvalidConfiguration, XksProxyInvalidResponse, "XKS_PROXY_INVALID_RESPONSE", "The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request."},
	FaultInvalidCiphertext:    {CustomKeyStoreInvalidState, XksProxyInvalidResponse, "XKS_PROXY_INVALID_RESPONSE", "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid."},
	FaultInvalidKeyUsage:      {XksKeyInvalidConfiguration, XksProxyInvalidResponse, "XKS_PROXY_INVALID_RESPONSE", "The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again."},
	FaultAuthenticationFailed: {CustomKeyStoreInvalidState, XksProxyIncorrectCredential, "INVALID_CREDENTIALS", "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary."},
	FaultAccessDenied:         {InvalidState, XksProxyInvalidConfiguration, "XKS_PROXY_ACCESS_DENIED", "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again."},
	FaultKeyNotFound:          {XksKeyNotFound, XksProxyInvalidResponse, "XKS_PROXY_INVALID_RESPONSE", "The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID."},
	FaultInvalidURIPath:       {CustomKeyStoreInvalidState, XksProxyInvalidConfiguration, "XKS_PROXY_INVALID_CONFIGURATION", "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary."},
	FaultUnsupportedOperation: {XksKeyInvalidConfiguration, XksProxyInvalidResponse, "XKS_PROXY_INVALID_RESPONSE", "The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator."},
	FaultDependencyTimeout:    {CustomKeyStoreInvalidState, XksProxyURIUnreachable, "XKS_PROXY_TIMED_OUT", "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."},
	FaultThrottling:           {CustomKeyStoreInvalidState, XksProxyURIUnreachable, "XKS_PROXY_NOT_REACHABLE", "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store."},
	FaultInternal:             {CustomKeyStoreInvalidState, XksProxyInvalidResponse, "XKS_PROXY_INVALID_RESPONSE", "The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available."},
	FaultUnreachable:          {CustomKeyStoreInvalidState, XksProxyURIUnreachable, "XKS_PROXY_NOT_REACHABLE", "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external keystore."},
	FaultTLS:                  {CustomKeyStoreInvalidState, XksProxyURIUnreachable, "XKS_PROXY_INVALID_TLS_CONFIGURATION", "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate."},
	FaultTimedOut:             {CustomKeyStoreInvalidState, XksProxyURIUnreachable, "XKS_PROXY_TIMED_OUT", "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."},
}

// xksNotConnected is the message for keys of a store that is not connected.
const xksNotConnected = "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again."

// xksFault is the fault of a failed call.
func xksFault(err error) XksFault {
	var e *XksError
	switch {
	case errors.As(err, &e):
		if _, known := xksAnswers[e.Fault]; known {
			return e.Fault
		}
		return FaultMalformed
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return FaultTimedOut
	}
	return FaultUnreachable
}

// xksFailure turns a failed call of a proxy into the exception of the operation. The
// proxy's own words stay inside.
func xksFailure(use xksUse, err error) *Error {
	a := xksAnswers[xksFault(err)]
	code := InvalidState
	switch use {
	case xksForKey:
		code = a.key
	case xksForStore:
		code = a.store
	}
	return &Error{Code: code, Message: a.message, cause: err}
}

// malformed is an answer that is not of the proxy API.
func malformed(detail string) error { return &XksError{FaultMalformed, detail} }
