package lambda

import (
	"context"
	"maps"
	"strconv"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// publishVersion makes a version of a function as it is, under the key that it has. Without a
// change since the last one there is no other.
// Source: https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
func publishVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", false)
	var v *records.Record
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := changeable(r, t, tx.Get)
		if err != nil {
			return err
		}
		if want, is := r.In.Text("CodeSha256"), rec.Doc.Text("CodeSha256"); want != "" && want != is {
			return r.Fail(invalid, "CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", want, is)
		}
		v = tx.Get(t.key(r, versionKind+t.name, publish(r, tx, t, rec, r.In.Text("Description"))))
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.qualifier = v.ID
	return configuration(ctx, r, t, v)
}

// lastVersion is the member of a function with the number of the version that was published last.
const lastVersion = "lastVersion"

// publish makes a version and returns its number.
func publish(r *emulate.Request, tx *records.Tx, t target, rec *records.Record, description string) string {
	last := rec.Doc.Int(lastVersion)
	number := strconv.FormatInt(last, 10)
	if before := tx.Get(t.key(r, versionKind+t.name, number)); before != nil && before.Doc.Text("of") == rec.Doc.Text("RevisionId") {
		return number
	}
	number = strconv.FormatInt(last+1, 10)
	doc := rec.Doc.Without(lastVersion).With(wire.Object{
		"Version": number, "FunctionArn": t.arn(r, number), "RevisionId": r.Service.UUID(), "of": rec.Doc.Text("RevisionId"),
	})
	if description != "" {
		doc["Description"] = description
	}
	v := &records.Record{Key: t.key(r, versionKind+t.name, number), Doc: doc, Sealed: maps.Clone(rec.Sealed), Next: rec.Next}
	tx.Put(v)
	next := rec.Change(rec.Updated, wire.Object{lastVersion: last + 1})
	next.Next = rec.Next
	tx.Put(next)
	return number
}

// listVersions lists the versions of a function, with the one that can be changed first.
func listVersions(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", false)
	rec, err := t.find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, v := range append([]*records.Record{rec}, r.Service.Records.List(api, versionKind+t.name, t.account, r.Region)...) {
		o, err := listed(ctx, r, t, v)
		if err != nil {
			return nil, err
		}
		items = append(items, o)
	}
	return r.Page(items, pageSize, invalid)
}

// deleteVersion deletes the version that a target names.
func deleteVersion(r *emulate.Request, tx *records.Tx, t target) ([]*records.Record, error) {
	for _, a := range tx.List(api, aliasKind+t.name, t.account, r.Region) {
		_, weighed := a.Doc.Object("RoutingConfig.AdditionalVersionWeights")[t.qualifier]
		if weighed || a.Doc.Text("FunctionVersion") == t.qualifier {
			// The text is unconfirmed.
			return nil, r.Fail(conflict, "Version %s is in use by alias %s", t.qualifier, a.ID)
		}
	}
	v := tx.Get(t.key(r, versionKind+t.name, t.qualifier))
	if v == nil {
		return nil, nil // one that is not there is no refusal
	}
	tx.Delete(v.Key)
	return []*records.Record{v}, nil
}
