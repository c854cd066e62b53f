package bedrock

import (
	"context"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// Kinds of the records of data retention; the id of a storage is its model provider.
const (
	retentionKind = "data-retention"
	storageKind   = "data-retention-storage"
)

// retention are the operations of the data retention of an account and of its projects; that of
// an organization is not here. The plane's models retain
// nothing; that a destination can be used is checked as AWS does, with its key and its bucket.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_DataRetentionStorageConfiguration.html
func retention() operations {
	return operations{
		"GetAccountDataRetention":           {Do: getRetention},
		"PutAccountDataRetention":           {Do: putRetention},
		"GetAccountDataRetentionStorage":    {Do: getStorage},
		"PutAccountDataRetentionStorage":    {Do: putStorage},
		"DeleteAccountDataRetentionStorage": {Do: deleteStorage},
		"GetProjectDataRetentionStorage":    {Resource: projects.resource(projectMember), Do: getStorage},
		"PutProjectDataRetentionStorage":    {Resource: projects.resource(projectMember), Do: putStorage},
		"DeleteProjectDataRetentionStorage": {Resource: projects.resource(projectMember), Do: deleteStorage},
	}
}

// retained is whose data a storage is for: that of the account, or of a project.
type retained struct {
	key     records.Key
	subject *behalf.Subject
	// shown is what answers say of it.
	shown wire.Object
}

// retainedOf is the one that a request is about.
func retainedOf(r *emulate.Request) (*retained, error) {
	provider := r.In.Text("modelProvider")
	if !r.In.Has(projectMember) {
		return &retained{
			r.Key(storageKind, provider), r.Subject(storageType, "retained-data", r.ARN("data-retention/"+provider)),
			wire.Object{"scope": "account", "modelProvider": provider},
		}, nil
	}
	project, err := projects.named(r, projectMember)
	if err != nil {
		return nil, err
	}
	arn := project.Doc.Text("arn")
	s := r.Subject(projectStorageType, "retained-data", arn)
	s.ID = project.ID
	return &retained{r.Key(storageKind, project.ID+"/"+provider), s, wire.Object{"scope": "project", "modelProvider": provider, "projectArn": arn}}, nil
}

// by are the keys that say whose data it is.
func (d *retained) by(r *emulate.Request) authz.Context {
	out := authz.Context{"aws:sourceaccount": {Values: []string{r.Account}}}
	if d.subject.Type == projectStorageType {
		out["aws:sourcearn"] = authz.Value{Values: []string{d.subject.ARN}}
	}
	return out
}

func getRetention(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if rec := r.Service.Records.Get(r.Key(retentionKind, retentionKind)); rec != nil {
		return rec.Doc.With(wire.Object{"updatedAt": rec.Updated}), nil
	}
	return wire.Object{"mode": "default"}, nil
}

func putRetention(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := replace(ctx, r, r.Key(retentionKind, retentionKind), r.In.Pick("mode"))
	if err != nil {
		return nil, err
	}
	return rec.Doc.With(wire.Object{"updatedAt": rec.Updated}), nil
}

// replace puts a record in the place of the one that there may be.
func replace(ctx context.Context, r *emulate.Request, key records.Key, doc wire.Object) (*records.Record, error) {
	rec := &records.Record{Key: key, Doc: doc}
	return rec, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if old := tx.Get(key); old != nil {
			rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
		}
		tx.Put(rec)
		return nil
	})
}

func putStorage(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	of, err := retainedOf(r)
	if err != nil {
		return nil, err
	}
	doc := r.In.Pick("storageDestination", "storageConfiguration")
	config := r.In.Object("storageConfiguration")
	switch r.In.Text("storageDestination") {
	case "amazon_managed":
		if config != nil {
			return nil, r.Fail("ValidationException", "storageConfiguration must not be given for the destination amazon_managed.")
		}
	default:
		if config == nil {
			return nil, r.Fail("ValidationException", "storageConfiguration is required for the destination customer_managed.")
		}
		if err := checkStorage(ctx, r, of, config); err != nil {
			return nil, err
		}
	}
	rec, err := replace(ctx, r, of.key, doc)
	if err != nil {
		return nil, err
	}
	return shownStorage(ctx, r, of, rec), nil
}

// checkStorage refuses a destination that the caller, or the service, cannot use.
func checkStorage(ctx context.Context, r *emulate.Request, of *retained, config wire.Object) error {
	key := config.Text("kmsKeyArn")
	if a, err := arn.Parse(key); err != nil || a.Region != r.Region {
		return r.Fail("ValidationException", "The key %s is not in the Region %s.", key, r.Region)
	}
	if err := r.Service.Keys.Meet(ctx, r.Call, of.subject, key, nil, "create"); err != nil {
		return err
	}
	if !keyUsable(ctx, r, of, config) {
		return r.Fail("ValidationException", "Amazon Bedrock cannot use the key %s. Its policy must allow kms:GenerateDataKey and kms:Decrypt to bedrock.amazonaws.com, directly and through S3.", key)
	}
	if err := bucketUsable(ctx, r, config, r.Caller, nil); err != nil {
		return refusedBy(r, err, "You cannot use the bucket "+config.Text("s3BucketArn")+". You need s3:PutObject and s3:GetObject.")
	}
	if err := bucketUsable(ctx, r, config, behalf.Principal(principal), of.by(r)); err != nil {
		return refusedBy(r, err, "Amazon Bedrock cannot use the bucket "+config.Text("s3BucketArn")+". Its policy must allow bedrock.amazonaws.com to put, get and delete objects.")
	}
	return nil
}

// Types of the catalogue.
const (
	storageType        = "AWS::Bedrock::AccountDataRetentionStorage"
	projectStorageType = "AWS::Bedrock::ProjectDataRetentionStorage"
)

// keyUsable says whether the service can use the key itself and through S3.
func keyUsable(ctx context.Context, r *emulate.Request, of *retained, config wire.Object) bool {
	s := of.subject
	key := config.Text("kmsKeyArn")
	if r.Service.Keys.Meet(ctx, r.Call, s, key, nil, "deliver") != nil {
		return false
	}
	through := *s
	through.Context = map[string]string{"aws:s3:arn": config.Text("s3BucketArn")}
	return r.Service.Keys.Meet(ctx, r.Call, &through, key, nil, "deliver through S3") == nil
}

// storageCheck is the name of the object by which a bucket is tried; AWS's is not documented.
const storageCheck = "amazon-bedrock-data-retention-check"

// bucketUsable puts and gets an object; the service deletes it as well.
func bucketUsable(ctx context.Context, r *emulate.Request, config wire.Object, who *plane.Caller, more authz.Context) error {
	a, err := arn.Parse(config.Text("s3BucketArn"))
	if err != nil {
		return err
	}
	object := wire.Object{"Bucket": a.Resource, "Key": storageCheck}
	for _, step := range []struct {
		operation string
		in        wire.Object
	}{{"PutObject", object.With(wire.Object{"Body": []byte{}})}, {"GetObject", object}, {"DeleteObject", object}} {
		if step.operation == "DeleteObject" && who == r.Caller {
			continue // what the caller put, the service puts again
		}
		if _, err := r.Service.Invoke(ctx, r.Call, who, principal, more, "s3", step.operation, step.in); err != nil {
			return err
		}
	}
	return nil
}

func getStorage(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	of, err := retainedOf(r)
	if err != nil {
		return nil, err
	}
	rec := r.Service.Records.Get(of.key)
	if rec == nil {
		return nil, r.Fail("ResourceNotFoundException", "The %s has no retention storage for %s.", of.shown.Text("scope"), r.In.Text("modelProvider"))
	}
	return shownStorage(ctx, r, of, rec), nil
}

// shownStorage is a storage with the status that its key has now. The bucket's is that of the
// last test of it.
func shownStorage(ctx context.Context, r *emulate.Request, of *retained, rec *records.Record) wire.Object {
	out := rec.Doc.With(of.shown).With(wire.Object{"updatedAt": rec.Updated})
	config := rec.Doc.Object("storageConfiguration")
	if config == nil {
		return out
	}
	out["s3BucketStatus"], out["kmsKeyStatus"] = "active", "active"
	if !keyUsable(ctx, r, of, config) {
		out["kmsKeyStatus"] = "access_denied"
	}
	return out
}

func deleteStorage(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	of, err := retainedOf(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(of.key) != nil {
			tx.Delete(of.key)
		}
		return nil
	})
}
