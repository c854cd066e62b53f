package opensearchserverless

import (
	"fmt"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// model is the name of the API's model.
const model = "opensearchserverless"

// Codes of refusals.
const (
	conflict = "ConflictException"
	notFound = "ResourceNotFoundException"
	invalid  = "ValidationException"
)

// operations are those of the service. Most actions have no resource; those on policies have
// the names of the collections in them as a condition key.
func operations() map[string]emulate.Op {
	all := map[string]emulate.Op{
		"CreateCollection":   {Do: createCollection},
		"BatchGetCollection": {Do: batchGetCollection},
		"ListCollections":    {Do: listCollections},
		"UpdateCollection":   {Resource: collectionARN, Do: updateCollection},
		"DeleteCollection":   {Resource: collectionARN, Do: deleteCollection},

		"CreateIndex": {Resource: collectionARN, Do: createIndex},
		"GetIndex":    {Resource: collectionARN, Do: getIndex},
		"UpdateIndex": {Resource: collectionARN, Do: updateIndex},
		"DeleteIndex": {Resource: collectionARN, Do: deleteIndex},

		"TagResource":         {Do: tagResource},
		"UntagResource":       {Do: untagResource},
		"ListTagsForResource": {Do: listTags},
	}
	for _, f := range families {
		f.add(all)
	}
	return all
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: model})
	if err != nil {
		return nil, fmt.Errorf("opensearchserverless: %w", err)
	}
	for name, op := range operations() {
		s.Handle(name, op)
	}
	w.Collections = collections{s}
	return []*emulate.Service{s}, nil
}

// The bounds of pages.
// Source: https://docs.aws.amazon.com/opensearch-service/latest/ServerlessAPIReference/API_ListCollections.html
const (
	mostListed    = 100
	defaultListed = 20
)

// page is the page of a listing that the caller asks for.
func page(r *emulate.Request, items []wire.Object, result string) (wire.Object, error) {
	most := mostListed
	if !r.In.Has("maxResults") {
		most = defaultListed
	}
	return r.PageAs(items, most, invalid, "nextToken", "nextToken", "maxResults", result)
}

// dated returns a document with the times of its record, in milliseconds.
func dated(rec *records.Record) wire.Object {
	return rec.Doc.With(wire.Object{"createdDate": rec.Created.UnixMilli(), "lastModifiedDate": rec.Updated.UnixMilli()})
}

// after is when a status settles.
func after(r *emulate.Request, now time.Time) time.Time { return now.Add(r.Service.Settle) }
