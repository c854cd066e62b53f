package s3

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
)

// refusal is an error of S3; its text may have a place for what is wrong.
type refusal struct {
	status int
	code   string
	text   string
}

// The errors. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var (
	accessDenied        = refusal{http.StatusForbidden, "AccessDenied", "Access Denied"}
	aclNotSupported     = refusal{http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs"}
	badDigest           = refusal{http.StatusBadRequest, "BadDigest", "The %s you specified did not match the calculated checksum."}
	badMD5              = refusal{http.StatusBadRequest, "BadDigest", "The Content-MD5 you specified did not match what we received."}
	bucketExists        = refusal{http.StatusConflict, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."}
	bucketOwned         = refusal{http.StatusConflict, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it."}
	bucketNotEmpty      = refusal{http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty"}
	copyOntoItself      = refusal{http.StatusBadRequest, "InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."}
	entityTooLarge      = refusal{http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size; the local plane keeps objects of 256 MiB"}
	entityTooSmall      = refusal{http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"}
	illegalLocation     = refusal{http.StatusBadRequest, "IllegalLocationConstraintException", "The %s location constraint is incompatible for the region specific endpoint this request was sent to."}
	invalidArgument     = refusal{http.StatusBadRequest, "InvalidArgument", "%s"}
	invalidBucketName   = refusal{http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid."}
	invalidDigest       = refusal{http.StatusBadRequest, "InvalidDigest", "The Content-MD5 you specified was invalid."}
	invalidLocation     = refusal{http.StatusBadRequest, "InvalidLocationConstraint", "The specified location-constraint is not valid"}
	invalidPart         = refusal{http.StatusBadRequest, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."}
	invalidPartOrder    = refusal{http.StatusBadRequest, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number."}
	invalidRange        = refusal{http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable"}
	invalidRequest      = refusal{http.StatusBadRequest, "InvalidRequest", "%s"}
	invalidTag          = refusal{http.StatusBadRequest, "InvalidTag", "%s"}
	keyTooLong          = refusal{http.StatusBadRequest, "KeyTooLongError", "Your key is too long"}
	malformedPolicy     = refusal{http.StatusBadRequest, "MalformedPolicy", "%s"}
	malformedXML        = refusal{http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"}
	metadataTooLarge    = refusal{http.StatusBadRequest, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"}
	methodNotAllowed    = refusal{http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource."}
	noSuchBucket        = refusal{http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist"}
	noSuchKey           = refusal{http.StatusNotFound, "NoSuchKey", "The specified key does not exist."}
	noSuchUpload        = refusal{http.StatusNotFound, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."}
	noSuchVersion       = refusal{http.StatusNotFound, "NoSuchVersion", "The specified version does not exist."}
	notImplemented      = refusal{http.StatusNotImplemented, "NotImplemented", "not implemented by the local plane: %s"}
	notModified         = refusal{http.StatusNotModified, "NotModified", "Not Modified"}
	preconditionFailed  = refusal{http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"}
	tooManyBuckets      = refusal{http.StatusBadRequest, "TooManyBuckets", "You have attempted to create more buckets than allowed"}
	wrongRegion         = refusal{http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region '%s' is wrong; expecting '%s'"}
	wrongRegionOfHead   = refusal{http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint."}
	publicPolicyBlocked = refusal{http.StatusForbidden, "AccessDenied", "User: %s is not authorized to perform: s3:PutBucketPolicy on resource: \"%s\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."}
	missingChecksum     = refusal{http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"}
	badContext          = refusal{http.StatusBadRequest, "InvalidArgument", "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map"}
)

// with makes the error.
func (f refusal) with(args ...any) *wire.Error {
	text := f.text
	if len(args) > 0 {
		text = fmt.Sprintf(f.text, args...)
	}
	return &wire.Error{Status: f.status, Code: f.code, Message: text}
}

// say is [refusal.with] with members beside the message.
func (c *call) say(f refusal, members wire.Object, args ...any) error {
	c.Members = members
	return f.with(args...)
}

// refused answers with a refusal of KMS: those of policies as S3's own, others with the code
// of KMS behind its name.
// Source: https://repost.aws/knowledge-center/s3-kms-errors and the errors of clients in
// issues, such as "KMS.DisabledException" and "KMS.NotFoundException".
func refused(_ *emulate.Request, e *behalf.Error) error {
	if e.Denied() {
		return &wire.Error{Status: accessDenied.status, Code: accessDenied.code, Message: e.Message}
	}
	return &wire.Error{Status: http.StatusBadRequest, Code: "KMS." + e.Code, Message: e.Message}
}

func asRefusal(err error) (*wire.Error, bool) {
	var e *wire.Error
	return e, errors.As(err, &e)
}
