package automation

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func project() *kind {
	return &kind{
		name: "data-automation-project", typ: "AWS::Bedrock::DataAutomationProject", arn: "projectArn", title: "projectName", wrap: "project",
		content: []string{"projectDescription", "standardOutputConfiguration", "customOutputConfiguration", "overrideConfiguration", "dataAutomationLibraryConfiguration"},
		created: "creationTime", modified: "lastModifiedTime",
	}
}

// projects are the operations of projects.
func projects() operations {
	k := project()
	return operations{
		"CreateDataAutomationProject": {Do: createProject},
		"GetDataAutomationProject":    {Resource: k.named, Do: getProject},
		"ListDataAutomationProjects":  {Do: listProjects},
		"UpdateDataAutomationProject": {Resource: k.named, Do: updateProject},
		"DeleteDataAutomationProject": {Resource: k.named, Do: deleteProject},
	}
}

// inProgress lets the changes of a project take effect after a while.
func inProgress(r *emulate.Request, rec *records.Record) {
	rec.Doc["status"] = "IN_PROGRESS"
	rec.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: wire.Object{"status": "COMPLETED"}}
}

func createProject(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := project()
	stage := given(r, "projectStage")
	members := r.In.Without("clientToken", "tags", "encryptionConfiguration").With(encryption(r)).With(wire.Object{k.arn: k.newARN(r), "projectStage": stage})
	if members["projectType"] == nil {
		members["projectType"] = "ASYNC"
	}
	rec, err := k.seal(ctx, r, k.key(r, members.Text(k.arn), stage), nil, members)
	if err != nil {
		return nil, err
	}
	inProgress(r, rec)
	return rec.Doc, k.put(ctx, r, rec)
}

func getProject(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := project()
	rec, err := k.find(r, r.In.Text(k.arn), given(r, "projectStage"))
	if err != nil {
		return nil, err
	}
	members, err := k.open(ctx, r, rec)
	if err != nil {
		return nil, err
	}
	return wire.Object{k.wrap: k.show(rec, members)}, nil
}

// listProjects filters by stage; filters by blueprint and library would need what is under
// the keys of all projects, and are refused.
func listProjects(_ context.Context, r *emulate.Request) (wire.Object, error) {
	k := project()
	if r.In.Has("blueprintFilter") || r.In.Has("libraryFilter") {
		return nil, r.Fail("ValidationException", "The local plane does not filter projects by blueprint or library.")
	}
	items := []wire.Object{}
	for _, rec := range r.List(k.name) {
		if r.In.Text("resourceOwner") != "SERVICE" && staged(r, "projectStageFilter", rec.Doc.Text("projectStage")) {
			items = append(items, k.show(rec, rec.Doc))
		}
	}
	return r.Page(items, mostListed, "ValidationException")
}

// updateProject replaces all of a stage but name and type, the key too. A stage that is not
// there yet begins with it, which is unconfirmed: no other operation makes the second stage.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_data-automation_UpdateDataAutomationProject.html
func updateProject(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := project()
	arn, stage := r.In.Text(k.arn), given(r, "projectStage")
	old, err := k.find(r, arn, stage)
	same := old
	if err != nil {
		if same, err = anyStage(k, r, arn); err != nil {
			return nil, err
		}
	}
	members := r.In.Without("encryptionConfiguration").With(encryption(r)).With(same.Doc.Pick(k.title, "projectType")).With(wire.Object{"projectStage": stage})
	rec, err := k.seal(ctx, r, k.key(r, arn, stage), old, members)
	if err != nil {
		return nil, err
	}
	inProgress(r, rec)
	return rec.Doc, k.replace(ctx, r, old, rec)
}

// anyStage returns the record of some stage of a resource.
func anyStage(k *kind, r *emulate.Request, arn string) (*records.Record, error) {
	for _, stage := range []string{live, "DEVELOPMENT"} {
		if rec, err := k.find(r, arn, stage); err == nil {
			return rec, nil
		}
	}
	return nil, r.Fail("ResourceNotFoundException", "The %s %s was not found.", k.name, arn)
}

func deleteProject(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := project()
	rec, err := anyStage(k, r, r.In.Text(k.arn))
	if err != nil {
		return nil, err
	}
	return rec.Doc.With(wire.Object{"status": "IN_PROGRESS"}), k.drop(ctx, r, rec)
}

// drop deletes all stages and versions of a resource, and its tags.
func (k *kind) drop(ctx context.Context, r *emulate.Request, rec *records.Record) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, part := range k.all(tx, rec) {
			tx.Delete(part.Key)
		}
		emulate.PutTags(tx, rec.Doc.Text(k.arn), nil)
		return nil
	})
}
