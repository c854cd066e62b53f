package s3

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// api is the name of the API's model and of the service.
const api = "s3"

// operation is an operation on the bucket that a request names.
type operation struct {
	// action is the IAM action without the service; empty: do authorizes by itself.
	action string
	do     func(ctx context.Context, c *call) (wire.Object, error)
}

var operations = map[string]operation{
	"HeadBucket":        {"ListBucket", headBucket},
	"GetBucketLocation": {"GetBucketLocation", getLocation},
	"DeleteBucket":      {"DeleteBucket", deleteBucket},

	"PutBucketPolicy":       {"PutBucketPolicy", putPolicy},
	"GetBucketPolicy":       {"GetBucketPolicy", getPolicy},
	"DeleteBucketPolicy":    {"DeleteBucketPolicy", deletePolicy},
	"GetBucketPolicyStatus": {"GetBucketPolicyStatus", getPolicyStatus},
	"GetBucketAcl":          {"GetBucketAcl", getACL},
	"PutBucketTagging":      {"PutBucketTagging", putBucketTags},
	"GetBucketTagging":      {"GetBucketTagging", getBucketTags},
	"DeleteBucketTagging":   {"PutBucketTagging", deleteBucketTags},

	"ListObjects":        {"ListBucket", listObjects},
	"ListObjectsV2":      {"ListBucket", listObjectsV2},
	"ListObjectVersions": {"ListBucketVersions", listVersions},

	"PutObject":           {"", putObject},
	"GetObject":           {"", getObject},
	"HeadObject":          {"", headObject},
	"GetObjectAttributes": {"", getAttributes},
	"CopyObject":          {"", copyObject},
	"DeleteObject":        {"", deleteObject},
	"DeleteObjects":       {"", deleteObjects},
	"PutObjectTagging":    {"", putObjectTags},
	"GetObjectTagging":    {"", getObjectTags},
	"DeleteObjectTagging": {"", deleteObjectTags},
	"GetObjectAcl":        {"", getObjectACL},

	"CreateMultipartUpload":   {"", createUpload},
	"UploadPart":              {"", uploadPart},
	"UploadPartCopy":          {"", uploadPartCopy},
	"CompleteMultipartUpload": {"", completeUpload},
	"AbortMultipartUpload":    {"", abortUpload},
	"ListParts":               {"", listParts},
	"ListMultipartUploads":    {"ListBucketMultipartUploads", listUploads},
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	seen, err := observed()
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	s, err := emulate.New(w, emulate.Definition{Model: api, Observed: seen, Refused: refused, Denied: accessDenied.code, ReadOnly: readOnly, Owner: ownerOf})
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	s.Handle("ListBuckets", emulate.Op{Action: "s3:ListAllMyBuckets", Do: listBuckets})
	s.Handle("CreateBucket", emulate.Op{Action: emulate.ByItself, Do: createBucket})
	for name, op := range operations {
		handle(s, name, op)
	}
	for _, cfg := range configurations {
		cfg.handle(s)
	}
	return []*emulate.Service{s}, nil
}

func handle(s *emulate.Service, name string, op operation) {
	s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		c, err := find(ctx, r, op.action)
		if err != nil {
			return nil, err
		}
		if op.action != "" {
			if err := c.allow(ctx, op.action, c.bucketARN(), nil); err != nil {
				return nil, err
			}
		}
		return op.do(ctx, c)
	}})
}

func readOnly(operation string) bool {
	return strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "Head") || strings.HasPrefix(operation, "List")
}

// namespace is that of all documents of S3.
const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// roots are the elements that answers are, by their shapes; the table of the model has no
// such names. Empty: the name that the model has.
var roots = map[string]string{
	"CompleteMultipartUploadOutput":          "CompleteMultipartUploadResult",
	"CopyObjectResult":                       "",
	"CopyPartResult":                         "",
	"CreateMultipartUploadOutput":            "InitiateMultipartUploadResult",
	"DeleteObjectsOutput":                    "DeleteResult",
	"GetBucketAccelerateConfigurationOutput": "AccelerateConfiguration",
	"GetBucketAclOutput":                     "AccessControlPolicy",
	"GetBucketLocationOutput":                "",
	"GetBucketLoggingOutput":                 "BucketLoggingStatus",
	"GetBucketRequestPaymentOutput":          "RequestPaymentConfiguration",
	"GetBucketTaggingOutput":                 "Tagging",
	"GetBucketVersioningOutput":              "VersioningConfiguration",
	"GetObjectAclOutput":                     "AccessControlPolicy",
	"GetObjectAttributesOutput":              "GetObjectAttributesResponse",
	"GetObjectTaggingOutput":                 "Tagging",
	"ListBucketsOutput":                      "ListAllMyBucketsResult",
	"ListMultipartUploadsOutput":             "ListMultipartUploadsResult",
	"ListObjectVersionsOutput":               "ListVersionsResult",
	"ListObjectsOutput":                      "ListBucketResult",
	"ListObjectsV2Output":                    "ListBucketResult",
	"ListPartsOutput":                        "ListPartsResult",
	"NotificationConfiguration":              "",
	"OwnershipControls":                      "",
	"PolicyStatus":                           "",
	"PublicAccessBlockConfiguration":         "",
	"ServerSideEncryptionConfiguration":      "",
}

// worded are the enumerations and patterns whose other values S3 refuses in words of its own.
var worded = []string{"BucketLocationConstraint", "CopySource", "ServerSideEncryption", "StorageClass"}

// observed gives the answers their roots and namespace.
func observed() (wire.Observed, error) {
	m, err := model.Load(api)
	if err != nil {
		return wire.Observed{}, err
	}
	shapes := make(map[string]*model.Shape, len(roots)+len(worded))
	for name, root := range roots {
		sh := *m.Shapes[name]
		sh.XMLNamespace = &model.XMLNamespace{URI: namespace}
		if root != "" {
			sh.LocationName = root
		}
		shapes[name] = &sh
	}
	for _, name := range worded {
		sh := *m.Shapes[name]
		sh.Enum, sh.Pattern = nil, ""
		shapes[name] = &sh
	}
	return wire.Observed{Shapes: shapes}, nil
}
