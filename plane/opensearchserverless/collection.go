package opensearchserverless

import (
	"context"
	"errors"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const collectionKind = "collection"

// encryption is the slot of collections and of policies, and the name of what is sealed.
const encryption = "encryption"

// mostCollections are in an account and Region. Unconfirmed: the number.
// Source: https://docs.aws.amazon.com/general/latest/gr/opensearch-service.html
const mostCollections = 50

// owned is what collections say of a key that AWS owns.
const owned = "auto"

func collectionARN(r *emulate.Request) (string, error) {
	return r.ARN("collection/" + r.In.Text("id")), nil
}

func subject(r *emulate.Request, rec *records.Record) *behalf.Subject {
	s := r.Subject("AWS::OpenSearchServerless::Collection", encryption, rec.Doc.Text("arn"))
	s.ID, s.Name = rec.ID, rec.Doc.Text("name")
	return s
}

func createCollection(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if r.In.Has("collectionGroupName") {
		return nil, r.Fail(invalid, "The local plane has no collection groups: leave collectionGroupName out.")
	}
	key, err := keyOf(r, r.In.Text("name"))
	if err != nil {
		return nil, err
	}
	id := r.Service.ID(emulate.LowerDigits, 20)
	rec := &records.Record{Key: r.Key(collectionKind, id), Doc: wire.Object{"type": "TIMESERIES", "standbyReplicas": "ENABLED", "deletionProtection": "DISABLED"}}
	rec.Doc = rec.Doc.With(r.In.Pick("name", "type", "description", "standbyReplicas", "deletionProtection", "vectorOptions"))
	rec.Doc = rec.Doc.With(wire.Object{"id": id, "arn": r.ARN("collection/" + id), "kmsKeyArn": owned, "status": "CREATING"})
	if key != "" {
		rec.Doc["kmsKeyArn"] = key
	}
	sealed, err := r.SealObject(ctx, subject(r, rec), key, "create", wire.Object{})
	if err != nil {
		return nil, err
	}
	rec.Sealed = map[string]*records.Sealed{encryption: sealed}
	rec.Next = &records.Next{At: after(r, r.Service.Now()), Set: wire.Object{"status": "ACTIVE"}}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		all := tx.List(model, collectionKind, r.Account, r.Region)
		for _, other := range all {
			if other.Doc.Text("name") == rec.Doc.Text("name") {
				return r.Fail(conflict, "Collection with name %s already exists", rec.Doc.Text("name")) // unconfirmed text
			}
		}
		if len(all) >= mostCollections {
			return r.Fail("ServiceQuotaExceededException", "The account has %d collections in this Region, which is the quota.", mostCollections) // unconfirmed text
		}
		tx.Put(rec)
		emulate.PutTags(tx, rec.Doc.Text("arn"), r.TagsIn("tags"))
		return nil
	})
	if err != nil {
		_ = r.Service.Keys.Retire(ctx, r.Call, subject(r, rec), sealed) // what was not made needs no grant
		return nil, err
	}
	return wire.Object{"createCollectionDetail": dated(rec)}, nil
}

// keyOf is the key of a new collection: that of the request, which counts more, else that of
// the encryption policy that matches best; empty: one that AWS owns.
// Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-encryption.html
func keyOf(r *emulate.Request, name string) (string, error) {
	if e := r.In.Object("encryptionConfig"); e != nil {
		key := e.Text("kmsKeyArn")
		if e.Bool("aWSOwnedKey") == (key != "") {
			return "", r.Fail(invalid, "Specify either a KMS key or an AWS owned key in encryptionConfig.") // unconfirmed text
		}
		return key, nil
	}
	policy := bestPolicy(r, name)
	if policy == nil {
		return "", r.Fail(invalid, "No matching security policy of encryption type found for collection name: %s. Please create security policy of encryption type for this collection.", name)
	}
	return policy.KmsARN, nil
}

// endpoints are where the documents of a collection would be.
func endpoints(r *emulate.Request, rec *records.Record) wire.Object {
	at := "https://" + rec.ID + "." + r.Region + ".aoss.amazonaws.com"
	return wire.Object{"collectionEndpoint": at, "dashboardEndpoint": at + "/_dashboards"}
}

// batchGetCollection says which collections are not there. The texts of that are unconfirmed.
func batchGetCollection(_ context.Context, r *emulate.Request) (wire.Object, error) {
	ids, names := r.In.Texts("ids"), r.In.Texts("names")
	if (ids == nil) == (names == nil) {
		return nil, r.Fail(invalid, "Specify either ids or names.") // unconfirmed text
	}
	byID, byName := map[string]*records.Record{}, map[string]*records.Record{}
	for _, rec := range r.List(collectionKind) {
		byID[rec.ID], byName[rec.Doc.Text("name")] = rec, rec
	}
	details, errs := []any{}, []any{}
	add := func(rec *records.Record, member, value string) {
		if rec != nil {
			details = append(details, dated(rec).With(endpoints(r, rec)))
			return
		}
		errs = append(errs, wire.Object{member: value, "errorCode": "NOT_FOUND", "errorMessage": "The specified Collection is not found."})
	}
	for _, id := range ids {
		add(byID[id], "id", id)
	}
	for _, name := range names {
		add(byName[name], "name", name)
	}
	return wire.Object{"collectionDetails": details, "collectionErrorDetails": errs}, nil
}

func listCollections(_ context.Context, r *emulate.Request) (wire.Object, error) {
	wanted := r.In.Object("collectionFilters")
	items := []wire.Object{}
	for _, rec := range r.List(collectionKind) {
		matches := true
		for member, v := range wanted {
			matches = matches && rec.Doc[member] == v
		}
		if matches {
			items = append(items, rec.Doc.Pick("id", "name", "status", "arn", "kmsKeyArn"))
		}
	}
	return page(r, items, "collectionSummaries")
}

// find returns the collection that the input names.
func find(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(r.Key(collectionKind, r.In.Text("id"))); rec != nil {
		return rec, nil
	}
	return nil, absent(r)
}

func absent(r *emulate.Request) error {
	return r.Fail(notFound, "Collection with ID %s cannot be found.", r.In.Text("id"))
}

// updateCollection changes what the request has. The key cannot change, as the guide says,
// although the API has a member for it.
func updateCollection(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	before, err := find(r)
	if err != nil {
		return nil, r.Fail(invalid, "Collection with ID %s cannot be found.", r.In.Text("id")) // the model has no other code for it
	}
	if e := r.In.Object("encryptionConfig"); e != nil {
		if key, err := keyOf(r, before.Doc.Text("name")); err != nil || key != before.Sealed[encryption].Key {
			return nil, r.Fail(invalid, "The encryption key of a collection can't be changed after the collection is created.") // unconfirmed text
		}
	}
	var rec *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(before.Key)
		if now == nil {
			return absent(r)
		}
		rec = now.Change(tx.Now(), r.In.Pick("description", "deletionProtection", "vectorOptions"))
		rec.Next = now.Next
		tx.Put(rec)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"updateCollectionDetail": dated(rec).Without("standbyReplicas")}, nil
}

func deleteCollection(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r)
	if err != nil {
		return nil, err
	}
	if rec.Doc.Text("deletionProtection") == "ENABLED" {
		return nil, r.Fail(conflict, "Collection with ID %s has deletion protection enabled.", rec.ID) // unconfirmed text
	}
	if err := r.Service.Keys.Retire(ctx, r.Call, subject(r, rec), rec.Sealed[encryption]); err != nil && !keyGone(err) {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		if now == nil {
			return absent(r)
		}
		for _, index := range tx.List(model, indexKind(rec), r.Account, r.Region) {
			dropIndex(tx, r, rec, index)
		}
		emulate.PutTags(tx, rec.Doc.Text("arn"), nil)
		if r.Service.Settle == 0 {
			tx.Delete(rec.Key)
			return nil
		}
		next := now.Change(tx.Now(), wire.Object{"status": "DELETING"})
		next.Next = &records.Next{At: after(r, tx.Now()), Gone: true}
		tx.Put(next)
		return nil
	})
	return wire.Object{"deleteCollectionDetail": rec.Doc.Pick("id", "name").With(wire.Object{"status": "DELETING"})}, err
}

// keyGone says whether KMS refused because of the state of the key: then there is no grant any
// more, or none that counts.
func keyGone(err error) bool {
	var refused *behalf.Error
	return errors.As(err, &refused) && !refused.Denied()
}
