package bedrock

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var projects = collection{
	kind: "project", noun: "project", arn: "arn", name: "name", status: "status", created: "createdAt",
	summary: []string{"id", "arn", "name", "status", "createdAt", "archivedAt", "dataRetention"},
	equals:  map[string]string{"statusFilter": "status"},
}

const projectMember = "projectIdentifier"

// projectOperations are the operations of projects. That the data of a project is retained by
// its storage is in retention.go; nothing else is of a project here.
func projectOperations() operations {
	return operations{
		"CreateProject":  {Action: emulate.ByItself, Do: createProject},
		"GetProject":     {Resource: projects.resource(projectMember), Do: getProject},
		"ListProjects":   {Do: listProjects},
		"UpdateProject":  {Resource: projects.resource(projectMember), Do: updateProject},
		"ArchiveProject": {Resource: projects.resource(projectMember), Do: archiveProject},
	}
}

// base32 is the alphabet of the ids of projects, as the pattern of their ARNs has it.
const base32 = "abcdefghijklmnopqrstuvwxyz234567"

const archived = "archived"

func shownProject(rec *records.Record) wire.Object {
	out := projects.shown(rec)
	if rec.Doc.Text("status") == archived {
		out["archivedAt"] = rec.Updated
	}
	return out
}

// createProject makes a project. Without a mode of retention it has that of the account: that
// is unconfirmed, and follows from the name of the mode inherit.
func createProject(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	id := "proj_" + r.Service.ID(base32, 20)
	arn, tags := r.ARN("project/"+id), r.TagsIn("tags")
	if err := allowAll(ctx, r, "CreateProject", []string{"*"}, arn, tags); err != nil {
		return nil, err
	}
	rec := &records.Record{Key: projects.key(r.Account, r.Region, id), Doc: wire.Object{"id": id, "arn": arn, "status": "active", "dataRetention": wire.Object{"mode": "inherit"}}.With(r.In.Pick("name", "dataRetention"))}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := projects.free(r, tx, r.In.Text("name")); err != nil {
			return err
		}
		tx.Put(rec)
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return shownProject(rec), err
}

func getProject(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := projects.named(r, projectMember)
	if err != nil {
		return nil, err
	}
	return shownProject(rec), nil
}

func listProjects(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var items []wire.Object
	for _, rec := range projects.all(r) {
		if projects.lists(r, rec) {
			items = append(items, shownProject(rec).Pick(projects.summary...))
		}
	}
	return r.Page(items, mostListed, "ValidationException")
}

// updateProject changes what is given. A project that is archived stays as it is; the text is
// unconfirmed.
func updateProject(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return changeProject(ctx, r, r.In.Pick("name", "dataRetention"))
}

func archiveProject(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return changeProject(ctx, r, wire.Object{"status": archived})
}

func changeProject(ctx context.Context, r *emulate.Request, set wire.Object) (wire.Object, error) {
	rec, err := projects.named(r, projectMember)
	if err != nil {
		return nil, err
	}
	var next *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		if now == nil {
			return projects.missing(r, rec.ID)
		}
		if now.Doc.Text("status") == archived {
			return r.Fail("ConflictException", "The project %s is archived.", now.Doc.Text("arn"))
		}
		if name := set.Text("name"); name != "" && name != now.Doc.Text("name") {
			if err := projects.free(r, tx, name); err != nil {
				return err
			}
		}
		next = now.Change(tx.Now(), set)
		tx.Put(next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownProject(next), nil
}
