package s3

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/records"
)

// The algorithms.
const (
	aes256  = "AES256"
	sseKMS  = "aws:kms"
	sseDSSE = "aws:kms:dsse"
)

// content is the name of what is sealed of an object, and the type and slot of the catalogue
// that say by whom and how.
const (
	content    = "content"
	bucketType = "AWS::S3::Bucket"
	bucketSlot = "default-encryption"
	use        = "use"
)

// contextKey is the key that S3 adds to every encryption context.
const contextKey = "aws:s3:arn"

// unencrypted is the configuration of a bucket without one: since 2023 all objects are
// encrypted.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
func unencrypted() wire.Object {
	return wire.Object{"Rules": []any{wire.Object{
		"ApplyServerSideEncryptionByDefault": wire.Object{"SSEAlgorithm": aes256}, "BucketKeyEnabled": false,
	}}}
}

func checkEncryption(doc wire.Object) error {
	rules := doc.Objects("Rules")
	if len(rules) != 1 {
		return malformedXML.with()
	}
	by := rules[0].Object("ApplyServerSideEncryptionByDefault")
	switch by.Text("SSEAlgorithm") {
	case aes256:
		if by.Has("KMSMasterKeyID") {
			return invalidArgument.with("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
		}
	case sseKMS, sseDSSE:
	case "":
		if !rules[0].Has("BlockedEncryptionTypes") {
			return malformedXML.with()
		}
	default:
		return malformedXML.with()
	}
	return nil
}

// encryption is how an object is encrypted.
type encryption struct {
	algorithm string
	// key is as it was named; empty with a KMS algorithm: the AWS managed key.
	key       string
	bucketKey bool
	// context are the pairs that the caller adds.
	context map[string]string
}

// encryption is what a request asks for, or else the default of the bucket.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html
func (c *call) encryption() (encryption, error) {
	rule := unencrypted().Objects("Rules")[0]
	if doc := c.rec.Doc.Object("encryption"); doc != nil {
		rule = doc.Objects("Rules")[0]
	}
	e := encryption{algorithm: c.In.Text("ServerSideEncryption"), key: c.In.Text("SSEKMSKeyId")}
	switch e.algorithm {
	case "":
		if e.key != "" {
			return e, invalidArgument.with("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms")
		}
		e.algorithm = rule.Text("ApplyServerSideEncryptionByDefault.SSEAlgorithm")
		e.key = rule.Text("ApplyServerSideEncryptionByDefault.KMSMasterKeyID")
		if e.algorithm == "" {
			e.algorithm = aes256
		}
	case sseKMS, sseDSSE:
	case aes256:
		if e.key != "" {
			return e, invalidArgument.with("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms")
		}
	default:
		return e, invalidArgument.with("The encryption method specified is not supported")
	}
	if c.In.Has("SSECustomerAlgorithm") || c.In.Has("CopySourceSSECustomerAlgorithm") {
		return e, notImplemented.with("server-side encryption with the caller's own keys (SSE-C)")
	}
	if e.algorithm == aes256 {
		return e, nil
	}
	e.bucketKey = e.algorithm == sseKMS && rule.Bool("BucketKeyEnabled")
	if c.In.Has("BucketKeyEnabled") {
		e.bucketKey = c.In.Bool("BucketKeyEnabled")
	}
	var err error
	e.context, err = callersContext(c.In.Text("SSEKMSEncryptionContext"))
	return e, err
}

// callersContext reads the header of an encryption context.
func callersContext(header string) (map[string]string, error) {
	if header == "" {
		return nil, nil
	}
	var out map[string]string
	text, err := base64.StdEncoding.DecodeString(header)
	if err != nil || json.Unmarshal(text, &out) != nil {
		return nil, badContext.with()
	}
	return out, nil
}

// subject is an object for its key. KMS is called as the caller, through S3 of the bucket's
// Region.
func (c *call) subject(e encryption) *behalf.Subject {
	s := c.Subject(bucketType, bucketSlot, c.objectARN())
	s.Account, s.Region, s.Name = c.owner(), c.region(), c.name()
	s.Context = maps.Clone(e.context)
	if s.Context == nil {
		s.Context = map[string]string{}
	}
	if s.Context[contextKey] == "" { // one that the caller gives counts
		s.Context[contextKey] = c.objectARN()
		if e.bucketKey {
			s.Context[contextKey] = c.bucketARN()
		}
	}
	return s
}

// seal encrypts the content of an object. The document gets how.
func (c *call) seal(ctx context.Context, e encryption, text []byte, doc wire.Object) (*records.Sealed, error) {
	s := c.subject(e)
	s.Only = []string{"GenerateDataKey"} // Decrypt is asked for when it is read, or uploaded in parts
	doc["ServerSideEncryption"] = e.algorithm
	if e.algorithm == aes256 {
		return c.Service.Keys.Seal(ctx, c.Call, s, "", use, text)
	}
	key := e.key
	if key == "" {
		managed, err := c.Service.KMS.Managed(ctx, c.Account, c.region(), api)
		if err != nil {
			return nil, err
		}
		key = managed.ARN()
	}
	sealed, err := c.Service.Keys.Seal(ctx, c.Call, s, key, use, text)
	if err != nil {
		return nil, err
	}
	doc["SSEKMSKeyId"], doc["BucketKeyEnabled"] = sealed.Key, e.bucketKey
	return sealed, nil
}

// unlock is the way to an object's content.
func (c *call) unlock(ctx context.Context, rec *records.Record) (*behalf.Unlocked, error) {
	return c.Service.Keys.Unlock(ctx, c.Call, c.subject(encryption{}), rec.Sealed[content], use)
}

// encrypted are the members of outputs that say how an object is encrypted.
func encrypted(doc wire.Object) wire.Object {
	out := doc.Pick("ServerSideEncryption", "SSEKMSKeyId")
	if doc.Bool("BucketKeyEnabled") {
		out["BucketKeyEnabled"] = true
	}
	return out
}
