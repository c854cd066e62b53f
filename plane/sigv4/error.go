package sigv4

import (
	"errors"
	"net/http"
)

// What [Verifier.Secret] answers when it has no usable secret. Any other error
// is taken for a failure of the server and comes back wrapped, not as [Error].
var (
	ErrUnknownKey   = errors.New("unknown or inactive access key")
	ErrTokenInvalid = errors.New("session token does not belong to the access key")
	ErrTokenExpired = errors.New("session token has expired")
)

// Reason is why a request was refused.
type Reason uint8

// The reasons. The comment is what AWS calls it in its JSON protocols.
const (
	_                    Reason = iota
	MissingToken                // MissingAuthenticationTokenException
	BothForms                   // InvalidSignatureException
	Incomplete                  // IncompleteSignatureException
	UnsupportedAlgorithm        // IncompleteSignatureException
	Asymmetric                  // IncompleteSignatureException: Signature Version 4A
	Expired                     // InvalidSignatureException
	NotYetCurrent               // InvalidSignatureException
	HeaderNotSigned             // InvalidSignatureException
	WrongScope                  // InvalidSignatureException
	UnknownKey                  // UnrecognizedClientException
	Mismatch                    // InvalidSignatureException
	TokenInvalid                // UnrecognizedClientException
	TokenExpired                // ExpiredTokenException
	TooLarge                    // RequestEntityTooLargeException, unconfirmed
	BadExpires                  // IncompleteSignatureException; S3: AuthorizationQueryParametersError
	BadPayloadHash              // S3: InvalidRequest (none) or InvalidArgument (not one of the allowed values)
	PayloadMismatch             // S3: XAmzContentSHA256Mismatch
	BadChunk                    // S3: IncompleteBody
	ChunkTooSmall               // S3: InvalidChunkSizeError
)

// Dialect is how a service words its errors.
type Dialect uint8

// The dialects. S3 words everything differently and maps [Error.Reason]
// itself.
const (
	_     Dialect = iota
	JSON          // AWS JSON 1.0 and 1.1: KMS, DynamoDB. Every refusal is HTTP 400
	REST          // REST-JSON: Bedrock, Lambda. The codes of JSON, HTTP 403
	Query         // query protocol: STS, IAM. Codes without "Exception", HTTP 403 or 400
)

// Error is the refusal of a request. It holds nothing secret.
type Error struct {
	Reason  Reason
	Message string // AWS's words; for the wire use Wire

	// For Mismatch: what was signed according to this side, so that a user can
	// compare it with what the client signed. Values of headers and parameters
	// that carry credentials are replaced by "(hidden)". AWS's documentation
	// shows both in the message; the services that were observed since 2021
	// (KMS: https://github.com/aws/aws-sdk-cpp/issues/1681) no longer send
	// them, so Message is without.
	CanonicalRequest string
	StringToSign     string
}

func (e *Error) Error() string { return "verify signature: " + e.Message }

// Wire returns the HTTP status, the error code and the message that a service
// of this dialect sends.
//
// Codes and statuses: AWS JSON from tests of kinesalite against Kinesis, whose
// refusals are all 400; REST from Lambda and API Gateway, 403; Query from
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html, 403
// except IncompleteSignature.
func (e *Error) Wire(d Dialect) (status int, code, message string) {
	json, query := e.Reason.codes()
	switch {
	case e.Reason == TooLarge:
		status = http.StatusRequestEntityTooLarge
	case d == JSON || d == Query && query == "IncompleteSignature":
		status = http.StatusBadRequest
	default:
		status = http.StatusForbidden
	}
	if d != Query {
		return status, json, e.Message
	}
	if e.Reason == MissingToken {
		return status, query, "Request is missing Authentication Token"
	}
	return status, query, e.Message
}

// codes returns the error codes of the reason. Those of S3's reasons are only
// for completeness: S3 has its own.
func (r Reason) codes() (json, query string) {
	switch r {
	case MissingToken:
		return "MissingAuthenticationTokenException", "MissingAuthenticationToken"
	case Incomplete, UnsupportedAlgorithm, Asymmetric, BadExpires, BadPayloadHash:
		return "IncompleteSignatureException", "IncompleteSignature"
	case UnknownKey, TokenInvalid:
		return "UnrecognizedClientException", "InvalidClientTokenId"
	case TokenExpired:
		return "ExpiredTokenException", "ExpiredToken"
	case TooLarge:
		return "RequestEntityTooLargeException", "RequestEntityTooLarge"
	}
	return "InvalidSignatureException", "SignatureDoesNotMatch"
}

func refuse(r Reason, message string) *Error { return &Error{Reason: r, Message: message} }

// The fixed messages. Source, unless another is named: notes and tests of
// dynalite and kinesalite, recorded from DynamoDB and Kinesis.
const (
	textMissing   = "Missing Authentication Token"
	textBoth      = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
	textUnknown   = "The security token included in the request is invalid."
	textToken     = "The security token included in the request is invalid"
	textExpired   = "The security token included in the request is expired"
	textMismatch  = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	textS3Expired = "Request has expired" // S3

	// S3's: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
	// has the codes; these texts are unconfirmed.
	textNoExpires   = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
	textExpiresNaN  = "X-Amz-Expires should be a number"
	textExpiresZero = "X-Amz-Expires must be greater than 0"
	textExpiresWeek = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
	textNoHash      = "Missing required header for this request: x-amz-content-sha256"
	textBadHash     = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value."
	textHashDiffers = "The provided 'x-amz-content-sha256' header does not match what was computed."
	textShortBody   = "The request body terminated unexpectedly"
	textSmallChunk  = "Only the last chunk is allowed to have a size less than 8192 bytes"
	textNoLength    = "You must provide the x-amz-decoded-content-length HTTP header."

	// Ours; AWS's words are unconfirmed.
	textTwice    = "A signature parameter is given more than once."
	textEscape   = "Malformed percent escape in the request URI."
	textTooLarge = "The request body is too large."
)
