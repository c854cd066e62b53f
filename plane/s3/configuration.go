package s3

import (
	"context"
	"net/http"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// configuration is a document of a bucket that is put and read as a whole: what is put
// replaces what was there.
type configuration struct {
	// put, get and remove are the names of operations; empty: there is none. The members of
	// the input of put and of the output of get that hold the document are in and out; an
	// empty out: the members of the document are those of the output.
	put, get, remove string
	in, out          string
	// writes and reads are the IAM actions.
	writes, reads string
	// name is that of the document in the bucket's record; empty: nothing can be put.
	name string
	// initial stands for a document that is missing; nil: missing is answered.
	initial func(c *call) wire.Object
	missing refusal
	check   func(doc wire.Object) error
}

func missing(code, text string) refusal { return refusal{http.StatusNotFound, code, text} }

func nothing(*call) wire.Object { return wire.Object{} }

var configurations = []configuration{
	{
		put: "PutBucketEncryption", get: "GetBucketEncryption", remove: "DeleteBucketEncryption", name: "encryption",
		in: "ServerSideEncryptionConfiguration", out: "ServerSideEncryptionConfiguration", writes: "PutEncryptionConfiguration", reads: "GetEncryptionConfiguration",
		initial: func(*call) wire.Object { return unencrypted() }, check: checkEncryption,
	},
	{
		put: "PutBucketVersioning", get: "GetBucketVersioning", name: "versioning", in: "VersioningConfiguration",
		writes: "PutBucketVersioning", reads: "GetBucketVersioning", initial: nothing, check: checkVersioning,
	},
	{
		put: "PutPublicAccessBlock", get: "GetPublicAccessBlock", remove: "DeletePublicAccessBlock", name: "publicAccess",
		in: "PublicAccessBlockConfiguration", out: "PublicAccessBlockConfiguration", writes: "PutBucketPublicAccessBlock", reads: "GetBucketPublicAccessBlock",
		missing: missing("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
	},
	{
		put: "PutBucketOwnershipControls", get: "GetBucketOwnershipControls", remove: "DeleteBucketOwnershipControls", name: "ownership",
		in: "OwnershipControls", out: "OwnershipControls", writes: "PutBucketOwnershipControls", reads: "GetBucketOwnershipControls",
		missing: missing("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"), check: checkOwnership,
	},
	{
		put: "PutBucketLogging", get: "GetBucketLogging", name: "logging", in: "BucketLoggingStatus",
		writes: "PutBucketLogging", reads: "GetBucketLogging", initial: nothing,
	},

	// What nothing can set here.
	{get: "GetBucketCors", reads: "GetBucketCORS", missing: missing("NoSuchCORSConfiguration", "The CORS configuration does not exist")},
	{get: "GetBucketWebsite", reads: "GetBucketWebsite", missing: missing("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")},
	{get: "GetBucketLifecycleConfiguration", reads: "GetLifecycleConfiguration", missing: missing("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")},
	{get: "GetBucketReplication", reads: "GetReplicationConfiguration", missing: missing("ReplicationConfigurationNotFoundError", "The replication configuration was not found")},
	{get: "GetObjectLockConfiguration", reads: "GetBucketObjectLockConfiguration", missing: missing("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")},
	{get: "GetBucketNotificationConfiguration", reads: "GetBucketNotification", initial: nothing},
	{get: "GetBucketAccelerateConfiguration", reads: "GetAccelerateConfiguration", initial: nothing},
	{get: "GetBucketRequestPayment", reads: "GetBucketRequestPayment", initial: func(*call) wire.Object { return wire.Object{"Payer": "BucketOwner"} }},
}

// handle adds the operations.
func (cfg configuration) handle(s *emulate.Service) {
	handle(s, cfg.get, operation{cfg.reads, cfg.read})
	if cfg.put != "" {
		handle(s, cfg.put, operation{cfg.writes, cfg.write})
	}
	if cfg.remove != "" {
		handle(s, cfg.remove, operation{cfg.writes, func(ctx context.Context, c *call) (wire.Object, error) {
			return nil, c.change(ctx, wire.Object{cfg.name: nil})
		}})
	}
}

func (cfg configuration) read(_ context.Context, c *call) (wire.Object, error) {
	doc := c.rec.Doc.Object(cfg.name)
	switch {
	case doc == nil && cfg.initial == nil:
		return nil, c.say(cfg.missing, wire.Object{"BucketName": c.name()})
	case doc == nil:
		doc = cfg.initial(c)
	}
	if cfg.out == "" {
		return doc, nil
	}
	return wire.Object{cfg.out: doc}, nil
}

func (cfg configuration) write(ctx context.Context, c *call) (wire.Object, error) {
	doc := c.In.Object(cfg.in)
	if err := c.checkDigest(); err != nil {
		return nil, err
	}
	if cfg.check != nil {
		if err := cfg.check(doc); err != nil {
			return nil, err
		}
	}
	return nil, c.change(ctx, wire.Object{cfg.name: doc})
}

func checkVersioning(doc wire.Object) error {
	switch {
	case doc.Text("MFADelete") == "Enabled":
		return notImplemented.with("MFA delete")
	case doc.Text("Status") == "":
		return &wire.Error{Status: http.StatusBadRequest, Code: "IllegalVersioningConfigurationException", Message: "The Versioning element must be specified"}
	}
	return nil
}

func checkOwnership(doc wire.Object) error {
	rules := doc.Objects("Rules")
	switch {
	case len(rules) != 1:
		return malformedXML.with()
	case rules[0].Text("ObjectOwnership") != ownerEnforced:
		return notImplemented.with("access control lists")
	}
	return nil
}
