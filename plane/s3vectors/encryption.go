package s3vectors

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const (
	sseS3  = "AES256"
	sseKMS = "aws:kms"
)

// sseType is that of an encryption configuration. Which one is the default of a configuration
// that has a key only is not documented; the key says enough.
func sseType(e wire.Object) string {
	switch {
	case e.Text("sseType") != "":
		return e.Text("sseType")
	case e.Text("kmsKeyArn") != "":
		return sseKMS
	}
	return sseS3
}

// encryption is the configuration in the input; nil: there is none. The texts of the refusals
// are not recorded.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3VectorBuckets_EncryptionConfiguration.html
func encryption(r *emulate.Request) (wire.Object, error) {
	e := r.In.Object("encryptionConfiguration")
	if e == nil {
		return nil, nil
	}
	typ, key := sseType(e), e.Text("kmsKeyArn")
	if (typ == sseKMS) != (key != "") {
		return nil, r.Fail("ValidationException", "kmsKeyArn must be specified if and only if sseType is aws:kms")
	}
	return e.With(wire.Object{"sseType": typ}), nil
}

// slot is what of the catalogue protects vectors, and the key; empty: the plane's.
type slot struct {
	typ, key string
	id       string // of the resource, for the encryption context
}

// slotOf is that of an index: its own configuration overrides its bucket's.
func slotOf(r *emulate.Request, t *target, index *records.Record) (slot, error) {
	of := slot{typ: "AWS::S3Vectors::Index", id: index.Doc.Text("id")}
	e := index.Doc.Object("encryptionConfiguration")
	if e == nil {
		bucket := r.Service.Records.Get(t.bucketKey())
		if bucket == nil {
			return slot{}, noBucket(r)
		}
		of.typ = "AWS::S3Vectors::VectorBucket"
		e = bucket.Doc.Object("encryptionConfiguration")
	}
	of.key = e.Text("kmsKeyArn")
	return of, nil
}

// subject is a bucket or an index for the key of a slot. That the encryption context has
// aws:s3vectors:arn and aws:s3vectors:resource-id is documented, what they are is not: here
// they are the ARN and an id that no other resource of the same name ever has.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-data-encryption.html
func (t *target) subject(r *emulate.Request, of slot) *behalf.Subject {
	s := r.Subject(of.typ, "encryption", t.arn())
	s.ID, s.Name, s.Account = t.index, t.bucket, t.account
	s.Context = map[string]string{"aws:s3vectors:arn": t.arn(), "aws:s3vectors:resource-id": of.id}
	return s
}

// use and index are the purposes of the catalogue's needs.
const (
	use      = "use"
	indexing = "index"
)

// try asks for a key that is new to a bucket or an index, as its creator. That the creation
// does is said by the permissions of CloudFormation's handlers alone; it keeps no data key.
// Source: https://github.com/hashicorp/terraform-provider-awscc/blob/main/internal/service/cloudformation/schemas/AWS_S3Vectors_VectorBucket.json
func try(ctx context.Context, r *emulate.Request, t *target, of slot) error {
	return r.Service.Keys.Meet(ctx, r.Call, t.subject(r, of), of.key, nil, use, "GenerateDataKey")
}
