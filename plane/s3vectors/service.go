package s3vectors

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
)

// model is the name of the API's model, of the service in ARNs and in actions.
const model = "s3vectors"

// operation is what an operation does to the bucket or the index that it names.
type operation struct {
	find func(r *emulate.Request) (*target, error)
	do   func(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error)
}

var operations = map[string]operation{
	"CreateVectorBucket":       {newBucket, createBucket},
	"GetVectorBucket":          {bucketOf, getBucket},
	"DeleteVectorBucket":       {bucketOf, deleteBucket},
	"PutVectorBucketPolicy":    {bucketOf, putPolicy},
	"GetVectorBucketPolicy":    {bucketOf, getPolicy},
	"DeleteVectorBucketPolicy": {bucketOf, deletePolicy},
	"CreateIndex":              {newIndex, createIndex},
	"GetIndex":                 {indexOf, getIndex},
	"ListIndexes":              {bucketOf, listIndexes},
	"DeleteIndex":              {indexOf, deleteIndex},
	"PutVectors":               {indexOf, putVectors},
	"GetVectors":               {indexOf, getVectors},
	"ListVectors":              {indexOf, listVectors},
	"DeleteVectors":            {indexOf, deleteVectors},
	"QueryVectors":             {indexOf, queryVectors},
	"TagResource":              {tagged, tagResource},
	"UntagResource":            {tagged, untagResource},
	"ListTagsForResource":      {tagged, listTags},
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: model, Refused: refused})
	if err != nil {
		return nil, fmt.Errorf("s3vectors: %w", err)
	}
	s.Handle("ListVectorBuckets", emulate.Op{Do: listBuckets})
	for name, op := range operations {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			t, err := op.find(r)
			if err != nil {
				return nil, err
			}
			if err := t.allow(ctx, r, r.Operation); err != nil {
				return nil, err
			}
			return op.do(ctx, r, t)
		}})
	}
	return []*emulate.Service{s}, nil
}

// allow decides whether the caller may do an action on a bucket or an index, with the policy
// of the bucket and the condition keys of the service.
func (t *target) allow(ctx context.Context, r *emulate.Request, action string) error {
	asked := &plane.Asked{Action: model + ":" + action, Resource: t.arn(), Account: t.account, Policy: t.policy(r), Context: t.context(r)}
	return r.AllowAs(ctx, asked)
}

// codes are those of refusals of KMS, by KMS's own. The operations on vectors alone declare
// them: others say it in a ValidationException.
var codes = map[string]string{
	"DisabledException":        "KmsDisabledException",
	"InvalidKeyUsageException": "KmsInvalidKeyUsageException",
	"KMSInvalidStateException": "KmsInvalidStateException",
	"NotFoundException":        "KmsNotFoundException",
}

func refused(r *emulate.Request, e *behalf.Error) error {
	code := codes[e.Code]
	switch {
	case e.Denied():
		code = "AccessDeniedException"
	case code == "" || r.Operation == "CreateVectorBucket" || r.Operation == "CreateIndex":
		code = "ValidationException"
	}
	return r.Fail(code, "%s", e.Message)
}
