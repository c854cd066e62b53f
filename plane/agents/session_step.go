package agents

import (
	"cmp"
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func createInvocation(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	session, err := activeSession(r)
	if err != nil {
		return nil, err
	}
	id := cmp.Or(r.In.Text("invocationId"), r.Service.UUID())
	rec := &records.Record{Key: r.Key(kindInvocation, session.ID+"/"+id), Doc: wire.Object{"sessionId": session.ID, "invocationId": id}}
	if rec.Sealed, err = sealSession(ctx, r, session, r.In.Pick("description")); err != nil {
		return nil, err
	}
	return rec.Doc.With(wire.Object{"createdAt": r.Service.Now()}), putInSession(ctx, r, session, rec)
}

// putInSession adds a record to a session, which is used by that. An id that is there is
// refused. Unconfirmed: the text.
func putInSession(ctx context.Context, r *emulate.Request, session, rec *records.Record) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, session); err != nil {
			return err
		}
		if tx.Get(rec.Key) != nil {
			return r.Fail(conflict, "The session %s has an entry with that id.", session.ID)
		}
		tx.Put(rec)
		tx.Put(used(r, session.Change(tx.Now(), nil)))
		return nil
	})
}

func listInvocations(_ context.Context, r *emulate.Request) (wire.Object, error) {
	session, err := findSession(r)
	if err != nil {
		return nil, err
	}
	var all []wire.Object
	for _, rec := range ofSession(r.List(kindInvocation), session.ID) {
		all = append(all, dated(rec))
	}
	return r.Page(all, sessionPages, invalid)
}

func putInvocationStep(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	session, err := activeSession(r)
	if err != nil {
		return nil, err
	}
	invocation := r.In.Text("invocationIdentifier")
	if r.Service.Records.Get(r.Key(kindInvocation, session.ID+"/"+invocation)) == nil {
		return nil, missing(r)
	}
	id := cmp.Or(r.In.Text("invocationStepId"), r.Service.UUID())
	rec := &records.Record{Key: r.Key(kindStep, session.ID+"/"+id), Doc: r.In.Pick("invocationStepTime").With(wire.Object{
		"sessionId": session.ID, "invocationId": invocation, "invocationStepId": id,
	})}
	if rec.Sealed, err = sealSession(ctx, r, session, r.In.Pick("payload")); err != nil {
		return nil, err
	}
	return wire.Object{"invocationStepId": id}, putInSession(ctx, r, session, rec)
}

func getInvocationStep(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	session, err := findSession(r)
	if err != nil {
		return nil, err
	}
	step := r.Service.Records.Get(r.Key(kindStep, session.ID+"/"+r.In.Text("invocationStepId")))
	if step == nil || step.Doc.Text("invocationId") != r.In.Text("invocationIdentifier") {
		return nil, missing(r)
	}
	opened, err := r.OpenObject(ctx, sessionSubject(r, session), step.Sealed[content], "use")
	if err != nil {
		return nil, err
	}
	return wire.Object{"invocationStep": step.Doc.With(opened)}, nil
}

// listInvocationSteps lists the steps of a session, or of one of its invocations.
func listInvocationSteps(_ context.Context, r *emulate.Request) (wire.Object, error) {
	session, err := findSession(r)
	if err != nil {
		return nil, err
	}
	only := r.In.Text("invocationIdentifier")
	var all []wire.Object
	for _, rec := range ofSession(r.List(kindStep), session.ID) {
		if only == "" || rec.Doc.Text("invocationId") == only {
			all = append(all, rec.Doc)
		}
	}
	return r.Page(all, sessionPages, invalid)
}
