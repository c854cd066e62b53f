package agents

import (
	"context"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// sessions are the operations of sessions and what they remember.
// https://docs.aws.amazon.com/bedrock/latest/userguide/sessions.html
func sessions() operations {
	return operations{
		"CreateSession":       {Do: createSession},
		"GetSession":          {Resource: sessionARN, Do: getSession},
		"ListSessions":        {Do: listSessions},
		"UpdateSession":       {Resource: sessionARN, Do: updateSession},
		"EndSession":          {Resource: sessionARN, Do: endSession},
		"DeleteSession":       {Resource: sessionARN, Do: deleteSession},
		"CreateInvocation":    {Resource: sessionARN, Do: createInvocation},
		"ListInvocations":     {Resource: sessionARN, Do: listInvocations},
		"PutInvocationStep":   {Resource: sessionARN, Do: putInvocationStep},
		"GetInvocationStep":   {Resource: sessionARN, Do: getInvocationStep},
		"ListInvocationSteps": {Resource: sessionARN, Do: listInvocationSteps},
	}
}

// The kinds of records and the type of the catalogue.
const (
	kindSession    = "session"
	kindInvocation = "invocation"
	kindStep       = "invocation-step"

	typeSession = "AWS::Bedrock::Session"
)

// idle is how long a session lives that nobody uses.
// https://docs.aws.amazon.com/bedrock/latest/userguide/sessions.html
const idle = time.Hour

// sessionPages is the size of the pages of lists whose model has no bound.
const sessionPages = 1000

// sessionNamed is the id of the session that the input names, by its id or ARN.
func sessionNamed(r *emulate.Request) string { return last(r.In.Text("sessionIdentifier")) }

func sessionARN(r *emulate.Request) (string, error) { return r.ARN("session/" + sessionNamed(r)), nil }

func findSession(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(r.Key(kindSession, sessionNamed(r))); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

// activeSession refuses a session that has ended. Unconfirmed: the text.
func activeSession(r *emulate.Request) (*records.Record, error) {
	session, err := findSession(r)
	if err != nil {
		return nil, err
	}
	if status := session.Doc.Text("sessionStatus"); status != "ACTIVE" {
		return nil, r.Fail(conflict, "The session %s is %s.", session.ID, status)
	}
	return session, nil
}

func sessionSubject(r *emulate.Request, session *records.Record) *behalf.Subject {
	return r.Subject(typeSession, content, session.Doc.Text("sessionArn"))
}

func sealSession(ctx context.Context, r *emulate.Request, session *records.Record, what wire.Object) (map[string]*records.Sealed, error) {
	sealed, err := r.SealObject(ctx, sessionSubject(r, session), session.Doc.Text("encryptionKeyArn"), "create", what)
	return map[string]*records.Sealed{content: sealed}, err
}

// used has a session expire an hour from now.
func used(r *emulate.Request, session *records.Record) *records.Record {
	session.Next = &records.Next{At: r.Service.Now().Add(idle), Set: wire.Object{"sessionStatus": "EXPIRED"}}
	return session
}

// sessionOut is a session as it is answered.
func sessionOut(rec *records.Record) wire.Object {
	return rec.Doc.With(wire.Object{"createdAt": rec.Created, "lastUpdatedAt": rec.Updated})
}

func createSession(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	id := r.Service.UUID()
	session := &records.Record{Key: r.Key(kindSession, id), Doc: r.In.Pick("encryptionKeyArn").With(wire.Object{
		"sessionId": id, "sessionArn": r.ARN("session/" + id), "sessionStatus": "ACTIVE",
	})}
	var err error
	if session.Sealed, err = sealSession(ctx, r, session, r.In.Pick("sessionMetadata")); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.PutTags(tx, session.Doc.Text("sessionArn"), r.TagsIn("tags"))
		tx.Put(used(r, session))
		return nil
	})
	return sessionOut(session), err
}

func getSession(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	session, err := findSession(r)
	if err != nil {
		return nil, err
	}
	opened, err := r.OpenObject(ctx, sessionSubject(r, session), session.Sealed[content], "use")
	if err != nil {
		return nil, err
	}
	return sessionOut(session).With(opened), nil
}

func listSessions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var all []wire.Object
	for _, session := range r.List(kindSession) {
		all = append(all, sessionOut(session))
	}
	return r.Page(all, sessionPages, invalid)
}

// updateSession replaces the metadata; the key stays.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_UpdateSession.html
func updateSession(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := activeSession(r)
	if err != nil {
		return nil, err
	}
	session := old.Change(r.Service.Now(), nil)
	if session.Sealed, err = sealSession(ctx, r, session, r.In.Pick("sessionMetadata")); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, old); err != nil {
			return err
		}
		tx.Put(used(r, session))
		return nil
	})
	return sessionOut(session), err
}

func endSession(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := activeSession(r)
	if err != nil {
		return nil, err
	}
	session := old.Change(r.Service.Now(), wire.Object{"sessionStatus": "ENDED"})
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, old); err != nil {
			return err
		}
		tx.Put(session)
		return nil
	})
	return session.Doc.Pick("sessionId", "sessionArn", "sessionStatus"), err
}

// deleteSession deletes a session that is not active, with all that it remembers.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_DeleteSession.html
func deleteSession(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	session, err := findSession(r)
	if err != nil {
		return nil, err
	}
	if session.Doc.Text("sessionStatus") == "ACTIVE" {
		return nil, r.Fail(conflict, "The session %s is active. End it with EndSession before you delete it.", session.ID) // unconfirmed text
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, kind := range []string{kindInvocation, kindStep} {
			for _, rec := range ofSession(tx.List(runtime, kind, r.Account, r.Region), session.ID) {
				tx.Delete(rec.Key)
			}
		}
		emulate.PutTags(tx, session.Doc.Text("sessionArn"), nil)
		tx.Delete(session.Key)
		return nil
	})
}

func ofSession(all []*records.Record, session string) []*records.Record {
	var out []*records.Record
	for _, rec := range all {
		if rec.Doc.Text("sessionId") == session {
			out = append(out, rec)
		}
	}
	return out
}
