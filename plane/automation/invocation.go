package automation

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// invocation is the name of the records of invocations, and of theirs in ARNs.
const invocation = "data-automation-invocation"

// invocations are the operations of asynchronous invocations.
func invocations() operations {
	return operations{
		"InvokeDataAutomationAsync": {Resource: invoked, Do: invoke},
		"GetDataAutomationStatus":   {Resource: func(r *emulate.Request) (string, error) { return r.In.Text("invocationArn"), nil }, Do: getStatus},
	}
}

// invoked is what an invocation uses: a project, or the first of the blueprints.
func invoked(r *emulate.Request) (string, error) {
	if arn := r.In.Text("dataAutomationConfiguration.dataAutomationProjectArn"); arn != "" {
		return arn, nil
	}
	for _, b := range r.In.Objects("blueprints") {
		return b.Text("blueprintArn"), nil
	}
	return "", r.Fail("ValidationException", "A project or a blueprint is required.")
}

// used returns the kind and the stage of what is invoked.
func used(r *emulate.Request) (*kind, string) {
	if r.In.Has("dataAutomationConfiguration") {
		return project(), given(r, "dataAutomationConfiguration.stage")
	}
	b := r.In.Objects("blueprints")[0]
	switch {
	case b.Has("version"):
		return blueprint(), b.Text("version")
	case b.Has("stage"):
		return blueprint(), b.Text("stage")
	}
	return blueprint(), live
}

// invoke reads what is invoked and makes the short-lived grant under the key of the
// invocation. The job fails at once, since the plane extracts nothing, and the grant ends.
func invoke(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn, err := invoked(r)
	if err != nil {
		return nil, err
	}
	k, stage := used(r)
	of, err := k.find(r, arn, stage)
	if err != nil {
		return nil, r.Fail("ValidationException", "%s was not found.", arn)
	}
	s := k.subject(r, of.Doc)
	s.Context = r.In.Map("encryptionConfiguration.kmsEncryptionContext")
	granted, err := r.Service.Keys.Grant(ctx, r.Call, s, r.In.Text("encryptionConfiguration.kmsKeyId"), "invoke")
	if err != nil {
		return nil, err
	}
	job := r.Service.UUID()
	rec := &records.Record{Key: r.Key(invocation, job), Doc: r.In.Pick("outputConfiguration").With(wire.Object{
		"invocationArn": r.ARN(invocation + "/" + job), "status": "ServiceError",
		"errorType": "NotImplemented", "errorMessage": "The local plane does not extract data.",
	})}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Put(rec)
		emulate.PutTags(tx, rec.Doc.Text("invocationArn"), r.TagsIn("tags"))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rec.Doc, retired(r.Service.Keys.Retire(ctx, r.Call, s, granted))
}

func getStatus(_ context.Context, r *emulate.Request) (wire.Object, error) {
	arn := r.In.Text("invocationArn")
	rec := r.Service.Records.Get(r.Key(invocation, id(arn)))
	if rec == nil || rec.Doc.Text("invocationArn") != arn {
		return nil, r.Fail("ResourceNotFoundException", "The invocation %s was not found.", arn)
	}
	return rec.Doc.With(wire.Object{"jobSubmissionTime": rec.Created, "jobCompletionTime": rec.Created, "jobDurationInSeconds": int64(0)}), nil
}
