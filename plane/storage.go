package plane

import (
	"net/http"
	"strings"

	"github.com/bedlock/bedlock/plane/sigv4"
)

// storageRefusal is how S3 says that a signature is not good; an empty message is that of
// package sigv4.
type storageRefusal struct {
	status        int
	code, message string
}

// storageRefusals are those of requests with an Authorization header.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var storageRefusals = map[sigv4.Reason]storageRefusal{
	sigv4.MissingToken:         {http.StatusForbidden, "AccessDenied", "Access Denied"},
	sigv4.BothForms:            {http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified"},
	sigv4.Incomplete:           {http.StatusBadRequest, "AuthorizationHeaderMalformed", ""},
	sigv4.UnsupportedAlgorithm: {http.StatusBadRequest, "InvalidRequest", oldSignature},
	sigv4.Asymmetric:           {http.StatusBadRequest, "InvalidRequest", ""},
	sigv4.Expired:              {http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."},
	sigv4.NotYetCurrent:        {http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."},
	sigv4.HeaderNotSigned:      {http.StatusForbidden, "AccessDenied", "There were headers present in the request which were not signed"},
	sigv4.WrongScope:           {http.StatusBadRequest, "AuthorizationHeaderMalformed", ""},
	sigv4.UnknownKey:           {http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."},
	sigv4.Mismatch:             {http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method."},
	sigv4.TokenInvalid:         {http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid."},
	sigv4.TokenExpired:         {http.StatusBadRequest, "ExpiredToken", "The provided token has expired."},
	sigv4.TooLarge:             {http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size; the local plane takes 64 MiB in one request"},
	sigv4.BadExpires:           {http.StatusBadRequest, "AuthorizationQueryParametersError", ""},
	sigv4.BadPayloadHash:       {http.StatusBadRequest, "InvalidRequest", ""},
	sigv4.PayloadMismatch:      {http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."},
	sigv4.BadChunk:             {http.StatusBadRequest, "IncompleteBody", ""},
	sigv4.ChunkTooSmall:        {http.StatusForbidden, "InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes"},
}

// presignedRefusals are those of presigned URLs that differ.
var presignedRefusals = map[sigv4.Reason]storageRefusal{
	sigv4.Incomplete:    {http.StatusBadRequest, "AuthorizationQueryParametersError", ""},
	sigv4.WrongScope:    {http.StatusBadRequest, "AuthorizationQueryParametersError", ""},
	sigv4.Expired:       {http.StatusForbidden, "AccessDenied", "Request has expired"},
	sigv4.NotYetCurrent: {http.StatusForbidden, "AccessDenied", "Request is not valid yet"},
}

const oldSignature = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."

// storageSays is the refusal of a request to S3.
func storageSays(r *http.Request, e *sigv4.Error) (status int, code, message string) {
	said := storageRefusals[e.Reason]
	if other, ok := presignedRefusals[e.Reason]; ok && strings.Contains(r.URL.RawQuery, "X-Amz-Algorithm=") {
		said = other
	}
	if said.message == "" {
		said.message = e.Message
	}
	return said.status, said.code, said.message
}

// signedTheOldWay says whether a request has a signature of before 2014, which S3 takes for
// buckets of before 2020 alone: https://aws.amazon.com/blogs/aws/amazon-s3-update-sigv2-deprecation-period-extended-modified/.
// boto3 presigns URLs so unless its signature_version is s3v4.
func signedTheOldWay(r *http.Request) bool {
	query := r.URL.Query()
	return query.Has("AWSAccessKeyId") && query.Has("Signature") || strings.HasPrefix(r.Header.Get("Authorization"), "AWS ")
}

// refuseOld answers such a request.
func refuseOld(w http.ResponseWriter, requestID string) {
	h := w.Header()
	h.Set("Content-Type", "application/xml")
	h.Set("x-amz-request-id", requestID)
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte("<Error><Code>InvalidRequest</Code><Message>" + oldSignature + "</Message><RequestId>" + requestID + "</RequestId></Error>"))
}
